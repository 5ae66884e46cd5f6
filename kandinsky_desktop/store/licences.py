"""The licences of the libraries that this program stands on, and of what it was made with.

A distribution's own metadata and texts say it, in a checkout, a wheel and a bundle alike; what has
none is said by `resources/licences`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from kandinsky_desktop.store import places

OURS = "kandinsky-desktop"
TEXTS = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
NO_TEXT = (".py", ".pyc", ".json")
CLASSIFIERS = {  # as they are said where no expression is
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
}
WORDS = {  # as some say it in the old field
    "Apache": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
}
MISSING = {  # texts that their wheels do not carry
    "pyside6-essentials": ("QT.txt", "LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("QT.txt", "LGPL-3.0.txt", "GPL-3.0.txt"),
    "tokenizers": ("Apache-2.0.txt",),
}
BUNDLED = "bundled.json"  # what a bundle has besides: written when it is built


@dataclass(frozen=True, slots=True)
class Licence:
    """A library, and what it may be used under."""

    name: str
    version: str
    expression: str  # SPDX


def third_party() -> tuple[Licence, ...]:
    """Return what the program needs and what is here of it, by name. Takes some 30 ms."""
    found = [_licence(one) for one in needed()]
    found += [Licence(one["name"], one["version"], one["licence"]) for one in _bundled()]
    return tuple(sorted(found, key=lambda one: one.name.lower()))


def own() -> Licence:
    """Return the program itself."""
    from kandinsky_desktop import __version__

    return Licence("Kandinsky Desktop", __version__, "Apache-2.0")


def texts(licence: Licence) -> tuple[str, ...]:
    """Return the texts of a licence, and the notices that come with it."""
    if licence == own():
        return (*_carried(OURS), *_shipped(("Apache-2.0.txt",) if not _carried(OURS) else ()))
    for one in _bundled():
        if one["name"] == licence.name:
            return _shipped(tuple(one["texts"]))
    return _carried(licence.name) or _shipped(MISSING.get(normal(licence.name), ()))


def expression_of(about: metadata.PackageMetadata) -> str:
    """Return the SPDX expression that a distribution's metadata says, as well as it can be read."""
    said = about.get_all("License-Expression")
    if said:
        return str(said[0])
    for line in about.get_all("Classifier") or ():
        if line.startswith("License :: "):
            last = line.rsplit(" :: ", 1)[-1]
            if last in CLASSIFIERS:
                return CLASSIFIERS[last]
    words = (about.get_all("License") or [""])[0].strip()
    return WORDS.get(words, words.splitlines()[0] if words else "")


def normal(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> Iterator[metadata.Distribution]:
    """Give all distributions that the program needs and that are here, each once, without ours."""
    names, known = [OURS], set[str]()
    while names:
        name = normal(names.pop())
        if name in known:
            continue
        known.add(name)
        if not _is_here(name):
            continue
        one = metadata.distribution(name)
        if name != OURS:
            yield one
        for line in one.requires or ():
            if "extra ==" not in line:
                names.append(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])


def _is_here(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _licence(one: metadata.Distribution) -> Licence:
    return Licence(one.metadata["Name"], one.version, expression_of(one.metadata))


def _carried(name: str) -> tuple[str, ...]:
    """Return the texts that a distribution carries beside its metadata."""
    if not _is_here(name):
        return ()
    one = metadata.distribution(name)
    files = [
        file
        for file in one.files or ()
        if ".dist-info" in str(file) and TEXTS.search(file.name) and file.suffix not in NO_TEXT
    ]
    read = (Path(str(one.locate_file(file))) for file in sorted(files, key=str))
    return tuple(path.read_text("utf-8", "replace") for path in read if path.is_file())


def _shipped(names: tuple[str, ...]) -> tuple[str, ...]:
    folder = places.resources() / "licences"
    return tuple((folder / name).read_text("utf-8") for name in names)


def _bundled() -> list[dict[str, Any]]:
    file = places.resources() / "licences" / BUNDLED
    said: list[dict[str, Any]] = json.loads(file.read_text("utf-8")) if file.is_file() else []
    return said
