"""What the report measures is what the pipelines paint."""

from pathlib import Path

import torch
from diffusers import KandinskyV22Pipeline
from starter import decoders, movq
from starter.painting import Model, Settings


def test_pictures_come_as_the_movq_gives_them() -> None:
    """In -1 to 1, not spread a second time: the pipelines rescale nothing for "pt"."""
    torch.manual_seed(0)
    pipeline = KandinskyV22Pipeline(
        unet=decoders.fresh("decoder"), scheduler=decoders.scheduler(), movq=movq.fresh()
    )
    pipeline.set_progress_bar_config(disable=True)
    model = Model(Path(), movq.SIDE, Settings(steps=2, guidance=3.0))
    model.__dict__["_decoder"] = pipeline
    wish, nothing = torch.randn(1, 192), torch.zeros(1, 192)
    latents = pipeline(
        image_embeds=wish,
        negative_image_embeds=nothing,
        height=movq.SIDE,
        width=movq.SIDE,
        num_inference_steps=2,
        guidance_scale=3.0,
        generator=[torch.Generator().manual_seed(5)],
        output_type="latent",
    ).images
    with torch.no_grad():
        wanted = movq.decode(pipeline.movq, latents).clamp(-1, 1)
    torch.testing.assert_close(model.paint(wish, nothing, [5]), wanted, atol=1e-4, rtol=0)
