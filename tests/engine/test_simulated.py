"""The account of the simulated device, its hard limit, and what is put away from it."""

import shutil
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import Linear

from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.model_cache import SPARE_RAM_BYTES
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine import tiny
from tests.engine.story import told
from tests.fakes import request


def test_the_account_knows_each_tensor_once_and_until_its_end() -> None:
    device, layer = SimulatedDevice(100_000), Linear(100, 100)
    with device.accounting(), torch.inference_mode():
        device.put(layer, lambda: None)
        assert device.allocated == 40_400
        given = torch.zeros(10, 100)
        made = layer(given)
        views = made.view(-1), made[0], made
        assert device.allocated == 48_400
        del made, views
        assert device.allocated == 44_400
        with device.on_host():
            host = torch.zeros(1000)
        assert (host.view(10, 100).shape, device.allocated) == ((10, 100), 44_400)
        device.limit_bytes = 80_000
        with pytest.raises(torch.OutOfMemoryError, match="40000 bytes: 44400 of 80000"):
            torch.zeros(10_000)
        assert device.peak_bytes() == 48_400
    del layer, given
    assert device.allocated == 0


def test_a_model_that_gave_way_to_another_is_not_read_again_where_the_machine_has_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = psutil.virtual_memory  # which others fill, too
    roomy = SPARE_RAM_BYTES + 10**9
    monkeypatch.setattr(psutil, "virtual_memory", lambda: machine()._replace(available=roomy))
    one = tiny.write(tmp_path / "one", tiny.Plan(channels=(160, 320)))
    other = shutil.copytree(one, tmp_path / "other")
    for file in (other / "decoder").rglob("*.safetensors"):  # or it would be the same networks
        tensors = {name: tensor * 1.001 for name, tensor in load_file(file).items()}
        save_file(tensors, file, {"format": "pt"})
    wanted = request("a cat", width=32, height=32)
    device = SimulatedDevice(2**30)
    engine = Engine(tmp_path / "cache", 1, device)
    whole = told(engine, wanted, one, previews=False)
    device.limit_bytes = device.allocated * 3 // 2  # no room for two of them
    stories = [told(engine, wanted, model, previews=False) for model in (other, one, other)]
    assert "unet" in stories[0].loaded
    assert [story.loaded for story in stories[1:]] == [[], []]
    assert stories[1].images[0].tobytes() == whole.images[0].tobytes()
    assert stories[2].images[0].tobytes() == stories[0].images[0].tobytes()
