"""Copies of the ingredients of fusions, so that a fusion can be repeated without their files.

A copy is a thumbnail as PNG with the image embedding stored in it, as in our own pictures. Copies
are keyed by content and not stored in the fused pictures: sharing such a picture does not share
thumbnails of its ingredients, painting it again gives the same file, and an ingredient of many
fusions is stored once.
"""

import json
import logging
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.conditioning import ImagePrompt, Source, files_of
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store import atomic_file, fingerprints, pictures
from kandinsky_desktop.store.thumbnails import SIDE

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

BLANK = (64, 64)  # pixels of the thumbnail of an embedding that is no picture


def key(source: Source, content: str, fingerprint: str, request: Paint, index: int) -> str:
    """Return the key of an ingredient's image embedding.

    It covers the content of the file, the prior's part of the model's fingerprint and, if a prompt
    leads the embedding, the prompt and the prior's settings.
    """
    parts: list[object] = [content, fingerprint.partition("-")[0]]
    if isinstance(source, ImagePrompt) and source.led:
        plain = to_plain(source, bytearray())
        del plain["path"]
        sampling = request.sampling
        parts += [
            plain,
            sampling.prior_steps,
            sampling.prior_guidance,
            request.prior_seed_of(index),
        ]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def lasts(source: Source) -> bool:
    """Whether an ingredient's embedding depends on nothing but what its key covers.

    Without its hole a picture's depends on masks besides.
    """
    return not (isinstance(source, ImagePrompt) and source.without_hole)


def find(folder: Path, key: str) -> Path | None:
    """Return the copy of an ingredient, or None. It has the name of the original file."""
    return next(iter(sorted(_home(folder, key).glob("*.png"))), None)


def keep(folder: Path, key: str, file: Path, embedding: bytes) -> None:
    """Store a copy: a thumbnail of the file with its packed embedding. Raises OSError."""
    if find(folder, key) is None:
        path = _home(folder, key) / f"{file.stem}.png"
        atomic_file.write(path, pictures.carrying(_sight(file), embedding))


def instead(
    folder: Path, source: Source, content: str, fingerprint: str, request: Paint, index: int
) -> Path | None:
    """Return the copy of an ingredient whose file is missing or changed.

    None if the file is unchanged, or if there is no copy.
    """
    if not lasts(source):
        return None
    try:
        if all(fingerprints.of_file(path) == content for path in files_of(source)):
            return None
    except OSError:
        pass  # it is gone
    return find(folder, key(source, content, fingerprint, request, index))


def _home(folder: Path, key: str) -> Path:
    return folder / key[:2] / key


def _sight(file: Path) -> "Image":
    from PIL import Image

    try:
        small = pictures.open_rgb(file)
    except Unreadable:  # an embedding in a file of its own
        return Image.new("RGB", BLANK, "grey")
    small.thumbnail((SIDE, SIDE))
    return small
