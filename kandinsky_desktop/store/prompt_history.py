"""The words that were painted, newest first, on disk: for the person alone, and never sent."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, json_files

log = logging.getLogger(__name__)

MOST = 500  # prompts, those with a star apart
MOST_STARRED = 500
MOST_LETTERS = 500_000  # of all without a star


@dataclass(frozen=True, slots=True)
class PastPrompt:
    """Words that were painted, and whether they have a star."""

    text: str
    star: bool = False


def load(path: Path) -> tuple[PastPrompt, ...]:
    """Read the history; what is damaged is set aside. Raises OSError, or OtherFormat, a sentence.

    A file of another version stays as it is: whoever saves over it would lose it.
    """
    try:
        plain = without_format(json_files.read(path), _("The history of your words"))
    except FileNotFoundError:
        return ()
    except (ValueError, RecursionError) as error:
        return _set_aside(path, str(error))
    if not isinstance(plain, dict) or not isinstance(plain.get("prompts"), list):
        return _set_aside(path, "it holds no list of prompts")
    return bounded(one for entry in plain["prompts"] for one in _prompt(entry))


def save(path: Path, prompts: Iterable[PastPrompt]) -> None:
    """Write the history atomically. Raises OSError."""
    entries = [
        {"text": one.text, "star": True} if one.star else {"text": one.text} for one in prompts
    ]
    text = json.dumps(with_format({"prompts": entries}), indent=1, ensure_ascii=False)
    atomic_file.write(path, text.encode(errors="surrogateescape"))


def bounded(prompts: Iterable[PastPrompt]) -> tuple[PastPrompt, ...]:
    """Return the newest that are kept, each text once; a star keeps what is older."""
    texts: set[str] = set()
    kept: list[PastPrompt] = []
    plain = starred = letters = 0
    for one in prompts:
        if one.text in texts:
            continue
        if one.star:
            starred += 1
            fits = starred <= MOST_STARRED
        else:
            plain, letters = plain + 1, letters + len(one.text)
            fits = plain <= MOST and letters <= MOST_LETTERS
        if fits:
            texts.add(one.text)
            kept.append(one)
    return tuple(kept)


def _prompt(entry: Any) -> list[PastPrompt]:
    if isinstance(entry, dict) and isinstance(entry.get("text"), str) and entry["text"].strip():
        return [PastPrompt(entry["text"], entry.get("star") is True)]
    log.warning("the history of prompts has an odd entry: %.40r", entry)
    return []


def _set_aside(path: Path, why: str) -> tuple[PastPrompt, ...]:
    log.warning("the history of prompts cannot be read and is set aside: %s", why)
    try:
        atomic_file.set_aside(path, "bad")
    except OSError as error:
        log.warning("it cannot be set aside: %s", error)
    return ()
