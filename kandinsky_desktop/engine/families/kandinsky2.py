"""How the phases of Kandinsky 2.1 and 2.2 are run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from PIL import Image
from torch import Generator, Tensor

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import ModelProblem, Stopped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.operations import (
    DecodePixels,
    Denoise,
    EncodeBlack,
    EncodePicture,
    EncodePixels,
    EncodePrompt,
    EncodeSurroundings,
    FitPreview,
    MixEmbeddings,
    PredictEmbedding,
    ReadEmbedding,
    SamplePrior,
    SelectCandidate,
)
from kandinsky_desktop.engine import (
    decoder_prompt,
    image_embeddings,
    images,
    masks,
    movq,
    preview,
    prior,
)
from kandinsky_desktop.engine.black import embedding_of_black
from kandinsky_desktop.engine.context import PhaseInputs, StepReporter
from kandinsky_desktop.engine.decoder import DecoderPrompt, GuidedUNet, UNetConditioning
from kandinsky_desktop.engine.denoise import seeded
from kandinsky_desktop.engine.eclipse_prior import predict
from kandinsky_desktop.engine.families import common
from kandinsky_desktop.engine.image_embeddings import EMBEDDING
from kandinsky_desktop.engine.images import WorkImage
from kandinsky_desktop.engine.loading import prior_scheduler
from kandinsky_desktop.engine.prior import Text
from kandinsky_desktop.engine.unet_loop import NINE, Start, run_unet, start_of
from kandinsky_desktop.store import masks as mask_files
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.request_files import check_unchanged

Outputs = dict[str, Tensor]


def encode_prompt(operation: EncodePrompt, given: PhaseInputs) -> Outputs:
    """Encode a text for the prior or, in 2.1, for the decoder."""
    if "decoder_text_encoder" in given.networks:
        reader = given.networks["decoder_tokenizer"], given.networks["decoder_text_encoder"]
        return decoder_prompt.encode(*reader, operation.text)
    encoder, tokenizer = given.networks["text_encoder"], given.networks["tokenizer"]
    limit = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
    tokenizer.model_max_length = limit
    made = prior.encode(tokenizer, encoder, [operation.text])
    return {"embeds": made.embeds, "hidden": made.hidden, "mask": made.mask}


@torch.inference_mode()
def encode_picture(operation: EncodePicture, given: PhaseInputs) -> Outputs:
    """Return the image encoder's embedding of a picture."""
    check_unchanged(operation.path, operation.content)
    with pictures.open_rgb(operation.path) as image:
        return _embedded(image, given)


def encode_surroundings(operation: EncodeSurroundings, given: PhaseInputs) -> Outputs:
    """Return the embedding of a picture as it is without what its mask covers.

    The image encoder sees squares of pixels, all of them, so something must lie in the hole: the
    colours of what is kept, flowing in from around (`masks.surroundings`). Nothing that was in it
    is read, so the embedding is the same to the bit whatever that was.
    """
    check_unchanged(operation.path, operation.content)
    check_unchanged(operation.mask_path, operation.mask)
    with pictures.open_rgb(operation.path) as image:
        size = Size(*image.size) if operation.fit else None
        mask = mask_files.read(operation.mask_path, size).image
        return _embedded(masks.surroundings(image, mask, operation.grow), given)


def _embedded(image: Image.Image, given: PhaseInputs) -> Outputs:
    encoder, processor = given.networks["image_encoder"], given.networks["image_processor"]
    cropped = image_embeddings.centre_crop(image)
    pixels = processor(cropped, return_tensors="pt").pixel_values
    with _interruptible(encoder, given.context.stop):
        return {EMBEDDING: encoder(pixels.to(encoder.device, encoder.dtype))["image_embeds"]}


def encode_black(operation: EncodeBlack, given: PhaseInputs) -> Outputs:
    """Return the embedding of a black picture. Raises ModelProblem where there is no encoder."""
    if operation.encoder is None:
        lacking = _(
            "{model} has no image encoder, which is needed once for its neutral negative: copy"
            " the folder image_encoder into {folder}."
        ).format(model=operation.model, folder=operation.advice)
        raise ModelProblem(" ".join((lacking, *given.context.inputs.model.problems)))
    given.context.about_to_load("image_encoder", 1, 1)
    with given.context.device.on_host():
        embedding = embedding_of_black(operation.encoder, given.context.look)
    return {EMBEDDING: embedding.to(given.context.device.torch)}


def read_embedding(operation: ReadEmbedding, given: PhaseInputs) -> Outputs:
    """Read an image embedding from a file."""
    embedding = image_embeddings.read_fitting(operation).to(given.context.device.torch)
    return {EMBEDDING: embedding.to(given.context.dtype) if operation.model else embedding}


def sample_prior(operation: SamplePrior, given: PhaseInputs) -> Outputs:
    """Run the prior's loop."""
    reporter = StepReporter(given, "prior", (operation.index,))
    embedding = prior.sample(
        given.networks["prior"],
        prior_scheduler(given.networks["scheduler"]),
        Text(**given[operation.prompt]),
        Text(**given[operation.negative]),
        steps=operation.steps,
        guidance=operation.guidance,
        generators=[seeded(operation.seed)],
        on_step=reporter.step,
        begin=None if operation.init is None else given[operation.init][EMBEDDING],
        strength=operation.strength,
    )
    return {EMBEDDING: embedding}


def predict_embedding(operation: PredictEmbedding, given: PhaseInputs) -> Outputs:
    """Run an ECLIPSE prior."""
    network, text = given.networks["eclipse_prior"], given[operation.prompt]
    return {EMBEDDING: predict(network, text, seeded(operation.seed))}


def mix_embeddings(operation: MixEmbeddings, given: PhaseInputs) -> Outputs:
    """Mix image embeddings by their shares."""
    embeddings = [given[key][EMBEDDING] for _share, key in operation.parts]
    return {EMBEDDING: image_embeddings.mixed(operation, embeddings, given.context.dtype)}


def select_candidate(operation: SelectCandidate, given: PhaseInputs) -> Outputs:
    """Return the image embedding that is, but for `place`, nearest to the prompt.

    Near is said as the cosine, which can be compared between prompts.
    """
    words, ranked = given[operation.prompt]["embeds"].float(), []
    for number, key in zip(operation.numbers, operation.among, strict=True):
        embedding = given[key][EMBEDDING]
        score = torch.nn.functional.cosine_similarity(words, embedding.float())
        ranked.append((-float(score), number, embedding, score))
    _order, number, embedding, score = sorted(ranked, key=lambda one: one[:2])[operation.place]
    return {EMBEDDING: embedding, "candidate": torch.tensor(number), "score": score}


def fit_preview(operation: FitPreview, given: PhaseInputs) -> Outputs:
    """Fit the map from latents to small previews."""
    del operation
    movq_ = given.networks["movq"]
    fitted = preview.fit(movq_, lambda pixels: movq_.encode(pixels).latents)
    fitted = fitted.to(given.context.device)
    return {"weight": fitted.weight, "bias": fitted.bias}


def encode_pixels(operation: EncodePixels, given: PhaseInputs) -> Outputs:
    """Encode a piece of a picture, and say which of its latents stay."""
    image, mask = images.cut(operation, given[operation.image])
    latents = movq.encode(given.networks["movq"], [image], given.fit.mode.name)
    if mask is None:
        return {"latents": latents}
    high, wide = latents.shape[-2:]
    keep = movq.keep_mask([masks.painted(mask)], (high, wide)).to(latents)
    return {
        "latents": latents,
        "keep": keep,
        "grey": movq.widened(movq.greys([mask], (high, wide))),
    }


def run_denoise(operation: Denoise, given: PhaseInputs) -> Outputs:
    """Run the decoder's loop over one piece of one batch."""
    unet = given.networks["unet"]

    def begun(generators: list[Generator]) -> Start:
        del generators  # its image latents are the means
        init = [given[key]["latents"] for key in operation.init]
        return start_of(operation, given, torch.cat(init) if init else None)

    def led(start: Start, generators: list[Generator]) -> GuidedUNet:
        del generators
        inpaint = start.inpaint if unet.config.in_channels == NINE else None
        return GuidedUNet(unet, _unet_conditioning(operation, given, inpaint))

    return run_unet(operation, given, begun, led, channels=unet.config.out_channels // 2)


def _unet_conditioning(
    operation: Denoise, given: PhaseInputs, inpaint: Tensor | None
) -> UNetConditioning:
    """Return the conditioning of a batch: a row for each picture."""
    every = [dict(one) for one in operation.conditioning]

    def rows(role: str, name: str) -> Tensor:
        return torch.cat([given[one[role]][name] for one in every])

    def text(role: str) -> DecoderPrompt | None:
        return (
            DecoderPrompt(rows(role, "embeds"), rows(role, "hidden")) if role in every[0] else None
        )

    control = common.control_image(operation, given)
    return UNetConditioning(
        image_embeds=rows("image_embeds", EMBEDDING),
        negative_image_embeds=rows("negative_image_embeds", EMBEDDING),
        decoder_prompt=text("decoder_prompt"),
        negative_decoder_prompt=text("negative_decoder_prompt"),
        control_image=None if control is None else control.repeat(len(every), 1, 1, 1),
        inpaint_latents=inpaint,
    )


def decode_pixels(operation: DecodePixels, given: PhaseInputs) -> WorkImage:
    """Decode one picture of a batch and lay it into the picture that it is a piece of."""
    latents = given[operation.latents]["latents"][operation.row : operation.row + 1]
    painted = movq.decode(given.networks["movq"], latents, given.fit.mode.name)
    work = None if operation.image is None else given[operation.image]
    return images.paste(painted, operation, work)


@contextmanager
def _interruptible(encoder: Any, stop: Callable[[], bool] | None) -> Iterator[None]:
    """Let a network raise Stopped before any of its layers, once `stop` is true."""

    def look(layer: torch.nn.Module, inputs: Any) -> None:
        del layer, inputs
        assert stop is not None
        if stop():
            raise Stopped

    layers = [] if stop is None else [one for one in encoder.modules() if not any(one.children())]
    handles = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


RUNS: dict[type[Any], Callable[[Any, PhaseInputs], Any]] = common.RUNS | {
    EncodePrompt: encode_prompt,
    EncodePicture: encode_picture,
    EncodeSurroundings: encode_surroundings,
    EncodeBlack: encode_black,
    ReadEmbedding: read_embedding,
    SamplePrior: sample_prior,
    PredictEmbedding: predict_embedding,
    MixEmbeddings: mix_embeddings,
    SelectCandidate: select_candidate,
    FitPreview: fit_preview,
    EncodePixels: encode_pixels,
    Denoise: run_denoise,
    DecodePixels: decode_pixels,
}
