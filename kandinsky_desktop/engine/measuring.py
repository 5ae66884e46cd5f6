"""How much of each ingredient came through in a picture.

All is compared in CLIP's image space, which conditioned the decoder: the image encoder's embedding
of the finished picture with, of a picture, its own embedding; of words, the embedding that the
prior sampled and that went in. Not with the words' embedding by the text encoder: texts and
pictures lie apart in CLIP (the cosine of a text with the picture it describes is far below that of
two like pictures), so that words would always seem to have come through least.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.conditioning import ImagePrompt, Mix, Source, files_of
from kandinsky_desktop.domain.errors import NotAtHand, Unreadable
from kandinsky_desktop.domain.families.kandinsky2.compile import embedding
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.operations import SamplePrior
from kandinsky_desktop.domain.plan import Key, PlanBuilder
from kandinsky_desktop.domain.plan_inputs import FileFacts
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.engine.context import JobContext
from kandinsky_desktop.engine.execute import is_known, run_plan
from kandinsky_desktop.engine.image_embeddings import EMBEDDING
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.clip_similarity import Cosines


def measured(picture: Path, record: Record, context: JobContext) -> Cosines:
    """Return a cosine for each ingredient, in order; None for one that is not known any more.

    No prior runs for it and nothing is evicted for it. Raises Stopped within one layer of the image
    encoder once the context says so, and KandinskyError where nothing can be measured.
    """
    model = context.inputs.model
    if any(record.conditions.kept_steps):
        raise Unreadable(_("{path} was kept before its last step.").format(path=picture), picture)
    if "image_encoder" not in model.components:
        raise NotAtHand(_("{model} has no image encoder.").format(model=model.name))
    if "image_processor" not in model.components:
        raise NotAtHand(_("{model} has no image processor.").format(model=model.name))
    ingredients = [_embedding(one, record, context) for one in _ingredients(record)]
    if not any(one is not None for one in ingredients):
        raise NotAtHand(_("What {path} was made of is not kept any more.").format(path=picture))
    seen = _run(ImagePrompt(picture), record, context, known_only=False)
    assert seen is not None
    return tuple(None if one is None else _cosine(seen, one) for one in ingredients)


def _ingredients(record: Record) -> tuple[Source, ...]:
    conditioning = record.request.conditioning_of(record.index)
    if isinstance(conditioning, Mix):
        return tuple(one.source for one in conditioning.ingredients)
    assert isinstance(conditioning, Source)
    return (conditioning,)


def _embedding(source: Source, record: Record, context: JobContext) -> Tensor | None:
    """Return the embedding that went in, if it is known and its files are as they were then."""
    then = dict(zip(record.request.files, record.sources, strict=False))
    try:
        if any(fingerprints.of_file(path) != then.get(path) for path in _files(source, record)):
            return None
        return _run(source, record, context, known_only=True)
    except (OSError, Unreadable):
        return None


def _files(source: Source, record: Record) -> tuple[Path, ...]:
    """Return the files that a source is read from: with those of its hole, if that is left out."""
    holed = isinstance(source, ImagePrompt) and source.without_hole
    return (*files_of(source), *(record.request.files if holed else ()))


def _run(source: Source, record: Record, context: JobContext, *, known_only: bool) -> Tensor | None:
    """Return an image embedding; None if a prior would have to run for it."""
    files = {path: FileFacts(fingerprints.of_file(path)) for path in _files(source, record)}
    inputs = replace(context.inputs, files=files, request=record.request)
    context = replace(context, inputs=inputs)
    return embedding_of(source, record.prior_seed, record.index, context, without_prior=known_only)


def embedding_of(
    source: Source, seed: int, index: int, context: JobContext, *, without_prior: bool = False
) -> Tensor | None:
    """Return the image embedding of a source alone; None if a prior would run and must not."""
    builder, outputs = PlanBuilder(context.inputs.environment), dict[Key, Any]()
    goal = embedding(builder, context.inputs, source, seed, index)
    plan = builder.until([{goal}], is_known(context, outputs))
    if without_prior and any(isinstance(one.operation, SamplePrior) for one in plan.to_run):
        return None
    embedded: Tensor = run_plan(context, plan, outputs, goal)[EMBEDDING]
    return embedded


def _cosine(one: Tensor, other: Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one.float(), other.float()))
