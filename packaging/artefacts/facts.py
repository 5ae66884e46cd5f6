"""What every artefact says of the program: its name, its version, its time, its words."""

import os
import platform
import subprocess
import tomllib
from pathlib import Path

from kandinsky_desktop import __version__

ROOT = Path(__file__).resolve().parents[2]
NAME = "kandinsky-desktop"
TITLE = "Kandinsky Desktop"
VERSION = __version__
SUMMARY = "Paint pictures from words and pictures, offline"
LONG = (
    "Type what you want to see, watch the picture grow, keep it. Kandinsky Desktop runs the"
    " Kandinsky 2 image models on your own machine and never goes online.",
    "A small model comes with it, so that you can begin at once; bring the full Kandinsky 2.2 when"
    " you want large, detailed pictures.",
)
# Who publishes sets this one line: a domain of theirs, of letters, digits and dots alone, and keeps
# it, since systems know the program by it. Until then nobody does: .invalid is nobody's (RFC 2606).
DOMAIN = "kandinskydesktop.invalid"
PUBLISHER = f"The Kandinsky Desktop authors <packages@{DOMAIN}>"
BUNDLE_ID = ".".join([*reversed(DOMAIN.split(".")), "app"])
MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def description() -> str:
    """Return the one line that pyproject.toml says."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["description"])


def machine() -> str:
    """Return this machine's architecture as Debian calls it."""
    return MACHINES.get(platform.machine(), platform.machine())


def epoch() -> int:
    """Return the time that all files of an artefact get: SOURCE_DATE_EPOCH, or the commit's."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if said:
        return int(said)
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(asked.stdout or 0) or 1_700_000_000  # an unpacked source archive has no commit


def commit() -> str:
    """Return the commit that is built, or nothing where there is none."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
