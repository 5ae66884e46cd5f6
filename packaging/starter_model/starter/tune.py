"""Tuning: which guidance and steps suit the model, by the judge that may be asked often."""

from itertools import product

import torch

from starter import assemble, judges
from starter.examination import Examination
from starter.journal import log
from starter.painting import Settings
from starter.report import at
from starter.scenes import Painter
from starter.sources import build_bank

TUNING_SEED = 10_000


def run(_minutes: float = 0) -> None:
    """Tell the figures of each choice on a third of the names."""
    torch.set_num_threads(2)
    exam = Examination("tuning", judges.trained("tuner"), Painter(build_bank()), TUNING_SEED, 0.25)
    model = at(assemble.folder())
    for prior_guidance, guidance, steps in product((1.5, 2.0, 3.0), (2.0, 3.0, 4.5), (20, 30)):
        tried = model.sampled(Settings(25, prior_guidance, steps, guidance))
        figures = exam.things(tried) | exam.colours(tried) | exam.pairs(tried)
        told = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        log.info("prior %g decoder %g steps %d: %s", prior_guidance, guidance, steps, told)
        model = tried
