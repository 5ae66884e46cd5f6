"""The formats that pictures are exported to, and what is to be said of each."""

from dataclasses import dataclass
from pathlib import PurePath

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import Choice, check, choice, number, switch
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.picture_kinds import KINDS


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """A format that is written; the first ending is the usual one."""

    value: str
    name: str
    endings: tuple[str, ...]
    most: int  # pixels of the longest side that it holds
    transparent: bool = True  # whether it holds transparent parts

    def check_size(self, size: Size) -> None:
        """Raise InvalidRequest, with a sentence, for a picture that it cannot hold."""
        if max(size.width, size.height) > self.most:
            words = _(
                "{format} holds at most {most} pixels a side, and this picture has {size}: save it"
                " as PNG."
            )
            raise InvalidRequest(words.format(format=self.name, most=self.most, size=size))


FORMATS = (
    ImageFormat("png", "PNG", (".png",), 2**31 - 1),
    ImageFormat("jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), 65_500, transparent=False),
    ImageFormat("webp", "WebP", (".webp",), 16_383),
    ImageFormat("avif", "AVIF", (".avif",), 65_536),
)
GROUNDS = (
    Choice("white", N_("White")),
    Choice("grey", N_("Grey")),
    Choice("black", N_("Black")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How a picture is exported."""

    format: str = choice("png", N_("Format"), tuple(Choice(one.value, one.name) for one in FORMATS))
    quality: int = number(
        90, N_("Quality"), low=1, high=100, help=N_("Of all but PNG: less is a smaller file.")
    )
    lossless: bool = switch(
        False, N_("Without loss"), help=N_("WebP keeps every pixel as it is, in a larger file.")
    )
    keep: bool = switch(
        True,
        N_("Keep how it was made"),
        help=N_(
            "Words, settings and seeds, as other programs read them too. In a PNG also all that"
            " makes it again here, with the names of the files it was made from."
        ),
    )
    ground: str = choice(
        "white",
        N_("Ground"),
        GROUNDS,
        help=N_("What transparent parts of a picture lie on as JPEG, which has none."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)

    @property
    def target(self) -> ImageFormat:
        """The format."""
        return next(one for one in FORMATS if one.value == self.format)

    @property
    def loses(self) -> bool:
        """Whether pixels change, the less the higher the quality."""
        return self.format in ("jpeg", "avif") or (self.format == "webp" and not self.lossless)

    def lays_on_ground(self, *, transparent: bool) -> bool:
        """Whether a picture that is transparent, or not, is laid on the ground."""
        return transparent and not self.target.transparent


def format_of(name: str) -> ImageFormat | None:
    """Return the format that a file's name asks for by its ending; None if it asks for none.

    Raises InvalidRequest, with a sentence, for a kind of picture that is not written.
    """
    ending = PurePath(name).suffix.lower()
    for one in FORMATS:
        if ending in one.endings:
            return one
    if ending and any(ending in kind.endings for kind in KINDS):
        names = ", ".join(one.endings[0] for one in FORMATS)
        words = _("Pictures are not written as {ending}: let the name end in one of {names}.")
        raise InvalidRequest(words.format(ending=ending, names=names))
    return None


def with_ending(name: str, options: ExportOptions) -> str:
    """Return a file's name with the ending of the options' format, if it asks for no format."""
    if format_of(name) is not None:
        return name
    return name.rstrip(". ") + options.target.endings[0]


def renamed(name: str, options: ExportOptions) -> str:
    """Return a file's name for another format: an ending that asks for one gives way to its own."""
    try:
        asked = format_of(name) is not None
    except InvalidRequest:
        asked = True
    if asked and PurePath(name).suffix.lower() in options.target.endings:
        return name
    return with_ending(PurePath(name).stem if asked else name, options)
