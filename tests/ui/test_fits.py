"""No word is cut and nothing lies over another, in any room, state, text size and window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, TextToImage
from kandinsky_desktop.state.draft import PictureAndPrompt
from kandinsky_desktop.ui.canvas.room import CanvasRoom
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver
from tests.ui.fits import Faults, check, settle

Sizes = tuple[tuple[int, int], ...]

SAMPLE: dict[int, Sizes] = {100: ((1280, 800), (911, 480)), 150: ((1024, 640),)}  # by text size
ALL: Sizes = (
    (911, 480),
    (960, 560),
    (1024, 640),
    (1024, 700),
    (1280, 800),
    (1920, 1080),
    (2560, 1440),
)
LONG = "an old lighthouse in the evening, painted in oil, with a wild sea and heavy clouds"


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    made = []
    for number, colour in enumerate(("orange", "navy", "teal", "plum")):
        made.append(tmp_path / f"2026-11-2{number}-1720{number}0-{'a-long-name-' * number}cat.png")
        Image.new("RGB", (64, 64), colour).save(made[-1])
    return made


class Walk:
    """Takes one window through its rooms and states."""

    def __init__(self, driver: Driver, pictures: list[Path]) -> None:
        self.driver, self.pictures = driver, pictures
        self.window, self.workspace = driver.window, driver.workspace
        self.state, self.session = driver.state, driver.session
        self.inspector = self.workspace.inspector
        driver.state.preferences.set(motion=False)  # what slides in lies over something meanwhile

    def states(self) -> Iterator[str]:
        """Bring the window into one state after the other; each is named once it is there."""
        for part in (self._create, self._inputs, self._around, self._fusion, self._canvas):
            yield from part()

    def _canvas(self) -> Iterator[str]:
        driver, canvas = self.driver, self.state.canvas
        self.state.draft.set(task=TextToImage(), prompt=LONG, count=4)
        self.workspace.rooms.enter("canvas")
        if not canvas.is_open:
            yield "canvas without a picture"
            self.workspace.rooms.of(CanvasRoom).open_picture(self.pictures[0])
            driver.until(lambda: canvas.is_open)
        canvas.editor.select_all()
        driver.until(lambda: canvas.frame.box is not None)
        yield "canvas"
        canvas.ask()
        driver.until(lambda: len(canvas.fills.fills) == 4)
        driver.until(driver.idle)
        yield "canvas with fills"
        canvas.fills.discard_all()
        self.workspace.action_set.trigger("tool_alike")
        yield "canvas, fill by colour"
        self.workspace.action_set.trigger("tool_brush")

    def _create(self) -> Iterator[str]:
        driver, create = self.driver, self.driver.create
        if not self.state.gallery.tiles:
            yield "first"
        self.workspace.rooms.enter("create")
        driver.generate(LONG, count=4)
        driver.state.draft.set_sampling(steps=4)
        yield "wait"
        driver.until(driver.idle)
        create.stage.actual()
        yield "four"
        self.state.viewer.show_alone(0)
        create.stage.closer()
        yield "one"
        self.workspace.action_set.trigger("candidates")
        driver.until(lambda: self.state.candidates.done == 9)
        create.sheet.view.selectAll()
        yield "ideas"
        self.state.candidates.close()

    def _inputs(self) -> Iterator[str]:
        """Show all that the inspector can hold."""
        draft, sources, path = self.state.draft, self.workspace.inputs, self.pictures[3]
        before = self.inspector.sections
        self.inspector.open_folds((1, 1, 1, 1, 1))
        self.inspector.without.split.setChecked(True)
        yield "folds"
        sources.start_from(path)
        self.driver.until(lambda: isinstance(draft.values.task, Img2Img))
        draft.follow_depth(True)
        draft.set_conditioning_kind(PictureAndPrompt)
        yield "start and depth"
        draft.follow_depth(False)
        draft.set_conditioning_kind(Prompt)
        for kind in (Inpaint, Outpaint):
            draft.set_task_kind(kind)
            yield kind.__name__
        draft.set_task_kind(TextToImage)
        self.inspector.without.split.setChecked(False)
        self.inspector.open_folds(before)

    def _around(self) -> Iterator[str]:
        """Show what lies around the rooms: the queue, notices, dialogs."""
        draft = self.state.draft
        self.session.pause(True)
        for words in ("a panda", LONG):
            draft.set(prompt=words, count=2)
            self.workspace.runs.generate()
        self.workspace.main_layout.toggle_queue()
        yield "queue"
        self.workspace.main_layout.toggle_queue()
        for entry in list(self.session.jobs.entries):
            self.session.cancel(entry.job.id)
        self.session.pause(False)
        notices = self.workspace.notices
        notices.notify("one", "A file was not a picture: " + LONG, "Put with my pictures")
        notices.notify("two", "Settings taken over", "Undo", grave=False)
        yield "notices"
        notices.drop("one")
        notices.drop("two")

    def _fusion(self) -> Iterator[str]:
        fusion, editor = self.driver.fusion, self.state.board_editor
        editor.set_board(Board())
        self.workspace.rooms.enter("fusion")
        yield "board empty"
        board = Board()
        for path in self.pictures[2:]:
            board = board.laid(ImagePrompt(path))
        board = board.laid(Prompt(LONG))
        editor.set_board(board.laid(Prompt("people")).weighed(4, -0.3))
        fusion.board.choose(3)
        yield "board of four"
        fusion.pills.film.click()
        yield "film"
        fusion.film.sheet_button.click()
        yield "sheet"
        fusion.film.strip_button.click()
        fusion.film._close.click()
        for words in ("gold", "winter", "a smile", "castle"):
            editor.add_card(Prompt(words), 0.3)
        yield "board of eight"

    def dialogs(self) -> Iterator[QDialog]:
        """Open one dialog after the other."""
        for name in ("settings", "models", "help_pages", "about"):
            self.workspace.action_set.trigger(name)
            dialog = self.workspace.findChild(QDialog)
            assert dialog is not None, name
            yield dialog
            dialog.close()
            dialog.deleteLater()
            QApplication.sendPostedEvents(dialog)
            QApplication.processEvents()


def look(walk: Walk, faults: Faults, text_sizes: dict[int, Sizes]) -> int:
    """Check every state in every size; return how many were looked at."""
    seen = 0
    for text_size, sizes in text_sizes.items():
        walk.state.preferences.set(text_size=text_size)
        for state in walk.states():
            for width, height in sizes:
                walk.window.resize(width, height)
                settle()
                faults.where = f"{state} at {width} × {height}, text {text_size} %"
                check(walk.window, faults)
                seen += 1
        for dialog in walk.dialogs():
            faults.where = f"{dialog.windowTitle()}, text {text_size} %"
            settle()
            check(dialog, faults)
            seen += 1
    return seen


@pytest.mark.parametrize(
    "text_sizes",
    [
        SAMPLE,
        *(pytest.param({text: ALL}, marks=pytest.mark.soak) for text in (90, 100, 125, 150)),
    ],
    ids=["sample", "90", "100", "125", "150"],
)
def test_no_words_are_cut_and_nothing_lies_over_another(
    driver: Driver, pictures: list[Path], text_sizes: dict[int, Sizes]
) -> None:
    faults = Faults()
    seen = look(Walk(driver, pictures), faults, text_sizes)
    assert seen > 14 * sum(map(len, text_sizes.values()))
    assert not faults.found, str(faults)


def _cut_label(parent: QWidget) -> None:
    QLabel("many words", parent).setFixedWidth(30)


def _cut_button(parent: QWidget) -> None:
    QPushButton("many words", parent).setFixedWidth(30)


def _overlap(parent: QWidget) -> None:
    for left in (0, 20):
        QPushButton("OK", parent).move(left, 0)


def _outside(parent: QWidget) -> None:
    QLabel("OK", parent).move(190, 0)


def _painted(parent: QWidget) -> None:
    class Painted(QWidget):
        def paintEvent(self, event: object) -> None:
            from PySide6.QtGui import QPainter

            QPainter(self).drawText(self.rect(), Qt.AlignmentFlag.AlignLeft, "many words")

    Painted(parent).setGeometry(0, 0, 20, 20)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut_label, "QLabel 'many words' has 30"),
        (_cut_button, "QPushButton 'many words' has 30"),
        (_overlap, "QPushButton 'OK' and QPushButton 'OK' lie over each other"),
        (_outside, "QLabel 'OK' at (190,"),
        (_painted, "paints 'many words' into 20"),
    ],
)
def test_what_does_not_fit_is_found(
    theme: Theme, spoil: Callable[[QWidget], None], said: str
) -> None:
    theme.apply("light", 100, motion=False)
    window, faults = QWidget(), Faults()
    QVBoxLayout(window).addWidget(QLabel("many words"))
    window.resize(200, 100)
    window.show()
    check(window, faults)
    assert not faults.found
    spoil(window)
    for child in window.findChildren(QWidget):
        child.show()
    check(window, faults)
    assert said in str(faults)
    window.close()
    window.deleteLater()
