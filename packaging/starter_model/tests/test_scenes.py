"""Scenes and captions: the same by seed, and true to what is held out."""
# ruff: noqa: D103

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from starter import captions
from starter.captions import caption
from starter.scenes import (
    MIX,
    WHITE,
    Drawn,
    Kind,
    Painter,
    Scene,
    compose,
    height,
    reweighed,
    seam,
    white_on_white,
)
from starter.world import (
    COLOUR_NAMES,
    LANGUAGES,
    OWN_COLOUR,
    is_shape,
    subjects,
    things,
    unseen,
)


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    """A painter with a bank of noise, quarter size."""
    count = 2 * len(things()) + len(subjects()) - len(things())
    pictures = np.random.default_rng(1).integers(0, 256, (count, 32, 32, 4), dtype=np.uint8)
    ranges = np.tile(np.array([0, 255], dtype=np.float32), (count, 1))
    np.savez(tmp_path / "bank.npz", pictures=pictures, luminance_range=ranges)
    return Painter(tmp_path / "bank.npz")


def told(seed: int) -> list[str]:
    rng = Random(seed)
    return [caption(rng, compose(rng)) for _ in range(300)]


def test_the_same_seed_tells_the_same_scenes() -> None:
    assert told(5) == told(5)
    assert told(5) != told(6)


def test_there_are_three_hundred_things_with_names_of_their_own() -> None:
    assert len(things()) >= 300
    for language in LANGUAGES:
        names = [subject.nouns[language][0].word for subject in subjects()]
        assert len(set(names)) == len(names)


def test_training_never_sees_what_is_held_out() -> None:
    rng = Random(3)
    for number in range(4000):
        scene = compose(rng, kind=Kind.FUSED if number % 4 == 0 else None)
        names = [subjects()[one.subject].name for one in scene.objects]
        background = COLOUR_NAMES[scene.background]
        if background != "white":
            assert not any(unseen("background", name, background) for name in names)
        if scene.first.colour != OWN_COLOUR and not is_shape(scene.first.subject):
            assert not unseen("colour", names[0], COLOUR_NAMES[scene.first.colour])
        if len(names) == 2:
            assert not unseen("pair", *names)


def test_a_tenth_of_all_unions_is_held_out() -> None:
    unions = [("colour", t.name, colour) for t in things() for colour in COLOUR_NAMES]
    share = sum(unseen(*union) for union in unions) / len(unions)
    assert 0.08 < share < 0.12


def test_unheard_phrasings_are_in_no_training_phrasing() -> None:
    for language in LANGUAGES:
        assert not set(captions.UNHEARD_FRAME[language]) & set(captions.FRAME[language])
        assert captions.UNHEARD_FLAT[language] not in captions.FLAT[language]
        assert captions.UNHEARD_BACKGROUND[language] not in captions.BACKGROUND[language]


def test_adjectives_agree_with_their_nouns() -> None:
    blue = COLOUR_NAMES.index("blue")
    assert captions._adjective(blue, "f", "ru") == "синяя"
    assert captions._adjective(blue, "ms", "es") == "azules"
    assert captions.article("owl") == "an owl"
    assert captions.article("glasses") == "glasses"


def test_the_same_scene_is_painted_alike(painter: Painter) -> None:
    rng = Random(8)
    scenes = [compose(rng) for _ in range(12)]
    once, cover = painter.paint_with_cover(scenes, 32)
    assert torch.equal(once, painter.paint(scenes, 32))
    assert once.shape == (12, 3, 32, 32)
    assert once.abs().max() <= 1.001
    assert 0 <= cover.min() <= cover.max() <= 1


def test_fused_things_are_left_and_right_of_a_seam(painter: Painter) -> None:
    left, right = Drawn(3, OWN_COLOUR, 0.55, 0.5, 0.9), Drawn(40, OWN_COLOUR, 0.75, 0.5, 0.5)
    how = (WHITE, (255, 255, 255), False, 0, "filling")  # both cover 0.5 to 1: the seam is at 0.75
    alone = painter.paint([Scene(Kind.THING, (one,), *how) for one in (left, right)], 32)
    fused, cover = painter.paint_with_cover([Scene(Kind.FUSED, (left, right), *how, 0.75)], 32)
    assert torch.allclose(fused[0, :, :, :21], alone[0, :, :, :21], atol=1e-5)
    assert torch.allclose(fused[0, :, :, 27:], alone[1, :, :, 27:], atol=1e-5)
    between = (alone[0] + alone[1])[:, :, 23:25] / 2
    assert (fused[0, :, :, 23:25] - between).abs().mean() < 0.1
    assert cover.max() <= 1


def test_of_two_fused_things_the_heavier_is_larger_and_most_of_both_is_seen() -> None:
    rng = Random(3)
    for scene in [compose(rng, kind=Kind.FUSED) for _ in range(60)]:
        left, right = scene.objects
        assert (left.size > right.size) == (scene.share > 0.5)
        middle, _ = seam(scene)
        assert 0.6 < (middle - (left.x - left.size / 2)) / left.size <= 1
        assert 0.6 < (right.x + right.size / 2 - middle) / right.size <= 1
        assert min(left.x - left.size / 2, 1 - right.x - right.size / 2) > 0


def test_what_has_next_to_nothing_of_a_mix_is_not_seen(painter: Painter) -> None:
    """As its share falls it grows smaller, and at a twentieth the other stands alone."""
    mix = compose(Random(6), kind=Kind.FUSED)
    seen = []
    for share in (0.5, 0.7, 0.85, 0.9, 0.95, 1):
        scene = reweighed(mix, share)
        alone = replace(scene, kind=Kind.THING, objects=scene.objects[:1], share=1.0)
        _, both = painter.paint_with_cover([scene], 64)
        _, one = painter.paint_with_cover([alone], 64)
        seen.append(float((both - one).clamp(min=0).mean()))
        if share >= 0.95:
            assert torch.allclose(both, one, atol=0.02)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 0.05
    assert seen[-2] < 1e-3
    assert reweighed(mix, mix.share) == mix


def test_white_things_on_white_are_white_and_can_be_seen(painter: Painter) -> None:
    """Nowhere darker than half way to black, and yet not gone; and no union that is held out."""
    rng = Random(5)
    scenes = [white_on_white(rng) for _ in range(24)]
    assert all(scene.background == scene.first.colour == WHITE for scene in scenes)
    names = [subjects()[scene.first.subject].name for scene in scenes]
    assert not any(unseen("colour", name, "white") for name in names)
    pictures, cover = painter.paint_with_cover(scenes, 64)
    assert pictures.min() > 0
    assert ((pictures < 0.9) & (cover > 0.9)).flatten(1).any(1).all()


def test_no_words_ask_for_fused_things() -> None:
    assert Kind.FUSED not in MIX


def test_a_height_is_nothing_beside_the_object_and_most_within() -> None:
    cover = torch.zeros(1, 1, 64, 64)
    cover[:, :, 16:48, 16:48] = 1
    hint = height(cover)
    assert hint[0, 0, 0, 0] == 0
    assert hint[0, 0, 32, 32] > hint[0, 0, 17, 17] >= 0.35
    assert hint.max() <= 1
