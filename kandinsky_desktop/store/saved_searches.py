"""The searches that a person keeps under a name, on disk."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, json_files

log = logging.getLogger(__name__)

MOST = 200


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """What is typed, and what it is called."""

    name: str
    text: str


def load(path: Path) -> tuple[SavedSearch, ...]:
    """Read them; a damaged file is set aside. Raises OSError, or OtherFormat, a sentence."""
    try:
        plain = without_format(json_files.read(path), _("The list of your searches"))
        entries = plain["searches"]
        return tuple(
            SavedSearch(one["name"], one["text"])
            for one in entries[:MOST]
            if isinstance(one["name"], str) and isinstance(one["text"], str)
        )
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("saved searches cannot be read and are set aside: %s", error)
        atomic_file.set_aside(path, "bad")
        return ()


def save(path: Path, searches: Iterable[SavedSearch]) -> None:
    """Write them atomically. Raises OSError."""
    entries = [{"name": one.name, "text": one.text} for one in searches]
    text = json.dumps(with_format({"searches": entries}), indent=1, ensure_ascii=False)
    atomic_file.write(path, text.encode(errors="surrogateescape"))
