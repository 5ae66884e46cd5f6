"""What the middle of the board shows: the board's own, whatever else is looked at."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Conditioning, ImagePrompt, Interpolation, Prompt
from kandinsky_desktop.domain.events import (
    Cancelled,
    Finished,
    Made,
    Preview,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.card_titles import CardTitles
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.embedding_norm import EmbeddingNorm
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import QUICK, record
from tests.trees import STARTER

PAIR = Board().laid(Prompt("a cat")).laid(Prompt("a tiger"))


class Desk:
    """A board, and what a person looks at."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        self.folder, self.qtbot = folder, qtbot
        thumbnails = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        self.editor = BoardEditor(background, thumbnails, folder, PAIR)
        self.viewer = Viewer(background)
        preferences = Preferences(folder / "settings.json", Settings(live="never"), background)
        self.draft = DraftState(Draft())
        self.draft.use_model(STARTER)
        self.live = LivePreview(JobQueue(), self.draft, self.editor, preferences)
        self.orders: list[Job] = []
        self.live.order_requested.connect(lambda order: self.orders.append(order.job))
        boards = BoardLibrary(background, self.editor, self.viewer, folder / "b", folder / "k")
        self.result = BoardResult(self.viewer, self.live, self.editor, boards)
        self.norm = EmbeddingNorm(background, self.draft, self.result, self.live)

    def request(self, conditioning: Conditioning | None = None, count: int = 1) -> Paint:
        conditioning = conditioning or self.editor.board.fusion
        return Paint(conditioning=conditioning, count=count, sampling=QUICK, model="starter")

    def file(self, request: Paint, colour: str, index: int = 0) -> Path:
        image = Image.new("RGB", (16, 16), colour)
        return pictures.save(pictures.finish(image, record(request, index)), self.folder)

    def begin(self, request: Paint) -> Job:
        job = Job(request)
        self.viewer.on_job_started(job)
        return job

    def paint(self, request: Paint, *colours: str) -> list[Path]:
        """Let a job run to its end; its pictures are on the stage."""
        job, made = self.begin(request), []
        for index, colour in enumerate(colours):
            made.append(self.file(request, colour, index))
            self.viewer.on_picture_made(job, Made(made[-1], index, 7))
        self.viewer.on_job_ended(job, Finished(job.id))
        self.qtbot.waitUntil(lambda: all(one.image for one in self.viewer.images))
        return made

    def look(self, path: Path) -> None:
        """Choose a picture in the strip, and wait until all of it is known."""
        self.viewer.show_tile(Tile(path=path))
        viewer = self.viewer  # it reads pixels and record side by side
        self.qtbot.waitUntil(lambda: viewer.record is not None and viewer.images[0].is_whole)

    def preview(self, shade: int, length: float = 1.0) -> None:
        self.live.set_active(True)
        self.live.set_on(True)
        QCoreApplication.processEvents()
        order = self.orders[-1]
        self.live.on_event(Sketched(order.id, Preview(1, 1, bytes([shade] * 3)), length))
        self.live.on_event(Finished(order.id))

    @property
    def colours(self) -> list[str]:
        shown = self.result.images
        return ["-" if one is None else one.pixelColor(0, 0).name() for one in shown]


@pytest.fixture
def desk(tmp_path: Path, background: Background, qtbot: QtBot) -> Desk:
    return Desk(tmp_path, background, qtbot)


def test_a_picture_that_was_not_fused_here_is_never_shown(desk: Desk) -> None:
    cat = desk.file(desk.request(Prompt("a red cat")), "red")
    desk.look(cat)
    assert desk.colours == []
    assert desk.result.mix is None
    other = desk.request(PAIR.laid(Prompt("a third")).fusion)
    desk.look(desk.file(other, "red"))
    assert desk.colours == []


def test_the_result_stays_while_other_pictures_are_looked_at(desk: Desk) -> None:
    cat = desk.file(desk.request(Prompt("a red cat")), "red")
    (fused,) = desk.paint(desk.request(), "blue")
    assert desk.colours == ["#0000ff"]
    desk.look(cat)
    assert desk.colours == ["#0000ff"]
    assert desk.result.path == fused
    desk.begin(desk.request(Prompt("a red cat"), count=4))
    assert desk.colours == ["#0000ff"]


def test_a_fusion_of_these_cards_that_is_looked_at_is_shown(desk: Desk) -> None:
    fused = desk.file(desk.request(PAIR.weighed(1, 0.3).fusion), "green")
    desk.look(fused)
    assert desk.colours == ["#008000"]
    assert desk.result.record is not None
    desk.editor.set_board(PAIR.weighed(1, 2.0).laid(Prompt("gold")).muted(3))
    assert desk.colours == ["#008000"]  # all of it lies there still
    desk.editor.set_board(PAIR.without(2))
    assert desk.colours == []
    desk.editor.undo()
    assert desk.colours == ["#008000"]  # it is looked at, and belongs here again


def test_four_of_a_job_are_shown_as_they_grow_and_one_of_them_is_opened(desk: Desk) -> None:
    desk.paint(desk.request(), "blue")
    job = desk.begin(desk.request(count=4))
    assert desk.colours == ["#0000ff"]  # until there is something newer
    grown = Stepped("decoder", 1, 8, 0.01, (0, 1, 2, 3), Preview(4, 1, bytes([9] * 12)))
    desk.viewer.on_stepped(job, grown)
    assert desk.colours == ["#090909"] * 4
    desk.viewer.on_job_ended(job, Cancelled(job.id))
    desk.qtbot.waitUntil(lambda: desk.colours == ["#0000ff"])
    desk.paint(desk.request(count=4), "red", "lime", "blue", "white")
    desk.result.open(1)
    assert desk.result.path == desk.viewer.path
    assert desk.colours == ["#00ff00"]  # at once, not when its file was read
    desk.paint(desk.request(count=4), "red", "lime", "blue", "white")
    desk.look(desk.file(desk.request(Prompt("a red cat")), "red"))
    desk.result.open(2)  # also while something else is looked at
    desk.qtbot.waitUntil(lambda: desk.colours == ["#0000ff"])


def test_frames_of_a_film_are_not_shown_before_one_is_chosen(desk: Desk) -> None:
    way = Interpolation(start=Prompt("a cat"), end=Prompt("a tiger"))
    made = desk.paint(desk.request(way, count=4), "red", "lime", "blue", "white")
    assert desk.colours == []
    desk.look(made[1])
    assert desk.colours == ["#00ff00"]


def test_a_preview_gives_way_to_what_is_painted_and_not_to_what_is_looked_at(desk: Desk) -> None:
    desk.paint(desk.request(), "blue")
    desk.preview(50)
    assert desk.colours == ["#323232"]
    assert desk.result.is_preview
    assert desk.result.path is None
    assert desk.norm._length == 1.0 or desk.norm._usual is None
    desk.look(desk.file(desk.request(Prompt("a red cat")), "red"))
    assert desk.colours == ["#323232"]
    desk.paint(desk.request(), "lime")
    assert desk.colours == ["#00ff00"]


def test_an_empty_board_shows_nothing_and_knows_no_length(desk: Desk) -> None:
    desk.norm._usual = 1.0
    desk.preview(50, 1.11)
    assert desk.norm.ratio == pytest.approx(1.11)
    desk.editor.set_board(Board())
    assert desk.colours == []
    assert desk.norm.ratio is None


def test_a_preview_that_is_late_is_not_shown_on_another_board(desk: Desk) -> None:
    """Until the change settles nobody has told the engine to stop."""
    desk.norm._usual = 1.0
    desk.live.set_active(True)
    desk.live.set_on(True)
    QCoreApplication.processEvents()
    order = desk.orders[-1]
    desk.editor.set_board(Board())
    stepped = Stepped("decoder", 1, 8, 0.01, (0,), Preview(1, 1, bytes(3)))
    desk.live.on_event(Progressed(order.id, stepped))
    desk.live.on_event(Sketched(order.id, Preview(1, 1, bytes(3)), 1.11))
    QCoreApplication.processEvents()
    desk.live.on_event(Finished(order.id))
    assert desk.colours == []
    assert desk.norm.ratio is None


def test_the_length_is_that_of_the_board_and_of_no_preview_besides(desk: Desk) -> None:
    desk.norm._usual = 1.0
    desk.preview(50, 1.11)
    desk.editor.set_board(desk.editor.board.weighed(1, 2.0))
    QCoreApplication.processEvents()
    stale = desk.orders[-1]
    desk.editor.set_board(desk.editor.board.weighed(1, 3.0))
    QCoreApplication.processEvents()
    desk.live.on_event(Sketched(stale.id, Preview(1, 1, bytes(3)), 2.22))  # before it heard
    assert desk.norm.ratio == pytest.approx(1.11)


def test_cards_are_called_by_the_words_of_their_pictures(desk: Desk, qtbot: QtBot) -> None:
    words = "a red cat, in the manner of an old master, on a yellow ground"
    path = desk.file(desk.request(Prompt(words)), "red")
    fused = desk.file(desk.request(PAIR.fusion), "blue")
    titles = CardTitles(desk.editor._background)
    assert titles.of(ImagePrompt(path)).startswith("a red cat in the")
    with qtbot.waitSignal(titles.changed):
        titles.of(ImagePrompt(path))
    assert titles.of(ImagePrompt(path)) == words
    titles.of(ImagePrompt(fused))
    qtbot.waitUntil(lambda: titles.of(ImagePrompt(fused)) == "a cat and a tiger")
    mix = replace(PAIR.laid(ImagePrompt(path)), name="").fusion
    assert titles.of_mix(mix) == f"a cat, a tiger, {words}"


def test_a_result_that_is_deleted_is_shown_no_more_and_its_siblings_are(desk: Desk) -> None:
    cat = desk.file(desk.request(Prompt("a red cat")), "red")
    (alone,) = desk.paint(desk.request(), "blue")
    desk.look(cat)
    desk.result.take_out(alone)
    assert (desk.colours, desk.result.path, desk.result.mix) == ([], None, None)
    made = desk.paint(desk.request(count=4), "blue", "green", "gold", "white")
    for path in (made[1], made[3]):
        desk.viewer.take_out(path, None)  # in the order in which they are told
        desk.result.take_out(path)
    assert desk.colours == ["#0000ff", "#ffd700"]
    desk.look(cat)
    desk.result.take_out(made[0])
    assert desk.colours == ["#ffd700"]
    assert desk.result.path == made[2]


def test_what_was_fused_stays_when_a_file_on_a_card_gets_another_name(desk: Desk) -> None:
    cat, fox = (Image.new("RGB", (16, 16)) for _name in range(2))
    for name, image in (("cat.png", cat), ("fox.png", fox)):
        image.save(desk.folder / name)
    desk.editor.add_files((desk.folder / "cat.png",))
    (made,) = desk.paint(desk.request(), "red")
    desk.viewer.look_at(desk.folder / "fox.png")
    for old, new in ((desk.folder / "cat.png", "lion.png"), (made, "made.png")):
        old.rename(desk.folder / new)
        desk.result.rename(old, desk.folder / new)
        desk.editor.rename(old, desk.folder / new)
    assert ImagePrompt(desk.folder / "lion.png") in [one.source for one in desk.editor.board.cards]
    assert desk.result.path == desk.folder / "made.png"
    desk.editor.undo()
    assert desk.editor.board == PAIR


def test_from_one_of_four_a_step_leads_back_to_the_four(desk: Desk) -> None:
    made = desk.paint(desk.request(count=4), "red", "green", "blue", "yellow")
    assert not desk.result.show_all()
    desk.result.open(2)
    assert desk.result.path == made[2]
    assert desk.result.show_all()
    assert len(desk.result.images) == 4
    desk.viewer.on_job_started(Job(desk.request(Prompt("a car"))))  # another room looks elsewhere
    assert not desk.result.show_all()
