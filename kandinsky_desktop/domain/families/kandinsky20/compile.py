"""From a request to the phases of Kandinsky 2.0."""

from functools import cache, partial

from kandinsky_desktop.domain.activations import modes_of
from kandinsky_desktop.domain.memory import CHUNKED, ExecutionMode
from kandinsky_desktop.domain.model import unet_for
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
# What each network is like whose own size was not traced
LIKE = {
    "unet": "2.0 unet",
    "inpaint unet": "2.0 inpaint unet",
    "vae": "SD 1 vae",
    "text_encoder": "2.0 text_encoder",
    "text_encoder_2": "2.0 text_encoder_2",
}
TEXTS = (("text_encoder", "tokenizer"), ("text_encoder_2", "tokenizer_2"))


def compile(plan: PlanBuilder, inputs: PlanInputs) -> None:  # noqa: A001 - of a Family
    """Add the phases of a request."""
    parts = inputs.model.components
    unet = unet_for(inputs.request, inputs.model)
    conditioner = "conditioner" if unet == "unet" else f"{unet} conditioner"
    painter = Painter(
        networks=(parts[unet], parts[conditioner]),
        scheduler=parts["scheduler"],
        autoencoder=parts["vae"],
        denoise_modes=_modes(inputs, unet, *UNET),
        encode_modes=_modes(inputs, "vae", *ENCODE, call="encode"),
        decode_modes=_modes(inputs, "vae", *DECODE, call="decode"),
        conditioning=cache(partial(conditioning, plan, inputs)),
    )
    paint(plan, inputs, painter)


def conditioning(plan: PlanBuilder, inputs: PlanInputs, index: int) -> DenoiserInputs:
    """Plan what conditions one picture: prompt and negative, each read by both text encoders."""
    del index
    request = inputs.request
    texts = {"prompt": request.words, "negative_prompt": request.negative_decoder}
    return tuple(
        (f"{role} {number}", _prompt(plan, inputs, encoder, tokenizer, text))
        for role, text in texts.items()
        for number, (encoder, tokenizer) in enumerate(TEXTS, 1)
    )


def _prompt(plan: PlanBuilder, inputs: PlanInputs, encoder: str, tokenizer: str, text: str) -> Key:
    parts = inputs.model.components
    modes = _modes(inputs, encoder)
    return plan.add(EncodePrompt(text), parts[encoder], parts[tokenizer], modes=modes, cached=True)


def _modes(inputs: PlanInputs, role: str, *names: str, call: str = "") -> tuple[ExecutionMode, ...]:
    """Return the modes of a network, with what they take of memory."""
    part = inputs.model.components[role]
    return modes_of(
        part.values,
        LIKE[role],
        *(names or ("resident",)),
        call=call,
        width=inputs.model.channels.get(part.kind, 0),
        attention=inputs.attention,
    )
