"""What the window and the indexer say to each other comes through whole, or is refused."""

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.errors import Garbled
from kandinsky_desktop.domain.indexing import (
    MOST_IDS,
    ActsWritten,
    Changed,
    IndexProblem,
    Quit,
    Rebuild,
    Remember,
    Report,
    Scan,
    ThumbnailsReady,
    WantThumbnails,
    Watch,
    Wish,
    WrittenOver,
)
from kandinsky_desktop.domain.library import LONGEST_LABEL, Mark
from kandinsky_desktop.store.library_index import MOST_ALIKE, MOST_CARRIED

WISHES = [
    Watch((Path("/a"), Path("/b/caf\udce9"))),
    Scan(),
    Remember(Path("/a/кот.png")),
    WantThumbnails((1, 2**62, 3)),
    WantThumbnails(()),
    ActsWritten(Path("/a")),
    Rebuild(),
    Quit(),
]
REPORTS = [
    Changed((1,), (2, 3), (), scanning=True, done=4, total=5, scans=6, is_new_file=True),
    ThumbnailsReady((7, 8)),
    IndexProblem("Nothing is lost."),
    WrittenOver(Path("/a"), "0" * 24, (Mark("tag:кот", 1, ("0" * 24, "1" * 24), 7),)),
]


@pytest.mark.parametrize(("kind", "said"), [(Wish, WISHES), (Report, REPORTS)])
def test_messages_come_through(kind: Any, said: list[Any]) -> None:
    stream = BytesIO()
    for message in said:
        wire.send(stream, message)
    stream.seek(0)
    assert list(wire.messages(stream, kind)) == said


@pytest.mark.parametrize("ids", ['[1, "2"]', "[1.5]", "[true]", "5"])
def test_ids_are_whole_numbers(ids: str) -> None:
    stream = BytesIO()
    text = f'{{"type": "ThumbnailsReady", "ids": {ids}}}'.encode()
    stream.write(wire.LENGTHS.pack(len(text), 0) + text)
    stream.seek(0)
    with pytest.raises(Garbled):
        list(wire.messages(stream, Report))


def test_the_longest_report_fits_and_is_read_in_no_time() -> None:
    stream = BytesIO()
    ids = tuple(range(2**60, 2**60 + MOST_IDS))
    wire.send(stream, Changed(ids, ids, ids))
    stream.seek(0)
    began = time.thread_time()
    (read,) = wire.messages(stream, Report)
    assert time.thread_time() - began < 0.1
    assert read.altered == ids


def test_the_most_marks_that_are_carried_at_once_fit() -> None:
    content = "0" * 24
    label = "tag:" + "\U0001f63a" * LONGEST_LABEL
    marks = [Mark(label, 1, (content,), 2**62) for _number in range(MOST_ALIKE - 1)]
    marks.append(Mark(label, 1, (content,) * MOST_CARRIED, 2**62))
    wire.send(BytesIO(), WrittenOver(Path("/a" * 2000), content, tuple(marks)))
