"""Every scheduler with any number of steps and any strength: finite latents, or one sentence.

With the refusal of `check_fits`, which knows what `most_steps` says, nothing has been loaded.
"""

import json
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Generator, Tensor

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.model import check_fits
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import FIRST_STEP_TWICE, LABELS, calls, most_steps
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.schedulers import make_scheduler
from tests.engine import tiny
from tests.engine.oracle import Oracle
from tests.fakes import text_to_image
from tests.trees import FULL

# several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")

CPU = torch.device("cpu")
SHAPE = (1, 4, 2, 2)
TRAINED = 1000
# Spacing is the schedulers' own choice where no file names it, as in the hub's oldest folders
CONFIGS: dict[str, dict[str, Any]] = {
    "unspaced": dict(tiny.ddpm().config),
    "2.2": json.loads(tiny.ddpm().to_json_string()),
    "2.1": json.loads(tiny.ddim().to_json_string()),
    "of v": json.loads(tiny.ddpm().to_json_string()) | {"prediction_type": "v_prediction"},
}
SPACED = ("unspaced", "2.2")
STRENGTHS = (1.0, 0.999, 0.75, 0.5, 0.13, 0.01)
# Every kind of number: small, even and odd, those that divide 1000 and those that do not, the most
COUNTS = {
    **dict.fromkeys((*range(1, 13), 16, 25, 50, 61), STRENGTHS),
    **dict.fromkeys((100, 333, 501, 750, 999, 1000), (0.3,)),
}


def scheduler_for(name: str, config: str) -> Any:
    return make_scheduler(Sampling(scheduler=name), CONFIGS[config])


def course_of(name: str, config: str, steps: int, strength: float) -> tuple[Any, decoder.Course]:
    scheduler = scheduler_for(name, config)
    return scheduler, decoder.course(scheduler, steps, CPU, strength=strength)


def sampled(name: str, config: str, steps: int, strength: float) -> tuple[Tensor, list[Tensor]]:
    """Return the finished latents, and what each step predicted of them."""
    scheduler, course = course_of(name, config, steps, strength)
    generators, looks = [Generator().manual_seed(0)], list[Tensor]()
    if strength < 1:
        latents, _ = decoder.noised(scheduler, torch.ones(SHAPE), course, generators)
    else:
        latents = decoder.noise(scheduler, SHAPE, generators, CPU, torch.float32)
    nothing = torch.zeros(1, 1)
    end = decoder.sample(
        Oracle(CONFIGS[config]),
        scheduler,
        decoder.UNetConditioning(image_embeds=nothing, negative_image_embeds=nothing),
        latents,
        course,
        guidance=1.0,
        generators=generators,
        on_step=lambda number, look: looks.append(look()),
    )
    return end, looks


@pytest.mark.parametrize("name", LABELS)
def test_the_calls_are_as_many_as_the_scheduler_makes(name: str) -> None:
    scheduler = scheduler_for(name, "2.2")  # once: some take long to make
    for steps, strengths in COUNTS.items():
        for strength in strengths if steps <= most_steps(name) else ():
            course = decoder.course(scheduler, steps, CPU, strength=strength)
            assert len(course.timesteps) == calls(name, steps, strength), (steps, strength)


@pytest.mark.parametrize("config", SPACED)
@pytest.mark.parametrize("name", LABELS)
def test_no_step_begins_outside_the_trained_timesteps(name: str, config: str) -> None:
    scheduler = scheduler_for(name, config)
    for steps in (1, 2, 7, 50, 334, 501, most_steps(name)):
        course = decoder.course(scheduler, steps, CPU)
        assert 0 <= course.timesteps.min() <= course.timesteps.max() < TRAINED, steps
        if calls(name, steps) == steps:
            assert len(course.timesteps.unique()) == steps


@pytest.mark.parametrize("config", SPACED)
@pytest.mark.parametrize("name", LABELS)
def test_they_are_diffusers_own_wherever_those_are_trained(name: str, config: str) -> None:
    for steps, strength in ((20, 1.0), (20, 0.5), (1000, 0.999)):
        if steps > most_steps(name) or (strength < 1 and name in FIRST_STEP_TWICE):
            continue  # PLMS cut in the middle is wrong in the pipelines: see engine/decoder.py
        theirs, last = scheduler_for(name, config), calls(name, steps, strength)
        theirs.set_timesteps(steps)
        ours = course_of(name, config, steps, strength)[1].timesteps
        assert torch.equal(ours, theirs.timesteps[-last:]), (steps, strength)


@pytest.mark.parametrize("trained", [100, 400])
@pytest.mark.parametrize("name", LABELS)
def test_the_most_is_of_the_models_own_schedule(name: str, trained: int) -> None:
    config = CONFIGS["2.2"] | {"num_train_timesteps": trained}
    most = most_steps(name, trained)
    scheduler = make_scheduler(Sampling(scheduler=name), config)
    times = decoder.course(scheduler, most, CPU).timesteps
    assert len(times.unique()) >= most
    assert times.max() < trained


@pytest.mark.parametrize("name", ["DDIMScheduler", "EulerDiscreteScheduler"])
def test_a_number_that_a_spacing_cannot_divide_by_is_one_sentence(name: str) -> None:
    spaced = CONFIGS["2.2"] | {"timestep_spacing": "trailing"}
    scheduler = make_scheduler(Sampling(scheduler=name), spaced)
    assert len(decoder.course(scheduler, 60, CPU).timesteps) == 60
    with pytest.raises(InvalidRequest, match=f"With this model {name} cannot take 61 steps"):
        decoder.course(scheduler, 61, CPU)


# The most there are, and one less
MOST = [(1000, 1.0, "2.2"), (999, 0.01, "of v"), (1000, 1.0, "unspaced"), (999, 1.0, "2.2")]


@pytest.mark.parametrize(
    ("most", "others"), [(MOST[:2], 2), pytest.param(MOST, 50, marks=pytest.mark.soak)]
)
@pytest.mark.parametrize("name", LABELS)
def test_it_ends_in_finite_latents_or_is_refused(
    name: str, most: list[tuple[int, float, str]], others: int
) -> None:
    for steps, strength, config in most:
        ends_or_is_refused(name, steps, strength, config)

    @settings(max_examples=others)
    @given(
        steps=some.integers(1, 60) | some.integers(1, TRAINED),
        strength=some.sampled_from(STRENGTHS) | some.floats(0.01, 1),
        config=some.sampled_from(sorted(CONFIGS)),
    )
    def try_it(steps: int, strength: float, config: str) -> None:
        ends_or_is_refused(name, steps, strength, config)

    try_it()


def ends_or_is_refused(name: str, steps: int, strength: float, config: str) -> None:
    request = text_to_image("a cat", sampling=Sampling(scheduler=name, steps=steps))
    if steps > most_steps(name):
        with pytest.raises(InvalidRequest, match="at most 999 steps, not 1000"):
            check_fits(request, FULL)
        steps = 999
    else:
        check_fits(request, FULL)
    end, looks = sampled(name, config, steps, strength)
    assert end.isfinite().all()
    assert all(look.isfinite().all() for look in looks)
    assert len(looks) == calls(name, steps, strength)
