"""The engine process on its own, with a fake engine: its orders, and how it comes to its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar
from uuid import uuid4

import pytest

from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Made,
    Memory,
    NotSaved,
    Planned,
    Progress,
    Progressed,
    Saved,
    Stepped,
    Unsaved,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.wire import Cancel, Run, SaveTo, Shutdown, Wake
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.worker.process import ChildProcess
from tests.fakes import request
from tests.mounts import FULL, READ_ONLY, on_disk
from tests.worker.child import child_command

PATIENT_S = 60

E = TypeVar("E", bound=Event)


class Engine:
    """A process, and all that it says."""

    def __init__(self, folder: Path, command: list[str] | None = None) -> None:
        self.heard: SimpleQueue[Event | None] = SimpleQueue()
        self.folder = folder
        self.process = ChildProcess(
            command or child_command(folder), self.heard.put, lambda process: self.heard.put(None)
        )

    def run(self, job: Job, folder: Path | None = None) -> Job:
        self.process.send(Run(job, Path(), folder or self.folder / "pictures"))
        return job

    def next(self, kind: type[E]) -> E:
        """Return the next event of that kind, or progress of it; drop what comes before."""
        while True:
            event = self.heard.get(timeout=PATIENT_S)
            assert event is not None, f"the process ended before any {kind.__name__}"
            if isinstance(event, kind):
                return event

    def next_progress(self, kind: type[Progress]) -> Progress:
        while True:
            progress = self.next(Progressed).progress
            if isinstance(progress, kind):
                return progress

    def story(self) -> list[Event]:
        """Return what is said about a job, to its end."""
        said: list[Event] = []
        while not said or not isinstance(said[-1], Finished | Failed | Cancelled):
            event = self.heard.get(timeout=PATIENT_S)
            assert event is not None
            if not isinstance(event, Memory):
                said.append(event)
        return said

    def ended(self) -> int:
        """Wait for its end and return its exit code."""
        while self.heard.get(timeout=PATIENT_S) is not None:
            pass
        self.process.end(PATIENT_S)
        assert self.process.code is not None
        return self.process.code


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path)
    yield engine
    engine.process.end(PATIENT_S)


def test_a_job_tells_its_story_in_order(engine: Engine, tmp_path: Path) -> None:
    job = engine.run(Job(request(count=3, steps=2), made=(1,)))
    *story, end = engine.story()
    assert end == Finished(job.id)
    said = [event.progress for event in story if isinstance(event, Progressed)]
    assert len(said) == len(story)
    made = [one for one in said if isinstance(one, Made)]
    assert said == [
        Loading("unet", 1, 1),
        Planned(0, 2, 2),
        Stepped("decoder", 1, 2, 0.5, (0, 2)),
        Stepped("decoder", 2, 2, 0.5, (0, 2)),
        *made,
    ]
    assert [one.index for one in made] == [0, 2]
    assert sorted(one.path for one in made) == sorted((tmp_path / "pictures").iterdir())
    for one in made:
        assert read_record(one.path).seed == one.seed


def test_it_wakes_and_says_on_what_it_runs(engine: Engine) -> None:
    engine.process.send(Wake())
    assert engine.next(Awake) == Awake("cpu", "a fake", 1)
    assert engine.next(Memory) == Memory(1, 2, 3)


@pytest.mark.parametrize("prompt", [None, "slow"])
def test_asked_to_leave_it_leaves_in_good_order(engine: Engine, prompt: str | None) -> None:
    if prompt:
        engine.run(Job(request(prompt, steps=100)))
        engine.next_progress(Stepped)
    engine.process.end(PATIENT_S)
    assert engine.process.code == 0


def test_a_cancel_stops_the_job_it_names_and_no_other(engine: Engine) -> None:
    job = engine.run(Job(request("slow", steps=3)))
    engine.process.send(Cancel(uuid4()))
    assert engine.story()[-1] == Finished(job.id)
    job = engine.run(Job(request("slow", steps=500)))
    engine.process.send(Cancel(job.id))
    assert engine.story()[-1] == Cancelled(job.id)


def test_pictures_made_before_a_cancel_stay(engine: Engine, tmp_path: Path) -> None:
    job = engine.run(Job(request("keeps on", steps=1)))
    made = engine.next_progress(Made)
    engine.process.send(Cancel(job.id))
    assert engine.story()[-1] == Cancelled(job.id)
    assert isinstance(made, Made)
    assert list((tmp_path / "pictures").iterdir()) == [made.path]


def test_a_cancel_counts_between_the_pictures_of_a_batch_too(
    engine: Engine, tmp_path: Path
) -> None:
    job = engine.run(Job(request("slow to paint", count=60, steps=1)))
    engine.next_progress(Made)
    engine.process.send(Cancel(job.id))
    assert engine.story()[-1] == Cancelled(job.id)
    assert 1 <= len(list((tmp_path / "pictures").iterdir())) < 60


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no POSIX")
@pytest.mark.parametrize("prompt", ["deaf", "slow"])
def test_the_child_goes_when_its_parent_is_killed(tmp_path: Path, prompt: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.worker.parent", str(tmp_path), prompt],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert parent.stdout
    assert b"Progressed" in parent.stdout.readline()  # the child is in the middle of its job
    parent.kill()
    parent.communicate(timeout=PATIENT_S)  # returns once nobody, the child too, holds our stderr


@pytest.mark.skipif(sys.platform != "linux", reason="PDEATHSIG is Linux's")
def test_the_child_goes_when_the_thread_that_started_it_ends(tmp_path: Path) -> None:
    # PDEATHSIG watches that thread and not its process: it must outlive the child, as our QThread
    engines: list[Engine] = []

    def start() -> None:
        engines.append(Engine(tmp_path))
        engines[0].process.send(Wake())
        engines[0].next(Awake)

    thread = Thread(target=start)
    thread.start()
    thread.join()
    assert engines[0].ended() == 0  # by SIGTERM, in good order


# Pictures that cannot be saved


def unsaved(engine: Engine) -> Unsaved:
    progress = engine.next_progress(Unsaved)
    assert isinstance(progress, Unsaved)
    return progress


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A folder that cannot be: a file lies in its place."""
    path = tmp_path / "blocked"
    path.write_text("in the way")
    return path / "pictures"


@pytest.mark.parametrize(("kind", "reason"), [(FULL, "is full"), (READ_ONLY, "not be written")])
def test_on_a_bad_disk_pictures_are_kept_and_saved_elsewhere_on_demand(
    tmp_path: Path, kind: str, reason: str
) -> None:
    disk = tmp_path / "disk"
    engine = Engine(tmp_path, on_disk(kind, disk, child_command(tmp_path)))
    job = engine.run(Job(request(count=2, prompt="cat " * 4000)), disk)  # 16 kB of words
    first, second = unsaved(engine), unsaved(engine)
    assert (first.index, second.index, first.folder) == (0, 1, disk)
    assert reason in first.reason
    assert engine.next(Finished) == Finished(job.id)  # the job is done all the same

    engine.process.send(SaveTo(disk))
    assert reason in engine.next(NotSaved).reason
    engine.process.send(SaveTo(tmp_path / "elsewhere"))
    saved = [engine.next(Saved), engine.next(Saved)]
    assert [one.left for one in saved] == [1, 0]
    assert [read_record(one.path).index for one in saved] == [0, 1]
    assert saved[0].path.name == first.name
    engine.process.end(PATIENT_S)
    assert not (tmp_path / "rescued").exists()


def test_what_is_kept_is_rescued_when_the_process_is_asked_to_leave(
    engine: Engine, blocked: Path, tmp_path: Path
) -> None:
    engine.run(Job(request()), blocked)
    name = unsaved(engine).name
    engine.process.end(PATIENT_S)
    assert engine.process.code == 0
    assert [path.name for path in (tmp_path / "rescued").iterdir()] == [name]


def test_what_is_kept_is_rescued_at_once_even_in_the_middle_of_a_long_step(
    engine: Engine, blocked: Path, tmp_path: Path
) -> None:
    engine.run(Job(request()), blocked)
    unsaved(engine)
    engine.run(Job(request("deaf")))
    engine.next_progress(Stepped)
    engine.process.send(Shutdown())
    assert engine.ended() == 0
    assert len(list((tmp_path / "rescued").iterdir())) == 1


def test_what_is_kept_is_rescued_when_the_pipe_closes(
    engine: Engine, blocked: Path, tmp_path: Path
) -> None:
    engine.run(Job(request()), blocked)
    unsaved(engine)
    engine.run(Job(request("deaf")))
    engine.next_progress(Stepped)
    assert engine.process._process.stdin
    engine.process._process.stdin.close()  # as when the window is killed
    assert engine.ended() == 1
    assert len(list((tmp_path / "rescued").iterdir())) == 1


def test_what_is_kept_is_rescued_on_sigterm(engine: Engine, blocked: Path, tmp_path: Path) -> None:
    engine.run(Job(request()), blocked)
    unsaved(engine)
    engine.next(Finished)
    os.kill(engine.process.pid, signal.SIGTERM)
    assert engine.ended() == 0
    assert len(list((tmp_path / "rescued").iterdir())) == 1


def test_it_leaves_when_nobody_hears_it(tmp_path: Path, blocked: Path) -> None:
    """Only the pipe of its events breaks, in the middle of a job: it rescues and leaves."""
    process = subprocess.Popen(
        child_command(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None
    )
    assert process.stdin
    assert process.stdout
    wire.send(process.stdin, Run(Job(request("keeps on", steps=1)), Path(), blocked))
    for event in wire.events(process.stdout):
        if isinstance(event, Progressed) and isinstance(event.progress, Unsaved):
            break
    process.stdout.close()
    assert process.wait(PATIENT_S) == 1
    assert len(list((tmp_path / "rescued").iterdir())) == 1
    process.stdin.close()
