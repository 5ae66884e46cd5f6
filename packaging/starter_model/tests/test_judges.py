"""What the judges are taught to answer."""
# ruff: noqa: D103

from random import Random

import pytest
from starter.judges import _shares
from starter.scenes import Kind, compose, mixed, plain


def test_a_mix_is_answered_by_its_shares() -> None:
    wanted = _shares([mixed((3, 5, 7), (0.5, 0.3, 0.2)), plain(3)])
    assert wanted.sum(1).tolist() == pytest.approx([1, 1])
    assert wanted[0, [3, 5, 7]].tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert wanted[1, 3] == 1


def test_a_pair_is_answered_by_halves() -> None:
    pair = compose(Random("pair"), kind=Kind.PAIR)
    told = _shares([pair])[0]
    assert told[[one.subject for one in pair.objects]].tolist() == [0.5, 0.5]
