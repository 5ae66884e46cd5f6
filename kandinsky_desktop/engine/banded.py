"""diffusers' Encoder and Decoder in bands of rows: the same numbers, in a third of the memory.

A feature map is held once or twice at most, and everything between two of them (norm, activation,
convolution) exists for one band at a time. Norms take their mean and deviation from the whole map,
each row is normed once, and a convolution keeps the last two rows that it saw for the next band. So
nothing differs from diffusers' own way but the order of sums: see tests/engine/test_banded.py for
how little that is. One picture at a time; its maps are (height, width, channels).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import torch
from diffusers.models.attention_processor import Attention, SpatialNorm
from diffusers.models.downsampling import Downsample2D
from diffusers.models.upsampling import Upsample2D
from torch import Tensor
from torch.nn.functional import conv2d, pad, silu

from kandinsky_desktop.engine.attention import chunked

BAND = 2**13  # pixels
WHOLE = 2**40  # one band, however large the picture is


@torch.inference_mode()
def decode(decoder: Any, latents: Tensor, condition: Tensor | None, band: int = BAND) -> Tensor:
    """Return what a Decoder makes of latents, (1, 4, h, w): pixels, (1, 3, H, W).

    `condition` are the latents that its norms look at, if they do.
    """
    features = _map_of(decoder.conv_in(latents))
    for layer in _layers(decoder.mid_block, *decoder.up_blocks):
        features = _ran(layer, features, condition, band)
    return _last(decoder, features, condition, band)


@torch.inference_mode()
def encode(encoder: Any, pixels: Tensor, band: int = BAND) -> Tensor:
    """Return what an Encoder makes of pixels, (1, 3, H, W): (1, channels, h, w)."""
    picture, conv = _map_of(pixels), encoder.conv_in
    features = _empty(picture, picture.shape[0], picture.shape[1], conv)
    _write(features, _convolved(conv, _bands(picture, band)))
    for layer in _layers(*encoder.down_blocks, encoder.mid_block):
        features = _ran(layer, features, None, band)
    return _last(encoder, features, None, band)


@torch.inference_mode()
def decode_tiled(
    decoder: Any, latents: Tensor, condition: Tensor | None, tile: int, overlap: int
) -> Tensor:
    """Return about what a Decoder makes of latents, from tiles of so many cells that overlap.

    Not exact: each tile has its own norms and sees nothing of the others. Seams are blended.
    """
    high, wide = latents.shape[-2:]
    factor = 2 ** sum(bool(block.upsamplers) for block in decoder.up_blocks)
    size = high * factor, wide * factor
    total = torch.zeros(decoder.conv_out.out_channels, *size, device=latents.device)
    weights = torch.zeros(size, device=latents.device)
    for top in _starts(high, tile, overlap):
        for left in _starts(wide, tile, overlap):
            cells = (..., slice(top, top + tile), slice(left, left + tile))
            seen = None if condition is None else condition[cells]
            part = decode(decoder, latents[cells], seen)[0].float()
            down, across = (_ramp(side, overlap * factor, part) for side in part.shape[-2:])
            y, x = top * factor, left * factor
            pixels = (..., slice(y, y + len(down)), slice(x, x + len(across)))
            weight = down[:, None] * across
            total[pixels] += part.mul_(weight)
            weights[pixels] += weight
    return total.div_(weights)[None].to(latents.dtype)


def _starts(side: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin along a side; the last one ends with it."""
    if side <= tile:
        return [0]
    return [*range(0, side - tile, tile - overlap), side - tile]


def _ramp(side: int, over: int, like: Tensor) -> Tensor:
    """Return the weights of a tile's pixels along a side: they rise over the overlap and fall."""
    places = torch.arange(side, device=like.device, dtype=like.dtype) + 0.5
    return torch.minimum(places, side - places).clamp_(max=max(1, over))


@dataclass(frozen=True, slots=True)
class _Norm:
    """A norm whose statistics are known: x · scale + shift, for each channel."""

    layer: Any
    scale: Tensor
    shift: Tensor

    def rows(self, part: Tensor, first: int, high: int, condition: Tensor | None) -> Tensor:
        """Return normed rows of a map of that height, from its row `first` on."""
        if condition is None or not isinstance(self.layer, SpatialNorm):
            return (part * self.scale).add_(self.shift)
        size = high // condition.shape[-2]  # rows and columns of a cell
        begin, end = first // size, -(-(first + len(part)) // size)
        cells = condition[:, :, begin:end]
        factor = _map_of(self.layer.conv_y(cells)).float()
        offset = _map_of(self.layer.conv_b(cells)).float().addcmul_(factor, self.shift)
        factor *= self.scale
        rows, across, channels = len(part), factor.shape[1], part.shape[-1]
        of_row = torch.arange(first, first + rows, device=part.device) // size - begin
        by_cell = part.reshape(rows, across, size, channels)
        spread = by_cell * factor[of_row][:, :, None]
        return spread.add_(offset[of_row][:, :, None]).reshape(part.shape)


def _norm(layer: Any, features: Tensor, band: int) -> _Norm:
    """Return a norm with the statistics of a whole map, summed band by band around one row's."""
    group = layer.norm_layer if isinstance(layer, SpatialNorm) else layer
    around = features[0].float().mean(0)
    first, second = torch.zeros_like(around), torch.zeros_like(around)
    for part in _bands(features, band):
        apart = part - around
        first += apart.sum((0, 1))
        second += apart.square_().sum((0, 1))
    count = features.shape[0] * features.shape[1]
    first, second = first / count, second / count
    mean = (around + first).view(group.num_groups, -1)
    variance = (second - first.square()).view(group.num_groups, -1)
    centre = mean.mean(1, keepdim=True)
    spread = (variance + (mean - centre).square()).mean(1, keepdim=True).clamp_(min=0)
    each = features.shape[-1] // group.num_groups
    scale = (spread + group.eps).rsqrt().repeat_interleave(each) * group.weight.float()
    return _Norm(layer, scale, group.bias.float() - centre.repeat_interleave(each) * scale)


def _layers(*blocks: Any) -> Iterator[Any]:
    """Yield what blocks are made of, in order, so that nobody holds the map a block began with."""
    for block in blocks:
        attentions = getattr(block, "attentions", None) or ()
        for resnet, attention in zip_longest(block.resnets, attentions):
            yield resnet
            if attention is not None:
                yield attention
        yield from getattr(block, "upsamplers", None) or ()
        yield from getattr(block, "downsamplers", None) or ()


def _ran(layer: Any, features: Tensor, condition: Tensor | None, band: int) -> Tensor:
    """Return what a layer makes of a map."""
    match layer:
        case Upsample2D():
            return _upsampled(layer.conv, features, band)
        case Downsample2D():
            return _downsampled(layer, features, band)
        case Attention():
            return _attended(layer, features, condition)
        case _:
            return _resnet(layer, features, condition, band)


def _resnet(block: Any, features: Tensor, condition: Tensor | None, band: int) -> Tensor:
    """Return a new map. Its second half is written over its first, which runs a row ahead."""
    high, wide = features.shape[:2]
    made = _empty(features, high, wide, block.conv1)
    for norm, conv, taken in (
        (block.norm1, block.conv1, features),
        (block.norm2, block.conv2, made),
    ):
        active = _activated(norm, block.nonlinearity, taken, condition, band)
        first = 0
        for part in _convolved(conv, active):
            rows = slice(first, first + len(part))
            if conv is block.conv2:
                old = features[rows]
                if block.conv_shortcut is not None:
                    old = _map_of(block.conv_shortcut(_image_of(old)))
                part = part.add_(old).div_(block.output_scale_factor)
            made[rows] = part
            first += len(part)
    return made


def _attended(attention: Any, features: Tensor, condition: Tensor | None) -> Tensor:
    """Return a map after attention: as the layer has it, at the latents' size, in chunks."""
    with chunked():
        return _map_of(attention(_image_of(features), temb=condition)).contiguous()


def _upsampled(conv: Any, features: Tensor, band: int) -> Tensor:
    """Return a map twice as high and wide, convolved."""
    high, wide = features.shape[:2]
    made = _empty(features, 2 * high, 2 * wide, conv)
    doubled = (
        part.repeat_interleave(2, 0).repeat_interleave(2, 1)
        for part in _bands(features, max(1, band // 4))
    )
    _write(made, _convolved(conv, doubled))
    return made


def _downsampled(layer: Any, features: Tensor, band: int) -> Tensor:
    """Return a map half as high and wide: a convolution with a row and a column beyond the end."""
    high, wide = features.shape[:2]
    made = _empty(features, high // 2, wide // 2, layer.conv)
    rows = max(2, band // wide // 2 * 2)
    for first in range(0, high, rows):
        part = features[first : first + rows + 1]
        beyond = int(first + rows >= high)
        image = pad(_image_of(part), (0, 1, 0, beyond))
        done = _map_of(conv2d(image, layer.conv.weight, layer.conv.bias, stride=2))
        made[first // 2 : first // 2 + len(done)] = done
    return made


def _last(network: Any, features: Tensor, condition: Tensor | None, band: int) -> Tensor:
    """Return the image, (1, channels, H, W), of the last map."""
    made = _empty(features, features.shape[0], features.shape[1], network.conv_out)
    active = _activated(network.conv_norm_out, network.conv_act, features, condition, band)
    _write(made, _convolved(network.conv_out, active))
    return _image_of(made)


def _activated(
    layer: Any, activation: Any, features: Tensor, condition: Tensor | None, band: int
) -> Iterator[Tensor]:
    """Yield the bands of a map, normed and activated."""
    norm, high = _norm(layer, features, band), features.shape[0]
    first = 0
    for part in _bands(features, band):
        normed = norm.rows(part, first, high, condition)
        if isinstance(activation, torch.nn.SiLU):
            active = silu(normed, inplace=True)
        else:
            active = activation(normed)
        del normed
        yield active.to(features.dtype)
        first += len(part)


def _convolved(conv: Any, bands: Iterable[Tensor]) -> Iterator[Tensor]:
    """Yield the bands of a map after a 3 × 3 convolution with a border of zeros.

    The first is a row shorter than what it was made of, and the last a row longer.
    """
    seen: Tensor | None = None
    for band in bands:
        if seen is None:
            seen = torch.cat([torch.zeros_like(band[:1]), band])
        else:
            seen = torch.cat([seen, band])
        if len(seen) > 2:
            yield _rows_of(conv, seen)
            seen = seen[-2:].clone()
    assert seen is not None
    yield _rows_of(conv, torch.cat([seen, torch.zeros_like(seen[:1])]))


def _rows_of(conv: Any, rows: Tensor) -> Tensor:
    return _map_of(conv2d(_image_of(rows), conv.weight, conv.bias, padding=(0, 1)))


def _write(made: Tensor, bands: Iterable[Tensor]) -> None:
    first = 0
    for part in bands:
        made[first : first + len(part)] = part
        first += len(part)


def _bands(features: Tensor, band: int) -> Iterator[Tensor]:
    """Yield a map in bands of so many pixels, each of whole rows."""
    rows = max(1, band // features.shape[1])
    for first in range(0, features.shape[0], rows):
        yield features[first : first + rows]


def _empty(like: Tensor, high: int, wide: int, conv: Any) -> Tensor:
    return like.new_empty(high, wide, conv.out_channels)


def _map_of(image: Tensor) -> Tensor:
    return image[0].permute(1, 2, 0)


def _image_of(features: Tensor) -> Tensor:
    return features.permute(2, 0, 1)[None]
