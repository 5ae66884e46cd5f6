"""Every meaning with every start, in 2.1 and in 2.2, with depth where there is depth.

Through the whole engine, each made a second time from what the picture says of itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint, Task, TextToImage
from kandinsky_desktop.engine.engine import Engine
from tests.engine.sides import mask, picture
from tests.engine.story import Story, told

QUICK = Sampling(width=64, height=64, steps=2, guidance=3.0, prior_steps=2, prior_guidance=2.0)
SIZES = {"noise": (64, 64), "picture": (64, 64), "hole": (80, 64), "border": (80, 72)}


@dataclass(frozen=True)
class Desk:
    """Files that requests are made of."""

    cat: Path
    dog: Path
    hole: Path
    near: Path
    saved: dict[str, Path]  # pictures of ours, by the version that painted them

    def meaning(self, name: str, version: str) -> Conditioning:
        meanings: dict[str, Conditioning] = {
            "words": Prompt("a cat", "ugly"),
            "picture": ImagePrompt(self.dog),
            "saved": ImageEmbedding(self.saved[version]),
            "nudged": ImagePrompt(self.dog, "a cat", strength=0.5),
            "fusion": Mix(
                ingredients=(
                    Ingredient(Prompt("a dog"), 0.6),
                    Ingredient(ImagePrompt(self.dog), 0.7),
                    Ingredient(ImageEmbedding(self.saved[version]), -0.3),
                ),
                restore=True,
            ),
        }
        return meanings[name]

    def start(self, name: str) -> Task:
        starts: dict[str, Task] = {
            "noise": TextToImage(),
            "picture": Img2Img(path=self.cat, strength=0.6),
            "hole": Inpaint(
                path=self.cat, masks=(self.hole,), grow=2, feather=4, match_colours=True
            ),
            "border": Outpaint(path=self.cat, bottom=8, overlap=16),
        }
        return starts[name]


MEANINGS = ("words", "picture", "saved", "nudged", "fusion")


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, whole_21: Path, whole_22: Path
) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    picture(80, 64, seed=1).save(folder / "cat.png")
    picture(48, 40, seed=2).save(folder / "dog.png")
    mask((20, 12, 50, 40), 80, 64).save(folder / "hole.png")
    picture(80, 64, seed=3).convert("L").save(folder / "near.png")
    saved = {}
    for version, root in (("2.1", whole_21), ("2.2", whole_22)):
        story = told(engine, Paint(conditioning=Prompt("a bird"), sampling=QUICK), root)
        saved[version] = folder / f"{version}.png"
        saved[version].write_bytes(story.file(0))
    return Desk(
        folder / "cat.png", folder / "dog.png", folder / "hole.png", folder / "near.png", saved
    )


def made_twice(engine: Engine, request: Paint, root: Path, **how: Any) -> Story:
    """Run a request, and each picture again from its record: the files are the same bytes."""
    story = told(engine, request, root, **how)
    assert sorted(story.images) == list(range(request.count))
    for index, record in story.records.items():
        assert record.changed_outside == 0
        others = tuple(other for other in range(request.count) if other != index)
        again = told(
            engine,
            Job(record.request, made=others),
            root,
            **(how | {"like": record.conditions}),
        )
        assert again.file(index) == story.file(index)
    return story


@pytest.mark.parametrize("start", SIZES)
@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("way", ["2.1", "2.2", "2.2 depth"])
def test_any_meaning_goes_with_any_start(
    engine: Engine, desk: Desk, whole_21: Path, whole_22: Path, way: str, meaning: str, start: str
) -> None:
    version, _, deep = way.partition(" ")
    request = Paint(
        conditioning=desk.meaning(meaning, version),
        task=desk.start(start),
        depth=Depth(path=desk.near) if deep else None,
        sampling=QUICK,
    )
    root = {"2.1": whole_21, "2.2": whole_22}[version]
    story = made_twice(engine, request, root)
    assert story.images[0].size == SIZES[start]
    colours = story.images[0].getcolors(10_000)
    assert colours is not None
    assert len(colours) > 100
