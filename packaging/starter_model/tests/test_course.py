"""A course that was cut goes on as if it never was."""
# ruff: noqa: D103

import signal
from pathlib import Path

import pytest
import torch
from starter import crew
from starter.course import CUT, Budget, Course, averaged_weights, checkpoint_path, thousands_behind
from torch import Tensor, nn


class Ticks:
    """A clock that counts its readings."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:  # noqa: D102
        self.now += 0.25
        return self.now


A_MINUTE = Budget(minutes=1)


def started(budget: Budget = A_MINUTE) -> Course:
    torch.manual_seed(3)
    module = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    return Course("tiny", {"net": module}, budget, rate=1e-2, batch=16, warm_steps=1, clock=Ticks())


def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
    shown = torch.randn(16, 4)
    off = (course.modules["net"](shown) - shown.sum(1, keepdim=True)).pow(2).mean()
    return off, {"off": float(off.detach())}


def steps(course: Course, count: int) -> list[float]:
    return [course.one_step(loss_of)["off"] for _ in range(count)]


def test_a_resumed_course_equals_an_uncut_one() -> None:
    uncut = started()
    whole = steps(uncut, 12)

    first = started()
    before = steps(first, 5)
    first.save()
    second = started()
    assert second.resume()
    after = steps(second, 7)

    assert before + after == whole
    assert (second.step, second.seen, second.elapsed) == (12, 12 * 16, uncut.elapsed)
    for one, other in zip(uncut.parameters, second.parameters, strict=True):
        assert torch.equal(one, other)
    for name, tensor in uncut.average["net"].items():
        assert torch.equal(tensor, second.average["net"][name])


def test_the_average_is_what_later_stages_get() -> None:
    course = started()
    steps(course, 3)
    course.save()
    for name, tensor in averaged_weights("tiny")["net"].items():
        assert torch.equal(tensor, course.average["net"][name])


def test_a_look_at_the_average_leaves_the_training_weights() -> None:
    course = started()
    steps(course, 3)
    before = [p.detach().clone() for p in course.parameters]
    course.with_average(lambda: None)
    assert all(torch.equal(a, b) for a, b in zip(before, course.parameters, strict=True))


def test_learning_is_told_by_the_budget() -> None:
    course = started()
    assert course.progress == 0
    steps(course, 4)
    assert course.progress == pytest.approx(course.elapsed / 60)
    course.save()
    again = started()
    again.resume()
    assert again.progress == 0  # minutes count from when it goes on


def test_a_budget_in_samples_is_for_all_that_was_seen() -> None:
    course = started(Budget(thousands=0.128))
    steps(course, 4)
    assert course.progress == 0.5
    course.save()
    assert thousands_behind("tiny") == 0.064
    again = started(Budget(thousands=0.128))
    again.resume()
    assert again.progress == 0.5


def test_signals_are_heeded_while_it_trains_and_left_alone_after_it() -> None:
    def told(course: Course) -> tuple[Tensor, dict[str, float]]:
        signal.raise_signal(signal.SIGTERM)
        return loss_of(course)

    before = signal.getsignal(signal.SIGTERM)
    course = started()
    with pytest.raises(SystemExit) as cut:
        course.run(told)
    assert (cut.value.code, course.step) == (CUT, 1)
    assert signal.getsignal(signal.SIGTERM) is before


def test_without_a_budget_nothing_is_learnt() -> None:
    assert started(Budget()).progress == 1


def test_workers_whose_clocks_differ_end_together() -> None:
    program = Path(__file__).with_name("two_workers.py")
    workers = crew.spawn([str(program)], 2)
    try:
        assert [one.wait(timeout=240) for one in workers] == [0, 0]
    finally:
        for one in workers:
            one.kill()
    steps_of = torch.load(checkpoint_path("pair"), weights_only=True)["step"]
    assert 8 < steps_of < 20
