"""A first hour as one story, with real events on the starter: by hand, and by the keyboard alone.

Each step says how many acts it takes (a click, a key, a drag, a line that is typed and sent), and
none takes more than two.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from kandinsky_desktop.domain.conditioning import ImagePrompt, Mix, Prompt
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.ui.save_as import SaveAsDialog
from tests.ui.driver import Driver

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key
MOST_ACTS = 2


class Person:
    """Someone at the window, whose acts are counted."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.acts: dict[str, int] = {}
        self._step = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._step, self.acts[name] = name, 0
        yield
        assert 0 < self.acts[name] <= MOST_ACTS, f"{name} takes {self.acts[name]} acts"

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        self._count()
        assert widget.isVisible(), widget
        assert widget.isEnabled(), widget.toolTip()
        QTest.mouseClick(widget, LEFT, pos=at or QPoint())

    def double_click(self, widget: QWidget, at: QPoint) -> None:
        self._count()
        QTest.mouseClick(widget, LEFT, pos=at)
        QTest.mouseDClick(widget, LEFT, pos=at)

    def key(self, key: Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        self._count()
        focus = QApplication.focusWidget()
        QTest.keyClick(focus or self.driver.workspace, key, modifier)

    def line(self, words: str) -> None:
        """Type over what stands where the focus is, and send it."""
        self._count()
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Key.Key_A, CTRL)
        QTest.keyClicks(focus, words)
        QTest.keyClick(focus, Key.Key_Return)

    def drag_file(self, path: Path, widget: QWidget, at: QPoint) -> None:
        """Drag a file from elsewhere over the window, and let it go on a widget."""
        self._count()
        window = self.driver.window.windowHandle()
        assert window is not None
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        point = widget.mapTo(self.driver.window, at)
        for event in (
            QDragEnterEvent(point, COPY, data, LEFT, NONE),
            QDragMoveEvent(point, COPY, data, LEFT, NONE),
            QDropEvent(QPointF(point), COPY, data, LEFT, NONE),
        ):
            QApplication.sendEvent(window, event)

    def drag_job(self, row: int, before: int) -> None:
        self._count()
        queue, view = self.driver.session.jobs, self.driver.workspace.queue.view
        data = QMimeData()
        data.setData("application/x-kandinsky-job", queue.entries[row].job.id.bytes)
        edge = view.visualRect(queue.index(before, 0))
        at, move = QPointF(edge.center().x(), edge.top() + 2), Qt.DropAction.MoveAction
        for event in (
            QDragEnterEvent(at.toPoint(), move, data, LEFT, NONE),
            QDragMoveEvent(at.toPoint(), move, data, LEFT, NONE),
            QDropEvent(at, move, data, LEFT, NONE),
        ):
            QApplication.sendEvent(view.viewport(), event)

    def _count(self) -> None:
        QApplication.processEvents()
        self.acts[self._step] += 1


class Story:
    """What both ways through the hour look at."""

    def __init__(self, start: Callable[[], Driver], folder: Path) -> None:
        self.start, self.folder = start, folder
        self.driver = start()
        values = self.driver.state.draft.values
        quick = replace(values.sampling, steps=4, prior_steps=3)
        self.driver.state.draft._history.amend(replace(values, count=4, sampling=quick))
        self.driver.state.draft.changed.emit()
        self.person = Person(self.driver)
        self.seen: set[str] = set()

    def new(self, count: int) -> list[Record]:
        """Wait until so many pictures more lie in the folder, and read how they were made."""
        driver = self.driver
        driver.until(lambda: len(set(driver.pictures()) - self.seen) == count and driver.idle())
        names = set(driver.pictures()) - self.seen
        self.seen |= names
        return [read_record(driver.session.pictures / name) for name in sorted(names)]

    def notice(self, words: str) -> QPushButton:
        """Return the button of a notice, by its words, once it is there."""

        def found() -> list[QPushButton]:
            buttons = self.driver.workspace.notices.findChildren(QPushButton)
            return [one for one in buttons if one.text() == words and one.isVisible()]

        self.driver.until(lambda: bool(found()))
        return found()[0]

    def wait_for_jpeg(self) -> None:
        self.driver.until(lambda: len(list(self.folder.glob("*.jpg"))) == 1)
        self.driver.until(lambda: QApplication.activeModalWidget() is None)
        self.driver.window.activateWindow()  # as any desktop does when a dialog closes
        self.driver.until(self.driver.window.isActiveWindow)

    def photo(self) -> Path:
        path = self.folder / "photo.png"
        Image.new("RGB", (128, 128), "orange").save(path)
        return path

    def titles(self) -> list[str]:
        return [entry.title for entry in self.driver.session.jobs.entries]


def test_the_first_hour_by_hand(start: Callable[[], Driver], tmp_path: Path) -> None:
    story = Story(start, tmp_path)
    driver, person = story.driver, story.person
    create, viewer, board = driver.create, driver.state.viewer, driver.state.board_editor
    with person.step("a suggestion"):
        tile = create.welcome.suggestions[0]
        person.click(tile, tile.rect().center())
    assert {one.request.words for one in story.new(4)} == {tile.text()}
    with person.step("vary"):
        person.click(create.row.buttons["vary"])
    made = story.new(4)
    assert all(isinstance(one.request.task, Img2Img) for one in made)
    driver.until(lambda: len(viewer.images) == 4)
    with person.step("delete"):
        person.click(create.row.buttons["delete"])
    driver.until(lambda: len(driver.pictures()) == 7)
    with person.step("undo"):
        person.click(story.notice("Undo"))
    driver.until(lambda: len(driver.pictures()) == 8)

    photo = story.photo()
    with person.step("a file as a start"):
        area = create._content
        person.drag_file(photo, area, area.rect().center() - QPoint(200, 0))
    driver.until(lambda: isinstance(driver.state.draft.values.task, Img2Img))
    with person.step("image-to-image"):
        person.click(create.prompt.prompt.viewport(), QPoint(10, 8))
        person.line("a red cat")
    task = story.new(4)[0].request.task
    assert isinstance(task, Img2Img)
    assert task.path.read_bytes() == photo.read_bytes()

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    QGuiApplication.clipboard().setMimeData(data)
    with person.step("paste into the board"):
        person.click(driver.workspace.rail._rooms["fusion"])
        person.key(Key.Key_V, CTRL)
    driver.until(lambda: len(board.board.cards) == 1)
    with person.step("words on a card"):
        person.click(driver.fusion.bar.words)
        person.line("a cat")
    assert [type(card.source) for card in board.board.cards] == [ImagePrompt, Prompt]
    with person.step("fuse"):
        person.click(driver.fusion.bar.run_button)
    assert all(isinstance(one.request.conditioning, Mix) for one in story.new(4))
    view = driver.fusion.board
    driver.until(lambda: driver.state.board_result.path is not None or bool(viewer.images))
    middle = view.mapFromScene(view.lies.middle.center())
    with person.step("open it large"):
        person.double_click(view.viewport(), middle)
    driver.until(lambda: driver.fusion.stage.large.isVisible())
    with person.step("back"):
        person.key(Key.Key_Escape)
    assert not driver.fusion.stage.large.isVisible()

    with person.step("to the pictures"):
        person.click(driver.workspace.rail._rooms["create"])
    with person.step("save as JPEG"):
        person.click(create.row.buttons["save_as"])
        driver.until(lambda: isinstance(QApplication.activeModalWidget(), SaveAsDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SaveAsDialog)
        dialog.folder.setText(str(tmp_path))  # the person's own folder of pictures
        person.line(f"{dialog.name.text().rpartition('.')[0]}.jpg")
    story.wait_for_jpeg()

    queue_five(story)
    with person.step("the queue"):
        person.click(driver.workspace.status.queue_button)
    before = story.titles()
    with person.step("reorder"):
        person.drag_job(4, 1)
    assert story.titles() == [before[0], before[4], *before[1:4]]
    with person.step("cancel"):
        person.click(create.prompt.run_button)
    driver.until(lambda: len(story.titles()) == 4)
    with person.step("put back"):
        person.click(story.notice("Put back"))
    driver.until(lambda: len(story.titles()) == 5)
    all_is_there(story)


def test_the_first_hour_by_keyboard_alone(start: Callable[[], Driver], tmp_path: Path) -> None:
    story = Story(start, tmp_path)
    driver, person = story.driver, story.person
    viewer, board = driver.state.viewer, driver.state.board_editor
    with person.step("a suggestion"):
        driver.create.welcome.suggestions[0].setFocus()  # Tab leads there: tests/ui/test_window.py
        person.key(Key.Key_Space)
    story.new(4)
    driver.until(lambda: len(viewer.images) == 4)
    driver.create.stage.setFocus()  # likewise
    with person.step("vary"):
        person.key(Key.Key_V)
    assert all(isinstance(one.request.task, Img2Img) for one in story.new(4))
    driver.until(lambda: len(viewer.images) == 4 and viewer.current_path is not None)
    with person.step("delete"):
        person.key(Key.Key_Delete)
    driver.until(lambda: len(driver.pictures()) == 7)
    with person.step("undo"):
        person.key(Key.Key_Z, CTRL)
    driver.until(lambda: len(driver.pictures()) == 8)

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(story.photo()))])
    with person.step("a picture as a start"):
        person.key(Key.Key_S, CTRL | SHIFT)
    driver.until(lambda: isinstance(driver.state.draft.values.task, Img2Img))
    with person.step("image-to-image"):
        person.key(Key.Key_L, CTRL)
        person.line("a red cat")
    assert isinstance(story.new(4)[0].request.task, Img2Img)

    QGuiApplication.clipboard().setMimeData(data)
    with person.step("paste into the board"):
        person.key(Key.Key_3, CTRL)
        person.key(Key.Key_V, CTRL)
    driver.until(lambda: len(board.board.cards) == 1)
    with person.step("words on a card"):
        person.key(Key.Key_L, CTRL)
        person.line("a cat")
    assert len(board.board.cards) == 2
    with person.step("fuse"):
        person.key(Key.Key_Return, CTRL)
    assert all(isinstance(one.request.conditioning, Mix) for one in story.new(4))
    with person.step("open it large"):
        person.key(Key.Key_F11)
    assert driver.workspace.rail.isHidden()
    with person.step("back"):
        person.key(Key.Key_Escape)
    assert driver.workspace.rail.isVisible()

    with person.step("save as JPEG"):
        person.key(Key.Key_S, CTRL)
        driver.until(lambda: isinstance(QApplication.activeModalWidget(), SaveAsDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SaveAsDialog)
        dialog.folder.setText(str(tmp_path))
        person.line(f"{dialog.name.text().rpartition('.')[0]}.jpg")
    story.wait_for_jpeg()

    with person.step("to the pictures"):
        person.key(Key.Key_1, CTRL)
    queue_five(story)
    with person.step("the queue"):
        person.key(Key.Key_J, CTRL)
    assert driver.workspace.queue.isVisible()
    view = driver.workspace.queue.view
    view.setFocus()
    view.setCurrentIndex(driver.session.jobs.index(4, 0))
    before = story.titles()
    with person.step("reorder"):
        person.key(Key.Key_Up, ALT)
    assert story.titles() == [*before[:3], before[4], before[3]]
    view.setCurrentIndex(driver.session.jobs.index(3, 0))
    with person.step("cancel"):
        person.key(Key.Key_Delete)
    assert len(story.titles()) == 4
    with person.step("put back"):
        person.key(Key.Key_Z, CTRL)
    assert len(story.titles()) == 5
    all_is_there(story)


def queue_five(story: Story) -> None:
    """Queue five that take a while, each by one line."""
    driver, person = story.driver, story.person
    driver.state.draft.set_sampling(steps=200)
    driver.state.draft.set_task_kind(type(driver.state.draft.values.task))
    for number in range(5):
        with person.step(f"queue number {number + 1}"):
            driver.create.prompt.prompt.setFocus()
            person.line(f"a red cat, number {number + 1}")
    assert len(story.titles()) == 5


def all_is_there(story: Story) -> None:
    """Close, start again, and find everything: pictures, words, board, queue."""
    driver = story.driver
    board, words = driver.state.board_editor.board, driver.state.draft.values.prompt
    titles = story.titles()
    driver.close()
    again = story.start()
    again.until(lambda: again.state.gallery.rowCount() > 0)
    assert story.seen <= set(again.pictures())
    assert again.state.draft.values.prompt == words
    assert again.state.board_editor.board.cards == board.cards
    assert [entry.title for entry in again.session.jobs.entries] == titles
    assert again.session.paused  # nothing starts by itself
