"""Odd pictures are painted from, and bad input is one sentence, whatever it was to be used for."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.errors import InvalidRequest, KandinskyError, Unreadable
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint, Task
from kandinsky_desktop.engine.engine import Engine
from tests.engine import tiny
from tests.engine.passes import counted
from tests.engine.sides import mask, picture
from tests.engine.story import Story, told
from tests.fakes import text_to_image
from tests.store import odd

QUICK = Sampling(width=64, height=64, steps=1, guidance=3.0, prior_steps=2, prior_guidance=2.0)
CAT = Prompt("a cat")


def white(path: Path) -> Path:
    """Return a mask for a picture: its middle, or all of a small one."""
    with Image.open(path) as opened:
        size = opened.size if path.name[:4] != "EXIF" else odd.SIZE
    made = path.with_name("white.png")
    mask((0, 0, max(1, size[0] // 2), size[1]), *size).save(made)
    return made


ROLES: dict[str, Callable[[Path], Paint]] = {
    "conditioning": lambda path: Paint(conditioning=ImagePrompt(path)),
    "nudged": lambda path: Paint(conditioning=ImagePrompt(path, "a cat", strength=0.3)),
    "ingredient": lambda path: Paint(
        conditioning=Mix(ingredients=(Ingredient(ImagePrompt(path)), Ingredient(CAT, -0.2)))
    ),
    "led away": lambda path: Paint(conditioning=CAT, negative=ImagePrompt(path)),
    "task": lambda path: Paint(conditioning=CAT, task=Img2Img(path=path)),
    "with a hole": lambda path: Paint(
        conditioning=CAT, task=Inpaint(path=path, masks=(white(path),))
    ),
    "to grow": lambda path: Paint(conditioning=CAT, task=Outpaint(path=path, right=16)),
    "depth": lambda path: Paint(conditioning=CAT, depth=Depth(path=path)),
}
OF_BAD = ROLES | {
    "with a hole": lambda path: Paint(conditioning=CAT, task=Inpaint(path=path, masks=(path,))),
    "mask": lambda path: Paint(conditioning=CAT, task=Inpaint(path=good(path), masks=(path,))),
    "saved": lambda path: Paint(conditioning=ImageEmbedding(path)),
}


def good(path: Path) -> Path:
    made = path.with_name("good.png")
    picture(*odd.SIZE).save(made)
    return made


def painted(engine: Engine, model: Path, request: Paint) -> Story:
    return told(engine, replace(request, sampling=QUICK), model, previews=False)


@pytest.mark.parametrize("name", odd.ODD)
def test_an_odd_picture_can_be_anything(
    engine: Engine, whole_22: Path, tmp_path: Path, name: str
) -> None:
    path = odd.write(tmp_path, name)
    for role, request in ROLES.items():
        story = painted(engine, whole_22, request(path))
        expected = {"with a hole": odd.SIZE, "to grow": (64, 32)}.get(role, (64, 64))
        assert story.images[0].size == expected
        assert story.records[0].changed_outside == 0
    start = Inpaint(path=good(path), masks=(path,))
    assert painted(engine, whole_22, Paint(conditioning=CAT, task=start)).images[0].size == odd.SIZE


@pytest.mark.parametrize("role", OF_BAD)
@pytest.mark.parametrize("name", odd.BAD)
def test_a_bad_picture_is_one_sentence_for_anything(
    engine: Engine, whole_22: Path, tmp_path: Path, name: str, role: str
) -> None:
    path = odd.write(tmp_path, name)
    with pytest.raises(Unreadable, match=odd.BAD[name][2]) as caught:
        painted(engine, whole_22, OF_BAD[role](path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("role", OF_BAD)
def test_a_file_that_is_not_there_is_said_before_anything_is_loaded(
    engine: Engine, whole_22: Path, tmp_path: Path, role: str
) -> None:
    path = tmp_path / "gone.png"
    Image.new("RGB", odd.SIZE).save(path)
    request = OF_BAD[role](path)
    path.unlink()
    before = engine.loads
    with pytest.raises(Unreadable, match=r"There is no file .*gone\.png"):
        painted(engine, whole_22, request)
    assert engine.loads == before


@pytest.mark.parametrize(
    "path", ["a\0b.png", "x" * 5000 + ".png", "\udcff\ud800.png", "", "/", "/dev/null/a.png"]
)
def test_a_path_that_no_disk_takes_is_one_sentence(
    engine: Engine, whole_22: Path, path: str
) -> None:
    with pytest.raises(KandinskyError) as caught:
        painted(engine, whole_22, Paint(conditioning=ImagePrompt(Path(path))))
    assert "\n" not in str(caught.value)


def test_a_model_without_its_image_processor_paints_all_but_what_pictures_mean(
    engine: Engine, tmp_path: Path
) -> None:
    model = tiny.write(tmp_path / "bleary", tiny.WHOLE_22)
    shutil.rmtree(model / "prior" / "image_processor")
    path = good(tmp_path / "any.png")
    for role, request in ROLES.items():
        if role in ("conditioning", "nudged", "ingredient", "led away"):
            with pytest.raises(InvalidRequest, match="Copy the folder image_processor into"):
                painted(engine, model, request(path))
        else:
            assert painted(engine, model, request(path)).images


@pytest.mark.parametrize("role", ROLES)
def test_a_picture_of_one_pixel_can_be_anything(
    engine: Engine, whole_22: Path, tmp_path: Path, role: str
) -> None:
    Image.new("RGB", (1, 1), "red").save(tmp_path / "dot.png")
    story = painted(engine, whole_22, ROLES[role](tmp_path / "dot.png"))
    expected = {"with a hole": (1, 1), "to grow": (17, 1)}.get(role, (64, 64))
    assert story.images[0].size == expected


@pytest.mark.parametrize("size", [(4000, 2), (2, 4000)])
@pytest.mark.parametrize("role", sorted({*ROLES} - {"to grow"}))  # which has a thousand windows
def test_a_slender_picture_can_be_anything(
    engine: Engine, whole_22: Path, tmp_path: Path, role: str, size: tuple[int, int]
) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "line.png")
    assert painted(engine, whole_22, ROLES[role](tmp_path / "line.png")).images


def test_a_picture_as_slender_as_a_line_takes_no_memory_without_bound(
    engine: Engine, whole_22: Path, tmp_path: Path
) -> None:
    (tmp_path / "line.png").write_bytes(odd.png(3_000_000, 1))
    for role in ("conditioning", "task", "depth"):
        assert painted(engine, whole_22, ROLES[role](tmp_path / "line.png")).images


def test_a_file_of_no_use_is_said_before_anything_is_loaded(
    engine: Engine, whole_22: Path, tmp_path: Path
) -> None:
    point = tmp_path / "point.safetensors"
    save_file({"embedding": torch.ones(1, 7)}, point)
    pictures = [odd.write(tmp_path, name) for name in ("words", "PNG bomb")]
    sources: list[ImageEmbedding | ImagePrompt] = [
        ImageEmbedding(point),
        *map(ImagePrompt, pictures),
    ]
    for source in sources:
        words = Prompt(f"new words for {source.path.name}")
        fusion = Mix(ingredients=(Ingredient(words), Ingredient(source)))
        before = engine.loads
        with counted() as passes, pytest.raises(Unreadable, match=re.escape(source.path.name)):
            painted(engine, whole_22, Paint(conditioning=fusion))
        assert engine.loads == before
        assert not passes


def test_a_file_that_goes_while_it_is_painted_loses_no_picture(
    engine: Engine, whole_22: Path, tmp_path: Path
) -> None:
    path = odd.write(tmp_path, "palette")
    request = Paint(conditioning=ImagePrompt(path), task=Img2Img(path=path), sampling=QUICK)
    whole = told(engine, request, whole_22)

    def gone(progress: object) -> bool:
        if isinstance(progress, Stepped):
            path.unlink(missing_ok=True)
        return False

    assert told(engine, request, whole_22, stop_at=gone).file(0) == whole.file(0)
    assert not path.exists()


# Masks


def filled(folder: Path, hole: Image.Image, size: tuple[int, int] = (64, 64)) -> Task:
    picture(*size).save(folder / "a.png")
    hole.save(folder / "m.png")
    return Inpaint(path=folder / "a.png", masks=(folder / "m.png",))


@pytest.mark.parametrize(
    ("hole", "said"),
    [
        (mask((0, 0, 8, 8), 32, 64), "The mask is 32 × 64 pixels, but the picture 64 × 64"),
        (mask((0, 0, 1, 1), 1, 1), "The mask is 1 × 1 pixels"),
        (Image.new("L", (64, 64)), "The mask is empty"),
        (Image.new("RGBA", (64, 64), (255, 255, 255, 0)), "The mask is empty"),
    ],
)
def test_a_mask_that_does_not_fit_is_said_before_anything_is_loaded(
    engine: Engine, whole_22: Path, tmp_path: Path, hole: Image.Image, said: str
) -> None:
    before = engine.loads
    with pytest.raises(InvalidRequest, match=said):
        painted(engine, whole_22, Paint(conditioning=CAT, task=filled(tmp_path, hole)))
    assert engine.loads == before


def test_a_mask_that_is_all_white_paints_all(
    engine: Engine, whole_22: Path, tmp_path: Path
) -> None:
    start = filled(tmp_path, Image.new("L", (64, 64), 255))
    story = painted(engine, whole_22, Paint(conditioning=CAT, task=start))
    assert story.images[0].getpixel((0, 0)) != picture().getpixel((0, 0))
    assert story.records[0].changed_outside == 0


def test_a_request_needs_masks_for_all_its_pictures(tmp_path: Path) -> None:
    start = filled(tmp_path, mask((0, 0, 9, 9)))
    assert isinstance(start, Inpaint)
    with pytest.raises(InvalidRequest, match="There are 2 masks for 3 pictures"):
        Paint(conditioning=CAT, task=replace(start, masks=start.masks * 2), count=3)
    with pytest.raises(InvalidRequest, match="Paint or choose a mask first"):
        Paint(conditioning=CAT, task=replace(start, masks=()))


# Weights


@pytest.mark.parametrize("blend", ["shares", "sum", "slerp"])
@pytest.mark.parametrize("weights", [(1e300, 1e300), (-1e308, 1e307), (1e308, 1e308)])
def test_weights_of_any_finite_size_give_a_picture_or_a_sentence(
    engine: Engine, whole_22: Path, blend: str, weights: tuple[float, ...]
) -> None:
    pairs = zip((CAT, Prompt("a dog")), weights, strict=True)
    ingredients = tuple(Ingredient(*pair) for pair in pairs)
    try:
        fusion = Mix(ingredients=ingredients, blend=blend)  # type: ignore[arg-type]
        story = painted(engine, whole_22, Paint(conditioning=fusion))
    except InvalidRequest:
        assert (blend, min(weights) < 0) != ("shares", False)
        return
    assert len(story.images[0].getcolors(100_000) or ()) > 100


def test_huge_weights_are_shares_as_small_ones_are(engine: Engine, whole_22: Path) -> None:
    made = []
    for size in (1e-300, 1.0, 1.5e308):
        ingredients = (Ingredient(CAT, size), Ingredient(Prompt("a dog"), size))
        made.append(painted(engine, whole_22, Paint(conditioning=Mix(ingredients=ingredients))))
    assert len({story.images[0].tobytes() for story in made}) == 1


def test_more_steps_than_the_scheduler_takes_are_refused_before_anything_is_loaded(
    engine: Engine, whole_22: Path
) -> None:
    sampling = replace(QUICK, scheduler="UniPCMultistepScheduler", steps=1000)
    before = engine.loads
    with pytest.raises(InvalidRequest, match="UniPC takes at most 999 steps, not 1000") as caught:
        told(engine, Paint(conditioning=CAT, sampling=sampling), whole_22)
    assert "\n" not in str(caught.value)
    assert engine.loads == before


@pytest.mark.parametrize("part", ["text_encoder", "prior", "unet", "movq"])
def test_weights_that_are_no_numbers_are_a_sentence_and_no_picture(
    engine: Engine, small: Path, tmp_path: Path, part: str
) -> None:
    root = shutil.copytree(small, tmp_path / "mine")
    (file,) = root.glob(f"*/{part}/*.safetensors")
    weights = load_file(file)
    for name in weights:
        if name.endswith("weight") and "embed" not in name:
            weights[name].flatten()[0] = float("nan")
    save_file(weights, file)
    data = file.read_bytes()
    sampling = Sampling(width=16, height=16, steps=2, prior_steps=2)
    with pytest.raises(InvalidRequest, match="the model's weights are damaged: verify it"):
        told(engine, replace(text_to_image("a cat"), sampling=sampling), root)
    assert file.read_bytes() == data
