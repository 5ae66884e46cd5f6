"""What each file of a fusion means, kept so that the fusion can be laid out again without it."""

import logging
from pathlib import Path

from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.meaning import Fusion, Nudged, files_of
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.engine.meanings import Meanings, pack_meaning
from kandinsky_desktop.engine.old_facts import decoder_for
from kandinsky_desktop.engine.studio import Studio
from kandinsky_desktop.store import fingerprints, ingredients

log = logging.getLogger(__name__)


def keep(request: Paint, studio: Studio, folder: Path) -> None:
    """Keep the ingredients of a fusion, or a series of them, that was painted just now.

    Their points are in the caches, so that no network runs for it. A picture is not lost for what
    cannot be kept here: the log says so.
    """
    fused = [request.meaning_of(index) for index in range(request.count)]
    every = (one for fusion in fused if isinstance(fusion, Fusion) for one in fusion.ingredients)
    sources = dict.fromkeys(one.source for one in every if one.weight and files_of(one.source))
    if not sources:
        return
    meanings = Meanings(studio)
    model = studio.facts.fingerprint(decoder_for(request, studio.facts))
    for source in sources:
        (file,) = files_of(source)
        for index in range(request.count if isinstance(source, Nudged) else 1):
            try:
                key = ingredients.key(source, fingerprints.of_file(file), model, request, index)
                if ingredients.find(folder, key) is None:
                    point = meanings.of(source, request.idea_seed_of(index), index)
                    ingredients.keep(folder, key, file, pack_meaning(point))
            except (KandinskyError, OSError) as error:
                log.warning("what %s means is not kept: %s", file, error)
