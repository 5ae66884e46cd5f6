"""The numbers of the whole library in memory, a column each and newest first.

A filter over 100,000 pictures costs a tenth of a millisecond. Columns are values: whatever changes
makes new ones, so that a search goes on with those that it began with, without a lock.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
AnyNumbers = NDArray[np.signedinteger]
Mask = NDArray[np.bool_]

HEADROOM = 1024  # pictures that may come before all is copied once
AT_ONCE = 20_000  # rows that are read together: their text takes some megabytes meanwhile
FIRST = 1_000  # rows that are read first, to be shown while the others are read
COLUMNS: Mapping[str, tuple[str, type[np.signedinteger]]] = {  # how each is read, and held
    "id": ("p.id", np.int64),  # when it was made, in milliseconds << 12 | tie
    "folder": ("p.folder", np.int32),
    "stars": ("p.stars", np.int8),
    "task": ("coalesce(p.task, 0)", np.int32),  # this and the next three: ids of names
    "model": ("coalesce(p.model, 0)", np.int32),
    "scheduler": ("coalesce(p.scheduler, 0)", np.int32),
    "tool": ("coalesce(p.tool, 0)", np.int32),
    "steps": ("coalesce(p.steps, -1)", np.int32),
    "seed": ("coalesce(p.seed, -1)", np.int64),
    "prior_seed": ("coalesce(p.prior_seed, -1)", np.int64),
    "width": ("coalesce(nullif(p.width, 0), -1)", np.int32),
    "height": ("coalesce(nullif(p.height, 0), -1)", np.int32),
    "size": ("p.size", np.int64),  # bytes of the file
    "stack": ("coalesce(p.stack, 0)", np.int64),  # of the request; 0: it stands alone
    "place": ("coalesce(p.place, 0)", np.int32),  # its number in that
    "mean": ("coalesce(p.mean_color, -1)", np.int32),  # 0xRRGGBB
    "broken": ("p.broken IS NOT NULL", np.int8),
}
CONTENT = "hex(coalesce(substr(p.content, 1, 8), zeroblob(8)))"  # 64 bits tell pictures apart
HERE = (  # not those on a drive that is away
    "SELECT * FROM picture WHERE folder NOT IN"
    " (SELECT f.id FROM folder f JOIN root r ON r.id = f.root WHERE r.away)"
)
NUMBERS = ", ".join(f"group_concat({sql})" for sql, _kind in COLUMNS.values())


@dataclass(frozen=True)
class Columns:
    """All pictures' numbers. `of["content"]` is the key of what a file holds; 0: not known yet."""

    of: Mapping[str, AnyNumbers] = field(default_factory=lambda: _empty())

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self.ids)

    @property
    def ids(self) -> Numbers:
        """The ids, newest first."""
        return self.of["id"]

    @cached_property
    def _rising(self) -> Numbers:
        return np.ascontiguousarray(self.ids[::-1])

    def rows_of(self, ids: Numbers) -> Numbers:
        """Return the rows of those ids that are here, in the order of the ids."""
        if not len(self):
            return np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self._rising, ids), len(self) - 1)
        rows: Numbers = len(self) - 1 - at[self._rising[at] == ids]
        return rows

    def rows_with(self, contents: Numbers) -> Numbers:
        """Return the rows of pictures that hold one of these contents (their keys, rising)."""
        order, held = self._by_content, self._contents
        first, last = (np.searchsorted(held, contents, side) for side in ("left", "right"))
        several = last - first
        behind = np.repeat(first - np.concatenate(([0], np.cumsum(several)[:-1])), several)
        rows: Numbers = order[behind + np.arange(int(several.sum()))]
        return rows

    @cached_property
    def _by_content(self) -> Numbers:
        return np.argsort(self.of["content"], kind="stable")

    @cached_property
    def _contents(self) -> Numbers:
        return self.of["content"][self._by_content]

    def row_of(self, picture: int) -> int | None:
        """Return the row of an id, if it is here. A frame asks that of hundreds."""
        at = int(self._rising.searchsorted(picture))
        here = at < len(self._rising) and self._rising[at] == picture
        return len(self._rising) - 1 - at if here else None

    def only(self, ids: Numbers) -> "Columns":
        """Return some pictures alone."""
        rows = np.sort(self.rows_of(ids))
        return Columns({name: values[rows] for name, values in self.of.items()})

    def without(self, ids: Numbers) -> "Columns":
        """Return them without some pictures."""
        rows = self.rows_of(ids)
        if not len(rows):
            return self
        keep = np.ones(len(self), np.bool_)
        keep[rows] = False
        return Columns({name: values[keep] for name, values in self.of.items()})

    def merged(self, others: "Columns") -> "Columns":
        """Return them with others: of an id that both have, the others' numbers hold."""
        if not len(others):
            return self
        kept = self.without(others.ids)
        if len(kept) and others.ids[-1] < kept.ids[0]:
            both: Mapping[str, AnyNumbers] = {
                name: np.concatenate((others.of[name], values)) for name, values in kept.of.items()
            }
            return Columns(_in_order(both))
        after = _in_front(kept, others)
        if "groups" in kept.__dict__ and not others.of["stack"].any():
            count = len(others)
            for name in ("groups", "covers", "heads"):
                if name in kept.__dict__:
                    held = kept.__dict__[name]
                    new = np.arange(count, dtype=held.dtype)
                    after.__dict__[name] = np.concatenate((new, held + held.dtype.type(count)))
            if "behind" in kept.__dict__:
                held = kept.behind
                after.__dict__["behind"] = np.concatenate((np.ones(count, held.dtype), held))
        return after

    def in_order(self) -> "Columns":
        """Return them newest first, whatever they were joined from."""
        return Columns(_in_order(self.of))

    def changed(self, name: str, rows: Numbers, values: AnyNumbers | int) -> "Columns":
        """Return them with other numbers in some rows of a column."""
        column = self.of[name].copy()
        column[rows] = values
        after = replace(self, of={**self.of, name: column})
        if name not in ("id", "stack", "place"):  # on which alone what is kept depends
            for kept in ("_rising", "groups", "covers", "heads", "behind"):
                if kept in self.__dict__:
                    after.__dict__[kept] = self.__dict__[kept]
        if name not in ("id", "content"):
            for kept in ("_by_content", "_contents"):
                if kept in self.__dict__:
                    after.__dict__[kept] = self.__dict__[kept]
        return after

    @cached_property
    def groups(self) -> NDArray[np.int32]:
        """The number of each picture's stack, from 0 on; one that stands alone has its own.

        What was painted twice from the same request is two stacks: where a place comes again,
        another begins.
        """
        stack, place = self.of["stack"], self.of["place"]
        numbers = np.arange(len(self), dtype=np.int32)
        several = np.flatnonzero(stack)
        if not len(several):
            return numbers
        order = several[np.lexsort((place[several], stack[several]))]
        new = np.concatenate(([True], np.diff(stack[order]) != 0))
        numbers[order] = order[np.flatnonzero(new)[np.cumsum(new) - 1]]
        again = order[1:][~new[1:] & (np.diff(place[order]) == 0)]
        for key in np.unique(stack[again]).tolist():
            self._split(numbers, several[stack[several] == key])
        return numbers

    @cached_property
    def behind(self) -> Numbers:
        """By the number of each stack, how many pictures it holds."""
        return np.bincount(self.groups, minlength=len(self))

    @cached_property
    def heads(self) -> Numbers:
        """The row of the newest picture of each stack, rising."""
        return newest_of(self.groups, len(self))

    @cached_property
    def covers(self) -> Numbers:
        """By the number of each stack, the row of its first picture."""
        several = np.flatnonzero(self.behind[self.groups] > 1)
        covers = covers_of(self.of["place"], self.groups, several)
        alone = covers < 0
        covers[alone] = np.flatnonzero(alone)
        return covers

    def _split(self, numbers: NDArray[np.int32], rows: Numbers) -> None:
        """Number the paintings of one request apart."""
        seen: set[int] = set()
        first = -1
        places = self.of["place"][rows].tolist()
        for row, place in zip(rows.tolist()[::-1], places[::-1], strict=True):  # oldest first
            if first < 0 or place in seen:
                first, seen = row, set()
            seen.add(place)
            numbers[row] = first


def read(base: sqlite3.Connection, first: int = FIRST) -> Iterator[Columns]:
    """Yield the whole library in parts, newest first. Raises sqlite3.Error. For any thread."""
    below, count = 2**63 - 1, first
    while True:
        part = _read(base, f"{HERE} AND id < ? ORDER BY id DESC LIMIT ?", below, count)
        if not len(part):
            return
        yield part
        below, count = int(part.ids[-1]), AT_ONCE


def joined(parts: Iterable[Columns]) -> Columns:
    """Return parts that follow each other as one."""
    every = list(parts)
    return _with_headroom(every) if every else Columns()


@dataclass(slots=True, eq=False)
class _Headroom:
    """Space before columns: what comes is written there, so that nothing is copied for it.

    Who holds columns sees none of it. It is taken once: columns that were left behind are copied.
    """

    buffers: Mapping[str, AnyNumbers]
    start: int  # of what is taken


def _with_headroom(parts: Sequence[Columns]) -> Columns:
    count = sum(map(len, parts))
    buffers: dict[str, AnyNumbers] = {}
    for name, values in parts[0].of.items():
        buffer = buffers[name] = np.empty(HEADROOM + count, values.dtype)
        np.concatenate([one.of[name] for one in parts], out=buffer[HEADROOM:])
    return _seen(_Headroom(buffers, HEADROOM))


def _in_front(kept: Columns, newer: Columns) -> Columns:
    """Return columns behind newer ones. For one thread."""
    room: _Headroom | None = kept.__dict__.get("_headroom")
    is_last = room is not None and len(kept) == len(room.buffers["id"]) - room.start
    if room is None or not is_last or room.start < len(newer):
        return _with_headroom((newer, kept))
    end, room.start = room.start, room.start - len(newer)
    for name, buffer in room.buffers.items():
        buffer[room.start : end] = newer.of[name]
    return _seen(room)


def _seen(room: _Headroom) -> Columns:
    columns = Columns({name: buffer[room.start :] for name, buffer in room.buffers.items()})
    columns.__dict__["_headroom"] = room
    return columns


def read_rows(base: sqlite3.Connection, ids: Iterable[int]) -> Columns:
    """Return those of some pictures that the index knows. Raises sqlite3.Error. For any thread."""
    return _read(base, f"{HERE} AND id IN (SELECT value FROM json_each(?))", json.dumps(list(ids)))


def newest_of(groups: NDArray[np.int32], most: int) -> Numbers:
    """Return where each group comes first, rising; their numbers lie below `most`."""
    places = np.arange(len(groups))
    first = np.zeros(most, np.int64)
    first[groups[::-1]] = places[::-1]  # what is written last stays: the newest
    return np.flatnonzero(first[groups] == places)


def covers_of(place: AnyNumbers, groups: NDArray[np.int32], rows: Numbers) -> Numbers:
    """Return by group which of some rows has the lowest place, or -1."""
    covers = np.full(len(groups), -1, np.int64)
    rows = rows[np.argsort(-place[rows], kind="stable")]  # what is written last stays
    covers[groups[rows]] = rows
    return covers


def key_of(content: str) -> int:
    """Return the key of a content, which `store.fingerprints` says in hexadecimal digits."""
    return int(np.frombuffer(bytes.fromhex(content[:16]), ">i8")[0])


def keys_of(contents: str) -> Numbers:
    """Return the keys of contents: 16 hexadecimal digits each, one behind the other."""
    return np.frombuffer(bytes.fromhex(contents), ">i8").astype(np.int64)


def among(values: AnyNumbers, some: Numbers) -> Mask:
    """Say of each value whether it is among some that rise. Many times as fast as np.isin."""
    if not len(some):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(some, values), len(some) - 1)
    found: Mask = some[at] == values
    return found


def numbers(text: str | None, kind: type[np.signedinteger] = np.int64) -> AnyNumbers:
    """Return what SQL's group_concat says. No Python object is made for each number."""
    return np.fromstring(text, np.int64, sep=",").astype(kind) if text else np.empty(0, kind)


def _read(base: sqlite3.Connection, rows: str, *given: int | str) -> Columns:
    sql = f"SELECT {NUMBERS}, group_concat({CONTENT}, '') FROM ({rows}) p"
    said = base.execute(sql, given).fetchone()
    of = {
        name: numbers(text, kind)
        for text, (name, (_sql, kind)) in zip(said, COLUMNS.items(), strict=False)
    }
    of["content"] = keys_of(said[-1] or "")
    return Columns(_in_order(of))


def _in_order(of: Mapping[str, AnyNumbers]) -> Mapping[str, AnyNumbers]:
    if np.all(np.diff(of["id"]) < 0):
        return of
    order = np.argsort(-of["id"], kind="stable")
    return {name: values[order] for name, values in of.items()}


def _empty() -> dict[str, AnyNumbers]:
    of: dict[str, AnyNumbers] = {name: np.empty(0, kind) for name, (_sql, kind) in COLUMNS.items()}
    of["content"] = np.empty(0, np.int64)
    return of
