"""The embedding of each file of a fusion, kept so that the fusion can be laid out without it."""

import logging
from pathlib import Path

from kandinsky_desktop.domain.conditioning import ImagePrompt, Mix, files_of
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.engine import image_embeddings
from kandinsky_desktop.engine.context import JobContext
from kandinsky_desktop.engine.measuring import embedding_of
from kandinsky_desktop.store import ingredients

log = logging.getLogger(__name__)


def keep(context: JobContext, folder: Path) -> None:
    """Keep the ingredients of a fusion, or a series of them, that was painted just now.

    Their embeddings are in the cache, so that no network runs for it. A picture is not lost for
    what cannot be kept here: the log says so.
    """
    request = context.inputs.request
    fused = [request.conditioning_of(index) for index in range(request.count)]
    every = (one for fusion in fused if isinstance(fusion, Mix) for one in fusion.ingredients)
    sources = dict.fromkeys(one.source for one in every if one.weight and files_of(one.source))
    for source in filter(ingredients.lasts, sources):
        (file,) = files_of(source)
        content = context.inputs.files[file].content
        seeded = isinstance(source, ImagePrompt) and source.led
        for index in range(request.count if seeded else 1):
            try:
                key = ingredients.key(source, content, context.fingerprint, request, index)
                if ingredients.find(folder, key) is None:
                    seed = request.prior_seed_of(index)
                    embedding = embedding_of(source, seed, index, context)
                    assert embedding is not None
                    ingredients.keep(folder, key, file, image_embeddings.pack(embedding))
            except (KandinskyError, OSError) as error:
                log.warning("what %s means is not kept: %s", file, error)
