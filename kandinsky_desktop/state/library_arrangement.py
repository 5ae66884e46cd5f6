"""What was found, as rows of a grid: under headings, the pictures of one request in a stack."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDate, QLocale

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.library_columns import Columns, Numbers, among, covers_of, newest_of

DAY_MS = 86_400_000
FAR = (9999, 12, 31)
TIE_BITS = 12  # of an id, below the milliseconds of the picture's making


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that stand under one heading, from one on to where the next begins."""

    title: str
    start: int
    pictures: int = 0  # that are in it, with those in closed stacks


def _none() -> Numbers:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The rows of a grid. The arrays are as long as there are rows."""

    ids: Numbers = field(default_factory=_none)  # of the picture that a row shows
    counts: Numbers = field(default_factory=_none)  # of the pictures that it stands for
    stacks: Numbers = field(default_factory=_none)  # of one of an open stack: its first one's id
    sections: tuple[Section, ...] = ()
    pictures: int = 0  # that were found, each counted once
    opened: tuple[tuple[int, ...], ...] = ()  # the pictures of each open stack
    repeats: bool = False  # whether a picture may stand in more than one row
    parts: tuple[tuple[int, Numbers | None], ...] = ()  # where each begins; its ids, rising, or all

    def found_at(self, row: int) -> Numbers | None:
        """Return the pictures, rising, that were found where a row stands; None: all there are."""
        part = bisect_right(self.parts, row, key=itemgetter(0)) - 1
        return self.parts[part][1] if part >= 0 else None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of the columns that belong under one heading, newest first."""

    title: str
    rows: Numbers


def arranged(
    columns: Columns,
    parts: Sequence[Part],
    opened: Iterable[Sequence[int]] = (),
    pictures: int = -1,
    *,
    stacked: bool = True,
) -> Arrangement:
    """Lay out parts under their headings; `stacked`: the pictures of a request in one row.

    Where a picture may be in several parts, `pictures` says how many there are.
    """
    open_groups = _groups_of(columns, opened)
    fold = _fold if stacked else _spread
    folded = [fold(columns, part.rows, open_groups) for part in parts]
    starts = np.cumsum([0, *(len(one.ids) for one in folded)]).tolist()
    sections = [
        Section(part.title, start, len(part.rows))
        for part, start in zip(parts, starts, strict=False)
        if len(part.rows)
    ]
    return _joined(folded, sections, sum(len(part.rows) for part in parts), pictures)


def by_day(columns: Columns, rows: Numbers, opened: Iterable[Sequence[int]] = ()) -> Arrangement:
    """Arrange what was found by the days of its making. A stack stands where its newest does."""
    folded = _fold(columns, rows, _groups_of(columns, opened))
    starts, days = days_of(folded.places)
    behind = np.concatenate(([0], np.cumsum(folded.counts)))
    ends = [*starts.tolist()[1:], len(folded.ids)]
    sections = [
        Section(title, start, int(behind[end] - behind[start]))
        for start, end, title in zip(starts.tolist(), ends, titles_of_days(days), strict=False)
        if end > start
    ]
    return _joined([folded], sections, len(rows))


def days_of(ids: Numbers) -> tuple[Numbers, list[tuple[int, int, int]]]:
    """Return where each day begins, and the days: year, month and day here. Ids fall."""
    if not len(ids):
        return np.empty(0, np.int64), []
    made_ms = ids >> TIE_BITS
    there = made_ms // DAY_MS
    dates = _dates(there[np.flatnonzero(np.diff(there, prepend=there[0] + 1))].tolist())
    midnights = np.array([_midnight_ms(date) for date in dates], np.int64)
    ends = np.searchsorted(-made_ms, -midnights, "right")  # so many are of that day or later
    ends[0] = len(ids)
    starts = np.append(ends[1:], 0)
    some = np.flatnonzero(starts < ends)[::-1]
    return starts[some], [dates[at] for at in some.tolist()]


def titles_of_days(days: Sequence[tuple[int, int, int]]) -> list[str]:
    """Return what days are called, the nearer the shorter."""
    today, locale = QDate.currentDate(), QLocale().name()
    yesterday = today.addDays(-1)
    near = {
        (today.year(), today.month(), today.day()): _("Today"),
        (yesterday.year(), yesterday.month(), yesterday.day()): _("Yesterday"),
    }
    year = today.year()
    return [near.get(day) or _written(day, locale, with_year=day[0] != year) for day in days]


@lru_cache(maxsize=20_000)
def _written(day: tuple[int, int, int], locale: str, *, with_year: bool) -> str:
    return QLocale(locale).toString(QDate(*day), "d MMMM yyyy" if with_year else "d MMMM")


def families(columns: Columns, children: Numbers, parents: Numbers) -> NDArray[np.int64]:
    """Return the family of each row, as the lowest row in it. Links are given as ids, pairwise.

    The pictures of one request are of one family.
    """
    family = columns.groups.astype(np.int64)
    # a group's number need not be its lowest row, so links within groups are drawn as others are
    own = np.arange(len(columns))
    here = among(children, columns.ids[::-1]) & among(parents, columns.ids[::-1])
    up, down = columns.rows_of(children[here]), columns.rows_of(parents[here])
    one = np.concatenate((own, down))
    other = np.concatenate((family, up))
    labels = own.copy()
    while True:
        lowest = np.minimum(labels[one], labels[other])
        before = labels.copy()
        np.minimum.at(labels, one, lowest)
        np.minimum.at(labels, other, lowest)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels


def by_family(
    columns: Columns,
    rows: Numbers,
    family: NDArray[np.int64],
    titles: Callable[[Numbers], Sequence[str]],
    opened: Iterable[Sequence[int]] = (),
) -> Arrangement:
    """Arrange what was found by who comes from whom, the family with the newest picture first.

    `titles` names families by the ids of their oldest pictures.
    """
    groups = columns.groups
    family_size = np.zeros(len(columns), np.int64)
    heads = np.unique(groups)  # a stack alone is no family
    np.add.at(family_size, family[heads], 1)
    related = family_size[family[rows]] > 1
    there, alone = rows[related], rows[~related]
    labels = family[there]
    order = np.argsort(labels, kind="stable")  # rows rise, and so does each family's newest
    there, labels = there[order], labels[order]
    begins = np.flatnonzero(np.diff(labels, prepend=-1))
    ends = np.append(begins[1:], len(there))[: len(begins)]
    oldest = there[ends - 1] if len(begins) else np.empty(0, np.int64)
    names = titles(columns.ids[oldest]) if len(begins) else ()
    parts = [
        Part(name, there[begin:end])
        for name, begin, end in zip(names, begins.tolist(), ends.tolist(), strict=True)
    ]
    return arranged(columns, [*parts, Part(_("On their own"), alone)], opened)


@dataclass(frozen=True, slots=True)
class _Folded:
    ids: Numbers
    counts: Numbers
    stacks: Numbers
    places: Numbers  # the id by which a row stands where it does
    opened: tuple[tuple[int, ...], ...]
    found: Numbers | None  # all that it was folded from, rising; None: all pictures


def _fold(columns: Columns, rows: Numbers, open_groups: frozenset[int]) -> _Folded:
    """Fold newest-first rows of the columns."""
    ids, groups = columns.ids, columns.groups[rows]
    if len(rows) == len(columns):  # kept, and carried on when a picture comes
        behind, heads = columns.behind, columns.heads
    else:
        behind = np.bincount(groups, minlength=len(columns))
        heads = newest_of(groups, len(columns))
    head_groups = groups[heads]
    counts, covers = behind[head_groups], rows[heads]
    if len(rows) == len(columns):
        covers = columns.covers[head_groups]
    elif len(heads) < len(rows):
        cover = covers_of(columns.of["place"], columns.groups, rows[behind[groups] > 1])
        covers = np.where(counts > 1, cover[head_groups], covers)
    shown, places = ids[covers], ids[rows[heads]]
    stacks = np.zeros(len(shown), np.int64)
    opened: list[tuple[int, ...]] = []
    if open_groups:
        at = [
            row
            for row in np.flatnonzero(np.isin(head_groups, list(open_groups))).tolist()
            if counts[row] > 1
        ]
        for row in reversed(at):
            members = rows[groups == head_groups[row]]
            members = members[np.argsort(columns.of["place"][members], kind="stable")]
            many = ids[members]
            opened.append(tuple(many.tolist()))
            shown = np.concatenate((shown[:row], many, shown[row + 1 :]))
            counts = _replaced(counts, row, 1, len(many))
            stacks = _replaced(stacks, row, int(many[0]), len(many))
            places = _replaced(places, row, int(places[row]), len(many))
    found = None if len(rows) == len(columns) else np.ascontiguousarray(ids[rows][::-1])
    return _Folded(shown, counts, stacks, places, tuple(opened), found)


def _spread(columns: Columns, rows: Numbers, open_groups: frozenset[int]) -> _Folded:
    del open_groups
    ids, one = columns.ids[rows], np.ones(len(rows), np.int64)
    return _Folded(ids, one, 0 * one, ids, (), None)


def _replaced(values: Numbers, row: int, value: int, count: int) -> Numbers:
    return np.concatenate((values[:row], np.full(count, value, values.dtype), values[row + 1 :]))


def _groups_of(columns: Columns, opened: Iterable[Sequence[int]]) -> frozenset[int]:
    """Return the numbers of open stacks, each known by whichever of its pictures is left."""
    found = set()
    for ids in opened:
        rows = columns.rows_of(np.array(ids, np.int64))
        if len(rows):
            found.add(int(columns.groups[rows[0]]))
    return frozenset(found)


def _joined(
    folded: Sequence[_Folded], sections: Sequence[Section], found: int, pictures: int = -1
) -> Arrangement:
    if not folded:
        return Arrangement()
    starts = np.cumsum([0, *(len(one.ids) for one in folded[:-1])]).tolist()
    return Arrangement(
        np.concatenate([one.ids for one in folded]),
        np.concatenate([one.counts for one in folded]),
        np.concatenate([one.stacks for one in folded]),
        tuple(sections),
        found if pictures < 0 else pictures,
        tuple(dict.fromkeys(stack for one in folded for stack in one.opened)),
        pictures >= 0,
        tuple((start, one.found) for start, one in zip(starts, folded, strict=True)),
    )


def _dates(days: Iterable[int]) -> list[tuple[int, int, int]]:
    """Return the dates here that some days of Greenwich touch, rising."""
    near = sorted({one for day in days for one in (day - 1, day, day + 1)})
    return sorted({_date(day * DAY_MS // 1000) for day in near})


@lru_cache(maxsize=60_000)
def _date(at_s: int) -> tuple[int, int, int]:
    try:
        return time.localtime(at_s)[:3]
    except (OverflowError, ValueError, OSError):  # a file says it is of the year 200,000
        return FAR


@lru_cache(maxsize=60_000)
def _midnight_ms(date: tuple[int, int, int]) -> int:
    try:
        return int(time.mktime((*date, 0, 0, 0, 0, 0, -1))) * 1000
    except (OverflowError, ValueError):
        return 2**50 if date == FAR else -(2**50)
