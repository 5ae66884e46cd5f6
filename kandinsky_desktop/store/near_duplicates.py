"""Pictures that look nearly the same: 64 bits each, of which few differ, and nearly one colour.

Two that differ in at most three bits are alike in one of four sixteenths: so only pictures that
share one of those are compared, and 100,000 are in seconds.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.intp]

MOST_BITS = 3  # that may differ
MOST_COLOR = 12  # of 255, in any channel of the mean colour
LANES = 4


def groups(
    ids: "NDArray[np.int64]", looks: "NDArray[np.int64]", means: "NDArray[np.int64]"
) -> list[tuple[int, ...]]:
    """Return groups of near-duplicates, the newest first, each by rising id.

    What is like one of a group is in it, so that the ends of a long one may differ more.
    """
    import numpy as np

    if not len(ids):
        return []
    order = np.argsort(ids, kind="stable")
    ids, looks, means = ids[order], looks[order], means[order]
    # many are alike to the bit: each look and colour counts once, so that no bucket is huge
    seen, where = np.unique(np.stack((looks, means)), axis=1, return_inverse=True)
    leaders = _leaders(len(seen[0]), *_near(seen[0].astype(np.uint64), seen[1]))
    root = leaders[where.reshape(-1)]
    by_root = np.argsort(root, kind="stable")
    cuts = np.flatnonzero(np.diff(root[by_root])) + 1
    found = [tuple(ids[part].tolist()) for part in np.split(by_root, cuts) if len(part) > 1]
    return sorted(found, key=max, reverse=True)


def _near(bits: "NDArray[np.uint64]", colors: "NDArray[np.int64]") -> "tuple[Places, Places]":
    """Return pairs of places that are near each other."""
    import numpy as np

    left: list[Places] = []
    right: list[Places] = []
    for lane in range(LANES):
        part = bits >> np.uint64(16 * lane) & np.uint64(0xFFFF)
        order = np.argsort(part, kind="stable")
        for one, other in _pairs(part[order]):
            a, b = order[one], order[other]
            near = np.bitwise_count(bits[a] ^ bits[b]) <= MOST_BITS
            a, b = a[near], b[near]
            alike = np.ones(len(a), bool)
            for shift in (16, 8, 0):
                apart = (colors[a] >> shift & 255) - (colors[b] >> shift & 255)
                alike &= np.abs(apart) <= MOST_COLOR
            left.append(a[alike])
            right.append(b[alike])
    empty = [np.empty(0, np.intp)]
    return np.concatenate(left or empty), np.concatenate(right or empty)


def _pairs(part: "NDArray[np.uint64]") -> "Iterator[tuple[Places, Places]]":
    """Yield places in a sorted array that hold the same, each with the one so much behind it."""
    import numpy as np

    ends = np.searchsorted(part, part, side="right")
    here = np.arange(len(part))
    behind = 1
    while len(here):
        here = here[here + behind < ends[here]]
        if len(here):
            yield here, here + behind
        behind += 1


def _leaders(count: int, left: "Places", right: "Places") -> "Places":
    """Return for each place the first of those that it is joined with, by whatever chain."""
    import numpy as np

    leaders = np.arange(count)
    while True:
        before = leaders.copy()
        least = np.minimum(leaders[left], leaders[right])
        np.minimum.at(leaders, left, least)
        np.minimum.at(leaders, right, least)
        leaders = leaders[leaders]
        if np.array_equal(before, leaders):
            return leaders
