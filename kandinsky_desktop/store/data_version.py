"""Which version of the program wrote a data folder, and whether this one can read it.

The data folder says so in `version.json`. Its number goes up when an older version would lose
something that a newer one wrote; single files have formats of their own (`domain.file_format`).
"""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, json_files

log = logging.getLogger(__name__)

DATA = 1  # the number of what this version writes


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a data folder last."""

    data: int
    program: str  # its version


def last_writer(file: Path) -> Writer | None:
    """Return who wrote the folder of a file; None: nobody yet, or the file cannot be read."""
    try:
        plain = json_files.read(file)
        return Writer(int(plain["data"]), str(plain["program"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("%s cannot be read: %s", file, error)
        return None


def refusal(file: Path) -> str:
    """Return why this version leaves a data folder alone; empty if it can use it."""
    writer = last_writer(file)
    if writer is None or writer.data <= DATA:
        return ""
    return _(
        "Your data in {folder} was written by Kandinsky Desktop {newer}. This is {ours}, which"
        " cannot read all of it, and so leaves it as it is. Start the newer version, or name"
        " another folder with KANDINSKY_HOME."
    ).format(folder=file.parent, newer=writer.program, ours=__version__)


def sign(file: Path) -> None:
    """Say that this version writes the folder from now on. Where that fails, it is logged."""
    if last_writer(file) == Writer(DATA, __version__):
        return
    plain = json.dumps({"data": DATA, "program": __version__}) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic_file.write(file, plain.encode())
    except OSError as error:
        log.warning("%s cannot be written: %s", file, error)
