"""Names of cards: the words of their pictures, whoever painted them, or else the files' names."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.card_titles import CardTitles
from kandinsky_desktop.state.pictures import Tile


@pytest.fixture
def titles(qapp: QApplication) -> Iterator[CardTitles]:
    background = Background()
    yield CardTitles(background)
    background.end()


def saved(path: Path, **texts: str) -> Path:
    about = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        about.add_text(key, text)
    Image.new("RGB", (8, 8)).save(path, pnginfo=about)
    return path


def title(titles: CardTitles, qtbot: QtBot, path: Path, done: Callable[[str], bool]) -> str:
    qtbot.waitUntil(lambda: done(titles.of(ImagePrompt(path))))
    return titles.of(ImagePrompt(path))


def test_a_picture_of_another_program_is_called_by_its_words(
    titles: CardTitles, qtbot: QtBot, tmp_path: Path
) -> None:
    path = saved(tmp_path / "00042-1234.png", parameters="a yellow\nsquare\nSteps: 12, Seed: 1")
    assert title(titles, qtbot, path, lambda said: "square" in said) == "a yellow square"


def test_without_words_the_names_of_files_do_and_a_pasted_one_has_none_of_ours(
    titles: CardTitles, tmp_path: Path
) -> None:
    assert titles.of(ImagePrompt(saved(tmp_path / "my cat.png"))) == "my cat"
    pasted = saved(tmp_path / "dropped-0123456789ab.png")
    assert titles.of(ImagePrompt(pasted)) == "Pasted picture"
    assert Tile(path=pasted).name == "Pasted picture"
    assert Tile(path=Path("2026-11-23-172054-a-red-cat-42.png")).name == "a red cat"
