"""The search's thread: the newest question wins, and what breaks is said once."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.library_search import LibrarySearch, Question

PATIENT_S = 60
FOREVER = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def search(tmp_path: Path, qtbot: QtBot) -> Iterator[LibrarySearch]:
    search = LibrarySearch(lambda: sqlite3.connect(tmp_path / "x.db", check_same_thread=False))
    yield search
    search.end()


class Forever:
    """A question without an end; it comes to SQLite when it may."""

    def __init__(self, *, may_begin: bool) -> None:
        self.begun, self.may_begin = threading.Event(), threading.Event()
        if may_begin:
            self.may_begin.set()

    def __call__(self, base: sqlite3.Connection) -> object:
        self.begun.set()
        assert self.may_begin.wait(PATIENT_S)
        return base.execute(FOREVER).fetchone()


@pytest.mark.parametrize("within", [True, False])
def test_a_newer_question_breaks_off_an_older_one(
    search: LibrarySearch, qtbot: QtBot, within: bool
) -> None:
    answers: list[object] = []
    forever = Forever(may_begin=within)
    search.ask(Question(forever, lambda result, _ms: answers.append(result)))
    assert forever.begun.wait(PATIENT_S)
    for number in range(5):
        search.ask(Question(lambda _base, n=number: n, lambda result, _ms: answers.append(result)))  # type: ignore[misc]
    forever.may_begin.set()
    qtbot.waitUntil(lambda: not search.is_busy)
    assert answers == [4]


def test_an_answer_that_is_not_told_yet_gives_way_too(search: LibrarySearch, qtbot: QtBot) -> None:
    answers: list[object] = []
    done = threading.Event()

    def quick(_base: sqlite3.Connection) -> str:
        done.set()
        return "old"

    search.ask(Question(quick, lambda result, _ms: answers.append(result)))
    assert done.wait(PATIENT_S)
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


@pytest.mark.parametrize("within", [True, False])
def test_it_ends_in_the_middle_of_a_question(search: LibrarySearch, within: bool) -> None:
    forever = Forever(may_begin=within)
    search.ask(Question(forever, lambda _result, _ms: None))
    assert forever.begun.wait(PATIENT_S)
    ends = threading.Thread(target=search.end)
    ends.start()
    while not search._over:
        time.sleep(0.001)
    forever.may_begin.set()
    ends.join(PATIENT_S)
    assert not ends.is_alive()
    search.ask(Question(forever, lambda _result, _ms: None))
    assert not search.is_busy
