"""What came through: how near a finished picture is to each ingredient of its meaning.

All is compared in CLIP's image space, where the decoder got its meaning from: the embedding of the
finished picture with, of a picture, its own embedding; of words, the point that the prior sampled
and that went in. Not with the words' embedding by the text encoder: texts and pictures lie apart in
CLIP (the cosine of a text with the picture it describes is far below that of two like pictures), so
that words would always seem to have come through least.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.errors import NotAtHand, Stopped, Unreadable
from kandinsky_desktop.domain.meaning import Fusion, Source, files_of
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine.meanings import Meanings
from kandinsky_desktop.engine.studio import Studio
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.measures import Cosines


def measured(picture: Path, record: Record, studio: Studio, stop: Callable[[], bool]) -> Cosines:
    """Return a cosine for each ingredient, in order; None for one that is not known any more.

    No prior runs for it and nothing leaves the memory for it. Where `stop` becomes true it raises
    Stopped, within one layer of the encoder. Raises KandinskyError where nothing can be measured.
    """
    facts = studio.facts
    if any(record.conditions.kept_steps):
        raise Unreadable(_("{path} was kept before its last step.").format(path=picture))
    if not facts.image_encoder:
        raise NotAtHand(_("{model} has no image encoder.").format(model=facts.name))
    if not facts.image_processor:
        raise NotAtHand(_("{model} has no image processor.").format(model=facts.name))
    meanings = Meanings(studio)
    with _stopping(studio.image_encoder(), stop):
        points = [_point(one, record, meanings) for one in _ingredients(record)]
        if not any(point is not None for point in points):
            raise NotAtHand(_("What {path} was made of is not kept any more.").format(path=picture))
        seen = meanings.of_picture(picture)
    return tuple(None if point is None else _cosine(seen, point) for point in points)


def _ingredients(record: Record) -> tuple[Source, ...]:
    meaning = record.request.meaning_of(record.index)
    if isinstance(meaning, Fusion):
        return tuple(one.source for one in meaning.ingredients)
    assert isinstance(meaning, Source)
    return (meaning,)


def _point(source: Source, record: Record, meanings: Meanings) -> Tensor | None:
    """Return the point that went in, if it is known and its files are as they were then."""
    then = dict(zip(record.request.files, record.sources, strict=False))
    try:
        if any(fingerprints.of_file(path) != then.get(path) for path in files_of(source)):
            return None
        if meanings.to_sample(source, record.idea_seed):
            return None
        return meanings.of(source, record.idea_seed, record.index)
    except (OSError, Unreadable):
        return None


def _cosine(one: Tensor, other: Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one.float(), other.float()))


@contextmanager
def _stopping(encoder: Any, stop: Callable[[], bool]) -> Iterator[None]:
    """Let the encoder raise Stopped before any of its layers, once `stop` is true."""

    def look(layer: torch.nn.Module, given: Any) -> None:
        del layer, given
        if stop():
            raise Stopped

    layers = [layer for layer in encoder.modules() if not any(layer.children())]
    handles = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
