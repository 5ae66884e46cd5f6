"""Boards on disk: under any name, and beside the pictures that came from them."""

import json
from pathlib import Path

import pytest

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.file_format import encode
from kandinsky_desktop.store import boards

TWO = Board(name="Katze / Tiger: 1?").laid(ImagePrompt(Path("/cat.png")), 0.3).laid(Prompt("gold"))


def test_a_board_is_found_again_under_any_name(tmp_path: Path) -> None:
    boards.save(tmp_path, TWO)
    boards.save(tmp_path, Board(name="..").laid(Prompt("up")))
    assert {board.name for board in boards.named(tmp_path)} == {TWO.name, ".."}
    assert TWO in boards.named(tmp_path)
    boards.delete(tmp_path, TWO.name)
    boards.delete(tmp_path, TWO.name)  # it is gone already
    assert [board.name for board in boards.named(tmp_path)] == [".."]


def test_one_that_is_damaged_costs_no_other(tmp_path: Path) -> None:
    boards.save(tmp_path, TWO)
    (tmp_path / "0.json").write_text('{"format": 1, "type": "Board", "cards": 7}')
    (tmp_path / "1.json").write_text("{")
    said: list[str] = []
    assert boards.named(tmp_path, said.append) == [TWO]
    for number, sentence in enumerate(said):
        file = tmp_path / f"{number}.json"
        assert sentence == f"A saved board cannot be read; it is left as it is in {file}."
    assert len(said) == 2
    assert boards.named(tmp_path / "nowhere") == []


def test_one_of_another_format_is_left_as_it_is_and_said(tmp_path: Path) -> None:
    boards.save(tmp_path, TWO)
    (file,) = tmp_path.iterdir()
    theirs = json.dumps(encode(TWO) | {"format": 2}).encode()
    file.write_bytes(theirs)
    said: list[str] = []
    assert boards.named(tmp_path, said.append) == []
    assert said[0].startswith(f"The board “{TWO.name}” was written by another version")
    assert len(said) == 1
    assert file.read_bytes() == theirs

    boards.save(tmp_path, TWO)  # under the same name
    assert boards.named(tmp_path, said.append) == [TWO]
    assert len(said) == 1
    assert file.with_name(f"{file.name}.other-format").read_bytes() == theirs


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff", b'{"format": 1}'])
def test_one_that_is_damaged_is_set_aside_when_its_name_is_taken(
    tmp_path: Path, content: bytes
) -> None:
    boards.save(tmp_path, TWO)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    boards.save(tmp_path, TWO)
    assert boards.named(tmp_path) == [TWO]
    assert file.with_name(f"{file.name}.bad").read_bytes() == content


def test_a_board_begins_with_the_format(tmp_path: Path) -> None:
    boards.save(tmp_path, TWO)
    (file,) = tmp_path.iterdir()
    assert next(iter(json.loads(file.read_text("utf-8")))) == "format"


def test_a_picture_s_board_is_known_by_the_picture_s_content(tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"cat")
    assert boards.of_picture(tmp_path, picture) is None
    boards.keep_for_picture(tmp_path, picture, TWO)
    assert boards.of_picture(tmp_path, picture.rename(tmp_path / "other.png")) == TWO
    assert boards.named(tmp_path) == []
