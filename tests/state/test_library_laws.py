"""What holds of the library in memory, whatever lies in it: columns, searches, rows and undo."""

import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.library import Mark, PictureFacts
from kandinsky_desktop.domain.query import Query, parse
from kandinsky_desktop.state import library_columns
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.library_arrangement import (
    Arrangement,
    Part,
    arranged,
    by_day,
    by_family,
    days_of,
    families,
)
from kandinsky_desktop.state.library_columns import Columns, Numbers
from kandinsky_desktop.state.library_search import (
    Known,
    Label,
    Labels,
    matching,
    read_labels,
)
from kandinsky_desktop.state.picture_results import PictureResults, Texts
from kandinsky_desktop.store.library_index import Index, open_index
from tests.library import picture, record_of
from tests.state.library_desk import Shelf

WORDS = ("red", "cat", "dog", "old", "Größe")
DAY_MS = 86_400_000
BEGAN_MS = 1_700_000_000_000


@dataclass(frozen=True)
class Fact:
    """A picture of a made-up library."""

    file: str
    made_ms: int
    words: tuple[str, ...] = ()
    stars: int = 0
    stack: int | None = None
    place: int = 0
    steps: int | None = None
    seed: int | None = None
    model: str = ""
    width: int = 64
    content: str = ""
    broken: bool = False
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def as_facts(self) -> PictureFacts:
        return PictureFacts(
            file=self.file,
            size=100,
            mtime_ns=self.made_ms * 1_000_000,
            inode=int(self.file.partition(".")[0]),
            made_ms=self.made_ms,
            width=self.width,
            height=64,
            model=self.model,
            steps=self.steps,
            seed=self.seed,
            prompt=" ".join(self.words),
            stack=self.stack,
            place=self.place,
            broken="The file is empty." if self.broken else None,
        )


def facts(number: int) -> st.SearchStrategy[Fact]:
    return st.builds(
        Fact,
        file=st.just(f"{number}.png"),
        made_ms=st.integers(0, 5 * 86_400).map(lambda s: BEGAN_MS + 1000 * s),
        words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(tuple),
        stars=st.integers(0, 5),
        stack=st.sampled_from([None, None, 7, 8]),
        place=st.integers(0, 2),
        steps=st.sampled_from([None, 20, 50]),
        seed=st.sampled_from([None, 0, 42, 2**40]),
        model=st.sampled_from(["", "kandinsky-2.2", "kandinsky-2.1"]),
        width=st.sampled_from([64, 512]),
        content=st.sampled_from(["", f"{number:04x}" + "b" * 20, "aa" * 12]),
        broken=st.booleans(),
        tags=st.frozensets(st.sampled_from(["pets", "Pets of others", "sky", "Café-bar"])),
    )


libraries = st.integers(0, 12).flatmap(
    lambda count: st.tuples(*(facts(number) for number in range(count)))
)


def index_of(place: Path, library: Sequence[Fact]) -> Index:
    """Return an index of a made-up library, in memory for all that matters here."""
    index, _aside = open_index(place)
    index.clear()
    index.base.execute("PRAGMA synchronous=OFF")
    root = index.set_root("abcdefgh", place.parent, away=False)
    add(index, index.folder(root.id, ""), library)
    return index


def add(index: Index, folder: int, library: Sequence[Fact]) -> None:
    index.replace([(folder, one.as_facts) for one in library])
    ids = dict(index.base.execute("SELECT file, id FROM picture"))
    index.set_contents([(ids[one.file], one.content) for one in library if one.content])
    marks = [Mark("stars", one.stars, (one.content,), 1) for one in library if one.content]
    marks += [
        Mark(f"tag:{tag}", 1, (one.content,), 1)
        for one in library
        if one.content
        for tag in sorted(one.tags)
    ]
    with index.changing():
        index._take(marks)


def as_marked(library: Sequence[Fact]) -> list[Fact]:
    """Return what holds of each: of the same content the most stars, and all tags."""
    stars: dict[str, int] = {}
    tags: dict[str, frozenset[str]] = {}
    for one in library:
        if one.content:
            stars[one.content] = max(stars.get(one.content, 0), one.stars)  # of the same time
            tags[one.content] = tags.get(one.content, frozenset()) | one.tags
    return [
        replace(
            one,
            stars=stars.get(one.content, 0),
            tags=tags.get(one.content, frozenset()),
        )
        for one in library
    ]


def same(one: Columns, other: Columns) -> bool:
    return all(np.array_equal(one.of[name], other.of[name]) for name in other.of)


def whole(index: Index) -> Columns:
    return library_columns.joined(library_columns.read(index.base, 3))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "index.db"


@given(libraries, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_inserting_and_removing_is_reading_anew(
    place: Path, library: tuple[Fact, ...], dice: random.Random
) -> None:
    first = [one for one in library if dice.random() < 0.5]
    index = index_of(place, first)
    columns = whole(index)
    folder = index.base.execute("SELECT id FROM folder").fetchone()[0]
    add(index, folder, [one for one in library if one not in first])
    new = [id_ for (id_,) in index.base.execute("SELECT id FROM picture")]
    merged = columns.merged(library_columns.read_rows(index.base, new))
    assert same(merged, whole(index))
    gone = [one for one in new if dice.random() < 0.3]
    index.remove(gone)
    assert same(merged.without(np.array(gone, np.int64)), whole(index))
    assert np.all(np.diff(merged.ids) < 0)
    for id_ in new:
        row = merged.row_of(id_)
        assert row is not None
        assert merged.ids[row] == id_
    assert merged.row_of(1) is None
    index.close()


def naive_stacks(columns: Columns) -> list[list[int]]:
    """Return ids of what belongs together, as one goes through them from the oldest."""
    groups: list[list[int]] = []
    latest: dict[int, tuple[list[int], set[int]]] = {}
    rows = zip(
        columns.ids.tolist(),
        columns.of["stack"].tolist(),
        columns.of["place"].tolist(),
        strict=True,
    )
    for id_, stack, place in reversed(list(rows)):
        if not stack:
            groups.append([id_])
            continue
        group, places = latest.get(stack, ([], set()))
        if not group or place in places:
            group, places = [], set()
            groups.append(group)
            latest[stack] = group, places
        group.append(id_)
        places.add(place)
    return sorted(sorted(group) for group in groups)


@given(libraries)
@settings(max_examples=40)
def test_pictures_of_one_painting_are_one_stack(place: Path, library: tuple[Fact, ...]) -> None:
    index = index_of(place, library)
    columns = whole(index)
    groups: dict[int, list[int]] = {}
    for id_, group in zip(columns.ids.tolist(), columns.groups.tolist(), strict=True):
        groups.setdefault(group, []).append(id_)
    assert sorted(sorted(group) for group in groups.values()) == naive_stacks(columns)
    index.close()


TERMS = (
    *("red", "ca", '"red cat"', "-dog", "-cat", "groesse", "größe", "nothing"),
    *("stars:3+", "stars:0", "-stars:5", "seed:42", "steps:20..50", "width:>=512", "size:64x64"),
    *("pet", "-pets", "othe", '"pets of"', '"pets o"', "cafe", "BAR", "pets:of", "-negative:pets"),
    *("model:2.2", "-model:2.1", "tag:pets", "-tag:sky", "is:tagged", "is:broken", "-is:broken"),
)


def fits(one: Fact, term: str) -> bool:
    """Whether a picture fits a term, by what the term says in plain words."""
    if term.startswith("-"):
        return not fits(one, term[1:])
    words = [word.casefold().replace("ö", "o").replace("ß", "ss") for word in one.words]
    named = {tag.casefold() for tag in one.tags}
    match term:
        case '"red cat"':
            return any(
                pair == ("red", "cat") for pair in zip(one.words, one.words[1:], strict=False)
            )
        case '"pets of"' | "pets:of":
            return "pets of others" in named
        case '"pets o"' | "negative:pets":
            return False
        case "größe":
            return "Größe" in one.words
        case "stars:3+":
            return one.stars >= 3
        case "stars:0":
            return one.stars == 0
        case "stars:5":
            return one.stars == 5
        case "seed:42":
            return one.seed == 42
        case "steps:20..50":
            return one.steps is not None and 20 <= one.steps <= 50
        case "width:>=512":
            return one.width >= 512
        case "size:64x64":
            return one.width == 64
        case "model:2.2" | "model:2.1":
            return term.partition(":")[2] in one.model
        case "tag:pets":
            return any(tag.startswith("pets") for tag in named)
        case "tag:sky":
            return "sky" in named
        case "is:tagged":
            return bool(named)
        case "is:broken":
            return one.broken
    of_tags = [word for tag in named for word in re.findall("[a-z]+", tag.replace("é", "e"))]
    return any(word.startswith(term.casefold()) for word in (*words, *of_tags))


@given(libraries, st.lists(st.sampled_from(TERMS), max_size=4))
@settings(max_examples=80)
def test_a_search_finds_what_a_plain_filter_does(
    place: Path, library: tuple[Fact, ...], terms: list[str]
) -> None:
    index = index_of(place, library)
    known = Known(whole(index), read_labels(index.base))
    found = matching(index.base, known, parse(" ".join(terms)))
    files = dict(index.base.execute("SELECT id, file FROM picture"))
    wanted = {one.file for one in as_marked(library) if all(fits(one, term) for term in terms)}
    assert {files[id_] for id_ in known.columns.ids[found].tolist()} == wanted
    index.close()


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=30),
    st.lists(st.tuples(*[st.lists(st.integers(0, 6), max_size=4)] * 3), max_size=4),
)
@settings(max_examples=80)
def test_many_labels_at_once_are_each_of_them(
    pictures: list[tuple[int, int]], sets: list[tuple[list[int], list[int], list[int]]]
) -> None:
    ids = np.arange(len(pictures), 0, -1, dtype=np.int64)
    columns = Columns()
    contents = np.array([content for content, _other in pictures], np.int64)
    columns = Columns({**columns.of, "id": ids, "content": contents})

    def rising(some: list[int]) -> Numbers:
        return np.unique(np.array(some, np.int64))

    labels = Labels(
        {
            f"tag:{number}": Label(rising(on), np.setdiff1d(rising(off), rising(on)), rising(said))
            for number, (on, off, said) in enumerate(sets)
        }
    )
    wanted = np.zeros(len(pictures), np.bool_)
    for key in labels.of:
        one = labels.having(key, columns, np.arange(len(columns)))
        assert labels.having(key, columns).tolist() == one.tolist()
        assert labels.rows_having(key, columns).size == one.sum()
        wanted |= one
    found = labels.having_any((*labels.of, "tag:nowhere"), columns)
    assert found.tolist() == wanted.tolist()


def test_counting_labels_costs_what_they_are_put_on_and_not_all_pictures() -> None:
    """The window does so for each whenever the index says anything, as it does in a scan."""
    every = np.arange(100_000, 0, -1, dtype=np.int64)
    columns = Columns({**Columns().of, "id": every, "content": every})
    none = np.empty(0, np.int64)
    labels = Labels(
        {
            f"tag:{n}": Label(every[n : n + 5][::-1], none, every[-n - 9 : -n - 1][::-1])
            for n in range(99)
        }
    )
    rows = np.arange(len(columns))
    assert len(labels.rows_having("tag:7", columns)) == 13  # what is kept of them is made
    began = time.thread_time()
    counts = [len(labels.rows_having(key, columns)) for key in labels.of]
    middle = time.thread_time()
    looked = [int(labels.having(key, columns, rows).sum()) for key in labels.of]
    assert counts == looked
    assert middle - began < (time.thread_time() - middle) / 4


FIELDS = st.one_of(
    st.sampled_from(["stars", "steps", "seed", "prior-seed", "width", "height", "size", "STARS"]),
    st.sampled_from(["model", "task", "scheduler", "tool", "tag", "album", "folder", "nothing"]),
    st.sampled_from(["on", "date", "after", "since", "before", "is", "negative"]),
)
VALUES = st.one_of(
    st.from_regex(r"(<=|>=|<|>|=)?[0-9]{1,18}(\+|(\.\.|-)[0-9]{1,18})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,9}[x×*][0-9]{1,9}", fullmatch=True),
    st.from_regex(r"[0-9]{4}(-[0-9]{1,2}){0,2}", fullmatch=True),
    st.sampled_from(["broken", "tagged", "today", "year", "'", '"', "%", "*", "pets", "[", "\\"]),
    st.text(max_size=6),
)
TYPED = st.lists(
    st.builds("{}{}:{}{}{}".format, st.sampled_from(["", "-"]), FIELDS,
              st.sampled_from(["", '"']), VALUES, st.sampled_from(["", '"'])),
    max_size=4,
).map(" ".join)  # fmt: skip


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Known]]:
    """A library of six pictures of every kind."""
    library = [
        Fact(f"{number}.png", BEGAN_MS + number * DAY_MS, ("red", "cat"), stars=number,
             seed=(None, 0, 2**40)[number % 3], steps=20, model="kandinsky-2.2",
             content=f"{number:024x}", broken=number == 3, tags=frozenset({"pets"}))
        for number in range(6)
    ]  # fmt: skip
    index = index_of(tmp_path_factory.mktemp("few") / "index.db", library)
    yield index, Known(whole(index), read_labels(index.base))
    index.close()


@given(TYPED)
@settings(max_examples=150)
def test_whatever_is_typed_has_an_answer(few: tuple[Index, Known], typed: str) -> None:
    index, known = few
    asked, count = parse(typed), len(known.columns)
    found = matching(index.base, known, asked)
    assert len(found) == count if not asked else len(found) <= count
    for test in asked.tests:  # with a minus it finds all others
        tests = ((replace(test, negated=negated),) for negated in (False, True))
        plain, turned = (matching(index.base, known, Query(tests=one)) for one in tests)
        assert sorted([*plain.tolist(), *turned.tolist()]) == list(range(count))


@given(libraries, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_rows_are_stacks_under_their_days(
    place: Path, library: tuple[Fact, ...], dice: random.Random
) -> None:
    index = index_of(place, library)
    columns = whole(index)
    rows = np.flatnonzero([dice.random() < 0.7 for _ in range(len(columns))])
    found = by_day(columns, rows)
    chosen = set(columns.ids[rows].tolist())
    stacks = [[one for one in stack if one in chosen] for stack in naive_stacks(columns)]
    stacks = sorted((stack for stack in stacks if stack), key=max, reverse=True)
    place_of = dict(zip(columns.ids.tolist(), columns.of["place"].tolist(), strict=True))
    assert found.ids.tolist() == [
        min(stack, key=lambda one: (place_of[one], -one)) for stack in stacks
    ]
    assert found.counts.tolist() == [len(stack) for stack in stacks]
    days = [
        (day, sum(len(stack) for stack in group))
        for day, group in groupby(
            stacks, key=lambda stack: time.localtime((max(stack) >> 12) / 1000)[:3]
        )
    ]
    assert [one.pictures for one in found.sections] == [count for _day, count in days]
    assert found.pictures == len(rows)
    several = next((stack for stack in stacks if len(stack) > 1), None)
    if several is not None:
        opened = by_day(columns, rows, [several])
        assert sorted(opened.ids.tolist()) == sorted(
            [*several, *(one for one in found.ids.tolist() if one not in several)]
        )
        assert {tuple(sorted(one)) for one in opened.opened} == {tuple(sorted(several))}
        assert opened.pictures == found.pictures
        assert [one.pictures for one in opened.sections] == [one.pictures for one in found.sections]
    index.close()


@given(st.lists(st.integers(-(2**40), 2**42), max_size=30))
def test_a_day_begins_at_midnight_here(made: list[int]) -> None:
    ids = np.array(sorted({one << 12 for one in made}, reverse=True), np.int64)
    starts, days = days_of(ids)
    each = [time.localtime((one >> 12) // 1000)[:3] for one in ids.tolist()]
    assert [(each[at], at) for at in starts.tolist()] == list(
        zip(days, starts.tolist(), strict=True)
    )
    assert [day for day, _group in groupby(each)] == days


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12),
    st.lists(st.sampled_from([0, 0, 5, 6]), min_size=12, max_size=12),
)
def test_a_family_is_all_who_come_from_each_other(
    count: int, links: list[tuple[int, int]], stacks: list[int]
) -> None:
    ids = np.arange(count, 0, -1, dtype=np.int64) << 12
    of = dict(Columns().of) | {
        name: np.zeros(count, values.dtype) for name, values in Columns().of.items()
    }
    of |= {
        "id": ids,
        "stack": np.array(stacks[:count], np.int64),
        "place": np.arange(count, dtype=np.int32),
    }
    columns = Columns(of)
    links = [(a, b) for a, b in links if a < count and b < count]
    family = families(
        columns,
        ids[np.array([a for a, _b in links], np.int64)],
        ids[np.array([b for _a, b in links], np.int64)],
    ).tolist()
    kin = {row: {row} for row in range(count)}
    pairs = [
        *links,
        *((a, b) for a in range(count) for b in range(a) if stacks[a] and stacks[a] == stacks[b]),
    ]
    for _round in range(count):
        for a, b in pairs:
            both = kin[a] | kin[b]
            for one in both:
                kin[one] = both
    assert family == [min(kin[row]) for row in range(count)]
    found = by_family(
        columns, np.arange(count), np.array(family, np.int64), lambda some: ["x"] * len(some)
    )
    assert found.pictures == count


@pytest.fixture
def results(qtmodeltester: ModelTester, qtbot: QtBot) -> PictureResults:
    results = PictureResults(lambda ids: {one: Texts(Path(f"{one}.png")) for one in ids})
    qtmodeltester.check(results)
    return results


def rows_of(numbers: Sequence[int], dice: random.Random) -> Arrangement:
    ids = np.array(sorted(numbers, reverse=True), np.int64)
    counts = np.array([dice.randint(1, 3) for _ in numbers], np.int64)
    return Arrangement(ids, counts, 0 * ids, (), int(counts.sum()))


@given(st.lists(st.frozensets(st.integers(1, 40), max_size=30), max_size=8), st.randoms())
@settings(max_examples=60)
def test_rows_come_and_go_and_a_view_is_told_of_each(
    results: PictureResults, steps: list[frozenset[int]], dice: random.Random
) -> None:
    """The model tester watches all the while; persistent indexes stay with their pictures."""
    results.show(rows_of([], dice))
    from PySide6.QtCore import QPersistentModelIndex

    for numbers in steps:
        before = results.ids.tolist()
        held = {one: QPersistentModelIndex(results.index(row, 0)) for row, one in enumerate(before)}
        found = rows_of(tuple(numbers), dice)
        changed: set[int] = set()
        results.dataChanged.connect(
            slot := lambda a, b, *_r, into=changed: into.update(range(a.row(), b.row() + 1))
        )
        results.show(found)
        results.dataChanged.disconnect(slot)
        assert results.ids.tolist() == found.ids.tolist()
        for one, index in held.items():
            assert index.isValid() == (one in numbers)
            if index.isValid():
                assert index.data(results.IdRole) == one
        counts = {
            results.ids[row]: results.data(results.index(row, 0), results.StackRole)
            for row in range(results.rowCount())
        }
        assert list(counts.values()) == found.counts.tolist()


def test_a_picture_in_two_albums_stands_in_both() -> None:
    ids = np.array([3, 2, 1], np.int64) << 12
    of = {name: np.zeros(3, values.dtype) for name, values in Columns().of.items()} | {"id": ids}
    parts = [Part("a", np.array([0, 1])), Part("b", np.array([1, 2]))]
    found = arranged(Columns(of), parts, (), 3)
    assert (found.ids >> 12).tolist() == [3, 2, 2, 1]
    assert [(one.title, one.start) for one in found.sections] == [("a", 0), ("b", 2)]
    assert (found.pictures, found.repeats) == (3, True)


# -- undo


@pytest.fixture
def shelf(tmp_path: Path, background: Background, qtbot: QtBot) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path, background, qtbot)
    for number, words in enumerate(("cat", "dog", "fox", "owl")):
        name = f"2026-01-0{number + 1}-120000-{words}-1.png"
        picture(shelf.folder, record_of(words, seed=number), number=number, name=name)
    shelf.open()
    shelf.indexer.hash_all()
    shelf.rest()
    yield shelf
    shelf.close()


def state_of(shelf: Shelf) -> object:
    view = shelf.library.view
    ids = view.columns.ids.tolist()
    return (
        ids,
        view.columns.of["stars"].tolist(),
        shelf.library.albums(),
        shelf.library.tags(),
        sorted(path.name for path in shelf.folder.glob("*.png")),
    )


@pytest.mark.parametrize("seed", range(6))
def test_undoing_any_sequence_of_acts_leads_back_to_the_start(shelf: Shelf, seed: int) -> None:
    dice, library = random.Random(seed), shelf.library
    before = state_of(shelf)
    steps = 0
    for number in range(8):
        ids = shelf.library.view.columns.ids.tolist()
        some = [one for one in ids if dice.random() < 0.6]
        match dice.randrange(6):
            case 0 | 1:
                library.set_stars(some, dice.randint(0, 5))
            case 2:
                library.add_tag(some, dice.choice(["a", "b"]))
            case 3:
                library.remove_tag(some, "a")
            case 4:
                library.add_to_album(some, "x")
            case 5 if some:
                library.rename(some[0], f"name {number}")
        shelf.rest()
        steps += 1
    after = state_of(shelf)
    while library.changed_at is not None:
        library.undo()
        shelf.rest()
    assert state_of(shelf) == before
    shelf.in_step()
    for _step in range(steps):
        library.redo()
        shelf.rest()
    assert state_of(shelf) == after
    shelf.in_step()
    assert not shelf.problems


def some_columns(ids: Iterable[int]) -> Columns:
    """Return columns of pictures, every other two of one request."""
    numbers = np.fromiter(ids, np.int64)
    of = {
        name: np.zeros(len(numbers), kind) for name, (_sql, kind) in library_columns.COLUMNS.items()
    }
    of |= {"id": numbers, "content": numbers * 7, "stack": numbers // 2 % 2 * (numbers // 4 + 1)}
    of["place"] = (numbers % 2).astype(np.int32)
    return Columns(of)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([1, 3, 700])), max_size=8))
def test_columns_that_grow_say_what_columns_made_anew_say(steps: list[tuple[int, int]]) -> None:
    every = [library_columns.joined([some_columns(range(40, 0, -1))])]
    held = [every[0].ids.tolist()]
    for from_, count in steps:  # of any that came before, also of one that another grew from
        at = from_ % len(every)
        every[at].covers, every[at].heads
        ids = range(held[at][0] + 4 * count, held[at][0], -4)
        newer = some_columns(ids)
        newer = newer.changed("stack", np.arange(len(newer)), 0)
        every.append(every[at].merged(newer))
        held.append([*ids, *held[at]])
    for columns, ids_then in zip(every, held, strict=True):
        assert columns.ids.tolist() == ids_then
        anew = Columns({name: values.copy() for name, values in columns.of.items()})
        for name in ("groups", "covers", "heads", "behind"):
            assert np.array_equal(getattr(columns, name), getattr(anew, name)), name
        assert np.array_equal(columns.of["content"], columns.ids * 7)
