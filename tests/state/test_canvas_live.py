"""Live painting: each stroke's end asks for what became of it; nothing out of date is shown."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import (
    Cancelled,
    Made,
    Preview,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.task import Img2Img, Inpaint
from kandinsky_desktop.domain.wire import Run, Sketch
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.state.canvas_live import CanvasLive
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.state.canvas import PATIENCE_MS, noise, saved
from tests.trees import STARTER

SIDE = STARTER.native


class Easel:
    """A canvas that is previewed, and what its previews asked of the worker."""

    def __init__(self, qtbot: QtBot, folder: Path, background: Background) -> None:
        self.qtbot, self.background = qtbot, background
        self.session = JobQueue()
        self.draft = DraftState(Draft(prompt="a red cat"))
        preferences = Preferences(folder / "settings.json", Settings(), background)
        thumbnails = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        board = BoardEditor(background, thumbnails, folder, None)
        self.previews = LivePreview(self.session, self.draft, board, preferences)
        self.canvas = Canvas(background, self.session, self.draft, folder / "canvas")
        self.canvas.wake()
        self.live = CanvasLive(self.canvas, self.draft, self.previews)
        self.orders: list[Sketch] = []
        self.stops: list[UUID] = []
        self.runs: list[Run] = []
        self.board_images: list[QImage] = []
        self.previews.order_requested.connect(self.orders.append)
        self.previews.stop_requested.connect(self.stops.append)
        self.previews.image_changed.connect(self.board_images.append)
        self.session.order_requested.connect(self.runs.append)
        self.session.set_models((STARTER,))
        self.draft.use_model(STARTER)
        self.live.set_active(True)
        self.live.set_on(True)
        with qtbot.waitSignal(self.canvas.document.opened, timeout=PATIENCE_MS):
            self.canvas.open(saved(noise((4 * SIDE, 2 * SIDE)), folder / "cat.png"))
        self.ordered(1)

    def until(self, done: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(done, timeout=PATIENCE_MS)

    def ordered(self, count: int) -> Job:
        """Wait until so many were asked for in all, and return the last."""
        self.until(lambda: len(self.orders) >= count)
        assert len(self.orders) == count
        return self.orders[-1].job

    def stroke(self, x: float) -> None:
        sketch = self.canvas.sketch
        sketch.set_brush(size=60.0)
        assert sketch.press(x, 40.0)
        sketch.move([(x + 90.0, 90.0, 1.0)])
        sketch.release()

    def step(self, job: Job, shade: int) -> None:
        told = Stepped("decoder", 1, 8, 0.01, (0,), Preview(2, 1, bytes([shade] * 6)))
        self.previews.on_event(Progressed(job.id, told))

    def cancelled(self, job: Job) -> None:
        self.previews.on_event(Cancelled(job.id))

    @property
    def shade(self) -> int | None:
        """What is shown in the picture's place."""
        shown = self.canvas.fills.preview
        return None if shown is None else shown[0].pixelColor(0, 0).red()


@pytest.fixture
def easel(qtbot: QtBot, tmp_path: Path, background: Background) -> Easel:
    return Easel(qtbot, tmp_path, background)


def test_a_stroke_s_end_asks_for_a_fast_picture_of_what_is_seen(easel: Easel) -> None:
    document = easel.canvas.document
    first = easel.ordered(1)
    easel.step(first, 10)
    assert easel.shade == 10
    assert easel.board_images == []
    easel.stroke(20.0)
    easel.until(lambda: bool(easel.stops))
    assert easel.stops == [first.id]  # at once: what it shows is no more
    easel.step(first, 20)
    easel.previews.on_event(Sketched(first.id, Preview(2, 1, bytes([30] * 6))))
    assert easel.shade == 10  # nothing of it is shown from then on
    easel.until(lambda: easel.previews.files != ())
    assert len(easel.orders) == 1  # one at a time is in the engine
    easel.cancelled(first)
    second = easel.ordered(2)
    task, sampling = second.request.task, second.request.sampling
    assert isinstance(task, Img2Img)
    assert task.strength == 0.6
    assert second.request.count == 1
    assert (sampling.steps, second.request.conditioning) == (8, first.request.conditioning)
    assert sampling.width == 2 * sampling.height  # as wide as the picture is
    with Image.open(task.path) as image:
        got = np.asarray(image.convert("RGB")).astype(int)
    small = Image.fromarray(document.flattened()[..., 2::-1].copy()).resize(image.size)
    assert np.abs(got - np.asarray(small)).mean() < 8
    easel.step(second, 40)
    assert easel.shade == 40
    document.amend(title="a cat")  # what is seen is the same: it is asked for again all the same
    easel.until(lambda: len(easel.stops) == 2)
    easel.cancelled(second)
    assert easel.ordered(3).request == second.request
    second = easel.ordered(3)
    easel.draft.set(prompt="a green cat")  # the words may change meanwhile
    easel.until(lambda: len(easel.stops) == 3)
    easel.cancelled(second)
    third = easel.ordered(4)
    assert third.request.task == task
    assert third.request.conditioning != second.request.conditioning
    easel.canvas.set_strength(0.3)
    easel.until(lambda: len(easel.stops) == 4)
    easel.cancelled(third)
    assert easel.ordered(5).request.task == Img2Img(path=task.path, strength=0.3)


def test_a_mask_is_previewed_as_a_fill_of_it_in_its_place(easel: Easel) -> None:
    canvas = easel.canvas
    easel.previews.on_event(Sketched(easel.ordered(1).id, Preview(2, 1, bytes(6))))
    easel.cancelled(easel.ordered(1))
    canvas.editor.set_brush(size=40.0)
    assert canvas.editor.press(100.0, 60.0)
    assert len(easel.orders) == 1
    canvas.editor.move([(140.0, 80.0, 1.0)])
    canvas.editor.release()
    job = easel.ordered(2)
    task = job.request.task
    assert isinstance(task, Inpaint)
    assert (task.strength, task.fill) == (1.0, "blur")
    box = canvas.frame.box
    assert box is not None
    with Image.open(task.path) as picture, Image.open(task.masks[0]) as mask:
        assert picture.size == mask.size
        assert picture.width * picture.height <= 1.1 * SIDE**2
        assert mask.getextrema() == (0, 255)
    easel.step(job, 50)
    assert canvas.fills.preview is not None
    assert canvas.fills.preview[1] == box
    easel.stroke(110.0)  # over the mask: now it begins with the colours
    easel.until(lambda: bool(easel.stops))
    easel.cancelled(job)
    begun = easel.ordered(3).request.task
    assert isinstance(begun, Inpaint)
    assert (begun.strength, begun.fill) == (0.6, "keep")


def test_what_nobody_looks_at_is_neither_asked_for_nor_kept(easel: Easel) -> None:
    canvas, folder = easel.canvas, easel.canvas.document.root / "live"
    job = easel.ordered(1)
    easel.step(job, 10)
    for number in range(6):
        easel.stroke(20.0 + 10 * number)
        easel.cancelled(job)
        job = easel.ordered(number + 2)
    done: list[int] = []
    easel.background.write(lambda: done.append(1))
    easel.until(lambda: bool(done))
    assert len(list(folder.iterdir())) <= 2
    easel.live.set_on(False)
    assert easel.stops[-1] == job.id
    assert easel.shade is None
    easel.step(job, 60)
    assert easel.shade is None
    easel.cancelled(job)
    count = len(easel.orders)
    easel.stroke(200.0)
    easel.live.set_on(True)
    again = easel.ordered(count + 1)
    easel.live.set_active(False)
    assert easel.stops[-1] == again.id
    easel.cancelled(again)
    easel.stroke(90.0)
    easel.draft.set(prompt="a blue cat")
    easel.live.set_active(True)
    easel.ordered(count + 2)
    assert canvas.document.step_names[-1] == "Colour"


def test_what_was_previewed_is_what_is_painted(easel: Easel) -> None:
    easel.stroke(20.0)
    easel.until(lambda: bool(easel.stops))
    easel.cancelled(easel.ordered(1))
    shown = easel.ordered(2).request
    easel.step(easel.ordered(2), 10)
    assert easel.previews.previewed
    easel.canvas.ask(fresh=not easel.previews.previewed)
    easel.until(lambda: bool(easel.runs))
    request = easel.runs[0].job.request
    assert easel.stops[-1] == easel.ordered(2).id
    assert request.sampling.seed == shown.sampling.seed
    assert request.conditioning == shown.conditioning
    task = request.task
    assert isinstance(task, Img2Img)
    assert task.part_of is not None
    assert (task.part_of.right, task.part_of.bottom) == (4 * SIDE, 2 * SIDE)
    with Image.open(task.path) as image:
        assert image.size == (request.sampling.width, request.sampling.height)
    easel.runs[0].pictures.mkdir(parents=True, exist_ok=True)
    painted = saved(noise(image.size, seed=9), easel.runs[0].pictures / "a.png")
    fills = easel.canvas.fills
    easel.canvas._on_made(easel.runs[0].job, Made(painted, 0, 1))
    easel.until(lambda: bool(fills.fills))
    fills.accept()
    document = easel.canvas.document
    assert not document.sketched
    assert document.step_names[-1] == "Fill"
    smooth = noise(image.size, seed=9).resize((4 * SIDE, 2 * SIDE), Image.Resampling.LANCZOS)
    assert (document.picture.pixels[..., 2::-1] == np.asarray(smooth)).all()
    document.undo()
    assert document.sketched
