"""Exact attention in chunks of queries, where a device would hold all scores at once.

A row of scores depends on no other row, so that chunks change nothing but which rows are held. A
product of fewer rows may sum in another order, though: on a processor chunks of 32 rows gave the
very bits, and chunks of 7 did not. So a picture records from which step on there were chunks.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

CHUNK_BYTES = 64 * 2**20  # of scores in single precision, which are held about twice


class chunked(TorchFunctionMode):
    """Within it, whatever calls torch's attention gets it in chunks of so many bytes of scores."""

    def __init__(self, most: int | None = None) -> None:
        super().__init__()
        self._most = CHUNK_BYTES if most is None else most

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call what is called, attention in chunks."""
        del types
        if func is scaled_dot_product_attention:
            return _in_chunks(self._most, *args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _in_chunks(
    most: int,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **more: Any,
) -> Tensor:
    heads = query.shape[:-2].numel()
    rows = max(1, most // (4 * heads * key.shape[-2]))
    if is_causal or rows >= query.shape[-2]:
        return scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, **more
        )
    made = query.new_empty(*query.shape[:-1], value.shape[-1])
    for first in range(0, query.shape[-2], rows):
        part = slice(first, first + rows)
        mask = attn_mask
        if mask is not None and mask.shape[-2] > 1:
            mask = mask[..., part, :]
        made[..., part, :] = scaled_dot_product_attention(
            query[..., part, :], key, value, mask, dropout_p, **more
        )
    return made
