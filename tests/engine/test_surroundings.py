"""Holes that are filled without words: by what is around them, and nothing that was in them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.engine import image_embeddings, masks
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import pictures
from tests.engine.story import Story, told

SIDE, HOLE = 128, (40, 40, 88, 88)
HOW = Sampling(width=SIDE, height=SIDE, steps=2, guidance=2.0, prior_steps=2)


def scene(inside: str) -> Image.Image:
    """Return a green field under a blue sky with something of a colour in its middle."""
    image = Image.new("RGB", (SIDE, SIDE), "skyblue")
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((0, 70, SIDE, SIDE), fill="seagreen")
    drawing.ellipse((42, 42, 86, 86), fill=inside)
    return image


def grey_mask(value: int, path: Path, box: tuple[int, int, int, int] = HOLE) -> Path:
    image = Image.new("L", (SIDE, SIDE))
    image.paste(value, box)
    image.save(path)
    return path


def filled(
    engine: Engine, starter: Path, image: Image.Image, mask: Path, *, without_hole: bool = True
) -> Story:
    path = mask.parent / f"scene-{len(list(mask.parent.iterdir()))}.png"
    image.save(path)
    meant = ImagePrompt(path, without_hole=without_hole)
    task = Inpaint(path=path, masks=(mask,), grow=4)
    return told(engine, Paint(conditioning=meant, task=task, sampling=HOW), starter)


def embedding(story: Story, path: Path) -> torch.Tensor:
    path.write_bytes(story.file(0))
    return image_embeddings.read(path)


@pytest.mark.parametrize("grey", [255, 3])
def test_what_was_in_the_hole_does_not_count_however_faint_the_mask(
    engine: Engine, starter: Path, tmp_path: Path, grey: int
) -> None:
    mask = grey_mask(grey, tmp_path / "mask.png")
    stories = [filled(engine, starter, scene(colour), mask) for colour in ("red", "black")]
    red, black = (embedding(story, tmp_path / "made.png") for story in stories)
    assert torch.equal(red, black)
    seen = [
        filled(engine, starter, scene(colour), mask, without_hole=False)
        for colour in ("red", "black")
    ]
    plain_red, plain_black = (embedding(story, tmp_path / "made.png") for story in seen)
    assert not torch.equal(plain_red, plain_black)
    empty = scene("red")
    ImageDraw.Draw(empty).rectangle((0, 0, SIDE, 69), fill="skyblue")
    ImageDraw.Draw(empty).rectangle((0, 70, SIDE, SIDE), fill="seagreen")
    bare = embedding(filled(engine, starter, empty, mask, without_hole=False), tmp_path / "m.png")
    alike = torch.nn.functional.cosine_similarity
    assert alike(red, bare) > alike(plain_red, bare)  # it means the field without the thing


def test_it_is_painted_again_from_its_record(engine: Engine, starter: Path, tmp_path: Path) -> None:
    mask = grey_mask(255, tmp_path / "mask.png")
    story = filled(engine, starter, scene("red"), mask)
    (tmp_path / "made.png").write_bytes(story.file(0))
    record = pictures.read_record(tmp_path / "made.png")
    assert isinstance(record.request.conditioning, ImagePrompt)
    assert record.request.conditioning.without_hole
    again = told(engine, record.request, starter)
    assert again.images[0].tobytes() == story.images[0].tobytes()
    led = replace(record.request.conditioning, text="a red cat", strength=0.5)
    towards = told(engine, replace(record.request, conditioning=led), starter)
    assert towards.images[0].tobytes() != story.images[0].tobytes()


def test_each_picture_has_a_hole_of_its_own(engine: Engine, starter: Path, tmp_path: Path) -> None:
    boxes = (HOLE, (0, 0, 60, 128))
    holes = tuple(grey_mask(255, tmp_path / f"{n}.png", box) for n, box in enumerate(boxes))
    path = tmp_path / "scene.png"
    scene("red").save(path)
    meant = ImagePrompt(path, without_hole=True)
    task = Inpaint(path=path, masks=holes)
    request = Paint(conditioning=meant, task=task, sampling=HOW, count=2)
    story = told(engine, request, starter)
    made = []
    for index in range(2):
        (tmp_path / "made.png").write_bytes(story.file(index))
        made.append(image_embeddings.read(tmp_path / "made.png"))
    assert not torch.equal(*made)


def test_a_hole_is_taken_out_whole_and_the_rest_stays() -> None:
    image, mask = scene("red"), Image.new("L", (SIDE, SIDE))
    mask.paste(1, HOLE)
    left = np.asarray(masks.surroundings(image, mask, 4))
    kept = np.ones((SIDE, SIDE), bool)
    kept[36:92, 36:92] = False
    assert (left[kept] == np.asarray(image)[kept]).all()
    assert (left[40:88, 40:88, 0] < 200).all()  # nothing of the red is left
    assert masks.surroundings(image, Image.new("L", (SIDE, SIDE)), 4) is image
    nothing = masks.surroundings(image, Image.new("L", (SIDE, SIDE), 255), 0)
    assert set(np.unique(np.asarray(nothing))) == {127}
    with pytest.raises(InvalidRequest, match="make them alike"):
        masks.surroundings(image, Image.new("L", (9, 9)), 0)
