"""Where pictures are asked for, pictures are shown: of the right kinds, in the right folder."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from kandinsky_desktop.ui.picture_files import ask_picture, ask_pictures


@pytest.fixture
def asked(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    del qapp
    calls: list[tuple[str, str]] = []

    def choose(parent: object, title: str, folder: str, kinds: str) -> tuple[str, str]:
        del parent, title
        calls.append((folder, kinds))
        return f"{folder}/a.png", kinds

    def choose_several(*given: str) -> tuple[list[str], str]:
        one, kinds = choose(*given)
        return [one], kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose_several)
    return calls


def test_the_chooser_opens_at_the_pictures_and_shows_pictures(
    asked: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert ask_picture(None, "Open", tmp_path, besides=(".ora",)) == tmp_path / "a.png"
    assert ask_pictures(None, "Lay", tmp_path) == [tmp_path / "a.png"]
    (folder, kinds), (other_folder, other_kinds) = asked
    assert folder == other_folder == str(tmp_path)
    assert "*.png" in kinds
    assert "*.ora" in kinds
    assert "*.ora" not in other_kinds
