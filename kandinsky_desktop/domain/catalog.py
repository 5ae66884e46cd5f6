"""The sizes and the sampling that a model can paint, brought to from what was asked for."""

from dataclasses import dataclass, replace
from math import sqrt

from kandinsky_desktop.domain.model import Model, suited
from kandinsky_desktop.domain.request import Request, Sampling
from kandinsky_desktop.domain.schedulers import most_steps

RATIOS = ((1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16))

SHAPES = ((1, 1), (4, 3), (3, 4), (16, 9), (9, 16))  # those that are shown side by side


@dataclass(frozen=True, slots=True)
class Size:
    """A width and a height in pixels."""

    width: int
    height: int

    @property
    def swapped(self) -> "Size":
        """The same, turned by a quarter."""
        return Size(self.height, self.width)

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.width} × {self.height}"


def sizes_for(model: Model) -> tuple[Size, ...]:
    """Return the sizes to offer: each usual ratio at about the native number of pixels."""
    sizes: dict[Size, None] = {}
    for across, down in RATIOS[:1] if model.profile.square else RATIOS:
        sizes.setdefault(_size_of(across, down, model))
    return tuple(sizes)


def _size_of(across: int, down: int, model: Model) -> Size:
    side = model.native * sqrt(across / down)
    return Size(snap(side, model), snap(model.native * model.native / side, model))


def shape_sizes(model: Model) -> dict[tuple[int, int], Size | None]:
    """Return the size of each of the shapes that are shown; None: the model cannot paint it."""
    square = model.profile.square
    return {
        (across, down): None if square and across != down else _size_of(across, down, model)
        for across, down in SHAPES
    }


def most_alike(shape: Size, model: Model) -> Size:
    """Return the size, among those offered, whose shape is most like another."""
    return min(sizes_for(model), key=lambda size: unlike(size, shape))


def unlike(one: Size, other: Size) -> float:
    """Return how far two shapes are from each other: 1 is the same."""
    ratio = (one.width / one.height) / (other.width / other.height)
    return max(ratio, 1 / ratio)


def snap(pixels: float, model: Model) -> int:
    """Return the nearest side that the model can paint."""
    steps = max(1, round(pixels / model.multiple))
    most = max(1, model.largest // model.multiple)
    return min(steps, most) * model.multiple


def fitted(sampling: Sampling, model: Model) -> Sampling:
    """Return the sampling with its size and steps brought to what the model can paint."""
    most = model.profile.most_steps
    return replace(
        sampling,
        width=snap(sampling.width, model),
        height=snap(sampling.height, model),
        steps=min(sampling.steps, most, most_steps(sampling.scheduler, model.train_timesteps)),
        prior_steps=min(sampling.prior_steps, most),
    )


def sketch_of(request: Request, model: Model) -> Request:
    """Return the same as one fast preview: smaller, of the same shape, in few steps.

    Its seeds are those of the first picture, so that it resembles it.
    """
    sampling, profile = request.sampling, model.profile
    side = profile.sketch_side or model.native
    shrunk = min(1.0, side / sqrt(sampling.width * sampling.height))
    return replace(
        request,
        count=1,
        sampling=suited(
            replace(
                sampling,
                width=snap(sampling.width * shrunk, model),
                height=snap(sampling.height * shrunk, model),
                steps=min(sampling.steps, profile.sketch_steps),
                scheduler=profile.sketch_scheduler,
            ),
            profile,
        ),
    )
