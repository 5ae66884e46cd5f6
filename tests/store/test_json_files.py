"""Our JSON as editors save it: with a byte order mark, in UTF-8 or UTF-16."""

import codecs
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.cli import asking
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.file_format import encode
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store import (
    boards,
    clip_similarity,
    json_files,
    layout_file,
    saved_session,
    settings_file,
)
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.saved_session import SavedSession
from tests.fakes import request

MARKED: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16, Windows' way": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
}
marked = pytest.mark.parametrize("saved_as", MARKED.values(), ids=MARKED)


@given(some.dictionaries(some.text(some.characters(exclude_categories=["Cs"])), some.integers()))
@marked
def test_json_of_any_words_is_read_with_any_mark(
    saved_as: Callable[[str], bytes], said: dict[str, int]
) -> None:
    for ascii_only in (True, False):
        assert json_files.parse(saved_as(json.dumps(said, ensure_ascii=ascii_only))) == said


def _edited(folder: Path, saved_as: Callable[[str], bytes]) -> None:
    for file in folder.rglob("*.json"):
        file.write_bytes(saved_as(file.read_text("utf-8")))


@marked
def test_every_file_of_ours_is_read_after_an_editor_saved_it(
    tmp_path: Path, saved_as: Callable[[str], bytes]
) -> None:
    picture = tmp_path / "кот.png"
    picture.write_bytes(b"a picture")
    settings = Settings(theme="dark", models="/мои модели")
    session = SavedSession(jobs=(Job(request("кот")),))
    board = Board(name="Кот").laid(Prompt("рыжий"))
    settings_file.save(tmp_path / "settings.json", settings)
    layout_file.save(tmp_path / "layout.json", Layout("AAAA", (1, 2)))
    saved_session.save(tmp_path / "session.json", session)
    boards.save(tmp_path / "boards", board)
    boards.keep_for_picture(tmp_path / "boards", picture, board)
    clip_similarity.write(tmp_path / "measured", picture, (0.5, None))
    _edited(tmp_path, saved_as)
    assert settings_file.load(tmp_path / "settings.json") == settings
    assert layout_file.load(tmp_path / "layout.json") == Layout("AAAA", (1, 2))
    assert saved_session.load(tmp_path / "session.json") == session
    assert boards.named(tmp_path / "boards") == [board]
    assert boards.of_picture(tmp_path / "boards", picture) == board
    assert clip_similarity.read(tmp_path / "measured", picture) == (0.5, None)


@marked
def test_a_request_is_read_from_a_file_and_from_a_pipe_with_a_mark(
    tmp_path: Path, saved_as: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Any = request("рыжий кот")
    data = saved_as(json.dumps(encode(asked), ensure_ascii=False))
    (tmp_path / "request.json").write_bytes(data)
    assert asking.read(str(tmp_path / "request.json")) == [asked]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert asking.read("-") == [asked]
