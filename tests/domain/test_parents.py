"""What a picture came from, as its request says."""

from pathlib import Path

import pytest

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
)
from kandinsky_desktop.domain.parents import Parent, parents_of
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import (
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    PartOf,
    Task,
    TextToImage,
)

CAT, DOG, MASK, SAVED = (
    Path(f"/{name}") for name in ("cat.png", "dog.png", "m.png", "x.safetensors")
)
TIGER = ImagePrompt(Path("/2026-11-23-172054-a-tiger-42.png"))


def request(conditioning: Conditioning, task: Task | None = None, **more: object) -> Paint:
    return Paint(conditioning=conditioning, task=task or TextToImage(), **more)  # type: ignore[arg-type]


def mixed(*weights: float) -> Mix:
    sources: tuple[Source, ...] = (ImagePrompt(CAT), TIGER, Prompt("oil"), ImageEmbedding(SAVED))
    pairs = zip(sources, weights, strict=False)
    return Mix(ingredients=tuple(Ingredient(source, weight) for source, weight in pairs))


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        (request(Prompt("a cat")), {}),
        (request(Prompt("a cat"), Img2Img(path=CAT)), {CAT: "what it started from"}),
        (request(Prompt("a"), Inpaint(path=CAT, masks=(MASK,))), {CAT: "before it was filled"}),
        (request(Prompt("a"), Outpaint(path=CAT, left=8)), {CAT: "before it grew"}),
        (request(ImagePrompt(CAT)), {CAT: "what it was varied from"}),
        (request(ImageEmbedding(CAT)), {CAT: "what it was varied from"}),
        (request(ImageEmbedding(SAVED)), {}),  # no picture
        (
            request(ImagePrompt(DOG), Img2Img(path=CAT)),
            {CAT: "what it started from", DOG: "what it was varied from"},
        ),
        (
            request(ImageEmbedding(CAT), Img2Img(path=CAT)),  # once
            {CAT: "what it started from"},
        ),
        (
            request(mixed(0.2, 0.6, 0.2, 0.1)),  # the heaviest first
            {TIGER.path: "part: a tiger", CAT: "part: cat"},
        ),
        (request(mixed(0.0, -1.0)), {TIGER.path: "part: a tiger"}),
        (request(Prompt("a"), depth=Depth(path=CAT)), {CAT: "its depth map"}),
        (
            request(Prompt("a"), depth=Depth(path=CAT, estimate=True)),
            {CAT: "whose depth it follows"},
        ),
    ],
)
def test_each_kind_of_request_says_its_parents(asked: Paint, titles: dict[Path, str]) -> None:
    found = parents_of(asked, 0)
    assert [(one.path, one.title) for one in found] == [*titles.items()]


def test_a_region_says_of_which_picture_it_is_a_part() -> None:
    part = PartOf("whole", 8, 16, 72, 80)
    task = Inpaint(path=CAT, masks=(MASK,), part_of=part)
    (parent,) = parents_of(request(Prompt("a"), task), 0, ("region", "mask"))
    assert parent == Parent(CAT, "before it was filled", "region", part_of=part)


def test_of_a_series_each_picture_has_those_that_it_is_a_mix_of() -> None:
    way = Interpolation(start=ImagePrompt(CAT), end=ImagePrompt(DOG))
    asked = request(way, count=3)
    paths = [[one.path for one in parents_of(asked, index)] for index in range(3)]
    assert paths == [[CAT], [CAT, DOG], [DOG]]


def test_the_contents_are_those_of_the_record_and_the_place_that_of_the_growth() -> None:
    asked = request(ImagePrompt(DOG), Outpaint(path=CAT, left=8, top=16))
    assert asked.files == (DOG, CAT)
    assert parents_of(asked, 0, ("dog's", "cat's")) == (
        Parent(CAT, "before it grew", "cat's", (8, 16)),
        Parent(DOG, "what it was varied from", "dog's"),
    )
