"""What the process that converts a model's original files tells its parent, framed as domain.wire.

It is given both folders when it is started, and is stopped by ending it: what it wrote stays, and
the next one for the same folders goes on there.
"""

from dataclasses import dataclass
from pathlib import Path

MARK = ".converting"  # in the folder that is written, until all is there: names the original one


@dataclass(frozen=True, slots=True)
class Converting:
    """How far it is."""

    place: str  # the part that is written, below the new folder
    done_bytes: int
    whole_bytes: int


@dataclass(frozen=True, slots=True)
class Converted:
    """The new folder holds a whole model."""

    folder: Path
    version: str  # of Kandinsky, as "2.1"; empty: pickles in diffusers' layout were converted


@dataclass(frozen=True, slots=True)
class NotConverted:
    """Why it cannot be done, as a sentence."""

    sentence: str


ConversionEvent = Converting | Converted | NotConverted
