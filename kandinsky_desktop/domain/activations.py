"""Which memory each published network takes while it runs, as traced (domain/traced.py).

A network is known by the number of its weights; one that is not known counts as one that is, with
the width of its first level for a scale.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple

from kandinsky_desktop.domain.memory import CHUNKED, ExecutionMode
from kandinsky_desktop.domain.traced import TRACED

# How the device computes attention: in a kernel that holds few scores at a time (CUDA, processors),
# or in matrix products that hold all of them (Apple's GPU)
Attention = Literal["efficient", "math"]


INEXACT = ("tiled",)  # modes whose pictures are not those of the first
# Of a batch that goes through picture by picture: what the others' latents and outputs take. That
# of latents with 4 × 4 pixels a cell; with 8 × 8 it is a quarter, and next to nothing.
OTHERS_PER_PIXEL = 8.0
BY_ROW = "row by row"  # as another mode, but for one picture of the batch at a time


class Coefficients(NamedTuple):
    """What a network takes beside its weights in half precision, in bytes and bytes a pixel."""

    network: str  # as "2.2 unet"
    values: int  # of its weights
    width: int  # channels of its first level; 0: its size does not depend on the picture's
    call: str  # "decode" or "encode" of an autoencoder
    mode: str  # the name of the ExecutionMode
    fixed: int
    per_pixel: float
    single: int  # these two in single precision, whatever the number format
    single_per_pixel: float
    scores_per_pixel: float  # where attention is computed in matrix products
    scores_squared: float
    chunk: int  # and in chunks
    chunk_per_pixel: float
    spare: int
    spare_per_pixel: float
    window: int  # where weights are streamed, if they are
    beside: int
    lower: int  # and what the peak is not above between the traced sizes
    lower_per_pixel: float
    upper: int
    upper_per_pixel: float


@lru_cache(maxsize=1)
def _rows() -> dict[tuple[str, str, str], Coefficients]:
    rows = [Coefficients(*row) for row in TRACED]
    return {(row.network, row.call, row.mode): row for row in rows}


@lru_cache(maxsize=1)
def _names() -> dict[int, str]:
    return {row.values: row.network for row in reversed(_rows().values())}


def coefficients(network: str, mode: str = "resident", call: str = "") -> Coefficients:
    """Return the row of a network, as "2.2 unet"."""
    return _rows()[network, call, mode]


def modes_of(
    values: int,
    like: str,
    *names: str,
    call: str = "",
    width: int = 0,
    attention: Attention = "efficient",
) -> tuple[ExecutionMode, ...]:
    """Return the modes of a network with so many weights, fastest first, as they are named.

    Where it is not known, it counts as the network `like` with `width` channels in the first level.
    Attention is chunked only where all its scores would be held otherwise.
    """
    known = _names().get(values, "")
    return tuple(
        _mode(known or like, name, call, 0 if known else width, attention)
        for name in names
        if attention == "math" or CHUNKED not in name
    )


def _mode(network: str, name: str, call: str, width: int, attention: Attention) -> ExecutionMode:
    if name.startswith(BY_ROW):
        whole = name.removeprefix(BY_ROW).removeprefix(", ") or "resident"
        mode = _mode(network, whole, call, width, attention)
        return replace(mode, name=name, by_row=True, others_per_pixel=OTHERS_PER_PIXEL)
    chunks = CHUNKED in name
    plain = name.removesuffix(CHUNKED).removesuffix(", ") or "resident"
    row, in_products = coefficients(network, plain, call), attention == "math"
    own = row.call != "" and plain != "resident"  # has chunks of its own, whatever is asked for
    mode = ExecutionMode(
        name,
        row.fixed,
        row.per_pixel,
        exact=name not in INEXACT,
        single=row.single,
        single_per_pixel=row.single_per_pixel,
        scores_per_pixel=row.scores_per_pixel if in_products else 0,
        scores_squared=row.scores_squared if in_products else 0,
        chunk=row.chunk if in_products and (chunks or own) else 0,
        chunk_per_pixel=row.chunk_per_pixel if in_products and (chunks or own) else 0,
        spare=row.spare,
        spare_per_pixel=row.spare_per_pixel,
        window=row.window,
        beside=row.beside,
        lower=row.lower,
        lower_per_pixel=row.lower_per_pixel,
        upper=row.upper,
        upper_per_pixel=row.upper_per_pixel,
    )
    return mode.scaled(width, row.width) if width and row.width else mode


def networks() -> Sequence[str]:
    """Return the names of all networks that were traced."""
    return tuple(dict.fromkeys(row.network for row in _rows().values()))
