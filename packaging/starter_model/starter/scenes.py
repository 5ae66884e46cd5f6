"""Scenes: who stands where in which colour, and how a batch of them is painted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations, pairwise
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from starter import machine, sources
from starter.morphs import Outlines, morph
from starter.world import (
    COLOUR_NAMES,
    COLOURS,
    OWN_COLOUR,
    PLACES,
    SHAPES,
    STYLES,
    is_shape,
    subjects,
    things,
    unseen,
)

WHITE = COLOUR_NAMES.index("white")
CENTRES = {"left": (0.28, 0.5), "right": (0.72, 0.5), "top": (0.5, 0.28), "bottom": (0.5, 0.72)}


class Kind(StrEnum):
    """What a scene shows off."""

    THING = "thing"
    TINTED = "tinted"
    SHAPE = "shape"
    PAIR = "pair"
    PLACED = "placed"
    FUSED = "fused"


MIX = {Kind.THING: 44, Kind.TINTED: 17, Kind.SHAPE: 6, Kind.PAIR: 18, Kind.PLACED: 15}
"""How often each kind is composed when none is asked for; fused things have no words."""
LEAST_SHARE = 0.05
"""How much each thing of a mix has at least."""
UNEVEN = 0.6
"""How many of the mixes of two are drawn towards their ends: a little of one in much of the other.

Where all shares were as likely, a decoder painted an eighth of a dog in a car as a car, and nearly
all that changes of a strip changed from 0.3 to 0.6: plain cars are many, and such mixes were few.
"""
THREE = 0.2
"""How many of the mixes are of three things; the others are of two."""
ASIDE, SIZES = 0.005, (0.86, 0.9)
"""How far a thing that fills its picture is from the middle at most, and how large it is.

At 0.02 and from 0.8 to 0.95 a decoder had to guess from noise which of all these places it was
to paint. By pixels it came a little nearer to the drawings without that, by the tuner not.
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One object of a scene; the centre and the size are shares of the picture's side."""

    subject: int
    colour: int
    x: float
    y: float
    size: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a picture of the starter model's world depends on."""

    kind: Kind
    objects: tuple[Drawn, ...]
    background: int
    shade: tuple[int, int, int]
    gradient: bool
    style: int
    place: str
    shares: tuple[float, ...] = ()
    """How much of a mix each object has, together 1; the objects stand in the same place."""

    @property
    def first(self) -> Drawn:
        """The object, the left one of two, or the first of a mix."""
        return self.objects[0]


def _allowed(scene: Scene, held_out: bool) -> bool:
    """Whether a scene belongs to the asked side of the fence.

    A training scene holds no unseen union. A held-out one holds at least one.
    """
    names = [subjects()[o.subject].name for o in scene.objects]
    first = scene.first
    unions = []
    if scene.background != WHITE:
        unions += [unseen("background", name, COLOUR_NAMES[scene.background]) for name in names]
    if first.colour != OWN_COLOUR and not is_shape(first.subject):
        unions.append(unseen("colour", names[0], COLOUR_NAMES[first.colour]))
    unions += [unseen("pair", one, other) for one, other in combinations(names, 2)]
    if scene.place in CENTRES:
        unions.append(unseen("place", names[0], scene.place))
    return any(unions) if held_out else not any(unions)


def _jitter(rng: Random, colour: int, reach: int) -> tuple[int, int, int]:
    red, green, blue = (
        min(255, max(0, part + rng.randint(-reach, reach)))
        for part in COLOURS[COLOUR_NAMES[colour]]
    )
    return red, green, blue


def _shares(rng: Random, count: int) -> tuple[float, ...]:
    """So many shares that sum to 1, each at least LEAST_SHARE.

    All such are equally likely, but of two UNEVEN of them are within 0.35 of an end.
    """
    cuts = sorted(rng.random() for _ in range(count - 1))
    if count == 2 and rng.random() < UNEVEN:
        cuts = [rng.choice((0.35 * cuts[0], 1 - 0.35 * cuts[0]))]
    parts = [high - low for low, high in pairwise([0.0, *cuts, 1.0])]
    return tuple(LEAST_SHARE + (1 - count * LEAST_SHARE) * part for part in parts)


def mixed(subjects_of: Sequence[int], shares: Sequence[float], *, style: int = 0) -> Scene:
    """Things grown into one in the middle of a white picture; the shares sum to 1."""
    objects = tuple(Drawn(one, OWN_COLOUR, 0.5, 0.5, 0.88) for one in subjects_of)
    return Scene(
        Kind.FUSED, objects, WHITE, (255, 255, 255), False, style, "filling", tuple(shares)
    )


def _draft(rng: Random, kind: Kind) -> Scene:
    style = int(rng.random() < 0.2)
    background = WHITE
    if rng.random() < 0.42:
        background = rng.choice([c for c in range(len(COLOUR_NAMES)) if c != WHITE])
    others = [c for c in range(len(COLOUR_NAMES)) if c != background]
    subject = rng.randrange(len(things()))
    colour, place = OWN_COLOUR, "filling"
    x, y = 0.5 + rng.uniform(-ASIDE, ASIDE), 0.5 + rng.uniform(-ASIDE, ASIDE)
    size = rng.uniform(*SIZES)
    match kind:
        case Kind.SHAPE:
            subject = len(things()) + rng.randrange(len(SHAPES))
            colour = rng.choice(others)
        case Kind.TINTED:
            colour = rng.choice(others)
        case Kind.PLACED:
            place = rng.choice(PLACES[1:])
            size = rng.uniform(0.44, 0.54)
            if place in CENTRES:
                x, y = (c + rng.uniform(-0.02, 0.02) for c in CENTRES[place])
            if rng.random() < 0.15:
                subject = len(things()) + rng.randrange(len(SHAPES))
            if is_shape(subject) or rng.random() < 0.12:
                colour = rng.choice(others)
        case _:
            pass
    mirrored = rng.random() < 0.1 and not is_shape(subject)
    objects: tuple[Drawn, ...] = (Drawn(subject, colour, x, y, size, mirrored),)
    if kind is Kind.PAIR:
        left, right = rng.sample(range(len(things())), 2)
        objects = (
            Drawn(left, OWN_COLOUR, 0.26, rng.uniform(0.46, 0.54), rng.uniform(0.45, 0.51)),
            Drawn(right, OWN_COLOUR, 0.74, rng.uniform(0.46, 0.54), rng.uniform(0.45, 0.51)),
        )
    shares: tuple[float, ...] = ()
    if kind is Kind.FUSED:  # the mix of two embeddings, each of a thing on white
        background = WHITE
        count = 3 if rng.random() < THREE else 2
        shares = _shares(rng, count)
        several = rng.sample(range(len(things())), count)
        objects = tuple(Drawn(one, OWN_COLOUR, x, y, size) for one in several)
    shade = _jitter(rng, background, 12) if background != WHITE else (255, 255, 255)
    gradient = background != WHITE and rng.random() < 0.2
    return Scene(kind, objects, background, shade, gradient, style, place, shares)


def compose(rng: Random, *, held_out: bool = False, kind: Kind | None = None) -> Scene:
    """Draw one scene; the same random state gives the same scene."""
    while True:
        wanted = kind or rng.choices(list(MIX), weights=list(MIX.values()))[0]
        scene = _draft(rng, wanted)
        if _allowed(scene, held_out):
            return scene


def tinted_on_white(rng: Random, colour: int | None = None) -> Scene:
    """Draw a thing in a colour, any or this one, on white, as "a black cat" asks for.

    White things are drawn so alone: the usual mix has no things of their ground's colour, but
    nobody who asks for a white cat says what is behind it.
    """
    while True:
        tinted = _draft(rng, Kind.TINTED)
        one = tinted.first if colour is None else replace(tinted.first, colour=colour)
        scene = replace(
            tinted, objects=(one,), background=WHITE, shade=(255, 255, 255), gradient=False
        )
        if _allowed(scene, held_out=False):
            return scene


def plain(subject: int, *, style: int = 0, size: float = 0.88) -> Scene:
    """One thing in the middle of a white picture."""
    colour = COLOUR_NAMES.index("red") if is_shape(subject) else OWN_COLOUR
    one = Drawn(subject, colour, 0.5, 0.5, size)
    return Scene(Kind.THING, (one,), WHITE, (255, 255, 255), False, style, "filling")


@dataclass(frozen=True, slots=True)
class Labels:
    """What each scene of a batch shows, as class numbers; -100 where nothing is to be learnt."""

    first: Tensor
    second: Tensor
    colour: Tensor
    background: Tensor
    place: Tensor
    style: Tensor


def labels(scenes: list[Scene]) -> Labels:
    """The answers an attentive viewer would give."""
    nothing = len(subjects())
    rows = [
        (
            scene.first.subject,
            scene.objects[1].subject if scene.kind is Kind.PAIR else nothing,
            scene.first.colour,
            scene.background,
            PLACES.index(scene.place),
            -100 if is_shape(scene.first.subject) else scene.style,
        )
        for scene in scenes
    ]
    return Labels(*torch.tensor(rows).unbind(1))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one layer of a picture shows: a drawing, or several grown into one."""

    row: int
    """Of which scene of the batch."""
    one: Drawn
    drawings: tuple[int, ...]
    shares: tuple[float, ...]


def _pieces(row: int, scene: Scene) -> list[_Piece]:
    drawings = [drawing(one.subject, scene.style) for one in scene.objects]
    if scene.kind is Kind.FUSED:
        return [_Piece(row, scene.first, tuple(drawings), scene.shares)]
    return [
        _Piece(row, one, (which,), (1.0,))
        for one, which in zip(scene.objects, drawings, strict=True)
    ]


def drawing(subject: int, style: int) -> int:
    """Where in the bank this drawing lies: each thing in both styles, then the shapes."""
    if is_shape(subject):
        return 2 * len(things()) + subject - len(things())
    return 2 * subject + style


def _placed(one: Drawn) -> list[list[float]]:
    """From places in the picture to places in the drawing, as affine_grid takes it."""
    turn = -1.0 if one.mirrored else 1.0
    return [
        [turn / one.size, 0.0, -turn * (2 * one.x - 1) / one.size],
        [0.0, 1 / one.size, -(2 * one.y - 1) / one.size],
    ]


class Painter:
    """Paints batches of scenes from the bank of drawings, at any size up to the bank's."""

    def __init__(self, bank: Path) -> None:
        with np.load(bank) as held:
            drawn = machine.there(torch.from_numpy(held["pictures"]))
            pictures = drawn.permute(0, 3, 1, 2).contiguous()
        self._levels = [pictures]
        while self._levels[-1].shape[-1] > 32:
            self._levels.append(self._halved(self._levels[-1]))
        self._tinted = np.load(sources.tinted_path(bank), mmap_mode="r")
        with np.load(sources.outlines_path(bank)) as held:
            of = {name: machine.there(torch.from_numpy(held[name])) for name in held.files}
        self._outlines = Outlines(of["distance"].float(), of["colours"], of["centre"], of["radius"])

    @staticmethod
    def _halved(pictures: Tensor) -> Tensor:
        parts = []
        for some in pictures.split(64):
            alpha = some[:, 3:].float() / 255
            premultiplied = torch.cat([some[:, :3] * alpha, some[:, 3:].float()], 1)
            small = F.avg_pool2d(premultiplied, 2)
            colour = small[:, :3] / (small[:, 3:] / 255).clamp(min=1e-3)
            parts.append(torch.cat([colour, small[:, 3:]], 1).round().clamp(0, 255).byte())
        return torch.cat(parts)

    def _drawings(self, pieces: list[_Piece], step: int) -> Tensor:
        """The pieces' drawings, `step` times halved: colour and alpha, float32 of 0 to 255."""
        step = min(step, len(self._levels) - 1)
        drawings = self._levels[step][[piece.drawings[0] for piece in pieces]].float()
        coloured = [k for k, piece in enumerate(pieces) if piece.one.colour != OWN_COLOUR]
        if coloured:
            which = [pieces[k].drawings[0] for k in coloured]
            wanted = [pieces[k].one.colour for k in coloured]
            tinted = machine.there(torch.from_numpy(self._tinted[which, wanted])).permute(
                0, 3, 1, 2
            )
            whole = torch.cat([tinted, self._levels[0][which, 3:]], 1)
            for _ in range(step):
                whole = self._halved(whole)
            drawings[coloured] = whole.float()
        for many in (2, 3):
            mixed_ones = [k for k, piece in enumerate(pieces) if len(piece.drawings) == many]
            if mixed_ones:
                whole = morph(
                    self._outlines,
                    torch.tensor([pieces[k].drawings for k in mixed_ones]),
                    torch.tensor([pieces[k].shares for k in mixed_ones]),
                )
                whole = (whole * 255).round().byte()
                for _ in range(step):
                    whole = self._halved(whole)
                drawings[mixed_ones] = whole.float()
        return drawings

    def _layer(self, pieces: list[_Piece], size: int) -> Tensor:
        """Each piece on its own transparent picture: premultiplied colour and alpha, 0 to 255."""
        out = torch.empty(len(pieces), 4, size, size)
        for level, small in ((0, False), (1, True)):
            rows = [i for i, piece in enumerate(pieces) if (piece.one.size < 0.6) is small]
            if not rows:
                continue
            step = level + (self._levels[0].shape[-1] // size).bit_length() - 1
            drawings = self._drawings([pieces[i] for i in rows], step)
            drawings[:, :3] *= drawings[:, 3:] / 255
            theta = torch.tensor([_placed(pieces[i].one) for i in rows])
            grid = F.affine_grid(theta, [len(rows), 4, size, size], align_corners=False)
            out[rows] = F.grid_sample(drawings, grid, align_corners=False)
        return out

    def paint(self, scenes: list[Scene], size: int) -> Tensor:
        """The pictures, float32 in -1 to 1, shape (scenes, 3, size, size)."""
        return self.paint_with_cover(scenes, size)[0]

    @torch.no_grad()
    def paint_with_cover(self, scenes: list[Scene], size: int) -> tuple[Tensor, Tensor]:
        """The pictures, and how much of each pixel the objects cover (0 to 1, one channel)."""
        shades = torch.tensor([s.shade for s in scenes], dtype=torch.float32)[:, :, None, None]
        slope = torch.linspace(1.12, 0.85, size)[None, None, :, None]
        graded = torch.tensor([s.gradient for s in scenes])[:, None, None, None]
        pictures = torch.where(graded, (shades * slope).clamp(0, 255), shades)
        pictures = pictures.expand(len(scenes), 3, size, size).clone()
        cover = torch.zeros(len(scenes), 1, size, size)
        pieces = [piece for row, scene in enumerate(scenes) for piece in _pieces(row, scene)]
        layer = self._layer(pieces, size)
        firsts = [k for k, piece in enumerate(pieces) if k == 0 or pieces[k - 1].row != piece.row]
        seconds = [k for k in range(len(pieces)) if k not in set(firsts)]
        for chosen in (firsts, seconds):
            if chosen:
                rows = [pieces[k].row for k in chosen]
                alpha = layer[chosen, 3:] / 255
                pictures[rows] += layer[chosen, :3] - pictures[rows] * alpha
                cover[rows] = torch.maximum(cover[rows], alpha).clamp(max=1)
        return (pictures / 127.5 - 1).clamp(-1, 1), cover


def height(cover: Tensor) -> Tensor:
    """The documented hint of the depth decoder: a soft dome over what is covered, 0 to 1.

    Where nothing is drawn the height is 0; on an object it is 0.35 plus 0.65 of the cover's mean
    around the point, taken twice over a square of a quarter of the picture's side.
    """
    side = cover.shape[-1] // 4 + 1 - cover.shape[-1] // 4 % 2
    around = cover
    for _ in range(2):
        around = F.avg_pool2d(around, side, 1, side // 2, count_include_pad=True)
    return cover * (0.35 + 0.65 * around)


__all__ = [
    "STYLES",
    "Drawn",
    "Kind",
    "Labels",
    "Painter",
    "Scene",
    "compose",
    "drawing",
    "height",
    "labels",
    "mixed",
    "plain",
    "tinted_on_white",
]
