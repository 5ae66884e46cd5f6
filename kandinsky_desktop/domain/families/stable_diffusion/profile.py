"""What we know of the Stable Diffusions of this family that their configs do not say."""

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import ModelProfile
from kandinsky_desktop.domain.request import Sampling

FULL = (320, 640, 1280, 1280)  # widths of the U-Net's levels, in all of them
TITLES = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2"}  # by the text's width
PROMPTS = (
    N_("a photo of an astronaut riding a horse on mars"),
    N_("a lighthouse at dawn, oil painting"),
    N_("portrait of an old sailor, charcoal drawing"),
    N_("a cottage in a snowy forest, detailed illustration"),
    N_("a bowl of lemons on a blue table, still life"),
)


def profile_of(
    name: str, width: int, levels: tuple[int, ...], native: int, *, inpaints: bool
) -> ModelProfile:
    """Return what is known of the model of that name."""
    full = levels == FULL and width in TITLES
    title = TITLES[width] if full else name
    if full and inpaints:
        title = _("{title}, for holes").format(title=title)
    return ModelProfile(
        title=title,
        most_steps=200,
        # guidance and steps as StableDiffusionPipeline has them
        sampling=Sampling(
            width=native, height=native, steps=50, guidance=7.5, scheduler="DDIMScheduler"
        ),
        prompts=PROMPTS,
        note="" if full else _("An unknown relative of Stable Diffusion."),
        small=native < 256,
        sketch_steps=12,
        # its latents are scaled to a deviation of 1: most of them would be cut off
        thresholding=False,
    )
