"""The queue is a sound Qt model; what runs stays first."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.task import Inpaint, Outpaint, Task, TextToImage
from kandinsky_desktop.state.job_list import JobEntry, JobListModel, JobStatus
from tests.fakes import request

PICTURE, MASK = Path("cat.png"), Path("mask.png")


@pytest.fixture
def queue(qtmodeltester: ModelTester) -> JobListModel:
    queue = JobListModel()
    qtmodeltester.check(queue)  # and it goes on watching
    for prompt in ("one", "two", "three"):
        queue.add(JobEntry(Job(request(prompt))))
    return queue


def titles(queue: JobListModel) -> list[str]:
    return [str(queue.data(queue.index(row, 0))) for row in range(queue.rowCount())]


def test_entries_stand_in_their_order(queue: JobListModel) -> None:
    assert titles(queue) == ["one", "two", "three"]
    assert queue.rowCount(queue.index(0, 0)) == 0
    assert queue.data(QModelIndex()) is None


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (TextToImage(), "2 pictures · 96 × 64"),
        (Inpaint(path=PICTURE, masks=(MASK,)), "2 pictures · fill a part"),
        (Outpaint(path=PICTURE, left=8), "2 pictures · add around"),
    ],
)
def test_a_job_says_no_size_that_its_pictures_will_not_have(task: Task, said: str) -> None:
    asked = replace(request(count=2, width=96, height=64), task=task)
    assert JobEntry(Job(asked)).detail == said


@pytest.mark.parametrize(
    ("row", "to", "order"),
    [
        (0, 2, ["two", "three", "one"]),
        (2, 0, ["three", "one", "two"]),
        (1, 99, ["one", "three", "two"]),
        (1, -5, ["two", "one", "three"]),
        (1, 1, ["one", "two", "three"]),
    ],
)
def test_waiting_ones_can_be_moved(
    queue: JobListModel, row: int, to: int, order: list[str]
) -> None:
    queue.move(queue.entries[row].job.id, to)
    assert titles(queue) == order


def test_what_runs_stays_first(queue: JobListModel) -> None:
    one, two, three = (entry.job.id for entry in queue.entries)
    queue.change(one, status=JobStatus.RUNNING)
    queue.move(three, 0)
    queue.move(one, 2)
    assert titles(queue) == ["one", "three", "two"]
    assert queue.running is queue.find(one)
    assert [entry.job.id for entry in queue.waiting] == [three, two]


def test_a_change_is_told_and_one_of_nobody_is_not(queue: JobListModel) -> None:
    told: list[int] = []
    queue.dataChanged.connect(lambda first, last, roles: told.append(first.row()))
    queue.change(queue.entries[1].job.id, share=0.5, note="painting")
    queue.change(Job(request()).id, share=0.5)
    assert told == [1]
    tip = queue.data(queue.index(1, 0), Qt.ItemDataRole.ToolTipRole)
    assert tip == "two\npainting"


def test_an_entry_says_how_much_it_is() -> None:
    entry = JobEntry(Job(request("two\n words", count=4), made=(0,)))
    assert entry.title == "two words"
    assert entry.detail == "3 pictures · 64 × 64"


def test_the_words_of_a_long_prompt_are_cut_where_they_are_a_title() -> None:
    entry = JobEntry(Job(request("a red\ncat " * 2000)))
    assert entry.title == f"{('a red cat ' * 40)[:399]}…"
    assert entry.job.title == f"{('a red cat ' * 6)[:59]}…"
    assert Job(request("c" * 60)).title == "c" * 60


def test_it_stays_sound_whatever_happens(queue: JobListModel) -> None:
    chance = random.Random(0)
    for _ in range(300):
        jobs = [entry.job.id for entry in queue.entries]
        match chance.randrange(4):
            case 0:
                queue.add(JobEntry(Job(request())))
            case 1 if jobs:
                queue.remove(chance.choice(jobs))
            case 2 if jobs:
                queue.move(chance.choice(jobs), chance.randrange(-1, 9))
            case _ if jobs:
                queue.change(chance.choice(jobs), share=chance.random())
        assert queue.rowCount() == len(queue.entries)
