"""What leads on from a picture: others much like it, somewhat like it, or the same one larger.

All of them start from the picture and keep its meaning. With Kandinsky the noise decides where
things are and the meaning what they are: led from the meaning alone, by another seed or by a nudge
of it, a variation would be another composition altogether. From the picture itself as much is kept
as the strength says.
"""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from kandinsky_desktop.domain.catalog import Size, snap
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.meaning import Meaning, Saved
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.start import FromPicture
from kandinsky_desktop.domain.words import _

How = Literal["subtly", "strongly"]

STRENGTHS: dict[How, float] = {"subtly": 0.4, "strongly": 0.8}  # seen on sheets of the starter
LARGER = 2.0
VARIATIONS = 4


def meaning_of(record: Record, picture: Path, *, whole: bool) -> Meaning:
    """Return what a picture means: as it was said, or its own point if a file of it is gone."""
    return record.request.meaning_of(record.index) if whole else Saved(picture)


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
    start = FromPicture(path=picture, strength=STRENGTHS[how])
    meaning = meaning_of(record, picture, whole=whole)
    return _from(record, meaning, start, size, seed, VARIATIONS)


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
    start = FromPicture(path=picture, strength=max(model.profile.larger_strength, least))
    meaning = meaning_of(record, picture, whole=whole)
    return _from(record, meaning, start, larger, record.detail_seed, 1)


def _from(
    record: Record, meaning: Meaning, start: FromPicture, size: Size, seed: int, count: int
) -> Paint:
    request = record.request
    return replace(
        request,
        meaning=meaning,
        start=start,
        count=count,
        one_idea=True,
        ideas=0,
        model=record.model,
        sampling=replace(
            request.sampling,
            width=size.width,
            height=size.height,
            idea_seed=record.idea_seed,
            detail_seed=seed,
        ),
    )


def idea(request: Paint, number: int) -> Paint:
    """Return the request for one picture of one of the many ideas of a request."""
    many = replace(request, one_idea=False, ideas=0)
    return replace(
        many,
        count=1,
        sampling=replace(
            request.sampling,
            idea_seed=many.idea_seed_of(number),
            detail_seed=many.detail_seed_of(number),
        ),
    )
