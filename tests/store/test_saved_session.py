"""The queue and the draft between two sittings."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.store import saved_session
from kandinsky_desktop.store.saved_session import SavedSession
from tests.fakes import request


def test_it_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    board = Board().laid(Prompt("a cat")).laid(Prompt("gold")).muted(2)
    fusion = Job(replace(request(), conditioning=board.fusion), board=board)
    before = SavedSession(
        jobs=(Job(request("кот 🐈", count=3), made=(1,)), Job(request()), fusion),
        draft={"prompt": "half a thought \ud83d"},  # and half an emoji, as an editor may leave it
        drags=2,
    )
    saved_session.save(file, before)
    assert saved_session.load(file) == before


def test_the_first_sitting_has_nothing(tmp_path: Path) -> None:
    assert saved_session.load(tmp_path / "session.json") == SavedSession()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_torn_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "session.json"
    file.write_bytes(content)
    assert saved_session.load(file) == SavedSession(torn=True)
    assert (tmp_path / "session.json.bad").read_bytes() == content


@pytest.mark.parametrize("theirs", [{"format": 2}, {}, {"format": None}])
def test_a_file_of_another_format_is_set_aside(tmp_path: Path, theirs: dict[str, Any]) -> None:
    file = tmp_path / "session.json"
    content = json.dumps(theirs | {"jobs": [to_plain(Job(request()), bytearray())]}).encode()
    for name in ("session.json.other-format", "session.json.other-format-2"):
        file.write_bytes(content)
        found = saved_session.load(file)
        assert found == SavedSession(other_format=found.other_format)
        assert f"{file} was written by another version" in found.other_format
        assert found.other_format.endswith(f"It is kept as {name}.")
        assert (tmp_path / name).read_bytes() == content
        assert not file.exists()


def test_it_begins_with_the_format(tmp_path: Path) -> None:
    saved_session.save(tmp_path / "session.json", SavedSession())
    assert next(iter(json.loads((tmp_path / "session.json").read_text()))) == "format"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        {"type": "Job"},
        {
            "type": "Job",
            "request": {"type": "Paint", "conditioning": {"type": "Prompt", "text": ""}},
        },
        {"type": "Job", "request": {"type": "Dream", "prompt": "a cat"}},
    ],
)
def test_a_bad_job_costs_only_itself(tmp_path: Path, bad: Any) -> None:
    file, good = tmp_path / "session.json", Job(request())
    file.write_text(
        json.dumps({"format": 1, "jobs": [bad, to_plain(good, bytearray())], "of tomorrow": 1})
    )
    assert saved_session.load(file).jobs == (good,)


@pytest.mark.parametrize("jobs", [None, 7, {}, "jobs"])
def test_what_is_no_list_of_jobs_is_none(tmp_path: Path, jobs: Any) -> None:
    file = tmp_path / "session.json"
    file.write_text(json.dumps({"format": 1, "jobs": jobs}))
    assert saved_session.load(file) == SavedSession()
