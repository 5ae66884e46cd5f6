"""Whatever is typed means something."""

import sqlite3
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kandinsky_desktop.domain.query import (
    Is,
    Label,
    Phrase,
    Query,
    Range,
    SizeIs,
    Test,
    parse,
    spaced,
)

TODAY = date(2026, 11, 29)


def ms(year: int, month: int, day: int) -> int:
    return int(time.mktime((year, month, day, 0, 0, 0, 0, 0, -1)) * 1000)


@pytest.mark.parametrize(
    ("typed", "test"),
    [
        ("stars:5", Range("stars", 5, 5)),
        ("stars:3+", Range("stars", 3, None)),
        ("stars:>=3", Range("stars", 3, None)),
        ("stars:>3", Range("stars", 4, None)),
        ("stars:<3", Range("stars", None, 2)),
        ("stars:<=3", Range("stars", None, 3)),
        ("steps:20..50", Range("steps", 20, 50)),
        ("steps:50-20", Range("steps", 20, 50)),
        ("-seed:42", Range("seed", 42, 42, negated=True)),
        ("prior-seed:7", Range("prior_seed", 7, 7)),
        ("size:768x512", SizeIs(768, 512)),
        ("-size:768×512", SizeIs(768, 512, negated=True)),
        ("model:2.2", Label("model", "2.2")),
        ("Version:2.1", Label("model", "2.1")),
        ("sampler:DDIM", Label("scheduler", "ddim")),
        ("task:img2img", Label("task", "image-to-image")),
        ('tag:"My Cats"', Label("tag", "my cats", is_whole=True)),
        ('-album:"Summer', Label("album", "summer", negated=True)),
        ("tool:comfyui", Label("tool", "comfyui")),
        ("is:broken", Is("broken")),
        ("on:2026-11-23", Range("made_ms", ms(2026, 11, 23), ms(2026, 11, 24) - 1)),
        ("on:2026-12", Range("made_ms", ms(2026, 12, 1), ms(2027, 1, 1) - 1)),
        ("date:2026", Range("made_ms", ms(2026, 1, 1), ms(2027, 1, 1) - 1)),
        ("after:2026", Range("made_ms", ms(2026, 1, 1), None)),
        ("before:2026-11", Range("made_ms", None, ms(2026, 11, 1) - 1)),
        ("on:today", Range("made_ms", ms(2026, 11, 29), ms(2026, 11, 30) - 1)),
        ("on:yesterday", Range("made_ms", ms(2026, 11, 28), ms(2026, 11, 29) - 1)),
        ("on:week", Range("made_ms", ms(2026, 11, 23), ms(2026, 11, 30) - 1)),
    ],
)
def test_a_test_is_read(typed: str, test: Test) -> None:
    assert parse(typed, TODAY) == Query(tests=(test,))


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("tag:an", ["Anna", "Anna and Tom", 'An "old" lens']),
        ('tag:"anna"', ["Anna"]),
        ('tag:"Anna and', ["Anna and Tom"]),
        ('tag:"an old lens"', ['An "old" lens']),
        ('tag:"an"', []),
    ],
)
def test_a_name_in_quotes_is_the_whole_one(typed: str, names: list[str]) -> None:
    (test,) = parse(typed).tests
    assert isinstance(test, Label)
    every = ["Anna", "Anna and Tom", 'An "old" lens']
    assert [name for name in every if test.fits(name)] == names


@pytest.mark.parametrize(
    "typed", ["stars:many", "size:768", "on:2026-13", "on:2026-02-30", "is:lovely", "on:0000"]
)
def test_what_is_no_test_is_words(typed: str) -> None:
    found = parse(typed, TODAY)
    assert not found.tests
    assert found.phrases == (Phrase(typed.replace(":", " "), is_prefix=True),)


def test_words_are_prefixes_quotes_are_exact_and_a_minus_is_without() -> None:
    found = parse('red -dog "blue house" -"two words" negative:blurry "half')
    assert found.phrases == (
        Phrase("red", is_prefix=True),
        Phrase("blue house", is_prefix=False),
        Phrase("blurry", is_prefix=True, in_negative=True),
        Phrase("half", is_prefix=True),
    )
    assert found.without == (
        Phrase("dog", is_prefix=True),
        Phrase("two words", is_prefix=False),
    )


@pytest.mark.parametrize(
    "typed", ["", "  ", "-", '"', '""', '-""', "--", ":", "stars:", "\0", "- -"]
)
def test_what_says_nothing_asks_nothing(typed: str) -> None:
    found = parse(typed)
    assert not found.tests
    assert not found or typed == "stars:"


CONTENT = {
    1: ("a red cat, oil painting", "blurry dog", ""),
    2: ("a blue dog", "red", ""),
    3: ("красный кот", "", ""),
    4: ("红色的猫 on a sofa", "", ""),
    5: ("", "", "IMG_2041 café"),
    6: ("don't look", "", ""),
}


@pytest.fixture(scope="module")
def words() -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.execute(
        "CREATE VIRTUAL TABLE words USING fts5 (prompt, negative, name, content='',"
        """ tokenize="unicode61 remove_diacritics 2", prefix='1')"""
    )
    for number, texts in CONTENT.items():
        base.execute("INSERT INTO words (rowid, prompt, negative, name) VALUES (?,?,?,?)", (
            number, *map(spaced, texts)))  # fmt: skip
    return base


def found(words: sqlite3.Connection, typed: str) -> set[int]:
    query = parse(typed)
    sql = "SELECT rowid FROM words WHERE words MATCH ?"
    hits = (
        {number for (number,) in words.execute(sql, (query.match,))} if query.match else {*CONTENT}
    )
    if query.match_without:
        hits -= {number for (number,) in words.execute(sql, (query.match_without,))}
    return hits


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("red", {1}),
        ("re", {1}),
        ('"re"', set()),
        ("red oil", {1}),
        ("-dog", {1, 3, 4, 5, 6}),
        ("negative:dog", {1}),
        ("a -negative:red", {1, 4}),
        ("кра", {3}),
        ("红色", {4}),
        ("猫", {4}),
        ("猫红", set()),
        ("cafe", {5}),
        ("img", {5}),
        ("don't", {6}),
        ("cat-oil", {1}),
        ('"cat oil"', {1}),
        ("C++", {1, 5}),
    ],
)
def test_it_finds(words: sqlite3.Connection, typed: str, numbers: set[int]) -> None:
    assert found(words, typed) == numbers


SIGNS = "stars: on: - \" : * ^ ( ) NEAR AND OR NOT + { } \0 \ud800 १२ ² ৪ 2026-11 x ' ; -- ﬁ"
PIECES = st.sampled_from([*SIGNS.split(" "), " ", "9" * 20])


@settings(max_examples=150, deadline=None)
@given(typed=st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_what_is_typed_never_raises_and_sqlite_takes_it(
    words: sqlite3.Connection, typed: str
) -> None:
    query = parse(typed)
    for match in (query.match, query.match_without):
        if match:
            words.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,)).fetchall()
    for test in query.tests:
        if isinstance(test, Range):
            assert all(one is None or -(2**63) <= one < 2**63 for one in (test.low, test.high))


def test_a_whole_book_is_read_in_no_time() -> None:
    began = time.process_time()
    parse('"a:-' * 100_000)
    parse("stars:" * 100_000)
    parse("a" * 1_000_000)
    assert time.process_time() - began < 0.5
