"""The AppImage runtime, which lies before the squashfs: what it is made of, and its licences.

Which one it is, `packaging/release/appimage.sh` says, by its address and its checksum.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from artefacts import beside_python, facts
from kandinsky_desktop.store import licences

NAME = "AppImage runtime"
PIN = facts.ROOT / "packaging" / "release" / "appimage.sh"
LGPL = "LGPL-2.1.txt"
# of Alpine, whose packages the runtime's own build takes as they are then
ALPINE = (
    ("zstd", "", "BSD-3-Clause", "pkg:apk/alpine/zstd?distro=alpine-3.21"),
    ("zlib", "", "Zlib", "pkg:apk/alpine/zlib?distro=alpine-3.21"),
    ("musl", "", "MIT", "pkg:apk/alpine/musl?distro=alpine-3.21"),
    ("mimalloc", "", "MIT", "pkg:apk/alpine/mimalloc?distro=alpine-3.21"),
)
LINKED = {  # by the runtime's version, what is linked into it: name, version, licence, purl
    "20251108": (
        ("libfuse", "3.15.0", "LGPL-2.1-only", "pkg:github/libfuse/libfuse@fuse-3.15.0"),
        ("squashfuse", "0.5.2", "BSD-2-Clause", "pkg:github/vasi/squashfuse@0.5.2"),
        *ALPINE,
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """The runtime, or a library that is linked into it."""

    name: str
    version: str  # empty: nobody says it
    licence: str  # SPDX
    purl: str
    source: str = ""  # the address of its source
    file: str = ""  # the address of the file itself
    sha256: str = ""  # of that file


def parts() -> tuple[Part, ...]:
    """Return the runtime and all that is in it. Raises SystemExit if nothing says that."""
    said = PIN.read_text("utf-8")
    pin = re.search(r"^runtime=(\S+)/releases/download/([^/]+)/\S+$", said, re.MULTILINE)
    checksum = re.search(r"^wanted=([0-9a-f]{64})$", said, re.MULTILINE)
    if pin is None or checksum is None:
        raise SystemExit(f"{PIN.name} does not say which runtime is taken")
    home, version = pin[1], pin[2]
    if version not in LINKED:
        raise SystemExit(f"{Path(__file__).name} does not say what is in the runtime {version}")
    purl = f"pkg:github/{home.removeprefix('https://github.com/')}@{version}"
    file = pin[0].removeprefix("runtime=")
    own = Part(NAME, version, "MIT", purl, f"{home}/tree/{version}", file, checksum[1])
    return own, *(Part(*linked) for linked in LINKED[version])


def lay_licences(texts: Path) -> None:
    """Lay the runtime's licences into a bundle's, and add it to what About lists."""
    own, *linked = parts()
    fuse = next(part for part in linked if part.name == "libfuse")
    words = (beside_python.TEXTS / f"{NAME}.txt").read_text("utf-8")
    words = words.replace("@SOURCE@", own.source).replace("@FUSE@", fuse.version)
    (texts / f"{NAME}.txt").write_text(words, "utf-8")
    (texts / LGPL).write_text((beside_python.TEXTS / LGPL).read_text("utf-8"), "utf-8")
    listed = texts / licences.BUNDLED
    rows = json.loads(listed.read_text("utf-8"))
    every = " AND ".join(dict.fromkeys(part.licence for part in (own, *linked)))
    row = {"name": NAME, "version": own.version, "licence": every, "texts": [f"{NAME}.txt", LGPL]}
    listed.write_text(json.dumps([*rows, row], indent=1) + "\n", "utf-8")
