"""What a bundle holds besides Python packages: of which version it is, and its licence's text."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from artefacts import facts

DEBIAN = {
    "libffi": "libffi8",
    "XZ Utils (liblzma)": "liblzma5",
    "bzip2": "libbz2-1.0",
    "libuuid": "libuuid1",
    "xcb-util-cursor": "libxcb-cursor0",
    "xcb-util-wm": "libxcb-icccm4",
    "xcb-util-image": "libxcb-image0",
    "xcb-util-keysyms": "libxcb-keysyms1",
    "xcb-util-renderutil": "libxcb-render-util0",
    "xcb-util": "libxcb-util1",
    "OpenSSL": "libssl3",
    "zlib": "zlib1g",
    "Expat": "libexpat1",
    "SQLite": "libsqlite3-0",
}
TEXTS = facts.ROOT / "packaging" / "licences"


def tell_app(bundle: Path) -> None:
    """Lay what was written into a bundle since into the app too, which macOS' is made of before."""
    texts = Path("kandinsky_desktop", "resources", "licences")
    for place in bundle.parent.glob(f"*.app/Contents/*/{texts.as_posix()}"):
        resources = place.parents[2]
        if resources.joinpath(texts.parts[0]).is_symlink():
            continue
        shutil.copytree(bundle / "_internal" / texts, place, dirs_exist_ok=True)
        shutil.copyfile(bundle / "sbom.cdx.json", resources / "sbom.cdx.json")


def version(name: str) -> str:
    """Return the version of a library of the machine that builds; empty if nobody says it."""
    import sqlite3
    import ssl
    import zlib
    from pyexpat import EXPAT_VERSION

    known = {
        "Python": sys.version.split()[0],
        "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
        "SQLite": sqlite3.sqlite_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "Expat": EXPAT_VERSION.removeprefix("expat_"),
    }
    return known.get(name) or _debian_version(name)


def _debian_version(name: str) -> str:
    package = DEBIAN.get(name, "")
    if not package or not shutil.which("dpkg-query"):
        return ""
    asked = ["dpkg-query", "-W", "-f", "${Version}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def licence(name: str, usual: str, version: str) -> str:
    """Return under what a library may be used in a version: `usual` is that of today's."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if name == "XZ Utils (liblzma)" and found and (int(found[1]), int(found[2])) < (5, 6):
        return "LicenseRef-public-domain"
    return usual


def text_of(name: str) -> str:
    """Return the licence of a library of the machine that builds. Raises SystemExit without one."""
    system = str(sys.platform)
    if name == "Python" or system == "win32":  # there its text has those of all it brings
        places = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"]
        places.append(Path(sys.base_prefix) / "LICENSE.txt")
    else:
        places = [Path("/usr/share/doc") / DEBIAN.get(name, name) / "copyright"]
        if system == "darwin":  # which keeps none: as their makers publish them
            places = [TEXTS / f"{name}.txt"]
        if name == "OpenSSL" and system == "darwin":
            places = [facts.ROOT / "resources" / "licences" / "Apache-2.0.txt"]
    for path in places:
        if path.is_file():
            return path.read_text("utf-8", "replace")
    if system == "linux":
        raise SystemExit(f"the licence of {name} is in none of {', '.join(map(str, places))}")
    return f"{name}: see its makers' page for its licence.\n"
