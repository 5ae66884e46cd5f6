"""The decoders' shapes, and the hints that the depth decoder can read before it learns."""

import torch
from starter import decoders, movq
from starter.scenes import height


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
