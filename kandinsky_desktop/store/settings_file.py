"""The settings file, as JSON; bad values, unknown names and damaged files are tolerated."""

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.codec import from_plain
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store import atomic_file, json_files

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """The settings, and what in their file was invalid."""

    settings: Settings
    aside: bool = False  # the file was no JSON, and is `settings.json.bad` now
    odd: tuple[str, ...] = ()  # names of settings with a bad value
    unread: str = ""  # why the file cannot be read; it lies where it did


def load(path: Path) -> Settings:
    """Read the settings; what is wrong with the file is only logged."""
    return read(path).settings


def read(path: Path) -> Read:
    """Read the settings. Each bad value falls back to its default, with a line in the log.

    A file that is no JSON at all is set aside as `settings.json.bad`, so that nothing is lost.
    """
    try:
        plain = json_files.read(path, errors="surrogateescape")
    except FileNotFoundError:
        return Read(Settings())
    except OSError as error:
        log.warning("the settings file cannot be read: %s", error)
        return Read(Settings(), unread=error.strerror or str(error))
    except (ValueError, RecursionError) as error:
        log.warning("the settings file is no JSON and is set aside: %s", error)
        return Read(Settings(), aside=_set_aside(path))
    if not isinstance(plain, dict):
        log.warning("the settings file holds no settings and is set aside")
        return Read(Settings(), aside=_set_aside(path))
    return _settings(plain)


def save(path: Path, settings: Settings) -> None:
    """Write the settings. Raises OSError.

    What lies there and cannot be read is set aside first: it may hold all that was ever set.
    """
    try:
        with path.open("rb") as there:
            there.read(1)
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("the settings file is set aside, since it cannot be read: %s", error)
        _set_aside(path)
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    atomic_file.write(path, text.encode(errors="surrogateescape"))  # a folder may hold any bytes


def _settings(plain: dict[str, Any]) -> Read:
    good: dict[str, Any] = {}
    odd: list[str] = []
    default = Settings()
    known = {f.name for f in fields(Settings)}
    for name, value in plain.items():
        if name not in known:
            log.warning("the settings file has an unknown name: %.40s", name)
            continue
        try:
            good[name] = from_plain(type(getattr(default, name)), value, at=name)
            Settings(**{name: good[name]})
        except KandinskyError as error:
            log.warning("a bad setting: %s The default of %s is taken.", error, name)
            good.pop(name, None)
            odd.append(name)
    return Read(Settings(**good), odd=tuple(odd))


def _set_aside(path: Path) -> bool:
    try:
        atomic_file.set_aside(path, "bad")
    except OSError as error:
        log.warning("the settings file cannot be set aside: %s", error)
        return False
    return True
