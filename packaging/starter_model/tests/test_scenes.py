"""Scenes and captions: the same by seed, and true to what is held out."""
# ruff: noqa: D103

from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
import torch
from starter import captions, sources
from starter.captions import caption
from starter.scenes import (
    MIX,
    WHITE,
    Kind,
    Painter,
    compose,
    height,
    mixed,
    plain,
    tinted_on_white,
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


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    """A painter with a bank of small discs, each of its own colour and with a dark mark."""
    bank = tmp_path_factory.mktemp("bank") / "bank.npz"
    count = 2 * len(things()) + len(subjects()) - len(things())
    rng = np.random.default_rng(1)
    line = np.arange(16) - 7.5
    away = np.hypot(line[:, None], line)
    pictures = np.zeros((count, 16, 16, 4), dtype=np.uint8)
    for picture in pictures:
        picture[..., :3] = rng.integers(90, 230, 3)
        picture[5:8, 4:12, :3] = rng.integers(0, 60, 3)
        picture[..., 3] = 255 * (away < rng.uniform(4.5, 7))
    sources.write_bank(bank, pictures)
    return Painter(bank)


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
        assert not any(unseen("pair", *two) for two in combinations(names, 2))


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
    once, cover = painter.paint_with_cover(scenes, 16)
    assert torch.equal(once, painter.paint(scenes, 16))
    assert once.shape == (12, 3, 16, 16)
    assert once.abs().max() <= 1.001
    assert 0 <= cover.min() <= cover.max() <= 1


def test_a_mix_has_two_or_three_things_whose_shares_are_one() -> None:
    mixes = [compose(Random(seed), kind=Kind.FUSED) for seed in range(200)]
    assert {len(mix.objects) for mix in mixes} == {2, 3}
    for mix in mixes:
        assert len(mix.shares) == len(mix.objects) == len({one.subject for one in mix.objects})
        assert sum(mix.shares) == pytest.approx(1)
        assert min(mix.shares) >= 0.05 - 1e-9
        assert mix.background == WHITE
    halves = [mix.shares[0] for mix in mixes if len(mix.shares) == 2]
    assert min(halves) < 0.2
    assert max(halves) > 0.8
    uneven = [abs(half - 0.5) > 0.15 for half in halves]
    assert sum(uneven) > 0.75 * len(halves), "a little of one in much of the other is drawn often"


def test_a_mix_of_one_thing_alone_is_that_thing(painter: Painter) -> None:
    """A share of nothing shows nothing."""
    _, alone = painter.paint_with_cover([plain(3)], 16)
    _, all_of_it = painter.paint_with_cover([mixed((3, 40), (1.0, 0.0))], 16)
    assert (all_of_it - alone).abs().mean() < 0.05


def test_a_mix_is_painted_alike_with_its_things_in_any_order(painter: Painter) -> None:
    one = painter.paint([mixed((3, 40, 90), (0.5, 0.3, 0.2))], 16)
    other = painter.paint([mixed((90, 3, 40), (0.2, 0.5, 0.3))], 16)
    assert torch.allclose(one, other, atol=0.02)


def test_a_thing_in_a_colour_keeps_its_marks(painter: Painter) -> None:
    """What is dark on it stays as it was; its body is of the colour that was asked for."""
    blue = COLOUR_NAMES.index("blue")
    own = plain(3)
    first = replace(own.first, colour=blue)
    pictures = painter.paint([own, replace(own, kind=Kind.TINTED, objects=(first,))], 16)
    dark = pictures[0].mean(0) < -0.55
    body = (pictures[0] < 0.9).any(0) & ~dark
    assert dark.any()
    assert (pictures[1] - pictures[0])[:, dark].abs().mean() < 0.1
    assert pictures[1][2, body].mean() > pictures[1][0, body].mean() + 0.3


def test_white_things_on_white_are_white_and_can_be_seen(painter: Painter) -> None:
    """Their bodies, that is; and not gone; and no union that is held out."""
    rng = Random(5)
    scenes = [tinted_on_white(rng, WHITE) for _ in range(24)]
    assert all(scene.background == scene.first.colour == WHITE for scene in scenes)
    names = [subjects()[scene.first.subject].name for scene in scenes]
    assert not any(unseen("colour", name, "white") for name in names)
    pictures, cover = painter.paint_with_cover(scenes, 16)
    for picture, covered in zip(pictures, cover, strict=True):
        body = picture.mean(0)[covered[0] > 0.9].quantile(0.75)
        assert 0.4 < body < 0.99  # such small discs are all rim


def test_no_words_ask_for_fused_things() -> None:
    assert Kind.FUSED not in MIX


def test_a_height_is_nothing_beside_the_object_and_most_within() -> None:
    cover = torch.zeros(1, 1, 64, 64)
    cover[:, :, 16:48, 16:48] = 1
    hint = height(cover)
    assert hint[0, 0, 0, 0] == 0
    assert hint[0, 0, 32, 32] > hint[0, 0, 17, 17] >= 0.35
    assert hint.max() <= 1


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("cat", "a cat"),
        ("owl", "an owl"),
        ("orange cat", "an orange cat"),
        ("unicorn", "a unicorn"),
        ("ufo", "a ufo"),
        ("umbrella", "an umbrella"),
        ("hourglass", "an hourglass"),
        ("house", "a house"),
        ("grapes", "grapes"),
        ("octopus", "an octopus"),
    ],
)
def test_an_article_goes_by_the_sound(noun: str, said: str) -> None:
    assert captions.article(noun) == said
