"""The regions that jobs of a canvas are given in place of the whole picture.

A region is two files, its pixels and the mask over them, named by what they hold: so the same
region is written once, and a picture that was painted from it names it for good. They lie in a
folder until nothing names them any more.
"""

import logging
import os
import re
import time
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.store import atomic_file, png_chunks
from kandinsky_desktop.store.pictures import KEY

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

NAME = re.compile(r"region-[0-9a-f]{24}\.png")
SPARED_S = 86_400.0  # a file that nothing names yet may be for a job that is being prepared


def write(image: "Image", folder: Path) -> Path:
    """Write the pixels of a region, or its mask, unless they are there. Raises OSError.

    Its transparency and its profile go with it. For any thread.
    """
    stream = BytesIO()
    profile = image.info.get("icc_profile")
    image.save(stream, "PNG", compress_level=1, icc_profile=profile)
    data = stream.getvalue()
    path = folder / f"region-{sha256(data).hexdigest()[:24]}.png"
    try:
        os.utime(path)  # it is wanted again, so it is spared as a new one is
    except OSError:
        atomic_file.write(path, data)
    return path.absolute()


def named_in(text: str) -> set[str]:
    """Return the names of the region files that a text names: a record, a session, a document.

    Whatever its format: what another version wrote still needs its files.
    """
    return set(NAME.findall(text))


def named_in_pictures(pictures: Iterable[Path]) -> set[str]:
    """Return the names of the region files that pictures of ours were painted from.

    Raises OSError: where a picture cannot be read, nobody knows what it needs.
    """
    return named_in(records_of(pictures))


def records_of(pictures: Iterable[Path]) -> str:
    """Return what pictures of ours say of themselves. Raises OSError."""
    return " ".join(png_chunks.texts(path, (KEY,)).get(KEY, "") for path in pictures)


def old_ones(folder: Path) -> list[Path]:
    """Return the region files that are not spared as those of the last day are."""
    return [path for path in folder.glob("region-*.png") if _is_old(path)]


def forget_others(folder: Path, named: set[str]) -> list[Path]:
    """Delete the region files that nothing names, but for those of the last day; return them."""
    deleted = []
    for path in old_ones(folder):
        if path.name not in named and NAME.fullmatch(path.name):
            try:
                path.unlink()
                deleted.append(path)
            except OSError as error:
                log.warning("a region cannot be deleted: %s", error)
    return deleted


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > SPARED_S
    except OSError:
        return False
