"""What 8 bits hold of the published networks, as plans reckon with it."""

import pytest
import torch
from torch.nn import Conv2d, Linear

from benchmarks.real_size import NETWORKS, Network
from kandinsky_desktop.domain.families.kandinsky2.published import PACKINGS
from kandinsky_desktop.domain.packing import PACKED_KINDS, is_packed, packing_of

PACKED = [one for one in NETWORKS if one.kind in PACKED_KINDS]


@pytest.mark.parametrize("one", PACKED, ids=lambda one: one.name)
def test_only_layers_are_kept_in_8_bits_and_nearly_all_of_a_network(one: Network) -> None:
    with torch.device("meta"):
        made = one.make()
    shapes = {name: tensor.shape for name, tensor in made.state_dict().items()}
    packing = packing_of(shapes)
    if one.version in PACKINGS:
        assert PACKINGS[one.version][one.role] == packing
    layers = dict(made.named_modules())
    packed = [name for name, shape in shapes.items() if is_packed(name, shape)]
    assert all(isinstance(layers[name.removesuffix(".weight")], Linear | Conv2d) for name in packed)
    values = sum(shape.numel() for shape in shapes.values())
    assert packing.size_bytes(values, 2) < 0.51 * 2 * values
