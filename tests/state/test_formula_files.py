"""The board as it is edited: what a formula names must be a picture that is there."""

from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails


@pytest.fixture
def editor(background: Background, tmp_path: Path) -> BoardEditor:
    thumbnails = ThumbnailLoader(background, Thumbnails(tmp_path / "cache"))
    return BoardEditor(background, thumbnails, tmp_path / "dropped", None)


def test_a_formula_names_pictures_by_their_content(editor: BoardEditor, tmp_path: Path) -> None:
    for name in ("photo.jfif", "scan"):
        Image.new("RGB", (8, 8)).save(tmp_path / name, "JPEG")
    assert editor.apply_formula("0.5 photo.jfif + 0.5 scan", tmp_path)
    sources = [card.source for card in editor.board.cards]
    assert sources == [ImagePrompt(tmp_path / "photo.jfif"), ImagePrompt(tmp_path / "scan")]


@pytest.mark.parametrize("formula", ["0.5 cat", '"a" + notes.txt', "1 gone.png"])
def test_what_is_no_picture_is_refused_and_words_are_advised(
    editor: BoardEditor, tmp_path: Path, formula: str
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    said: list[str] = []
    editor.refused.connect(said.append)
    before = editor.board
    assert not editor.apply_formula(formula, tmp_path)
    assert editor.board == before
    name = formula.split()[-1]
    assert said[0].endswith(f"Words stand in quotes: “{name}”.")
    assert "There is no file" in said[0] or "notes.txt is no picture" in said[0]
