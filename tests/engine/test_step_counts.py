"""Every scheduler with any number of steps and any strength."""

import json

import pytest
import torch

from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import LABELS, calls
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.schedulers import make_scheduler
from tests.engine import tiny

# several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")

CPU = torch.device("cpu")
CONFIG = json.loads(tiny.ddpm().to_json_string())
STRENGTHS = (1.0, 0.999, 0.75, 0.5, 0.13, 0.01)
# Every kind of number: small, even and odd, those that divide 1000 and those that do not, the most
COUNTS = {
    **dict.fromkeys((*range(1, 13), 16, 25, 50, 61), STRENGTHS),
    **dict.fromkeys((100, 333, 501, 750, 999, 1000), (0.3,)),
}


@pytest.mark.parametrize("name", LABELS)
def test_the_calls_are_as_many_as_the_scheduler_makes(name: str) -> None:
    scheduler = make_scheduler(Sampling(scheduler=name), CONFIG)  # once: some take long to make
    for steps, strengths in COUNTS.items():
        for strength in strengths:
            course = decoder.course(scheduler, steps, CPU, strength=strength)
            assert len(course.timesteps) == calls(name, steps, strength), (steps, strength)
