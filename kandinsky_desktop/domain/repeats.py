"""Whether a request would paint pictures that are there already."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint


@dataclass(frozen=True, slots=True)
class Painted:
    """One picture, as a request for it alone."""

    alone: Paint
    rank: int = 0  # among the ideas that were chosen from; 0: the best, or there was no choice


def painted(request: Paint, index: int) -> Painted:
    """Return what the picture at `index` of a request's batch is painted from."""
    conditioning = request.conditioning_of(index)
    chosen = request.candidates > 0
    prior_seed = request.sampling.prior_seed if chosen else request.prior_seed_of(index)
    if not _samples_an_idea(conditioning):
        prior_seed = 0  # it is of no effect
    task = request.task
    if isinstance(task, Inpaint) and len(task.masks) > 1:
        task = replace(task, masks=(task.masks[index],))
    alone = replace(
        request,
        conditioning=conditioning,
        task=task,
        count=1,
        shared_prior_seed=False,
        sampling=replace(request.sampling, prior_seed=prior_seed, seed=request.seed_of(index)),
    )
    return Painted(alone, index if chosen and not request.shared_prior_seed else 0)


def all_painted(request: Paint) -> tuple[Painted, ...]:
    """Return each picture of a request."""
    return tuple(painted(request, index) for index in range(request.count))


def is_repeat(request: Paint, known: Iterable[Painted]) -> bool:
    """Whether each picture of a request is known."""
    return set(all_painted(request)) <= set(known)


def _samples_an_idea(conditioning: object) -> bool:
    match conditioning:
        case ImagePrompt():
            return conditioning.led
        case ImageEmbedding():
            return False
        case _:
            return True
