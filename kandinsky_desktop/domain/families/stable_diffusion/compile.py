"""From a request to the phases of Stable Diffusion 1 and 2."""

from functools import cache, partial

from kandinsky_desktop.domain.activations import modes_of
from kandinsky_desktop.domain.memory import CHUNKED, ExecutionMode
from kandinsky_desktop.domain.operations import DenoiserInputs, EncodePrompt
from kandinsky_desktop.domain.painting import Painter, paint
from kandinsky_desktop.domain.plan import Key, PlanBuilder
from kandinsky_desktop.domain.plan_inputs import PlanInputs

# The modes of each network, the fastest first; what they take stands in domain/traced.py
UNET = tuple(
    name
    for whole in ("resident", "split guidance", "row by row", "row by row, split guidance")
    for name in (whole, CHUNKED if whole == "resident" else f"{whole}, {CHUNKED}")
)
DECODE = ("resident", "banded", "tiled")
ENCODE = ("resident", "banded")


def compile(plan: PlanBuilder, inputs: PlanInputs) -> None:  # noqa: A001 - of a Family
    """Add the phases of a request."""
    parts = inputs.model.components
    painter = Painter(
        networks=(parts["unet"],),
        scheduler=parts["scheduler"],
        autoencoder=parts["vae"],
        denoise_modes=_modes(inputs, "unet", *UNET),
        encode_modes=_modes(inputs, "vae", *ENCODE, call="encode"),
        decode_modes=_modes(inputs, "vae", *DECODE, call="decode"),
        conditioning=cache(partial(conditioning, plan, inputs)),
        masked_images="inpaint unet" in parts,
    )
    paint(plan, inputs, painter)


def conditioning(plan: PlanBuilder, inputs: PlanInputs, index: int) -> DenoiserInputs:
    """Plan what conditions one picture: its prompt and the negative one, the same for all."""
    del index
    request = inputs.request
    return (
        ("prompt", _prompt(plan, inputs, request.words)),
        ("negative_prompt", _prompt(plan, inputs, request.negative_decoder)),
    )


def _prompt(plan: PlanBuilder, inputs: PlanInputs, text: str) -> Key:
    parts = inputs.model.components
    needs, modes = (parts["text_encoder"], parts["tokenizer"]), _modes(inputs, "text_encoder")
    return plan.add(EncodePrompt(text), *needs, modes=modes, cached=True)


def _modes(inputs: PlanInputs, role: str, *names: str, call: str = "") -> tuple[ExecutionMode, ...]:
    """Return the modes of a network, with what they take of memory."""
    part = inputs.model.components[role]
    return modes_of(
        part.values,
        f"SD 1 {role}",
        *(names or ("resident",)),
        call=call,
        width=inputs.model.channels.get(part.kind, 0),
        attention=inputs.attention,
    )
