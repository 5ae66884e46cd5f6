"""diffusers' Encoder and Decoder in bands of rows: the same numbers, in a third of the memory.

A feature map lies in strips of rows, and a layer lets go of a strip as soon as it is through with
it. Everything between two maps (norm, activation, convolution) exists for one strip at a time.
Norms take their mean and deviation from the whole map, each row is normed once, and a convolution
keeps the last two rows that it saw for the next strip. Numbers are rounded where diffusers rounds
them, so that nothing differs but the order of some sums: see tests/engine/test_banded.py for how
little that is. One picture at a time; its maps are (height, width, channels).
"""

from collections.abc import Callable, Iterable, Iterator
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

BAND = 2**13  # pixels at most
FEWEST, PARTS = 2**10, 32  # pixels at least; and else so many bands of the largest map
WHOLE = 2**40  # one band, however large the picture is
SCORES = (
    2**24
)  # bytes of attention's scores at once: less than the maps take wherever there are as many
THIN = 64  # so large a part of a map's channels is summed at once, however large the map is


@torch.inference_mode()
def decode(decoder: Any, latents: Tensor, condition: Tensor | None, band: int = 0) -> Tensor:
    """Return what a Decoder makes of latents, (1, 4, h, w): pixels, (1, 3, H, W).

    `condition` are the latents that its norms look at, if they do. `band`: pixels, 0 for the usual.
    """
    pixels = latents.shape[-2:].numel() * _factor(decoder) ** 2
    features = _Map.of(decoder.conv_in(latents), band or _usual(pixels))
    return _through(decoder, (decoder.mid_block, *decoder.up_blocks), features, condition)


@torch.inference_mode()
def encode(encoder: Any, pixels: Tensor, band: int = 0) -> Tensor:
    """Return what an Encoder makes of pixels, (1, 3, H, W): (1, channels, h, w)."""
    picture = _map_of(pixels)
    high, wide = picture.shape[:2]
    band = band or _usual(high * wide)
    features = _Map(high, wide, encoder.conv_in.out_channels, pixels, band)
    rows = features.rows
    bands = (picture[first : first + rows] for first in range(0, high, rows))
    features.fill(_convolved(encoder.conv_in, bands))
    return _through(encoder, (*encoder.down_blocks, encoder.mid_block), features, None)


@torch.inference_mode()
def decode_tiled(
    decoder: Any, latents: Tensor, condition: Tensor | None, tile: int, overlap: int
) -> Tensor:
    """Return about what a Decoder makes of latents, from tiles of so many cells that overlap.

    Not exact: each tile has its own norms and sees nothing of the others. Seams are blended.
    """
    high, wide = latents.shape[-2:]
    factor = _factor(decoder)
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
            del part, weight  # before the next tile is decoded
    return total.div_(weights)[None].to(latents.dtype)


def _factor(decoder: Any) -> int:
    """Return by how many times a picture is higher and wider than its latents."""
    factor: int = 2 ** sum(bool(block.upsamplers) for block in decoder.up_blocks)
    return factor


def _usual(pixels: int) -> int:
    """Return the pixels of a band of a picture: of a small one no more than a small part."""
    return min(BAND, max(FEWEST, pixels // PARTS))


def _starts(side: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin along a side; the last one ends with it."""
    if side <= tile:
        return [0]
    return [*range(0, side - tile, tile - overlap), side - tile]


def _ramp(side: int, over: int, like: Tensor) -> Tensor:
    """Return the weights of a tile's pixels along a side: they rise over the overlap and fall."""
    places = torch.arange(side, device=like.device, dtype=like.dtype) + 0.5
    return torch.minimum(places, side - places).clamp_(max=max(1, over))


class _Map:
    """A feature map, (height, width, channels), in strips of rows that come and go one by one."""

    def __init__(self, high: int, wide: int, channels: int, like: Any, band: int) -> None:
        """Begin with no strips; each will have so many pixels, in an even number of rows."""
        self.high, self.wide, self.channels, self.band = high, wide, channels, band
        self.dtype, self.device = like.dtype, like.device
        self.last = False  # whether diffusers has its channels last, of which sums depend
        self.rows = min(max(2, band // wide // 2 * 2), high)  # of a strip
        self._strips: dict[int, Tensor] = {}

    @classmethod
    def of(cls, image: Tensor, band: int) -> "_Map":
        """Return the map of an image, (1, channels, H, W)."""
        whole = _map_of(image)
        high, wide, channels = whole.shape
        made = cls(high, wide, channels, whole, band)
        made.fill([whole])
        return made

    @property
    def image(self) -> Tensor:
        """The whole of it as an image, (1, channels, H, W)."""
        return _image_of(torch.cat(list(self._strips.values())))

    def like(self, conv: Any, times: float = 1) -> "_Map":
        """Return a map for what a convolution makes of this one, so many times as high and wide."""
        high, wide = int(self.high * times), int(self.wide * times)
        made = _Map(high, wide, conv.out_channels, self, self.band)
        made.last = self.last
        return made

    def numbers(self) -> range:
        """Return the numbers of the strips."""
        return range(-(-self.high // self.rows))

    def strip(self, number: int) -> Tensor:
        """Return a strip."""
        return self._strips[number]

    def drop(self, number: int) -> None:
        """Let go of a strip."""
        del self._strips[number]

    def pieces(self, first: int, count: int) -> Iterator[tuple[slice, Tensor]]:
        """Yield so many rows from the first on, strip by strip, and where each piece lies in them.

        A strip that is not there yet is made.
        """
        end = min(first + count, self.high)
        for number in range(first // self.rows, -(-end // self.rows)):
            begins = number * self.rows
            if number not in self._strips:
                rows = min(self.rows, self.high - begins)
                shape = rows, self.wide, self.channels
                self._strips[number] = torch.empty(shape, dtype=self.dtype, device=self.device)
            start, stop = max(first, begins), min(end, begins + self.rows)
            strip = self._strips[number]
            yield slice(start - first, stop - first), strip[start - begins : stop - begins]

    def fill(self, bands: Iterable[Tensor]) -> None:
        """Take over all rows, from the first on."""
        first = 0
        for part in bands:
            for rows, piece in self.pieces(first, len(part)):
                piece[:] = part[rows]
            first += len(part)
            del part


@dataclass(frozen=True, slots=True)
class _Norm:
    """A norm whose statistics are known: x · scale + shift, for each channel."""

    layer: Any
    scale: Tensor
    shift: Tensor

    def rows(self, part: Tensor, first: int, high: int, condition: Tensor | None) -> Tensor:
        """Return normed rows of a map of that height, from its row `first` on."""
        normed = torch.addcmul(self.shift, part, self.scale).to(part.dtype)
        if condition is None or not isinstance(self.layer, SpatialNorm):
            return normed
        size = high // condition.shape[-2]  # rows and columns of a cell
        begin, end = first // size, -(-(first + len(part)) // size)
        cells = condition[:, :, begin:end]
        of_row = torch.arange(first, first + len(part), device=part.device) // size - begin
        by_cell = normed.view(len(part), -1, size, part.shape[-1])
        for conv, put in ((self.layer.conv_y, by_cell.mul_), (self.layer.conv_b, by_cell.add_)):
            put(_map_of(conv(cells))[of_row][:, :, None])
        return normed


def _norm(layer: Any, features: _Map) -> _Norm:
    """Return a norm with the statistics of a whole map."""
    group = layer.norm_layer if isinstance(layer, SpatialNorm) else layer
    told = features.device.type == "cpu"
    mean, spread = _told(group, features) if told else _summed(group, features)
    each = features.channels // group.num_groups
    scale = spread.repeat_interleave(each) * group.weight.float()
    shift = torch.addcmul(group.bias.float(), -mean.repeat_interleave(each), scale)
    return _Norm(layer, scale, shift)


def _summed(group: Any, features: _Map) -> tuple[Tensor, Tensor]:
    """Return mean and 1 / deviation of each group, summed strip by strip around one row's mean."""
    around = features.strip(0)[0].float().mean(0)
    first, second = torch.zeros_like(around), torch.zeros_like(around)
    for number in features.numbers():
        apart = features.strip(number) - around
        first += apart.sum((0, 1))
        second += apart.square_().sum((0, 1))
        del apart
    first, second = (one / (features.high * features.wide) for one in (first, second))
    mean = (around + first).view(group.num_groups, -1)
    variance = (second - first.square()).view(group.num_groups, -1)
    centre = mean.mean(1, keepdim=True)
    spread = (variance + (mean - centre).square()).mean(1).clamp_(min=0)
    return centre[:, 0], (spread + group.eps).rsqrt()


def _told(group: Any, features: _Map) -> tuple[Tensor, Tensor]:
    """Return mean and 1 / deviation of each group as torch's own norm has them on a processor.

    Of maps that have their channels last it sums pixel by pixel in single precision, which at
    256 × 256 is off by 1e-5: who sums otherwise is nearer to the truth, and further from diffusers.
    It is asked for some channels at a time.
    """
    each, pixels = features.channels // group.num_groups, features.high * features.wide
    most = max(1, features.channels // THIN, features.band * features.channels // pixels)
    thick = max(one for one in range(1, each + 1) if each % one == 0 and one <= most)
    step = most // thick * thick
    laid = torch.channels_last if features.last else torch.contiguous_format
    means, spreads = [], []
    for first in range(0, features.channels, step):
        count = min(step, features.channels - first)
        shape = 1, count, features.high, features.wide
        some = torch.empty(shape, dtype=features.dtype, memory_format=laid)  # one channel, too
        for number in features.numbers():
            part, begins = features.strip(number), number * features.rows
            some[:, :, begins : begins + len(part)] = _image_of(part[..., first : first + count])
        _normed, mean, spread = torch.native_group_norm(
            some, None, None, 1, count, pixels, count // thick, group.eps
        )
        del some, _normed
        means.append(mean[0].float())
        spreads.append(spread[0].float())
    mean, spread = torch.cat(means), torch.cat(spreads)
    if thick == each:
        return mean, spread
    mean, spread = mean.double().view(-1, each // thick), spread.double().view(-1, each // thick)
    centre = mean.mean(1, keepdim=True)
    variance = (spread.pow(-2) - group.eps + (mean - centre).square()).mean(1)
    return centre[:, 0].float(), (variance.clamp_(min=0) + group.eps).rsqrt().float()


def _through(network: Any, blocks: Any, features: _Map, condition: Tensor | None) -> Tensor:
    """Return the image, (1, channels, H, W), that a network makes of a map after the first layer.

    With diffusers all that comes after a second attention has its channels last.
    """
    attended = 0
    for layer in _layers(*blocks):
        match layer:
            case Upsample2D():
                features = _upsampled(layer.conv, features)
            case Downsample2D():
                features = _downsampled(layer, features)
            case Attention():
                features = _attended(layer, features, condition, attended)
                attended += 1
                features.last = attended > 1
            case _:
                features = _resnet(layer, features, condition)
    made = torch.empty(
        (features.high, features.wide, network.conv_out.out_channels),
        dtype=features.dtype,
        device=features.device,
    )
    norm = _norm(network.conv_norm_out, features)
    active = _activated(norm, network.conv_act, features, condition, features.drop)
    first = 0
    for part in _convolved(network.conv_out, active):
        made[first : first + len(part)] = part
        first += len(part)
    return _image_of(made)


def _layers(*blocks: Any) -> Iterator[Any]:
    """Yield what blocks are made of, in order."""
    for block in blocks:
        attentions = getattr(block, "attentions", None) or ()
        for resnet, attention in zip_longest(block.resnets, attentions):
            yield resnet
            if attention is not None:
                yield attention
        yield from getattr(block, "upsamplers", None) or ()
        yield from getattr(block, "downsamplers", None) or ()


def _resnet(block: Any, features: _Map, condition: Tensor | None) -> _Map:
    """Return a new map. Its second half is written over its first, which runs a row ahead.

    What goes past both is narrowed first of all where it comes out narrower, so that the map that
    was given can go at once.
    """
    made, past, short = features.like(block.conv1), features, block.conv_shortcut
    if short is not None and short.out_channels < features.channels:
        past = features.like(short)

    def through(number: int) -> None:
        if past is not features:
            first = number * features.rows
            narrow = _pointwise(short, features.strip(number))
            for rows, piece in past.pieces(first, len(narrow)):
                piece[:] = narrow[rows]
            features.drop(number)

    norm = _norm(block.norm1, features)
    active = _activated(norm, block.nonlinearity, features, condition, through)
    made.fill(_convolved(block.conv1, active))
    norm = _norm(block.norm2, made)
    active = _activated(norm, block.nonlinearity, made, condition)
    first, dropped = 0, 0
    for part in _convolved(block.conv2, active):
        for rows, old in past.pieces(first, len(part)):
            if past is features and short is not None:
                old = _pointwise(short, old)
            part[rows].add_(old)
        part.div_(block.output_scale_factor)
        for rows, piece in made.pieces(first, len(part)):
            piece[:] = part[rows]
        first += len(part)
        while (dropped + 1) * past.rows <= first:
            past.drop(dropped)
            dropped += 1
        del part, old
    return made


def _attended(attention: Any, features: _Map, condition: Tensor | None, before: int) -> _Map:
    """Return a map after attention: as the layer has it, at the latents' size, in chunks.

    The layer gets what it would get after so many others: the first an image in the usual order,
    the second one that has its channels last in all but name (its first stride), and only from
    then on torch's norms see that it has.
    """
    image = features.image
    if before == 0:
        image = image.contiguous()
    elif before == 1:
        image = image[0][None]
    with chunked(SCORES):
        return _Map.of(attention(image, temb=condition), features.band)


def _upsampled(conv: Any, features: _Map) -> _Map:
    """Return a map twice as high and wide, convolved."""
    rows, wide, channels = max(1, features.rows // 4), features.wide, features.channels

    def doubled() -> Iterator[Tensor]:
        for number in features.numbers():
            for first in range(0, features.rows, rows):
                part = features.strip(number)[first : first + rows]
                high = len(part)
                if first + rows >= features.rows:
                    features.drop(number)
                if high:
                    spread = part[:, None, :, None].expand(high, 2, wide, 2, channels)
                    del part
                    yield spread.reshape(2 * high, 2 * wide, channels)

    made = features.like(conv, 2)
    made.fill(_convolved(conv, doubled()))
    return made


def _downsampled(layer: Any, features: _Map) -> _Map:
    """Return a map half as high and wide: a convolution with a row and a column beyond the end."""

    def halved() -> Iterator[Tensor]:
        for number in features.numbers():
            first = number * features.rows
            part = torch.cat([one for _rows, one in features.pieces(first, features.rows + 1)])
            features.drop(number)
            beyond = int(first + features.rows >= features.high)
            image = pad(_image_of(part), (0, 1, 0, beyond))
            del part
            yield _map_of(conv2d(image, layer.conv.weight, layer.conv.bias, stride=2))

    made = features.like(layer.conv, 0.5)
    made.fill(halved())
    return made


def _activated(
    norm: _Norm,
    activation: Any,
    features: _Map,
    condition: Tensor | None,
    through: Callable[[int], None] | None = None,
) -> Iterator[Tensor]:
    """Yield the strips of a map, normed and activated; `through` is told the number of each."""

    def active(number: int) -> Tensor:
        first = number * features.rows
        normed = norm.rows(features.strip(number), first, features.high, condition)
        plain = isinstance(activation, torch.nn.SiLU)
        done: Tensor = silu(normed, inplace=True) if plain else activation(normed)
        if through is not None:
            through(number)
        return done

    for number in features.numbers():
        yield active(number)


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
        del band
        if len(seen) > 2:
            yield _rows_of(conv, seen)
            seen = seen[-2:].clone()
    assert seen is not None
    yield _rows_of(conv, torch.cat([seen, torch.zeros_like(seen[:1])]))


def _rows_of(conv: Any, rows: Tensor) -> Tensor:
    return _map_of(conv2d(_image_of(rows), conv.weight, conv.bias, padding=(0, 1)))


def _pointwise(conv: Any, part: Tensor) -> Tensor:
    return _map_of(conv(_image_of(part)))


def _map_of(image: Tensor) -> Tensor:
    return image[0].permute(1, 2, 0)


def _image_of(features: Tensor) -> Tensor:
    return features[None].permute(0, 3, 1, 2)
