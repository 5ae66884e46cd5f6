"""From a request to the phases of Kandinsky 2.1 and 2.2."""

from functools import cache, partial
from pathlib import Path

from kandinsky_desktop.domain.activations import modes_of
from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.loads import in_8_bits
from kandinsky_desktop.domain.memory import CHUNKED, ExecutionMode
from kandinsky_desktop.domain.model import Component, Model, unet_for
from kandinsky_desktop.domain.operations import (
    DenoiserInputs,
    EncodeBlack,
    EncodePicture,
    EncodePrompt,
    EncodeSurroundings,
    MixEmbeddings,
    PredictEmbedding,
    ReadEmbedding,
    SamplePrior,
    SelectCandidate,
)
from kandinsky_desktop.domain.painting import Painter, paint
from kandinsky_desktop.domain.plan import Key, PlanBuilder
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.task import Inpaint, mask_of

ECLIPSE = "eclipse_prior"  # the kind of a prior of one pass
IMAGE = "image_embeds"  # the role of the image embedding, as the U-Net calls it

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
    model = inputs.model
    unet = unet_for(inputs.request, model)
    painter = Painter(
        networks=(model.components[unet],),
        scheduler=_scheduler(model, unet, inputs.request.sampling.scheduler),
        autoencoder=model.components["movq"],
        denoise_modes=_modes(inputs, unet, *UNET),
        encode_modes=_modes(inputs, "movq", *ENCODE, call="encode"),
        decode_modes=_modes(inputs, "movq", *DECODE, call="decode"),
        conditioning=cache(partial(conditioning, plan, inputs)),
        embedding=IMAGE,
    )
    paint(plan, inputs, painter)


def conditioning(plan: PlanBuilder, inputs: PlanInputs, index: int) -> DenoiserInputs:
    """Plan what conditions one picture: image embeddings and, in 2.1, texts, with their negatives.

    Where no decoder prompt is given, a prompt is its own, as in the original; all else
    has an empty one, as in the original's `mix_images`.
    """
    request, model = inputs.request, inputs.model
    shared = request.sampling.prior_seed
    seed = shared if request.candidates else request.prior_seed_of(index)
    negative = embedding(plan, inputs, request.negative, seed, index)
    positive = (
        _best_candidate(plan, inputs, index)
        if request.candidates
        else embedding(plan, inputs, request.conditioning_of(index), seed, index)
    )
    led = (IMAGE, positive), ("negative_image_embeds", negative)
    if "decoder_text_encoder" not in model.components:
        return led
    own = request.conditioning.text if isinstance(request.conditioning, Prompt) else ""
    texts = {
        "decoder_prompt": request.decoder_prompt or own,
        "negative_decoder_prompt": request.negative_decoder_prompt,
    }
    needs = model.components["decoder_text_encoder"], model.components["decoder_tokenizer"]
    modes = _modes(inputs, "decoder_text_encoder")
    return (
        *led,
        *(
            (role, plan.add(EncodePrompt(text), *needs, modes=modes, cached=True))
            for role, text in texts.items()
        ),
    )


def embedding(
    plan: PlanBuilder, inputs: PlanInputs, conditioning: Conditioning | None, seed: int, index: int
) -> Key:
    """Plan an image embedding; None stands for the neutral one, of a black picture.

    Each is made alone, whatever the size of the batch: so it depends on its own words, seed and
    settings only, and is found again in the cache by another batch, size, mask or weight.
    """
    model, files = inputs.model, inputs.files
    match conditioning:
        case None:
            return _black(plan, model)
        case Prompt(text=text, negative=negative):
            return _sample(plan, inputs, text, negative, seed, index)
        case ImagePrompt(path=path, strength=0, without_hole=without_hole):
            return plan.add(
                _seen(inputs, path, index)
                if without_hole
                else EncodePicture(files[path].content, path),
                model.components["image_encoder"],
                model.components["image_processor"],
                modes=_modes(inputs, "image_encoder"),
                cached=True,
            )
        case ImagePrompt(path=path, text=text, negative=negative, strength=strength):
            alone = ImagePrompt(path, without_hole=conditioning.without_hole)
            init = embedding(plan, inputs, alone, seed, index)
            return _sample(plan, inputs, text, negative, seed, index, init, strength)
        case ImageEmbedding(path=path):
            operation = ReadEmbedding(files[path].content, model.width, path, model.name)
            return plan.add(operation, portable=True)
        case Mix():
            return _mix(plan, inputs, conditioning, seed, index)
        case Interpolation() | Grid():
            return _mix(plan, inputs, conditioning.of(0, 1), seed, index)


def _seen(inputs: PlanInputs, path: Path, index: int) -> EncodePicture | EncodeSurroundings:
    """Return how a picture is seen without its hole, if the request paints one into it."""
    task, files = inputs.request.task, inputs.files
    if not isinstance(task, Inpaint) or task.path != path:
        return EncodePicture(files[path].content, path)
    mask = mask_of(task, index)
    return EncodeSurroundings(
        files[path].content, files[mask].content, task.grow, task.fit_mask, path, mask
    )


def _black(plan: PlanBuilder, model: Model) -> Key:
    shipped = model.components.get("black")
    if shipped is not None:
        return plan.add(ReadEmbedding(shipped.content, model.width, shipped.folder), portable=True)
    prior, encoder = model.components["prior"], model.components.get("image_encoder")
    operation = EncodeBlack(
        prior.content,
        model.width,
        model.name,
        None if encoder is None else encoder.folder,
        model.components["text_encoder"].folder.parent,
    )
    return plan.add(operation, portable=True, cached=True)


def _mix(plan: PlanBuilder, inputs: PlanInputs, fusion: Mix, seed: int, index: int) -> Key:
    pairs = zip(fusion.shares, fusion.ingredients, strict=True)
    parts = tuple(
        (share, embedding(plan, inputs, one.source, seed, index))
        for share, one in pairs
        if one.weight
    )
    prior = inputs.model.components["prior"]
    if not fusion.restore:
        return plan.add(MixEmbeddings(parts, fusion.blend, ""))
    return plan.add(MixEmbeddings(parts, fusion.blend, prior.content, prior.folder))


def _best_candidate(plan: PlanBuilder, inputs: PlanInputs, index: int) -> Key:
    """Plan the choice among many candidates, the nearest to the words first.

    unCLIP's way (Ramesh et al. 2022, section 2.2). To make a picture again only its own candidate
    is sampled.
    """
    request, like = inputs.request, inputs.like
    assert isinstance(request.conditioning, Prompt)
    again = like is not None and like.candidate >= 0
    numbers = (like.candidate,) if like is not None and again else tuple(range(request.candidates))
    among = tuple(
        embedding(
            plan, inputs, request.conditioning, request.prior_seed_of_candidate(number), index
        )
        for number in numbers
    )
    place = 0 if request.shared_prior_seed or len(numbers) == 1 else index
    prompt = _prompt(plan, inputs, request.conditioning.text)
    return plan.add(SelectCandidate(prompt, among, numbers, place))


def _sample(
    plan: PlanBuilder,
    inputs: PlanInputs,
    text: str,
    negative: str,
    seed: int,
    index: int,
    init: Key | None = None,
    strength: float = 1.0,
) -> Key:
    model, sampling = inputs.model, inputs.request.sampling
    modes = _modes(inputs, "prior")
    prior = model.components["prior"]
    if prior.kind == ECLIPSE:  # reads the prompt alone: all else is refused
        prompt = _prompt(plan, inputs, text)
        return plan.add(PredictEmbedding(prompt, seed), prior, modes=modes, cached=True)
    operation = SamplePrior(
        prompt=_prompt(plan, inputs, text),
        negative=_prompt(plan, inputs, negative),
        steps=sampling.prior_steps,
        guidance=sampling.prior_guidance,
        seed=seed,
        init=init,
        strength=strength,
        packed=in_8_bits(inputs, model.components["prior"], modes),
        index=index,
    )
    return plan.add(
        operation,
        model.components["prior"],
        model.components["prior scheduler"],
        modes=modes,
        calls=steps_taken(sampling.prior_steps, strength),
        cached=True,
    )


def steps_taken(steps: int, strength: float) -> int:
    """Return how many of the prior's steps lead on from an image embedding; at strength 0 none."""
    return min(steps, max(1, int(steps * strength))) if strength > 0 else 0


def _prompt(plan: PlanBuilder, inputs: PlanInputs, text: str) -> Key:
    parts = inputs.model.components
    needs, modes = (parts["text_encoder"], parts["tokenizer"]), _modes(inputs, "text_encoder")
    return plan.add(EncodePrompt(text), *needs, modes=modes, cached=True)


def _modes(inputs: PlanInputs, role: str, *names: str, call: str = "") -> tuple[ExecutionMode, ...]:
    """Return the modes of a network, with what they take of memory."""
    parts, channels = inputs.model.components, inputs.model.channels
    version = "2.1" if "decoder_text_encoder" in parts and role != "movq" else "2.2"
    network = ECLIPSE if parts[role].kind == ECLIPSE else role
    return modes_of(
        parts[role].values,
        f"{version} {network}",
        *(names or ("resident",)),
        call=call,
        width=channels.get(parts[role].kind, 0),
        attention=inputs.attention,
    )


def _scheduler(model: Model, unet: str, name: str) -> Component:
    """Return the config of a U-Net's scheduler: beside it, or with the plain one.

    For DDPM 2.1 has a folder of its own, with the variance that its U-Net learned.
    """
    own, plain = f"{unet} ", ""
    roles = [f"{own}scheduler", f"{plain}scheduler"]
    if name in ("DDPMScheduler", "p_sampler"):
        roles = [f"{own}ddpm scheduler", f"{plain}ddpm scheduler", *roles]
    return next(model.components[role] for role in roles if role in model.components)
