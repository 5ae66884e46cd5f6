"""The window's parts: names for all controls, a way to each by keys, what they show and say."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QWidget,
)

from kandinsky_desktop.app.handover import Message
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.document import Document
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.store import openraster, pictures, places, settings_file
from kandinsky_desktop.store.pictures import read_embedding
from kandinsky_desktop.ui.controls import ElidedLabel
from kandinsky_desktop.ui.create.stage import Stage
from kandinsky_desktop.ui.create.welcome import Welcome
from kandinsky_desktop.ui.preferences import PreferencesDialog
from kandinsky_desktop.ui.theme_tokens import CONTRAST, DARK, LIGHT, contrast
from tests.fakes import MULTIPLE, NATIVE, record, request
from tests.store import odd
from tests.ui.driver import Driver, child
from tests.ui.open_all import open_all
from tests.ui.painted import painted_out

CONTROLS = (QAbstractButton, QAbstractItemView, QComboBox, QPlainTextEdit, QSlider, Stage)


def controls(driver: Driver) -> list[QWidget]:
    """Return all controls of the window that a person can reach."""
    found = (one for one in driver.workspace.findChildren(QWidget) if isinstance(one, CONTROLS))
    return [widget for widget in found if not _inside_a_list(widget)]


def _inside_a_list(widget: QWidget) -> bool:
    """Whether it is a part of a combo box, which speaks for it."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QComboBox):
            return True
        above = above.parentWidget()
    return False


def test_every_control_says_its_name(driver: Driver) -> None:
    open_all(driver)
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in controls(driver)
        if not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]
    assert not nameless


def test_tab_reaches_every_control_that_can_be_used(driver: Driver) -> None:
    open_all(driver)
    driver.press(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    driver.type("a cat")
    reached: set[QWidget] = set()
    widget: QWidget | None = driver.create.prompt.prompt
    for _turn in range(200):
        if widget is None or widget in reached:
            break
        reached.add(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
    expected = {
        widget
        for widget in controls(driver)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    missed = expected - reached
    assert not [f"{type(one).__name__} {one.accessibleName()}" for one in missed]
    assert len(expected) > 50


def test_what_a_field_hints_at_can_be_read(driver: Driver) -> None:
    for name, theme in (("light", LIGHT), ("dark", DARK), ("contrast", CONTRAST)):
        driver.state.preferences.set(theme=name)
        hint = driver.create.prompt.prompt.palette().color(QPalette.ColorRole.PlaceholderText)
        assert hint.alpha() == 255
        assert contrast(hint.name(), theme.raised) >= 4.5
        assert contrast(hint.name(), theme.text) >= 2  # and not taken for what was typed


def test_the_themes_switch_and_the_choice_lasts(start: Callable[[], Driver]) -> None:
    first = start()
    first.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    chosen = first.program.theme.tokens.name
    assert first.state.preferences.settings.theme == chosen
    first.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    other = first.program.theme.tokens.name
    assert {chosen, other} == {"light", "dark"}
    first.close()
    assert start().program.theme.tokens.name == other


def test_the_meter_counts_with_the_models_own_tokenizer(driver: Driver) -> None:
    meter = driver.create.prompt._hint
    driver.type("a red cat")  # so few are not worth a word
    assert "tokens" not in meter.text()
    driver.create.prompt.prompt.setPlainText("a red cat " * 8)
    driver.until(lambda: meter.text() == "26 of 32 tokens")
    driver.create.prompt.prompt.setPlainText("a red cat " * 20)
    driver.until(lambda: "the end is not read" in meter.text())
    assert meter.property("role") == "warning"


def test_numbers_show_their_default_and_go_back_to_it(driver: Driver) -> None:
    driver.workspace.inspector.open_folds((1, 1, 0))
    row = driver.workspace.inspector.numbers["guidance"]
    assert row.value == 1.5
    slider = child(row, QSlider)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert driver.state.draft.values.sampling.guidance == 2.0
    assert row.value == 2.0
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert driver.state.draft.values.sampling.guidance == 1.5


def test_seeds_roll_unless_they_are_locked(driver: Driver) -> None:
    row = driver.workspace.inspector._idea
    before = driver.state.draft.values.sampling.prior_seed
    driver.click(row._dice)
    rolled = driver.state.draft.values.sampling.prior_seed
    assert rolled != before
    driver.click(row._lock)
    driver.state.draft.set(prompt="a cat")
    request = driver.state.draft.make_request()
    assert request.sampling.prior_seed == rolled
    assert driver.state.draft.make_request().sampling.seed != request.sampling.seed


def test_a_suggestion_is_one_click_from_a_picture(driver: Driver) -> None:
    suggestions = driver.create.welcome.suggestions
    assert len(suggestions) == 5
    driver.click(suggestions[0])
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    assert "an-owl-on-a-green-background" in driver.pictures()[0]


def test_a_batch_is_a_grid_and_one_of_it_can_be_looked_at_compared_and_used_again(
    driver: Driver,
) -> None:
    driver.generate("a panda", count=4, steps=3)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 4)
    stage = driver.create.stage
    driver.until(lambda: all(sight.path for sight in stage.images) and len(stage.images) == 4)
    assert not driver.create.row.compare.isEnabled()
    place = stage.places[2].center().toPoint()
    QTest.mouseDClick(stage, Qt.MouseButton.LeftButton, pos=place)
    assert len(stage.images) == 1
    driver.until(lambda: driver.state.viewer.record is not None)
    record = driver.state.viewer.record
    assert record is not None
    assert record.index == 2

    wheel = QWheelEvent(
        QPointF(stage.rect().center()),
        QPointF(stage.mapToGlobal(stage.rect().center())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    fitted = stage.scale
    QApplication.sendEvent(stage, wheel)
    assert stage.scale > fitted
    QTest.keyClick(stage, Qt.Key.Key_0)
    assert stage.scale == fitted
    QTest.keyClick(stage, Qt.Key.Key_1)
    assert stage.scale == 1.0

    driver.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    values = driver.state.draft.values
    assert (values.sampling.seed, values.count) == (record.seed, 4)
    assert not values.seed_locked

    strip = driver.workspace.strip.view
    strip.setCurrentIndex(strip.model().index(0, 0))
    stage.setFocus()
    driver.until(lambda: driver.create.row.compare.isEnabled())
    QTest.keyClick(stage, Qt.Key.Key_C)
    assert stage.divided
    driver.press(
        Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    clipboard = QGuiApplication.clipboard().mimeData()
    assert clipboard.hasImage()
    assert clipboard.urls() == [QUrl.fromLocalFile(str(driver.state.viewer.path))]


def test_pictures_of_the_strip_can_be_dragged_as_files(driver: Driver) -> None:
    driver.generate("a panda", steps=2)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    gallery = driver.state.gallery
    data = gallery.mimeData([gallery.index(0, 0)])
    [url] = data.urls()
    assert Path(url.toLocalFile()).read_bytes()[:4] == b"\x89PNG"


def test_settings_are_in_force_at_once_and_in_the_file(driver: Driver) -> None:
    driver.press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = child(driver.workspace, PreferencesDialog)
    for name in ("previews", "keep_embeddings"):
        driver.click(child(dialog, QAbstractButton, name))
    dialog.close()
    assert not driver.session.previews
    driver.generate("a panda", steps=3)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    assert not any(step.preview for step in driver.steps("decoder"))
    with pytest.raises(Unreadable, match="does not carry its meaning"):
        read_embedding(driver.session.pictures / driver.pictures()[0])
    file = driver.state.preferences._file
    driver.close()
    assert settings_file.load(file).previews is False


def test_the_settings_say_where_pictures_go_from_now_on(driver: Driver, tmp_path: Path) -> None:
    driver.press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = child(driver.workspace, PreferencesDialog)
    paths = {one.accessibleName(): one for one in dialog.findChildren(QLineEdit)}
    usual = paths["Pictures"].text()
    for wanted, in_use in ((str(tmp_path), str(tmp_path)), ("", usual)):
        paths["Save pictures in"].setText(wanted)
        paths["Save pictures in"].editingFinished.emit()
        assert paths["Pictures"].text() == in_use
        assert paths["Pictures"].toolTip() == plain_tip(in_use)


def test_enter_in_a_setting_opens_no_folder_and_closes_nothing(driver: Driver) -> None:
    driver.press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = child(driver.workspace, PreferencesDialog)
    for button in dialog.findChildren(QPushButton):
        assert not button.isDefault()
        assert not button.autoDefault()
    assert not dialog.findChildren(QDialogButtonBox)  # the desktop's icons are dark on dark
    lines = [line for line in dialog.findChildren(QLineEdit) if line.placeholderText()]
    assert {line.accessibleName() for line in lines} == {"Save pictures in", "More models in"}
    buttons = dialog.findChildren(QPushButton)
    names = [button.accessibleName() or button.text() for button in buttons]
    assert len(set(names)) == len(names)
    lines[0].setFocus()
    QTest.keyClicks(lines[0], "x")
    QTest.keyClick(lines[0], Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_the_strip_chooses_nothing_because_it_has_the_focus(driver: Driver) -> None:
    driver.generate("a panda", steps=2)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    viewer, view = driver.state.viewer, driver.workspace.strip.view
    viewer.clear()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert not viewer.images
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert viewer.path == driver.state.gallery.tiles[0].path


def test_looking_at_one_picture_reads_no_others(start: Callable[[], Driver]) -> None:
    folder = places.pictures()
    folder.mkdir(parents=True)
    for number in range(80):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number:03d}.png")
    driver = start()
    gallery = driver.state.gallery

    def read() -> int:
        return sum(tile.image is not None for tile in gallery.tiles)

    def settled() -> int:
        loader = gallery.thumbnails
        painted_out()
        driver.until(lambda: not loader._reading and not loader._queue)
        return read()

    driver.until(lambda: len(gallery.tiles) == 80 and gallery.tiles[0].image is not None)
    seen = settled()
    assert seen < 80
    strip = driver.workspace.strip.view
    strip.setCurrentIndex(strip.model().index(1, 0))
    driver.until(lambda: driver.state.viewer.path == gallery.tiles[1].path)
    assert settled() == seen


def test_with_pictures_the_last_one_is_shown_at_the_start_instead_of_the_invitation(
    start: Callable[[], Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = places.pictures()
    folder.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number:03d}.png")
    invited: list[object] = []
    monkeypatch.setattr(Welcome, "showEvent", lambda self, event: invited.append(event))
    driver = start()
    driver.until(lambda: bool(driver.state.viewer.images))
    assert driver.state.viewer.path == driver.state.gallery.tiles[0].path
    assert driver.create.stage.isVisible()
    assert not invited
    driver.create.stage.setFocus()
    driver.press(Qt.Key.Key_Right)  # to the one that was painted before it
    assert driver.state.viewer.path == driver.state.gallery.tiles[1].path


def test_the_four_that_were_painted_last_are_shown_at_the_start_in_their_order(
    start: Callable[[], Driver],
) -> None:
    wanted = request("a cat", count=4)
    paths = []
    for index in range(4):
        finished = pictures.finish(Image.new("RGB", (8, 8), "red"), record(wanted, index))
        paths.append(pictures.save(finished, places.pictures()))
    driver = start()
    driver.until(lambda: len(driver.state.viewer.images) == 4)
    assert [image.path for image in driver.state.viewer.images] == paths
    driver.create.stage.setFocus()
    driver.press(Qt.Key.Key_Return)
    assert driver.state.viewer.path == paths[0]
    driver.press(Qt.Key.Key_Escape)
    assert len(driver.state.viewer.images) == 4


def test_a_picture_that_cannot_be_shown_is_said(start: Callable[[], Driver]) -> None:
    folder = places.pictures()
    folder.mkdir(parents=True)
    odd.write(folder, "truncated PNG")
    driver = start()
    driver.until(lambda: len(driver.state.gallery.tiles) == 1)
    strip = driver.workspace.strip.view
    strip.setCurrentIndex(strip.model().index(0, 0))
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "truncated-PNG.png" in driver.workspace.notices.sentences["refused"]


def test_undo_in_create_leaves_the_board_alone(driver: Driver) -> None:
    board = Board().laid(Prompt("a cat"))
    driver.state.board_editor.set_board(board)
    driver.workspace.inspector.setFocus()
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert driver.state.board_editor.board == board
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    driver.fusion.board.setFocus()
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert driver.state.board_editor.board == Board()
    driver.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    driver.press(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert driver.state.board_editor.board == Board()


def test_the_stage_is_ringed_for_those_who_came_by_keys(driver: Driver) -> None:
    stage = driver.create.stage
    driver.generate("a panda", steps=2)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    stage.setFocus(Qt.FocusReason.TabFocusReason)
    edge = QPoint(2, stage.height() // 2)
    accent = driver.program.theme.colour("accent")
    assert stage.grab().toImage().pixelColor(edge) == accent
    driver.click(driver.create.prompt.prompt)
    stage.setFocus(Qt.FocusReason.MouseFocusReason)
    assert stage.grab().toImage().pixelColor(edge) != accent


def test_the_picture_alone_and_back(driver: Driver) -> None:
    driver.press(Qt.Key.Key_F11)
    assert not driver.create.prompt.isVisible()
    assert not driver.workspace.strip.isVisible()
    driver.press(Qt.Key.Key_Escape)
    assert driver.create.prompt.isVisible()
    assert not driver.window.isFullScreen()


@pytest.mark.parametrize(("text_size", "width", "height"), [(100, 1024, 640), (150, 1280, 800)])
def test_all_fits_into_a_small_window(
    driver: Driver, text_size: int, width: int, height: int
) -> None:
    driver.state.preferences.set(text_size=text_size)
    driver.window.resize(width, height)
    driver.press(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    driver.workspace.inspector.without.split.setChecked(True)
    driver.workspace.notices.notify("one", "Something happened. " * 8, "Do it", lambda: None)
    needed = driver.workspace.minimumSizeHint()
    assert needed.width() <= width
    assert needed.height() <= height


@pytest.mark.parametrize("text_size", [90, 100, 125, 150])
@pytest.mark.parametrize("width", [960, 1024, 1280])
def test_nothing_of_the_inspector_is_cut_off(driver: Driver, text_size: int, width: int) -> None:
    inspector = driver.workspace.inspector
    driver.window.resize(width, 700)
    driver.state.preferences.set(text_size=text_size)
    inspector.open_folds((1, 1, 1, 1, 1))
    area = child(inspector, QScrollArea)
    body = child(inspector, QWidget, "inspectorbody")
    driver.until(lambda: area.viewport().width() >= body.minimumSizeHint().width())
    seed = inspector._idea._field
    driver.state.draft.set_sampling(prior_seed=2**32 - 1)
    QApplication.processEvents()
    words = seed.fontMetrics().horizontalAdvance(seed.text())
    assert words <= seed.lineEdit().width()
    for label in inspector.findChildren(QLabel):
        if label.isVisible() and not isinstance(label, ElidedLabel) and not label.wordWrap():
            assert label.sizeHint().width() <= label.width(), label.text()


def test_sizes_follow_the_model(driver: Driver) -> None:
    inspector = driver.workspace.inspector
    assert driver.state.draft.size == Size(NATIVE, NATIVE)
    chips = inspector._shapes.chips  # the starter knows one shape; the others stay and say why
    assert [at for at, chip in chips.items() if chip.isEnabled()] == [(1, 1)]
    assert "paints squares alone" in chips[16, 9].toolTip()
    assert inspector._width.singleStep() == MULTIPLE
    inspector._width.setValue(2 * MULTIPLE + 1)
    assert inspector._width.value() == 2 * MULTIPLE  # snapped, and seen to be
    assert driver.state.draft.size.width == 2 * MULTIPLE


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_second_start_brings_the_window_up_with_its_picture(
    driver: Driver, tmp_path: Path
) -> None:
    Image.new("RGB", (32, 32), "orange").save(tmp_path / "cat.jpg")
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    driver.window.showMinimized()
    driver.program.on_second_start(Message((tmp_path / "cat.jpg",)))
    assert not driver.window.isMinimized()
    driver.until(lambda: driver.state.viewer.path == tmp_path / "cat.jpg")
    assert driver.workspace.rooms.current.name == "create"
    assert not driver.window.windowIcon().isNull()
    assert "version" not in driver.workspace.notices.sentences
    driver.program.on_second_start(Message((tmp_path / "gone.png",), tmp_path, version="9.1"))
    assert "Kandinsky Desktop 9.1 was started" in driver.workspace.notices.sentences["version"]
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert driver.state.viewer.path == tmp_path / "cat.jpg"
    mask, document = Image.new("L", (32, 32)), Document(size=Size(32, 32), title="cat")
    picture = Image.open(tmp_path / "cat.jpg")
    picture.save(tmp_path / "cat.png")
    data = (tmp_path / "cat.png").read_bytes()
    openraster.write(tmp_path / "cat.ora", document, data, picture, mask)
    driver.program.on_second_start(Message((tmp_path / "cat.ora",)))
    driver.until(lambda: driver.state.canvas.is_open and not driver.state.canvas.is_busy)
    assert driver.workspace.rooms.current.name == "canvas"
    assert driver.state.canvas.document.path == tmp_path / "cat.ora"


def test_panels_that_a_narrow_sitting_never_showed_share_their_room_as_usual(
    driver: Driver,
) -> None:
    layout = driver.workspace.main_layout
    driver.window.resize(1024, 640)
    layout.toggle_queue()
    QApplication.processEvents()
    usual = layout.sizes
    assert min(usual[:2]) > 150
    layout.restore((0, 0, *usual[2:]))
    QApplication.processEvents()
    assert layout.sizes == usual


def test_options_that_are_folded_away_in_a_narrow_window_can_be_shown(driver: Driver) -> None:
    window, workspace = driver.window, driver.workspace
    inspector, button = workspace.inspector, workspace.status.options_button
    assert inspector.isVisible()
    assert not button.isVisible()  # there is room
    window.resize(911, 480)
    driver.until(lambda: not inspector.isVisible())
    driver.click(button)
    assert inspector.isVisible()
    assert workspace.rect().contains(inspector.mapTo(workspace, inspector.rect().bottomRight()))
    driver.press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert not inspector.isVisible()
    window.resize(1280, 700)
    driver.until(lambda: inspector.isVisible())  # as it was
