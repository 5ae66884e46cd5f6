"""Masks as people bring them, read to grey: white is painted anew, grey changes by as much.

The shape may be in the colours (white on black) or in the transparency (erased where it is to be
painted anew). The engine paints by what `read` returns, and the window shows exactly that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.store import pictures

if TYPE_CHECKING:
    from PIL.Image import Image

HALF = 128  # a grey from which a pixel is white
CLEAR = 16  # how far from black or white a grey counts as that all the same
OPAQUE = 250  # an alpha from which nothing shows through
COLOURLESS = 24  # how far apart red, green and blue of a grey may lie
BLACK_AND_WHITE = 0.85  # so much of a mask in its colours is one or the other
LOSSY = ("JPEG", "WebP", "AVIF", "JPEG 2000")  # kinds of files whose black is not quite black


@dataclass(frozen=True, slots=True)
class Mask:
    """A mask as it is used: grey, and of 0 and 255 alone unless it is soft."""

    image: "Image"
    by_alpha: bool  # what is transparent is painted anew
    soft: bool  # there are greys in between: what is painted so changes by as much

    def remarks(self, name: str) -> Iterator[str]:
        """Yield what a person may not expect of how it was read."""
        if self.by_alpha:
            yield _("{name}: what is transparent in it is painted anew.").format(name=name)
        if self.soft:
            yield _("{name}: what is grey in it changes by as much as it is white.").format(
                name=name
            )


def read(path: Path, size: Size | None = None) -> Mask:
    """Read a mask, stretched to a size if one is given. Raises Unreadable."""
    colours, alpha = pictures.open_layers(path)
    grey, by_alpha = _shape(path, colours, alpha)
    soft = _is_soft(grey)
    if soft:
        kind = pictures.kind_of(path)
        grey = _cleared(grey) if kind is not None and kind.name in LOSSY else grey
    if size is not None and grey.size != (size.width, size.height):
        grey = _stretched(grey, size, soft=soft)
    return Mask(grey if soft else _hard(grey), by_alpha, soft)


@dataclass(frozen=True, slots=True)
class Painted:
    """What a plan must know of a mask."""

    box: Box | None  # around what is not black
    most: int = 255  # the brightest grey
    soft: bool = False


@lru_cache(maxsize=64)
def painted(path: Path, content: str, size: Size | None = None) -> Painted:
    """Return what is painted in a mask, read once for each content. Raises Unreadable."""
    del content  # a part of the key only
    mask = read(path, size)
    box = mask.image.getbbox()
    if box is None:
        return Painted(None)
    _least, most = mask.image.getextrema()
    assert isinstance(most, float | int)
    return Painted(Box(*box), int(most), mask.soft)


def _is_soft(grey: "Image") -> bool:
    """Whether greys are meant: some lie well between black and white, or nothing is brighter."""
    counts = grey.histogram()
    between = sum(counts[CLEAR + 1 : 255 - CLEAR])
    return bool(between) or (sum(counts[1:]) > 0 and not sum(counts[HALF:]))


def _cleared(grey: "Image") -> "Image":
    """Return a grey whose nearly black and nearly white are black and white."""
    return grey.point(lambda value: 0 if value <= CLEAR else 255 if value >= 255 - CLEAR else value)


def _shape(path: Path, colours: "Image", alpha: "Image | None") -> tuple["Image", bool]:
    """Return the channel that carries the shape, white where it is painted anew."""
    from PIL import ImageChops

    grey = colours.convert("L")
    if alpha is None:
        return grey, False
    counts = alpha.histogram()
    if not sum(counts[:OPAQUE]):
        return grey, False
    drawn = _is_black_and_white(colours, grey)
    if max(counts) == sum(counts):  # alike everywhere, it has no shape
        if drawn:
            return grey, False
        if counts[0]:  # nothing at all is in it
            return alpha, False
        raise Unreadable(
            _(
                "{path} is equally transparent everywhere and shows no shape: paint white on black,"
                " or erase a part of the picture."
            ).format(path=path),
            path,
        )
    erased = ImageChops.invert(alpha)
    if drawn and _hard(grey).tobytes() != _hard(erased).tobytes():
        raise Unreadable(
            _(
                "{path} shows a shape in black and white and another in its transparency, and which"
                " is meant cannot be told: save it with one of them."
            ).format(path=path),
            path,
        )
    return erased, True


def _is_black_and_white(colours: "Image", grey: "Image") -> bool:
    """Whether colours show a mask and not a picture: nearly all black or white, and both."""
    from PIL import ImageChops

    red, green, blue = colours.split()
    apart = ImageChops.lighter(
        ImageChops.difference(red, green), ImageChops.difference(green, blue)
    )
    every = grey.width * grey.height
    if sum(apart.histogram()[COLOURLESS + 1 :]) > every * (1 - BLACK_AND_WHITE):
        return False
    counts = grey.histogram()
    dark, light = sum(counts[: 2 * CLEAR + 1]), sum(counts[255 - 2 * CLEAR :])
    return bool(dark and light) and dark + light >= every * BLACK_AND_WHITE


def _hard(grey: "Image") -> "Image":
    return grey.point(lambda value: 255 if value >= HALF else 0)


def _stretched(grey: "Image", size: Size, *, soft: bool) -> "Image":
    """Return a mask of another size. No thin stroke is lost where it becomes smaller."""
    import numpy as np
    from PIL import Image

    from kandinsky_desktop.raster import scaling

    if size.width < grey.width or size.height < grey.height:
        whole = np.asarray(grey if soft else _hard(grey))
        return Image.fromarray(scaling.resized(whole, size.width, size.height))
    return grey.resize((size.width, size.height), Image.Resampling.BILINEAR)


def grey(path: Path, by: str = "auto") -> "Image":
    """Read the shape of a mask with all its greys, white where it is painted anew.

    `by` names the channel: "luminance", "alpha" (transparent is painted anew), or "auto": the one
    that `read` takes. Raises Unreadable.
    """
    from PIL import ImageChops

    colours, alpha = pictures.open_layers(path)
    if by == "luminance":
        return colours.convert("L")
    if by == "alpha":
        if alpha is None:
            raise Unreadable(
                _("{path} has no transparency: take its brightness instead.").format(path=path)
            )
        return ImageChops.invert(alpha)
    return _shape(path, colours, alpha)[0]


def placed(grey: "Image", size: Size, *, centred: bool) -> "Image":
    """Return a mask at another size: in the middle, cut or with black around it, or stretched."""
    from PIL import Image

    across = (size.width, size.height)
    if grey.size == across:
        return grey
    if centred:
        whole = Image.new("L", across)
        whole.paste(grey, ((size.width - grey.width) // 2, (size.height - grey.height) // 2))
        return whole
    return _stretched(grey, size, soft=True)


def encoded(grey: "Image") -> bytes:
    """Return a mask as the bytes of a PNG."""
    stream = BytesIO()
    grey.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
