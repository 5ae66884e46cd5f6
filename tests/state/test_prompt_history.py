"""Going through the words that were painted, and what is kept of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.prompt_history import PromptHistory
from kandinsky_desktop.store import prompt_history
from kandinsky_desktop.store.prompt_history import PastPrompt


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    background = Background()
    yield background
    background.end()


def read(background: Background, file: Path, qtbot: QtBot) -> PromptHistory:
    history = PromptHistory(background, file)
    with qtbot.waitSignal(history.changed):
        history.read()
    return history


@pytest.fixture
def history(background: Background, tmp_path: Path, qtbot: QtBot) -> PromptHistory:
    history = read(background, tmp_path / "prompts.json", qtbot)
    for words in ("one", "two", "one", "three"):
        history.add(words)
    return history


def texts(history: PromptHistory) -> list[str]:
    return [one.text for one in history.prompts]


def test_the_newest_come_first_and_each_once(history: PromptHistory) -> None:
    history.add("  three \n")
    history.add("")
    assert texts(history) == ["three", "one", "two"]


def test_what_was_being_typed_comes_back(history: PromptHistory) -> None:
    shown, seen = "half a sent", []
    for _press in range(3):
        words = history.earlier(shown)
        assert words is not None
        seen.append(shown := words)
    assert seen == ["three", "one", "two"]
    assert history.earlier(shown) is None  # there is nothing before: it stays
    back = []
    for _press in range(3):
        words = history.later(shown)
        assert words is not None
        back.append(shown := words)
    assert back == ["one", "three", "half a sent"]
    assert history.later(shown) is None


def test_what_stands_there_already_is_not_shown_again(history: PromptHistory) -> None:
    assert history.earlier("three") == "one"  # it was just painted
    assert history.later("one") == "three"


def test_words_that_were_changed_meanwhile_are_what_is_being_typed(history: PromptHistory) -> None:
    assert history.earlier("") == "three"
    assert history.later("three and more") is None
    assert history.earlier("three and more") == "three"
    assert history.later("three") == "three and more"


def test_stars_and_words_outlast_the_sitting(
    history: PromptHistory, background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    history.set_star("one", True)
    history.add("one")
    file = tmp_path / "prompts.json"
    expected = (PastPrompt("one", star=True), PastPrompt("three"), PastPrompt("two"))
    qtbot.waitUntil(lambda: file.exists() and prompt_history.load(file) == expected)
    again = read(background, file, qtbot)
    assert again.prompts == expected


def test_clearing_keeps_stars_and_can_be_taken_back(history: PromptHistory) -> None:
    history.set_star("two", True)
    before = history.clear()
    assert texts(history) == ["two"]
    history.add("four")
    history.restore(before)
    assert texts(history) == ["four", "two", "three", "one"]


def test_what_is_painted_before_the_file_is_read_is_added_to_it(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "prompts.json"
    prompt_history.save(file, (PastPrompt("old", star=True), PastPrompt("new")))
    history = PromptHistory(background, file)
    history.add("new")
    history.read()
    expected = (PastPrompt("new"), PastPrompt("old", star=True))
    qtbot.waitUntil(lambda: history.prompts == expected)
    qtbot.waitUntil(lambda: prompt_history.load(file) == expected)


def test_a_file_of_another_version_is_said_and_never_written_over(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "prompts.json"
    file.write_text('{"format": 9}')
    history = PromptHistory(background, file)
    with qtbot.waitSignal(history.refused) as said:
        history.read()
    assert "another version" in said.args[0]
    history.add("a cat")
    assert texts(history) == ["a cat"]  # in this sitting
    background.end()
    assert file.read_text() == '{"format": 9}'


def test_why_it_could_not_be_saved_is_a_sentence(
    background: Background, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "file"
    history = read(background, folder / "prompts.json", qtbot)
    folder.write_text("no folder")
    with qtbot.waitSignal(history.refused) as said:
        history.add("a cat")
    assert said.args[0].startswith("The history of your words could not be saved:")
