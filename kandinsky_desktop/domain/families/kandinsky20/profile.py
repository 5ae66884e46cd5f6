"""What we know of Kandinsky 2.0 that its configs do not say."""

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import ModelProfile
from kandinsky_desktop.domain.request import Sampling

FULL = (384, 768, 1152, 1536)  # widths of the U-Net's levels
PROMPTS = (
    N_("a red cat in the snow, photo, 4k"),
    N_("a teddy bear on a beach, oil painting"),
    N_("an old lighthouse in a storm, watercolour"),
    N_("a bowl of lemons on a blue table, still life"),
    N_("abstract composition of circles and lines, Bauhaus poster"),
)


def profile_of(name: str, levels: tuple[int, ...], native: int) -> ModelProfile:
    """Return what is known of the model of that name."""
    full = levels == FULL
    return ModelProfile(
        title="Kandinsky 2.0" if full else name,
        most_steps=200,
        # the original's README and generate_text2img: 512 × 512, DDIM with eta 0.05, guidance 10
        sampling=Sampling(
            width=native,
            height=native,
            steps=50,
            guidance=10.0,
            eta=0.05,
            scheduler="ddim_sampler",
        ),
        prompts=PROMPTS,
        note="" if full else _("An unknown relative of Kandinsky {version}.").format(version="2.0"),
        small=native < 256,
        sketch_steps=12,
    )
