"""The settings file: a small JSON that survives bad values, unknown names and being torn."""

import json
import logging
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store import whole

log = logging.getLogger(__name__)


def load(path: Path) -> Settings:
    """Read the settings. Each bad value falls back to its default, with a line in the log.

    A file that is no JSON at all is set aside as `settings.json.bad`, so that nothing is lost.
    """
    try:
        plain = json.loads(path.read_text("utf-8", errors="surrogateescape"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        log.warning("the settings file cannot be read: %s", error)
        return Settings()
    except (ValueError, RecursionError) as error:
        log.warning("the settings file is no JSON and is set aside: %s", error)
        _set_aside(path)
        return Settings()
    if not isinstance(plain, dict):
        log.warning("the settings file holds no settings and is set aside")
        _set_aside(path)
        return Settings()
    return _settings(plain)


def save(path: Path, settings: Settings) -> None:
    """Write the settings. Raises OSError."""
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    whole.replace(path, text.encode(errors="surrogateescape"))  # a folder may hold any bytes


def _settings(plain: dict[str, Any]) -> Settings:
    good: dict[str, Any] = {}
    default = Settings()
    known = {f.name for f in fields(Settings)}
    for name, value in plain.items():
        if name not in known:
            log.warning("the settings file has an unknown name: %.40s", name)
            continue
        if type(value) is not type(getattr(default, name)):
            log.warning("the setting %s cannot be %.40r; the default is taken", name, value)
            continue
        try:
            Settings(**{name: value})
        except InvalidRequest as error:
            log.warning("the setting %s: %s The default is taken.", name, error)
            continue
        good[name] = value
    return Settings(**good)


def _set_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(path.name + ".bad"))
    except OSError as error:
        log.warning("the settings file cannot be set aside: %s", error)
