"""Sketches: nothing is kept of them, they stop when told, and a job need not wait for them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Planned,
    Preview,
    Progressed,
    Sketched,
    Started,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.wire import Measure
from tests.fakes import request
from tests.worker.child import child_command
from tests.worker.desk import PATIENT_MS, Desk, desk_with


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path()) as desk:
        yield desk


def end_of(desk: Desk, job: Job) -> Event:
    """Wait for the final event of one of several jobs."""

    def ends() -> list[Event]:
        finals = (one for one in desk.events if isinstance(one, Finished | Failed | Cancelled))
        return [event for event in finals if event.job == job.id]

    desk.qtbot.waitUntil(lambda: bool(ends()), timeout=PATIENT_MS)
    (end,) = ends()
    return end


def test_a_sketch_is_shown_and_nothing_of_it_is_kept(desk: Desk, home: Path) -> None:
    job = desk.sketch(request(steps=2))
    assert end_of(desk, job) == Finished(job.id)
    started, awake, *rest = desk.events
    assert (started, isinstance(awake, Awake)) == (Started(job.id), True)
    assert rest == [
        Progressed(job.id, Loading("unet", 1, 1)),
        Progressed(job.id, Planned(0, 2, 1)),
        Progressed(job.id, Stepped("decoder", 1, 2, 0.5, (0,))),
        Progressed(job.id, Stepped("decoder", 2, 2, 0.5, (0,))),
        Sketched(job.id, Preview(8, 8, bytes([128] * 192))),
        Finished(job.id),
    ]
    assert not desk.pictures.exists()
    assert not (home / "cache" / "steps").exists()


def test_it_stops_at_its_next_step_and_nobody_is_killed(desk: Desk) -> None:
    job = desk.sketch(request("slow", steps=500))
    desk.progress(Stepped)
    desk.stop_sketch_requested.emit(job.id)
    assert end_of(desk, job) == Cancelled(job.id)
    assert not any(isinstance(event, Sketched) for event in desk.events)
    assert len(desk.pids) == 1


def test_a_job_makes_it_stop_and_comes_right_after(desk: Desk) -> None:
    sketch = desk.sketch(request("slow", steps=500))
    desk.progress(Stepped)
    job = desk.hand_out(request(steps=1))
    assert end_of(desk, job) == Finished(job.id)
    assert end_of(desk, sketch) == Cancelled(sketch.id)
    assert len(list(desk.pictures.glob("*.png"))) == 1
    assert len(desk.pids) == 1


def test_another_sketch_makes_it_stop_too(desk: Desk) -> None:
    desk.sketch(request("slow", steps=500))
    desk.progress(Stepped)
    second = desk.sketch(request("slow", steps=2))
    assert end_of(desk, second) == Finished(second.id)


def test_there_is_none_while_a_job_runs(desk: Desk) -> None:
    job = desk.hand_out(request("slow", steps=5))
    sketch = desk.sketch(request())
    assert end_of(desk, sketch) == Cancelled(sketch.id)
    assert end_of(desk, job) == Finished(job.id)


def test_one_that_kills_the_process_fails_and_the_next_is_there(desk: Desk) -> None:
    job = desk.sketch(request("slow", steps=500))
    desk.progress(Stepped)
    os.kill(desk.pids[0], signal.SIGKILL)
    end = end_of(desk, job)
    assert isinstance(end, Failed)
    assert end.died
    next_ = desk.sketch(request())
    assert end_of(desk, next_) == Finished(next_.id)


def test_it_ends_with_the_process_that_its_job_was_killed_in(qtbot: QtBot, tmp_path: Path) -> None:
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path(), grace_s=0.2) as desk:
        sketch = desk.sketch(request("deaf"))
        desk.progress(Stepped)
        job = desk.hand_out(request())
        desk.cancel_requested.emit(job.id)
        assert end_of(desk, job) == Cancelled(job.id)
        assert end_of(desk, sketch) == Cancelled(sketch.id)


def test_measuring_makes_room_for_it(desk: Desk, tmp_path: Path) -> None:
    slow = tmp_path / "slow.png"
    slow.write_bytes(b"slow")
    desk.wake_requested.emit()
    desk.told(Awake)
    desk.measure_requested.emit(Measure(slow, Path()))
    desk.qtbot.waitUntil(slow.with_suffix(".begun").exists)
    job = desk.sketch(request())
    assert end_of(desk, job) == Finished(job.id)
