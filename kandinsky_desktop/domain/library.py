"""What the library knows of a picture, and what people do with pictures, as plain values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.i18n import N_

STARS = "stars"
TAG = "tag:"
ALBUM = "album:"
MOST_STARS = 5
LONGEST_LABEL = 200  # characters of a tag or an album
CONTENT = re.compile(r"[0-9a-f]{24}")  # store.fingerprints of a file
TIE_BITS = 12  # of a picture's id, below the milliseconds: which of those of one moment

# What a picture was to another. Numbers stand in the index.
INGREDIENT, SOURCE, MASK, DEPTH, NEGATIVE = range(1, 6)

# Why a file is shown as broken: translated where it is shown
EMPTY = N_("The file is empty.")
CUT_OFF = N_("The file is cut off.")
DAMAGED = N_("The file is damaged.")
NO_PICTURE = N_("The file is no picture.")
NOT_READ = N_("Pictures of this kind are not read.")
TOO_LARGE = N_("The picture is too large to be read.")
NOT_ALLOWED = N_("The file must not be read.")
HARMFUL = N_("Reading the file failed twice, so it is left alone.")


def in_64_bits(number: int) -> int:
    """Return a number of a disk as the index holds it, each as another one.

    Some disks number files beyond 2**63, and a time after 2262 is as many nanoseconds.
    """
    return (number + 2**63) % 2**64 - 2**63


@dataclass(slots=True)  # not frozen: that would double the time of making one
class PictureFacts:
    """What the index keeps of one file. What is not known is 0, None or empty."""

    file: str  # its name in its folder
    size: int
    mtime_ns: int
    inode: int
    made_ms: int  # since 1970
    sidecar: int = 0  # when its XMP file was changed, in nanoseconds
    width: int = 0
    height: int = 0
    model: str = ""
    task: str = ""  # "fusion inpainting"
    scheduler: str = ""
    steps: int | None = None
    prior_seed: int | None = None
    seed: int | None = None
    tool: str = ""  # the program that made it, where it was not ours
    prompt: str = ""
    negative: str = ""
    stack: int | None = None  # the same for all pictures of a batch, strip or sheet
    place: int = 0  # in it
    rating: int | None = None  # by XMP
    subjects: tuple[str, ...] = ()  # by XMP
    parents: tuple[tuple[bytes, int], ...] = ()  # contents, and what each was to it
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A picture in the library's order: the newest has the highest id."""

    id: int
    path: Path
    stack: int = 0  # as PictureFacts; 0: it stands alone
    place: int = 0  # in it


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the index: ids of pictures."""

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    altered: tuple[int, ...] = ()  # the same id says something else now

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.removed or self.altered)

    def __add__(self, other: "Change") -> "Change":
        """Return both, one after the other."""
        return Change(
            self.added + other.added, self.removed + other.removed, self.altered + other.altered
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """What an act sets for some contents: stars from 0 to 5, or whether a label is on."""

    key: str  # "stars", "tag:…" or "album:…"
    value: int
    contents: tuple[str, ...]
    at_us: int = field(default=0)

    @property
    def act(self) -> dict[str, Any]:
        """As it stands in the log of acts."""
        value = self.value if self.key == STARS else bool(self.value)
        return {"set": list(self.contents), "key": self.key, "value": value}


def tag_key(tag: str) -> str:
    """Return the key by which a tag is set."""
    return TAG + clean_label(tag)


def album_key(album: str) -> str:
    """Return the key by which a picture is put into an album."""
    return ALBUM + clean_label(album)


def clean_label(text: str) -> str:
    """Return a tag's or an album's name: one line, neither too long nor with odd signs."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[
        :LONGEST_LABEL
    ]


def marks_in(act: dict[str, Any]) -> tuple[Mark, ...]:
    """Return what an act of a log sets, of what is known here: one thing, or several at once."""
    several = act.get("marks", [act])
    marks = (
        mark_in({**one, "at": act.get("at")})
        for one in (several if isinstance(several, list) else ())
        if isinstance(one, dict)
    )
    return tuple(mark for mark in marks if mark is not None)


def act_of(marks: Sequence[Mark]) -> dict[str, Any]:
    """Return marks as they stand in a line of the log: all of them hold, or none."""
    return marks[0].act if len(marks) == 1 else {"marks": [mark.act for mark in marks]}


def mark_in(act: dict[str, Any]) -> Mark | None:
    """Return what an act of a log sets; None if it sets nothing, or nothing that is known here."""
    match act:
        case {"set": list(contents), "key": str(key), "value": int(value), "at": int(at)}:
            pass
        case _:
            return None
    if key == STARS:
        known = 0 <= value <= MOST_STARS and not isinstance(value, bool)
    else:
        known = key.startswith((TAG, ALBUM)) and len(key) <= LONGEST_LABEL + len(ALBUM)
        known = known and key.partition(":")[2] != "" and isinstance(value, bool)
        known = known and key.isprintable()
    if not known or not 0 <= at < 2**63:
        return None
    return Mark(key, int(value), tuple(_contents(contents)), at)


def _contents(listed: Iterable[object]) -> Iterable[str]:
    return (one for one in listed if isinstance(one, str) and CONTENT.fullmatch(one))
