"""How long a request takes, by what phases like its own took in this sitting."""

from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.costs import cost_key
from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.plan_inputs import UNLIMITED, PlanInputs
from kandinsky_desktop.domain.planning import plan_of
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.estimates import Estimates
from kandinsky_desktop.store import places
from kandinsky_desktop.store.models import find_models
from tests.fakes import request
from tests.trees import FULL, STARTER


def timed(wanted: Paint, a_call: float = 0.5) -> Estimates:
    """Estimates that saw every phase of a request run once, each call in so many seconds."""
    estimates = Estimates()
    inputs = PlanInputs(
        request=wanted,
        model=STARTER,
        files={},
        environment="",
        budget=UNLIMITED,
        itemsize=4,
        missing=tuple(range(wanted.count)),
    )
    for phase in plan_of(inputs).to_run:
        name, network = cost_key(phase)
        calls = max(1, phase.calls)
        estimates.learn(STARTER, PhaseRan(name, network, phase.pixels, calls, a_call * calls))
    return estimates


def test_nothing_is_said_before_anything_was_timed() -> None:
    assert Estimates().seconds(request(), STARTER) is None
    shipped = find_models([places.shipped_models()]).models[0]
    parts = Estimates().parts(request(steps=20, prior_steps=2), shipped)
    assert {part.seconds for part in parts} == {None}
    work = {part.operation: part.calls * part.work for part in parts}
    assert work["Denoise"] > work["DecodePixels"] > work["SamplePrior"] > 0  # but guessed


def test_twice_the_steps_take_as_much_longer_as_the_steps_take() -> None:
    estimates = timed(request(steps=10))
    short, long = (estimates.seconds(request(steps=steps), STARTER) for steps in (10, 20))
    assert short is not None
    assert long is not None
    assert long - short == pytest.approx(10 * 0.5)
    assert {part.seconds for part in estimates.parts(request(steps=10), STARTER)} == {0.5}


def test_what_was_timed_with_one_model_says_nothing_of_another() -> None:
    assert timed(request()).seconds(request(), FULL) is None


def test_what_was_painted_before_is_not_counted_again() -> None:
    estimates = timed(request())
    before = estimates.seconds(request(), STARTER)
    estimates.finish(request(), STARTER)
    after = estimates.seconds(request(seed=9), STARTER)  # the same idea, painted otherwise
    assert before is not None
    assert after is not None
    assert before - after >= 3 * 0.5  # the three steps of the prior


def test_of_a_request_whose_file_is_gone_nothing_is_said() -> None:
    gone = replace(request(), conditioning=ImagePrompt(Path("/nowhere/cat.png")))
    estimates = timed(request())
    assert estimates.seconds(gone, STARTER) is None
    estimates.finish(gone, STARTER)  # and nothing breaks
