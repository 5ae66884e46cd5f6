"""The canvas as a whole: what it asks for, and what it cleans up."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.canvas_documents import KeptDocument
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.store import canvas_folders, old_documents, regions
from tests.fakes import text_to_image
from tests.trees import STARTER

PATIENCE_MS = 60_000


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


def with_a_model(background: Background, queue: JobQueue, root: Path) -> Canvas:
    queue.pause(True)
    draft = DraftState(Draft(prompt="a red cat"))
    draft.use_model(STARTER)
    return Canvas(background, queue, draft, root)


def test_what_is_asked_for_right_after_a_stroke_holds_that_stroke(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    photo, jobs = tmp_path / "cat.png", list[Job]()
    Image.new("RGB", (256, 256), "red").save(photo)
    canvas = with_a_model(background, JobQueue(), tmp_path / "canvas")
    canvas.submitted.connect(jobs.append)
    canvas.open(photo)
    qtbot.waitUntil(lambda: canvas.is_open and canvas.editor.is_settled)
    for at in (40, 200):
        canvas.editor.press(at, at)
        canvas.editor.release()
        assert not canvas.editor.is_settled  # its box is worked out in a thread
        assert not canvas.problem
        with qtbot.waitSignal(canvas.submitted, timeout=PATIENCE_MS):
            canvas.ask()
    task = jobs[-1].request.task
    assert isinstance(task, Inpaint)
    assert task.part_of is not None
    with Image.open(task.masks[0]) as mask:
        left, top = task.part_of.left, task.part_of.top
        assert mask.getpixel((40 - left, 40 - top)) == 255
        assert mask.getpixel((200 - left, 200 - top)) == 255


def test_what_is_erased_before_its_fill_is_asked_for_is_said_and_not_painted(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    photo, queue, refusals = tmp_path / "cat.png", JobQueue(), list[str]()
    Image.new("RGB", (256, 256), "red").save(photo)
    canvas = with_a_model(background, queue, tmp_path / "canvas")
    canvas.refused.connect(refusals.append)
    canvas.open(photo)
    qtbot.waitUntil(lambda: canvas.is_open and canvas.editor.is_settled)
    canvas.editor.select_all()
    qtbot.waitUntil(lambda: canvas.editor.is_settled)
    canvas.editor.clear()
    canvas.ask()
    qtbot.waitUntil(lambda: bool(refusals))
    assert "Paint over what is to be painted anew" in refusals[0]
    assert not queue.jobs.entries
    canvas.editor.select_all()
    canvas.ask()
    canvas.document.close(discard=False)  # nor what goes away meanwhile, or takes its place
    canvas.open(photo)
    qtbot.waitUntil(lambda: canvas.is_open and canvas.editor.is_settled)
    assert not refusals[1:]
    assert not queue.jobs.entries
    canvas.editor.select_all()
    canvas.ask()
    qtbot.waitUntil(lambda: bool(queue.jobs.entries))


def test_old_documents_go_that_nobody_would_miss_and_nothing_names(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    root, boards, photo = tmp_path / "canvas", tmp_path / "boards", tmp_path / "cat.png"
    Image.new("RGB", (64, 64), "red").save(photo)
    document = CanvasDocument(background, root)
    folders = []
    for _number in range(4):
        with qtbot.waitSignal(document.opened):
            document.open_file(photo)
        with document.step("Paint"):
            document.mask.changing(document.mask.box)[...] = 255
        folders.append(document.folder)
        document.close(discard=False)
    done = list[int]()
    background.write(lambda: None, None, lambda _result: done.append(1))
    qtbot.waitUntil(lambda: bool(done))
    for age, folder in enumerate(folders):  # the first is the newest
        for path in (*folder.rglob("*"), folder):
            then = time.time() - (40 + age) * 86_400
            os.utime(path, (then, then))
    queue = JobQueue()
    queue.pictures = tmp_path / "pictures"
    queue.pictures.mkdir()
    queue.pause(True)
    queue.submit(Paint(conditioning=Prompt("a cat")), folders[1] / "fills")
    boards.mkdir()
    (boards / "a.json").write_text(f'{{"path": "{folders[2]}/fills/a.png"}}')
    canvas = Canvas(background, queue, DraftState(), root, named_in=(boards, tmp_path / "none"))
    canvas.wake()
    qtbot.waitUntil(lambda: not folders[3].exists())
    assert [folder.exists() for folder in folders] == [True, True, True, False]
    canvas.recover()
    qtbot.waitUntil(lambda: canvas.is_open)
    assert canvas.document.folder == folders[0]
    assert canvas.document.step_names == ("Paint",)


def test_a_picture_that_was_kept_is_noted_until_it_changes(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    photo = tmp_path / "cat.png"
    Image.new("RGB", (64, 64), "red").save(photo)
    canvas = Canvas(background, JobQueue(), DraftState(), tmp_path / "canvas")
    canvas.wake()
    document = canvas.document
    with qtbot.waitSignal(document.opened):
        canvas.open(photo)

    def paint() -> None:
        with document.step("Paint"):
            document.picture.changing(document.picture.box)[...] = 200

    def is_safe() -> bool:
        done = list[int]()
        background.write(lambda: None, None, lambda _result: done.append(1))
        qtbot.waitUntil(lambda: bool(done))
        return old_documents.holds_nothing_alone(document.folder)

    kept = list[Path]()
    paint()
    assert not is_safe()
    canvas.keep(tmp_path, kept.append)
    qtbot.waitUntil(lambda: bool(kept))
    assert is_safe()
    document.undo()
    assert not is_safe()
    canvas.keep(tmp_path, kept.append)
    document.redo()  # while it is written
    qtbot.waitUntil(lambda: len(kept) == 2)
    assert not is_safe()


def test_documents_are_listed_deleted_and_brought_back(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    queue, root = JobQueue(), tmp_path / "canvas"
    queue.pictures = tmp_path / "pictures"
    canvas = Canvas(background, queue, DraftState(), root)
    canvas.wake()
    document, documents = canvas.document, canvas.documents

    def seen(act: Callable[[], object]) -> list[KeptDocument]:
        with qtbot.waitSignal(documents.listed, timeout=PATIENCE_MS) as listed:
            act()
        found: list[KeptDocument] = listed.args[0]
        return found

    for colour in ("red", "blue"):
        image = QImage(300, 200, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        with qtbot.waitSignal(document.opened, timeout=PATIENCE_MS):
            document.open_image(image, colour)
        with document.step("Select all"):
            document.picture.changing(Box(0, 0, 300, 100))[...] = 255
    listed = seen(documents.look)
    assert [(one.title, one.is_open) for one in listed] == [("blue", True), ("red", False)]
    blue, red = listed
    assert red.size_bytes > 1000
    assert abs(time.time() - red.used_at) < 600
    assert (red.look.width(), red.look.height()) == (256, 171)
    assert red.look.pixelColor(128, 20) == QColor("white"), "as it was put away"
    assert red.look.pixelColor(128, 150) == QColor("red")

    queue.pause(True)
    job = queue.submit(text_to_image("a cat"), red.folder / canvas_folders.FILLS)
    with qtbot.waitSignal(documents.refused, timeout=PATIENCE_MS) as refused:
        documents.delete([red])
    assert refused.args[0].startswith("“red” waits for a fill: ")
    queue.cancel(job.id)

    assert seen(lambda: documents.delete([red, blue])) == []
    assert not document.is_open
    assert canvas.earlier(9) == []
    back = seen(documents.undo)
    assert {one.folder for one in back} == {red.folder, blue.folder}
    assert not documents.can_undo
    with qtbot.waitSignal(document.opened, timeout=PATIENCE_MS):
        canvas.resume(red.folder)
    assert document.picture.pixels[150, 10, :3].tolist() == [0, 0, 255]
    seen(lambda: documents.delete([blue]))
    again = Canvas(background, queue, DraftState(), root)
    assert (root / canvas_folders.DELETED).is_dir()
    again.wake()
    qtbot.waitUntil(lambda: not (root / canvas_folders.DELETED).exists(), timeout=PATIENCE_MS)
    assert red.folder.is_dir()


def test_a_document_that_cannot_be_moved_stays_with_the_others(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    root = tmp_path / "canvas"
    folders = [canvas_folders.create(root, ".png", b"") for _number in range(2)]
    for folder in folders:
        (folder / canvas_folders.JOURNAL).touch()
    canvas = Canvas(background, JobQueue(), DraftState(), root)
    canvas.wake()
    with qtbot.waitSignal(canvas.documents.listed, timeout=PATIENCE_MS) as listed:
        canvas.documents.look()
    background.write(lambda: canvas_folders.remove(folders[1]))
    both = sorted(listed.args[0], key=lambda one: one.folder)
    with qtbot.waitSignal(canvas.documents.refused, timeout=PATIENCE_MS) as refused:
        canvas.documents.delete(both)
    assert "Nothing is lost" in refused.args[0]
    assert folders[0].is_dir()
