"""From a request to the phases of Stable Diffusion 1 and 2."""

from functools import cache, partial

from kandinsky_desktop.domain.memory import MIB, ExecutionMode
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.operations import DenoiserInputs, EncodePrompt
from kandinsky_desktop.domain.painting import Painter, paint
from kandinsky_desktop.domain.plan import Key, PlanBuilder
from kandinsky_desktop.domain.plan_inputs import PlanInputs

# Bytes of activations in half precision. Not measured on a graphics card: as Kandinsky's, whose
# networks have the same layers at other widths.
TEXT_ENCODER = (ExecutionMode("resident", 5 * MIB),)
UNET = (
    ExecutionMode("resident", 0, 360),
    ExecutionMode("split guidance", 0, 180),
    ExecutionMode("row by row", 0, 360, by_row=True),
    ExecutionMode("row by row, split guidance", 0, 180, by_row=True),
)
DECODE = (
    ExecutionMode("resident", 0, 2568),
    ExecutionMode("banded", 48 * MIB, 784),
    ExecutionMode("tiled", 256 * MIB, 48, exact=False),
)
ENCODE = (ExecutionMode("resident", 0, 1280), ExecutionMode("banded", 48 * MIB, 528))
FULL_UNET, FULL_VAE = 320, 128  # channels of the first levels for which the figures hold


def compile(plan: PlanBuilder, inputs: PlanInputs) -> None:  # noqa: A001 - of a Family
    """Add the phases of a request."""
    parts, channels = inputs.model.components, inputs.model.channels
    painter = Painter(
        networks=(parts["unet"],),
        scheduler=parts["scheduler"],
        autoencoder=parts["vae"],
        denoise_modes=tuple(one.scaled(channels["unet"], FULL_UNET) for one in UNET),
        encode_modes=tuple(one.scaled(channels["vae"], FULL_VAE) for one in ENCODE),
        decode_modes=tuple(one.scaled(channels["vae"], FULL_VAE) for one in DECODE),
        conditioning=cache(partial(conditioning, plan, inputs)),
        masked_images="inpaint unet" in parts,
    )
    paint(plan, inputs, painter)


def conditioning(plan: PlanBuilder, inputs: PlanInputs, index: int) -> DenoiserInputs:
    """Plan what conditions one picture: its prompt and the negative one, the same for all."""
    del index
    request = inputs.request
    return (
        ("prompt", _prompt(plan, inputs.model, request.words)),
        ("negative_prompt", _prompt(plan, inputs.model, request.negative_decoder)),
    )


def _prompt(plan: PlanBuilder, model: Model, text: str) -> Key:
    needs = model.components["text_encoder"], model.components["tokenizer"]
    return plan.add(EncodePrompt(text), *needs, modes=TEXT_ENCODER, cached=True)
