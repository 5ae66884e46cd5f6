"""Tuning: which guidance and steps suit the model, by the judge that may be asked often."""

import torch

from starter import judges
from starter.examination import Examination
from starter.journal import assembled_folder, log
from starter.painting import Settings
from starter.report import at
from starter.scenes import Painter
from starter.sources import build_bank

TUNING_SEED = 10_000
CHOICES = (
    Settings(),
    Settings(prior_guidance=3.0),
    Settings(guidance=3.0),
    Settings(guidance=4.0),
    Settings(steps=30),
    Settings(steps=15),
    Settings(prior_steps=15),
)
"""The defaults, and what differs from them in one thing."""


def run() -> None:
    """Tell the figures of each choice on a quarter of the prompts."""
    torch.set_num_threads(2)
    exam = Examination("tuning", judges.trained("tuner"), Painter(build_bank()), TUNING_SEED, 0.25)
    tried = at(assembled_folder())
    for choice in CHOICES:
        tried = tried.sampled(choice)
        parts = (exam.things, exam.colours, exam.places, exam.pairs, exam.fusion)
        figures = {name: share for part in parts for name, share in part(tried).items()}
        told = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        log.info("%s: %s", choice, told)
