"""The worker in a thread, with a real engine process whose engine is a fake."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    Failed,
    Finished,
    Loading,
    Made,
    Planned,
    Progressed,
    Saved,
    Started,
    Stepped,
    Unsaved,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.store import checkpoint_folders
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.worker.worker import LEAVING_S
from tests.fakes import BIG_PREVIEW, request
from tests.worker.child import child_command
from tests.worker.desk import PATIENT_MS, Desk, desk_with


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path()) as desk:
        yield desk


@pytest.fixture
def hasty_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path(), grace_s=0.2) as desk:
        yield desk


def test_a_job_tells_its_story_in_order(desk: Desk) -> None:
    job = desk.hand_out(request(steps=2))
    assert desk.end() == Finished(job.id)
    made = desk.progress(Made)
    started, awake, *rest = desk.events  # the engine, too, says when it is there
    assert (started, isinstance(awake, Awake)) == (Started(job.id), True)
    assert rest == [
        Progressed(job.id, Loading("unet", 1, 1)),
        Progressed(job.id, Planned(0, 2, 1)),
        Progressed(job.id, Stepped("decoder", 1, 2, 0.5, (0,))),
        Progressed(job.id, Stepped("decoder", 2, 2, 0.5, (0,))),
        Progressed(job.id, made),
        Finished(job.id),
    ]
    assert made.path.exists()


def test_it_wakes_once(desk: Desk) -> None:
    desk.wake_requested.emit()
    assert desk.told(Awake).device == "cpu"
    desk.wake_requested.emit()
    assert isinstance(desk.end_of(request()), Finished)
    assert len(desk.pids) == 1


def test_a_cancelled_job_stops_at_its_next_step(desk: Desk) -> None:
    job = desk.hand_out(request("slow", steps=500))
    desk.progress(Stepped)
    desk.cancel_requested.emit(job.id)
    assert desk.end() == Cancelled(job.id)
    assert len(desk.events) < 500
    assert not desk.pictures.exists()
    assert len(desk.pids) == 1  # nobody was killed for it


def test_a_late_cancel_spares_the_next_job(desk: Desk) -> None:
    late = desk.hand_out(request())
    desk.told(Finished)
    next_ = desk.hand_out(request("slow"))
    desk.cancel_requested.emit(late.id)
    assert desk.end() == Finished(next_.id)


def test_a_kept_step_is_the_result_of_the_job_it_names_and_no_other(desk: Desk) -> None:
    late = desk.hand_out(request())
    desk.told(Finished)
    job = desk.hand_out(request("slow", steps=500))
    desk.progress(Stepped)
    desk.keep_step_requested.emit(late.id)
    came = len(desk.events)
    desk.qtbot.waitUntil(lambda: len(desk.events) > came + 2)
    assert not any(isinstance(event, Finished) for event in desk.events)
    desk.keep_step_requested.emit(job.id)
    assert desk.end() == Finished(job.id)
    conditions = read_record(desk.progress(Made).path).conditions
    assert 1 < conditions.kept_step() < 500
    next_ = desk.hand_out(request("slow", steps=3))  # the wish is not for it
    assert desk.end() == Finished(next_.id)
    assert read_record(desk.progress(Made).path).conditions.kept_steps == ()


def _gone(path: Path) -> bool:
    return not path.exists()


def test_checkpoints_of_a_job_stay_until_it_is_cancelled_and_forgotten(
    hasty_desk: Desk, home: Path
) -> None:
    def leaves_one(job: Job) -> Path:
        folder = checkpoint_folders.folder_of(home / "cache", job.id)
        folder.mkdir(parents=True)
        (folder / "0-0.safetensors").touch()
        return folder

    for prompt in ("slow", "deaf"):  # it answers; it is killed
        job = hasty_desk.hand_out(request(prompt, steps=500))
        folder = leaves_one(job)
        hasty_desk.progress(Stepped)
        hasty_desk.cancel_requested.emit(job.id)
        assert hasty_desk.end() == Cancelled(job.id)
        assert folder.exists()  # it may be put back
        hasty_desk.forget_requested.emit(job.id)
        hasty_desk.qtbot.waitUntil(partial(_gone, folder), timeout=PATIENT_MS)
    job = hasty_desk.hand_out(request("killed"))
    folder = leaves_one(job)
    assert isinstance(hasty_desk.end(), Failed)
    assert folder.exists()
    hasty_desk.forget_requested.emit(job.id)  # nobody dropped it
    hasty_desk.cancel_requested.emit(job.id)
    hasty_desk.qtbot.wait(50)
    assert folder.exists()
    hasty_desk.forget_requested.emit(job.id)
    hasty_desk.qtbot.waitUntil(lambda: not folder.exists(), timeout=PATIENT_MS)


def test_what_was_cancelled_and_not_put_back_is_gone_when_the_program_ends(
    qtbot: QtBot, tmp_path: Path, home: Path
) -> None:
    folders = []
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path()) as desk:
        for back in (False, True):
            job = desk.hand_out(request("slow", steps=500))
            folders.append(checkpoint_folders.folder_of(home / "cache", job.id))
            folders[-1].mkdir(parents=True)
            desk.progress(Stepped)
            desk.cancel_requested.emit(job.id)
            assert desk.end() == Cancelled(job.id)
            if back:
                desk.hand_out(job)
                desk.progress(Stepped)
    assert [folder.exists() for folder in folders] == [False, True]


def test_an_engine_that_hears_no_cancel_is_killed(hasty_desk: Desk) -> None:
    job = hasty_desk.hand_out(request("deaf"))
    hasty_desk.progress(Stepped)
    hasty_desk.cancel_requested.emit(job.id)
    hasty_desk.cancel_requested.emit(job.id)  # an impatient person does not prolong it
    assert hasty_desk.end() == Cancelled(job.id)
    assert isinstance(hasty_desk.end_of(request()), Finished)
    assert len(hasty_desk.pids) == 2


def test_a_killed_process_fails_its_job_and_not_the_next(desk: Desk) -> None:
    end = desk.end_of(request("killed"))
    assert isinstance(end, Failed)
    assert end.died
    assert "stopped unexpectedly" in end.reason
    assert isinstance(desk.end_of(request()), Finished)
    assert desk.gone == 1


def test_killed_from_outside_while_it_runs(desk: Desk) -> None:
    desk.hand_out(request("slow", steps=500))
    desk.progress(Stepped)
    os.kill(desk.pids[0], signal.SIGKILL)
    end = desk.end()
    assert isinstance(end, Failed)
    assert end.died
    assert isinstance(desk.end_of(request()), Finished)


def test_killed_while_a_cancel_waits_is_cancelled(desk: Desk) -> None:
    job = desk.hand_out(request("deaf"))
    desk.progress(Stepped)
    desk.cancel_requested.emit(job.id)  # the worker hears it before it hears of the end
    os.kill(desk.pids[0], signal.SIGKILL)
    assert desk.end() == Cancelled(job.id)


def test_a_process_that_dies_between_jobs_is_replaced(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(desk.end_of(request()), Finished)
    os.kill(desk.pids[0], signal.SIGKILL)
    desk.qtbot.waitUntil(lambda: desk.gone == 1, timeout=PATIENT_MS)
    assert "ended with code -9" in caplog.text
    assert isinstance(desk.end_of(request()), Finished)


def test_what_the_engine_prints_stays_out_of_the_events(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(desk.end_of(request("chatty", steps=2)), Finished)
    assert len(desk.events) == 8
    printed = capfd.readouterr().err
    for source in ("from Python", "from C", "from a child"):
        assert printed.count(source) == 2


def test_a_big_preview_arrives_whole(desk: Desk) -> None:
    desk.hand_out(request("a big preview", steps=1))
    desk.told(Finished)
    assert desk.progress(Stepped).preview == BIG_PREVIEW


def test_our_errors_speak_for_themselves(desk: Desk) -> None:
    job = desk.hand_out(request("greedy"))
    assert desk.end() == Failed(job.id, "Too big.")


def test_a_bug_ends_the_job_and_not_the_engine(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    end = desk.end_of(request("broken"))
    assert isinstance(end, Failed)
    assert not end.died
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert isinstance(desk.end_of(request()), Finished)
    assert len(desk.pids) == 1


def test_an_unsaved_picture_is_saved_again(desk: Desk, tmp_path: Path) -> None:
    desk.pictures.write_text("in the way")
    assert isinstance(desk.end_of(request()), Finished)
    name = desk.progress(Unsaved).name
    desk.save_requested.emit(tmp_path / "elsewhere")
    assert desk.told(Saved) == Saved(tmp_path / "elsewhere" / name, 0)


def test_a_deaf_engine_saves_what_it_holds_before_it_is_killed(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """However long its disk takes: longer than a process has that holds nothing."""
    command = child_command(tmp_path, rescuing_s=1.5 * LEAVING_S)
    with desk_with(qtbot, command, tmp_path, Path(), grace_s=0.2) as desk:
        desk.pictures.write_text("in the way")
        desk.hand_out(request())
        desk.progress(Unsaved)
        desk.told(Finished)
        job = desk.hand_out(request("deaf"))
        desk.progress(Stepped)
        desk.cancel_requested.emit(job.id)
        assert desk.end() == Cancelled(job.id)
        assert len(list((tmp_path / "rescued").iterdir())) == 1
        qtbot.waitUntil(lambda: desk.gone == 1)  # somebody must look for it there


def test_what_is_held_is_saved_when_the_program_ends(qtbot: QtBot, tmp_path: Path) -> None:
    command = child_command(tmp_path, rescuing_s=1)
    with desk_with(qtbot, command, tmp_path, Path(), grace_s=0.2) as desk:
        desk.pictures.write_text("in the way")
        assert isinstance(desk.end_of(request()), Finished)
        desk.progress(Unsaved)
    assert len(list((tmp_path / "rescued").iterdir())) == 1


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["/no/such/engine"], "could not be started"),
        (["echo", "this is not our protocol"], "stopped unexpectedly"),
        (["true"], "stopped unexpectedly"),
    ],
)
def test_what_is_no_engine_fails_the_job(
    qtbot: QtBot, tmp_path: Path, command: list[str], reason: str
) -> None:
    with desk_with(qtbot, command, tmp_path, Path()) as desk:
        end = desk.end_of(request())
    assert isinstance(end, Failed)
    assert reason in end.reason


def test_its_log_has_a_file_of_its_own(qtbot: QtBot, tmp_path: Path) -> None:
    from kandinsky_desktop.worker.process import LONGEST_LOG, ChildProcess

    log = tmp_path / "logs" / "engine.log"
    for _life in range(2):
        process = ChildProcess(
            ["sh", "-c", "echo a line >&2"], lambda event: None, lambda process: None, log
        )
        process.end(PATIENT_MS)
    assert log.read_text() == "a line\n" * 2
    log.write_text("x" * (LONGEST_LOG + 1))
    process = ChildProcess(
        ["sh", "-c", "echo anew >&2"], lambda event: None, lambda process: None, log
    )
    process.end(PATIENT_MS)
    assert log.read_text() == "anew\n"
    assert log.with_name("engine.log.1").stat().st_size == LONGEST_LOG + 1


def test_an_engine_that_dies_since_its_model_went_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    model = tmp_path / "stick"
    model.mkdir()
    (model / "weights").touch()
    with desk_with(qtbot, child_command(tmp_path), tmp_path, model) as desk:
        desk.hand_out(request("slow", steps=500))
        desk.progress(Stepped)
        model.rename(tmp_path / "away")
        os.kill(desk.pids[0], signal.SIGBUS)
        end = desk.end()
    assert isinstance(end, Failed)
    assert (end.died, end.away) == (False, True)
    assert end.reason == f"{model}, where the model lies, is not there any more."
