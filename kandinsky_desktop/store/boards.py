"""Boards on disk: named ones, and the board of each fused picture, keyed by its content hash."""

import json
import logging
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.errors import KandinskyError, OtherFormat
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, fingerprints, json_files

log = logging.getLogger(__name__)


def named(folder: Path, warn: Callable[[str], object] = log.warning) -> list[Board]:
    """Return all boards with a name. One that cannot be read is left out, and stays as it is.

    `warn` gets a sentence for each: another version of the program wrote it, or it is damaged.
    """
    boards = (_read(file, warn) for file in sorted(folder.glob("*.json")))
    return [board for board in boards if board is not None and board.name]


def save(folder: Path, board: Board) -> None:
    """Write a board under its name, in place of one of that name. Raises OSError.

    A file there that this version cannot read is set aside.
    """
    _write(_file(folder, board.name), board)


def delete(folder: Path, name: str) -> None:
    """Delete the board of that name, if there is one. Raises OSError."""
    _file(folder, name).unlink(missing_ok=True)


def of_picture(folder: Path, picture: Path) -> Board | None:
    """Return the board that a picture was fused from, or None. Raises OSError."""
    return _read(_beside(folder, picture))


def keep_for_picture(folder: Path, picture: Path, board: Board) -> None:
    """Keep the board that a picture was fused from. Raises OSError."""
    _write(_beside(folder, picture), board)


def _file(folder: Path, name: str) -> Path:
    """Return the file for a name: a hash of it, so that any name is possible."""
    return folder / f"{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.json"


def _beside(folder: Path, picture: Path) -> Path:
    content = fingerprints.of_file(picture)
    return folder / "pictures" / content[:2] / f"{content}.json"


def _read(file: Path, warn: Callable[[str], object] = log.warning) -> Board | None:
    try:
        return _parsed(file)
    except FileNotFoundError:
        return None
    except OtherFormat as error:
        warn(str(error))
        return None
    except (OSError, ValueError, RecursionError, KandinskyError) as error:
        log.warning("the board in %s cannot be read: %s", file, error)
        warn(_("A saved board cannot be read; it is left as it is in {file}.").format(file=file))
        return None


def _parsed(file: Path) -> Board:
    """Raises OSError, ValueError, RecursionError and KandinskyError."""
    plain = json_files.read(file)
    name = plain.get("name") if isinstance(plain, dict) else None
    title = _("The board “{name}”").format(name=name) if name and type(name) is str else str(file)
    board: Board = file_format.decode(Board, plain, title)
    return board


def _write(file: Path, board: Board) -> None:
    try:
        _parsed(file)
    except OSError:
        pass  # there is none; or writing will say what is wrong with the disk
    except (ValueError, RecursionError, KandinskyError) as error:
        place = atomic_file.set_aside(
            file, "other-format" if isinstance(error, OtherFormat) else "bad"
        )
        log.warning("a board that cannot be read is set aside as %s: %s", place, error)
    atomic_file.write(file, json.dumps(file_format.encode(board), indent=1).encode())
