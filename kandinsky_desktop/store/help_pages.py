"""The pages of help that ship with the program: Markdown files, read in the window and elsewhere.

A heading is led to by its words, as GitHub does it: `troubleshooting.md#no-model-was-found`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kandinsky_desktop.store import places

NAMES = ("install.md", "remove.md", "troubleshooting.md")  # in the order in which they are shown
TROUBLE = "troubleshooting.md"
HEADING = re.compile(r"^(#+) (.+?)\s*$", re.MULTILINE)


class Trouble(StrEnum):
    """What the doctor finds amiss, by the heading of the section that says what to do."""

    ENGINE = "torch cannot be imported"
    LIBRARY = "A library is missing"
    NO_MODEL = "No model was found"
    MODEL = "A model, or a part of one, is not taken"
    NEWER_DATA = "Your data was written by a newer version"
    NO_ROOM = "The disk is nearly full"
    NOT_WRITABLE = "A folder cannot be written"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the name of its file, what it is called, and its Markdown."""

    name: str
    title: str
    text: str


def folder() -> Path:
    """Return the folder of the pages."""
    return places.resources() / "help"


def pages() -> tuple[Page, ...]:
    """Read all pages. Raises OSError where one is not here."""
    found = []
    for name in NAMES:
        text = (folder() / name).read_text("utf-8")
        found.append(Page(name, headings(text)[0], text))
    return tuple(found)


def headings(text: str) -> list[str]:
    """Return the headings of a page, the first of which is its title."""
    return [found[2] for found in HEADING.finditer(text)]


def anchor(heading: str) -> str:
    """Return by what a link names a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
