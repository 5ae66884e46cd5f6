"""Attention in chunks: the same rows, and never all scores at once."""

from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from kandinsky_desktop.engine.attention import chunked
from kandinsky_desktop.engine.simulated import SimulatedDevice


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
@pytest.mark.parametrize("masked", ["no", "each", "all"])
def test_chunks_say_what_all_at_once_says(rows: int, masked: str) -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, length, 8) for length in (7, 11, 11))
    shapes = {"no": None, "each": (2, 1, 7, 11), "all": (2, 1, 1, 11)}
    mask = None if (shape := shapes[masked]) is None else torch.randn(shape)
    whole = scaled_dot_product_attention(query, key, value, mask)
    with chunked(most=rows * 4 * 2 * 3 * 11):
        parts = scaled_dot_product_attention(query, key, value, attn_mask=mask)
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-6)


class Calls(TorchFunctionMode):
    """Takes note of how many queries go through attention at once."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is scaled_dot_product_attention:
            self.rows.append(args[0].shape[-2])
        return func(*args, **(kwargs or {}))


def test_a_chunk_holds_no_more_scores_than_it_may() -> None:
    query = torch.randn(1, 2, 64, 8)
    with Calls() as calls, chunked(most=10 * 4 * 2 * 64):
        scaled_dot_product_attention(query, query, query)
    assert calls.rows == [10] * 6 + [4]
    with Calls() as calls:
        scaled_dot_product_attention(query, query, query)
    assert calls.rows == [64]  # outside of it nothing changes


def test_causal_attention_is_left_as_it_is() -> None:
    query = torch.randn(1, 1, 9, 4)
    whole = scaled_dot_product_attention(query, query, query, is_causal=True)
    with chunked(most=1):
        assert torch.equal(scaled_dot_product_attention(query, query, query, is_causal=True), whole)


def test_where_all_scores_would_be_held_chunks_take_a_fraction() -> None:
    query = torch.randn(1, 4, 512, 16)
    scores = 4 * 4 * 512 * 512  # bytes in single precision
    peaks = []
    for most in (scores, scores // 16):
        device = SimulatedDevice(2**40)
        with device.accounting(), sdpa_kernel(SDPBackend.MATH), chunked(most):
            scaled_dot_product_attention(query, query, query)
        peaks.append(device.peak)
    assert peaks[0] > 2 * scores
    assert peaks[1] < peaks[0] / 8
