"""CLIP similarity per picture, keyed by content hash: a small file each, in the data folder.

Not stored in the pictures, so that a picture painted again is the same file. A renamed picture
keeps its entry; an edited one has none.
"""

import json
import logging
from pathlib import Path

from kandinsky_desktop.store import atomic_file, fingerprints, json_files

log = logging.getLogger(__name__)

Cosines = tuple[float | None, ...]  # one for each ingredient; None: it was no longer available


def read(folder: Path, picture: Path) -> Cosines | None:
    """Return the similarities of a picture, or None if there are none that can be read."""
    try:
        plain = json_files.read(_file_of(folder, picture))
        cosines = plain["cosines"]
        if all(one is None or type(one) in (int, float) for one in cosines):
            return tuple(None if one is None else float(one) for one in cosines)
        raise ValueError("no numbers")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("what was measured of %s cannot be read: %s", picture, error)
        return None


def write(folder: Path, picture: Path, cosines: Cosines) -> None:
    """Store the similarities of a picture. Raises OSError."""
    atomic_file.write(_file_of(folder, picture), json.dumps({"cosines": cosines}).encode())


def _file_of(folder: Path, picture: Path) -> Path:
    content = fingerprints.of_file(picture)
    return folder / content[:2] / f"{content}.json"
