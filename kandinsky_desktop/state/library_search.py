"""Looks for pictures in a thread of its own. The newest question wins; others are broken off."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from kandinsky_desktop.domain import query
from kandinsky_desktop.domain.library import ALBUM, TAG, TIE_BITS
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.state.library_columns import (
    Columns,
    Mask,
    Numbers,
    among,
    keys_of,
    numbers,
)
from kandinsky_desktop.store import library_index
from kandinsky_desktop.store.library_index import folders, names

log = logging.getLogger(__name__)

Open = Callable[[], sqlite3.Connection]
STEPS = 100_000  # of SQLite's virtual machine, between looks whether the answer is still wanted


@dataclass(frozen=True, slots=True)
class Label:
    """Which pictures have a tag or are in an album."""

    on: Numbers  # keys of the contents that it was put on, rising
    off: Numbers  # of those that it was taken off
    said: Numbers  # ids of the pictures whose files say it themselves, rising


@dataclass(frozen=True)
class Labels:
    """All tags and albums, by their keys: "tag:…" or "album:…"."""

    of: Mapping[str, Label] = field(default_factory=dict)

    def having(self, key: str, columns: Columns, rows: Numbers | None = None) -> Mask:
        """Say of each picture, or of some rows, whether it has a label."""
        if rows is None:
            found = np.zeros(len(columns), np.bool_)
            found[self.rows_having(key, columns)] = True
            return found
        label = self.of.get(key)
        contents, ids = columns.of["content"][rows], columns.ids[rows]
        if label is None:
            return np.zeros(len(ids), np.bool_)
        return among(contents, label.on) | (among(ids, label.said) & ~among(contents, label.off))

    def rows_having(self, key: str, columns: Columns) -> Numbers:
        """Return the rows of the pictures with a label; it costs what those are, not all."""
        label = self.of.get(key)
        if label is None:
            return np.empty(0, np.int64)
        rows, said = columns.rows_with(label.on), columns.rows_of(label.said)
        if len(label.off):
            said = said[~among(columns.of["content"][said], label.off)]
        return np.union1d(rows, said) if len(said) else rows

    def having_any(self, keys: Iterable[str], columns: Columns) -> Mask:
        """Say of each picture whether it has one of these labels. Of many it costs what of one."""
        found = np.zeros(len(columns), np.bool_)
        labels = [self.of[key] for key in keys if key in self.of]
        taken = [label for label in labels if len(label.said) and len(label.off)]
        if labels:
            found[columns.rows_with(_union(label.on for label in labels))] = True
            said = (label.said for label in labels if not len(label.off))
            found[columns.rows_of(_union(said))] = True
        for label in taken:
            rows = columns.rows_of(label.said)
            found[rows[~among(columns.of["content"][rows], label.off)]] = True
        return found

    def named(self, phrase: query.Phrase) -> list[str]:
        """Return the keys of the tags and albums whose names say something."""
        return [key for key, words in self._words if phrase.is_in(words)]

    @cached_property
    def _words(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(key, query.words_of(key.partition(":")[2])) for key in self.of]

    def keys(self, kind: str) -> list[str]:
        """Return the keys of one kind (TAG or ALBUM), by their names."""
        found = (key for key in self.of if key.startswith(kind))
        return sorted(found, key=lambda key: (key.casefold(), key))

    def changed(self, key: str, contents: Numbers, *, on: bool) -> "Labels":
        """Return them with a label put on some contents, or taken off."""
        none = np.empty(0, np.int64)
        held = self.of.get(key) or Label(none, none, none)
        more, less = np.union1d, np.setdiff1d
        after = Label(
            (more if on else less)(held.on, contents),
            (less if on else more)(held.off, contents),
            held.said,
        )
        return Labels({**self.of, key: after})


@dataclass(frozen=True, slots=True)
class Known:
    """All that a search looks through besides the index."""

    columns: Columns
    labels: Labels


def read_labels(base: sqlite3.Connection) -> Labels:
    """Read all tags and albums. Raises sqlite3.Error."""
    none = np.empty(0, np.int64)
    on: dict[str, Numbers] = {}
    off: dict[str, Numbers] = {}
    said: dict[str, Numbers] = {}
    marks = base.execute(
        "SELECT key, value, group_concat(hex(substr(content, 1, 8)), '') FROM mark"
        " WHERE key <> 'stars' GROUP BY key, value"
    )
    for key, value, text in marks:
        (on if value else off)[key] = np.sort(keys_of(text))
    for text, ids in base.execute("SELECT text, group_concat(id) FROM subject GROUP BY text"):
        said[TAG + text] = np.sort(numbers(ids).astype(np.int64))
    return Labels(
        {
            key: Label(on.get(key, none), off.get(key, none), said.get(key, none))
            for key in (*on, *off, *said)
        }
    )


def matching(base: sqlite3.Connection, known: Known, asked: query.Query) -> Numbers:
    """Return the rows that fit, newest first. Raises sqlite3.Error.

    SQL finds words, masks over the columns do all else: also the tags and albums that words name.
    """
    columns, labels = known.columns, known.labels
    keep = np.ones(len(columns), np.bool_)
    alone = []  # phrases that are in no label: SQL finds them together
    for phrase in asked.phrases:
        keys = labels.named(phrase)
        if keys:
            keep &= _saying(base, columns, phrase.match) | labels.having_any(keys, columns)
        else:
            alone.append(phrase)
    if alone:
        keep &= _saying(base, columns, query.Query(tuple(alone)).match)
    if asked.without:
        keep &= ~_saying(base, columns, asked.match_without)
        keys = [key for phrase in asked.without for key in labels.named(phrase)]
        keep &= ~labels.having_any(keys, columns)
    for test in asked.tests:
        fits = _fitting(base, known, test)
        keep &= ~fits if test.negated else fits
    return np.flatnonzero(keep)


def _saying(base: sqlite3.Connection, columns: Columns, match: str) -> Mask:
    hits = numbers(library_index.matching(base, match)).astype(np.int64, copy=False)
    found = np.zeros(len(columns), np.bool_)
    found[columns.rows_of(hits)] = True
    return found


def _fitting(base: sqlite3.Connection, known: Known, test: query.Test) -> Mask:
    of = known.columns.of
    match test:
        case query.Range(field, low, high):
            held = of["id"] >> TIE_BITS if field == "made_ms" else of[field]
            fits: Mask = held >= 0  # below: it says nothing of it
            if low is not None:
                fits &= held >= low
            if high is not None:
                fits &= held <= high
            return fits
        case query.SizeIs(width, height):
            same: Mask = (of["width"] == width) & (of["height"] == height)
            return same
        case query.Is(state):
            broken: Mask = of["broken"] != 0
            return broken if state == "broken" else _labelled(known, TAG, query.Label("tag", ""))
        case query.Label("tag"):
            return _labelled(known, TAG, test)
        case query.Label("album"):
            return _labelled(known, ALBUM, test)
        case query.Label("folder", text):
            near = (
                picture for picture, path in folders(base).items() if text in str(path).casefold()
            )
            return np.isin(of["folder"], list(near))
        case query.Label(field, text):
            fit = [number for number, name in names(base).items() if _is_called(name, text)]
            return np.isin(of[field], fit)


def _is_called(name: str, text: str) -> bool:
    """Whether a name has a text in it, or for a scheduler the name that people read has."""
    return text in name.casefold() or text in LABELS.get(name, "").casefold()


def _labelled(known: Known, kind: str, asked: query.Label) -> Mask:
    """Say which pictures have a label of a kind that is meant."""
    keys = (key for key in known.labels.of if key.startswith(kind))
    fit = [key for key in keys if asked.fits(key.removeprefix(kind))]
    return known.labels.having_any(fit, known.columns)


def _union(parts: Iterable[Numbers]) -> Numbers:
    every = list(parts)
    return np.unique(np.concatenate(every)) if every else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be found out; `work` gets the index and may take long."""

    work: Callable[[sqlite3.Connection], Any]
    then: Callable[[Any, float], None]  # the result, and the milliseconds that it took


class LibrarySearch(QObject):
    """Answers the newest question; results come in the UI thread."""

    failed = Signal(str)  # why the index cannot be read; what was asked has no answer
    _answered = Signal(object, object, float)  # Question, its result, ms; emitted in the thread
    _broke = Signal(object, str)

    def __init__(self, open_index: Open) -> None:
        super().__init__()
        self._open = open_index
        self._lock = threading.Condition()
        self._next: Question | None = None
        self._now: Question | None = None
        self._base: sqlite3.Connection | None = None
        self._over = self._again = False
        self._thread: threading.Thread | None = None
        self._answered.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._broke.connect(self._complain, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is due."""
        with self._lock:
            return self._next is not None or self._now is not None

    def ask(self, question: Question) -> None:
        """Answer this question, in place of one that has no answer yet."""
        with self._lock:
            if self._over:
                return
            self._next = question  # an older one gives way at SQLite's next look
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="search", daemon=True)
                self._thread.start()
            self._lock.notify()

    def reopen(self) -> None:
        """Open the index anew before the next question: it was made again."""
        with self._lock:
            self._again = True

    def end(self) -> None:
        """End the thread."""
        with self._lock:
            self._over, self._next = True, None
            self._lock.notify()
        if self._thread is not None:
            self._thread.join()
        self._now = None

    @Slot(object, object, float)
    def _tell(self, question: Question, result: Any, ms: float) -> None:
        with self._lock:
            stale = self._over or self._next is not None or question is not self._now
            if question is self._now:
                self._now = None
        if not stale:
            question.then(result, ms)

    @Slot(object, str)
    def _complain(self, question: Question, sentence: str) -> None:
        with self._lock:
            stale = self._over or question is not self._now
            if not stale:
                self._now = None
        if not stale:
            self.failed.emit(sentence)

    # -- in the thread

    def _run(self) -> None:
        while True:
            with self._lock:
                while self._next is None and not self._over:
                    self._lock.wait()
                if self._over:
                    break
                question = self._now = self._next
                self._next = None
                again, self._again = self._again, False
            assert question is not None
            if again:
                self._close()
            began = time.perf_counter()
            try:
                if self._base is None:
                    self._base = self._open()
                    # not interrupt(): that is lost where SQLite has not begun
                    self._base.set_progress_handler(self._gives_way, STEPS)
                result = question.work(self._base)
            except (sqlite3.Error, OSError) as error:
                if self._is_current(question):
                    log.warning("the library cannot be searched: %s", error)
                    self._close()
                    self._broke.emit(question, str(error))
                continue
            if self._is_current(question):
                self._answered.emit(question, result, 1000 * (time.perf_counter() - began))
        self._close()

    def _gives_way(self) -> bool:
        return self._over or self._next is not None  # one word each: no lock

    def _is_current(self, question: Question) -> bool:
        with self._lock:
            return self._next is None and self._now is question and not self._over

    def _close(self) -> None:
        base, self._base = self._base, None
        if base is not None:
            base.close()
