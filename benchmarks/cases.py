"""The kinds of request that two trees of the program are compared by, by name.

Said in the words of `vocabulary`, so that a tree with other names can run the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks import vocabulary as v

Way = Literal["paint", "paint once", "resume", "keep a step"]
Build = Callable[["Desk"], Any]  # a request
QUICK: dict[str, Any] = {
    "width": 128,
    "height": 128,
    "steps": 5,
    "guidance": 2.0,
    "prior_steps": 4,
    "prior_guidance": 2.0,
}
SMALL = QUICK | {"width": 64, "height": 64}


@dataclass(frozen=True, slots=True)
class Desk:
    """Files that requests are made of."""

    folder: Path
    own: Callable[[str], Path]  # a picture that the tree painted itself: ".png", ".safetensors"

    def __getattr__(self, name: str) -> Path:
        """Return the picture of that name: cat, dog, large, hole, other_hole, near."""
        return self.folder / f"{name}.png"


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the model that paints it, and what is done with both.

    `paint` paints from cold, again from a warm cache, and the first picture again from its record;
    `paint once` only from words that are not known. `resume` ends the job after some of its steps
    and lets a new engine go on. `keep a step` takes the decoder's prediction early, and makes the
    picture again from its record. These two are watched with previews, the others are not.
    """

    build: Build
    model: str = "starter"  # or "2.1", "2.2": tiny ones
    way: Way = "paint"
    estimated: bool = False  # with a model that estimates depth

    @property
    def tiny(self) -> bool:
        """Whether it is run with models that are made for it."""
        return self.estimated or self.model != "starter"


def ask(*conditioning: Any, **others: Any) -> Any:
    """Ask for pictures at the quick sampling, where nothing else is said."""
    return v.request(*conditioning, **(QUICK | others))


def cases() -> dict[str, Case]:
    """Return all of them."""
    cat, blue = v.prompt("a red cat"), v.prompt("a red cat", "blue")
    two = ((cat, 0.7), (v.prompt("a tiger"), 0.4))
    every: dict[str, Build | Case] = {
        "text to image": lambda d: ask(cat),
        "text to image, n=3": lambda d: ask(cat, count=3),
        "text to image, n=6 in two batches, both negatives": lambda d: ask(
            v.prompt("a rainbow", "dark"), negative=v.prompt("a dog"), count=6, steps=2
        ),
        "text to image, n=6, one idea": lambda d: ask(
            blue, count=6, shared_prior_seed=True, steps=2
        ),
        "guidance 1, n=2": lambda d: ask(cat, count=2, guidance=1.0, prior_guidance=1.0),
        "guidance from 0.2 to 0.8": lambda d: ask(cat, guidance_from=0.2, guidance_to=0.8),
        # The starter's latents do not suit it, nor p_sampler, which always thresholds.
        "dynamic thresholding": Case(lambda d: v.request(cat, thresholding=True, **SMALL), "2.2"),
        "DDIM, eta 0.7": lambda d: ask(cat, scheduler="DDIMScheduler", eta=0.7),
        "mix by shares": lambda d: ask(v.mix(*two)),
        "mix, plain sum of four kinds, restored, n=2": lambda d: ask(
            v.mix(
                *two,
                (v.image_prompt(d.dog), -0.2),
                (v.led_image_prompt(d.cat, "a dog", strength=0.5), 0.3),
                blend="sum",
                restore=True,
            ),
            count=2,
        ),
        "mix on an arc": lambda d: ask(v.mix(*two, blend="slerp")),
        "mix led away from a mix": lambda d: ask(
            v.mix(*two), negative=v.mix((v.image_prompt(d.dog), 1.0), (cat, 0.5))
        ),
        "interpolation of 3": lambda d: ask(
            v.interpolation(v.prompt("a cat"), v.image_prompt(d.dog)), count=3
        ),
        "interpolation of 6 by shares, in two batches": lambda d: ask(
            v.interpolation(v.prompt("a cat"), cat, blend="shares"), count=6, steps=2
        ),
        "grid 2 x 2": lambda d: ask(
            v.grid(
                v.prompt("a cat"),
                v.prompt("a dog"),
                v.image_prompt(d.dog),
                v.prompt("a tree"),
                columns=2,
            ),
            count=4,
        ),
        "variation of a picture, n=2": lambda d: ask(v.image_prompt(d.dog), count=2),
        "picture led by words": lambda d: ask(v.led_image_prompt(d.dog, "a cat", strength=0.5)),
        "picture led by words, strength 0": lambda d: ask(
            v.led_image_prompt(d.dog, "a cat", strength=0.0)
        ),
        "embedding in a picture of ours": lambda d: ask(v.image_embedding(d.own(".png"))),
        "embedding in a file": lambda d: ask(v.image_embedding(d.own(".safetensors"))),
        "img2img, n=2": lambda d: ask(blue, v.img2img(d.cat, strength=0.4), count=2),
        "img2img of a picture that is cut": lambda d: ask(blue, v.img2img(d.large, strength=0.6)),
        "inpaint, cropped": lambda d: ask(blue, v.inpaint(d.large, [d.hole])),
        "inpaint, n=2, a mask each, strength 0.7, noise": lambda d: ask(
            blue,
            v.inpaint(d.large, [d.hole, d.other_hole], strength=0.7, fill="noise"),
            count=2,
        ),
        "inpaint, one mask for 2": lambda d: ask(blue, v.inpaint(d.large, [d.hole]), count=2),
        "inpaint, not cropped": lambda d: ask(blue, v.inpaint(d.large, [d.hole], crop=False)),
        "outpaint, several windows, n=2": lambda d: ask(
            blue, v.outpaint(d.cat, left=60, bottom=50), count=2, steps=3
        ),
        "outpaint, one window": lambda d: ask(blue, v.outpaint(d.cat, right=24)),
        "depth, n=2": lambda d: ask(blue, depth=v.depth(d.near), count=2),
        "depth and a picture": lambda d: ask(
            blue, v.img2img(d.cat, strength=0.6), depth=v.depth(d.near, flip=True)
        ),
        "depth and a hole": lambda d: ask(
            blue, v.inpaint(d.large, [d.hole]), depth=v.depth(d.near)
        ),
        "depth and a border": lambda d: ask(
            blue, v.outpaint(d.cat, right=70), depth=v.depth(d.near), steps=3
        ),
        "estimated depth": Case(
            lambda d: ask(blue, depth=v.depth(d.dog, estimate=True)), estimated=True
        ),
        "candidates, best 2 of 5": lambda d: ask(blue, candidates=5, count=2),
        "candidates, one idea for 2": lambda d: ask(
            blue, candidates=4, count=2, shared_prior_seed=True
        ),
        "candidates, negative by a picture": lambda d: ask(
            cat, candidates=3, negative=v.image_prompt(d.dog)
        ),
    }
    for name in v.SCHEDULERS:
        every |= _with_scheduler(name)
    every |= _of_21() | _going_on()
    return {name: one if isinstance(one, Case) else Case(one) for name, one in every.items()}


def _with_scheduler(name: str) -> dict[str, Case]:
    """From nothing, from a picture and into a hole; each with words that no other case has."""
    how = SMALL | {"steps": 6, "scheduler": name}
    builds: dict[str, Build] = {
        "text to image, n=2": lambda d: v.request(v.prompt(f"a cat, {name}"), count=2, **how),
        "img2img": lambda d: v.request(
            v.prompt(f"a dog, {name}"), v.img2img(d.cat, strength=0.6), **how
        ),
        "inpaint": lambda d: v.request(
            v.prompt(f"a tree, {name}"), v.inpaint(d.large, [d.hole]), **how
        ),
        "inpaint, strength 0.7": lambda d: v.request(
            v.prompt(f"a star, {name}"), v.inpaint(d.large, [d.hole], strength=0.7), **how
        ),
    }
    model = "2.2" if name == "p_sampler" else "starter"
    return {
        f"{name}: {kind}": Case(build, model, way="paint once") for kind, build in builds.items()
    }


def _of_21() -> dict[str, Build | Case]:
    """A tiny Kandinsky 2.1, whose decoder reads text itself; and a tiny 2.2 beside it."""
    cat, blue = v.prompt("a cat"), v.prompt("a cat", "blue")
    texts: dict[str, Any] = {"decoder_prompt": "a dog", "negative_decoder_prompt": "ugly"}
    of_21: dict[str, Build] = {
        "text to image, n=2": lambda d: v.request(blue, count=2, **SMALL),
        "decoder prompts of their own": lambda d: v.request(
            cat, negative=v.prompt("a dog"), **SMALL, **texts
        ),
        "variation of a picture": lambda d: v.request(v.image_prompt(d.dog), **SMALL, **texts),
        "inpaint": lambda d: v.request(cat, v.inpaint(d.large, [d.hole]), **SMALL, **texts),
        "outpaint": lambda d: v.request(cat, v.outpaint(d.cat, right=40), **SMALL),
        "mix, n=2": lambda d: v.request(v.mix((cat, 1.0), (blue, 0.5)), count=2, **SMALL),
    }
    for name in ("DDPMScheduler", "DDIMScheduler", "p_sampler", "ddim_sampler", "plms_sampler"):
        of_21 |= _of_21_with(SMALL | {"scheduler": name}, texts)
    told: dict[str, Build | Case] = {f"2.1: {n}": Case(one, "2.1") for n, one in of_21.items()}
    told["2.2 tiny: text to image, n=2"] = Case(lambda d: v.request(blue, count=2, **SMALL), "2.2")
    told["2.2 tiny: depth and a hole"] = Case(
        lambda d: v.request(blue, v.inpaint(d.large, [d.hole]), depth=v.depth(d.near), **SMALL),
        "2.2",
    )
    return told


def _of_21_with(how: dict[str, Any], texts: dict[str, Any]) -> dict[str, Build]:
    cat, name = v.prompt("a cat"), how["scheduler"]
    return {
        f"{name}, decoder prompts": lambda d: v.request(cat, **how, **texts),
        f"{name}, img2img": lambda d: v.request(cat, v.img2img(d.cat, strength=0.6), **how),
        f"{name}, img2img with old noise": lambda d: v.request(
            cat, v.img2img(d.cat, strength=0.6, old_noise=True), **how
        ),
    }


def _going_on() -> dict[str, Build | Case]:
    """Jobs that are cut off, and pictures whose decoder is stopped early."""
    told: dict[str, Build | Case] = {
        "resumed: 2.1": Case(
            lambda d: v.request(v.prompt("a cat"), decoder_prompt="a dog", **SMALL), "2.1", "resume"
        )
    }
    for name in ("DDPMScheduler", "UniPCMultistepScheduler", "PNDMScheduler"):
        for kind, build in _long(SMALL | {"scheduler": name}).items():
            told[f"resumed: {kind}, {name}"] = Case(build, way="resume")
            told[f"a kept step: {kind}, {name}"] = Case(build, way="keep a step")
    return told


def _long(how: dict[str, Any]) -> dict[str, Build]:
    blue = v.prompt("a red cat", "blue")
    return {
        "n=3": lambda d: v.request(blue, count=3, **how),
        "inpaint": lambda d: v.request(blue, v.inpaint(d.large, [d.hole]), **how),
        "outpaint, several windows, n=2": lambda d: v.request(
            blue, v.outpaint(d.cat, left=60, bottom=50), count=2, **(how | {"steps": 3})
        ),
    }


# -- What is timed -------------------------------------------------------------------------------

TIMED = ("text to image", "inpaint", "strip of nine")
USUAL = QUICK | {"steps": 20, "prior_steps": 25}


def timed(name: str, turn: int, desk: Desk, **sampling: Any) -> Any:
    """Return a request with words and seeds that no other turn has."""
    how = USUAL | {"prior_seed": turn, "seed": turn} | sampling
    one, other = v.prompt(f"a red cat, take {turn}", f"blue {turn}"), v.prompt(f"a tiger {turn}")
    match name:
        case "text to image":
            return v.request(one, **how)
        case "inpaint":
            return v.request(one, v.inpaint(desk.large, [desk.hole]), **how)
        case _:
            return v.request(v.interpolation(one, other, blend="shares"), count=9, **how)
