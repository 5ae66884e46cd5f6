"""The account of the simulated device and its hard limit."""

import pytest
import torch
from torch.nn import Linear

from kandinsky_desktop.engine.simulated import SimulatedDevice


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
