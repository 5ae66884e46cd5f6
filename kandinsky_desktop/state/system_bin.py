"""The system's own bin, in place of our trash: it takes files, and may say where they lie."""

import os
import time
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths

from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.errors import TrashFailed
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store.trash import Doomed, Trashed, changed_outside, version_of


def put(doomed: Doomed) -> Trashed | None:
    """Move a picture into the bin. None: nobody says where it lies there. For any thread.

    Raises TrashFailed with a sentence; then it is where it was.
    """
    path = doomed.path
    try:
        version = version_of(path)
    except OSError as error:
        words = _("“{name}” is not there any more: it was moved, renamed or deleted elsewhere.")
        raise TrashFailed(words.format(name=short_name(path))) from error
    if doomed.seen and version != doomed.seen:
        raise TrashFailed(changed_outside(path))
    with suppress(OSError):  # Qt makes the bin, but not the folder that it lies in
        usual = QStandardPaths.StandardLocation.GenericDataLocation
        Path(QStandardPaths.writableLocation(usual)).mkdir(parents=True, exist_ok=True)
    file = QFile(str(path))
    if not file.moveToTrash():
        words = _(
            "The system's bin does not take “{name}” ({reason}), so it stays where it is. In"
            " Settings you can choose our own trash."
        )
        raise TrashFailed(words.format(name=short_name(path), reason=file.errorString()))
    place = Path(file.fileName())
    known = bool(file.fileName()) and place != path and os.path.lexists(place)
    return Trashed(place, path, doomed.content, time.time_ns() // 1000) if known else None


def forget(trashed: Trashed) -> None:
    """Take a picture that was put back off the bin's list, where that is a file beside it."""
    if trashed.path.parent.name == "files":  # as freedesktop.org's bin has it
        about = trashed.path.parent.parent / "info" / f"{trashed.path.name}.trashinfo"
        with suppress(OSError):
            about.unlink()


def unknown(path: Path) -> str:
    """Say that a picture can only be put back by the system."""
    words = _("“{name}” lies in the system's bin: put it back there.")
    return words.format(name=short_name(path))
