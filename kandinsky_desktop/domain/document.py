"""A picture that is worked on with a mask, without its pixels: what is saved beside the layers."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import check, like
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.limits import LONGEST_SIDE, MOST_PIXELS, is_too_large
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.task import Inpaint

PICTURE, MASK = "picture", "mask"  # the layers, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedFill:
    """A fill that became a part of the picture."""

    box: Box  # where it lies
    record: Record | None = None  # how it was made, where its file says so


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskEdges:
    """What is done to the painted mask before it is used: declared with inpainting."""

    grow: int = like(Inpaint, "grow", 4)
    feather: int = like(Inpaint, "feather", 8)

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """What undo takes back besides pixels."""

    accepted: tuple[AcceptedFill, ...] = ()
    borders: Borders = field(default_factory=Borders)
    origin: tuple[int, int] = (0, 0)

    def grown(self) -> "Undoable":
        """Return what it is once the borders are a part of the picture."""
        right, down = self.borders.left, self.borders.top
        accepted = tuple(replace(fill, box=fill.box.moved(right, down)) for fill in self.accepted)
        origin = self.origin[0] + right, self.origin[1] + down
        return Undoable(accepted=accepted, origin=origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is known of an open picture besides its layers' pixels."""

    size: Size
    title: str = ""  # as the window calls it
    source: Path | None = None  # the file that it was opened from
    content: str = ""  # the fingerprint of the picture's file as it was opened
    layers: tuple[str, ...] = (PICTURE, MASK)
    alpha: bool = False  # the picture has transparent parts
    edges: MaskEdges = field(default_factory=MaskEdges)
    padding: int = like(Inpaint, "padding", 32)
    frame: Box | None = None  # what the model sees, as drawn by hand; None: by the rule
    accepted: tuple[AcceptedFill, ...] = ()
    borders: Borders = field(default_factory=Borders)  # by which it is to grow
    origin: tuple[int, int] = (0, 0)  # where the corner of what was opened lies: it has grown

    @property
    def undoable(self) -> Undoable:
        """What of it undo takes back."""
        return Undoable(accepted=self.accepted, borders=self.borders, origin=self.origin)

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)
        check_size(self.size, self.title or _("The picture"))


def check_size(size: Size, name: str) -> None:
    """Raise InvalidRequest, with a sentence, for a picture that is too large to be worked on."""
    if size.width < 1 or size.height < 1:
        raise InvalidRequest(_("A picture needs at least one pixel."))
    if is_too_large(size.width, size.height):
        raise InvalidRequest(
            _(
                "{name} is {size} pixels; at most {most} million in all and {longest} a side can be"
                " worked on."
            ).format(name=name, size=size, most=MOST_PIXELS // 1_000_000, longest=LONGEST_SIDE)
        )
