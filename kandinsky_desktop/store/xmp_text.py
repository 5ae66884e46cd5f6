"""What XMP says, in a picture or in a file beside it: by search alone.

A parser of XML would follow what a hostile file defines. Each search goes through the text once.
"""

import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from html import unescape
from pathlib import Path
from unicodedata import normalize

from kandinsky_desktop.store import atomic_file

SIDECAR = ".xmp"
LARGEST = 1_000_000  # characters
MOST_SUBJECTS = 200
LONGEST_SUBJECT = 200  # characters
RATING = re.compile(r"""\bxmp:Rating(?:\s*=\s*["']|\s*>\s*)(-?\d)(?:\.0*)?\s*["'<]""")
ITEM = re.compile(r"<rdf:li\b[^<>]{0,200}>([^<]{0,1000})</rdf:li>")
BAG = "dc:subject"


def read(path: Path) -> str:
    """Return what an XMP file says; nothing, if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def sidecar_paths(path: str) -> tuple[str, str]:
    """Return where the XMP file of a picture may lie, the more telling first."""
    return path + SIDECAR, os.path.splitext(path)[0] + SIDECAR


def follow(old: Path, new: Path) -> None:
    """Let the XMP files of a picture follow it to another name in its folder. Raises OSError.

    One that others of that name share, such as a raw picture, stays theirs too. What lies under the
    new name already stays as it is.
    """
    named, plain = zip(sidecar_paths(str(old)), sidecar_paths(str(new)), strict=True)
    _move(*named)
    if plain[0] == plain[1] or not os.path.lexists(plain[0]):
        return
    if not any(one.stem == old.stem and one != Path(plain[0]) for one in old.parent.iterdir()):
        _move(*plain)
    else:
        with suppress(FileExistsError):
            atomic_file.write_new(Path(plain[1]), Path(plain[0]).read_bytes())


def remove_beside(path: Path, names: Iterable[str], *, before_us: int) -> None:
    """Delete the XMP files of a picture that is gone, but not those of another of these names.

    `names` are those of its folder; XMP files that changed later than `before_us` stay.
    """
    others = {_plain(name) for name in names}
    named, plain = map(Path, sidecar_paths(str(path)))
    others_of_stem = {os.path.splitext(name)[0] for name in others - {_plain(plain.name)}}
    for sidecar, is_shared in (
        (named, _plain(path.name) in others),
        (plain, _plain(path.stem) in others_of_stem),
    ):
        with suppress(OSError):
            about = sidecar.lstat()
            if (
                not is_shared
                and stat.S_ISREG(about.st_mode)
                and about.st_mtime_ns < before_us * 1000
            ):
                sidecar.unlink()


def _plain(name: str) -> str:
    """Return what the same name is to a disk that tells neither letters nor accents apart."""
    return normalize("NFC", name).casefold()


def _move(old: str, new: str) -> None:
    if not os.path.lexists(old):
        return
    if os.path.lexists(new) and os.path.samefile(old, new):  # in other letters alone
        os.rename(old, new)
    elif atomic_file.claim(Path(old), Path(new)) or _is_same(old, new):
        Path(old).unlink(missing_ok=True)


def _is_same(old: str, new: str) -> bool:
    return Path(old).read_bytes() == Path(new).read_bytes()


def rating(xmp: str) -> int | None:
    """Return the stars, 0 to 5; None if it does not say, or says that it was rejected."""
    found = RATING.search(xmp[:LARGEST])
    stars = int(found[1]) if found else -1
    return stars if 0 <= stars <= 5 else None


def subjects(xmp: str) -> tuple[str, ...]:
    """Return the keywords, each once."""
    start = xmp.find(f"<{BAG}", 0, LARGEST)
    end = xmp.find(f"</{BAG}>", start, LARGEST) if start >= 0 else -1
    if end < 0:
        return ()
    found: dict[str, None] = {}
    for item in ITEM.finditer(xmp, start, end):
        text = " ".join(unescape(item[1]).split())
        text = "".join(one for one in text if one.isprintable())[:LONGEST_SUBJECT]
        if text and len(found) < MOST_SUBJECTS:
            found[text] = None
    return tuple(found)


def prop(xmp: str, name: str) -> str:
    """Return a property: as an element, the first of several, or an attribute.

    By search alone, in one go: a parser of XML would follow what a hostile file defines.
    """
    for opening, closing in ((f"<{name}", f"</{name}>"), (f'{name}="', '"')):
        start = xmp.find(opening)
        if start < 0:
            continue
        start += len(opening)
        end = xmp.find(closing, start)
        if end < 0:
            continue
        value = xmp[start:end]
        if closing != '"':
            value = value.partition(">")[2]
            item = value.find("<rdf:li")
            if item >= 0:
                value = value[item:].partition(">")[2].partition("</rdf:li>")[0]
        return unescape(value).strip()
    return ""
