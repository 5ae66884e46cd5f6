"""Soft masks: what is painted grey changes by as much (differential diffusion)."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.painting import strength_of
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Task
from kandinsky_desktop.engine import decoder, masks
from kandinsky_desktop.engine.checkpoints import CheckpointInterval, LoopRecorder
from kandinsky_desktop.engine.denoise import NEVER, MaskedLatents
from kandinsky_desktop.engine.engine import Engine
from tests.engine import tiny
from tests.engine.sides import picture
from tests.engine.story import Story, told

SIDE = 64
HOW = Sampling(
    width=SIDE, height=SIDE, steps=8, guidance=3.0, prior_steps=2, prior_guidance=2.0, seed=5
)
PLAIN = ("kandinsky", "kandinsky 2.0", "stable diffusion")  # without a decoder for holes
EVERY = (*PLAIN, "whole_22", "whole_21", "2.0 for holes", "stable diffusion for holes")
GREYS = (1, 40, 128, 200, 238)
SCHEDULERS = (
    "DDPMScheduler",
    "PNDMScheduler",
    "HeunDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "p_sampler",
)

pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")  # diffusers' own


@pytest.fixture(scope="module")
def find(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Return a function that returns a model by its name."""
    made: dict[str, Path] = {}

    def model(name: str) -> Path:
        if name not in made:
            folder, holes = tmp_path_factory.mktemp("models") / name, "for holes" in name
            if name.startswith("stable"):
                made[name] = tiny.write_stable_diffusion(folder, channels=9 if holes else 4)
            elif "2.0" in name:
                made[name] = tiny.write_kandinsky20(folder, inpaint=holes)
            else:
                made[name] = request.getfixturevalue(name)
        return made[name]

    return model


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    picture(SIDE, SIDE).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


def saved(grey: Any, folder: Path) -> Path:
    """Save a mask, from an array or of one grey everywhere."""
    made = np.broadcast_to(np.asarray(grey, np.uint8), (SIDE, SIDE))
    path = folder / f"{abs(hash(made.tobytes()))}.png"
    Image.fromarray(np.ascontiguousarray(made)).save(path)
    return path


def asked(start: Task, **sampling: Any) -> Paint:
    how = replace(HOW, **sampling)
    return Paint(conditioning=Prompt("a red cat"), task=start, sampling=how)


def inpaint(cat: Path, mask: Path, **others: Any) -> Inpaint:
    plain: dict[str, Any] = {"fill": "keep", "grow": 0, "feather": 0, "crop": False}
    return Inpaint(path=cat, masks=(mask,), **(plain | others))


def pixels(story: Story) -> Any:
    return np.asarray(story.images[0]).astype(int)


@pytest.mark.parametrize("grey", GREYS)
@pytest.mark.parametrize("name", PLAIN)
def test_one_grey_everywhere_is_image_to_image_of_that_strength_to_the_bit(
    engine: Engine, find: Callable[[str], Path], cat: Path, tmp_path: Path, name: str, grey: int
) -> None:
    soft = told(engine, asked(inpaint(cat, saved(grey, tmp_path))), find(name))
    strength = max(0.01, strength_of(grey, 1.0))
    plain = told(engine, asked(Img2Img(path=cat, strength=strength)), find(name))
    assert (pixels(soft) == pixels(plain)).all()
    assert soft.planned.decoder_steps == plain.planned.decoder_steps == max(1, 8 * grey // 255)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_that_holds_for_schedulers_with_a_memory_and_with_several_looks(
    engine: Engine, find: Callable[[str], Path], cat: Path, tmp_path: Path, scheduler: str
) -> None:
    start = inpaint(cat, saved(160, tmp_path))
    soft = told(engine, asked(start, scheduler=scheduler), find("kandinsky"))
    same = Img2Img(path=cat, strength=strength_of(160, 1.0))
    plain = told(engine, asked(same, scheduler=scheduler), find("kandinsky"))
    assert (pixels(soft) == pixels(plain)).all()


@pytest.mark.parametrize("fill", ["keep", "blur", "noise"])
@pytest.mark.parametrize("grey", [40, 200])
@pytest.mark.parametrize("name", EVERY)
def test_the_decoder_for_holes_too_goes_on_from_the_picture_where_all_is_one_grey(
    engine: Engine,
    find: Callable[[str], Path],
    cat: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    grey: int,
    fill: str,
) -> None:
    """As image-to-image would with it: of a white mask, with nothing put back.

    In the same layout too: diffusers' Stable Diffusion repeats the latents of a mask and not those
    of image-to-image, which soft masks are equal to, and some processors round by that.
    """
    begin, laid = decoder.begin, []

    def seen(*given: Any, **how: Any) -> Any:
        laid.append(begin(*given, **how))
        return laid[-1]

    def with_nothing_put_back(*given: Any, **how: Any) -> Any:
        latents, _masked = begin(*given, **how)
        soft_latents = laid[0][0]
        return torch.empty_like(soft_latents).copy_(latents), None

    monkeypatch.setattr(decoder, "begin", seen)
    soft = told(engine, asked(inpaint(cat, saved(grey, tmp_path), fill=fill)), find(name))
    monkeypatch.setattr(decoder, "begin", with_nothing_put_back)
    white = inpaint(cat, saved(255, tmp_path), strength=strength_of(grey, 1.0))
    assert (pixels(soft) == pixels(told(engine, asked(white), find(name)))).all()


BANDS = np.repeat(np.array([0, 64, 128, 192, 255], np.uint8), [16, 12, 12, 12, 12])


@pytest.mark.parametrize("name", EVERY)
def test_each_grey_is_let_go_at_a_step_of_its_own_and_is_the_noised_picture_before(
    engine: Engine,
    find: Callable[[str], Path],
    cat: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    begun: list[tuple[Any, Any, MaskedLatents]] = []
    after: dict[int, torch.Tensor] = {}
    begin, record = decoder.begin, LoopRecorder.record

    def begin_seen(operation: Any, scheduler: Any, steps: Any, *given: Any, **how: Any) -> Any:
        latents, masked = begin(operation, scheduler, steps, *given, **how)
        assert masked is not None
        begun.append((scheduler, steps, masked))
        return latents, masked

    def record_seen(recorder: LoopRecorder, done: int, latents: torch.Tensor) -> None:
        after[done] = latents
        record(recorder, done, latents)

    monkeypatch.setattr(decoder, "begin", begin_seen)
    monkeypatch.setattr(LoopRecorder, "record", record_seen)
    start = inpaint(cat, saved(BANDS, tmp_path))
    story = told(engine, asked(start, scheduler="DDIMScheduler"), find(name))

    ((scheduler, steps, masked),) = begun
    assert masked.begins is not None
    found = {int(one) for one in masked.begins.unique()}
    assert found == {8 - max(1, 8 * grey // 255) for grey in (64, 128, 192, 255)} | {NEVER}
    for number in range(1, 8):
        clean = masked.latents.expand_as(masked.noise)
        noised = scheduler.add_noise(clean, masked.noise, steps.timesteps[number : number + 1])
        held = (masked.begins >= number).expand_as(noised)
        assert torch.equal(after[number][held], noised[held])
        assert (after[number][~held] != noised[~held]).float().mean() > 0.99
    black = BANDS == 0
    assert (pixels(story)[:, black] == pixels_of(cat)[:, black]).all()
    assert story.records[0].changed_outside == 0


def test_the_brighter_a_mask_the_more_changes(
    engine: Engine, starter: Path, tmp_path: Path
) -> None:
    cat = tmp_path / "smooth.png"
    picture(8, 8).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(cat)
    before, sums = pixels_of(cat), dict.fromkeys((0, 40, 80, 140, 255), 0.0)
    for turn in range(5):  # each grey once in each place
        order = np.roll(np.array(list(sums), np.uint8), turn)
        bands = np.repeat(order, [13, 13, 12, 13, 13])
        start = inpaint(cat, saved(bands, tmp_path))
        story = told(engine, asked(start, seed=turn, steps=12), starter)
        change = np.abs(pixels(story) - before).mean(axis=(0, 2))
        for grey in sums:
            sums[grey] += change[bands == grey].mean()
    mean = list(sums.values())
    assert mean[0] == 0
    assert mean == sorted(mean), mean
    whole = [
        np.abs(pixels(told(engine, asked(inpaint(cat, saved(one, tmp_path))), starter)) - before)
        for one in (30, 120, 238)
    ]
    assert whole[0].mean() < whole[1].mean() < whole[2].mean()


def pixels_of(path: Path) -> Any:
    return np.asarray(Image.open(path)).astype(int)


@pytest.mark.parametrize("name", EVERY)
def test_a_cut_off_job_with_a_soft_mask_goes_on_to_the_same_bits(
    find: Callable[[str], Path], cat: Path, tmp_path: Path, name: str
) -> None:
    always = CheckpointInterval(every_s=0, share=math.inf)
    engine = Engine(tmp_path / "cache", 1, interval=always)
    ramp = np.linspace(0, 255, SIDE).astype(np.uint8)
    request = asked(inpaint(cat, saved(ramp, tmp_path), fill="blur"))
    whole, job = told(engine, request, find(name)), Job(request)

    def at_the_third(progress: object) -> bool:
        return isinstance(progress, Stepped) and progress.stage == "decoder" and progress.step == 3

    told(engine, job, find(name), stop_at=at_the_third, resumable=True)
    rest = told(engine, job, find(name), resumable=True)
    assert rest.planned.decoder_steps == whole.planned.decoder_steps - 3
    assert rest.file(0) == whole.file(0)
    again = told(engine, request, find(name), like=whole.records[0].conditions)
    assert again.file(0) == whole.file(0)


def test_a_step_that_is_kept_leaves_what_was_not_let_go_yet_as_it_is(
    engine: Engine, find: Callable[[str], Path], cat: Path, tmp_path: Path
) -> None:
    halves = np.repeat(np.array([32, 255], np.uint8), SIDE // 2)
    asked_for, model = asked(inpaint(cat, saved(halves, tmp_path))), find("kandinsky")
    wishes = iter([False, True])  # the first question is before the loop
    kept = told(engine, asked_for, model, keep_step=lambda: next(wishes, False))
    assert kept.records[0].conditions.kept_steps == (1,)
    tiny_change = told(engine, asked(inpaint(cat, saved(1, tmp_path))), model)
    before, left = pixels_of(cat), slice(0, SIDE // 2 - 16)
    held = np.abs(pixels(kept) - before)[:, left].mean()
    assert held <= np.abs(pixels(tiny_change) - before)[:, left].mean() + 1


def test_pictures_of_a_batch_have_soft_and_hard_masks_of_their_own(
    engine: Engine, find: Callable[[str], Path], cat: Path, tmp_path: Path
) -> None:
    hard = np.where(np.arange(SIDE) < 24, 255, 0)
    ramp = np.linspace(0, 200, SIDE)
    files = (saved(hard, tmp_path), saved(ramp, tmp_path))
    start = replace(inpaint(cat, files[0], feather=4), masks=files)
    both = Paint(conditioning=Prompt("a red cat"), task=start, sampling=HOW, count=2)
    story = told(engine, both, find("whole_22"))
    before = pixels_of(cat)
    for index, mask in enumerate((hard, ramp.astype(np.uint8))):
        changed = (np.asarray(story.images[index]) != before).any(axis=(0, 2))
        assert not changed[mask == 0].any()
        assert changed[mask > 100].any()


def test_a_small_soft_mask_is_worked_on_at_the_models_size_too(
    engine: Engine, find: Callable[[str], Path], tmp_path: Path
) -> None:
    source = picture(300, 200)
    source.save(tmp_path / "large.png")
    mask = Image.new("L", (300, 200))
    mask.paste(90, (100, 80, 130, 100))
    mask.save(tmp_path / "mask.png")
    start = Inpaint(path=tmp_path / "large.png", masks=(tmp_path / "mask.png",), grow=3)
    story = told(engine, asked(start), find("kandinsky"))
    changed = (np.asarray(story.images[0]) != np.asarray(source)).any(axis=2)
    assert changed[85:95, 105:125].mean() > 0.5
    changed[77:103, 97:133] = False
    assert not changed.any()
    assert story.planned.decoder_steps == 8 * 90 // 255


def test_what_is_grey_is_laid_in_whole_but_for_its_rim() -> None:
    grey = Image.fromarray(np.full((40, 60), 30, np.uint8))
    grey.paste(0, (0, 0, 20, 40))
    both = masks.prepare(grey, picture(60, 40), grow=0, feather=8)
    composite = np.asarray(both.composite)[20]
    assert not composite[:20].any()
    assert (np.diff(composite[20:].astype(int)) >= 0).all()
    assert (composite[29:] == 255).all()
    assert both.denoise.tobytes() == grey.tobytes()
