"""What the prior says of names and scenes, and which wishes are taken from it."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from starter import assemble, cache, clip, decoders, said
from starter.scenes import WHITE, Kind, Scene, compose, plain
from starter.world import things


def _held(scenes: list[Scene], chunks: tuple[int, ...] = ()) -> cache.Cache:
    count = len(scenes)
    latents = torch.zeros(count, 4, decoders.GRID, decoders.GRID)
    nothing, alone = torch.zeros(1, clip.WIDTH), torch.zeros(400, 4, clip.WIDTH)
    return cache.Cache(latents, torch.zeros(count, clip.WIDTH), scenes, nothing, alone, 0, chunks)


def test_half_of_what_is_plain_is_wished_as_words_ask_for_it() -> None:
    """A thing on white and a mix; what has a ground, a colour or another style is not."""
    cat, dog = plain(3), plain(5)
    scenes = [
        cat,
        replace(cat, kind=Kind.FUSED, objects=cat.objects + dog.objects, shares=(0.3, 0.7)),
        plain(3, style=1),
        replace(cat, background=WHITE + 1),
        replace(cat, kind=Kind.TINTED),
    ]
    names = torch.arange(8.0)[:, None, None] + torch.zeros(8, 2, clip.WIDTH)
    spoken = said.Said(names, torch.empty(0, clip.WIDTH), {})
    rows = torch.arange(len(scenes)).repeat(200)
    wishes = torch.full((len(rows), clip.WIDTH), -1.0)
    made = spoken.wishes(rows, wishes, _held(scenes))[:, 0].view(200, -1)
    assert set(made[:, 0].tolist()) == {-1.0, 3.0}
    few, many = cache.asked((0.3, 0.7))
    assert sorted(set(made[:, 1].tolist())) == pytest.approx([-1.0, few * 3 + many * 5])
    assert (made[:, 2:] == -1).all()
    assert 0.35 < float((made[:, :2] != -1).float().mean()) < 0.65
    assert (wishes == -1).all()


def test_the_prior_is_asked_for_every_name_pair_and_coloured_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the weights that ship: what it says is near what the same words mean in another asking."""
    rng = Random(5)
    kinds = (Kind.PAIR, Kind.THING, Kind.TINTED, Kind.FUSED)
    scenes = [compose(rng, kind=kind) for kind in (*kinds, *kinds)]
    held = _held(scenes, (7, 8))
    monkeypatch.setattr(said, "SCENE_CHUNKS", (8, 9))
    monkeypatch.setattr(cache, "CHUNK", 4)
    monkeypatch.setattr(said, "CHUNK", 4)
    monkeypatch.setattr(said, "SAYINGS", 2)
    monkeypatch.setattr(said, "things", lambda: things()[:3])
    monkeypatch.setattr(said, "assembled_folder", assemble.shipped)
    monkeypatch.setattr(cache, "load", lambda: held)
    said.train()
    spoken = said.load(assemble.shipped(), held)
    assert spoken.rows == {4: 0, 6: 1}
    assert spoken.scenes.shape == (2, clip.WIDTH)
    assert spoken.names.shape == (3, 2, clip.WIDTH)
    flat = torch.nn.functional.normalize(spoken.names - spoken.names.mean((0, 1)), dim=-1)
    alike = torch.einsum("iad,jbd->ijab", flat, flat)[..., 0, 1]
    assert alike.argmax(1).tolist() == [0, 1, 2]
    wishes = torch.zeros(400, clip.WIDTH)
    made = spoken.wishes(torch.tensor([0, 2, 4, 6] * 100), wishes, held).view(100, 4, -1)
    assert not made[:, :2].any(), "a pair and a colour that the prior was not asked for"
    for told, said_of_it, share in zip(
        made[:, 2:].unbind(1), spoken.scenes, (0.75, 0.5), strict=True
    ):
        taken = told.abs().sum(1) > 0
        assert torch.equal(told[taken], said_of_it.expand(int(taken.sum()), -1))
        assert share - 0.15 < float(taken.float().mean()) < share + 0.15
