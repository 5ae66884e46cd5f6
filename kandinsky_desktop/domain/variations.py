"""Variations of a picture: others much like it, somewhat like it, or the same one larger.

All of them are image-to-image with the picture's own conditioning. With Kandinsky the noise decides
where things are and the image embedding what they are: from the embedding alone, with another seed
or moved a little, a variation would be another composition altogether. How much of the picture is
kept is said by the strength.
"""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from kandinsky_desktop.domain.catalog import Size, snap
from kandinsky_desktop.domain.conditioning import Conditioning, ImageEmbedding
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Img2Img

How = Literal["subtly", "strongly"]

STRENGTHS: dict[How, float] = {"subtly": 0.4, "strongly": 0.8}  # seen on sheets of the starter
LARGER = 2.0
VARIATIONS = 4


def conditioning_of(record: Record, picture: Path, *, whole: bool) -> Conditioning:
    """Return a picture's conditioning: as requested, or its stored embedding if a file is gone."""
    return record.request.conditioning_of(record.index) if whole else ImageEmbedding(picture)


def variation(
    record: Record,
    picture: Path,
    size: Size,
    how: How,
    seed: int,
    model: Model,
    *,
    whole: bool = True,
) -> Paint:
    """Return the request for four pictures much or somewhat like this one."""
    size = Size(snap(size.width, model), snap(size.height, model))
    task = Img2Img(path=picture, strength=STRENGTHS[how])
    conditioning = conditioning_of(record, picture, whole=whole)
    return _from(record, conditioning, task, size, seed, VARIATIONS)


def enlargement(
    record: Record,
    picture: Path,
    size: Size,
    model: Model,
    *,
    whole: bool = True,
) -> Paint:
    """Return the request for the same picture larger, with its own seeds.

    Raises InvalidRequest if it is as large as the model paints well.
    """
    factor = min(LARGER, model.largest / max(size.width, size.height))
    larger = Size(snap(size.width * factor, model), snap(size.height * factor, model))
    if larger.width <= size.width or larger.height <= size.height:
        raise InvalidRequest(
            _("It is {size} pixels: {model} paints no larger ones well.").format(
                size=size, model=model.profile.title
            )
        )
    least = 1 / record.request.sampling.steps  # at which a step is taken
    task = Img2Img(path=picture, strength=max(model.profile.larger_strength, least))
    conditioning = conditioning_of(record, picture, whole=whole)
    return _from(record, conditioning, task, larger, record.seed, 1)


def _from(
    record: Record, conditioning: Conditioning, task: Img2Img, size: Size, seed: int, count: int
) -> Paint:
    request = record.request
    return replace(
        request,
        conditioning=conditioning,
        task=task,
        count=count,
        shared_prior_seed=True,
        candidates=0,
        model=record.model,
        sampling=replace(
            request.sampling,
            width=size.width,
            height=size.height,
            prior_seed=record.prior_seed,
            seed=seed,
        ),
    )


def candidate_request(request: Paint, number: int) -> Paint:
    """Return the request for one picture of one of the candidates of a request."""
    many = replace(request, shared_prior_seed=False, candidates=0)
    return replace(
        many,
        count=1,
        sampling=replace(
            request.sampling,
            prior_seed=many.prior_seed_of(number),
            seed=many.seed_of(number),
        ),
    )
