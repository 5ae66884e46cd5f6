"""The search's thread: the newest question wins, and what breaks is said once."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.library_search import LibrarySearch, Question

FOREVER = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def search(tmp_path: Path, qtbot: QtBot) -> Iterator[LibrarySearch]:
    search = LibrarySearch(lambda: sqlite3.connect(tmp_path / "x.db", check_same_thread=False))
    yield search
    search.end()


def test_a_newer_question_breaks_off_an_older_one(search: LibrarySearch, qtbot: QtBot) -> None:
    answers: list[object] = []
    begun = threading.Event()

    def forever(base: sqlite3.Connection) -> object:
        begun.set()
        return base.execute(FOREVER).fetchone()

    search.ask(Question(forever, lambda result, _ms: answers.append(result)))
    assert begun.wait(10)
    time.sleep(0.05)  # it is within SQLite
    for number in range(5):
        search.ask(Question(lambda _base, n=number: n, lambda result, _ms: answers.append(result)))  # type: ignore[misc]
    qtbot.waitUntil(lambda: not search.is_busy)
    assert answers == [4]


def test_an_answer_that_is_not_told_yet_gives_way_too(search: LibrarySearch, qtbot: QtBot) -> None:
    answers: list[object] = []
    done = threading.Event()

    def quick(_base: sqlite3.Connection) -> str:
        done.set()
        return "old"

    search.ask(Question(quick, lambda result, _ms: answers.append(result)))
    assert done.wait(10)
    search.ask(Question(lambda _base: "new", lambda result, _ms: answers.append(result)))
    qtbot.waitUntil(lambda: not search.is_busy)
    assert answers == ["new"]


def test_what_breaks_is_said_and_the_next_question_has_a_new_connection(
    search: LibrarySearch, qtbot: QtBot
) -> None:
    said: list[str] = []
    search.failed.connect(said.append)
    search.ask(Question(lambda base: base.execute("SELECT * FROM nothing"), lambda _r, _ms: None))
    qtbot.waitUntil(lambda: len(said) == 1)
    answers: list[object] = []
    search.ask(
        Question(
            lambda base: base.execute("SELECT 7").fetchone()[0], lambda r, _ms: answers.append(r)
        )
    )
    qtbot.waitUntil(lambda: answers == [7])


def test_it_ends_in_the_middle_of_a_question(search: LibrarySearch) -> None:
    begun = threading.Event()

    def forever(base: sqlite3.Connection) -> object:
        begun.set()
        return base.execute(FOREVER).fetchone()

    search.ask(Question(forever, lambda _result, _ms: None))
    assert begun.wait(10)
    time.sleep(0.05)
    began = time.monotonic()
    search.end()
    assert time.monotonic() - began < 5
    search.ask(Question(forever, lambda _result, _ms: None))
    assert not search.is_busy
