"""The canvas room as a person uses it: the real window, the real engine, real files."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QSpinBox

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.errors import Stopped
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.store import canvas_folders, pictures
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.ui.canvas.documents import DocumentsDialog
from kandinsky_desktop.ui.canvas.panel import USUAL
from tests.ui.canvas_painter import ALT, CTRL, LEFT, NONE, Key, Painter
from tests.ui.driver import PATIENT_MS, Driver

SHIFT = Qt.KeyboardModifier.ShiftModifier
TileRole = Gallery.TileRole


@pytest.fixture
def painter(driver: Driver) -> Painter:
    return Painter(driver)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    image = Image.new("RGB", (256, 192), "white")
    ImageDraw.Draw(image).ellipse((40, 40, 200, 160), fill="teal")
    image.save(path)
    return path


def test_a_mask_is_painted_filled_and_one_fill_accepted(painter: Painter, photo: Path) -> None:
    driver, canvas = painter.driver, painter.canvas
    painter.open(photo)
    before = painter.picture
    assert painter.room.problem.startswith("Paint over what is to be painted anew")
    canvas.editor.set_brush(size=30, hardness=1.0)
    painter.stroke((60, 60), (100, 60), (120, 70))
    assert painter.room.problem == ""
    previews: list[object] = []
    canvas.fills.shown_changed.connect(lambda box: previews.append(canvas.fills.preview))
    painter.fill("a red cat", 2)
    assert any(preview is not None for preview in previews)
    assert np.array_equal(painter.picture, before)  # nothing is a part of it yet
    assert painter.room.desk.row.accept.isVisible()
    assert painter.room.bar.run_button.accessibleName() == "Fill again"
    assert [fill.changed_outside for fill in canvas.fills.fills] == [0, 0]
    painter.key(Key.Key_Right)
    assert canvas.fills.index == 1
    painter.key(Key.Key_Return)
    after = painter.picture
    assert not np.array_equal(after, before)
    assert painter.room.bar.run_button.accessibleName() == "Fill"
    changed = np.argwhere((after != before).any(-1))
    top, left = changed.min(0)
    bottom, right = changed.max(0)
    assert left >= 60 - 15 - 8
    assert right <= 120 + 15 + 8
    assert top >= 60 - 15 - 8
    assert bottom <= 70 + 15 + 8
    assert painter.mask.max() == 0  # it has done its work
    driver.until(lambda: canvas.editor.used.pixels.max() == 0)
    assert canvas.document.step_names == ("Brush", "Fill")
    assert driver.pictures() == []  # crops stay with the document
    painter.key(Key.Key_Z, CTRL)
    assert np.array_equal(painter.picture, before)
    assert painter.mask.max() == 255
    painter.key(Key.Key_Y, CTRL)
    assert np.array_equal(painter.picture, after)


def test_without_words_a_hole_is_filled_by_what_is_around_it(painter: Painter, photo: Path) -> None:
    canvas, bar, panel = painter.canvas, painter.room.bar, painter.room.panel
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    assert bar.run_button.accessibleName() == "Fill to match"
    assert "what is around it" in bar.hint_text
    assert panel._meant.text() == "as what is around it"
    bar.words.setFocus()
    QTest.keyClicks(bar.words, "a cat")
    assert bar.run_button.accessibleName() == "Fill"
    assert panel._meant.text() == "as the words say"
    assert "around" not in bar.hint_text
    painter.fill(" ", 1)
    fill = canvas.fills.current
    assert fill is not None
    assert fill.record is not None
    meant, task = fill.record.request.conditioning, fill.record.request.task
    assert isinstance(task, Inpaint)
    assert meant == ImagePrompt(task.path, without_hole=True)
    assert "what-is-around-it" in fill.path.name


def test_a_stroke_during_long_work_is_laid_down_after_it(painter: Painter, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.effect_noise((1300, 1000), 90).convert("RGB").save(path)
    painter.open(path)
    canvas, view = painter.canvas, painter.room.desk.view
    canvas.editor.set_brush(size=30, hardness=1.0)
    canvas.editor.fill_alike(5, 5, 40, contiguous=False)
    assert view.cursor().shape() == Qt.CursorShape.BusyCursor
    painter.stroke((60, 60), (100, 60), (120, 70))
    painter.driver.until(lambda: canvas.document.step_names == ("Fill by colour", "Brush"))
    assert painter.mask[60, 60:100].min() == 255
    assert view.cursor().shape() == Qt.CursorShape.BlankCursor


def test_a_picture_is_kept_by_its_button_and_by_ctrl_s(painter: Painter, photo: Path) -> None:
    driver = painter.driver
    painter.enter()
    painter.key(Key.Key_S, CTRL)
    assert driver.workspace.notices.sentences["refused"] == "There is no picture here yet."
    painter.open(photo)
    row = painter.room.desk.row
    assert row.keep.isVisible()
    driver.click(row.keep)
    driver.until(lambda: len(driver.pictures()) == 1)
    painter.key(Key.Key_S, CTRL)
    driver.until(lambda: len(driver.pictures()) == 2)
    folder = driver.session.pictures
    Image.new("RGB", (8, 8)).save(folder / "other.png")  # of another program, though the newest
    ours = [path.name for path in pictures.newest(folder, 3)][:2]
    assert "other.png" not in ours  # so that the kept are found again, by their time


def test_a_fill_is_asked_for_at_its_region_with_the_edges_that_are_shown(
    painter: Painter, photo: Path
) -> None:
    painter.open(photo)
    painter.canvas.editor.set_edges(grow=3, feather=5)
    painter.stroke((60, 60), (100, 60))
    box = painter.canvas.frame.box
    assert box is not None
    painter.fill("a red cat", 1)
    [fill] = painter.canvas.fills.fills
    task = read_record(fill.path).request.task
    assert isinstance(task, Inpaint)
    assert (task.grow, task.feather, task.match_colours) == (3, 5, True)
    painter.driver.click(painter.room.panel.matching)
    assert not painter.canvas.settings.match_colours
    with Image.open(task.path) as region, Image.open(task.masks[0]) as mask:
        assert region.size == mask.size == (box.size.width, box.size.height)
        part = painter.mask[box.top : box.bottom, box.left : box.right]
        assert np.array_equal(np.asarray(mask), part)
        original = np.asarray(region)[..., ::-1]
        there = painter.picture[box.top : box.bottom, box.left : box.right]
        assert np.array_equal(original, there)


def test_fills_wait_again_with_their_document_until_they_are_decided_on(
    painter: Painter, photo: Path
) -> None:
    driver, canvas = painter.driver, painter.canvas
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    painter.fill("a red cat", 2)
    [box] = {fill.box for fill in canvas.fills.fills}
    canvas.document.close(discard=False)
    assert painter.waiting() == 0
    canvas.recover()
    driver.until(lambda: painter.waiting() == 2)
    assert [(fill.box, fill.changed_outside) for fill in canvas.fills.fills] == [(box, 0)] * 2
    canvas.fills.discard()
    [left] = [fill.path for fill in canvas.fills.fills]
    canvas.document.close(discard=False)
    canvas.recover()
    driver.until(lambda: [fill.path for fill in canvas.fills.fills] == [left])
    canvas.fills.accept()
    driver.until(lambda: canvas_folders.waiting(canvas.document.folder) == [])


def test_a_fill_that_is_queued_while_the_queue_is_paused_says_why_it_waits(
    painter: Painter, photo: Path
) -> None:
    driver = painter.driver
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    driver.session.pause(True)
    driver.state.draft.set(prompt="a red cat")
    with driver.qtbot.waitSignal(painter.canvas.submitted):
        driver.press(Key.Key_Return, CTRL)
        painter.canvas.editor.set_edges(grow=9)  # for the next one
    assert "paused" in driver.workspace.notices.sentences["paused"]
    assert driver.state.prompt_history.prompts[0].text == "a red cat"
    [entry] = driver.session.jobs.entries
    task = entry.job.request.task
    assert isinstance(task, Inpaint)
    assert task.grow == USUAL.grow  # as its files were written


def test_a_fill_that_comes_while_its_document_is_away_waits_in_it(
    painter: Painter, photo: Path
) -> None:
    driver, canvas, session = painter.driver, painter.canvas, painter.driver.session
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    session.pause(True)
    with driver.qtbot.waitSignal(canvas.submitted):
        canvas.ask()
    canvas.document.close(discard=False)
    session.pause(False)
    driver.until(driver.idle)
    assert driver.pictures() == []
    canvas.recover()
    driver.until(lambda: painter.waiting() == 1)


def test_what_is_accepted_goes_to_the_pictures_whole(painter: Painter, photo: Path) -> None:
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    painter.fill("a red cat", 1)
    painter.key(Key.Key_Return)
    painter.key(Key.Key_P, CTRL | SHIFT)
    painter.driver.until(lambda: len(painter.driver.pictures()) == 1)
    with Image.open(painter.driver.session.pictures / painter.driver.pictures()[0]) as kept:
        assert kept.size == (256, 192)
        assert np.array_equal(np.asarray(kept)[..., ::-1], painter.picture)
    painter.driver.until(lambda: painter.driver.state.gallery.rowCount() == 1)


def test_escape_drops_the_polygon_then_the_fill_then_the_job(painter: Painter, photo: Path) -> None:
    driver = painter.driver
    painter.open(photo)
    view = painter.room.desk.view
    painter.stroke((60, 60), (100, 60))
    painter.fill("a red cat", 2)
    painter.key(Key.Key_P)
    assert painter.room.gestures.tool == "polygon"
    for corner in ((20, 20), (50, 20)):
        QTest.mouseClick(view, LEFT, NONE, painter.at(*corner))
    assert painter.is_pending()
    painter.key(Key.Key_Escape)
    assert not painter.is_pending()
    assert painter.waiting() == 2
    painter.key(Key.Key_Escape)
    assert painter.waiting() == 1
    driver.state.draft.set_sampling(steps=200)
    driver.press(Key.Key_Return, CTRL)
    driver.until(lambda: not driver.idle())
    painter.key(Key.Key_Escape)
    assert painter.waiting() == 0
    assert not driver.idle()
    painter.key(Key.Key_Escape)
    driver.until(driver.idle)
    assert painter.mask.max() == 255


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_a_picture_is_filled_from_the_stage_the_clipboard_and_a_file(
    painter: Painter, photo: Path
) -> None:
    driver, canvas = painter.driver, painter.canvas
    driver.workspace.action_set.trigger("fill", photo)
    driver.until(lambda: canvas.is_open)
    assert driver.workspace.rooms.current is painter.room
    assert canvas.document.document.title == "photo.png"
    painter.stroke((60, 60), (100, 60))
    data = QMimeData()
    other = photo.with_name("other.png")
    Image.new("RGB", (100, 120), "red").save(other)
    data.setUrls([QUrl.fromLocalFile(str(other))])
    QGuiApplication.clipboard().setMimeData(data)
    painter.key(Key.Key_V, CTRL)
    driver.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text() for action in menu.actions()]
    assert words == ["Lay it over the picture", "Work on it here"]
    menu.actions()[1].trigger()
    menu.close()
    driver.until(lambda: canvas.document.size.height == 120)
    assert painter.mask.max() == 0
    bad = photo.with_name("bad.png")
    bad.write_bytes(b"")
    painter.room.open_picture(bad)
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "bad.png" in driver.workspace.notices.sentences["refused"]
    assert canvas.document.size.height == 120  # what was open stays


def test_a_document_comes_back_in_the_next_sitting(
    start: Callable[[], Driver], photo: Path
) -> None:
    first = Painter(start())
    first.open(photo)
    first.stroke((60, 60), (100, 60))
    mask = first.mask.copy()
    first.driver.close()
    again = Painter(start())
    again.enter()
    again.driver.until(lambda: again.canvas.is_open)
    assert np.array_equal(again.mask, mask)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_another_picture_loses_nothing_and_the_first_is_a_click_away(
    painter: Painter, photo: Path
) -> None:
    driver, canvas, notices = painter.driver, painter.canvas, painter.driver.workspace.notices
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    painter.fill("a red cat", 1)
    mask, folder = painter.mask.copy(), canvas.document.folder
    other = photo.with_name("other.png")
    Image.new("RGB", (100, 120), "red").save(other)
    painter.open(other)
    assert notices.sentences["canvas"] == "“photo.png” is kept as it was."
    assert painter.waiting() == 0
    assert canvas.earlier(9) == [(folder, "photo.png")]
    painter.room.bar.open.click()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    [back] = [one for one in menu.actions() if one.text() == "photo.png"]
    back.trigger()
    menu.close()
    driver.until(lambda: canvas.document.folder == folder)
    assert np.array_equal(painter.mask, mask)
    driver.until(lambda: painter.waiting() == 1)
    driver.until(lambda: canvas.earlier(9) == [])  # nothing was done to the other one


def test_documents_are_deleted_and_brought_back_in_their_dialog(
    painter: Painter, photo: Path
) -> None:
    driver, canvas = painter.driver, painter.canvas
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    other = photo.with_name("other.png")
    Image.new("RGB", (100, 120), "red").save(other)
    painter.open(other)
    folder = canvas.document.folder
    driver.workspace.action_set.trigger("canvas_documents")
    [dialog] = driver.window.findChildren(DocumentsDialog)
    driver.until(lambda: dialog.list.count() == 2)
    said = [dialog.list.item(row).text() for row in range(2)]
    assert re.fullmatch(r"other\.png\n.+ · .+ · open now", said[0])
    assert re.fullmatch(r"photo\.png\n.+ · .+", said[1])
    assert not dialog.list.item(1).icon().isNull()
    assert not dialog.open_.isEnabled(), "it is open already"
    dialog.list.setCurrentRow(1)
    QTest.keyClick(dialog.list, Key.Key_Delete)
    driver.until(lambda: dialog.list.count() == 1)
    assert dialog.note == "“photo.png” is deleted."
    assert canvas.document.folder == folder
    QTest.keyClick(dialog.list, Key.Key_Z, CTRL)
    driver.until(lambda: dialog.list.count() == 2)
    assert dialog.note == "It is back."
    dialog.list.clearSelection()
    dialog.list.setCurrentRow(1)
    driver.click(dialog.open_)
    driver.until(lambda: canvas.document.document.title == "photo.png")
    assert painter.mask.any()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_earlier_documents_of_one_name_are_told_apart_by_their_time(
    painter: Painter, photo: Path
) -> None:
    for _time in range(2):
        painter.open(photo)
        painter.stroke((60, 60), (100, 60))
    other = photo.with_name("other.png")
    Image.new("RGB", (100, 120), "red").save(other)
    painter.open(other)
    painter.room.bar.open.click()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    said = [one.text() for one in menu.actions() if one.text().startswith("photo.png")]
    menu.close()
    assert len(said) == 2
    assert all(re.fullmatch(r"photo\.png · .*\d+.*", one) for one in said)


def test_the_history_is_scrolled_to_when_it_is_opened(painter: Painter, photo: Path) -> None:
    painter.driver.window.resize(1280, 800)
    painter.open(photo)
    steps, history = painter.room.panel.history, painter.room.history
    history.set_open(True)
    area = painter.driver.workspace.inspector._area.viewport()
    painter.driver.until(
        lambda: area.rect().contains(steps.mapTo(area, QPoint(0, steps.height() - 1)))
    )


def test_the_keys_go_to_the_fills_that_were_asked_for_by_typing(
    painter: Painter, photo: Path
) -> None:
    canvas = painter.canvas
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    painter.fill("a red cat", 2)
    view = painter.room.desk.view
    assert view.hasFocus()
    QTest.keyPress(view, Key.Key_O)
    assert canvas.fills.showing_original
    QTest.keyRelease(view, Key.Key_O)
    QTest.keyClick(view, Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert painter.waiting() == 0
    QTest.keyClick(view, Key.Key_Delete)
    assert painter.mask.max() == 0
    painter.key(Key.Key_Z, CTRL)
    assert painter.mask.max() == 255


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
@pytest.mark.parametrize(("choice", "masked"), [("Stretch", 128), ("middle", 75), ("Leave", 0)])
def test_a_mask_of_another_size_asks_how_it_is_to_lie(
    painter: Painter, photo: Path, choice: str, masked: int
) -> None:
    painter.open(photo)
    mask = photo.with_name("mask.png")
    small = Image.new("L", (150, 100))
    small.paste(255, (0, 0, 75, 100))
    small.save(mask)
    painter.canvas.editor.load(mask)
    painter.driver.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.actions()[0].text() == "The mask is 150 × 100, the picture 256 × 192."
    [chosen] = [one for one in menu.actions() if choice in one.text()]
    chosen.trigger()
    menu.close()
    if masked:
        painter.driver.until(lambda: painter.mask.max() == 255)
    assert abs(int((painter.mask[96] > 127).sum()) - masked) <= 2


def test_what_fills_cost_is_counted_in_fills_and_how_much_in_percent(
    painter: Painter, photo: Path
) -> None:
    painter.open(photo)
    painter.stroke((60, 60), (100, 60))
    painter.fill("a red cat", 1)
    bar, canvas = painter.room.bar, painter.canvas
    assert bar.cost.startswith("1 fill · ")
    fields = painter.room.panel.findChildren(QSpinBox)
    [strength] = [field for field in fields if field.suffix() == " %"]
    strength.setValue(50)
    assert canvas.settings.strength == 0.5
    priced = canvas.priced()
    assert priced is not None
    assert canvas.frame.region is not None
    assert priced.sampling.width == canvas.frame.region.work.width
    assert priced.sampling.steps == 2


def test_a_painted_mask_is_grown_shrunk_and_feathered_as_steps(
    painter: Painter, photo: Path
) -> None:
    painter.open(photo)
    painter.canvas.editor.set_brush(size=60, hardness=1.0)
    painter.stroke((120, 90), (140, 90))
    actions, painted = painter.driver.workspace.action_set, painter.mask.copy()

    def reshaped(ask: Callable[[], object]) -> "np.ndarray":
        ask()
        painter.driver.until(lambda: not painter.canvas.document.busy)
        return painter.mask.copy()

    grown = reshaped(lambda: painter.key(Key.Key_Up, ALT))
    assert (grown >= painted).all()
    assert (grown > painted).any()
    shrunk = reshaped(lambda: painter.key(Key.Key_Down, ALT))
    assert (shrunk <= grown).all()
    assert (shrunk < grown).any()
    soft = reshaped(lambda: actions.trigger("mask_feather"))
    assert ((soft > 0) & (soft < 255)).any()
    assert painter.canvas.document.step_names == ("Brush", "Grow", "Shrink", "Feather")
    for _step in range(3):
        painter.key(Key.Key_Z, CTRL)
    assert np.array_equal(painter.mask, painted)


def test_nothing_can_be_done_to_no_picture_and_each_says_why(painter: Painter) -> None:
    painter.enter()
    actions = painter.driver.workspace.action_set
    for name in ("mask_invert", "canvas_save", "canvas_keep", "tool_lasso", "brush_larger"):
        assert actions.refusal(name) == "Open a picture first."
    assert "picture first" in painter.room.problem
    assert painter.room.desk.invitation.isVisible()
    assert not painter.room.desk.tools.isVisible()


SIZES = ((100, (1280, 800)), (100, (1000, 700)), (150, (1280, 800)), (150, (1000, 700)))


def test_all_that_a_tool_can_is_there_at_any_size(painter: Painter, photo: Path) -> None:
    """Besides, a fitted picture lies under none of it, and where it is with every tool."""
    painter.open(photo)
    driver, desk = painter.driver, painter.room.desk
    options, heights = desk.options, set()

    def corner() -> tuple[float, float]:
        assert desk.view.view is not None
        return desk.view.view.to_view(0, 0)

    corners: dict[tuple[int, int, int], set[tuple[float, float]]] = defaultdict(set)

    def is_all_there() -> None:
        assert options.isVisible()
        place = options.geometry()
        assert not place.intersects(desk.view_bar.geometry())
        assert not place.intersects(desk.tools.geometry())
        assert desk.view.geometry().contains(place)
        for part in options._shown:
            assert options.rect().contains(part.geometry())
            assert part.width() >= part.minimumSizeHint().width()
        for one, other in combinations(options._shown, 2):
            assert not one.geometry().intersects(other.geometry())

    for text_size, size in SIZES:
        driver.state.preferences.set(text_size=text_size)
        driver.window.resize(*size)
        for tool in ("alike", "polygon", "lasso", "hand", "brush"):
            driver.workspace.action_set.trigger(f"tool_{tool}")
            driver.qtbot.waitUntil(is_all_there, timeout=PATIENT_MS)
            corners[text_size, desk.view.width(), desk.view.height()].add(corner())
        assert options._shown == list(options._of_brush)
        for target in ("sketch", "mask"):
            options.target.buttons[target].click()
            driver.qtbot.waitUntil(is_all_there, timeout=PATIENT_MS)
            corners[text_size, desk.view.width(), desk.view.height()].add(corner())
        left, top = corner()
        assert left > desk.tools.geometry().right()
        assert top > min(options.geometry().bottom(), desk.view.height() // 2 - 1)
        heights.add(options.height())
    assert all(len(places) == 1 for places in corners.values())
    assert len(heights) == 3, "a row, or three, and those at another text size"


def test_a_long_picture_lies_beside_the_tools(painter: Painter, tmp_path: Path) -> None:
    path = tmp_path / "long.png"
    Image.new("RGB", (4000, 100)).save(path)
    painter.open(path)
    view = painter.room.desk.view.view
    assert view is not None
    assert view.to_view(0, 0)[0] > painter.room.desk.tools.geometry().right()


def test_the_panel_asks_for_no_shape_where_the_mask_says_it(painter: Painter, photo: Path) -> None:
    inspector = painter.driver.workspace.inspector
    painter.open(photo)
    assert not inspector._asked.isVisible()
    assert not inspector._in_pixels.isVisibleTo(inspector._exactness)
    inspector._basics.set_open(True)
    painter.driver.until(inspector.numbers["guidance"].isVisible)
    painter.driver.press(Key.Key_1, CTRL)
    assert inspector._asked.isVisible()


def test_numpy_waits_until_the_canvas_is_entered(painter: Painter) -> None:
    """What the first sight of the window imports is counted: tests/test_imports.py."""
    assert not painter.canvas.is_awake
    painter.enter()
    assert painter.canvas.is_awake


def test_a_picture_of_the_strip_is_opened_by_a_click_and_another_by_a_double_click(
    painter: Painter,
) -> None:
    """A click opens the first; what is worked on gives way to a double-click only."""
    driver, canvas = painter.driver, painter.canvas
    made: list[Path] = []
    for count, words in enumerate(("a cat", "a dog"), 1):
        driver.generate(words, steps=2, prior_steps=2)
        driver.until(lambda count=count: len(driver.pictures()) == count)  # type: ignore[misc]
        driver.until(driver.idle)
        made = sorted(driver.session.pictures.glob("*.png"), key=lambda one: one.stat().st_mtime_ns)
    cat, dog = made
    painter.enter()
    view = driver.workspace.strip.view

    def place_of(path: Path) -> QPoint:
        rows = range(view.model().rowCount())
        row = next(one for one in rows if view.model().index(one, 0).data(TileRole).path == path)
        return view.visualRect(view.model().index(row, 0)).center()

    def shown() -> np.ndarray:
        return canvas.document.picture.pixels[..., [2, 1, 0]]  # Qt's order

    def pixels(path: Path) -> np.ndarray:
        return np.asarray(Image.open(path).convert("RGB"))

    assert not canvas.is_open
    QTest.mouseClick(view.viewport(), LEFT, NONE, place_of(dog))
    driver.until(lambda: canvas.is_open)
    assert np.array_equal(shown(), pixels(dog))
    painter.stroke((20, 20), (40, 40))
    QTest.mouseClick(view.viewport(), LEFT, NONE, place_of(cat))
    QApplication.processEvents()
    assert not canvas.is_busy
    assert np.array_equal(shown(), pixels(dog)), "a click alone takes nothing away"
    QTest.mouseDClick(view.viewport(), LEFT, NONE, place_of(cat))
    driver.until(lambda: canvas.is_open and np.array_equal(shown(), pixels(cat)))
    assert len(canvas.earlier(5)) == 1, "the one before can be gone on with"


def test_what_takes_long_is_said_over_the_view_and_esc_stops_it(
    painter: Painter, photo: Path
) -> None:
    painter.open(photo)
    document, working = painter.canvas.document, painter.room.desk.working

    def work(stop: Callable[[], bool]) -> int:
        while not stop():
            time.sleep(0.01)
        raise Stopped

    taken: list[int] = []
    document.work("Fill by colour", work, taken.append)
    painter.driver.until(working.isVisible)
    assert working.text() == "Fill by colour… Esc stops it."
    painter.key(Key.Key_Escape)
    assert not document.busy
    assert not working.isVisible()
    document.work("Fill by colour", lambda _stop: 7, taken.append)
    painter.driver.until(lambda: taken == [7])
    assert not working.isVisible()  # it was over at once


def test_in_a_low_window_of_large_text_the_picture_has_the_room_of_an_empty_row(
    painter: Painter, photo: Path
) -> None:
    painter.open(photo)
    driver, desk = painter.driver, painter.room.desk
    driver.window.resize(1280, 800)
    driver.until(desk.row.isVisible)
    driver.state.preferences.set(text_size=150)
    driver.window.resize(1024, 640)
    driver.until(lambda: not desk.row.isVisible())
    high, foot = desk.view.height(), desk.foot
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    desk.show_fills([image], 0, 0)
    assert desk.row.isVisible()
    assert desk.foot > foot
    assert desk.view.height() + desk.row.height() == high
    desk.show_fills([], 0, 0)
    assert (desk.view.height(), desk.row.isVisible()) == (high, False)
