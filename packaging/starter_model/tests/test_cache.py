"""The cache's scenes: which of two fused things is on the left can be read in the mix."""

import pytest
import torch
from starter.cache import CHUNK, MIX_CHUNKS, MORE_CHUNKS, in_order, places_of, scenes_of
from starter.scenes import WHITE, Drawn, Kind, Scene
from starter.world import OWN_COLOUR, subjects, unseen


def _fused(left: int, right: int, share: float) -> Scene:
    both = (Drawn(left, OWN_COLOUR, 0.3, 0.5, 0.4), Drawn(right, OWN_COLOUR, 0.6, 0.5, 0.6))
    return Scene(Kind.FUSED, both, WHITE, (255, 255, 255), False, 0, "filling", share)


def test_the_thing_of_the_lower_place_is_on_the_left() -> None:
    """Exchanged, both keep weights, sizes and what they leave free: the mix stays what it was."""
    places = [0.5, -0.5, 0.0]
    kept = _fused(1, 0, 0.3)
    assert in_order(kept, places) is kept
    turned = in_order(_fused(0, 1, 0.7), places)
    assert [one.subject for one in turned.objects] == [1, 0]
    assert [(one.x, one.size) for one in turned.objects] == [(0.4, 0.6), (0.7, 0.4)]
    assert turned.share == pytest.approx(0.3)


def test_places_are_read_along_the_line_of_most_difference() -> None:
    """Whatever its direction."""
    generator = torch.Generator().manual_seed(4)
    truth = torch.linspace(-1, 1, 30)
    line = torch.nn.functional.normalize(torch.randn(16, generator=generator), dim=0)
    spread = 0.05 * torch.randn(30, 2, 16, generator=generator)
    places = torch.tensor(places_of(3 * truth[:, None, None] * line + spread))
    assert torch.corrcoef(torch.stack([places, truth]))[0, 1].abs() > 0.99
    assert places.mean().abs() < 1e-5


def test_chunks_of_what_is_hard_are_the_same_every_time() -> None:
    """A quarter pairs, the rest fused, each in order."""
    places = [float(-one) for one in range(len(subjects()))]
    scenes = scenes_of(MORE_CHUNKS[0], places)
    assert scenes == scenes_of(MORE_CHUNKS[0], places)
    assert len(scenes) == CHUNK
    fused = [scene for scene in scenes if scene.kind is Kind.FUSED]
    assert len(fused) == CHUNK * 3 // 4
    assert all(s.kind is Kind.PAIR for s in scenes if s not in fused)
    assert all(scene.objects[0].subject > scene.objects[1].subject for scene in fused)
    assert all(0.15 <= scene.share <= 0.85 for scene in fused)


def test_chunks_of_mixes_go_from_one_thing_to_the_other() -> None:
    """Each in order, none of a pair that is held out, every weight as often as any other."""
    places = [float(-one) for one in range(len(subjects()))]
    scenes = scenes_of(MIX_CHUNKS[0], places)
    assert len(scenes) == CHUNK
    assert {scene.kind for scene in scenes} == {Kind.FUSED}
    pairs = [[one.subject for one in scene.objects] for scene in scenes]
    assert all(left > right for left, right in pairs)
    assert not any(unseen("pair", *(subjects()[one].name for one in pair)) for pair in pairs)
    tenths = torch.histc(torch.tensor([scene.share for scene in scenes]), 10, 0, 1)
    assert tenths.min() > 60
