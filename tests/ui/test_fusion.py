"""The fusion board: real drops, real weights, the real engine on the starter model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QSlider, QStyle, QStyleOptionSlider

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Mix, Prompt
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.ui.fusion.board import screen_point
from kandinsky_desktop.ui.fusion.weight_pad import shares_at
from tests.fakes import text_to_image
from tests.ui.board import board_of, drop, files, fuse, text
from tests.ui.driver import Driver, child

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def pair(driver: Driver) -> list[Path]:
    """Lay two pictures, named like ours, in the folder, and go to the board."""
    folder = driver.session.pictures
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, (words, colour) in enumerate((("a-cat", "orange"), ("a-tiger", "brown"))):
        path = folder / f"2026-11-23-17205{number}-{words}-{number}.png"
        image = Image.new("RGB", (64, 64), "white")
        ImageDraw.Draw(image).ellipse((8, 8, 56, 48 + 8 * number), fill=colour)
        image.save(path)
        paths.append(path)
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert driver.fusion.board.isVisible()
    return paths


def test_words_typed_on_an_empty_board_become_cards(driver: Driver) -> None:
    """As the board itself invites to; once something lies there, its keys move it."""
    control = Qt.KeyboardModifier.ControlModifier
    driver.press(Qt.Key.Key_3, control)
    for words in ("a panda", "a lion"):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, words)
        QTest.keyClick(focus, Qt.Key.Key_Return)
    assert [card.source for card in board_of(driver).cards] == [Prompt("a panda"), Prompt("a lion")]
    driver.press(Qt.Key.Key_1, control)
    assert driver.create.prompt.prompt.hasFocus()
    driver.press(Qt.Key.Key_3, control)
    assert driver.fusion.board.hasFocus()
    driver.press(Qt.Key.Key_L, control)
    assert driver.fusion.bar.words.hasFocus()


def test_two_dropped_pictures_become_one_that_is_neither(driver: Driver, pair: list[Path]) -> None:
    assert "Lay two pictures" in driver.fusion.bar.run_button.toolTip()
    drop(driver, files(pair))
    assert [card.source for card in board_of(driver).cards] == [ImagePrompt(path) for path in pair]
    driver.state.draft.set(prior_seed_locked=True, seed_locked=True)
    driver.state.draft.set_sampling(seed=5)
    made = {}
    for weights in ((1.0, 0.0), (0.5, 0.5), (0.0, 1.0)):
        driver.state.board_editor.set_board(
            board_of(driver).balanced({1: weights[0], 2: weights[1]})
        )
        made[weights] = fuse(driver)
    record = read_record(made[0.5, 0.5])
    assert isinstance(record.request.conditioning, Mix)
    faces = {weights: Image.open(path).tobytes() for weights, path in made.items()}
    assert len(set(faces.values())) == 3


def test_a_row_of_the_strip_can_be_dropped(driver: Driver, pair: list[Path]) -> None:
    gallery = driver.state.gallery
    gallery.set_folder(driver.session.pictures)
    driver.until(lambda: len(gallery.tiles) == 2)
    drop(driver, gallery.mimeData([gallery.index(0, 0)]))
    (card,) = board_of(driver).cards
    assert card.source in [ImagePrompt(path) for path in pair]


def test_words_and_pixels_can_be_dropped_and_a_card_replaced(
    driver: Driver, pair: list[Path]
) -> None:
    drop(driver, text("oil painting"))
    drop(driver, files(pair[:1]))
    view = driver.fusion.board
    driver.until(lambda: view.still)
    drop(driver, text("a watercolour"), at=screen_point(view, 1))
    assert board_of(driver).cards[0].source == Prompt("a watercolour")
    data = QMimeData()
    data.setImageData(QImage(str(pair[1])))
    drop(driver, data)
    driver.until(lambda: len(board_of(driver).cards) == 3)
    source = board_of(driver).cards[2].source
    assert isinstance(source, ImagePrompt)
    assert source.path.is_file()
    driver.until(lambda: view.still)
    drop(driver, data, at=screen_point(view, 1))  # as from a browser
    driver.until(lambda: board_of(driver).cards[0].source == source)
    assert len(board_of(driver).cards) == 3


def test_a_card_dragged_nearer_weighs_more_and_one_undo_takes_it_back(
    driver: Driver, pair: list[Path]
) -> None:
    drop(driver, files(pair))
    view = driver.fusion.board
    driver.until(lambda: view.still)
    start = screen_point(view, 1)
    end = view.mapFromScene(view.lies.place_of(1.6, 0.0) * -1)
    viewport = view.viewport()
    QTest.mousePress(viewport, LEFT, pos=start)
    for part in range(1, 11):
        QTest.mouseMove(viewport, start + (end - start) * part / 10)
    QTest.mouseRelease(viewport, LEFT, pos=end)
    assert board_of(driver).cards[0].weight == pytest.approx(1.6, abs=0.05)
    assert board_of(driver).shares[1] == pytest.approx(1.6 / 2.6, abs=0.02)
    driver.fusion.board.setFocus()
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert board_of(driver).cards[0].weight == 1.0
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not board_of(driver).cards


def test_a_weight_that_is_slid_is_one_undo_step(driver: Driver, pair: list[Path]) -> None:
    drop(driver, files(pair))
    editor, panel = driver.state.board_editor, driver.fusion.panel
    driver.fusion.board.choose(1)
    driver.fusion.more.set_open(True)
    QApplication.processEvents()
    slider = child(panel.weight, QSlider)
    middle = slider.height() // 2
    before = editor.board
    QTest.mousePress(slider, LEFT, NONE, QPoint(_handle_of(slider), middle))
    for _move in range(10):
        QTest.mouseMove(slider, QPoint(_handle_of(slider) + 4, middle))
    assert board_of(driver) != before
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(_handle_of(slider), middle))
    slid = editor.board
    editor.undo()
    assert editor.board == before
    editor.redo()
    assert editor.board == slid


def test_a_weight_that_only_a_formula_can_say_is_shown_as_it_is(driver: Driver) -> None:
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    panel, board = driver.fusion.panel, driver.fusion.board
    for number, weight in ((1, 6.5), (2, -4.25), (3, 1.0)):
        driver.state.board_editor.apply_formula('6.5 "a cat" − 4.25 "a dog" + 1 "a fox"')
        board.choose(number)
        assert panel.weight.value == weight
    driver.state.board_editor.apply_formula('5 "a cat" − 4.25 "a dog" + 1 "a fox"')
    board.choose(1)
    field = child(panel.weight, QDoubleSpinBox)
    assert (field.value(), field.maximum()) == (5, 5)
    field.stepBy(-1)
    assert board_of(driver).cards[0].weight == 4.95


def _handle_of(slider: QSlider) -> int:
    """Return where the middle of a slider's handle is."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style = QStyle.ComplexControl.CC_Slider
    handle = QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(style, option, handle, slider).center().x()


def test_a_click_on_a_card_moves_nothing(driver: Driver, pair: list[Path]) -> None:
    drop(driver, files(pair))
    view = driver.fusion.board
    driver.until(lambda: view.still)
    before = board_of(driver)
    viewport, start = view.viewport(), screen_point(view, 1)
    QTest.mousePress(viewport, LEFT, pos=start)
    QTest.mouseMove(viewport, start + QPoint(2, 1))
    QTest.mouseRelease(viewport, LEFT, pos=start + QPoint(2, 1))
    assert board_of(driver) == before


def test_fusion_by_keyboard_alone(driver: Driver, pair: list[Path]) -> None:
    bar, panel = driver.fusion.bar, driver.fusion.panel
    for words in ("a cat", "a tiger", "people"):
        bar.words.setFocus()
        QTest.keyClicks(bar.words, words)
        QTest.keyClick(bar.words, Qt.Key.Key_Return)
    view = driver.fusion.board
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current == 1
    for _press in range(4):
        QTest.keyClick(view, Qt.Key.Key_Down)
    assert board_of(driver).cards[0].weight == pytest.approx(0.8)
    assert view.accessibleDescription() == '"a cat", weight 0.8, share 29 %'
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_N)
    assert board_of(driver).cards[2].weight == -1.0
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert len(board_of(driver).cards) == 2
    view.setFocus()
    driver.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 3)


def test_the_formula_can_be_changed(driver: Driver, pair: list[Path]) -> None:
    drop(driver, files(pair))
    driver.fusion.more.set_open(True)
    formula = driver.fusion.panel.formula
    assert formula.text() == "1 a-cat.png + 1 a-tiger.png"
    formula.setFocus()
    formula.selectAll()
    QTest.keyClicks(formula, '0.3 a-cat.png + 0.7 "gold"')
    QTest.keyClick(formula, Qt.Key.Key_Return)
    assert [card.weight for card in board_of(driver).cards] == [0.3, 0.7]
    assert board_of(driver).cards[0].source == ImagePrompt(pair[0])
    formula.end(False)
    QTest.keyClicks(formula, " + nonsense")
    QTest.keyClick(formula, Qt.Key.Key_Return)
    assert "nonsense" in driver.workspace.notices.sentences["refused"]
    assert formula.text().endswith(" + nonsense")  # what was typed stays, to be mended
    for _letter in " + nonsense":
        QTest.keyClick(formula, Qt.Key.Key_Backspace)
    QTest.keyClick(formula, Qt.Key.Key_Return)
    assert not formula.isModified()
    assert [card.weight for card in board_of(driver).cards] == [0.3, 0.7]


def test_what_cannot_be_laid_is_said_and_the_board_stays(
    driver: Driver, pair: list[Path], tmp_path: Path
) -> None:
    drop(driver, files([*pair, tmp_path]))
    assert "is a folder" in driver.workspace.notices.sentences["refused"]
    assert len(board_of(driver).cards) == 2
    drop(driver, files(pair * 30))
    assert "at most" in driver.workspace.notices.sentences["refused"]
    assert len(board_of(driver).cards) == 2
    driver.state.board_editor.set_board(board_of(driver).muted(1).muted(2))
    assert "All cards are muted" in driver.fusion.bar.run_button.toolTip()


def test_a_picture_that_is_gone_fails_its_job_with_a_sentence(
    driver: Driver, pair: list[Path]
) -> None:
    drop(driver, files(pair))
    pair[0].unlink()
    driver.click(driver.fusion.bar.run_button)
    driver.until(lambda: bool(driver.session.jobs.entries) and driver.idle())
    (entry,) = driver.session.jobs.entries
    assert "There is no file" in entry.note
    assert any("no file" in one for one in driver.workspace.notices.sentences.values())
    assert len(board_of(driver).cards) == 2


def test_the_board_outlasts_the_sitting_and_comes_back_from_its_picture(
    start: Callable[[], Driver],
) -> None:
    first = start()
    first.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    drop(first, text("a cat"))
    drop(first, text("a panda"))
    first.state.board_editor.set_board(board_of(first).weighed(1, 0.25))
    fuse(first)
    first.close()

    second = start()
    assert board_of(second) == board_of(first)
    second.state.board_editor.set_board(Board())
    second.until(lambda: len(second.state.gallery.tiles) == 1)
    second.state.viewer.show_tile(second.state.gallery.tiles[0])
    second.until(lambda: second.state.viewer.record is not None)
    second.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert [card.weight for card in board_of(second).cards] == [0.25, 1.0]
    assert second.fusion.board.isVisible()


def test_weights_of_one_and_nothing_give_the_plain_variation(
    driver: Driver, pair: list[Path]
) -> None:
    drop(driver, files(pair))
    driver.state.board_editor.set_board(board_of(driver).balanced({1: 1.0, 2: 0.0}))
    driver.state.draft.set(prior_seed_locked=True, seed_locked=True)
    driver.state.draft.set_sampling(seed=9)
    fused = fuse(driver)
    plain = text_to_image("x", sampling=driver.state.draft.values.sampling)
    driver.session.submit(replace(plain, conditioning=ImagePrompt(pair[0]), model="starter"))
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 4)
    variation = driver.state.gallery.tiles[0].path
    assert variation is not None
    with Image.open(fused) as one, Image.open(variation) as other:
        assert one.tobytes() == other.tobytes()


def test_a_card_that_takes_the_place_of_another_shows_no_old_picture(
    driver: Driver, pair: list[Path]
) -> None:
    def face() -> str:
        view.repaint()
        at = screen_point(view, 1) - QPoint(0, 30)
        return view.viewport().grab().toImage().pixelColor(at).name()

    view = driver.fusion.board
    drop(driver, files(pair[:1]))
    driver.until(lambda: face() == "#ffa500")  # the cat's orange
    driver.state.board_editor.set_board(Board().laid(Prompt("a cat")))
    assert face() != "#ffa500"


def test_a_point_on_a_pad_is_shares() -> None:
    square = [QPointF(0, 0), QPointF(10, 0), QPointF(0, 10), QPointF(10, 10)]
    assert shares_at(QPointF(5, 5), square) == [0.25] * 4
    assert shares_at(QPointF(-5, 20), square) == [0, 0, 1, 0]
    triangle = [QPointF(5, 0), QPointF(10, 10), QPointF(0, 10)]
    assert shares_at(QPointF(5, 0), triangle) == [1, 0, 0]
    assert sum(shares_at(QPointF(3, 7), triangle)) == pytest.approx(1, abs=0.002)
    assert shares_at(QPointF(2.5, 0), [QPointF(0, 0), QPointF(10, 0)]) == [0.75, 0.25]
