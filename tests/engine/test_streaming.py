"""Streamed networks say the same, to the bit, with a few layers on the device at once."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import Embedding, LayerNorm, Linear, Module, Parameter, Sequential
from transformers import MT5Config, MT5EncoderModel

from kandinsky_desktop.domain import planning
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.events import Progress, Stepped
from kandinsky_desktop.domain.memory import Fit, Load, ways
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.model_cache import ModelCache
from kandinsky_desktop.engine.simulated import SimulatedDevice
from kandinsky_desktop.engine.streaming import StreamedNetwork
from tests.engine import tiny
from tests.engine.story import told
from tests.fakes import request as words

HALF, SINGLE = torch.bfloat16, torch.float32
LINEAR = 64 * 64 + 64  # numbers of its largest layers


class Network(Module):
    """Layers of several kinds, one of them used twice, and a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.start = Parameter(torch.randn(64))
        self.words = Embedding(30, 64)
        self.norm = LayerNorm(64)
        self.layers = Sequential(*(Linear(64, 64) for _ in range(6)))
        self.again = Linear(64, 64)

    def forward(self, words: Tensor, *, short: bool = False) -> Tensor:
        made = self.words(words).to(self.again.weight.dtype) + self.start
        made = self.again(self.norm(made))
        made = made if short else self.layers(made)
        again: Tensor = self.again(made)
        return again


@pytest.fixture
def plain() -> Module:
    torch.manual_seed(1)
    return Network().eval()


def copied(network: Module, dtype: torch.dtype = SINGLE) -> Module:
    made = Network().eval()
    made.load_state_dict(network.state_dict())
    return made.to(dtype)


WORDS = torch.arange(10)


@pytest.mark.parametrize("held", [0, 3 * LINEAR * 4, 10**9])
@pytest.mark.parametrize("dtype", [SINGLE, HALF])
@torch.inference_mode()
def test_a_streamed_network_says_the_same_bits(
    plain: Module, dtype: torch.dtype, held: int
) -> None:
    expected = copied(plain, dtype)(WORDS)
    device = SimulatedDevice(10**9)
    with device.accounting():
        streamed = StreamedNetwork(copied(plain), device, dtype, held)
        for _call in range(3):
            assert torch.equal(streamed.network(WORDS), expected)


@pytest.mark.parametrize("held", [0, 10**4, 10**9])
@pytest.mark.parametrize("dtype", [SINGLE, torch.bfloat16, torch.float16])
@torch.inference_mode()
def test_an_encoder_whose_table_has_two_names_says_the_same_bits(
    dtype: torch.dtype, held: int, tmp_path: Path
) -> None:
    torch.manual_seed(2)
    config = MT5Config(vocab_size=100, d_model=32, d_kv=8, d_ff=32, num_layers=2, num_heads=4)
    plain = MT5EncoderModel(config).eval()
    plain.save_pretrained(tmp_path)
    expected = MT5EncoderModel.from_pretrained(tmp_path, dtype=dtype)  # some are wider in float16
    words = {"input_ids": WORDS[None], "attention_mask": torch.ones_like(WORDS)[None]}
    device = SimulatedDevice(10**9)
    with device.accounting():
        streamed = StreamedNetwork(plain, device, dtype, held)
        for _call in range(2):
            made = streamed.network(**words).last_hidden_state
            assert torch.equal(made, expected(**words).last_hidden_state)


@torch.inference_mode()
def test_only_what_stays_and_two_layers_are_on_the_device_at_once(plain: Module) -> None:
    device, held = SimulatedDevice(10**9), 3 * LINEAR * 4
    with device.on_host():
        host = copied(plain)
    whole = sum(one.nbytes for one in host.parameters())
    with device.accounting():
        streamed = StreamedNetwork(host, device, SINGLE, held)
        resting = device.allocated
        numbers = 4 * len(list(host.parameters()))  # one for each weight that is not there
        assert resting <= held + 64 * 4 + numbers
        for _call in range(2):
            streamed.network(WORDS)
        activations = 6 * 10 * 64 * 4
        assert device.peak <= resting + 2 * LINEAR * 4 + activations < whole
        streamed.drop()
        assert device.allocated == resting
        del streamed, host
        gc.collect()  # hooks and network hold each other
    assert device.allocated == 0


@torch.inference_mode()
def test_another_way_through_the_layers_and_one_that_broke_off_leave_nothing(
    plain: Module,
) -> None:
    device = SimulatedDevice(10**9)
    with device.accounting():
        streamed = StreamedNetwork(copied(plain), device, SINGLE)
        network = streamed.network
        whole, short = copied(plain)(WORDS), copied(plain)(WORDS, short=True)
        assert torch.equal(network(WORDS), whole)
        assert torch.equal(network(WORDS, short=True), short)
        assert torch.equal(network(WORDS), whole)
        streamed.drop()
        resting = device.allocated
        device.limit_bytes = resting + 100  # no layer fits any more
        with pytest.raises(torch.OutOfMemoryError):
            network(WORDS)
        streamed.drop()
        assert device.allocated == resting
        device.limit_bytes = 10**9
        assert torch.equal(network(WORDS), whole)


@torch.inference_mode()
def test_what_stands_for_a_layer_that_is_away_says_its_format_device_and_shape(
    plain: Module,
) -> None:
    device = SimulatedDevice(10**9)
    streamed = StreamedNetwork(copied(plain), device, HALF)
    kinds = {(one.dtype, one.device.type) for one in streamed.network.parameters()}
    assert kinds == {(HALF, "cpu")}
    shapes = [one.shape for one in streamed.network.parameters()]
    assert shapes == [one.shape for one in plain.parameters()]


def all_streamed(modes: Any, load: Load, budget: int) -> Iterator[Fit]:
    every = list(ways(modes, load, budget))
    return iter([one for one in every if one.held == 0] or every)


@pytest.mark.parametrize("version", ["whole_22", "whole_21"])
def test_every_network_of_a_job_can_be_streamed_and_the_picture_is_the_same(
    version: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model: Path = request.getfixturevalue(version)
    Image.effect_noise((64, 64), 60).convert("RGB").save(tmp_path / "picture.png")
    parts = Ingredient(Prompt("a cat")), Ingredient(ImagePrompt(tmp_path / "picture.png"))
    wanted = replace(words("a cat", steps=2), conditioning=Mix(ingredients=parts))
    whole = told(Engine(tmp_path / "whole", 1), wanted, model, previews=False)

    monkeypatch.setattr(planning, "ways", all_streamed)
    engine = Engine(tmp_path / "streamed", 1)
    story = told(engine, wanted, model, previews=False)
    streamed = {key.component.kind for key in engine._models._streamed}
    assert streamed >= {"text_encoder", "image_encoder", "prior", "unet"}
    assert ("decoder_text_encoder" in streamed) == (version == "whole_21")
    assert story.file(0) == whole.file(0)


def test_every_network_of_2_0_can_be_streamed_and_the_picture_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny.write_kandinsky20(tmp_path / "tiny 2.0")
    wanted = words("a cat", width=32, height=32, steps=2, scheduler="ddim_sampler")
    whole = told(Engine(tmp_path / "whole", 1), wanted, model, previews=False)
    monkeypatch.setattr(planning, "ways", all_streamed)
    engine = Engine(tmp_path / "streamed", 1)
    story = told(engine, wanted, model, previews=False)
    streamed = {key.component.kind for key in engine._models._streamed}
    assert streamed >= {"decoder_text_encoder", "t5_encoder", "conditioner", "unet"}
    assert story.file(0) == whole.file(0)


def test_a_job_that_is_cancelled_in_mid_layer_leaves_no_layer_on_the_device(
    whole_22: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "ways", all_streamed)
    device = SimulatedDevice(2**30)
    engine = Engine(tmp_path, 1, device)
    fetched: list[int] = []

    def at_its_second_step(progress: Progress) -> bool:
        if isinstance(progress, Stepped) and progress.stage == "decoder":
            fetched.append(
                sum(len(one.network._there) for one in engine._models._streamed.values())
            )
            return progress.step == 2
        return False

    told(engine, words("a cat", steps=3), whole_22, previews=False, stop_at=at_its_second_step)
    assert fetched[-1] == 1  # the first layer of the next step is on its way
    assert not any(one.network._there for one in engine._models._streamed.values())


def test_others_make_room_for_what_an_allocator_keeps_for_itself_too(
    whole_22: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Rounding(SimulatedDevice):
        rounds_up = True

    asked: dict[bool, dict[str, int]] = {}
    acquire = ModelCache.acquire

    def noted(
        self: ModelCache, needs: Any, dtype: Any, activations: int, *rest: Any, **how: Any
    ) -> Any:
        asked[self._device.rounds_up].setdefault(needs[0].kind, activations)
        return acquire(self, needs, dtype, activations, *rest, **how)

    monkeypatch.setattr(ModelCache, "acquire", noted)
    for device in (SimulatedDevice(2**30), Rounding(2**30)):
        asked[device.rounds_up] = {}
        told(Engine(tmp_path / str(device.rounds_up), 1, device), words("a cat"), whole_22)
    assert asked[True]["movq"] > asked[False]["movq"]
    assert asked[True]["unet"] > asked[False]["unet"]
