"""Values as plain JSON and back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.errors import Garbled
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
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
    value = record(request("кот", count=4, shared_prior_seed=True), 3)
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


FILL = {"type": "Inpaint", "path": "a.png", "masks": ["m.png"]}
WORDS = {"type": "Prompt", "text": "a cat"}
FUSION = {"type": "Mix", "ingredients": [{"type": "Ingredient", "source": WORDS}]}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sampling.steps": "50"}, "sampling.steps: a whole number, not '50'."),
        ({"sampling.steps": 50.0}, "sampling.steps: a whole number, not 50.0."),
        ({"sampling.steps": True}, "sampling.steps: a whole number, not true."),
        ({"sampling.steps": None}, "sampling.steps: a whole number, not null."),
        ({"sampling.steps": [50]}, "sampling.steps: a whole number, not a list of 1."),
        ({"sampling.steps": {}}, "sampling.steps: a whole number, not an object."),
        ({"sampling.guidance": "4"}, "sampling.guidance: a number, not '4'."),
        ({"sampling.guidance": 10**400}, "sampling.guidance: a smaller number, not 1000"),
        ({"sampling.thresholding": 1}, "sampling.thresholding: true or false, not 1."),
        ({"sampling.scheduler": 7}, "sampling.scheduler: a text, not 7."),
        ({"sampling.stepz": 5}, "sampling.stepz: Sampling has no such field; it has width, he"),
        ({"sampling": "x" * 999}, "sampling: an object of type 'Sampling', not 'xxxx"),
        ({"sampling": WORDS}, "sampling.type: 'Sampling', not 'Prompt'."),
        ({"sampling": {}}, "sampling.type: missing; it is 'Sampling'."),
        ({"a\nb": 1}, "'a\\nb': Paint has no such field; it has conditioning"),
        (
            {"conditioning": None},
            "conditioning: an object of type 'Prompt', 'ImagePrompt', 'ImageEmbedding', 'Mix', ",
        ),
        ({"conditioning": None}, "'Interpolation' or 'Grid', not null."),
        (
            {"conditioning.type": "Wrods"},
            "conditioning.type: 'Prompt', 'ImagePrompt', 'ImageEmbedding', 'Mix', ",
        ),
        ({"conditioning.type": "Wrods"}, "'Interpolation' or 'Grid', not 'Wrods'."),
        (
            {"conditioning": FUSION | {"blend": "mix"}},
            "conditioning.blend: 'shares', 'sum' or 'slerp', not ",
        ),
        ({"conditioning": FUSION | {"ingredients": 5}}, "conditioning.ingredients: a list, not 5."),
        (
            {"conditioning": FUSION | {"ingredients": [5]}},
            "conditioning.ingredients[0]: an object of type ",
        ),
        (
            {"conditioning": FUSION, "conditioning.ingredients": [{"type": "Ingredient"}]},
            "[0].source: missing",
        ),
        (
            {"conditioning": {"type": "Grid", "corners": [WORDS]}},
            "conditioning.corners: a list of 4, not a",
        ),
        ({"depth": 7}, "depth: an object of type 'Depth' or null, not 7."),
        ({"task": FILL | {"masks": ["m.png", 5]}}, "task.masks[1]: a path as text, not 5."),
        ({"task": FILL | {"masks": "m.png"}}, "task.masks: a list, not 'm.png'."),
        ({"task": {"type": "Inpaint", "path": "a"}}, "task.masks: missing; Inpaint needs it."),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changes: dict[str, Any], sentence: str) -> None:
    plain = json.loads(json.dumps(to_plain(request("a cat"), bytearray())))
    for path, value in changes.items():
        *names, last = path.split(".")
        holder = plain
        for name in names:
            holder = holder[name]
        holder[last] = value
    with pytest.raises(Garbled) as refused:
        from_plain(Paint, plain)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 500
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("plain", "sentence"),
    [
        ([], "an object of type 'Paint', not a list of 0."),
        ("Paint", "an object of type 'Paint', not 'Paint'."),
        ({}, "type: missing; it is 'Paint'."),
    ],
)
def test_the_whole_has_no_path(plain: Any, sentence: str) -> None:
    with pytest.raises(Garbled) as refused:
        from_plain(Paint, plain)
    assert str(refused.value) == sentence
    with pytest.raises(Garbled) as refused:
        from_plain(Paint, plain, at="[2]")
    assert str(refused.value).startswith("[2]")


@pytest.mark.parametrize(
    ("kind", "plain", "sentence"),
    [
        (float | None, "x", "a number or null, not 'x'."),
        (UUID, "no id", "an id (UUID) as text, not 'no id'."),
        (tuple[str, float], ["a"], "a list of 2, not a list of 1."),
    ],
)
def test_every_kind_has_a_name(kind: Any, plain: Any, sentence: str) -> None:
    with pytest.raises(Garbled) as refused:
        from_plain(kind, plain)
    assert str(refused.value) == sentence


def test_whole_numbers_are_numbers() -> None:
    thing = from_plain(Thing, {"type": "Thing", "number": 1})
    assert thing == Thing(1.0)
    assert type(thing.number) is float


@pytest.mark.parametrize("words", [{"text": "a dog"}, {"negative": "fog"}])
def test_words_beside_a_picture_need_their_strength(words: dict[str, str]) -> None:
    plain = {"type": "ImagePrompt", "path": "cat.png"}
    assert from_plain(ImagePrompt, plain | dict.fromkeys(words, "")) == ImagePrompt(Path("cat.png"))
    with pytest.raises(Garbled, match=r"a\.strength: missing; ImagePrompt needs it where"):
        from_plain(ImagePrompt, plain | words, at="a")
    assert from_plain(ImagePrompt, plain | words | {"strength": 0}).strength == 0
