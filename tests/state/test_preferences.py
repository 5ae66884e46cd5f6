"""The settings in force: each change is said once, and written."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.store import places, settings_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def test_a_change_is_said_with_what_was_before_and_written(
    background: Background, file: Path
) -> None:
    preferences = Preferences(file, Settings(), background)
    told: list[tuple[Settings, Settings]] = []
    preferences.changed.connect(lambda before, now: told.append((before, now)))
    preferences.set(theme="dark", text_size=120)
    assert told == [(Settings(), Settings(theme="dark", text_size=120))]
    background.end()
    assert settings_file.load(file) == preferences.settings


def test_what_stays_as_it_is_is_neither_said_nor_written(
    background: Background, file: Path
) -> None:
    preferences = Preferences(file, Settings(), background)
    told: list[object] = []
    preferences.changed.connect(lambda *_: told.append(_))
    preferences.set(theme=Settings().theme)
    preferences.replace(Settings())
    background.end()
    assert not told
    assert not file.exists()


def test_of_many_changes_the_last_is_in_the_file(background: Background, file: Path) -> None:
    preferences = Preferences(file, Settings(), background)
    for size in range(90, 151):
        preferences.set(text_size=size)
    background.end()
    assert settings_file.load(file).text_size == 150


def test_pictures_go_where_the_setting_says_or_to_the_usual_place(
    background: Background, file: Path, tmp_path: Path
) -> None:
    preferences = Preferences(file, Settings(), background)
    assert preferences.pictures == places.pictures()
    preferences.set(pictures=str(tmp_path / "mine"))
    assert preferences.pictures == tmp_path / "mine"


def test_a_file_that_cannot_be_written_is_said_and_the_change_holds(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "in the way").write_text("a file, not a folder")
    preferences = Preferences(tmp_path / "in the way" / "a.json", Settings(), background)
    with qtbot.waitSignal(preferences.not_saved) as told:
        preferences.set(theme="dark")
    assert told.args
    assert "in the way" in told.args[0]
    assert preferences.settings.theme == "dark"
