"""Pictures that a job starts from, as pieces to paint: cropped, masked, and put back after.

A *piece* is a part of a picture at the size at which it is painted. From nothing there is one piece
without a picture; from a picture one without a mask; a hole is one piece around it; a growing
canvas is a row of them, each seeing what is known by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.region import Box, region_around, whole_picture, windows, work_size
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.start import Expand, Fill, FromPicture, Noise
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine import masks
from kandinsky_desktop.engine.masks import Masks
from kandinsky_desktop.engine.old_facts import ModelFacts
from kandinsky_desktop.store import pictures

LARGEST_CANVAS = 64_000_000  # pixels of a picture with all its borders


@dataclass(frozen=True, slots=True)
class Piece:
    """A part to paint: where it is on the canvas, how large it is painted, from what and where."""

    box: Box
    work: Size
    sources: tuple[Image.Image, ...] = ()  # one for each row, at work size; none: from nothing
    holes: tuple[Image.Image, ...] = ()  # grey, white = repaint; none: all of it
    strength: float = 1.0


@dataclass
class Canvas:
    """The pictures of one batch in the making. Ask for its pieces in turn; give each one back."""

    request: Paint
    facts: ModelFacts
    batch: tuple[int, ...]
    _images: list[Image.Image] = field(default_factory=list)
    _sources: list[Image.Image] = field(default_factory=list)
    _masks: list[Masks] = field(default_factory=list)  # of the whole canvas
    _boxes: list[Box] = field(default_factory=list)
    _unknown: Image.Image | None = None
    _feather: int = 0  # of a growing canvas

    def __post_init__(self) -> None:
        """Read the pictures. Raises Unreadable or InvalidRequest."""
        start = self.request.start
        match start:
            case Noise() | FromPicture():
                sampling = self.request.sampling
                self._boxes = [Box(0, 0, sampling.width, sampling.height)]
            case Fill():
                self._open_hole(start)
            case Expand():
                self._open_canvas(start)

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self._boxes)

    @property
    def most_pixels(self) -> int:
        """How many pixels the largest piece is painted with."""
        works = [work_size(box.size, **self._limits) for box in self._boxes]
        return max((work.width * work.height for work in works), default=0)

    def piece(self, number: int) -> Piece:
        """Return a piece; those before it have been given back."""
        start, box = self.request.start, self._boxes[number]
        match start:
            case Noise():
                return Piece(box, box.size)
            case FromPicture(path=path, strength=strength):
                with pictures.open_rgb(path) as opened:
                    image = _fitted(opened, box.size)
                return Piece(box, box.size, (image,) * len(self.batch), strength=strength)
            case Fill(strength=strength, fill=fill):
                return self._part(box, fill, strength)
            case Expand(fill=fill, strength=strength):
                return self._part(box, fill, strength)

    def give_back(self, piece: Piece, painted: Sequence[Image.Image]) -> None:
        """Take the painted rows of a piece, at work size; the next piece goes on from there."""
        self._images = [self._with(piece, row, image) for row, image in enumerate(painted)]
        if self._unknown is not None:
            self._unknown.paste(0, piece.box.corners)

    def result(self, piece: Piece, row: int, painted: Image.Image) -> tuple[Image.Image, int]:
        """Return one finished picture, and how many pixels changed that must not have.

        `painted` is its row of the last piece, at work size.
        """
        image = self._with(piece, row, painted)
        if not self._masks:
            return image, 0
        composite = self._masks[row].composite
        return image, masks.changed_outside(self._sources[row], image, composite)

    def _with(self, piece: Piece, row: int, painted: Image.Image) -> Image.Image:
        if not piece.holes:
            return painted
        corners, size = piece.box.corners, piece.box.size
        part = painted.resize((size.width, size.height), Image.Resampling.LANCZOS)
        whole = self._images[row].copy()
        under = whole.crop(corners)
        if self._unknown is not None:  # what is kept goes on a little under what is painted
            under = masks.filled(under, self._unknown.crop(corners), "border", 0)
        whole.paste(masks.put_back(under, part, self._composite_of(row, piece)), corners[:2])
        return whole

    def _open_hole(self, start: Fill) -> None:
        source = pictures.open_rgb(start.path, own_colours=True)  # what is kept stays to the bit
        which = start.masks if len(start.masks) > 1 else start.masks * self.request.count
        for index in self.batch:
            with pictures.open_grey(which[index]) as mask:
                self._masks.append(
                    masks.prepare(mask, source, grow=start.grow, feather=start.feather)
                )
        self._sources = [source] * len(self.batch)
        self._images = list(self._sources)
        size = Size(*source.size)
        hole = _around([mask.hole for mask in self._masks])
        if start.crop:
            region = region_around(hole, size, padding=start.padding, **self._limits)
        else:
            region = whole_picture(size, **self._limits)
        self._boxes = [region.box]

    def _open_canvas(self, start: Expand) -> None:
        old = pictures.open_rgb(start.path, own_colours=True)
        size = Size(old.width + start.left + start.right, old.height + start.top + start.bottom)
        if size.width * size.height > LARGEST_CANVAS:
            raise InvalidRequest(
                _("The canvas would be {size} pixels; at most {most} million are painted.").format(
                    size=size, most=LARGEST_CANVAS // 1_000_000
                )
            )
        whole = Image.new("RGB", (size.width, size.height), (127, 127, 127))
        whole.paste(old, (start.left, start.top))
        whole.info = dict(old.info)
        known = Box(start.left, start.top, start.left + old.width, start.top + old.height)
        unknown = Image.new("L", whole.size, 255)
        unknown.paste(0, known.corners)
        self._unknown, self._feather = unknown, start.feather
        self._sources = [whole] * len(self.batch)
        self._images = list(self._sources)
        self._masks = [Masks(unknown.copy(), unknown.copy())] * len(self.batch)
        side = max(self.facts.multiple, self.facts.model.native)
        self._boxes = windows(size, known, side=side, overlap=min(start.overlap, side // 2))

    def _part(self, box: Box, fill: str, strength: float) -> Piece:
        work = work_size(box.size, **self._limits)
        across = (work.width, work.height)
        shrunk = work.width * work.height < box.size.width * box.size.height
        sources, holes = [], []
        for row, index in enumerate(self.batch):
            hole = self._unknown if self._unknown is not None else self._masks[row].denoise
            mask = hole.crop(box.corners)
            part = self._images[row].crop(box.corners)
            hole = mask.resize(across, Image.Resampling.BOX).point(_any)
            if shrunk:  # filling takes many times the memory of the part
                part, mask = part.resize(across, Image.Resampling.LANCZOS), hole
            filled = masks.filled(part, mask, fill, self.request.detail_seed_of(index))
            sources.append(filled.resize(across, Image.Resampling.LANCZOS))
            holes.append(hole)
        return Piece(box, work, tuple(sources), tuple(holes), strength)

    def _composite_of(self, row: int, piece: Piece) -> Image.Image:
        """Return how much of each pixel of a piece's box comes from what was painted."""
        if self._unknown is None:
            return self._masks[row].composite.crop(piece.box.corners)
        return masks.feathered(self._unknown.crop(piece.box.corners), self._feather)

    @property
    def _limits(self) -> dict[str, int]:
        model = self.facts.model
        return {
            "native": model.native,
            "largest": max(model.largest, model.multiple),
            "multiple": model.multiple,
        }


def canvas_size(request: Paint) -> tuple[int, int]:
    """Return the width and height of the finished pictures. Raises Unreadable."""
    start = request.start
    match start:
        case Noise() | FromPicture():
            return request.sampling.width, request.sampling.height
        case Fill(path=path) | Expand(path=path):
            size = pictures.size_of(path)
            if isinstance(start, Expand):
                return size.width + start.left + start.right, size.height + start.top + start.bottom
            return size.width, size.height


def most_pixels(request: Paint, facts: ModelFacts) -> int:
    """Return with how many pixels a piece of the request is painted, at most.

    Whichever of its pictures go together. Raises Unreadable or InvalidRequest.
    """
    start, model = request.start, facts.model
    match start:
        case Noise() | FromPicture():
            return request.sampling.width * request.sampling.height
        case Fill(crop=True, masks=[_one, _other, *_more], path=path):
            # a batch is worked on around all its holes: that may be any part of the picture
            size = pictures.size_of(path)
            sides = (min(side, model.largest) for side in (size.width, size.height))
            return max(model.native**2, prod(sides))
        case Fill() | Expand():
            return Canvas(request, facts, (0,)).most_pixels


def _fitted(image: Image.Image, size: Size) -> Image.Image:
    """Return a picture scaled to cover a size, and cut to it around its middle."""
    part = seen_part(Size(*image.size), size)
    return image.resize((size.width, size.height), Image.Resampling.LANCZOS, part)


def seen_part(whole: Size, size: Size) -> tuple[float, float, float, float]:
    """Return the corners of the largest part of a picture that has the shape of a size.

    One side is that of the whole, to the bit: Pillow refuses what lies outside by a hair.
    """
    wide, high = float(whole.width), float(whole.height)
    if whole.width * size.height > whole.height * size.width:
        wide = whole.height * size.width / size.height
    else:
        high = whole.width * size.height / size.width
    left, top = (whole.width - wide) / 2, (whole.height - high) / 2
    return left, top, left + wide, top + high


def _any(value: int) -> int:
    """Return white for whatever is not black: no thin stroke is lost where a mask is shrunk."""
    return 255 if value else 0


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
