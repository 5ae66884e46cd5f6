"""Layers that a network has in single precision where the rest is in float16: planned, streamed."""

import pytest
import torch

from kandinsky_desktop.domain.families.published import published
from kandinsky_desktop.domain.loads import load_of
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.engine.model_cache import ComponentKey, ModelCache
from kandinsky_desktop.engine.streaming import StreamedNetwork
from tests.engine import tiny
from tests.engine.acquiring import acquired, parts

HALF = torch.float16


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Component:
    root = tiny.write_kandinsky20(tmp_path_factory.mktemp("k20") / "tiny", inpaint=False)
    (encoder,) = parts(root, "text_encoder_2")
    return encoder


def taken(network: torch.nn.Module) -> int:
    """Return the bytes of its weights; of what is streamed one number stays in each place."""
    every = {id(one): one for one in network.parameters()}.values()
    return sum(one.nbytes for one in every if any(one.stride()))


@pytest.mark.parametrize("dtype", [HALF, torch.bfloat16, torch.float32])
def test_an_mt5_takes_what_is_planned_of_it(encoder: Component, dtype: torch.dtype) -> None:
    network = acquired(ModelCache(Device("cpu")), [encoder], dtype=dtype)["t5_encoder"]
    wide = {name for name, one in network.named_parameters() if one.dtype != dtype}
    assert all(name.endswith(".wo.weight") for name in wide)
    assert len(wide) == (2 if dtype == HALF else 0)
    assert ComponentKey(encoder, dtype).size_bytes == taken(network)
    if dtype != torch.bfloat16:  # of which a plan knows no more than that it is as short
        assert load_of([encoder], dtype.itemsize, 0).weights == taken(network)


def test_no_more_of_it_stays_on_the_device_than_it_may(encoder: Component) -> None:
    whole = encoder.size_bytes(HALF.itemsize)
    stayed = []
    for share in range(11):
        network = load("t5_encoder", encoder.folder, None)
        held = whole * share // 10
        StreamedNetwork(network, Device("cpu"), HALF, held)
        stayed.append(taken(network))
        assert stayed[-1] <= held
    assert stayed[-1] == whole
    assert stayed[5] > 0


def test_of_the_published_2_0_eight_megabytes_more_are_planned() -> None:
    encoder = published("2.0").components["text_encoder_2"]
    assert load_of([encoder], 2, 0).weights - 2 * encoder.values == 8_388_608
    assert load_of([encoder], 4, 0).weights == 4 * encoder.values
