"""Boards on disk: those with a name, and those that fused pictures came from, by the content."""

import json
import logging
from hashlib import sha256
from pathlib import Path

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.store import fingerprints, whole

log = logging.getLogger(__name__)


def named(folder: Path) -> list[Board]:
    """Return all boards with a name. One that cannot be read is left out, and the log says so."""
    boards = (_read(file) for file in sorted(folder.glob("*.json")))
    return [board for board in boards if board is not None and board.name]


def save(folder: Path, board: Board) -> None:
    """Write a board under its name, in place of one of that name. Raises OSError."""
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
    """Return the file of a name, whatever letters it has; the name itself is in the file."""
    return folder / f"{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.json"


def _beside(folder: Path, picture: Path) -> Path:
    content = fingerprints.of_file(picture)
    return folder / "pictures" / content[:2] / f"{content}.json"


def _read(file: Path) -> Board | None:
    try:
        board: Board = from_plain(Board, json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, KandinskyError) as error:
        log.warning("the board in %s cannot be read: %s", file, error)
        return None
    return board


def _write(file: Path, board: Board) -> None:
    whole.replace(file, json.dumps(to_plain(board, bytearray()), indent=1).encode())
