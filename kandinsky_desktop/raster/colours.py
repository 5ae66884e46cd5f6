"""Colours laid over pixels: a stroke into a sketch, a sketch over a picture. Exact to a rounding.

A sketch's pixels are blue, green, red and opacity, the colours multiplied by it. Each result is the
nearest whole number, and what counts for nothing changes no bit.
"""

import numpy as np
from numpy.typing import NDArray

from kandinsky_desktop.raster.layer import Pixels

ROWS = 64  # at a time, so that they stay in the processor's cache
NOTHING = (0, 0, 0, 0)  # a colour that takes away

Colour = tuple[int, int, int, int]  # blue, green, red, opacity, multiplied by it
Words = NDArray[np.uint32]

EVERY = np.uint32(0x00FF00FF)  # two of a pixel's four channels, with room for products
HALF = np.uint32(0x00800080)
FULL, EIGHT, TOP = np.uint32(255), np.uint32(8), np.uint32(24)


def coloured(under: Pixels, colour: Colour, coverage: Pixels) -> Pixels:
    """Return pixels with a colour over them as far as a coverage of the same size says.

    255 of it is all of the colour, 0 leaves a pixel as it is. NOTHING takes away.
    """
    result = np.empty_like(under)
    low, high = (np.uint32(colour[at] | colour[at + 2] << 16) for at in (0, 1))
    for top in range(0, len(under), ROWS):
        rows = slice(top, top + ROWS)
        covered = coverage[rows].astype(np.uint32)
        left, words = FULL - covered, _words(under[rows])
        _put(
            result[rows],
            _divided((words & EVERY) * left + covered * low),
            _rounded((words >> EIGHT & EVERY) * left + covered * high),
        )
    return result


def over(under: Pixels, sketch: Pixels, strength: int = 255) -> Pixels:
    """Return pixels with a sketch of the same size over them, of which so much of 255 counts.

    What lies under it is opaque, or multiplied by its opacity.
    """
    result = np.empty_like(under)
    for top in range(0, len(under), ROWS):
        rows = slice(top, top + ROWS)
        low, high = _pairs(_words(sketch[rows]))
        if strength < 255:
            low, high = _divided(low * np.uint32(strength)), _divided(high * np.uint32(strength))
        left, words = FULL - (high >> np.uint32(16)), _words(under[rows])
        _put(
            result[rows],
            _divided((words & EVERY) * left) + low,
            (_divided((words >> EIGHT & EVERY) * left) + high) << EIGHT,
        )
    return result


def opacity_over(under: Pixels, sketch: Pixels, strength: int) -> Pixels:
    """Return the opacity of pixels with a sketch over them, from both: as `over` makes it."""
    result = np.empty_like(under)
    for top in range(0, len(under), ROWS):
        rows = slice(top, top + ROWS)
        covered = sketch[rows].astype(np.uint32)
        if strength < 255:
            covered = _divided(covered * np.uint32(strength))
        result[rows] = _divided(under[rows] * (FULL - covered)) + covered
    return result


def mixed(one: Pixels, other: Pixels, share: Pixels) -> Pixels:
    """Return pixels between two of the same size: all of the other where the share is 255."""
    result = np.empty_like(one)
    for top in range(0, len(one), ROWS):
        rows = slice(top, top + ROWS)
        covered = share[rows].astype(np.uint32)
        left = FULL - covered
        (low, high), (low_too, high_too) = _pairs(_words(one[rows])), _pairs(_words(other[rows]))
        _put(
            result[rows],
            _divided(low * left + low_too * covered),
            _rounded(high * left + high_too * covered),
        )
    return result


def flattened(picture: Pixels, sketch: Pixels, strength: int, *, alpha: bool) -> Pixels:
    """Return a picture's pixels with a sketch over them, as a picture's pixels again.

    With `alpha` the picture has an opacity, by which its colours are not multiplied.
    """
    if strength == 0:
        return picture.copy()
    if not alpha:
        return over(picture, sketch, strength)
    changed = sketch[..., 3] != 0
    result = picture.copy()
    below = picture[changed][None]
    result[changed] = straight(over(multiplied(below), sketch[changed][None], strength))[0]
    return result


def multiplied(pixels: Pixels) -> Pixels:
    """Return pixels whose colours are multiplied by their opacity."""
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), ROWS):
        rows = slice(top, top + ROWS)
        alpha = pixels[rows, ..., 3:].astype(np.uint32)
        product = pixels[rows, ..., :3] * alpha + np.uint32(128)
        result[rows, ..., :3] = product + (product >> EIGHT) >> EIGHT
        result[rows, ..., 3:] = alpha
    return result


def straight(pixels: Pixels) -> Pixels:
    """Return pixels whose colours are no longer multiplied: `multiplied` gives the same again."""
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), ROWS):
        rows = slice(top, top + ROWS)
        alpha = pixels[rows, ..., 3:].astype(np.uint32)
        product = pixels[rows, ..., :3] * FULL + (alpha >> np.uint32(1))
        result[rows, ..., :3] = np.minimum(product // np.maximum(alpha, 1), FULL)
        result[rows, ..., 3:] = alpha
    return result


def _words(pixels: Pixels) -> Words:
    """The same memory, or a copy, with each pixel as one number."""
    if not pixels.flags.c_contiguous:
        pixels = np.ascontiguousarray(pixels)
    return pixels.view(np.uint32)[..., 0]


def _pairs(words: Words) -> tuple[Words, Words]:
    """Return blue and red of each pixel, and green and opacity, each with room above it."""
    return words & EVERY, words >> EIGHT & EVERY


def _divided(products: Words) -> Words:
    """Return each of two products in a number divided by 255, to the nearest."""
    products = _rounded(products)
    products >>= EIGHT
    products &= EVERY
    return products


def _rounded(products: Words) -> Words:
    """Return the same, each still above eight bits that mean nothing."""
    products += HALF
    products += products >> EIGHT & EVERY
    return products


def _put(target: Pixels, low: Words, high: Words) -> None:
    """Put pixels together of two channels each: divided, and as `_rounded` gives them."""
    high &= ~EVERY
    high |= low
    target.view(np.uint32)[..., 0] = high
