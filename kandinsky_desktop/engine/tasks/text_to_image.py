"""Text to image: sample what the words mean, then paint it."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from kandinsky_desktop.domain.catalog import check_fits
from kandinsky_desktop.domain.events import Planned
from kandinsky_desktop.domain.request import TextToImage
from kandinsky_desktop.engine import decoder, movq, prior
from kandinsky_desktop.engine.studio import Studio

Batch = tuple[int, ...]  # indices of pictures that go through a sampler together


def text_to_image(request: TextToImage, studio: Studio) -> None:
    """Paint the pictures of the request that are still missing.

    Everything is meant first and painted then, so that a small device holds one stage at a time.
    """
    check_fits(request, studio.facts)
    if not studio.job.missing:
        return
    batches = studio.batches()
    ideas = [batches[0][:1]] if request.one_idea else batches
    studio.report(
        Planned(
            prior_steps=request.sampling.prior_steps * len(ideas),
            decoder_steps=studio.decoder_calls() * len(batches),
            pictures=len(studio.job.missing),
        )
    )
    nothing = None if request.negative_decoder.strip() else studio.zero_embedding()
    meanings = _mean(request, ideas, nothing, studio)
    for number, batch in enumerate(batches):
        wanted, unwanted = meanings[0] if request.one_idea else meanings[number]
        rows = len(batch)
        _paint(request, batch, wanted.expand(rows, -1), unwanted.expand(rows, -1), studio)


def _mean(
    request: TextToImage, batches: Sequence[Batch], nothing: Tensor | None, studio: Studio
) -> list[tuple[Tensor, Tensor]]:
    """Sample a meaning for each picture of each batch, and what the decoder is to lead away from.

    That is `nothing` or, where the request has words for it, the meaning of those words, sampled
    as a second half of the same batch.
    """
    parts, sampling = studio.prior(), request.sampling

    def text(words: str) -> prior.Text:
        return prior.encode(parts.tokenizer, parts.text_encoder, [words])

    wanted, unwanted = [text(request.prompt)], [text(request.negative_prior)]
    if nothing is None:
        wanted.append(text(request.negative_decoder))
        unwanted.append(text(""))

    def mean(batch: Batch) -> tuple[Tensor, Tensor]:
        rows = len(batch)
        embeddings = prior.sample(
            parts.network,
            parts.scheduler,
            prior.joined(one.repeated(rows) for one in wanted),
            prior.joined(one.repeated(rows) for one in unwanted),
            steps=sampling.prior_steps,
            guidance=sampling.prior_guidance,
            generators=[seeded(request.idea_seed_of(index)) for _ in wanted for index in batch],
            on_step=studio.watch("prior", sampling.prior_steps, batch).step,
        )
        return embeddings[:rows], embeddings[rows:] if nothing is None else nothing.to(embeddings)

    return [mean(batch) for batch in batches]


def _paint(
    request: TextToImage, batch: Batch, wanted: Tensor, unwanted: Tensor, studio: Studio
) -> None:
    parts, sampling = studio.decoder(), request.sampling
    latents = decoder.sample(
        parts.unet,
        studio.scheduler(),
        wanted,
        unwanted,
        height=sampling.height // studio.facts.movq_factor,
        width=sampling.width // studio.facts.movq_factor,
        steps=sampling.steps,
        guidance=sampling.guidance,
        generators=[seeded(request.detail_seed_of(index)) for index in batch],
        on_step=studio.watch("decoder", studio.decoder_calls(), batch).step,
    )
    for row, index in enumerate(batch):
        if index in studio.job.missing:
            studio.deliver(movq.decode(parts.movq, latents[row : row + 1]), index, batch)


def seeded(seed: int) -> Generator:
    """Return a generator of the CPU, so that a seed means the same noise on every device."""
    return torch.Generator().manual_seed(seed)
