"""The estimate: withheld while it would be a guess, calm once it is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.events import PhaseRan, Planned, Stage, Stepped
from kandinsky_desktop.domain.pace import ENOUGH, Pace, Part


class Clock:
    """Feeds a pace with steps of given lengths and reads it after each."""

    def __init__(self, pace: Pace) -> None:
        self.pace, self.now = pace, 0.0
        self._steps: dict[Stage, int] = {}

    def step(self, stage: Stage, seconds: float) -> float | None:
        self.now += seconds
        number = self._steps[stage] = self._steps.get(stage, 0) + 1
        self.pace.step(Stepped(stage, number, 100, seconds, (0,)), self.now)
        return self.pace.left(self.now)


def planned(prior: int, decoder: int) -> Pace:
    pace = Pace()
    pace.plan(Planned(prior, decoder, 1))
    return pace


def test_nothing_is_promised_before_every_stage_was_timed() -> None:
    clock = Clock(planned(25, 30))
    assert all(clock.step("prior", 0.1) is None for _ in range(25))
    assert [clock.step("decoder", 1.0) for _ in range(ENOUGH - 1)] == [None] * (ENOUGH - 1)
    left = clock.step("decoder", 1.0)
    assert left == pytest.approx(27)


def test_an_earlier_job_of_its_kind_lets_it_promise_at_once() -> None:
    pace = Pace([Part("SamplePrior", 4, 0.5), Part("Denoise", 4, 2.0)])
    pace.plan(Planned(10, 20, 1))
    assert Clock(pace).step("prior", 0.5) == pytest.approx(9 * 0.5 + 20 * 2.0)


def test_a_stall_does_not_count_as_the_pace() -> None:
    clock = Clock(planned(0, 60))
    for _ in range(10):
        clock.step("decoder", 1.0)
    left = clock.step("decoder", 30.0)  # the machine slept
    assert left == pytest.approx(49, abs=1)
    assert clock.pace.rate == pytest.approx(1.0)


def test_no_rate_is_told_of_what_comes_after_the_steps_of_a_stage() -> None:
    clock = Clock(planned(10, 10))
    for _ in range(10):
        clock.step("prior", 0.1)
    assert clock.pace.rate == pytest.approx(10)
    clock.pace.ran(PhaseRan("SamplePrior", "prior", 0, 10, 1.0), clock.now)
    assert clock.pace.rate is None  # the decoder is being loaded
    for _ in range(10):
        clock.step("decoder", 1.0)
    assert clock.pace.rate == pytest.approx(1)


def test_it_counts_down_with_the_clock_between_steps() -> None:
    clock = Clock(planned(0, 20))
    for _ in range(5):
        clock.step("decoder", 2.0)
    left = clock.pace.left(clock.now)
    assert left is not None
    assert clock.pace.left(clock.now + 1) == pytest.approx(left - 1)
    assert clock.pace.left(clock.now + 1000) == 0


@given(some.lists(some.floats(0.9, 1.1), min_size=30, max_size=60))
def test_small_unrest_does_not_move_the_promise(seconds: list[float]) -> None:
    clock = Clock(planned(0, len(seconds)))
    promises = set()
    for one in seconds:
        left = clock.step("decoder", one)
        if left:
            promises.add(round(clock.now + left, 6))
    # taken over anew only for a tenth of it or a second: a few times, not at every step
    assert len(promises) <= 8


@given(
    some.lists(some.floats(0.001, 100), min_size=1, max_size=40),
    some.lists(some.floats(0.001, 100), min_size=1, max_size=40),
)
def test_the_share_never_goes_back_and_ends_at_one(
    prior: list[float], decoder: list[float]
) -> None:
    clock = Clock(planned(len(prior), len(decoder)))
    shares = [clock.pace.share]
    stages: list[tuple[Stage, list[float]]] = [("prior", prior), ("decoder", decoder)]
    for stage, seconds in stages:
        for one in seconds:
            left = clock.step(stage, one)
            shares.append(clock.pace.share)
            assert left is None or left >= 0
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


@given(some.lists(some.floats(0, 10), min_size=0, max_size=50))
def test_nothing_it_is_told_breaks_it(seconds: list[float]) -> None:
    clock = Clock(Pace())  # without a plan, and with steps of no time
    for one in seconds:
        clock.step("decoder", one)
        assert 0 <= clock.pace.share <= 1
        assert clock.pace.rate is None or clock.pace.rate > 0


# the starter's first job on one core: seconds of a step of each stage, and of decoding
PRIOR_S, STEP_S, DECODING_S = 0.009, 0.039, 0.13


@pytest.mark.parametrize("known", [True, False], ids=["timed before", "never timed"])
@pytest.mark.parametrize(("prior", "decoder", "pictures"), [(3, 20, 1), (25, 20, 4), (12, 100, 9)])
def test_the_share_is_that_of_the_time(
    known: bool, prior: int, decoder: int, pictures: int
) -> None:
    def part(operation: str, calls: int, seconds: float, guess: float) -> Part:
        return Part(operation, calls, seconds if known else None, guess * seconds)

    pace = Pace(
        [
            part("SamplePrior", prior, PRIOR_S, 1.5),  # a guess is wrong by as much
            part("Denoise", decoder, STEP_S, 1.0),
            part("DecodePixels", pictures, DECODING_S, 0.7),
        ]
    )
    pace.plan(Planned(prior, decoder, pictures))
    whole = prior * PRIOR_S + decoder * STEP_S + pictures * DECODING_S
    now, shares = 0.0, [0.0]
    for stage, count, each in (("prior", prior, PRIOR_S), ("decoder", decoder, STEP_S)):
        for number in range(count):
            now += each
            pace.step(Stepped(stage, number + 1, count, each, (0,)), now)  # type: ignore[arg-type]
            shares.append(pace.share)
            assert pace.share == pytest.approx(now / whole, abs=0.01 if known else 0.12)
    assert pace.share < 1  # not before it is decoded
    for _picture in range(pictures):
        now += DECODING_S
        pace.ran(PhaseRan("DecodePixels", "movq", 16384, 1, DECODING_S), now)
        shares.append(pace.share)
        assert pace.share == pytest.approx(now / whole, abs=0.01 if known else 0.12)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_what_nobody_planned_is_no_part_of_the_share() -> None:
    pace = Pace([Part("Denoise", 2, 1.0)])
    pace.plan(Planned(0, 2, 1))
    pace.ran(PhaseRan("FitPreview", "movq", 0, 1, 30.0), 30.0)
    assert pace.share == 0
    pace.step(Stepped("decoder", 1, 2, 1.0, (0,)), 31.0)
    assert pace.share == pytest.approx(0.5)
