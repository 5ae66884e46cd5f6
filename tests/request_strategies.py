"""Any request that can be made, and any JSON that is nearly one, for property tests."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as some

from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.schedulers import SCHEDULERS
from kandinsky_desktop.domain.task import (
    FILLS,
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    Task,
    TextToImage,
)

TEXTS = some.sampled_from(["a red cat", "", "кот 🐈", " \n", "a, b; 'c' \"d\" \\ : 0.5", "\0"])
SHARES = some.sampled_from([0.0, 0.3, 0.5, 1.0])
WEIGHTS = some.one_of(
    some.sampled_from([0.0, 1.0, -1.0, 0.5, -0.25, 1e-300, 1e300]), some.floats(-2, 2)
)


@some.composite
def samplings(draw: some.DrawFn, sides: some.SearchStrategy[int]) -> Sampling:
    bounds = sorted((draw(SHARES), draw(SHARES)))
    return Sampling(
        width=draw(sides),
        height=draw(sides),
        steps=draw(some.integers(1, 4)),
        guidance=draw(some.sampled_from([1.0, 3.0, 30.0])),
        prior_steps=draw(some.integers(2, 3)),
        prior_guidance=draw(some.sampled_from([1.0, 2.0])),
        scheduler=draw(some.sampled_from([one.value for one in SCHEDULERS])),
        eta=draw(SHARES),
        thresholding=draw(some.booleans()),
        guidance_from=bounds[0],
        guidance_to=bounds[1],
        prior_seed=draw(some.sampled_from([0, 7, 2**32 - 1])),
        seed=draw(some.sampled_from([0, 7, 2**32 - 1])),
    )


@some.composite
def sources(draw: some.DrawFn, pictures: Sequence[Path], saved: Sequence[Path]) -> Source:
    match draw(some.sampled_from(["words", "picture", "saved", "nudged"])):
        case "words":
            return Prompt(draw(TEXTS), draw(TEXTS))
        case "picture":
            return ImagePrompt(draw(some.sampled_from(pictures)))
        case "saved":
            return ImageEmbedding(draw(some.sampled_from(saved)))
        case _:
            path = draw(some.sampled_from(pictures))
            return ImagePrompt(path, draw(TEXTS), draw(TEXTS), draw(SHARES))


@some.composite
def meanings(
    draw: some.DrawFn, pictures: Sequence[Path], saved: Sequence[Path], *, series: bool = True
) -> Conditioning:
    one = sources(pictures, saved)
    blend: Any = draw(some.sampled_from(["shares", "sum", "slerp"]))
    match draw(some.sampled_from(["source", "fusion", *["passage", "sheet"] * series])):
        case "source":
            return draw(one)
        case "fusion":
            parts = draw(some.lists(some.builds(Ingredient, one, WEIGHTS), min_size=1, max_size=3))
            return Mix(ingredients=tuple(parts), blend=blend, restore=draw(some.booleans()))
        case "passage":
            places = draw(some.sampled_from([(), (0.25, 1.0)]))
            return Interpolation(start=draw(one), end=draw(one), blend=blend, places=places)
        case _:
            return Grid(corners=draw(some.tuples(one, one, one, one)), columns=2, blend=blend)


@some.composite
def starts(draw: some.DrawFn, pictures: Sequence[Path], masks: Sequence[Path]) -> Task:
    path = draw(some.sampled_from(pictures))
    fill = draw(some.sampled_from([one.value for one in FILLS]))
    strength = draw(some.sampled_from([0.01, 0.5, 1.0]))
    pixels = some.sampled_from([0, 1, 9, 40])
    match draw(some.sampled_from(["noise", "picture", "hole", "border"])):
        case "noise":
            return TextToImage()
        case "picture":
            return Img2Img(path=path, strength=strength, old_noise=draw(some.booleans()))
        case "hole":
            several = some.lists(some.sampled_from(masks), min_size=1, max_size=2)
            return Inpaint(
                path=path,
                masks=tuple(draw(several)),
                strength=strength,
                fill=fill,
                grow=draw(pixels),
                feather=draw(pixels),
                padding=draw(pixels),
                crop=draw(some.booleans()),
                match_colours=draw(some.booleans()),
            )
        case _:
            left, top, right, bottom = (draw(pixels) for _side in range(4))
            return Outpaint(
                path=path,
                left=left,
                top=top,
                right=right,
                bottom=bottom,
                overlap=draw(some.sampled_from([8, 64])),
                strength=strength,
                fill=fill,
                feather=draw(pixels),
            )


@some.composite
def requests(
    draw: some.DrawFn,
    pictures: Sequence[Path],
    masks: Sequence[Path],
    saved: Sequence[Path],
    sides: some.SearchStrategy[int] | None = None,
) -> Paint:
    """Return any request that can be made of these files."""
    try:
        meant = draw(meanings(pictures, saved))
        worded = isinstance(meant, Prompt)
        flip, estimate = draw(some.booleans()), draw(some.integers(0, 4)) == 0
        near = Depth(path=draw(some.sampled_from(pictures)), flip=flip, estimate=estimate)
        return Paint(
            conditioning=meant,
            negative=draw(some.none() | meanings(pictures, saved, series=False)),
            task=draw(starts(pictures, masks)),
            depth=draw(some.sampled_from([None, None, near])),
            decoder_prompt=draw(some.sampled_from(["", "", "a dog"])),
            negative_decoder_prompt=draw(some.sampled_from(["", "", "ugly"])),
            count=_count(draw, meant),
            shared_prior_seed=draw(some.booleans()),
            candidates=draw(some.sampled_from([0, 3])) if worded else 0,
            sampling=draw(samplings(some.sampled_from([64, 32, 48]) if sides is None else sides)),
        )
    except InvalidRequest:
        assume(False)
        raise


def _count(draw: some.DrawFn, meant: Conditioning) -> int:
    match meant:
        case Grid():
            return 4
        case Interpolation(places=[_one, *_more] as places):
            return len(places)
        case _:
            return draw(some.integers(1, 2))


STRANGE: list[Any] = [
    *(None, True, -1, 0, 10**400, 1e308, float("nan"), float("inf"), "", "x" * 30_000, "\ud800"),
    *("a\0b", [], {}, [[[]]], {"type": "Prompt"}, {"type": "TextToImage", "more": 1}, "nan"),
]


@some.composite
def plain_requests(draw: some.DrawFn, whole: some.SearchStrategy[Paint]) -> Any:
    """Return a request as JSON with something strange in one or two places."""
    plain = copy.deepcopy(to_plain(draw(whole), bytearray()))
    for _time in range(draw(some.integers(1, 2))):
        holder, key = draw(some.sampled_from(_places(plain)))
        match draw(some.sampled_from(["change", "change", "drop", "add"])):
            case "change":
                holder[key] = draw(some.sampled_from(STRANGE))
            case "drop":
                del holder[key]
            case _ if isinstance(holder, dict):
                holder["unknown"] = draw(some.sampled_from(STRANGE))
            case _:
                holder.append(draw(some.sampled_from(STRANGE)))
    return plain


def _places(plain: Any) -> list[tuple[Any, Any]]:
    """Return all places in a value, as what holds them and their key."""
    inside = plain.items() if isinstance(plain, dict) else enumerate(plain)
    found: list[tuple[Any, Any]] = []
    for key, value in inside:
        found.append((plain, key))
        if isinstance(value, dict | list):
            found += _places(value)
    return found
