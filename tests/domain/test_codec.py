"""Values as plain JSON and back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import Garbled
from kandinsky_desktop.domain.record import Record
from tests.fakes import record, request


@dataclass(frozen=True)
class Thing:
    number: float
    place: Path | None = None
    id: UUID | None = None
    sizes: tuple[int, ...] = ()
    pair: tuple[str, float] = ("", 0.0)
    word: Literal["yes", "no"] = "yes"


def roundtrip(kind: Any, value: Any) -> Any:
    tail = bytearray()
    return from_plain(kind, json.loads(json.dumps(to_plain(value, tail))))


@pytest.mark.parametrize(
    "thing",
    [
        Thing(1.5),
        Thing(2.0, Path("/a/b"), uuid4(), (1, 2, 3), ("a", 1.0), "no"),
        Thing(float("1e300")),
    ],
)
def test_a_value_comes_back(thing: Thing) -> None:
    assert roundtrip(Thing, thing) == thing


def test_a_record_comes_back() -> None:
    value = record(request("кот", count=4, one_idea=True), 3)
    assert roundtrip(Record, value) == value


@pytest.mark.parametrize(
    "plain",
    [
        {"number": 1.0},
        {"type": "Other", "number": 1.0},
        {"type": "Thing"},
        {"type": "Thing", "number": "1"},
        {"type": "Thing", "number": True},
        {"type": "Thing", "number": None},
        {"type": "Thing", "number": 1.0, "place": 1},
        {"type": "Thing", "number": 1.0, "id": "no id"},
        {"type": "Thing", "number": 1.0, "sizes": [1, "2"]},
        {"type": "Thing", "number": 1.0, "sizes": 1},
        {"type": "Thing", "number": 1.0, "pair": ["a"]},
        {"type": "Thing", "number": 1.0, "pair": ["a", 1.0, 2.0]},
        {"type": "Thing", "number": 1.0, "word": "maybe"},
        {"type": "Thing", "number": 1.0, "word": ["yes"]},
        {"type": "Thing", "number": 1.0, "self": 1},
        {"type": "Thing", "number": 1.0, "unknown": 1},
        "Thing",
        [],
    ],
    ids=json.dumps,
)
def test_anything_else_is_refused(plain: Any) -> None:
    with pytest.raises(Garbled):
        from_plain(Thing, plain)


def test_whole_numbers_are_numbers() -> None:
    thing = from_plain(Thing, {"type": "Thing", "number": 1})
    assert thing == Thing(1.0)
    assert type(thing.number) is float
