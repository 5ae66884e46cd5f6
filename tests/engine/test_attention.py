"""Attention in chunks: the same rows, and never all scores at once."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from kandinsky_desktop.engine.attention import chunked


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


def test_a_chunk_holds_no_more_scores_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    query = torch.randn(1, 2, 64, 8)
    seen = []

    class Seen(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if func is scaled_dot_product_attention:
                seen.append(args[0].shape[-2])
            return func(*args, **(kwargs or {}))

    with Seen(), chunked(most=10 * 4 * 2 * 64):
        scaled_dot_product_attention(query, query, query)
    assert seen == [10] * 6 + [4]
    seen.clear()
    with Seen():
        scaled_dot_product_attention(query, query, query)
    assert seen == [64]  # outside of it nothing changes


def test_causal_attention_is_left_as_it_is() -> None:
    query = torch.randn(1, 1, 9, 4)
    whole = scaled_dot_product_attention(query, query, query, is_causal=True)
    with chunked(most=1):
        assert torch.equal(scaled_dot_product_attention(query, query, query, is_causal=True), whole)
