"""What we know of the Kandinskys of this family that their configs do not say."""

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import ModelProfile
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import DEFAULT_SCHEDULER

# What a model is known by: the width of its embeddings, and those of its U-Net's levels
Topology = tuple[int, tuple[int, ...]]
STARTER: Topology = (192, (32, 64, 112, 160))
FULL_21: Topology = (768, (384, 768, 1152, 1536))
FULL_22: Topology = (1280, (384, 768, 1152, 1536))

# The side in pixels at which a model is best, and the longest worth offering
SIDES: dict[Topology, tuple[int, int]] = {
    FULL_21: (768, 1024),  # trained at 768 × 768; model card
    FULL_22: (768, 1536),  # trained up to 1024 × 1024 in several ratios; model card
}
FULL_PROMPTS = (
    N_("a red cat in the snow, photo, 4k"),
    N_("a lighthouse at dawn, oil painting"),
    N_("portrait of an old sailor, charcoal drawing"),
    N_("a glass teapot with a tiny forest inside, macro photo"),
    N_("abstract composition of circles and lines, Bauhaus poster"),
)
STARTER_PROMPTS = (
    N_("an owl on a green background"),
    N_("a unicorn"),
    N_("a rainbow"),
    N_("a frog"),
    N_("a mushroom"),
)
STARTER_NOTE = N_(
    "This is the starter model: a tiny Kandinsky that we trained on simple pictures, so that you"
    " can begin at once. For large, detailed pictures put a Kandinsky 2.2 folder among your models."
)


def sides_of(topology: Topology, configured: int) -> tuple[int, int]:
    """Return the native and the longest side, in pixels; `configured` is what the configs say."""
    return SIDES.get(topology, (configured, configured * 2))


def profile_of(name: str, topology: Topology, version: str, native: int) -> ModelProfile:
    """Return what is known of the model of that name."""
    match topology:
        case (192, (32, 64, 112, 160)):
            return ModelProfile(
                title=_("Starter model"),
                most_steps=100,
                # measured: packaging/starter_model/README.md, "Guidance and steps"
                sampling=Sampling(
                    width=native,
                    height=native,
                    steps=20,
                    guidance=1.5,
                    prior_steps=25,
                    prior_guidance=2.0,
                ),
                prompts=STARTER_PROMPTS,
                pictures="starter",
                count=4,
                sketch_steps=8,  # 12 look like 8: seen, 12 prompts, one seed
                note=STARTER_NOTE,
                small=True,
                square=True,  # others melt or come twice: seen at 160 x 96 and 96 x 160
                larger_strength=0.07,  # from 0.1 on there are specks beside things: seen
                # 99.5 % of its latents lie within ±2.4, and of the contrast two fifths were left:
                # measured, pytest tests/engine/test_thresholding.py
                thresholding=False,
            )
        case (768 | 1280, (384, 768, 1152, 1536)):
            return ModelProfile(
                title=f"Kandinsky {version}",
                most_steps=200,
                sampling=Sampling(
                    width=native,
                    height=native,
                    steps=50,
                    guidance=4.0,
                    prior_steps=25,
                    prior_guidance=4.0,
                    scheduler=_scheduler(version),
                ),
                prompts=FULL_PROMPTS,
                sketch_side=512,
                sketch_steps=12,
            )
        case _:
            return ModelProfile(
                title=name,
                most_steps=200,
                sampling=Sampling(width=native, height=native, scheduler=_scheduler(version)),
                prompts=FULL_PROMPTS,
                note=_("An unknown relative of Kandinsky {version}.").format(version=version),
                small=native < 256,
            )


def _scheduler(version: str) -> str:
    return "DDIMScheduler" if version == "2.1" else DEFAULT_SCHEDULER
