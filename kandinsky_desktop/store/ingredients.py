"""Ingredients of fusions, which outlast their files: a small sight of each, its meaning inside.

They lie here, by content, and not inside the fused pictures: who gives such a picture away does not
give away with it small sights of what it was made of; a picture made again stays the same file;
and what goes into many fusions lies here once. Each is a PNG that carries its point as our own
pictures do, so that it is a saved meaning like any other.
"""

import json
import logging
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.meaning import Picture, Source, files_of
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store import fingerprints, pictures, whole
from kandinsky_desktop.store.thumbnails import SIDE

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

BLANK = (64, 64)  # pixels of the sight of a meaning that is no picture


def key(source: Source, content: str, fingerprint: str, request: Paint, index: int) -> str:
    """Return what an ingredient's point is known by.

    That is the content of its file and the prior's part of the model's fingerprint; where words led
    it, those too and how the prior ran.
    """
    parts: list[object] = [content, fingerprint.partition("-")[0]]
    if isinstance(source, Picture) and source.led:
        plain = to_plain(source, bytearray())
        del plain["path"]
        sampling = request.sampling
        parts += [plain, sampling.prior_steps, sampling.prior_guidance, request.idea_seed_of(index)]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def find(folder: Path, key: str) -> Path | None:
    """Return the picture that is kept of an ingredient. Its name is that of the file it was."""
    return next(iter(sorted(_home(folder, key).glob("*.png"))), None)


def keep(folder: Path, key: str, file: Path, meaning: bytes) -> None:
    """Keep an ingredient: what it meant, packed, and a small sight of its file. Raises OSError."""
    if find(folder, key) is None:
        path = _home(folder, key) / f"{file.stem}.png"
        whole.replace(path, pictures.carrying(_sight(file), meaning))


def instead(
    folder: Path, source: Source, content: str, fingerprint: str, request: Paint, index: int
) -> Path | None:
    """Return what is kept of an ingredient whose file is gone or holds something else by now.

    None if its file is as it was, or nothing is kept of it.
    """
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
    except Unreadable:  # a meaning in a file of its own
        return Image.new("RGB", BLANK, "grey")
    small.thumbnail((SIDE, SIDE))
    return small
