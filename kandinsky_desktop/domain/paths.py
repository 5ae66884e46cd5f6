"""Paths as people type them, and those within a value."""

import os
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def typed_path(text: str) -> Path:
    """Return the path that was typed, `~` being the person's own folder.

    `~somebody` stays as it is where nobody has that name: `Path.expanduser` raises there.
    """
    return Path(os.path.expanduser(text))


def printable(text: str) -> str:
    """Return a text on one line: what a file's name may hold besides letters becomes �."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def with_file_renamed(value: T, old: Path, new: Path) -> T:
    """Return a request, or a part of one, that is read from a file by its new name."""
    changed: T = with_paths(value, lambda path: new if path == old else path)
    return changed


def with_paths(value: Any, change: Callable[[Path], Path]) -> Any:
    """Return a request, or a part of one, with each path in it changed."""
    match value:
        case Path():
            return change(value)
        case tuple():
            return tuple(with_paths(item, change) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            named = {f.name: with_paths(getattr(value, f.name), change) for f in fields(value)}
            return replace(value, **named)
        case _:
            return value
