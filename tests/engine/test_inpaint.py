"""Holes and borders: what is not to be painted is the source to the bit, every time."""

import random
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from kandinsky_desktop.domain import painting
from kandinsky_desktop.domain.activations import modes_of
from kandinsky_desktop.domain.borders import Borders, border_regions
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.memory import activations
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import FILLS, Img2Img, Inpaint, Outpaint, Task
from kandinsky_desktop.engine import images
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.raster.seams import DRIFT
from tests.engine.sides import mask, picture
from tests.engine.story import Story, told
from tests.engine.tiny import SIDE

HOW = Sampling(width=64, height=64, steps=2, guidance=3.0, prior_steps=2, prior_guidance=2.0)


def painted(engine: Engine, model: Path, start: Task, **others: Any) -> Story:
    sampling = replace(HOW, **others.pop("sampling", {}))
    request = Paint(conditioning=Prompt("a red cat"), task=start, sampling=sampling, **others)
    return told(engine, request, model)


def saved(image: Image.Image, path: Path) -> Path:
    image.save(path)
    return path


def differing(one: Image.Image, other: Image.Image) -> Any:
    """Return where two pictures differ."""
    return (np.asarray(one) != np.asarray(other)).any(axis=2)


@pytest.mark.parametrize("holes", [12, pytest.param(100, marks=pytest.mark.soak)])
def test_holes_one_after_the_other_change_nothing_outside(
    engine: Engine, model: Path, tmp_path: Path, holes: int
) -> None:
    chance = random.Random(0)
    before = picture(144, 96, seed=9)
    first, outside, changes = before, np.ones((96, 144), bool), 0
    for number in range(holes):
        left, top = chance.randrange(144), chance.randrange(96)
        box = (left, top, left + chance.randint(1, 50), top + chance.randint(1, 50))
        hole = mask(box, 144, 96)
        grow = chance.choice([0, 1, 4])
        start = Inpaint(
            path=saved(before, tmp_path / "before.png"),
            masks=(saved(hole, tmp_path / "hole.png"),),
            grow=grow,
            feather=chance.choice([0, 2, 8, 20]),
            padding=chance.choice([0, 8, 32]),
            fill=chance.choice([one.value for one in FILLS]),
            strength=chance.choice([0.5, 1.0]),
            crop=chance.random() < 0.8,
            match_colours=number % 2 == 1,
        )
        story = painted(engine, model, start, sampling={"steps": 1, "seed": number})
        after = story.images[0]
        reach = np.asarray(hole.crop((0, 0, 144, 96))) > 0
        if grow:
            rows, columns = np.nonzero(reach)
            reach[max(0, rows.min() - grow) : rows.max() + grow + 1,
                  max(0, columns.min() - grow) : columns.max() + grow + 1] = True  # fmt: skip
        changed = differing(before, after)
        assert not changed[~reach].any()
        assert story.records[0].changed_outside == 0
        changes += int(changed.any())
        outside &= ~reach
        before = after
    assert changes == holes
    assert not differing(first, before)[outside].any()


@pytest.mark.parametrize("version", ["21", "22"])
def test_each_picture_of_a_batch_has_its_own_mask(
    request: pytest.FixtureRequest, engine: Engine, tmp_path: Path, version: str
) -> None:
    model = request.getfixturevalue(f"whole_{version}")
    source = picture(80, 64)
    boxes = ((4, 4, 20, 20), (50, 30, 70, 60), (0, 0, 80, 64))
    masks = [saved(mask(box, 80, 64), tmp_path / f"{box[0]}{box[2]}.png") for box in boxes]
    start = Inpaint(path=saved(source, tmp_path / "a.png"), masks=tuple(masks), grow=0)
    story = painted(engine, model, start, count=3)
    for index, (left, top, right, bottom) in enumerate(boxes):
        changed = differing(source, story.images[index])
        rows, columns = np.nonzero(changed)
        assert left <= columns.min() < columns.max() < right
        assert top <= rows.min() < rows.max() < bottom


@pytest.mark.parametrize("crop", [True, False])
def test_a_stroke_of_a_pixel_is_painted_in_a_picture_much_larger_than_the_model(
    engine: Engine, model: Path, tmp_path: Path, crop: bool
) -> None:
    source = picture(640, 480)
    start = Inpaint(
        path=saved(source, tmp_path / "a.png"),
        masks=(saved(mask((100, 10, 101, 470), 640, 480), tmp_path / "m.png"),),
        grow=0,
        crop=crop,
    )
    changed = differing(source, painted(engine, model, start).images[0])
    assert changed[10:470, 100].mean() > 0.95
    assert changed.sum() == changed[10:470, 100].sum()


def test_a_hole_is_worked_on_at_the_models_size(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    source, hole = picture(640, 480), mask((300, 200, 310, 212), 640, 480)
    start = Inpaint(
        path=saved(source, tmp_path / "a.png"), masks=(saved(hole, tmp_path / "m.png"),), padding=8
    )
    sizes = {}
    for crop in (True, False):
        story = painted(engine, model, replace(start, crop=crop))
        preview = story.steps("decoder")[0].preview
        assert preview is not None
        sizes[crop] = (preview.width, preview.height)  # a quarter of the size that is painted
        assert story.images[0].size == (640, 480)
    assert sizes == {True: (SIDE // 4,) * 2, False: (SIDE // 2, SIDE * 3 // 8)}


def test_fills_matter_where_less_than_all_may_change(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    start = Inpaint(
        path=saved(picture(64, 64), tmp_path / "a.png"),
        masks=(saved(mask((16, 16, 48, 48)), tmp_path / "m.png"),),
        strength=0.5,
    )
    made = {
        one.value: painted(engine, model, replace(start, fill=one.value)).images[0].tobytes()
        for one in FILLS
    }
    assert len(set(made.values())) == len(FILLS)


def test_of_many_batches_the_pictures_of_one_are_in_memory(
    engine: Engine, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pasted: list[weakref.ref[Image.Image]] = []
    paste = images.paste

    def counting(*given: Any) -> images.WorkImage:
        made = paste(*given)
        pasted.append(weakref.ref(made.image))
        return made

    monkeypatch.setattr(images, "paste", counting)
    monkeypatch.setattr(painting, "BATCH_BYTES", 1)  # each alone
    start = Inpaint(
        path=saved(picture(), tmp_path / "a.png"),
        masks=(saved(mask((8, 8, 40, 40)), tmp_path / "m.png"),),
    )
    seen: list[int] = []

    def count(progress: object) -> None:
        if isinstance(progress, Stepped):
            seen.append(sum(one() is not None for one in pasted))

    request = Paint(conditioning=Prompt("a red cat"), task=start, count=5, sampling=HOW)
    made: list[int] = []
    engine.run(
        Job(request),
        model,
        count,
        lambda image, record, meaning: made.append(record.index),
    )
    assert made == [0, 1, 2, 3, 4]
    assert max(seen) == 0  # what was delivered is let go before the next one is painted


SMALL_HOLE, LARGE_HOLE = (4, 4, 20, 20), (0, 0, 128, 120)


@pytest.mark.parametrize("side", [32, 512])
@pytest.mark.parametrize(
    ("holes", "crop", "together"),
    [
        ([SMALL_HOLE], True, 2),  # painted at the model's own size
        ([SMALL_HOLE], False, 1),  # with the whole picture, four times as large
        ([LARGE_HOLE], True, 1),
        ([SMALL_HOLE] * 3 + [LARGE_HOLE], True, 1),
        ([], True, 2),  # a border, in windows of the model's own size
    ],
)
def test_as_many_go_together_as_what_is_painted_leaves_room_for(
    engine: Engine,
    whole_22: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    holes: list[tuple[int, int, int, int]],
    crop: bool,
    together: int,
    side: int,
) -> None:
    size = Size(128, 128) if holes else Size(64, 64)
    path = saved(picture(size.width, size.height), tmp_path / "a.png")
    masks = [saved(mask(hole, 128, 128), tmp_path / f"{n}.png") for n, hole in enumerate(holes)]
    start = Inpaint(path=path, masks=tuple(masks), crop=crop, padding=8)
    native, width, dtype = 64, 16, torch.float32
    (mode,) = modes_of(0, "2.2 inpaint unet", "resident", width=width)
    each = activations(mode, native**2, dtype.itemsize)
    monkeypatch.setattr(painting, "BATCH_BYTES", 2 * each)
    request = Paint(
        conditioning=Prompt("a red cat"),
        task=start if holes else Outpaint(path=path, right=64, overlap=16),
        sampling=replace(HOW, width=side, height=side, steps=1),
        count=4,
    )
    whole = told(engine, request, whole_22)
    batches = [whole.records[index].conditions.batch for index in range(4)]
    assert [len(batch) for batch in batches] == [together] * 4
    rest = told(engine, Job(request, made=(0, 2)), whole_22)
    assert {index: rest.records[index].conditions.batch for index in (1, 3)} == {
        1: batches[1],
        3: batches[3],
    }


# A canvas that grows


def test_a_picture_grows_by_any_border_and_stays_itself(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    old = picture(72, 56)
    path = saved(old, tmp_path / "a.png")
    start = Outpaint(path=path, left=50, top=3, right=90, bottom=70, overlap=16)
    story = painted(engine, model, start)
    grown = story.images[0]
    assert grown.size == (212, 129)
    assert grown.crop((50, 3, 122, 59)).tobytes() == old.tobytes()
    assert story.records[0].changed_outside == 0
    assert story.planned.decoder_steps == len(story.steps("decoder"))
    assert story.planned.decoder_steps > 2 * 4  # in several windows
    borders = Borders(left=50, top=3, right=90, bottom=70)
    sizes = {"native": 64, "largest": 64, "multiple": 8}
    shown = [one.box for one in border_regions(Size(72, 56), borders, overlap=16, **sizes)]
    told = [stepped.box for stepped in story.steps("decoder")]
    assert list(dict.fromkeys(told)) == shown  # each step says in which window it is
    new = np.asarray(grown)
    assert not (new[:, :50] == 127).all(axis=2).any()  # nothing of the bare canvas is left


def test_the_colours_of_a_hard_fill_can_meet_those_around(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    source = Image.new("RGB", (96, 80), (250, 60, 10))
    clear = source.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 96, 40))
    hole = saved(mask((20, 20, 70, 60), 96, 80), tmp_path / "m.png")

    def filled(image: Image.Image, **changes: Any) -> Any:
        path = saved(image, tmp_path / "a.png")
        start = Inpaint(path=path, masks=(hole,), grow=0, feather=0, padding=9, **changes)
        story = painted(engine, model, start)
        assert story.records[0].changed_outside == 0
        assert not differing(image, story.images[0])[60:].any()
        return np.asarray(story.images[0]).astype(int)

    plain, matched = filled(source), filled(source, match_colours=True)
    across = [np.abs(one[59, 20:70] - one[60, 20:70]).mean() for one in (plain, matched)]
    assert across[1] < across[0] / 2
    open_, met = (filled(clear, match_colours=match) for match in (False, True))
    moved = np.abs(met - open_)[..., :3]
    assert moved[59, 20:70].mean() > DRIFT
    assert moved[:25].max() <= DRIFT, "beside what is transparent there is nothing to meet"


@pytest.mark.parametrize("changes", [{"feather": 0}, {"strength": 0.5}, {"fill": "noise"}])
def test_whatever_is_said_of_a_border_counts(
    engine: Engine, model: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = saved(picture(64, 64), tmp_path / "a.png")
    plain = Outpaint(path=path, right=24, strength=0.7)
    one, other = (
        painted(engine, model, start, sampling={"steps": 5}).images[0].tobytes()
        for start in (plain, replace(plain, **changes))
    )
    assert one != other


def test_a_feathered_border_goes_over_from_the_pictures_edge(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    path = saved(Image.new("RGB", (64, 64), (250, 10, 10)), tmp_path / "a.png")
    hard, soft = (
        np.asarray(painted(engine, model, Outpaint(path=path, right=32, feather=feather)).images[0])
        for feather in (0, 16)
    )
    red = np.array([250, 10, 10])
    steps = [np.abs(one[:, 64].astype(int) - red).mean() for one in (hard, soft)]
    assert steps[1] < steps[0] / 4
    assert (hard[:, 84:] == soft[:, 84:]).all()


def test_a_canvas_too_large_is_refused_before_anything_is_loaded(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    path = saved(picture(), tmp_path / "a.png")
    start = Outpaint(path=path, left=5000, right=5000, top=5000, bottom=5000)
    with pytest.raises(InvalidRequest, match="10064 × 10064 pixels; at most 100 million"):
        painted(engine, model, start)
    with pytest.raises(InvalidRequest, match=r"32832 × 64 pixels; .* at most 32768 a side"):
        painted(engine, model, Outpaint(path=path, left=32_768))


@pytest.mark.parametrize("kind", ["hole", "border"])
def test_what_is_kept_has_the_very_values_of_a_file_with_a_profile(
    engine: Engine, model: Path, tmp_path: Path, kind: str
) -> None:
    profile = wide_profile()
    source = picture()
    source.save(tmp_path / "a.png", icc_profile=profile)
    hole = saved(mask((20, 20, 40, 40)), tmp_path / "m.png")
    starts: dict[str, Task] = {
        "hole": Inpaint(path=tmp_path / "a.png", masks=(hole,)),
        "border": Outpaint(path=tmp_path / "a.png", right=16),
    }
    story = painted(engine, model, starts[kind])
    (tmp_path / "made.png").write_bytes(story.file(0))
    with Image.open(tmp_path / "made.png") as made:
        assert made.info["icc_profile"] == profile
        changed = differing(source, made.crop((0, 0, 64, 64)))
    assert changed.any() == (kind == "hole")
    assert not changed[:15].any()
    assert story.records[0].changed_outside == 0


@pytest.mark.parametrize("kind", ["hole", "erased hole", "border"])
def test_what_is_kept_of_a_picture_keeps_its_transparency(
    engine: Engine, starter: Path, tmp_path: Path, kind: str
) -> None:
    source = np.array(picture().convert("RGBA"))
    if kind == "erased hole":
        source[20:40, 20:40, 3] = 0
    else:
        source[44:60, 4:24, 3] = 90  # half clear, over colours of its own
        source[:6, :, 3] = 0
    path = saved(Image.fromarray(source), tmp_path / "a.png")
    hole = path if kind == "erased hole" else saved(mask((20, 20, 40, 40)), tmp_path / "m.png")
    start: Task = Inpaint(path=path, masks=(hole,), grow=2, feather=6)
    if kind == "border":
        start = Outpaint(path=path, right=16)
    story = painted(engine, starter, start)
    (tmp_path / "made.png").write_bytes(story.file(0))
    with Image.open(tmp_path / "made.png") as made:
        assert made.mode == "RGBA"
        after = np.asarray(made)
    kept = np.ones((64, 64), bool)
    if kind != "border":
        kept[18:42, 18:42] = False
    assert (after[:64, :64][kept] == source[kept]).all()
    assert (after[:64, :64, 3][~kept] == 255).all()  # white below shines through nowhere
    assert (after[:, 64:, 3] == 255).all()
    assert story.records[0].changed_outside == 0


def wide_profile() -> bytes:
    """Return a profile of other colours than sRGB's: its red and blue are swapped."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ", 128), data.index(b"bXYZ", 128)
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


# A picture to start from


def test_a_picture_is_cut_to_the_shape_that_is_wanted(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    fitted = images.fitted(wide, Size(64, 64))
    assert fitted.size == (64, 64)
    assert fitted.getpixel((4, 32)) == (0, 0, 255)
    same = picture(64, 64)
    assert images.fitted(same, Size(64, 64)).tobytes() == same.tobytes()


@pytest.mark.parametrize("wanted", [Size(576, 704), Size(768, 512), Size(96, 96)])
def test_no_rounding_takes_the_cut_out_of_the_picture(wanted: Size) -> None:
    for width in range(3, 400, 7):
        for height in (3, 98, 245, 332):
            cut = images.fitted(Image.new("RGB", (width, height), "green"), wanted)
            assert cut.getcolors() == [(wanted.width * wanted.height, (0, 128, 0))]


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (5000, 4)])
def test_a_picture_of_any_shape_can_be_started_from(
    engine: Engine, model: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = saved(Image.new("RGB", size, "green"), tmp_path / "a.png")
    story = painted(engine, model, Img2Img(path=path, strength=0.5))
    assert story.images[0].size == (64, 64)


def test_a_strength_that_leaves_no_step_takes_one(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    path = saved(picture(), tmp_path / "a.png")
    story = painted(engine, model, Img2Img(path=path, strength=0.01))
    assert len(story.steps("decoder")) == story.planned.decoder_steps == 1


def test_a_retry_of_a_batch_with_masks_makes_what_is_missing(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    masks = [saved(mask((8 * n, 8, 8 * n + 20, 40)), tmp_path / f"{n}.png") for n in range(3)]
    start = Inpaint(path=saved(picture(), tmp_path / "a.png"), masks=tuple(masks))
    whole = painted(engine, model, start, count=3)
    rest = told(engine, Job(whole.records[0].request, made=(0, 1)), model)
    assert list(rest.images) == [2]
    assert rest.file(2) == whole.file(2)
