"""Morphs: one body between two or three drawings, with outline, colours and marks of all.

The outline is where the mixed signed distances are above zero. Every drawing is warped into it
around its centre, broad colours are mixed by the shares, and of finer ones each place takes the
drawing's that has the stronger mark there (a Laplacian pyramid, Burt and Adelson 1983). This is
what a mixture of two embeddings is taught to look like.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

ANGLES = 360
LEVELS = 5
"""Of the pyramid: marks of up to about a quarter of the side are chosen, the rest is mixed."""
CHOICE = 6.0
"""How firmly the stronger mark wins: at 0 marks would be mixed as colours are."""
FAINT, FULL = 0.1, 0.85
"""Over the largest share: below which share marks are not seen, and from which they are whole.

Were they whole at any share, a dog with a tenth of a car would have all its doors and wheels.
"""


@dataclass(frozen=True, slots=True)
class Outlines:
    """What warping asks of each drawing, measured once; tensors of the bank's order."""

    distance: Tensor
    """Signed, in pixels, positive inside: (n, s, s)."""
    colours: Tensor
    """Colours carried outwards over what is clear, uint8: (n, 3, s, s)."""
    centre: Tensor
    """Mean row and column of what is drawn: (n, 2)."""
    radius: Tensor
    """How far the drawing reaches from its centre in each direction, in pixels: (n, ANGLES)."""


def _nearest(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distance of each pixel to the nearest one inside, and that pixel's flat index.

    Exact, one axis after the other (Felzenszwalb and Huttenlocher 2012).
    """
    side = len(inside)
    line = np.arange(side)
    apart = (line[:, None] - line[None]) ** 2  # [to, from]
    far = np.where(inside, 0, 4 * side * side)
    along = far[:, None, :] + apart[None]  # [row, to, from]
    column = along.argmin(2)
    across = np.take_along_axis(along, column[..., None], 2)[..., 0]
    down = across.T[:, None, :] + apart[None]  # [column, to, from]
    row = down.argmin(2).T
    squared = down.min(2).T
    index = row * side + np.take_along_axis(column, row, 0)
    return np.sqrt(squared), index


def _reach(masks: Tensor, centre: Tensor) -> Tensor:
    """How far each mask (n, s, s) reaches in each direction, a little smoothed: (n, ANGLES)."""
    side = masks.shape[-1]
    turn = torch.arange(ANGLES) * (2 * torch.pi / ANGLES)
    along = torch.arange(0, side, 0.5)
    rows = centre[:, :1, None] + turn.sin()[None, :, None] * along
    columns = centre[:, 1:, None] + turn.cos()[None, :, None] * along
    grid = torch.stack([columns, rows], -1) * 2 / (side - 1) - 1
    seen = F.grid_sample(masks[:, None].float(), grid, align_corners=True)[:, 0] > 0.5
    last = len(along) - 1 - seen.flip(2).int().argmax(2)
    reach = torch.where(seen.any(2), along[last], torch.ones(()))
    ring = F.pad(reach[:, None], (6, 6), mode="circular")
    weights = 7 - torch.arange(-6.0, 7).abs()
    return F.conv1d(ring, (weights / weights.sum())[None, None])[:, 0]


def measure(pictures: np.ndarray) -> Outlines:
    """The outlines of drawings with alpha, uint8 of shape (n, s, s, 4)."""
    distances, colours, centres = [], [], []
    for picture in pictures:
        drawn = picture[..., 3] > 127
        _, index = _nearest(picture[..., 3] > 190)  # a rim's colours are none: it is hardly there
        distances.append(_nearest(~drawn)[0] - _nearest(drawn)[0])
        colours.append(picture[..., :3].reshape(-1, 3)[index].transpose(2, 0, 1))
        centres.append([axis.mean() for axis in drawn.nonzero()])
    distance = torch.from_numpy(np.stack(distances)).float()
    centre = torch.tensor(centres, dtype=torch.float32)
    return Outlines(
        distance,
        torch.from_numpy(np.stack(colours)),
        centre,
        _reach(distance > 0, centre),
    )


def _warped(colours: Tensor, own: Tensor, reach: Tensor, middle: Tensor, wanted: Tensor) -> Tensor:
    """Colours (n, 3, s, s) moved along rays, so that `reach` around `own` becomes `wanted`."""
    side = colours.shape[-1]
    line = torch.arange(side, dtype=torch.float32)
    down = line[None, :, None] - middle[:, 0, None, None]
    right = line[None, None, :] - middle[:, 1, None, None]
    turn = torch.atan2(down, right)
    step = (turn * (ANGLES / (2 * torch.pi))) % ANGLES
    low = step.long() % ANGLES
    part = step - step.floor()

    def at(ring: Tensor) -> Tensor:
        flat = low.flatten(1)
        one, next_one = ring.gather(1, flat), ring.gather(1, (flat + 1) % ANGLES)
        return (one + (next_one - one) * part.flatten(1)).view_as(turn)

    scale = at(reach) / at(wanted).clamp(min=1)
    rows = own[:, 0, None, None] + down * scale
    columns = own[:, 1, None, None] + right * scale
    grid = torch.stack([columns, rows], -1) * 2 / (side - 1) - 1
    return F.grid_sample(colours, grid, padding_mode="border", align_corners=True)


def _blur(pictures: Tensor, sigma: float) -> Tensor:
    """A Gaussian over (n, c, s, s); a broad one is taken of a smaller picture."""
    side = pictures.shape[-1]
    smaller = 1
    while sigma / smaller > 3:
        smaller *= 2
    small = F.avg_pool2d(pictures, smaller) if smaller > 1 else pictures
    sigma = sigma / smaller
    reach = max(1, round(2.5 * sigma))
    line = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-((line / sigma) ** 2) / 2)
    weights = (weights / weights.sum()).expand(small.shape[1], 1, -1)
    padded = F.pad(small, (reach,) * 4, mode="replicate")
    padded = F.conv2d(padded, weights[:, :, None, :], groups=small.shape[1])
    made = F.conv2d(padded, weights[:, :, :, None], groups=small.shape[1])
    if smaller > 1:
        made = F.interpolate(made, size=(side, side), mode="bilinear")
    return made


def _blended(parts: Tensor, shares: Tensor) -> Tensor:
    """One picture of several, (n, k, 3, s, s) by shares (n, k)."""
    count, many, _, side, _ = parts.shape
    flat = parts.flatten(0, 1)
    strength = ((shares / shares.amax(1, keepdim=True) - FAINT) / (FULL - FAINT)).clamp(0, 1)
    strength = strength**2 * (3 - 2 * strength)
    made = torch.zeros(count, 3, side, side)
    left = flat
    for level in range(LEVELS):
        low = _blur(left, 1.6 * 2**level)
        marks = left - low
        power = _blur(marks.abs().sum(1, keepdim=True), 1.5 * 2**level).view(
            count, many, 1, side, side
        )
        power = power * shares[:, :, None, None, None] ** 0.7
        choice = (CHOICE * power / (power.sum(1, keepdim=True) + 1e-4)).softmax(1)
        seen = marks.view_as(parts) * choice * strength[:, :, None, None, None]
        made += seen.sum(1)
        left = low
    broad = left.view_as(parts) * shares[:, :, None, None, None]
    return (made + broad.sum(1)).clamp(0, 1)


def _in_one_piece(signed: Tensor) -> Tensor:
    """Signed distances (n, s, s) without what does not hang together with where they are largest.

    Looked for at half the size, in windows of 3 x 3.
    """
    side = signed.shape[-1]
    mask = F.max_pool2d((signed > 0).float()[:, None], 2)
    start = F.max_pool2d(signed[:, None], 2).flatten(1).argmax(1)
    reached = torch.zeros_like(mask).flatten(1).scatter(1, start[:, None], 1.0).view_as(mask)
    for step in range(2 * side):
        grown = F.max_pool2d(reached, 3, 1, 1) * mask
        if step % 8 == 7 and torch.equal(grown, reached):
            break
        reached = grown
    kept = F.interpolate(reached, size=(side, side), mode="nearest")[:, 0] > 0
    return torch.where(kept | (signed <= 0), signed, -0.5 * torch.ones(()))


@torch.no_grad()
def morph(held: Outlines, which: Tensor, shares: Tensor) -> Tensor:
    """Mix drawings `which` (n, k) by shares (n, k) of 1 in all: RGBA of 0 to 1, (n, 4, s, s).

    Where the distances mix to next to nothing, as of two thin things that cross, the outline is
    taken lower, so that the morph is as large as its parents are by their shares.
    """
    count, many = which.shape
    mixed = (held.distance[which] * shares[:, :, None, None]).sum(1)
    sizes = ((held.distance[which] > 0).sum((2, 3)).sqrt() * shares).sum(1) ** 2
    flat = mixed.flatten(1).sort(1, descending=True).values
    level = flat.gather(1, sizes.long().clamp(min=1)[:, None] - 1)[:, 0].clamp(max=0)
    signed = _in_one_piece(mixed - level[:, None, None])
    mask = signed > 0
    line = torch.arange(mask.shape[-1], dtype=torch.float32)
    area = mask.sum((1, 2)).clamp(min=1)
    middle = torch.stack(
        [(mask.sum(2) * line).sum(1) / area, (mask.sum(1) * line).sum(1) / area], 1
    )
    wanted = _reach(mask, middle)
    flat_which = which.flatten()
    parts = _warped(
        held.colours[flat_which].float() / 255,
        held.centre[flat_which],
        held.radius[flat_which],
        middle.repeat_interleave(many, 0),
        wanted.repeat_interleave(many, 0),
    )
    colour = _blended(parts.view(count, many, 3, *mask.shape[1:]), shares)
    return torch.cat([colour, (signed + 0.5).clamp(0, 1)[:, None]], 1)
