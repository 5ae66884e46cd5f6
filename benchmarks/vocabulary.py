"""The words in which `cases` asks for pictures, said with the names of this tree.

An older tree has a vocabulary of its own (`vocabulary_412387c.txt`), which is laid there in the
place of this one, so that both run the same cases. What is renamed in the program is renamed here.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.conditioning import (
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.errors import Stopped as Stopped
from kandinsky_desktop.domain.events import Planned, Stepped
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint, TextToImage
from kandinsky_desktop.engine.checkpoints import CheckpointInterval
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import pictures

SCHEDULERS = tuple(LABELS)


def engine(cache: Path, threads: int, *, checkpoint_each_step: bool = False) -> Engine:
    """Return an engine on the processor."""
    always = CheckpointInterval(every_s=0, share=math.inf)
    often = always if checkpoint_each_step else CheckpointInterval()
    return Engine(cache, threads, Device("cpu"), interval=often)


def prompt(text: str, negative: str = "") -> Any:
    """What words mean, by the prior."""
    return Prompt(text, negative)


def image_prompt(path: Path) -> Any:
    """What a picture means, by the image encoder."""
    return ImagePrompt(path)


def led_image_prompt(path: Path, text: str, *, strength: float) -> Any:
    """What a picture means, led by the prior towards words."""
    return ImagePrompt(path, text, strength=strength)


def image_embedding(path: Path) -> Any:
    """An embedding that lies in a file."""
    return ImageEmbedding(path)


def mix(*parts: tuple[Any, float], blend: Any = "shares", restore: bool = False) -> Any:
    """A mixture by weights."""
    ingredients = tuple(Ingredient(source, weight) for source, weight in parts)
    return Mix(ingredients=ingredients, blend=blend, restore=restore)


def interpolation(start: Any, end: Any, *, blend: Any = "slerp") -> Any:
    """From one to another, picture by picture."""
    return Interpolation(start=start, end=end, blend=blend)


def grid(*corners: Any, columns: int) -> Any:
    """Between four corners."""
    first, second, third, fourth = corners
    return Grid(corners=(first, second, third, fourth), columns=columns)


def img2img(path: Path, *, strength: float, old_noise: bool = False) -> Any:
    """Start from a picture."""
    return Img2Img(path=path, strength=strength, old_noise=old_noise)


def inpaint(path: Path, masks: Iterable[Path], **others: Any) -> Any:
    """Start from a picture with a part to be painted anew: strength, fill, crop, grow, feather.

    With hard edges unless it is said: soft and grown ones are worked out otherwise now.
    """
    return Inpaint(path=path, masks=tuple(masks), **({"grow": 0, "feather": 0} | others))


def outpaint(path: Path, **borders: Any) -> Any:
    """Start from a picture that grows: left, top, right, bottom. With hard edges, as above."""
    return Outpaint(path=path, **({"feather": 0} | borders))


def depth(path: Path, *, flip: bool = False, estimate: bool = False) -> Any:
    """A control image."""
    return Depth(path=path, flip=flip, estimate=estimate)


def request(
    conditioning: Any,
    start: Any = None,
    *,
    negative: Any = None,
    depth: Any = None,
    decoder_prompt: str = "",
    negative_decoder_prompt: str = "",
    count: int = 1,
    shared_prior_seed: bool = False,
    candidates: int = 0,
    prior_seed: int = 3,
    seed: int = 11,
    **sampling: Any,
) -> Any:
    """Ask for pictures; the rest are fields of Sampling."""
    return Paint(
        conditioning=conditioning,
        negative=negative,
        task=start or TextToImage(),
        depth=depth,
        decoder_prompt=decoder_prompt,
        negative_decoder_prompt=negative_decoder_prompt,
        count=count,
        shared_prior_seed=shared_prior_seed,
        candidates=candidates,
        sampling=Sampling(prior_seed=prior_seed, seed=seed, **sampling),
    )


def planned(progress: Any) -> list[int] | None:
    """Return the steps of prior and decoder, and the pictures, of a report that plans them."""
    if not isinstance(progress, Planned):
        return None
    return [progress.prior_steps, progress.decoder_steps, progress.pictures]


def stepped(progress: Any) -> tuple[str, int] | None:
    """Return the sampler and the number of a step, of a report that tells one."""
    return (progress.stage, progress.step) if isinstance(progress, Stepped) else None


def picture_file(image: Any, record: Any, embedding: bytes) -> bytes:
    """Return a picture as its file's bytes, its embedding inside."""
    return pictures.finish(image, record, embedding).data
