"""What a board is given that is no good: one sentence, nothing is lost, and undo works."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.board import MOST_CARDS, Board
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.state.image_import import LARGEST
from tests.ui.board import board_of, drop, files
from tests.ui.driver import Driver

PAIR = Board().laid(Prompt("a cat")).laid(Prompt("a tiger"))


@pytest.fixture
def driver(driver: Driver) -> Driver:
    """Go to the board; two cards lie on it."""
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    driver.state.board_editor.set_board(PAIR)
    return driver


def picture(path: Path) -> Path:
    Image.new("RGB", (32, 32), "orange").save(path)
    return path


def full() -> Board:
    board = PAIR
    while len(board.cards) < MOST_CARDS:
        board = board.duplicated(1)
    return board


def undone(driver: Driver) -> Board:
    driver.fusion.board.setFocus()
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    return board_of(driver)


def html(text: str) -> QMimeData:
    data = QMimeData()
    data.setHtml(text)
    return data


def test_a_full_board_says_so_when_a_card_is_laid_once_more(driver: Driver) -> None:
    board = full()
    driver.state.board_editor.set_board(board)
    driver.fusion._act("duplicate", 1)
    assert "at most" in driver.workspace.notices.sentences["refused"]
    assert board_of(driver) == board


def test_words_that_cannot_be_laid_stay_where_they_were_typed(driver: Driver) -> None:
    words = driver.fusion.bar.words
    words.setFocus()
    words.setText("x" * 20_001)
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert "too long" in driver.workspace.notices.sentences["refused"]
    assert board_of(driver) == PAIR
    driver.state.board_editor.set_board(full())
    words.setText("gold")
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert "at most" in driver.workspace.notices.sentences["refused"]
    assert words.text() == "gold"
    driver.state.board_editor.set_board(PAIR)
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert board_of(driver).cards[2].source == Prompt("gold")
    assert words.text() == ""
    driver.fusion._write(1, "x" * 20_001)
    assert board_of(driver).cards[0].source == Prompt("a cat")


def test_drops_that_hold_no_picture(driver: Driver, tmp_path: Path) -> None:
    huge = tmp_path / "huge.tiff"
    with huge.open("wb") as file:
        file.truncate(LARGEST + 200_000_000)  # sparse: it takes no room
    many = [picture(tmp_path / f"{number}.png") for number in range(60)]
    for data, sentence in (
        (files([tmp_path]), "is a folder: drop the pictures in it instead."),
        (files([huge]), "huge.tiff is too large (500 MB): make it smaller first."),
        (html("<p><b></b></p>"), "no picture and no text in what was dropped."),
        (html('<img src="https://example.org/cat.png">'), "save or copy the picture first."),
        (files(many), "A board holds at most 24 cards, and here are 62."),
    ):
        drop(driver, data)
        assert driver.workspace.notices.sentences["refused"].endswith(sentence)
        assert board_of(driver) == PAIR
    drop(driver, files(many[:1]))  # what is refused no longer stands beside what succeeded
    assert "refused" not in driver.workspace.notices.sentences
    assert undone(driver) == PAIR
    assert undone(driver) == Board()


@pytest.mark.parametrize(
    ("board", "sentence"),
    [
        (PAIR.muted(1).muted(2), "All cards are muted: let at least one be heard."),
        (PAIR.balanced({1: 0.0, 2: 0.0}), "must have a weight other than 0."),
        (PAIR.balanced({1: 1.0, 2: -1.0}), "The weights cancel each other out"),
    ],
    ids=["muted", "zero", "cancelled out"],
)
def test_what_cannot_be_fused_is_said_beside_the_button(
    driver: Driver, board: Board, sentence: str
) -> None:
    driver.state.board_editor.set_board(board)
    button = driver.fusion.bar.run_button
    assert not button.isEnabled()
    assert sentence in button.toolTip()
    driver.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not driver.session.jobs.entries
    driver.until(lambda: not driver.state.live_preview.running)
    assert board_of(driver) == board
    assert undone(driver) == PAIR
    assert button.isEnabled()


def test_an_ingredient_that_is_deleted_while_it_is_fused(driver: Driver, tmp_path: Path) -> None:
    driver.state.preferences.set(live="never")
    path = picture(tmp_path / "cat.png")
    driver.state.draft.set_sampling(steps=60, prior_steps=2)
    driver.state.draft.finish_edit()
    drop(driver, files([path]))
    laid = board_of(driver)
    driver.click(driver.fusion.bar.run_button)
    driver.until(lambda: len(driver.steps("decoder")) > 2)
    path.unlink()
    driver.until(driver.idle)
    assert board_of(driver) == laid
    assert len(driver.pictures()) == 1  # all that is needed of it was known by then
    assert not driver.workspace.notices.sentences
    assert undone(driver) == PAIR
