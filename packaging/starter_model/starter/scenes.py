"""Scenes: who stands where in which colour, and how a batch of them is painted."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

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
SEAM = 0.16
"""How wide the seam of two fused things is at most, a share of the picture's side."""
FUSED_MARGIN = 0.03
"""How far two fused things stay from the picture's left and right."""


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
    share: float = 1.0
    """How much of the width the left one of two fused things has; its weight in the mix."""

    @property
    def first(self) -> Drawn:
        """The object, or the left one of two."""
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
    if len(names) == 2:
        unions.append(unseen("pair", *names))
    if scene.place in CENTRES:
        unions.append(unseen("place", names[0], scene.place))
    return any(unions) if held_out else not any(unions)


def _jitter(rng: Random, colour: int, reach: int) -> tuple[int, int, int]:
    red, green, blue = (
        min(255, max(0, part + rng.randint(-reach, reach)))
        for part in COLOURS[COLOUR_NAMES[colour]]
    )
    return red, green, blue


def _fused_size(share: float) -> float:
    """How large a thing is that has so much of a mix; together the two are wider than the picture.

    Halves of two things of full size would be grown together more closely, but a judge finds both
    of them in few such pictures; of two things that cover each other a little, in most. What has
    little of a mix is small, and what has next to nothing is not seen: words never give exactly
    one thing, and what little there is of a second must not stand beside the first.
    """
    shares, sizes = (0.0, 0.05, 0.15, 0.85, 1.0), (0.002, 0.002, 0.4175, 0.7325, 0.9)
    return float(np.interp(share, shares, sizes))


def _fused(left: Drawn, right: Drawn, share: float) -> tuple[Drawn, Drawn]:
    """The two as large as their shares say, each at its side of the picture."""
    wide, rest = _fused_size(share), _fused_size(1 - share)
    return (
        replace(left, x=FUSED_MARGIN + wide / 2, size=wide),
        replace(right, x=1 - FUSED_MARGIN - rest / 2, size=rest),
    )


def reweighed(scene: Scene, share: float) -> Scene:
    """Two fused things, the left one with so much of the mix."""
    left, right = scene.objects
    return replace(scene, objects=_fused(left, right, share), share=share)


def _draft(rng: Random, kind: Kind) -> Scene:
    style = int(rng.random() < 0.2)
    background = WHITE
    if rng.random() < 0.42:
        background = rng.choice([c for c in range(len(COLOUR_NAMES)) if c != WHITE])
    others = [c for c in range(len(COLOUR_NAMES)) if c != background]
    subject = rng.randrange(len(things()))
    colour, place = OWN_COLOUR, "filling"
    x, y = 0.5 + rng.uniform(-0.02, 0.02), 0.5 + rng.uniform(-0.02, 0.02)
    size = rng.uniform(0.8, 0.95)
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
    share = 1.0
    if kind is Kind.FUSED:  # the left of one thing and the right of another, grown together
        background, share = WHITE, rng.uniform(0.15, 0.85)
        left, right = rng.sample(range(len(things())), 2)
        objects = _fused(
            Drawn(left, OWN_COLOUR, x, y, size), Drawn(right, OWN_COLOUR, x, y, size), share
        )
    shade = _jitter(rng, background, 12) if background != WHITE else (255, 255, 255)
    gradient = background != WHITE and rng.random() < 0.2
    return Scene(kind, objects, background, shade, gradient, style, place, share)


def compose(rng: Random, *, held_out: bool = False, kind: Kind | None = None) -> Scene:
    """Draw one scene; the same random state gives the same scene."""
    while True:
        wanted = kind or rng.choices(list(MIX), weights=list(MIX.values()))[0]
        scene = _draft(rng, wanted)
        if _allowed(scene, held_out):
            return scene


def white_on_white(rng: Random) -> Scene:
    """Draw a white thing on white: the usual mix has no things of their ground's colour.

    But nobody who asks for a white cat says what is behind it.
    """
    while True:
        tinted = _draft(rng, Kind.TINTED)
        one = replace(tinted.first, colour=WHITE)
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
            scene.objects[1].subject if len(scene.objects) == 2 else nothing,
            scene.first.colour,
            scene.background,
            PLACES.index(scene.place),
            -100 if is_shape(scene.first.subject) else scene.style,
        )
        for scene in scenes
    ]
    return Labels(*torch.tensor(rows).unbind(1))


def seam(scene: Scene) -> tuple[float, float]:
    """Where two fused things meet, in the middle of what both would cover, and how softly."""
    left, right = scene.objects
    ends, begins = left.x + left.size / 2, right.x - right.size / 2
    return (ends + begins) / 2, min(SEAM, max(1e-6, ends - begins))


class Painter:
    """Paints batches of scenes from the bank of drawings, at any size up to the bank's."""

    def __init__(self, bank: Path) -> None:
        with np.load(bank) as held:
            pictures = torch.from_numpy(held["pictures"]).permute(0, 3, 1, 2).contiguous()
            self._range = torch.from_numpy(held["luminance_range"])
        self._levels = [pictures]
        while self._levels[-1].shape[-1] > 32:
            self._levels.append(self._halved(self._levels[-1]))
        black = (
            torch.tensor([5.0, 5, 6]),
            torch.tensor([42.0, 42, 47]),
            torch.tensor([165.0, 165, 172]),
        )
        white = (  # with a dark of 70 a hammer was a grey one, with 150 a cat was lost on white
            torch.tensor([118.0, 118, 128]),
            torch.tensor([222.0, 222, 229]),
            torch.tensor([255.0] * 3),
        )
        ramps = {"black": black, "white": white}
        self._ramps = torch.stack(
            [
                torch.stack(ramps.get(name) or (c * 0.18, c, c * 0.28 + 255 * 0.72))
                for name, c in (
                    (n, torch.tensor(v, dtype=torch.float32)) for n, v in COLOURS.items()
                )
            ]
        )

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

    @staticmethod
    def drawing(subject: int, style: int) -> int:
        """Where in the bank this drawing lies: each thing in both styles, then the shapes."""
        if is_shape(subject):
            return 2 * len(things()) + subject - len(things())
        return 2 * subject + style

    def _tinted(self, drawings: Tensor, wanted: list[int], which: list[int]) -> Tensor:
        """Map each drawing's own range of light to the range of its colour: dark, colour, light."""
        ink = torch.tensor([0.299, 0.587, 0.114])
        light = torch.einsum("bchw,c->bhw", drawings[:, :3], ink)
        low, high = self._range[which].unbind(1)
        light = (light - low[:, None, None]) / (high - low).clamp(min=40)[:, None, None]
        light = light.clamp(0, 1)[:, None]
        flat = torch.tensor([w >= 2 * len(things()) for w in which])[:, None, None, None]
        light = torch.where(flat, 0.5, light)
        dark, mid, pale = (r[:, :, None, None] for r in self._ramps[wanted].unbind(1))
        below, above = dark + (mid - dark) * light * 2, mid + (pale - mid) * (light * 2 - 1)
        return torch.cat([torch.where(light < 0.5, below, above), drawings[:, 3:]], 1)

    def _layer(self, objects: list[tuple[int, Drawn, int]], size: int) -> Tensor:
        """Each object on its own transparent picture: premultiplied colour and alpha, 0 to 255."""
        out = torch.empty(len(objects), 4, size, size)
        for level, small in ((0, False), (1, True)):
            rows = [i for i, (_, o, _) in enumerate(objects) if (o.size < 0.6) is small]
            if not rows:
                continue
            step = level + (self._levels[0].shape[-1] // size).bit_length() - 1
            bank = self._levels[min(step, len(self._levels) - 1)]
            which = [self.drawing(objects[i][1].subject, objects[i][2]) for i in rows]
            drawings = bank[which].float()
            coloured = [k for k, i in enumerate(rows) if objects[i][1].colour != OWN_COLOUR]
            if coloured:
                drawings[coloured] = self._tinted(
                    drawings[coloured],
                    [objects[rows[k]][1].colour for k in coloured],
                    [which[k] for k in coloured],
                )
            drawings[:, :3] *= drawings[:, 3:] / 255
            theta = torch.zeros(len(rows), 2, 3)
            for k, i in enumerate(rows):
                one = objects[i][1]
                turn = -1.0 if one.mirrored else 1.0
                theta[k, 0, 0], theta[k, 1, 1] = turn / one.size, 1 / one.size
                theta[k, 0, 2] = -turn * (2 * one.x - 1) / one.size
                theta[k, 1, 2] = -(2 * one.y - 1) / one.size
            grid = F.affine_grid(theta, [len(rows), 4, size, size], align_corners=False)
            out[rows] = F.grid_sample(drawings, grid, align_corners=False)
        return out

    def paint(self, scenes: list[Scene], size: int) -> Tensor:
        """The pictures, float32 in -1 to 1, shape (scenes, 3, size, size)."""
        return self.paint_with_cover(scenes, size)[0]

    @staticmethod
    def _split(layer: Tensor, objects: list[tuple[int, Drawn, int]], scenes: list[Scene]) -> None:
        """Leave of two fused things the left of the first and the right of the second."""
        side = layer.shape[-1]
        across = (torch.arange(side) + 0.5) / side
        seen: set[int] = set()
        for k, (row, _, _) in enumerate(objects):
            if scenes[row].kind is Kind.FUSED:
                middle, width = seam(scenes[row])
                left = ((middle - across) / width + 0.5).clamp(0, 1)
                layer[k] *= 1 - left if row in seen else left
                seen.add(row)

    @torch.no_grad()
    def paint_with_cover(self, scenes: list[Scene], size: int) -> tuple[Tensor, Tensor]:
        """The pictures, and how much of each pixel the objects cover (0 to 1, one channel)."""
        shades = torch.tensor([s.shade for s in scenes], dtype=torch.float32)[:, :, None, None]
        slope = torch.linspace(1.12, 0.85, size)[None, None, :, None]
        graded = torch.tensor([s.gradient for s in scenes])[:, None, None, None]
        pictures = torch.where(graded, (shades * slope).clamp(0, 255), shades)
        pictures = pictures.expand(len(scenes), 3, size, size).clone()
        cover = torch.zeros(len(scenes), 1, size, size)
        objects = [(row, o, scene.style) for row, scene in enumerate(scenes) for o in scene.objects]
        layer = self._layer(objects, size)
        self._split(layer, objects, scenes)
        ground = pictures.clone()
        firsts = [k for k, (row, _, _) in enumerate(objects) if k == 0 or objects[k - 1][0] != row]
        seconds = [k for k in range(len(objects)) if k not in set(firsts)]
        for chosen in (firsts, seconds):
            if chosen:
                rows = [objects[k][0] for k in chosen]
                alpha = layer[chosen, 3:] / 255
                fused = torch.tensor([scenes[row].kind is Kind.FUSED for row in rows])
                fused = fused[:, None, None, None]
                under = torch.where(fused, ground[rows], pictures[rows])
                pictures[rows] += layer[chosen, :3] - under * alpha
                both = torch.where(fused, cover[rows] + alpha, torch.maximum(cover[rows], alpha))
                cover[rows] = both.clamp(max=1)
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
    "height",
    "labels",
    "plain",
    "reweighed",
    "white_on_white",
]
