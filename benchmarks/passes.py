"""Times every call of a network: how often, on how many rows, for how much processor time."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

LED = ("U-Net", "prior")  # whose calls say how fast a job can be at best
SEEN = ("prior", "text encoder", "image encoder")  # what a cache is to spare


@dataclass(slots=True)
class Passes:
    """The calls of each network, and the processor time spent in them, by the rows they had."""

    calls: dict[tuple[str, int], int] = field(default_factory=dict)
    seconds: dict[tuple[str, int], float] = field(default_factory=dict)

    def add(self, network: str, rows: int, seconds: float) -> None:
        """Count a call."""
        key = (network, rows)
        self.calls[key] = self.calls.get(key, 0) + 1
        self.seconds[key] = self.seconds.get(key, 0.0) + seconds

    def plain(self) -> dict[str, dict[str, float]]:
        """Return calls and seconds of each network for JSON."""
        told: dict[str, dict[str, float]] = {}
        for (network, rows), calls in self.calls.items():
            one = told.setdefault(network, {"calls": 0, "seconds": 0.0})
            one["calls"] += calls
            one["seconds"] += self.seconds[network, rows]
        return told


def of(told: dict[str, Any], networks: tuple[str, ...], what: str) -> float:
    """Return the calls or the seconds of some networks together, from what `plain` returned."""
    return sum(float(told[network][what]) for network in networks if network in told)


@contextmanager
def counted() -> Iterator[Passes]:
    """Lend what counts and times the calls meanwhile.

    The classes' own methods are wrapped: hooks of torch would be run for every layer, and cost a
    small network some hundredths of its time.
    """
    from diffusers import PriorTransformer, UNet2DConditionModel, VQModel
    from transformers import CLIPTextModelWithProjection, CLIPVisionModelWithProjection

    passes = Passes()
    with ExitStack() as undo:
        for kind, method, name in (
            (UNet2DConditionModel, "forward", "U-Net"),
            (PriorTransformer, "forward", "prior"),
            (VQModel, "encode", "MoVQ encoder"),
            (VQModel, "decode", "MoVQ decoder"),
            (CLIPTextModelWithProjection, "forward", "text encoder"),
            (CLIPVisionModelWithProjection, "forward", "image encoder"),
        ):
            plain = getattr(kind, method)
            setattr(kind, method, _timed(plain, partial(passes.add, name)))
            undo.callback(setattr, kind, method, plain)
        yield passes


def _timed(plain: Callable[..., Any], add: Callable[[int, float], None]) -> Callable[..., Any]:
    @wraps(plain)
    def call(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        made = plain(*given, **named)
        add(len(made[0]), time.process_time() - began)
        return made

    return call
