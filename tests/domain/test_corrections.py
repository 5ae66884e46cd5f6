from dataclasses import replace

from kandinsky_desktop.domain.corrections import LEAST_LEARNT, Lesson
from kandinsky_desktop.domain.events import Loading, PhaseMemory, PhaseRan, Progress
from kandinsky_desktop.domain.memory import MIB, ExecutionMode, activations


def ran(activations: int, measured: float) -> PhaseRan:
    """A phase whose activations came to so many times those that were predicted; 0: unknown."""
    weights = 100 * MIB
    taken = int(weights + activations * measured) if measured else 0
    memory = PhaseMemory(weights + activations, activations, peak=taken)
    return PhaseRan("Denoise", "unet", 1, 1, 1.0, "resident", memory)


def test_a_machine_that_takes_more_is_corrected_step_by_step_towards_it() -> None:
    correction = 1.0
    for _job in range(12):
        lesson = Lesson(correction)
        lesson.learn(ran(int(200 * MIB * correction), 1.2 / correction))
        assert correction < lesson.correction < 1.2
        correction = lesson.correction
    assert correction > 1.19
    plain = ExecutionMode("plain", 10, 8)
    assert activations(plain.corrected(1.5), 100, 2) == 15 + 1200


def test_what_says_nothing_of_a_machine_is_not_learnt() -> None:
    lesson = Lesson(1.1)
    for phase in (
        ran(LEAST_LEARNT - 1, 1.5),  # workspaces
        ran(200 * MIB, 0),  # not measured
        ran(200 * MIB, 5),  # something else was measured
        ran(200 * MIB, 0.1),
    ):
        lesson.learn(phase)
    assert lesson.correction == lesson.before == 1.1


def test_all_that_is_reported_is_passed_on() -> None:
    lesson, said = Lesson(1.0), list[Progress]()
    report = lesson.noting(said.append)
    told: list[Progress] = [Loading("unet", 1, 1), ran(200 * MIB, 1.1)]
    for progress in told:
        report(progress)
    assert said[0] == told[0]
    assert isinstance(said[1], PhaseRan)
    assert said[1].memory is not None
    assert said[1].memory.correction == lesson.correction > 1
    assert replace(said[1], memory=None) == replace(ran(0, 0), memory=None)
