"""The real engine in a process of its own, driven by the real worker."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    Failed,
    Finished,
    Loading,
    Made,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import checkpoint_folders
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.worker.process import engine_command
from tests.engine.story import told
from tests.fakes import request
from tests.worker.desk import PATIENT_MS, Desk, desk_with


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, starter: Path, python: str) -> Iterator[Desk]:
    command = [python, "-m", "kandinsky_desktop.engine"]
    with desk_with(qtbot, command, tmp_path, starter) as desk:
        yield desk


def test_it_paints_and_its_picture_is_made_again_here_byte_for_byte(
    qtbot: QtBot, tmp_path: Path, engine: Engine, starter: Path
) -> None:
    """By the command of the program itself."""
    with desk_with(qtbot, engine_command(), tmp_path, starter) as desk:
        paint_and_make_again(desk, engine, starter)


def paint_and_make_again(desk: Desk, engine: Engine, starter: Path) -> None:
    desk.wake_requested.emit()
    assert desk.told(Awake).threads == max(1, (os.cpu_count() or 1) - 1)  # one is the window's
    desk.hand_out(request(count=2))
    assert isinstance(desk.end(), Finished)
    made = [
        event.progress
        for event in desk.events
        if isinstance(event, Progressed) and isinstance(event.progress, Made)
    ]
    assert [one.index for one in made] == [0, 1]
    old = read_record(made[1].path)
    assert old.conditions.threads == desk_threads()
    again = told(engine, Job(old.request, made=(0,)), starter, like=old.conditions)
    assert again.file(1) == made[1].path.read_bytes()


def desk_threads() -> int:
    return max(1, (os.cpu_count() or 1) - 1)


def test_killed_while_sampling_it_costs_only_its_job(desk: Desk) -> None:
    desk.hand_out(request(steps=1000))
    step = desk.progress(Stepped)
    assert step.stage == "prior"
    os.kill(desk.pids[0], signal.SIGKILL)
    end = desk.end()
    assert isinstance(end, Failed)
    assert end.died
    # and the next one runs, and is cancelled at once
    job = desk.hand_out(request(prior_steps=500))
    desk.progress(Loading)
    desk.cancel_requested.emit(job.id)
    assert desk.end() == Cancelled(job.id)
    assert not any(isinstance(one, Progressed) and is_decoding(one) for one in desk.events)
    assert len(desk.pids) == 2


def test_a_cancel_is_heard_while_a_part_is_read_and_ends_no_process(
    qtbot: QtBot, tmp_path: Path, starter: Path, python: str
) -> None:
    command = [python, "-m", "tests.engine.slow_reader"]
    with desk_with(qtbot, command, tmp_path, starter) as desk:
        for _job in range(2):  # the second one in the same process
            job = desk.hand_out(request())
            desk.progress(Loading)
            desk.cancel_requested.emit(job.id)
            assert desk.end() == Cancelled(job.id)
        assert len(desk.pids) == 1
        assert not desk.gone


@pytest.fixture
def marking_desk(qtbot: QtBot, tmp_path: Path, starter: Path, python: str) -> Iterator[Desk]:
    command = [python, "-m", "tests.engine.child"]
    with desk_with(qtbot, command, tmp_path, starter) as desk:
        yield desk


@pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")
def test_killed_in_the_middle_of_the_decoder_it_goes_on_to_the_same_bits(
    marking_desk: Desk, engine: Engine, starter: Path, home: Path
) -> None:
    desk = marking_desk
    wanted = request(steps=60, scheduler="UniPCMultistepScheduler")
    job = desk.hand_out(wanted)
    decoder_step(desk, 20)
    os.kill(desk.pids[0], signal.SIGKILL)
    end = desk.end()
    assert isinstance(end, Failed)
    assert end.died
    reached = last_step(desk)
    folder = checkpoint_folders.folder_of(home / "cache", job.id)
    (kept,) = (path.name for path in folder.iterdir() if path.name[0] != ".")
    assert kept.startswith("Denoise-")
    desk.hand_out(job)
    assert isinstance(desk.end(), Finished)
    first = next(step for step in decoder_steps(desk))
    assert reached <= first.step <= reached + 2  # steps that it took and could not tell any more
    assert not folder.exists()
    made = desk.progress(Made).path
    old = read_record(made)
    whole = told(engine, wanted, starter, like=old.conditions)
    assert whole.file(0) == made.read_bytes()


def test_a_step_is_kept_on_demand_and_comes_again(
    desk: Desk, engine: Engine, starter: Path
) -> None:
    job = desk.hand_out(request(steps=300))
    decoder_step(desk, 1)
    desk.keep_step_requested.emit(job.id)
    assert isinstance(desk.end(), Finished)
    made = desk.progress(Made).path
    old = read_record(made)
    assert old.conditions.kept_step() == last_step(desk) < 300
    again = told(engine, old.request, starter, like=old.conditions)
    assert again.file(0) == made.read_bytes()


def test_a_sketch_of_a_hole_in_a_large_photograph_is_shown(
    qtbot: QtBot, tmp_path: Path, model: Path, python: str
) -> None:
    photograph, mask = tmp_path / "photograph.png", tmp_path / "mask.png"
    Image.new("RGB", (4000, 3000), "olive").save(photograph)  # 36 MB of pixels
    hole = Image.new("L", (4000, 3000))
    hole.paste(255, (100, 100, 200, 200))
    hole.save(mask)
    task = Inpaint(path=photograph, masks=(mask,))
    command = [python, "-m", "kandinsky_desktop.engine"]
    with desk_with(qtbot, command, tmp_path, model) as desk:
        job = desk.sketch(request(steps=2, task=task))
        assert desk.end() == Finished(job.id)
        shown = desk.told(Sketched).preview
    assert (shown.width, shown.height) == (2048, 1536)
    assert shown.pixels[-3:] == bytes((128, 128, 0))


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """The file that says that the device is lost to whoever runs by then."""
    return tmp_path / "lost"


@pytest.fixture
def losing_desk(
    qtbot: QtBot, tmp_path: Path, model: Path, python: str, lost: Path
) -> Iterator[Desk]:
    command = [python, "-m", "tests.engine.losing", str(lost)]
    with desk_with(qtbot, command, tmp_path, model) as desk:
        yield desk


def test_a_device_that_is_lost_costs_one_job_and_its_process(losing_desk: Desk, lost: Path) -> None:
    desk, wanted = losing_desk, request(steps=1, width=32, height=32)
    assert isinstance(desk.end_of(wanted), Finished)
    lost.touch()
    end = desk.end_of(wanted)
    assert isinstance(end, Failed)
    assert "graphics card does not answer any more" in end.reason
    assert isinstance(desk.end_of(wanted), Finished)  # at once, in another process
    assert len(desk.pids) == 2
    assert desk.gone == 1


def test_a_device_that_is_lost_without_a_job_ends_the_process(
    losing_desk: Desk, lost: Path
) -> None:
    desk, wanted = losing_desk, request(steps=1, width=32, height=32)
    assert isinstance(desk.end_of(wanted), Finished)
    lost.touch()
    desk.qtbot.waitUntil(lambda: desk.gone == 1)
    assert isinstance(desk.end_of(wanted), Finished)
    assert len(desk.pids) == 2


def decoder_steps(desk: Desk) -> list[Stepped]:
    said = [event.progress for event in desk.events if isinstance(event, Progressed)]
    return [one for one in said if isinstance(one, Stepped) and one.stage == "decoder"]


def last_step(desk: Desk) -> int:
    return decoder_steps(desk)[-1].step


def decoder_step(desk: Desk, number: int) -> None:
    def there() -> bool:
        return any(one.step >= number for one in decoder_steps(desk))

    desk.qtbot.waitUntil(there, timeout=PATIENT_MS)


def is_decoding(event: Progressed) -> bool:
    return isinstance(event.progress, Stepped) and event.progress.stage == "decoder"
