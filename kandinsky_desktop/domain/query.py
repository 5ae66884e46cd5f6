"""What is typed into the search: words, and tests such as `stars:4+` or `before:2026-11`.

    red cat            both words, each as the beginning of one: of the request, a tag or an album
    "red cat"          exactly these, one after the other
    -dog               without that word; a minus turns every test round
    negative:blurry    in what was led away from
    model:2.2  task:inpainting  scheduler:ddim  tool:comfyui  tag:holiday  album:"My cats"
    stars:5  stars:3+  steps:20..50  width:>=1024  size:768x512  seed:42  prior-seed:7
    on:2026-11-23  after:2026  before:2026-11  on:today
    is:broken  is:tagged

Of a tag or an album the beginning is enough; in quotes it is the whole name.
Whatever is typed means something: what is no test that is known here is looked for as words.
"""

import re
import time
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

NumberField = Literal["stars", "steps", "seed", "prior_seed", "width", "height", "made_ms"]
LabelField = Literal["model", "task", "scheduler", "tool", "tag", "album", "folder"]
State = Literal["broken", "tagged"]

LONGEST = 1_000  # characters that are looked at
MOST_TERMS = 32
WORD = re.compile(r"[^\W_]+")
ODD = re.compile("[\0\ud800-\udfff]")  # what SQLite takes for an end, or not at all
TERM = re.compile(r'(-?)(?:([^\W\d][\w-]*):)?("[^"]*"?|[^\s"]+)')
NUMBER = re.compile(r"(<=|>=|<|>|=)?(\d{1,18})(?:(\+)|(?:\.\.|-)(\d{1,18}))?")
SIZE = re.compile(r"(\d{1,9})[xX×*](\d{1,9})")
DAY = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?")
UNSPACED = re.compile(  # scripts that put no space between words: Han, kana, Thai, Lao, Khmer
    "[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
NUMBERS: dict[str, NumberField] = {
    "stars": "stars",
    "steps": "steps",
    "seed": "seed",
    "prior-seed": "prior_seed",
    "prior_seed": "prior_seed",
    "width": "width",
    "height": "height",
}
LABELS: dict[str, LabelField] = {
    "model": "model",
    "version": "model",
    "task": "task",
    "scheduler": "scheduler",
    "sampler": "scheduler",
    "tool": "tool",
    "tag": "tag",
    "album": "album",
    "folder": "folder",
}
DATES = ("on", "date", "after", "since", "before")
STATES: tuple[State, ...] = ("broken", "tagged")
LAST = {"today": 1, "week": 7, "month": 30, "year": 365}  # days, this one among them
TASKS = {  # as other programs and our commands call them
    "txt2img": "text-to-image",
    "t2i": "text-to-image",
    "img2img": "image-to-image",
    "i2i": "image-to-image",
    "fill": "inpainting",
    "mix": "fusion",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; the last may only be the beginning of one."""

    text: str
    is_prefix: bool
    in_negative: bool = False

    @property
    def match(self) -> str:
        """As FTS5 reads it."""
        where = "negative" if self.in_negative else "{prompt name}"
        return f'{where} : "{spaced(self.text)}"{" *" if self.is_prefix else ""}'

    def is_in(self, name: tuple[str, ...]) -> bool:
        """Whether words say it, as FTS5 would find it there: those of a tag, see `words_of`."""
        said = words_of(self.text)
        if self.in_negative or not said:
            return False
        *first, last = said
        for start in range(len(name) - len(first)):
            end = start + len(first)
            begins = name[end].startswith(last) if self.is_prefix else name[end] == last
            if begins and list(name[start:end]) == first:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Range:
    """A number from `low` to `high`, both included; None: without an end."""

    field: NumberField
    low: int | None
    high: int | None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class SizeIs:
    """A picture of just this size."""

    width: int
    height: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A name with this in it (of a model, task …), in any case; of a tag or album, it begins so."""

    field: LabelField
    text: str  # case-folded
    negated: bool = False
    is_whole: bool = False  # of a tag or album: it is called just so

    def fits(self, name: str) -> bool:
        """Whether a tag or album is meant. Quotes in its name cannot be typed: none counts."""
        plain = " ".join(name.replace('"', " ").split()).casefold()
        text = " ".join(self.text.split())
        return plain == text if self.is_whole else plain.startswith(text)


@dataclass(frozen=True, slots=True)
class Is:
    """A picture in this state."""

    state: State
    negated: bool = False


Test = Range | SizeIs | Label | Is


@dataclass(frozen=True, slots=True)
class Query:
    """What a picture must say, what it must not, and what else must be so: all of it."""

    phrases: tuple[Phrase, ...] = ()
    without: tuple[Phrase, ...] = ()
    tests: tuple[Test, ...] = ()

    @property
    def match(self) -> str:
        """What FTS5 must find; empty: there are no words."""
        return " AND ".join(f"({phrase.match})" for phrase in self.phrases)

    @property
    def match_without(self) -> str:
        """What of that is not wanted; empty: nothing."""
        return " OR ".join(f"({phrase.match})" for phrase in self.without)

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.phrases or self.without or self.tests)


def parse(text: str, today: date | None = None) -> Query:
    """Read what was typed. Never raises: whatever it is, it means something."""
    phrases: list[Phrase] = []
    without: list[Phrase] = []
    tests: list[Test] = []
    for found in list(TERM.finditer(ODD.sub(" ", text[:LONGEST])))[:MOST_TERMS]:
        sign, field, word = found.groups("")
        key, bare, negated = field.casefold(), word.strip('"'), bool(sign)
        exact = len(word) > 1 and word.startswith('"') and word.endswith('"')
        test = _test(key, bare, negated, exact, today or date.today()) if field else None
        if test is not None:
            tests.append(test)
            continue
        in_negative = key == "negative"
        said = bare if in_negative or not field else f"{field} {bare}"
        if any(map(str.isalnum, said)):
            phrase = Phrase(said, not exact, in_negative)
            (without if negated else phrases).append(phrase)
    return Query(tuple(phrases), tuple(without), tuple(tests))


def spaced(text: str) -> str:
    """Return words as they are indexed: of scripts without spaces, each sign is a word."""
    if text.isascii() or UNSPACED.search(text) is None:  # a search costs a fifth
        return text
    return UNSPACED.sub(r" \g<0> ", text)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as FTS5 indexes them: in one case, without marks on letters."""
    if not text.isascii():
        parts = unicodedata.normalize("NFD", spaced(text))
        text = "".join(one for one in parts if unicodedata.category(one) != "Mn")
    return tuple(WORD.findall(text.casefold()))


def _test(key: str, bare: str, negated: bool, exact: bool, today: date) -> Test | None:
    if key in NUMBERS:
        number = NUMBER.fullmatch(bare)
        return None if number is None else _range(NUMBERS[key], number, negated)
    if key == "size":
        size = SIZE.fullmatch(bare)
        return None if size is None else SizeIs(int(size[1]), int(size[2]), negated)
    if key in LABELS and bare.strip():
        said = bare.strip().casefold()
        said = TASKS.get(said, said) if key == "task" else said
        return Label(LABELS[key], said, negated, exact and key in ("tag", "album"))
    if key in DATES:
        span = _span(bare.casefold(), today)
        if span is None:
            return None
        low, high = span
        if key == "before":
            return Range("made_ms", None, low - 1, negated)
        if key in ("after", "since"):
            return Range("made_ms", low, None, negated)
        return Range("made_ms", low, high - 1, negated)
    for state in STATES:
        if key == "is" and bare.casefold() == state:
            return Is(state, negated)
    return None


def _range(field: NumberField, number: re.Match[str], negated: bool) -> Range:
    compare, first, plus, last = number.groups()
    value = int(first)
    low: int | None = value
    high: int | None = value
    if compare in ("<", "<="):
        low, high = None, value - (compare == "<")
    elif compare in (">", ">="):
        low, high = value + (compare == ">"), None
    elif plus:
        high = None
    elif last:
        low, high = min(value, int(last)), max(value, int(last))
    return Range(field, low, high, negated)


def _span(text: str, today: date) -> tuple[int, int] | None:
    """Return the milliseconds where a day, month or year begins here, and where the next does."""
    try:
        first, last = _days(text, today)
        begin, end = (
            time.mktime((*day.timetuple()[:3], 0, 0, 0, 0, 0, -1)) for day in (first, last)
        )
    except (ValueError, OverflowError, TypeError):
        return None
    return int(begin * 1000), int(end * 1000)


def _days(text: str, today: date) -> tuple[date, date]:
    """Return the first day of a time, and the day after it. Raises ValueError or OverflowError."""
    if text == "yesterday":
        return today - timedelta(1), today
    if text in LAST:
        return today - timedelta(LAST[text] - 1), today + timedelta(1)
    found = DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    first = date(year, month or 1, day or 1)
    if day:
        return first, first + timedelta(1)
    if month:
        return first, date(year + month // 12, month % 12 + 1, 1)
    return first, date(year + 1, 1, 1)
