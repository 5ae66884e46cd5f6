"""The decoder's loop from every start against diffusers' eight pipelines: equal bits.

What a pipeline cannot do, or does wrong, has a test that says so and shows ours right.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    KandinskyImg2ImgPipeline,
    KandinskyInpaintPipeline,
    KandinskyPipeline,
    KandinskyV22ControlnetImg2ImgPipeline,
    KandinskyV22ControlnetPipeline,
    KandinskyV22Img2ImgPipeline,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
)
from diffusers.pipelines.kandinsky2_2.pipeline_kandinsky2_2_inpainting import (
    prepare_mask,
    prepare_mask_and_masked_image,
)
from PIL import Image
from torch import Generator, Tensor

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.model import check_fits
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.engine import depth, movq
from kandinsky_desktop.engine.loading import scheduler_config
from kandinsky_desktop.store.models import read_model
from tests.engine.sides import Case, Decoder, mask, picture

pytestmark = [
    pytest.mark.parity,
    # several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
    pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning"),
]

KINDS: dict[str, tuple[str, str, Any]] = {
    "text": ("22", "decoder", KandinskyV22Pipeline),
    "picture": ("22", "decoder", KandinskyV22Img2ImgPipeline),
    "hole": ("22", "inpaint", KandinskyV22InpaintPipeline),
    "depth": ("22", "depth", KandinskyV22ControlnetPipeline),
    "depth and picture": ("22", "depth", KandinskyV22ControlnetImg2ImgPipeline),
    "2.1 text": ("21", "decoder", KandinskyPipeline),
    "2.1 picture": ("21", "decoder", KandinskyImg2ImgPipeline),
    "2.1 hole": ("21", "inpaint", KandinskyInpaintPipeline),
}
TEXT = ("a red cat, рыжий кот", "ugly")


def hint(width: int, height: int) -> Tensor:
    return torch.rand(1, 3, height, width, generator=Generator().manual_seed(4))


def case(kind: str, *, size: tuple[int, int] = (64, 64), **others: Any) -> Case:
    """Return a case with all that the kind needs."""
    start: dict[str, Any] = {}
    if "picture" in kind or "hole" in kind:
        start["picture"] = picture(*size)
    if "picture" in kind:
        start |= {"strength": 0.7, "old_noise": "2.1" in kind}
    if "hole" in kind:
        start["masks"] = (mask((16, 8, 40, 48), *size),)  # along the cells of the latents
    if "depth" in kind:
        start["hint"] = hint(*size)
    if "2.1" in kind:
        start |= {"text": TEXT, "scheduler": "DDIMScheduler"}
    return Case(size=size, **(start | others))


@pytest.fixture(scope="module")
def sides(whole_22: Path, whole_21: Path) -> dict[str, Decoder]:
    roots = {"22": whole_22, "21": whole_21}
    return {
        name: Decoder(roots[version] / folder, kind)
        for name, (version, folder, kind) in KINDS.items()
    }


@pytest.mark.parametrize("guidance", [1.0, 4.0])
@pytest.mark.parametrize("kind", KINDS)
def test_one_picture(sides: dict[str, Decoder], kind: str, guidance: float) -> None:
    same(sides[kind], case(kind, guidance=guidance))


@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch(sides: dict[str, Decoder], kind: str, rows: int) -> None:
    same(sides[kind], case(kind, rows=rows))


@pytest.mark.parametrize("size", [(128, 64), (64, 192)])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "picture" not in kind])
def test_other_sizes(sides: dict[str, Decoder], kind: str, size: tuple[int, int]) -> None:
    same(sides[kind], case(kind, size=size))


@pytest.mark.parametrize("strength", [0.26, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["picture", "depth and picture", "2.1 picture"])
def test_other_strengths(sides: dict[str, Decoder], kind: str, strength: float) -> None:
    same(sides[kind], case(kind, strength=strength, rows=2, steps=8))


@pytest.mark.parametrize("name", ["DDIMScheduler", "DPMSolverMultistepScheduler"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_schedulers(sides: dict[str, Decoder], kind: str, name: str) -> None:
    same(sides[kind], case(kind, scheduler=name, steps=6))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "2.1" in kind])
def test_the_learned_variance_of_21(whole_21: Path, sides: dict[str, Decoder], kind: str) -> None:
    # with dynamic thresholding too, as it lies beside the decoder of 2.1
    one = sides[kind]
    config = scheduler_config(whole_21 / "decoder" / "ddpm_scheduler")
    with one.scheduled(config):
        same(one, case(kind, scheduler="DDPMScheduler", rows=2))
    assert config["variance_type"] == "learned_range"
    assert config["thresholding"]


def test_pictures_that_differ_are_encoded_one_by_one(sides: dict[str, Decoder]) -> None:
    # the pipeline encodes them all at once, which rounds otherwise: not equal, but near
    one = sides["picture"]
    two = (picture(), picture(seed=1))
    expected = one.expected(case("picture", rows=2, own_meanings=True), image=list(two))
    rows = [one.sampled(case("picture", picture=image), row=row) for row, image in enumerate(two)]
    torch.testing.assert_close(torch.cat(rows), expected, rtol=0, atol=1e-5)


# Where the pipelines are wrong


@pytest.mark.parametrize("kind", KINDS)
def test_theirs_cannot_paint_a_batch_without_guidance_and_ours_can(
    sides: dict[str, Decoder], kind: str
) -> None:
    one, asked = sides[kind], case(kind, rows=2, guidance=1.0)
    wanted, unwanted = one.points(1)
    how = {"image_embeds": wanted, "negative_image_embeds": unwanted, "num_images_per_prompt": 2}
    with pytest.raises(RuntimeError, match="must match"):
        one.expected(asked, **how)
    alone = one.sampled(case(kind, guidance=1.0))
    torch.testing.assert_close(one.sampled(asked)[:1], alone, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", ["picture", "depth and picture"])
def test_theirs_turns_pictures_that_are_not_square_and_ours_does_not(
    sides: dict[str, Decoder], kind: str
) -> None:
    one, asked = sides[kind], case(kind, size=(128, 64))
    ours = one.sampled(asked)
    assert ours.shape == (1, 4, 8, 16)
    if kind == "picture":
        assert one.expected(asked).shape == (1, 4, 16, 8)
    # asked for the other way about it paints what was wanted
    assert torch.equal(ours, one.expected(asked, width=64, height=128))


def test_theirs_of_21_refuses_pictures_that_are_not_square_and_ours_does_not(
    sides: dict[str, Decoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, asked = sides["2.1 picture"], case("2.1 picture", size=(128, 64))
    with pytest.raises(ValueError, match="Unexpected latents shape"):
        one.expected(asked)
    processor = one.theirs.image_processor
    right = processor.preprocess
    monkeypatch.setattr(processor, "preprocess", lambda image, wide, high: right(image, high, wide))
    assert torch.equal(one.sampled(asked), one.expected(asked))


@pytest.mark.parametrize("kind", ["picture", "depth and picture"])
def test_theirs_breaks_where_no_step_is_left_and_ours_takes_one(
    sides: dict[str, Decoder], kind: str
) -> None:
    one, asked = sides[kind], case(kind, strength=0.2)  # of four steps
    if kind == "picture":
        assert one.expected(asked).numel() == 0
    else:  # which goes on to decode what is not there
        with pytest.raises(RuntimeError, match="reshape"):
            one.expected(asked)
    assert torch.equal(one.sampled(asked), one.sampled(case(kind, strength=0.25)))


def test_theirs_of_21_takes_a_little_strength_for_the_largest_and_ours_does_not(
    sides: dict[str, Decoder],
) -> None:
    one, asked = sides["2.1 picture"], case("2.1 picture", strength=0.001, steps=1000)
    clean = movq.encode(one.movq, [picture()])
    assert float((one.sampled(asked) - clean).abs().mean()) < 0.1
    assert float((one.expected(asked) - clean).abs().mean()) > 0.5  # timestep -1 is the last


def test_theirs_keeps_by_the_first_mask_of_a_batch_and_ours_by_each(
    sides: dict[str, Decoder],
) -> None:
    one = sides["hole"]
    first, second = mask((0, 0, 24, 24)), mask((32, 32, 64, 64))
    both = case("hole", rows=2, masks=(first, second), own_meanings=True)
    alone = [
        one.sampled(case("hole", masks=(hole,)), row=row)
        for row, hole in enumerate((first, second))
    ]
    torch.testing.assert_close(one.sampled(both), torch.cat(alone), rtol=0, atol=1e-4)
    asked = case("hole", rows=2, own_meanings=True)
    theirs = one.expected(asked, image=[picture()] * 2, mask_image=[first, second])
    keep = movq.keep_mask([first, second], (8, 8))
    clean = movq.encode(one.movq, [picture()])
    assert torch.equal(one.sampled(both) * keep, clean * keep)
    torch.testing.assert_close(theirs[:1] * keep[:1], clean * keep[:1], rtol=0, atol=1e-4)
    assert not torch.allclose(theirs[1:] * keep[1:], clean * keep[1:], atol=0.1)


def test_theirs_of_21_does_not_keep_what_the_mask_keeps_and_ours_does(
    sides: dict[str, Decoder],
) -> None:
    one, asked = sides["2.1 hole"], case("2.1 hole", rows=2)
    keep = movq.keep_mask(asked.masks, (8, 8))
    clean = movq.encode(one.movq, [picture()])
    assert not torch.allclose(one.expected(asked) * keep, clean * keep, atol=0.1)
    assert torch.equal(one.sampled(asked) * keep, (clean * keep).expand(2, -1, -1, -1))


def test_theirs_overlooks_a_thin_stroke_and_ours_does_not() -> None:
    # of the 64 pixels of a cell they look at one
    stroke = mask((3, 0, 5, 64))
    seen, _image = prepare_mask_and_masked_image(picture(), stroke, 64, 64)
    assert torch.nn.functional.interpolate(seen, (8, 8), mode="nearest").min() == 1
    ours = movq.keep_mask([stroke], (8, 8))
    assert ours[0, 0, :, 0].max() == 0
    assert ours[0, 0, :, 2:].min() == 1


@pytest.mark.parametrize("seed", range(5))
def test_masks_along_the_cells_are_the_same(seed: int) -> None:
    cells = torch.rand(8, 16, generator=Generator().manual_seed(seed)) > 0.7
    white = cells.repeat_interleave(8, 0).repeat_interleave(8, 1)
    painted = Image.fromarray((white.numpy() * 255).astype(np.uint8))
    theirs, _image = prepare_mask_and_masked_image(picture(128, 64), painted, 64, 128)
    theirs = prepare_mask(torch.nn.functional.interpolate(theirs, (8, 16), mode="nearest"))
    assert torch.equal(movq.keep_mask([painted], (8, 16)), theirs)


def test_theirs_breaks_at_sizes_between_and_ours_names_those_that_fit(
    sides: dict[str, Decoder], whole_22: Path
) -> None:
    with pytest.raises(RuntimeError, match="must match"):
        sides["picture"].expected(case("picture", size=(72, 72)))
    model = read_model(whole_22)
    assert model is not None
    request = Paint(conditioning=Prompt("a cat"), sampling=Sampling(width=72, height=72))
    with pytest.raises(InvalidRequest, match=r"a multiple of 16 .* 64 and 80 are"):
        check_fits(request, model)


def test_theirs_wants_a_control_image_of_the_very_size_and_ours_makes_it_so(
    sides: dict[str, Decoder],
) -> None:
    one = sides["depth"]
    with pytest.raises(RuntimeError, match="Expected size"):
        one.expected(case("depth", hint=hint(128, 128)))
    made = depth.control_image(picture(100, 60).convert("L"), 8, 8)
    assert made.shape == (1, 3, 64, 64)
    same(one, case("depth", hint=made))


def same(one: Decoder, asked: Case) -> None:
    blended = not isinstance(one.theirs, KandinskyInpaintPipeline)  # which puts nothing back
    assert torch.equal(one.sampled(asked, blended=blended), one.expected(asked))
