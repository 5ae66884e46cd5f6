"""`kandinsky measure`: CLIP similarity of a picture to its ingredients."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.cli.painting import engine_like, found_models
from kandinsky_desktop.cli.replaying import model_of
from kandinsky_desktop.cli.saying import tell
from kandinsky_desktop.domain.conditioning import Mix, spoken
from kandinsky_desktop.domain.errors import KandinskyError, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.store import clip_similarity, pictures, places
from kandinsky_desktop.store.clip_similarity import Cosines
from kandinsky_desktop.store.models import Found

if TYPE_CHECKING:
    from kandinsky_desktop.engine.engine import Engine

EngineFor = Callable[[Path, str, int], "Engine"]  # a model's folder, a device, threads


def measure(args: argparse.Namespace) -> int:
    """Print a line for each ingredient of each picture: picture, cosine, ingredient.

    Results are stored, for the window too. A picture that cannot be measured does not stop the
    others.
    """
    found, failed = found_models(args), 0

    @lru_cache(maxsize=1)  # what it has loaded serves the next picture too
    def engine_for(model: Path, device: str, threads: int) -> "Engine":
        del model  # measuring puts nothing away: another model gets the room of the last one
        return engine_like(device, threads)

    for path in args.pictures:
        try:
            record = pictures.read_record(path)
            cosines = _cosines(path, record, found, engine_for)
        except KandinskyError as error:
            if len(args.pictures) == 1:
                raise
            tell(str(error))
            failed += 1
            continue
        for name, cosine in zip(_ingredients(record), cosines, strict=False):
            near = "–" if cosine is None else f"{cosine:.4f}"
            sys.stdout.write(f"{path}\t{near}\t{name}\n")
        sys.stdout.flush()
    return 1 if failed else 0


def _cosines(path: Path, record: Record, found: Found, engine_for: EngineFor) -> Cosines:
    try:
        kept = clip_similarity.read(places.clip_similarity(), path)
        if kept is not None:
            return kept
        model, _same = model_of(record, found)
        then = record.conditions
        engine = engine_for(model.root, then.device, then.threads_or(os.cpu_count() or 1))
        cosines = engine.measure(path, model.root, bool)
        clip_similarity.write(places.clip_similarity(), path, cosines)
    except OSError as error:
        raise Unreadable(
            _("{path} cannot be read, or what was measured not be kept: {reason}.").format(
                path=path, reason=error.strerror or error
            )
        ) from error
    return cosines


def _ingredients(record: Record) -> list[str]:
    meaning = record.request.conditioning_of(record.index)
    parts = [one.source for one in meaning.ingredients] if isinstance(meaning, Mix) else [meaning]
    return [" ".join(spoken(one).split()) for one in parts]
