"""Boards that are saved: with a name, and with each picture that was fused from them."""

import shutil
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Prompt
from kandinsky_desktop.store import boards, places
from tests.ui.board import bars, board_of, drop, files, fuse, measured, text
from tests.ui.driver import Driver, child

CONTROL = Qt.KeyboardModifier.ControlModifier


def say(driver: Driver, name: str) -> None:
    """Type a name into the dialog that asks for one."""
    dialog = child(driver.fusion.tools.boards, QInputDialog)
    edit = child(dialog, QLineEdit)
    edit.selectAll()
    QTest.keyClicks(edit, name)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    driver.until(lambda: not driver.fusion.tools.boards.findChildren(QInputDialog))


def test_a_board_is_named_renamed_deleted_and_brought_back(start: Callable[[], Driver]) -> None:
    first = start()
    first.press(Qt.Key.Key_3, CONTROL)
    menu = first.fusion.tools.boards
    assert not menu.save_as.isEnabled()  # there is nothing on it yet
    drop(first, text("a cat"))
    drop(first, text("gold"))
    menu.save_as.trigger()
    say(first, "Gold cat")
    assert menu.text() == "Gold cat"
    first.state.board_editor.set_board(board_of(first).weighed(2, 0.25))
    assert menu.text() == "Gold cat *"
    assert menu.save.shortcut().toString() == "Ctrl+B"
    first.window.activateWindow()
    first.until(first.window.isActiveWindow)
    first.fusion.board.setFocus()
    first.press(Qt.Key.Key_B, CONTROL)
    assert menu.text() == "Gold cat"
    first.fusion.focus_words()
    golden = board_of(first)
    menu.rename.trigger()
    say(first, "A golden cat")
    first.state.board_library.begin()
    assert board_of(first) == Board()
    drop(first, text("a panda"))
    menu.save_as.trigger()
    say(first, "A golden cat")
    assert "already" in first.workspace.notices.sentences["refused"]
    first.close()

    second = start()
    second.press(Qt.Key.Key_3, CONTROL)
    second.until(lambda: second.state.board_library.names == ("A golden cat",))
    menu = second.fusion.tools.boards
    assert [card.source for card in board_of(second).cards] == [Prompt("a panda")]
    menu.saved.actions()[0].trigger()
    assert board_of(second).cards == golden.cards
    menu.delete.trigger()
    assert not second.state.board_library.names
    assert board_of(second).cards == golden.cards  # it stays where it lies
    undo = second.workspace.notices.button("board")
    assert undo is not None
    second.click(undo)
    assert list(second.state.board_library.names) == ["A golden cat"]
    second.fusion.undo()
    assert [card.source for card in board_of(second).cards] == [Prompt("a panda")]


def test_words_that_are_being_written_go_to_their_own_board(driver: Driver) -> None:
    """A menu takes no focus for good, so that the field was still open over another board."""
    driver.press(Qt.Key.Key_3, CONTROL)
    editor, state, view = driver.state.board_editor, driver.state.board_library, driver.fusion.board
    editor.set_board(Board().laid(Prompt("gold")))
    state.save_as("Gold")
    editor.set_board(Board().laid(Prompt("a cat")))
    menu = driver.fusion.tools.boards

    def write(words: str) -> None:
        view.edit_words(1)
        assert view.editor is not None
        QTest.keyClicks(view.editor, words)

    state.save_as("Cat")
    editor.set_board(board_of(driver).weighed(1, 0.5))
    write(" on a mat")
    menu.save.trigger()
    assert board_of(driver).cards[0].source == Prompt("a cat on a mat")
    assert not state.altered
    write(" of gold")
    next(one for one in menu.saved.actions() if one.text() == "Gold").trigger()
    assert view.editor is None
    assert [card.source for card in board_of(driver).cards] == [Prompt("gold")]
    driver.fusion.undo()
    assert [card.source for card in board_of(driver).cards] == [Prompt("a cat on a mat of gold")]
    write("en")
    driver.fusion.undo()  # by its button
    assert [card.source for card in board_of(driver).cards] == [Prompt("a cat on a mat of gold")]


def test_a_board_that_cannot_be_renamed_keeps_its_name(driver: Driver) -> None:
    """As on a full disk: a folder lies where the file would be written."""
    state = driver.state.board_library
    driver.state.board_editor.set_board(Board().laid(Prompt("a cat")).laid(Prompt("gold")))
    state.save_as("Alpha")
    driver.until(lambda: len(boards.named(places.boards())) == 1)
    target = boards._file(places.boards(), "Beta")
    (target / "in the way").mkdir(parents=True)
    state.rename("Beta")
    assert state.names == ("Beta",)
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "could not be saved" in driver.workspace.notices.sentences["refused"]
    assert state.names == ("Alpha",)
    assert state.name == board_of(driver).name == "Alpha"
    assert [board.name for board in boards.named(places.boards())] == ["Alpha"]
    shutil.rmtree(target)
    state.rename("Beta")
    driver.until(lambda: [one.name for one in boards.named(places.boards())] == ["Beta"])


def test_a_fused_picture_lays_its_whole_board_again_without_its_files(
    start: Callable[[], Driver], tmp_path: Path
) -> None:
    paths = []
    for name, colour in (("my cat", "orange"), ("my tiger", "brown")):
        paths.append(tmp_path / f"{name}.jpg")
        Image.new("RGB", (640, 480), colour).save(paths[-1])
    first = start()
    first.state.preferences.set(live="never")
    first.press(Qt.Key.Key_3, CONTROL)
    drop(first, files(paths))
    drop(first, text("people"))
    board = board_of(first).weighed(1, 0.7).muted(3)
    first.state.board_editor.set_board(Board(cards=board.cards, blend="slerp", restore=True))
    fused = fuse(first)
    laid = board_of(first)
    first.until(lambda: bool(measured(first)))
    shown = bars(first)
    first.close()
    paths[1].unlink()
    paths[0].write_bytes(b"something else")

    second = start()
    second.until(lambda: len(second.state.gallery.tiles) == 1)
    second.state.board_library.begin()
    open_again(second)
    said = second.workspace.notices  # which go by themselves in the end
    gone = "2 pictures are not there any more"
    second.until(lambda: gone in said.sentences.get("refused", ""))
    second.until(lambda: len(board_of(second).cards) == 3)
    assert isinstance(board_of(second).cards[0].source, ImageEmbedding)
    again = board_of(second)
    assert list(again.names.values()) == ["my cat.png", "my tiger.png", '"people"']
    assert [(card.weight, card.muted) for card in again.cards] == [
        (card.weight, card.muted) for card in laid.cards
    ]
    assert (again.blend, again.restore) == ("slerp", True)
    second.until(lambda: bars(second) == shown)
    second.until(lambda: second.state.board_editor.image_of(again.cards[0].source) is not None)
    second.state.draft.set(prior_seed_locked=True, seed_locked=True)
    same = fuse(second)
    with Image.open(fused) as one, Image.open(same) as other:
        assert one.tobytes() == other.tobytes()


def test_a_fusion_that_waited_for_another_sitting_keeps_its_muted_cards(
    start: Callable[[], Driver],
) -> None:
    first = start()
    first.state.preferences.set(live="never")
    first.press(Qt.Key.Key_3, CONTROL)
    for words in ("a cat", "gold", "people"):
        drop(first, text(words))
    first.state.board_editor.set_board(board_of(first).muted(3))
    laid = board_of(first)
    first.session.pause(True)
    first.until(first.fusion.bar.run_button.isEnabled)
    first.click(first.fusion.bar.run_button)
    (waiting,) = first.session.jobs.entries
    first.session.drop((waiting.job.id,))
    first.session.put_back()  # and taken out meanwhile
    first.state.board_library.begin()
    first.close()

    second = start()
    second.state.preferences.set(live="never")
    second.session.pause(False)
    second.until(lambda: second.idle() and len(second.state.gallery.tiles) == 1)
    open_again(second)
    second.until(lambda: board_of(second) == laid)


def open_again(driver: Driver) -> None:
    """Choose it in the menu of the strip's first picture."""
    path = driver.state.gallery.tiles[0].path
    assert path is not None
    menu = driver.workspace.picture_actions.menu(path, driver.workspace)
    (action,) = [one for one in menu.actions() if one.text() == "Use again"]
    action.trigger()


def test_a_file_that_is_there_lies_on_the_board_itself(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    Image.new("RGB", (64, 64), "orange").save(path)
    driver.state.preferences.set(live="never")
    driver.press(Qt.Key.Key_3, CONTROL)
    drop(driver, files([path]))
    drop(driver, text("gold"))
    fuse(driver)
    before = board_of(driver)
    driver.until(lambda: driver.state.viewer.record is not None)
    driver.state.board_library.begin()
    driver.press(Qt.Key.Key_R, CONTROL)
    driver.until(lambda: board_of(driver) == before)
    assert board_of(driver).cards[0].source == ImagePrompt(path)
