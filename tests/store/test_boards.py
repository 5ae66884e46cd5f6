"""Boards on disk: under any name, and beside the pictures that came from them."""

from pathlib import Path

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.meaning import Picture, Words
from kandinsky_desktop.store import boards

TWO = Board(name="Katze / Tiger: 1?").laid(Picture(Path("/cat.png")), 0.3).laid(Words("gold"))


def test_a_board_is_found_again_under_any_name(tmp_path: Path) -> None:
    boards.save(tmp_path, TWO)
    boards.save(tmp_path, Board(name="..").laid(Words("up")))
    assert {board.name for board in boards.named(tmp_path)} == {TWO.name, ".."}
    assert TWO in boards.named(tmp_path)
    boards.delete(tmp_path, TWO.name)
    boards.delete(tmp_path, TWO.name)  # it is gone already
    assert [board.name for board in boards.named(tmp_path)] == [".."]


def test_one_that_is_damaged_costs_no_other(tmp_path: Path) -> None:
    boards.save(tmp_path, TWO)
    (tmp_path / "0.json").write_text('{"type": "Board", "cards": 7}')
    (tmp_path / "1.json").write_text("{")
    assert boards.named(tmp_path) == [TWO]
    assert boards.named(tmp_path / "nowhere") == []


def test_a_picture_s_board_is_known_by_the_picture_s_content(tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"cat")
    assert boards.of_picture(tmp_path, picture) is None
    boards.keep_for_picture(tmp_path, picture, TWO)
    assert boards.of_picture(tmp_path, picture.rename(tmp_path / "other.png")) == TWO
    assert boards.named(tmp_path) == []
