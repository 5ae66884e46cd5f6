"""Drawings in other colours: only the body takes the colour, eyes, mouth and other marks stay.

A drawing's main colour is found in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab);
what is near it takes the new hue and keeps its own shading, and all else stays as it was drawn.
"""

import numpy as np
from numpy.typing import NDArray

from starter.world import COLOUR_NAMES, COLOURS

Array = NDArray[np.float64]

CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
AXES = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
CELL = np.array([0.16, 0.05, 0.05])
"""Lightness, a and b of a cell of the histogram in which the main colour is looked for."""
ENOUGH = 0.45
"""How much of a drawing has to be of its main colours: a kite's first one is a quarter of it."""
MOST_COLOURS = 3
WHITE_LIGHT = 0.93
"""How light a white body is, of 1: a wholly white one would show no shading."""
RIM = 0.1
"""How much darker a white body is where it ends."""
GREYISH = 0.06
"""A main colour of less chroma has no hue: then light tells body from marks."""


def oklab(rgb: Array) -> Array:
    """sRGB of 0 to 1, shape (..., 3), as lightness, a and b."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ CONES.T) @ AXES.T)


def srgb(lab: Array) -> Array:
    """OKLab back as sRGB of 0 to 1; what no screen shows is cut off."""
    linear = ((lab @ np.linalg.inv(AXES).T) ** 3 @ np.linalg.inv(CONES).T).clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def main_colours(lab: Array, alpha: Array) -> list[Array]:
    """The colours of a drawing's body, the widest first: more of them until most of it is named.

    Each is the one, of the fullest cells of a histogram, that names the largest part of what is
    not named yet. Colourful ones count more: a car's red is its colour, not the grey of its tyres.
    """
    seen = lab[alpha > 0.8]
    left = np.ones(len(seen))
    named: list[Array] = []
    while left.mean() > 1 - ENOUGH and len(named) < MOST_COLOURS:
        parts = [_refined(seen, left, cell) for cell in _fullest(seen, left)]
        widths = [
            float((body(seen, one) * left).mean()) * (1 + 1.5 * np.hypot(one[1], one[2]))
            for one in parts
        ]
        best = parts[int(np.argmax(widths))]
        left = left * (1 - body(seen, best))
        named.append(best)
    return named


def _fullest(seen: Array, left: Array) -> Array:
    """The middles of the eight cells that hold most, as OKLab: (8 or fewer, 3)."""
    cells, which = np.unique(np.round(seen / CELL).astype(int), axis=0, return_inverse=True)
    full = np.bincount(which.ravel(), weights=left)
    return np.asarray(cells[full.argsort()[::-1][:8]] * CELL)


def _refined(seen: Array, left: Array, middle: Array) -> Array:
    for _ in range(8):
        weight = left * np.exp(-(((seen - middle) / (0.22, 0.075, 0.075)) ** 2).sum(1))
        middle = (seen * weight[:, None]).sum(0) / max(weight.sum(), 1e-9)
    return middle


def body(lab: Array, middle: Array) -> Array:
    """How much each pixel belongs to the body, 0 to 1.

    Of a body without a hue what is lighter than a light one belongs to it, and what is darker than
    a dark one: those are its shine and its shade, while the other side of it is where marks are.
    """
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    above = lab[..., 0] - middle[0]
    if np.hypot(middle[1], middle[2]) > GREYISH:
        hue = np.arctan2(lab[..., 2], lab[..., 1]) - np.arctan2(middle[2], middle[1])
        turn = np.abs((hue + np.pi) % (2 * np.pi) - np.pi)
        off = np.maximum(0, np.abs(above) - 0.22) / 0.18
        return np.asarray(
            np.exp(-((turn / 0.75) ** 4)) * ((chroma - 0.02) / 0.03).clip(0, 1) * np.exp(-(off**2))
        )
    off = np.maximum(0, (-above if middle[0] > 0.5 else above) - 0.16) / 0.12
    return np.asarray(np.exp(-((chroma / 0.105) ** 4)) * np.exp(-(off**2)))


def recoloured(rgb: Array, alpha: Array, colour: str) -> Array:
    """A drawing of sRGB 0 to 1, shape (h, w, 3), with its body in one of the world's colours."""
    return _painted(oklab(rgb), main_colours(oklab(rgb), alpha), _inside(alpha), colour)


def _painted(lab: Array, middles: list[Array], inside: Array, colour: str) -> Array:
    wanted = oklab(np.array(COLOURS[colour]) / 255)
    if colour == "white":
        wanted = wanted * WHITE_LIGHT
    contrast = 0.9 if 0.3 < wanted[0] < 0.85 else 0.6
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    made = lab
    for middle in middles:
        light = (wanted[0] + (lab[..., 0] - middle[0]) * contrast).clip(0.05, 0.995)
        if colour == "white":  # on a white ground nothing else shows where it ends
            light = light - RIM * np.exp(-inside / 2.5)
        own = np.hypot(middle[1], middle[2])
        strength = np.ones_like(light)
        if own > GREYISH:
            strength = (chroma / max(own, 0.06)).clip(0.5, 1.35)
        strength = strength * (1 - np.abs(light - wanted[0]) * 0.7).clip(0.4, 1)
        new = np.stack([light, wanted[1] * strength, wanted[2] * strength], -1)
        made = made + body(lab, middle)[..., None] * (new - made)
    return srgb(made)


def _inside(alpha: Array) -> Array:
    """How many pixels each is away from what is clear, at most eight."""
    drawn = np.pad(alpha > 0.5, 1)
    deep = np.zeros(drawn.shape)
    for _ in range(8):
        deep += drawn
        grown = drawn.copy()
        for axis in (0, 1):
            grown &= np.roll(drawn, 1, axis) & np.roll(drawn, -1, axis)
        drawn = grown
    return deep[1:-1, 1:-1]


def all_colours(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A drawing with alpha in each of the world's colours: (colours, h, w, 3)."""
    lab, alpha = oklab(picture[..., :3] / 255.0), picture[..., 3] / 255.0
    middles, inside = main_colours(lab, alpha), _inside(alpha)
    made = np.stack([_painted(lab, middles, inside, name) for name in COLOUR_NAMES])
    return (made * 255).round().astype(np.uint8)
