"""Measuring in spare time: after the jobs, out of their way, answered once, kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Awake, Failed, Finished, Measured, NotMeasured, Stepped
from kandinsky_desktop.domain.wire import Measure
from kandinsky_desktop.store import clip_similarity
from tests.fakes import request
from tests.worker.child import child_command
from tests.worker.desk import PATIENT_MS, Desk, desk_with


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    log_file = tmp_path / "engine.log"
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path(), log_file=log_file) as desk:
        desk.wake_requested.emit()
        desk.told(Awake)
        yield desk


def picture(folder: Path, name: str) -> Path:
    path = folder / f"{name}.png"
    path.write_bytes(name.encode())
    return path


def measured(desk: Desk, path: Path) -> Measured | NotMeasured:
    """Wait for the answer for a picture and return it."""

    def answers() -> list[Measured | NotMeasured]:
        said = (event for event in desk.events if isinstance(event, Measured | NotMeasured))
        return [event for event in said if event.path == path]

    desk.qtbot.waitUntil(lambda: bool(answers()), timeout=PATIENT_MS)
    (answer,) = answers()
    return answer


def test_it_is_measured_kept_and_not_measured_twice(desk: Desk, tmp_path: Path, home: Path) -> None:
    path = picture(tmp_path, "one")
    desk.measure_requested.emit(Measure(path, Path()))
    assert measured(desk, path) == Measured(path, (0.5, None))
    assert clip_similarity.read(home / "measures", path) == (0.5, None)
    clip_similarity.write(home / "measures", path, (0.25,))  # what is kept is not measured again
    desk.events.clear()
    desk.measure_requested.emit(Measure(path, Path()))
    assert measured(desk, path) == Measured(path, (0.25,))


def test_a_job_comes_before_it_and_stops_it(desk: Desk, tmp_path: Path) -> None:
    slow, quick = picture(tmp_path, "slow"), picture(tmp_path, "quick")
    desk.measure_requested.emit(Measure(slow, Path()))
    desk.measure_requested.emit(Measure(quick, Path()))
    desk.qtbot.waitUntil(slow.with_suffix(".begun").exists)
    assert isinstance(desk.end_of(request()), Finished)
    assert not any(isinstance(event, Measured | NotMeasured) for event in desk.events)
    desk.stop_measuring_requested.emit(slow)  # which began anew
    assert measured(desk, slow) == NotMeasured(slow, "It was stopped.")
    assert isinstance(measured(desk, quick), Measured)


def test_what_waits_can_be_stopped_too(desk: Desk, tmp_path: Path) -> None:
    path = picture(tmp_path, "slow")
    job = desk.hand_out(request("slow", steps=10))
    desk.progress(Stepped)
    desk.measure_requested.emit(Measure(path, Path()))
    desk.stop_measuring_requested.emit(path)
    desk.stop_measuring_requested.emit(tmp_path / "never heard of")
    assert desk.end() == Finished(job.id)
    assert isinstance(measured(desk, path), NotMeasured)


@pytest.mark.parametrize(
    ("name", "said"), [("unknown", "is unknown"), ("broken", "The log has the details")]
)
def test_what_fails_is_a_sentence(desk: Desk, tmp_path: Path, name: str, said: str) -> None:
    path = picture(tmp_path, name)
    desk.measure_requested.emit(Measure(path, Path()))
    answer = measured(desk, path)
    assert isinstance(answer, NotMeasured)
    assert said in answer.reason
    assert isinstance(desk.end_of(request()), Finished)
    logged = (tmp_path / "engine.log").read_text()
    assert ("ZeroDivisionError" in logged) == (name == "broken")


def test_a_picture_that_went_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    desk.measure_requested.emit(Measure(tmp_path / "gone.png", Path()))
    answer = measured(desk, tmp_path / "gone.png")
    assert isinstance(answer, NotMeasured)
    assert "gone.png cannot be read" in answer.reason


def test_a_process_that_dies_of_it_leaves_no_question_open(desk: Desk, tmp_path: Path) -> None:
    deadly, next_ = picture(tmp_path, "deadly"), picture(tmp_path, "next")
    for path in (deadly, next_):
        desk.measure_requested.emit(Measure(path, Path()))
    for path in (deadly, next_):
        assert measured(desk, path) == NotMeasured(path, "The engine stopped.")
    desk.qtbot.waitUntil(lambda: desk.gone == 1, timeout=PATIENT_MS)  # it is said after them
    desk.events.clear()
    desk.measure_requested.emit(Measure(next_, Path()))  # no process is started for it
    assert measured(desk, next_) == NotMeasured(next_, "The engine does not run.")
    assert isinstance(desk.end_of(request()), Finished)


def test_a_job_that_kills_the_process_leaves_none_open_either(desk: Desk, tmp_path: Path) -> None:
    path = picture(tmp_path, "one")
    desk.hand_out(request("doomed", steps=1))
    desk.measure_requested.emit(Measure(path, Path()))
    assert isinstance(measured(desk, path), NotMeasured)
    assert isinstance(desk.told(Finished, Failed), Finished | Failed)


def test_it_tidies_after_the_first_job_and_not_before(desk: Desk, tmp_path: Path) -> None:
    def times() -> int:
        return (tmp_path / "engine.log").read_text().count("tidied")

    desk.qtbot.wait(1500)
    assert times() == 0
    desk.hand_out(request("slow", steps=10))
    job = desk.hand_out(request())  # it waits: between the two is no time that could be spared
    assert desk.end() == Finished(job.id)
    desk.qtbot.waitUntil(lambda: times() > 0, timeout=PATIENT_MS)
    desk.qtbot.wait(1500)
    assert times() == 1
