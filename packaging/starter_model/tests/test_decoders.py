"""The decoders' shapes, and the hints that the depth decoder can read before it learns."""

from random import Random

import pytest
import torch
from starter import cache, clip, decoders, movq
from starter.scenes import Kind, compose, height
from starter.world import subjects


def _cover() -> torch.Tensor:
    cover = torch.zeros(2, 1, movq.SIDE, movq.SIDE)
    cover[0, :, 20:90, 30:100] = 1
    cover[1, :, 64:, :] = 1
    return cover


def test_a_hint_has_eight_pixels_a_latent_cell() -> None:
    """As diffusers' hint block takes it, in 0 to 1."""
    made = decoders.hints(_cover())
    assert made.shape == (2, 3, decoders.HINT_SIDE, decoders.HINT_SIDE)
    assert made.min() == 0
    assert 0.8 < made.max() <= 1


def test_heights_reach_the_latents_before_any_training() -> None:
    """The first channel of a hint ranks the cells as their heights do, and lies where they lie."""
    unet = decoders.fresh("depth")
    cover = _cover()
    with torch.no_grad():
        read = unet.add_embedding.input_hint_block(decoders.hints(cover))[:, 0]
    wanted = torch.nn.functional.avg_pool2d(height(cover), movq.FACTOR)[:, 0]
    assert read.shape == wanted.shape == (2, decoders.GRID, decoders.GRID)
    assert torch.corrcoef(torch.stack([read.flatten(), wanted.flatten()]))[0, 1] > 0.97
    assert read.min() > -1.3
    assert read.max() > 0.5
    assert not any(p.requires_grad for p in unet.add_embedding.input_hint_block.parameters())


def test_every_decoder_paints_latents_of_the_movq() -> None:
    """The U-Nets take their channels and give latents and the variance that the pipelines drop."""
    cells = torch.randn(1, 4, decoders.GRID, decoders.GRID)
    wish = torch.randn(1, 192)
    for stage, channels in decoders.CHANNELS.items():
        unet = decoders.fresh(stage)
        conditions = {"image_embeds": wish}
        given = cells
        if stage == "inpaint":
            given = torch.cat([cells, cells, cells[:, :1]], 1)
        if stage == "depth":
            conditions["hint"] = decoders.hints(_cover()[:1])
        assert unet.config.in_channels == channels
        with torch.no_grad():
            made = unet(given, 500, None, added_cond_kwargs=conditions, return_dict=False)[0]
        assert made.shape == (1, 8, decoders.GRID, decoders.GRID)
        assert not made[:, 4:].any()


def test_the_movq_gives_back_a_picture_of_the_size_it_got() -> None:
    """A latent cell stands for a square of pixels."""
    coder = movq.fresh()
    with torch.no_grad():
        latents = movq.encode(coder, torch.zeros(1, 3, movq.SIDE, movq.SIDE))
        made = movq.decode(coder, latents)
    assert latents.shape == (1, 4, decoders.GRID, decoders.GRID)
    assert made.shape == (1, 3, movq.SIDE, movq.SIDE)


@pytest.fixture
def held() -> cache.Cache:
    """A cache of embeddings as far from one another as chance puts them."""
    torch.manual_seed(1)
    scenes = [compose(Random(n), kind=Kind.THING) for n in range(64)]
    embeddings = 0.4 + torch.randn(64, clip.WIDTH)
    latents = torch.zeros(64, 4, decoders.GRID, decoders.GRID)
    alone = 0.4 + torch.randn(len(subjects()), 4, clip.WIDTH)
    alone[:, 1:] = alone[:, :1] + 0.1 * torch.randn(len(subjects()), 3, clip.WIDTH)
    return cache.Cache(latents, embeddings, scenes, torch.zeros(1, clip.WIDTH), alone, 64)


def test_what_tells_a_mix_apart_is_learnt(held: cache.Cache) -> None:
    """More steps tell more, and what comes out is ready for embeddings as they are."""
    _, _, little = decoders.unmixing(held, 64, 20)
    hidden, norm, much = decoders.unmixing(held, 64, 300)
    assert much > little + 0.1
    made = norm(hidden(held.embeddings))
    assert made.shape == (64, 64)
    assert hidden(held.embeddings).mean(0).abs().mean() < 0.3


def test_a_grown_decoder_paints_at_first_what_the_plain_one_did(
    held: cache.Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new units weigh nothing yet, and hardly shift what the old ones say."""
    torch.manual_seed(2)
    plain = decoders.fresh("decoder").eval()
    torch.nn.init.normal_(plain.conv_out.weight[:4], std=0.05)
    weights = {"unet": {name: tensor.clone() for name, tensor in plain.state_dict().items()}}
    monkeypatch.setattr(decoders, "averaged_weights", lambda _stage: weights)
    grown = decoders.grown(held, steps=20).eval()
    cells = torch.randn(8, 4, decoders.GRID, decoders.GRID)
    with torch.no_grad():
        first, second = (
            unet(
                cells,
                torch.full((8,), 900),
                None,
                added_cond_kwargs={"image_embeds": held.embeddings[:8]},
            ).sample[:, :4]
            for unet in (plain, grown)
        )
    assert float((first - second).pow(2).mean()) < 0.01 * float(first.pow(2).mean())
    assert grown.time_embedding.linear_2.out_features == decoders.HIDDEN["mixer"]


def test_a_narrow_decoder_begins_with_a_share_of_every_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is kept of a level is kept where it is joined to its skip and where heads look at it."""
    weights = decoders.fresh("decoder").state_dict()
    for name in ("up_blocks.1.resnets.0.norm1.weight", "mid_block.resnets.0.norm1.weight"):
        weights[name] = torch.arange(float(len(weights[name])))
    heads = torch.arange(160.0)[:, None].expand(160, 160).clone()
    weights["mid_block.attentions.0.to_q.weight"] = heads
    monkeypatch.setattr(decoders, "averaged_weights", lambda _stage: {"unet": weights})
    made = decoders._from_decoder("depth").state_dict()
    kept = [float(number) for number in range(160) if number % 10 < 6]
    assert made["mid_block.resnets.0.norm1.weight"].tolist() == kept
    skipped = [float(number) for number in range(160, 272)]
    assert made["up_blocks.1.resnets.0.norm1.weight"].tolist() == kept + skipped
    assert made["mid_block.attentions.0.to_q.weight"][:, 0].tolist() == list(range(96))
    assert torch.equal(
        made["down_blocks.1.resnets.0.conv1.weight"],
        weights["down_blocks.1.resnets.0.conv1.weight"],
    )


def test_mixes_and_plain_things_are_asked_for_as_they_are(held: cache.Cache) -> None:
    """What is near a thing may be a little of another in it; elsewhere the prior's errors are."""
    rows = torch.arange(len(held))
    moved = (decoders._wishes(rows, held) - held.embeddings).abs().sum(1) > 0
    exact = torch.tensor([decoders._is_exact(scene) for scene in held.scenes])
    assert 0 < exact.sum() < len(held)
    assert not moved[exact].any()
    assert 0.3 < moved[~exact].float().mean() < 0.9
