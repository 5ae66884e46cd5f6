"""What is measured of pictures of mixtures and plain things: is it one thing, and clean."""

import torch
import torch.nn.functional as F
from torch import Tensor

WHOLE = 0.97
"""How much of what is drawn has to hang together for one thing."""
CELLS = 16
"""Into how many cells a side is averaged where colours are compared: broad ones, not marks."""
NEAR = 0.85
"""Of its parents' distance: a mixture is between them if it is no farther from either."""
SPOT = 0.005
"""Of the picture: a larger spot beside the thing is seen."""
AROUND = 0.06
"""Of the side: what is so near to a thing's own outline is part of it."""


def drawn(picture: Tensor) -> Tensor:
    """Which pixels (s, s) are not ground, the ground being what the border shows most."""
    border = torch.cat([picture[:, 0], picture[:, -1], picture[:, :, 0], picture[:, :, -1]], 1)
    colour = border.median(1).values
    off: Tensor = (picture - colour[:, None, None]).abs().amax(0) > 0.25
    return off


def pieces(mask: Tensor) -> list[Tensor]:
    """The connected parts of a mask (s, s), corners included, the largest first."""
    side = mask.shape[-1]
    held = mask.float()[None, None]
    labels = torch.arange(1, side * side + 1.0).view(1, 1, side, side) * held
    while True:
        grown = F.max_pool2d(labels, 3, 1, 1) * held
        if torch.equal(grown, labels):
            break
        labels = grown
    numbers, counts = labels[labels > 0].unique(return_counts=True)
    order = counts.argsort(descending=True)
    return [labels[0, 0] == number for number in numbers[order]]


def overlap(one: Tensor, other: Tensor) -> float:
    """Intersection over union of two masks."""
    return float((one & other).sum() / (one | other).sum().clamp(min=1))


def is_whole(mask: Tensor) -> bool:
    """Whether what is drawn is one connected part, but for crumbs."""
    parts = pieces(mask)
    return bool(parts) and float(parts[0].sum() / mask.sum()) >= WHOLE


def takes_its_outline(mask: Tensor, morph: Tensor, parents: tuple[Tensor, Tensor]) -> bool:
    """Whether a mask is more like the morph's than like either parent's."""
    own = overlap(mask, morph)
    return all(own > overlap(mask, parent) for parent in parents)


def halves(pictures: Tensor) -> Tensor:
    """The left, right, upper and lower half of pictures (n, 3, s, s): (n, 4, numbers).

    Each half is given by the mean colours of its cells.
    """
    cells, half = F.adaptive_avg_pool2d(pictures, CELLS), CELLS // 2
    parts = (cells[..., :half], cells[..., half:], cells[..., :half, :], cells[..., half:, :])
    return torch.stack([part.flatten(1) for part in parts], 1)


def is_alike_all_over(picture: Tensor, morph: Tensor, parents: tuple[Tensor, Tensor]) -> bool:
    """Whether each half of a mixture looks more like the morph's there than like either parent's.

    Pictures are (3, s, s). Two half things side by side are each a parent's in one half.
    """
    own, between, *alone = halves(torch.stack([picture, morph, *parents]))
    off = (own - between).norm(dim=1)
    return all(bool((off < (own - parent).norm(dim=1)).all()) for parent in alone)


def is_between(made: Tensor, parents: tuple[Tensor, Tensor]) -> bool:
    """Whether features (w) are clearly nearer to both parents' than these are to each other."""
    apart = (parents[0] - parents[1]).norm()
    return all(bool((made - parent).norm() <= NEAR * apart) for parent in parents)


def is_smooth(features: Tensor) -> bool:
    """Whether a strip (n, w) goes from its first to its last without a leap or a step back."""
    steps = features.diff(dim=0).norm(dim=1)
    line = features[-1] - features[0]
    onward = (features @ line).diff()
    return bool(steps.max() <= 2 * steps.median()) and bool((onward > 0).all())


def is_clean(picture: Tensor, own: Tensor) -> bool:
    """Whether nothing large stands beside a thing whose outline is `own` (s, s)."""
    side = own.shape[-1]
    reach = 2 * round(AROUND * side) + 1
    near = F.max_pool2d(own.float()[None, None], reach, 1, reach // 2)[0, 0] > 0
    spots = [part for part in pieces(drawn(picture)) if not (part & near).any()]
    return all(float(part.sum()) <= SPOT * side * side for part in spots)
