"""What 8 bits hold of the published networks, as plans reckon with it."""

import gc

import pytest
import torch
from torch.nn import Conv2d, Linear

from benchmarks.activations import Way, traced_way, tracer_of
from benchmarks.real_size import NETWORKS, Network, network
from benchmarks.tracing import _Indexing
from kandinsky_desktop.domain.activations import modes_of
from kandinsky_desktop.domain.families.published import PACKINGS, published
from kandinsky_desktop.domain.loads import load_of
from kandinsky_desktop.domain.memory import ways
from kandinsky_desktop.domain.packing import PACKED_KINDS, is_packed, packing_of
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.eight_bits import pack_network
from kandinsky_desktop.engine.loading import nothing

TOLERANCE = 0.01
PACKED = [one for one in NETWORKS if one.kind in PACKED_KINDS]


@pytest.mark.parametrize("one", PACKED, ids=lambda one: one.name)
def test_only_layers_are_kept_in_8_bits_and_nearly_all_of_a_network(one: Network) -> None:
    with torch.device("meta"):
        made = one.make()
    shapes = {name: tensor.shape for name, tensor in made.state_dict().items()}
    packing = packing_of(shapes)
    if one.version in PACKINGS:
        assert PACKINGS[one.version][one.role] == packing
    layers = dict(made.named_modules())
    packed = [name for name, shape in shapes.items() if is_packed(name, shape)]
    assert all(isinstance(layers[name.removesuffix(".weight")], Linear | Conv2d) for name in packed)
    values = sum(shape.numel() for shape in shapes.values())
    assert packing.size_bytes(values, 2) < 0.51 * 2 * values


class TracedCard(Device):
    """A card that is not there: what is on it is on it already, and nothing is copied."""

    torch = None  # type: ignore[assignment]  # torch without CUDA moves nothing there
    streams = False


SAMPLE = [("2.2 unet", "resident", 512), ("2.2 prior", "resident", 0)]
REST = [
    pytest.param(name, mode, side, marks=pytest.mark.soak)
    for name in ("2.2 unet", "2.1 unet")
    for mode in ("resident", "split guidance")
    for side in (512, 768, 1024)
    if (name, mode, side) not in SAMPLE
]


@pytest.mark.parametrize(("name", "mode", "side"), [*SAMPLE, *REST])
def test_a_published_network_in_8_bits_takes_what_is_predicted(
    name: str, mode: str, side: int
) -> None:
    one, (version, role) = network(name), name.split()
    tracer = tracer_of(one)
    with tracer._fakes, torch.no_grad(), _Indexing(), tracer._account:
        pack_network(tracer.network, TracedCard("cuda"), torch.float16, nothing)
    gc.collect()
    way = Way(mode, rows=1 if mode == "split guidance" else 2, sized=side > 0)
    trace = traced_way(tracer, one, way, side, side)
    part = published(version).components[role]
    (known,) = modes_of(part.values, "", mode)
    fit = next(ways([known], load_of([part], 2, side * side, packed=True), 2**60))
    assert fit.packed
    assert fit.weights == pytest.approx(trace.weights, rel=0.001)
    assert fit.peak == pytest.approx(trace.peak, rel=TOLERANCE)
