"""Paint: sample what is meant, then paint it from whatever the request starts from.

Everything is meant first and painted then, so that a small device holds one stage at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from PIL.Image import Image, Resampling
from torch import Generator, Tensor

from kandinsky_desktop.domain.budget import at_once
from kandinsky_desktop.domain.catalog import Kind, Size, check_fits, decoder_for
from kandinsky_desktop.domain.events import Planned
from kandinsky_desktop.domain.meaning import Meaning, Words
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.engine import anchor, decoder, depth, movq
from kandinsky_desktop.engine.bookmarks import BatchBookmarks, Bookmarks, Loop
from kandinsky_desktop.engine.canvas import Canvas, Piece, canvas_size, most_pixels, seen_part
from kandinsky_desktop.engine.decoder import Anchor, Guide, Kept
from kandinsky_desktop.engine.meanings import Meanings, pack_meaning, seeded
from kandinsky_desktop.engine.studio import Studio, Watch

Batch = tuple[int, ...]  # indices of pictures that go through the decoder together


@dataclass(frozen=True, slots=True)
class Idea:
    """What one picture is to mean, and what it is led away from: (1, embedding_dim) each."""

    wanted: Tensor
    unwanted: Tensor
    number: int = -1  # which of the ideas that were chosen among
    score: float | None = None  # its cosine with the words


def paint(request: Paint, studio: Studio) -> None:
    """Paint the pictures of the request that are still missing."""
    check_fits(request, studio.facts)
    studio.take_note()
    if not studio.job.missing:
        return
    meanings = Meanings(studio)
    for meaning in (request.meaning, request.away):
        meanings.check(meaning)
    cut = batches(request, studio)
    pieces = {batch: Canvas(request, studio.facts, batch).count for batch in cut}
    kind = decoder_for(request, studio.facts)
    near = _near(request, studio)
    calls, bookmarks = _calls(request, studio, kind), _bookmarks(request, kind, studio)
    done = sum(bookmarks.of(batch).steps_done(pieces[batch], calls) for batch in cut)
    studio.report(
        Planned(
            prior_steps=_prior_steps(request, cut, meanings, studio),
            decoder_steps=sum(pieces.values()) * calls - done,
            pictures=len(studio.job.missing),
        )
    )
    ideas = _ideas(request, [index for batch in cut for index in batch], meanings, studio)
    for batch in cut:
        chosen = [ideas[index] for index in batch]
        canvas = Canvas(request, studio.facts, batch)  # again: all at once could be too large
        _paint_batch(request, canvas, chosen, kind, near, studio, bookmarks.of(batch))


def batches(request: Paint, studio: Studio) -> list[Batch]:
    """Return which pictures go through the decoder together; those with none missing are out.

    How the request is cut does not depend on what is missing, since a picture's bits depend on its
    company.
    """
    if studio.like:
        return [studio.like.batch]
    size = _at_once(request, studio)
    every = range(request.count)
    cut = [tuple(every[start : start + size]) for start in every[::size]]
    return [batch for batch in cut if set(batch) & set(studio.job.missing)]


def _at_once(request: Paint, studio: Studio) -> int:
    if request.count == 1:  # no file is read to find out
        return 1
    pixels = most_pixels(request, studio.facts)
    return at_once(request.count, pixels, studio.facts.channels[0], studio.dtype.itemsize)


def _calls(request: Paint, studio: Studio, kind: Kind) -> int:
    """Return how often the decoder's loop turns for a piece: some schedulers look twice a step."""
    strength = getattr(request.start, "strength", 1.0)
    course = decoder.course(
        studio.scheduler(kind), request.sampling.steps, torch.device("cpu"), strength=strength
    )
    return len(course.timesteps)


def _bookmarks(request: Paint, kind: Kind, studio: Studio) -> Bookmarks:
    """Return the job's bookmarks, which count only for the very same components."""
    prior, decoder = studio.facts.prior, studio.facts.decoder
    folders = [prior / part for part in ("prior", "text_encoder", "tokenizer", "scheduler")]
    folders += [studio.facts.decoder_of(kind) / "unet", studio.scheduler_folder(kind)]
    folders += [decoder / "movq", prior]  # in the prior's own folder may lie a neutral negative
    if studio.facts.image_encoder:
        folders += [prior / part for part in ("image_encoder", "image_processor")]
    if studio.facts.version == "2.1":
        folders += [decoder / part for part in ("text_encoder", "tokenizer")]
    if request.depth is not None and request.depth.estimate:
        folders += studio.estimators[:1]
    return studio.bookmarks(*folders)


def _prior_steps(request: Paint, cut: list[Batch], meanings: Meanings, studio: Studio) -> int:
    if request.ideas:
        wanted = {
            (request.meaning, request.seed_of_idea(idea)) for idea in _numbers(request, studio)
        } | {(request.away, request.sampling.idea_seed)}
    else:
        wanted = {
            (one, request.idea_seed_of(index))
            for batch in cut
            for index in batch
            for one in (request.meaning_of(index), request.away)
        }
    steps: dict[str, int] = {}  # by point, since two meanings may share some
    for meaning, seed in wanted:
        steps |= meanings.to_sample(meaning, seed)
    return sum(steps.values())


def _numbers(request: Paint, studio: Studio) -> list[int]:
    """Return which ideas are sampled: all that are chosen among or, to replay, the chosen one."""
    if studio.like is not None and studio.like.idea >= 0:
        return [studio.like.idea]
    return list(range(request.ideas))


def _ideas(
    request: Paint, indices: list[int], meanings: Meanings, studio: Studio
) -> dict[int, Idea]:
    """Return what each picture is to mean."""
    if request.ideas:
        return _chosen(request, indices, meanings, studio)
    made: dict[tuple[Meaning, int], Idea] = {}  # pictures of one idea share it
    for index in indices:
        meaning, seed = request.meaning_of(index), request.idea_seed_of(index)
        if (meaning, seed) not in made:
            unwanted = meanings.of(request.away, seed, index)  # first: it may need room for itself
            made[meaning, seed] = Idea(meanings.of(meaning, seed, index), unwanted)
    return {
        index: made[request.meaning_of(index), request.idea_seed_of(index)] for index in indices
    }


def _chosen(
    request: Paint, indices: list[int], meanings: Meanings, studio: Studio
) -> dict[int, Idea]:
    """Sample many ideas and give the pictures those nearest to the words.

    unCLIP's way (Ramesh et al. 2022, section 2.2): of several embeddings that the prior sampled,
    those are decoded that are nearest to the text's own. Near is said as the cosine here, which
    can be compared between prompts.
    """
    assert isinstance(request.meaning, Words)
    away = meanings.of(request.away, request.sampling.idea_seed, indices[0])
    words = meanings.words(request.meaning.text).embeds.float()
    ideas: list[Idea] = []
    for number in _numbers(request, studio):
        point = meanings.of(request.meaning, request.seed_of_idea(number), indices[0])
        score = float(torch.nn.functional.cosine_similarity(words, point.float()))
        ideas.append(Idea(point, away, number, score))
    ideas.sort(key=lambda idea: (-(idea.score or 0.0), idea.number))
    alike = request.one_idea or len(ideas) == 1  # to replay one, its company need not be known
    return {index: ideas[0 if alike else index] for index in indices}


def _paint_batch(
    request: Paint,
    canvas: Canvas,
    ideas: list[Idea],
    kind: Kind,
    near: Image | None,
    studio: Studio,
    bookmarks: BatchBookmarks,
) -> None:
    generators = [seeded(request.detail_seed_of(index)) for index in canvas.batch]
    kept_steps: tuple[int, ...] = ()
    for number in range(canvas.count):
        piece = canvas.piece(number)
        painted = bookmarks.painted(number, generators)
        if painted is not None:
            canvas.give_back(piece, painted[0])
            kept_steps += (painted[1],)
            continue
        watch = studio.watch("decoder", _calls(request, studio, kind), canvas.batch, number)
        begin = partial(bookmarks.loop, number)
        hint = None if near is None else _hint(near, request, piece, studio.facts.movq_factor)
        latents = _sampled(request, piece, ideas, generators, kind, hint, studio, watch, begin)
        kept_steps += (watch.kept_step,)
        if number + 1 < canvas.count:
            rows = [_decoded(latents, row, studio) for row in range(len(ideas))]
            canvas.give_back(piece, rows)
            bookmarks.note_painted(number, rows, generators, watch.kept_step)
    for row, (index, idea) in enumerate(zip(canvas.batch, ideas, strict=True)):
        if index in studio.job.missing:  # each is handed over before the next one is decoded
            image, changed = canvas.result(piece, row, _decoded(latents, row, studio))
            studio.deliver(
                image,
                index,
                studio.conditions(canvas.batch, kept_steps, idea.number),
                pack_meaning(idea.wanted),
                changed_outside=changed,
                score=idea.score,
            )
    bookmarks.forget(canvas.count)


def _sampled(
    request: Paint,
    piece: Piece,
    ideas: list[Idea],
    generators: list[Generator],
    kind: Kind,
    hint: Tensor | None,
    studio: Studio,
    watch: Watch,
    begin: Callable[[Any, list[Generator]], Loop],
) -> Tensor:
    """Run the decoder's loop over one piece of a batch."""
    sampling, rows, factor = request.sampling, len(ideas), studio.facts.movq_factor
    pixels = piece.work.width * piece.work.height
    clean = movq.encode(studio.movq(pixels), piece.sources) if piece.sources else None
    wanted, away = (_anchor(text, rows, studio) for text in anchor.texts_of(request))
    # last of all, since what is in use would not leave the memory for the others
    unet, scheduler = studio.unet(kind, pixels * rows), studio.scheduler(kind)
    steps = decoder.course(
        scheduler,
        sampling.steps,
        unet.device,
        strength=piece.strength,
        window=(sampling.guidance_from, sampling.guidance_to),
    )
    loop = begin(scheduler, generators)
    shape = (rows, unet.config.out_channels // 2, piece.work.height // factor,
             piece.work.width // factor)  # fmt: skip
    kept, hole = None, None
    if clean is None:
        latents = decoder.noise(scheduler, shape, generators, unet.device, unet.dtype)
    else:
        if piece.holes and piece.strength >= 1:
            latents = decoder.noise(scheduler, shape, generators, unet.device, unet.dtype)
            drawn = latents.clone() / scheduler.init_noise_sigma
        else:
            old = getattr(request.start, "old_noise", False)
            latents, drawn = decoder.noised(
                scheduler,
                clean,
                steps,
                generators,
                old_strength=piece.strength if old else 0.0,
                sampler=sampling.scheduler,
            )
        if piece.holes:
            keep = movq.keep_mask(piece.holes, shape[-2:]).to(clean)
            kept = Kept(clean, keep, drawn)
            if kind == "inpaint":
                hole = torch.cat([clean * keep, keep], dim=1)
    guide = Guide(
        wanted=torch.cat([idea.wanted for idea in ideas]),
        unwanted=torch.cat([idea.unwanted for idea in ideas]),
        anchor=wanted,
        anchor_away=away,
        hint=None if hint is None else hint.repeat(rows, 1, 1, 1),
        hole=hole,
    )
    latents, done = loop.take_up(latents)
    watch.begin()
    return decoder.sample(
        unet,
        scheduler,
        guide,
        latents,
        steps,
        guidance=sampling.guidance,
        generators=generators,
        on_step=watch.step,
        kept=kept,
        eta=sampling.eta,
        done=done,
        after=loop.after,
    )


def _anchor(text: str, rows: int, studio: Studio) -> Anchor | None:
    """Return the anchor text for a batch, where the model reads one; kept like a meaning."""
    if studio.facts.version != "2.1":
        return None
    return anchor.rows(Meanings(studio).anchor(text), rows)


def _near(request: Paint, studio: Studio) -> Image | None:
    """Return the depth map that is to be followed, grey, before anything else is loaded."""
    if request.depth is None:
        return None
    return depth.depth_map(request.depth, studio.estimators, studio.cache_folder)


def _hint(near: Image, request: Paint, piece: Piece, factor: int) -> Tensor:
    """Return the part of a depth map that a piece follows, (1, 3, H, W).

    A map of another shape than the picture is cut as a picture to start from is, so that the two
    lie one over the other.
    """
    columns, rows = piece.work.width // factor, piece.work.height // factor
    if piece.holes:
        near = near.resize(canvas_size(request), Resampling.BICUBIC).crop(piece.box.corners)
        return depth.hint(near, columns, rows)
    return depth.hint(near, columns, rows, seen_part(Size(*near.size), piece.work))


def _decoded(latents: Tensor, row: int, studio: Studio) -> Image:
    high, wide = latents.shape[-2:]
    pixels = high * wide * studio.facts.movq_factor**2
    return movq.decode(studio.movq(pixels), latents[row : row + 1])
