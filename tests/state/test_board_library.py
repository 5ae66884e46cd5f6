"""Saved boards: named ones, and that of a fused picture."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.events import Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_library import LONGEST_NAME, restored_board
from kandinsky_desktop.store import boards
from tests.fakes import record, request
from tests.state.fused import Shelf

PAIR = Board().laid(Prompt("a cat")).laid(Prompt("gold"), 0.5)


@pytest.fixture
def shelf(background: Background, tmp_path: Path, qtbot: QtBot) -> Shelf:
    shelf = Shelf(tmp_path, background, qtbot)
    shelf.editor.set_board(PAIR)
    return shelf


def on_disk(shelf: Shelf) -> list[Board]:
    return boards.named(shelf.folder / "boards")


def is_altered(shelf: Shelf) -> bool:
    return shelf.library.altered


def test_a_board_is_saved_under_a_name_and_known_to_be_altered(shelf: Shelf) -> None:
    library = shelf.library
    assert (library.name, library.names, library.altered) == ("", (), False)
    library.save()  # without a name there is nothing to save it as
    library.save_as("  Gold   cat ")
    assert (library.name, library.names, library.altered) == ("Gold cat", ("Gold cat",), False)
    shelf.editor.set_board(shelf.editor.board.weighed(2, 0.25))
    assert is_altered(shelf)
    library.save()
    assert not is_altered(shelf)
    shelf.qtbot.waitUntil(lambda: on_disk(shelf) == [shelf.editor.board])


def test_names_are_in_the_order_of_the_alphabet(shelf: Shelf) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        shelf.library.save_as(name)
    assert shelf.library.names == ("Alpha", "beta", "Gamma")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (" ", "A board needs a name to be saved."),
        ("x" * (LONGEST_NAME + 1), "A board's name has at most 80 letters."),
        ("Gold", "There is a board “Gold” already: choose another name."),
    ],
    ids=["none", "too long", "another's"],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(
    shelf: Shelf, name: str, sentence: str
) -> None:
    shelf.library.save_as("Gold")
    shelf.library.save_as("Silver")
    before = shelf.editor.board
    shelf.library.save_as(name)
    shelf.library.rename(name)
    assert shelf.refusals == [sentence] * 2
    assert shelf.library.names == ("Gold", "Silver")
    assert shelf.editor.board == before


def test_a_renamed_board_has_one_name_on_disk_too(shelf: Shelf) -> None:
    shelf.library.save_as("Gold")
    shelf.library.rename("Silver")
    assert (shelf.library.name, shelf.library.names) == ("Silver", ("Silver",))
    shelf.qtbot.waitUntil(lambda: [board.name for board in on_disk(shelf)] == ["Silver"])


def test_undo_leads_to_the_board_of_its_new_name(shelf: Shelf) -> None:
    shelf.library.save_as("Gold")
    shelf.editor.set_board(shelf.editor.board.weighed(1, 0.25))
    shelf.library.rename("Silver")
    shelf.editor.undo()
    assert shelf.editor.board == replace(PAIR, name="Silver")
    assert shelf.library.name == "Silver"
    shelf.editor.redo()
    assert shelf.editor.board.cards[0].weight == 0.25
    assert shelf.library.altered


def test_undo_takes_no_name_back_that_a_board_was_saved_as(shelf: Shelf) -> None:
    editor, library = shelf.editor, shelf.library
    library.save_as("Gold")
    assert editor.can_undo  # the board was laid, and that is all
    editor.set_board(PAIR.weighed(1, 0.25))
    library.save_as("Silver")
    editor.undo()
    assert editor.board == replace(PAIR, name="Silver")
    assert is_altered(shelf)
    library.save()
    both = [replace(PAIR, name="Gold"), replace(PAIR, name="Silver")]
    shelf.qtbot.waitUntil(lambda: sorted(on_disk(shelf), key=lambda one: one.name) == both)


def test_saving_as_keeps_what_can_be_done_again(shelf: Shelf) -> None:
    shelf.editor.set_board(PAIR.weighed(1, 0.25))
    shelf.editor.undo()
    shelf.library.save_as("Gold")
    shelf.editor.redo()
    assert shelf.editor.board == replace(PAIR.weighed(1, 0.25), name="Gold")
    assert is_altered(shelf)


def test_undo_leads_from_an_opened_board_to_the_one_before_with_its_own_name(shelf: Shelf) -> None:
    editor, library = shelf.editor, shelf.library
    library.save_as("Gold")
    library.begin()
    editor.set_board(Board().laid(Prompt("a panda")))
    library.save_as("Panda")
    library.open("Gold")
    library.save_as("Silver")
    library.rename("Lead")
    steps = []
    for _step in range(4):
        steps.append((editor.board.name, len(editor.board.cards)))
        editor.undo()
    assert steps == [("Lead", 2), ("Panda", 1), ("Panda", 0), ("Gold", 2)]


def test_a_board_that_has_no_name_yet_takes_none_from_the_next(shelf: Shelf) -> None:
    """Undo past a new board leads to the old one, which must not be saved over the new."""
    shelf.library.begin()
    shelf.editor.add_words("a panda")
    shelf.library.save_as("Panda")
    shelf.editor.undo()
    assert shelf.editor.board == Board(name="Panda")
    shelf.editor.undo()
    assert (shelf.editor.board, shelf.library.name) == (PAIR, "")


def test_a_board_that_cannot_be_saved_as_another_is_what_it_was(shelf: Shelf) -> None:
    library = shelf.library
    library.save_as("Gold")
    (boards._file(shelf.folder / "boards", "Silver") / "in the way").mkdir(parents=True)
    library.save_as("Silver")
    assert library.name == "Silver"
    shelf.qtbot.waitUntil(lambda: len(shelf.refusals) == 1)
    assert library.name == shelf.editor.board.name == "Gold"
    assert not is_altered(shelf)


def test_saved_boards_follow_a_file_that_has_another_name(shelf: Shelf) -> None:
    cat, lion = shelf.folder / "cat.png", shelf.folder / "lion.png"
    library, editor = shelf.library, shelf.editor
    editor.add_card(ImagePrompt(cat))
    library.save_as("Cat")
    library.begin()
    editor.set_board(PAIR)
    library.save_as("Gold")
    shelf.qtbot.waitUntil(lambda: len(on_disk(shelf)) == 2)
    library.open("Cat")
    editor.rename(cat, lion)
    library.follow(cat, lion)
    assert library.name == "Cat"
    assert not library.altered
    saved = {board.name: board for board in on_disk(shelf)}
    shelf.qtbot.waitUntil(
        lambda: next(one for one in on_disk(shelf) if one.name == "Cat") == editor.board
    )
    assert editor.board.cards[2].source == ImagePrompt(lion)
    assert saved["Gold"] == replace(PAIR, name="Gold")
    library.delete()
    library.undelete("Cat")
    library.open("Cat")
    assert editor.board.cards[2].source == ImagePrompt(lion)


def test_a_board_that_cannot_be_saved_can_be_saved_again(shelf: Shelf) -> None:
    """As on a full disk: a folder lies where the file would be written."""
    library, folder = shelf.library, shelf.folder / "boards"
    target = boards._file(folder, "Gold")
    (target / "in the way").mkdir(parents=True)
    library.save_as("Gold")
    shelf.qtbot.waitUntil(lambda: len(shelf.refusals) == 1)
    assert "could not be saved" in shelf.refusals[0]
    assert (library.name, library.names) == ("", ())
    shutil.rmtree(target)
    library.save_as("Gold")
    shelf.qtbot.waitUntil(lambda: bool(on_disk(shelf)))
    shutil.rmtree(folder)
    folder.write_text("no folder")
    shelf.editor.set_board(shelf.editor.board.weighed(1, 0.25))
    library.save()
    assert not is_altered(shelf)
    shelf.qtbot.waitUntil(lambda: is_altered(shelf))
    assert len(shelf.refusals) == 2


def test_a_board_that_cannot_be_deleted_is_still_there(shelf: Shelf) -> None:
    library, target = shelf.library, boards._file(shelf.folder / "boards", "Gold")
    library.save_as("Gold")
    shelf.qtbot.waitUntil(target.is_file)
    target.unlink()
    target.mkdir()
    library.delete()
    shelf.qtbot.waitUntil(lambda: bool(shelf.refusals))
    assert shelf.refusals[0].startswith("The board “Gold” could not be deleted: ")
    assert library.names == ("Gold",)


def test_a_deleted_board_still_lies_there_and_is_brought_back(shelf: Shelf) -> None:
    told: list[str] = []
    shelf.library.deleted.connect(told.append)
    shelf.library.save_as("Gold")
    board = shelf.editor.board
    shelf.library.delete()
    assert told == ["Gold"]
    assert (shelf.library.names, shelf.editor.board) == ((), board)
    shelf.qtbot.waitUntil(lambda: not on_disk(shelf))
    shelf.library.undelete("Gold")
    shelf.library.undelete("Gold")  # once is enough
    assert shelf.library.names == ("Gold",)
    shelf.qtbot.waitUntil(lambda: on_disk(shelf) == [board])


def test_boards_of_another_sitting_are_found_and_opened(
    shelf: Shelf, background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    shelf.library.save_as("Gold")
    shelf.qtbot.waitUntil(lambda: bool(on_disk(shelf)))
    other = Shelf(tmp_path, background, qtbot)
    other.library.refresh()
    qtbot.waitUntil(lambda: other.library.names == ("Gold",))
    other.library.open("Gold")
    assert other.editor.board == shelf.editor.board
    other.library.begin()
    assert other.editor.board == Board()


def test_a_fused_picture_lays_its_cards_again(shelf: Shelf) -> None:
    picture = shelf.fused(PAIR)
    shelf.library.begin()
    shelf.look_at(picture)
    assert shelf.library.open_for_viewed()
    assert [(card.source, card.weight) for card in shelf.editor.board.cards] == [
        (Prompt("a cat"), 1.0),
        (Prompt("gold"), 0.5),
    ]


def test_a_kept_board_that_cannot_be_fused_is_not_the_picture_s(shelf: Shelf) -> None:
    fused = record(replace(request(), conditioning=PAIR.fusion))
    silent = PAIR.muted(1).muted(2)
    assert restored_board(fused, silent, shelf.folder / "kept").board == PAIR


def test_a_picture_that_is_no_fusion_lays_nothing(shelf: Shelf) -> None:
    shelf.look_at(shelf.painted("plain", Prompt("a cat")))
    assert not shelf.library.open_for_viewed()
    assert shelf.editor.board == PAIR


def test_a_fusion_of_more_than_a_board_holds_is_refused_in_a_sentence(shelf: Shelf) -> None:
    """The command line fuses as much as it is given."""
    most = tuple(Ingredient(Prompt(str(number))) for number in range(30))
    shelf.look_at(shelf.painted("many", Mix(ingredients=most)))
    assert not shelf.library.open_for_viewed()
    assert shelf.refusals == ["A board holds at most 24 cards, and here are 30."]
    assert shelf.editor.board == PAIR


@pytest.mark.parametrize("another_sitting", [False, True])
def test_muted_cards_come_back_with_a_picture_of_a_job(
    shelf: Shelf, background: Background, qtbot: QtBot, *, another_sitting: bool
) -> None:
    with_muted = PAIR.laid(Prompt("people")).muted(3)
    shelf.editor.set_board(with_muted)
    job = Job(replace(request(), conditioning=with_muted.fusion), board=with_muted)
    picture = shelf.fused(with_muted)
    shelf.library.on_made(job, Made(picture, 0, 7))
    qtbot.waitUntil(lambda: boards.of_picture(shelf.folder / "boards", picture) == with_muted)
    if another_sitting:
        shelf = Shelf(shelf.folder, background, qtbot)
    shelf.library.begin()
    shelf.look_at(picture)
    shelf.library.open_for_viewed()
    qtbot.waitUntil(lambda: shelf.editor.board.cards == with_muted.cards)
    shelf.editor.undo()  # also where it came in two parts, the muted ones later
    assert shelf.editor.board == Board()
