"""The canvas as a whole: what it asks for, and what it cleans up."""

import os
import time
from pathlib import Path
from threading import Event

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.store import regions


def old(path: Path) -> Path:
    """Make a file two days old."""
    then = time.time() - 2 * 86_400
    os.utime(path, (then, then))
    return path


def test_files_of_earlier_jobs_go_once_nothing_names_them(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    queue, root = JobQueue(), tmp_path / "canvas"
    queue.pictures = tmp_path / "pictures"
    queue.pictures.mkdir()
    files = [
        old(regions.write(Image.new("RGB", (8, 8), colour), root / "regions"))
        for colour in ("red", "green", "blue")
    ]
    queue.pause(True)
    task = Inpaint(path=files[0], masks=(files[1],))
    queue.submit(Paint(conditioning=Prompt("a cat"), task=task))
    canvas = Canvas(background, queue, DraftState(), root)
    canvas.wake()
    qtbot.waitUntil(lambda: not files[2].exists())
    assert files[0].exists()
    assert files[1].exists()


def test_strokes_need_not_wait_until_all_pictures_were_asked_what_they_name(
    background: Background, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, go_on = tmp_path / "canvas", Event()
    file = old(regions.write(Image.new("RGB", (8, 8), "red"), root / "regions"))

    def slow(paths: list[Path]) -> set[str]:
        assert go_on.wait(60)
        return named_in_pictures(paths)

    named_in_pictures = regions.named_in_pictures
    monkeypatch.setattr(regions, "named_in_pictures", slow)
    Canvas(background, JobQueue(), DraftState(), root).wake()
    written: list[int] = []
    background.write(lambda: written.append(1))
    qtbot.waitUntil(lambda: bool(written))
    assert file.exists()
    go_on.set()
    qtbot.waitUntil(lambda: not file.exists())


def test_without_a_picture_nothing_is_asked_for(background: Background, tmp_path: Path) -> None:
    canvas = Canvas(background, JobQueue(), DraftState(), tmp_path)
    with pytest.raises(InvalidRequest, match="Open a picture first"):
        canvas.ask()
    assert not canvas.is_awake
