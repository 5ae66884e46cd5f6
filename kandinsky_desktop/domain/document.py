"""A picture that is worked on with a mask, without its pixels: what is saved beside the layers."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import check, like, number, switch
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.limits import LONGEST_SIDE, MOST_PIXELS, is_too_large
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.task import Inpaint

# the layers, by name
PICTURE, MASK, SKETCH, DEPTH = "picture", "mask", "sketch", "depth"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedFill:
    """A fill that became a part of the picture."""

    box: Box  # where it lies
    record: Record | None = None  # how it was made, where its file says so


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLook:
    """How a layer that lies over the picture is seen, and used where the picture is."""

    opacity: float = number(
        1.0,
        N_("Opacity"),
        low=0,
        high=1,
        step=0.05,
        help=N_("How much of it is seen, and counts, over what lies below."),
    )
    visible: bool = switch(True, N_("Shown"), help=N_("What is hidden counts for nothing."))

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)

    @property
    def strength(self) -> int:
        """How much of it counts: 0 to 255."""
        return round(self.opacity * 255) if self.visible else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthLook:
    """Whether there is a depth map over the picture, how it is seen, and whether it is followed."""

    there: bool = False
    used: bool = switch(
        True,
        N_("Follow it"),
        help=N_("What is painted lies as near and as far as the depth says."),
    )
    opacity: float = number(
        0.6, N_("Opacity"), low=0, high=1, step=0.05, help=N_("How much of it is seen.")
    )
    visible: bool = switch(True, N_("Shown"), help=N_("It is followed, be it seen or not."))

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)

    @property
    def counts(self) -> bool:
        """Whether jobs are painted along it."""
        return self.there and self.used

    @property
    def strength(self) -> float:
        """How much of it is seen: 0 to 1."""
        return self.opacity if self.there and self.visible else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskEdges:
    """What is done to the painted mask before it is used: declared with inpainting."""

    grow: int = like(Inpaint, "grow", 4)
    feather: int = like(Inpaint, "feather", 8)

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPicture:
    """A second picture that lies over the one that is worked on, until it is put down."""

    file: str  # its name in the document's folder
    box: Box  # where it lies, in pixels of the picture; it may reach beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """What undo takes back besides pixels."""

    accepted: tuple[AcceptedFill, ...] = ()
    borders: Borders = field(default_factory=Borders)
    origin: tuple[int, int] = (0, 0)
    sketch: LayerLook = field(default_factory=LayerLook)
    depth: DepthLook = field(default_factory=DepthLook)
    placed: PlacedPicture | None = None

    def grown(self) -> "Undoable":
        """Return what it is once the borders are a part of the picture."""
        right, down = self.borders.left, self.borders.top
        accepted = tuple(replace(fill, box=fill.box.moved(right, down)) for fill in self.accepted)
        origin = self.origin[0] + right, self.origin[1] + down
        placed = self.placed
        if placed is not None:
            placed = replace(placed, box=placed.box.moved(right, down))
        return replace(self, accepted=accepted, borders=Borders(), origin=origin, placed=placed)


UNDOABLE = tuple(one.name for one in fields(Undoable))  # of a document, by the same names


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is known of an open picture besides its layers' pixels."""

    size: Size
    title: str = ""  # as the window calls it
    source: Path | None = None  # the file that it was opened from
    content: str = ""  # the fingerprint of the picture's file as it was opened
    layers: tuple[str, ...] = (PICTURE, MASK, SKETCH, DEPTH)
    alpha: bool = False  # the picture has transparent parts
    edges: MaskEdges = field(default_factory=MaskEdges)
    padding: int = like(Inpaint, "padding", 32)
    frame: Box | None = None  # what the model sees, as drawn by hand; None: by the rule
    accepted: tuple[AcceptedFill, ...] = ()
    borders: Borders = field(default_factory=Borders)  # by which it is to grow
    origin: tuple[int, int] = (0, 0)  # where the corner of what was opened lies: it has grown
    sketch: LayerLook = field(default_factory=LayerLook)  # how colours over the picture are seen
    depth: DepthLook = field(default_factory=DepthLook)
    placed: PlacedPicture | None = None  # what lies over both

    @property
    def undoable(self) -> Undoable:
        """What of it undo takes back."""
        return Undoable(**{name: getattr(self, name) for name in UNDOABLE})

    def undone_to(self, value: Undoable) -> "Document":
        """The same with what undo took back."""
        return replace(self, **{name: getattr(value, name) for name in UNDOABLE})

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
