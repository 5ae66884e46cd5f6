"""What the networks of a phase put on the device, and whether their weights are kept in 8 bits."""

from collections.abc import Iterable, Sequence

from kandinsky_desktop.domain.memory import ExecutionMode, Load, ways
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.domain.plan_inputs import PlanInputs


def load_of(
    needs: Sequence[Component], itemsize: int, pixels: int, rows: int = 1, *, packed: bool = False
) -> Load:
    """Return the load of networks; packed: in 8 bits, where that can be."""
    packings = [one.packing for one in needs if packed and one.packing is not None]
    return Load(
        weights=sum(one.size_bytes(itemsize) for one in needs),
        window=sum(one.streamed for one in needs) * itemsize,
        pixels=pixels,
        itemsize=itemsize,
        rows=rows,
        packed=sum(
            one.size_bytes(itemsize)
            if one.packing is None
            else one.packing.size_bytes(one.values, itemsize)
            for one in needs
        )
        if packings
        else 0,
        widened=max((one.largest for one in packings), default=0) * itemsize,
    )


def in_8_bits(
    inputs: PlanInputs, network: Component, modes: Iterable[ExecutionMode], pixels: int = 0
) -> bool:
    """Return whether a network's weights are kept in 8 bits for a whole job.

    Only where a person allows it, and where all of them fit into the budget so, but not as they
    are: it is faster than to stream them. A picture that is made again has them as it had them. The
    answer depends on nothing that changes while a job runs, since bits depend on it.
    """
    if network.packing is None:
        return False
    if inputs.like is not None:
        return network.kind in inputs.like.packed
    if not inputs.eight_bits:
        return False
    corrected = [one.corrected(inputs.correction) for one in modes if not one.by_row]

    def stays(*, packed: bool) -> bool:
        load = load_of([network], inputs.itemsize, pixels, packed=packed)
        every = ways(corrected, load, inputs.budget)
        return any(one.fits for one in every if one.held is None and one.mode.exact)

    return stays(packed=True) and not stays(packed=False)
