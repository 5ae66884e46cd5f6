"""The history of words on disk: whole or not at all, bounded, and never guessed at."""

import json
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import OtherFormat
from kandinsky_desktop.store import prompt_history
from kandinsky_desktop.store.prompt_history import MOST, PastPrompt, bounded, load, save

SOME = (PastPrompt("a cat\nin the rain"), PastPrompt("кот", star=True), PastPrompt("🐈"))


def test_what_was_saved_is_read_and_begins_with_its_format(tmp_path: Path) -> None:
    file = tmp_path / "prompts.json"
    assert load(file) == ()
    save(file, SOME)
    assert load(file) == SOME
    assert next(iter(json.loads(file.read_text(encoding="utf-8")).items())) == ("format", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["prompts.json"]


def test_a_newer_file_is_refused_in_a_sentence_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "prompts.json"
    file.write_text('{"format": 2, "words": []}')
    with pytest.raises(OtherFormat, match="The history of your words was written by another"):
        load(file)
    assert file.read_text() == '{"format": 2, "words": []}'


@pytest.mark.parametrize("text", ["{", "[1]", '{"format": 1, "prompts": "a cat"}', "\x00"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prompts.json"
    file.write_text(text)
    assert load(file) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["prompts.json.bad"]


def test_odd_entries_are_left_out_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "prompts.json"
    odd: list[object] = [{"text": 7}, "a cat", {"text": " "}, {"star": True}, {"text": "a dog"}]
    file.write_text(json.dumps({"format": 1, "prompts": odd}))
    assert load(file) == (PastPrompt("a dog"),)


def test_the_oldest_go_first_and_a_star_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    old = PastPrompt("old", star=True)
    many = [PastPrompt(str(number)) for number in range(MOST + 9)]
    assert bounded((*many, old)) == (*many[:MOST], old)
    assert bounded((SOME[0], old, SOME[0])) == (SOME[0], old)
    monkeypatch.setattr(prompt_history, "MOST_LETTERS", 6)
    assert bounded((PastPrompt("four"), PastPrompt("five"), old)) == (PastPrompt("four"), old)
