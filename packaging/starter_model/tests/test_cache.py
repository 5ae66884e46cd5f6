"""The cache's scenes, and what mixes of embeddings are."""

from itertools import combinations

import pytest
import torch
from starter.cache import (
    ALL_CHUNKS,
    CHUNK,
    KINDS_OF_CHUNKS,
    MIX_CHUNKS,
    PAIR_CHUNKS,
    PLAIN_CHUNKS,
    asked,
    mix,
    scenes_of,
    slope,
)
from starter.scenes import Kind
from starter.world import subjects, unseen


@pytest.mark.parametrize(
    ("chunk", "kinds"),
    [
        (PAIR_CHUNKS[0], {Kind.PAIR}),
        (PLAIN_CHUNKS[0], {Kind.THING, Kind.TINTED}),
        (MIX_CHUNKS[0], {Kind.FUSED}),
    ],
)
def test_chunks_are_the_same_every_time_and_of_their_kinds(chunk: int, kinds: set[Kind]) -> None:
    """And hold no pair that is kept out of training."""
    scenes = scenes_of(chunk)
    assert scenes == scenes_of(chunk)
    assert len(scenes) == CHUNK
    assert {scene.kind for scene in scenes} == kinds
    names = [[subjects()[one.subject].name for one in scene.objects] for scene in scenes]
    assert not any(unseen("pair", *two) for some in names for two in combinations(some, 2))


def test_a_mix_is_asked_for_nearer_to_its_ends() -> None:
    """But at its ends and in the middle by what is drawn; shares are of 1 in all."""
    assert asked((0.5, 0.5)) == pytest.approx([0.5, 0.5])
    assert asked((1.0,)) == [1.0]
    little, much = asked((0.25, 0.75))
    assert 0.05 < little < 0.25
    assert little + much == pytest.approx(1)
    assert sum(asked((0.2, 0.3, 0.5))) == pytest.approx(1)


def test_the_slope_is_how_fast_the_asked_share_changes() -> None:
    """By differences; a mix of three counts as it is."""
    for share in (0.1, 0.3, 0.5, 0.8):
        near = [asked((share + off, 1 - share - off))[0] for off in (-1e-5, 1e-5)]
        assert slope((share, 1 - share)) == pytest.approx((near[1] - near[0]) / 2e-5, rel=1e-4)
    assert slope((0.2, 0.3, 0.5)) == 1


@pytest.mark.parametrize("made", [20, 69, 100, len(ALL_CHUNKS)])
def test_a_cache_that_is_cut_short_has_its_share_of_each_kind(made: int) -> None:
    """So that a mixture is never missing."""
    assert len(set(ALL_CHUNKS)) == sum(map(len, KINDS_OF_CHUNKS))
    for chunks in KINDS_OF_CHUNKS:
        share = sum(chunk in chunks for chunk in ALL_CHUNKS[:made])
        assert abs(share - len(chunks) * made / len(ALL_CHUNKS)) <= 1


def test_a_mix_weighs_its_parts() -> None:
    """By their shares."""
    parts = [torch.full((4,), float(value)) for value in (1, 2, 4)]
    assert mix(parts, (0.5, 0.25, 0.25)).tolist() == [2.0] * 4
