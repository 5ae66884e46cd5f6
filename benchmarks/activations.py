"""`python -m benchmarks.activations`: trace all networks anew and write domain/traced.py.

The table is written after each network; what was not traced stays as it was. How far a trace may
be from the table, tests/benchmarks/test_activations.py says.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.real_size import NETWORKS, TOKENS, Network
from benchmarks.tracing import Attention, Trace, Tracer
from kandinsky_desktop.domain import traced
from kandinsky_desktop.domain.activations import Coefficients
from kandinsky_desktop.engine import movq
from kandinsky_desktop.engine.attention import chunked
from kandinsky_desktop.engine.layer_patches import spare
from kandinsky_desktop.store import places
from kandinsky_desktop.store.models import find_models

SIDES = (512, 1024)  # between and beyond them the coefficients are tested
SMALL_SIDES = (128, 256)  # of the starter model
LARGE_OF_SMALL = (256, 512)  # and of its autoencoder, where its bands are many
LARGE = 1536  # where attention in matrix products is the most that any network takes
LOOP = (
    82  # bytes a latent cell, of the starter's with split guidance: latents, halves, a step's sums
)
COARSE = 1.02  # times the features, from which on scores are told from them
SHORT = 16  # rows of the table are rounded to so many bytes where nothing depends on the size
HALF = torch.float16
MIXED = "banded", "tiled"  # modes in which much is in single precision, whatever the network is in
Values = dict[str, Any]


class Passing(NamedTuple):
    """What is on the device where all weights are streamed, in bytes and bytes a pixel.

    Each layer's weights are there beside what is active then: the peak is at one layer of a small
    picture, at another of a large one, and in between it may be at a third. So it is traced in the
    middle, too, and lines lead from size to size: none of them is below a peak between its ends.
    """

    window: int = 0  # of the smallest
    beside: int = 0  # what is not active of the largest
    lower: tuple[int, float] = (0, 0.0)
    upper: tuple[int, float] = (0, 0.0)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a kind of network: what is called, and with how many rows a picture."""

    mode: str
    call: str = ""  # of an autoencoder
    rows: int = 1
    sized: bool = True  # whether it depends on the size of the picture
    streamed: bool = True  # whether its weights can be


CODED = tuple(
    Way(mode, call, streamed=False)
    for call, modes in (
        ("decode", ("resident", "banded", "tiled")),
        ("encode", ("resident", "banded")),
    )
    for mode in modes
)
WAYS: dict[str, tuple[Way, ...]] = {
    "unet": (Way("resident", rows=2), Way("split guidance", rows=1)),
    "movq": CODED,
    "vae": CODED,
    "prior": (Way("resident", rows=2, sized=False),),
    "eclipse_prior": (Way("resident", sized=False),),
    "text_encoder": (Way("resident", sized=False),),
    "clip_text_encoder": (Way("resident", sized=False),),
    "image_encoder": (Way("resident", sized=False),),
    "decoder_text_encoder": (Way("resident", sized=False),),
    "t5_encoder": (Way("resident", sized=False),),
    "conditioner": (Way("resident", sized=False),),
}


def tracer_of(network: Network, dtype: torch.dtype = HALF, *, limit: int | None = None) -> Tracer:
    """Return what traces a network as the engine runs it, patched layers and all.

    One allocation beyond the limit raises torch.OutOfMemoryError.
    """

    def make() -> torch.nn.Module:
        made = network.make()
        if network.kind in ("unet", "movq", "vae", "prior"):
            spare(made)
        return made

    return Tracer(make, dtype, limit)


def traced_way(
    tracer: Tracer,
    network: Network,
    way: Way,
    width: int = 0,
    height: int = 0,
    attention: Attention = "efficient",
    dtype: torch.dtype = HALF,
    *,
    chunks: bool = False,
) -> Trace:
    """Trace one way of running a network for a picture of that size."""

    def inputs() -> Values:
        return INPUTS[network.kind](network.config, way, width, height, dtype)

    def run(network_: Any, given: Values) -> Any:
        with chunked() if chunks else nullcontext():
            return RUNS.get((network.kind, way.call, way.mode), _plainly)(network_, given)

    return tracer.trace(run, inputs, attention)


def networks_of_starter() -> Iterator[Network]:
    """Yield the networks of the model that is shipped, each once."""
    for model in find_models([places.shipped_models()]).models:
        for role, component in model.components.items():
            if component.values:
                config = json.loads((component.folder / "config.json").read_text("utf-8"))
                yield Network("starter", role, component.kind, config | {"_factor": model.factor})


def streamed_way(
    tracer: Tracer, network: Network, way: Way, width: int = 0, height: int = 0, held: int = 0
) -> int:
    """Trace one way of running a network whose weights are streamed but for so many bytes.

    Return the peak. The tracer is of no use for anything else after that.
    """

    def inputs() -> Values:
        return INPUTS[network.kind](network.config, way, width, height, HALF)

    run = RUNS.get((network.kind, way.call, way.mode), _plainly)
    return tracer.trace_streamed(run, inputs, held)


def rows_of(network: Network, sides: Sequence[int] = SIDES) -> Iterator[Coefficients]:
    """Trace a network in every way and size, and yield its coefficients."""
    tracer, wide, streamed = tracer_of(network), tracer_of(network, torch.float32), None
    values = sum(one.numel() for one in tracer.network.parameters())
    levels = network.config.get("block_out_channels", (0,))
    for way in WAYS[network.kind]:
        at = sides if way.sized else (0,)
        if way.mode in MIXED and sides == SMALL_SIDES:
            at = LARGE_OF_SMALL
        pixels = [side * side for side in at]
        plain = [traced_way(tracer, network, way, side, side) for side in at]
        half = [one.activations for one in plain]
        if way.mode in MIXED:
            double = [traced_way(wide, network, way, s, s, dtype=torch.float32) for s in at]
            # there halves are twice as much, and what is single anyway as much
            half = [two.activations - one for one, two in zip(half, double, strict=True)]
        rest = [one.activations - each for one, each in zip(plain, half, strict=True)]
        fixed, per_pixel = _line(pixels, half, mixed=way.mode in MIXED)
        single, single_per_pixel = _line(pixels, rest, mixed=way.mode in MIXED)
        spare, spare_per_pixel = _above(pixels, [one.reserved - one.peak for one in plain])
        taken = _Features(int(fixed), per_pixel, int(single), single_per_pixel)
        scores = (0.0, 0.0, 0, 0.0)
        if way.sized and way.mode not in MIXED:
            scores = _scores(tracer, network, way, sides, taken)
        passing = Passing()
        if way.streamed:
            streamed = streamed or tracer_of(network)
            passing = _passing(streamed, network, way, at, plain[-1].activations)
        yield Coefficients(
            network.name,
            values,
            int(levels[0]) if way.sized else 0,
            way.call,
            way.mode,
            taken.fixed,
            round(per_pixel, 2),
            taken.single,
            round(single_per_pixel, 2),
            *scores,
            int(spare),
            round(spare_per_pixel, 2),
            passing.window,
            passing.beside,
            *passing.lower,
            *passing.upper,
        )


@dataclass(frozen=True, slots=True)
class _Features:
    """What is taken where features are largest, in half precision."""

    fixed: int
    per_pixel: float
    single: int
    single_per_pixel: float

    def at(self, pixels: int) -> float:
        return self.fixed + self.single + (self.per_pixel + self.single_per_pixel) * pixels


def _scores(
    tracer: Tracer, network: Network, way: Way, sides: Sequence[int], features: _Features
) -> tuple[float, float, int, float]:
    """Return what attention in matrix products takes: by pixels and their square, and in chunks.

    Nothing where that is nowhere the most, or only far beyond what is painted.
    """
    points: list[tuple[int, int]] = []
    for side in (*sides, LARGE * sides[0] // SIDES[0]):
        if len(points) > 1:
            break
        pixels = side * side
        taken = traced_way(tracer, network, way, side, side, "math").activations
        if taken > COARSE * features.at(pixels):
            points.append((pixels, taken - features.fixed))
    if len(points) < 2:
        return 0.0, 0.0, 0, 0.0
    (few, less), (many, more) = points[0], points[-1]
    squared = (more / many - less / few) / (many - few)
    linear = round(less / few - squared * few, 2)
    chunks: list[tuple[int, int]] = []
    for side in (sides[0] + 128, sides[0] + 256) if network.kind == "unet" else ():
        pixels = side * side
        taken = traced_way(tracer, network, way, side, side, "math", chunks=True).activations
        taken -= features.fixed
        if COARSE * taken < linear * pixels + squared * pixels**2:
            chunks.append((pixels, taken))
    chunk, more_a_pixel = _line(*zip(*chunks, strict=True)) if len(chunks) > 1 else (0.0, 0.0)
    return linear, float(f"{squared:.6g}"), int(chunk), round(more_a_pixel, 2)


def _passing(
    tracer: Tracer, network: Network, way: Way, sides: Sequence[int], most: int
) -> Passing:
    """Trace a network whose weights are all streamed; `most` are the activations at most pixels."""
    at = sorted({*sides, sum(sides) // len(sides)})
    peaks = [streamed_way(tracer, network, way, side, side) for side in at]
    peaks = [peak + _loop(network, side) for side, peak in zip(at, peaks, strict=True)]
    lines = between([side * side for side in at], peaks)
    return Passing(peaks[0], peaks[-1] - most, *lines)


def _loop(network: Network, side: int) -> int:
    """Return the bytes that a U-Net's loop holds beside its calls: seen where these are small."""
    factor: int = network.config.get("_factor", 8)
    return LOOP * (side // factor) ** 2


def between(pixels: Sequence[int], peaks: Sequence[int]) -> list[tuple[int, float]]:
    """Return the lines that lead from each peak to the next, where they begin and how they rise."""
    lines = []
    for (few, less), (many, more) in pairwise(zip(pixels, peaks, strict=True)):
        slope = ceil(100 * (more - less) / (many - few)) / 100
        lines.append((ceil(less - slope * few), slope))
    return lines


def _line(at: Sequence[int], values: Sequence[int], *, mixed: bool = False) -> tuple[float, float]:
    """Return the line through values, by least squares; one that begins below 0 begins there.

    Of a mixed way, where one line of two may, it is as it is.
    """
    if len(at) == 1:
        return values[0], 0.0
    count, mean_at, mean = len(at), sum(at) / len(at), sum(values) / len(values)
    across = sum((one - mean_at) ** 2 for one in at)
    slope = (
        sum((one - mean_at) * (each - mean) for one, each in zip(at, values, strict=True)) / across
    )
    begins = mean - slope * mean_at
    if begins < 0 and not mixed:
        return 0.0, sum(each / one for one, each in zip(at, values, strict=True)) / count
    return begins, slope


def _above(at: Sequence[int], values: Sequence[int]) -> tuple[float, float]:
    """Return a line that no value is above."""
    _begins, slope = _line(at, values)
    slope = max(0.0, slope)
    most = max(each - slope * one for one, each in zip(at, values, strict=True))
    return max(0.0, most), slope


# what each kind is run with, and how


def _unet_inputs(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    rows, kind = way.rows, config.get("addition_embed_type")
    factor = config.get("_factor", 8)
    hinted = kind == "image_hint"
    channels = 4 if hinted else config["in_channels"]
    given: Values = {
        "sample": _floats(dtype, rows, channels, height // factor, width // factor),
        "timestep": _counts(rows),
        "encoder_hidden_states": None,
        "return_dict": False,
    }
    if kind is None:
        across, texts = config["cross_attention_dim"], 1
        if config.get("class_embed_type") == "identity":  # of 2.0, led by two texts
            texts, summary = 2, 4 * config["block_out_channels"][0]
            given["class_labels"] = _floats(dtype, rows, summary)
        given["encoder_hidden_states"] = _floats(dtype, rows, texts * TOKENS, across)
        return given
    across = config["encoder_hid_dim"]
    if kind == "text_image":
        given["encoder_hidden_states"] = _floats(dtype, rows, TOKENS, across)
        across = config["cross_attention_dim"]
        given["added_cond_kwargs"] = {
            "text_embeds": _floats(dtype, rows, across),
            "image_embeds": _floats(dtype, rows, across),
        }
        return given
    given["added_cond_kwargs"] = {"image_embeds": _floats(dtype, rows, across)}
    if hinted:
        given["added_cond_kwargs"]["hint"] = _floats(
            dtype, rows, 3, height // factor * 8, width // factor * 8
        )  # the network makes an eighth of it, whatever the autoencoder's factor is
    return given


def _prior_inputs(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    del width, height
    rows, across, tokens = way.rows, config["embedding_dim"], config["num_embeddings"]
    return {
        "hidden_states": _floats(dtype, rows, across),
        "timestep": _counts(rows),
        "proj_embedding": _floats(dtype, rows, across),
        "encoder_hidden_states": _floats(dtype, rows, tokens, across),
        "attention_mask": torch.empty(rows, tokens, dtype=torch.bool),
    }


def _one_pass(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    del width, height
    rows, across, tokens = way.rows, config["embedding_dim"], config["num_embeddings"]
    return {
        "noise": _floats(dtype, rows, across),
        "embeds": _floats(dtype, rows, across),
        "hidden": _floats(dtype, rows, tokens, across),
        "mask": torch.empty(rows, tokens, dtype=torch.bool),
    }


def _text_inputs(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    del width, height, dtype
    return {
        "input_ids": _counts(way.rows, min(TOKENS, config.get("max_position_embeddings", TOKENS)))
    }


def _masked_text(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    del config, width, height, dtype
    rows = way.rows
    return {"input_ids": _counts(rows, TOKENS), "attention_mask": _counts(rows, TOKENS)}


def _two_texts(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    del width, height
    rows = way.rows
    return {
        "pooled": _floats(dtype, rows, config["pooled_width"]),
        "first": _floats(dtype, rows, TOKENS, config["text_width"]),
        "second": _floats(dtype, rows, TOKENS, config["second_width"]),
    }


def _picture(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    del width, height
    side = config.get("image_size", 224)
    return {"pixel_values": _floats(dtype, way.rows, 3, side, side)}


def _coded(config: Values, way: Way, width: int, height: int, dtype: torch.dtype) -> Values:
    if way.call == "encode":
        return {"x": _floats(dtype, way.rows, 3, height, width)}
    factor = 2 ** (len(config["block_out_channels"]) - 1)
    channels = config["latent_channels"]
    return {"latents": _floats(dtype, way.rows, channels, height // factor, width // factor)}


def _floats(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.empty(*shape, dtype=dtype)


def _counts(*shape: int) -> Tensor:
    return torch.empty(*shape, dtype=torch.int64)


INPUTS: dict[str, Callable[[Values, Way, int, int, torch.dtype], Values]] = {
    "unet": _unet_inputs,
    "movq": _coded,
    "vae": _coded,
    "prior": _prior_inputs,
    "eclipse_prior": _one_pass,
    "text_encoder": _text_inputs,
    "clip_text_encoder": _text_inputs,
    "decoder_text_encoder": _masked_text,
    "t5_encoder": _masked_text,
    "conditioner": _two_texts,
    "image_encoder": _picture,
}


def _plainly(network: Any, given: Values) -> Any:
    return network(**given)


def _in_bands(network: Any, given: Values) -> Any:
    return movq.encoded(network, given["x"])


def _decoded(mode: str, *, seen: bool) -> Callable[[Any, Values], Any]:
    def run(network: Any, given: Values) -> Any:
        latents = given["latents"]
        return movq.decoded(network, latents, latents if seen else None, mode)

    return run


RUNS: dict[tuple[str, str, str], Callable[[Any, Values], Any]] = {
    ("movq", "decode", "resident"): lambda network, given: (
        network.decode(given["latents"], force_not_quantize=True).sample
    ),
    ("movq", "encode", "resident"): lambda network, given: network.encode(given["x"]).latents,
    ("vae", "decode", "resident"): lambda network, given: network.decode(given["latents"])[0],
    ("vae", "encode", "resident"): lambda network, given: network.encode(given["x"]).latent_dist,
    ("movq", "encode", "banded"): _in_bands,
    ("vae", "encode", "banded"): _in_bands,
} | {
    (kind, "decode", mode): _decoded(mode, seen=kind == "movq")
    for kind in ("movq", "vae")
    for mode in ("banded", "tiled")
}


def write(rows: Sequence[Coefficients], file: Path) -> None:
    """Write the table."""
    about = ", ".join(f"{module.__name__} {module.__version__}" for module in _libraries())
    lines = [
        '"""What networks take beside their weights: written by `make activations`, by no hand.',
        "",
        f"Traced on fake tensors with {about}.",
        "Not measured on a graphics card. The fields are those of domain.activations.Coefficients.",
        '"""',
        "",
        "Row = tuple[",
        f"    {', '.join(kind.__name__ for kind in Coefficients.__annotations__.values())}",
        "]",
        "# fmt: off",
        "TRACED: tuple[Row, ...] = (",
        *(f"    ({_row(row)})," for row in rows),
        ")",
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _row(row: Coefficients) -> str:
    return ",\n     ".join(map(_listed, (row[:5], row[5:13], row[13:])))


def _listed(values: Sequence[object]) -> str:
    return ", ".join(f'"{one}"' if isinstance(one, str) else repr(one) for one in values)


def _libraries() -> tuple[Any, ...]:
    import diffusers
    import transformers

    return torch, diffusers, transformers


def main(words: Sequence[str] | None = None) -> int:
    """Trace the networks that were named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.activations", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NETWORK", help='as "2.2 unet"; the rest stays')
    args = parser.parse_args(words)
    old = {
        row[0]: [Coefficients(*one) for one in traced.TRACED if one[0] == row[0]]
        for row in traced.TRACED
    }
    todo = [
        *((one, SIDES) for one in NETWORKS),
        *((one, SMALL_SIDES) for one in networks_of_starter()),
    ]
    for network, sides in todo:
        if args.only and network.name not in args.only:
            continue
        made = list(rows_of(network, sides))
        for row in made:
            print(*row, flush=True)
        old[network.name] = made
        write([row for one, _sides in todo for row in old.get(one.name, [])], Path(traced.__file__))
    return 0


if __name__ == "__main__":
    sys.exit(main())
