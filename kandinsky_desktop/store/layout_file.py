"""Where the window was and how wide its panes were: read before anything else, so it is light."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.store import atomic_file, json_files

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layout:
    """The window's layout."""

    geometry: str = ""  # Qt's own words, in base64
    numbers: tuple[int, ...] = ()  # sizes of panes and states of folds


def load(path: Path) -> Layout:
    """Read the layout; if that fails, return the default one."""
    try:
        plain = json_files.read(path)
        geometry, numbers = plain["geometry"], tuple(plain["numbers"])
    except FileNotFoundError:
        return Layout()
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("the window's layout cannot be read: %s", error)
        return Layout()
    if isinstance(geometry, str) and all(type(number) is int for number in numbers):
        return Layout(geometry, numbers)
    return Layout()


def save(path: Path, layout: Layout) -> None:
    """Write the layout atomically. Raises OSError."""
    plain = {"geometry": layout.geometry, "numbers": list(layout.numbers)}
    atomic_file.write(path, json.dumps(plain).encode())
