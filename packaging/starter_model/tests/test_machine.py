"""The number format is the one that is quicker here."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch
from starter import machine, plan
from torch import nn


@pytest.mark.parametrize(("bf16", "expected"), [(5.0, torch.float32), (0.4, torch.bfloat16)])
def test_networks_compute_in_bf16_only_where_it_is_no_slower(
    monkeypatch: pytest.MonkeyPatch, bf16: float, expected: torch.dtype
) -> None:
    """A processor that lacks the instructions takes many times as long."""

    def measured(_layer: nn.Module, _pictures: torch.Tensor, *, bf16: bool) -> float:
        return took if bf16 else 1.0

    took = bf16
    monkeypatch.setattr(machine, "_seconds", measured)
    machine.computes_bf16.cache_clear()
    try:
        with machine.autocast():
            assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == expected
    finally:
        machine.computes_bf16.cache_clear()


def test_it_is_measured() -> None:
    """Both formats, forth and back."""
    layer, pictures = nn.Conv2d(4, 4, 3, padding=1), torch.zeros(1, 4, 8, 8)
    for bf16 in (False, True):
        layer.zero_grad()
        assert machine._seconds(layer, pictures, bf16=bf16) >= 0
        assert layer.weight.grad is not None


@pytest.mark.parametrize("asked_in", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_it_can_be_asked_where_nothing_is_learnt(
    asked_in: Callable[[], AbstractContextManager[object]],
) -> None:
    """The cache encodes in inference mode, the decoders train."""
    machine.computes_bf16.cache_clear()
    with asked_in(), machine.autocast():
        nn.Linear(2, 2)(torch.ones(1, 2))


def test_what_goes_into_a_file_lies_on_the_processor() -> None:
    """And keeps no graph."""
    net = nn.Linear(2, 2)
    kept = machine.here(net.named_parameters())
    assert set(kept) == {"weight", "bias"}
    assert not any(tensor.requires_grad or tensor.device.type != "cpu" for tensor in kept.values())


def test_the_shares_of_a_cards_time_are_of_stages_that_exist() -> None:
    """Together a whole, so that nothing is left over."""
    assert {stage for stage, _ in plan.ON_CARD} <= set(plan.STAGES)
    assert sum(share for _, share in plan.ON_CARD) == 100
