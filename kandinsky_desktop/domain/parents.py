"""What a picture came from: the pictures that its request was read from, each with its part."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    title_of,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.picture_kinds import SAVED_MEANING
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.task import NOWHERE, Img2Img, Inpaint, Outpaint, PartOf, TextToImage


@dataclass(frozen=True, slots=True)
class Parent:
    """A picture that another was made from."""

    path: Path
    title: str  # what it was to it
    content: str = ""  # its fingerprint then; empty: not known
    offset: tuple[int, int] | None = None  # where it lies in a picture that grew; None: all over it
    part_of: PartOf | None = None  # of which picture it is a region; None: it is whole


def parents_of(request: Request, index: int, sources: tuple[str, ...] = ()) -> tuple[Parent, ...]:
    """Return the parents of one picture of a request, the nearest first, each once.

    `sources` are the fingerprints of the request's files, in their order.
    """
    contents = dict(zip(request.files, sources, strict=False))
    found: dict[Path, Parent] = {}

    def add(
        path: Path,
        title: str,
        offset: tuple[int, int] | None = None,
        part_of: PartOf | None = None,
    ) -> None:
        if path != NOWHERE and path.suffix.lower() not in SAVED_MEANING.endings:
            found.setdefault(path, Parent(path, title, contents.get(path, ""), offset, part_of))

    match request.task:
        case Outpaint(path=path, left=left, top=top, part_of=part_of):
            add(path, _("before it grew"), (left, top), part_of)
        case Inpaint(path=path, part_of=part_of):
            add(path, _("before it was filled"), part_of=part_of)
        case Img2Img(path=path, part_of=part_of):
            add(path, _("what it started from"), part_of=part_of)
        case TextToImage():
            pass
    _add_meanings(request.conditioning_of(index), add)
    if request.depth is not None:
        words = _("whose depth it follows") if request.depth.estimate else _("its depth map")
        add(request.depth.path, words)
    return tuple(found.values())


def _add_meanings(conditioning: Conditioning, add: Callable[[Path, str], None]) -> None:
    match conditioning:
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            add(path, _("what it was varied from"))
        case Mix(ingredients=ingredients):
            for one in sorted(ingredients, key=_importance):
                if isinstance(one.source, ImagePrompt | ImageEmbedding) and one.weight:
                    add(one.source.path, _("part: {title}").format(title=title_of(one.source)))
        case Prompt() | Interpolation() | Grid():
            pass  # one picture of a series is a mix


def _importance(one: Ingredient) -> float:
    return -abs(one.weight)
