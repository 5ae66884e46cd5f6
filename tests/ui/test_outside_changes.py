"""Files that are gone and folders that changed are said in words, and no dead tile is left."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.ui.actions import Subject
from tests.ui.driver import Driver
from tests.ui.earlier_pictures import begun, names


def said(driver: Driver, key: str) -> str:
    driver.until(lambda: key in driver.workspace.notices.sentences)
    return driver.workspace.notices.sentences[key]


def test_a_file_deleted_outside_is_said_with_where_it_is_missed(
    start: Callable[[], Driver],
) -> None:
    driver, (first, second) = begun(start, "one", "two")
    driver.state.board_editor.add_card(ImagePrompt(first))
    first.unlink()
    driver.state.outside.look()
    assert said(driver, "gone") == (
        "“one.png” was deleted or moved outside of this window. A card of the board shows it: take"
        " that away, or bring it back."
    )
    assert names(driver) == ["two"]
    assert driver.state.viewer.path == second


def test_no_action_is_done_to_a_file_that_is_gone(start: Callable[[], Driver]) -> None:
    driver, (first, _second) = begun(start, "one", "two")
    actions = driver.workspace.action_set
    first.unlink()
    for action in actions.table:
        if action.subject is Subject.PICTURE:
            with driver.qtbot.waitSignal(actions.refused) as refused:
                actions.trigger(action.name, first)
            assert refused.args == [
                "“one.png” is not there any more: it was moved, renamed or deleted elsewhere."
            ]
    driver.until(lambda: names(driver) == ["two"])  # it was looked after at once
    assert not driver.session.jobs.entries


def test_another_folder_says_what_becomes_of_the_pictures(
    start: Callable[[], Driver], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, (first, _second) = begun(start, "one", "two")
    opened: list[str] = []
    monkeypatch.setattr(
        "kandinsky_desktop.ui.folders.QDesktopServices.openUrl",
        lambda url: opened.append(url.toLocalFile()),
    )
    preferences = driver.state.preferences
    other = tmp_path / "Holiday"
    preferences.replace(replace(preferences.settings, pictures=str(other)))
    words = said(driver, "other folder")
    assert words == (
        "New pictures go to “Holiday”. The 2 pictures in “pictures” stay there and are not shown"
        " here."
    )
    button = driver.workspace.notices.button("other folder")
    assert button is not None
    driver.click(button)
    assert opened == [str(first.parent)]
    driver.until(lambda: names(driver) == [])
    preferences.replace(replace(preferences.settings, pictures=""))
    assert said(driver, "other folder") == "New pictures go to “pictures”."
    driver.until(lambda: names(driver) == ["one", "two"])
    assert "folder" not in driver.workspace.notices.sentences


def test_a_folder_that_is_away_is_said_until_it_is_back(start: Callable[[], Driver]) -> None:
    driver, (first, _second) = begun(start, "one", "two")
    driver.until(lambda: not driver.state.outside.is_looking)
    moved = first.parent.rename(first.parent.with_name("moved"))
    driver.state.outside.look()
    assert said(driver, "folder") == (
        "The folder “pictures” is not there: your pictures show again once it is back."
    )
    driver.until(lambda: names(driver) == [])
    moved.rename(first.parent)
    driver.state.outside.look()
    driver.until(lambda: names(driver) == ["one", "two"])
    assert "folder" not in driver.workspace.notices.sentences
