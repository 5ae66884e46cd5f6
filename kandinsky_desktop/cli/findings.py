"""What the doctor finds amiss, each with the section of the help pages that says what to do."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kandinsky_desktop.cli.saying import size
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import data_version, help_pages, places
from kandinsky_desktop.store.help_pages import Trouble

LEAST_FREE = 500_000_000  # bytes of a disk on which pictures and the cache are to lie


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and which section it belongs to."""

    trouble: Trouble
    words: str

    @property
    def section(self) -> str:
        """Where to read on, as a terminal shows it."""
        return _("    see Help, Troubleshooting: {heading}").format(heading=self.trouble.value)

    def as_json(self) -> dict[str, str]:
        """Return it for programs to read."""
        link = f"{help_pages.TROUBLE}#{help_pages.anchor(self.trouble.value)}"
        return {"words": self.words, "help": link}


def of_libraries(versions: dict[str, str | None]) -> list[Finding]:
    """Return which libraries are not here."""
    words = _("{name} is not installed.")
    return [
        Finding(Trouble.LIBRARY, words.format(name=name))
        for name, version in versions.items()
        if version is None
    ]


def of_device(device: dict[str, Any]) -> list[Finding]:
    """Return why nothing can be computed, if so."""
    return [Finding(Trouble.ENGINE, device["problem"])] if "problem" in device else []


def of_models(models: list[dict[str, Any]], problems: list[str]) -> list[Finding]:
    """Return what is amiss with models, and that there is none."""
    found = [Finding(Trouble.MODEL, one) for model in models for one in model["problems"]]
    found += [Finding(Trouble.MODEL, one) for one in problems]
    if not models:
        found.append(Finding(Trouble.NO_MODEL, _("No model was found.")))
    return found


def of_places(written: dict[str, Path]) -> list[Finding]:
    """Return what is amiss with folders that are written to, by what they are for."""
    refusal = data_version.refusal(places.version_file())
    found = [Finding(Trouble.NEWER_DATA, refusal)] if refusal else []
    closed = _("{folder} cannot be written, where {what} are kept.")
    full = _("Only {free} are free on the disk of {folder}, where {what} are kept.")
    for what, folder in written.items():
        there = _nearest(folder)
        if not os.access(there, os.W_OK | os.X_OK):
            words = closed.format(folder=there, what=what)
            found.append(Finding(Trouble.NOT_WRITABLE, words))
        elif (free := shutil.disk_usage(there).free) < LEAST_FREE:
            words = full.format(free=size(free), folder=there, what=what)
            found.append(Finding(Trouble.NO_ROOM, words))
    return found


def _nearest(folder: Path) -> Path:
    """Return a folder, or the one above it that is there already."""
    return next((one for one in (folder, *folder.parents) if os.path.exists(one)), folder)
