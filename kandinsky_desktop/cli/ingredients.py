"""What a person types for a meaning: `cat.png:0.6`, `"oil painting":0.4`, `text:cat.png`.

A weight is a number after the last colon. Where words end in a number, as `wide picture 16:9` do, a
whole number is no weight unless it says so: `16:9:1` are the words at weight 1, `16:9.0` has weight
9. A file that is there is a file; what ends like a picture or has a path separator is one too, and
must exist; everything else is words. `text:`, `file:` and `meaning:` in front force it, the last
one for the meaning that travels in a picture of ours.
"""

import os
import re
from math import isfinite
from pathlib import Path

from kandinsky_desktop.cli.saying import Remark
from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Prompt,
    Source,
)
from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.picture_kinds import PICTURE_ENDINGS, SAVED_MEANING
from kandinsky_desktop.store import pictures as store

FORCED = ("text", "file", "meaning")
MOST_NAMED = 5  # files of a folder that are passed over
WEIGHT = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf)", re.I | re.A)


def ingredient(typed: str) -> Ingredient:
    """Read one part of a fusion. Raises InvalidRequest or Unreadable."""
    said, colon, last = typed.rpartition(":")
    if not colon or not WEIGHT.fullmatch(last.strip()) or _is_there(typed):
        if colon and _is_there(said) and not _is_there(typed):
            raise InvalidRequest(
                _(
                    "{last!r} is no weight of {file}: write {file}:0.5, say, or text:{typed} if all"
                    " of it is words."
                ).format(last=last[:40], file=said, typed=typed[:80])
            )
        return Ingredient(source(typed))
    if _reads_two_ways(said, last.strip()):
        short = typed.strip()[:80]
        raise InvalidRequest(
            _(
                "{typed!r} can be read in two ways: write “{typed}:1” if all of it is words, or"
                " “{typed}.0” if {last} is a weight."
            ).format(typed=short, last=last.strip())
        )
    weight = float(last.strip().replace(",", "."))
    if not isfinite(weight):
        raise InvalidRequest(
            _("{typed!r}: a weight must be a finite number.").format(typed=typed[:80])
        )
    return Ingredient(source(said), weight)


def source(typed: str) -> Source:
    """Read words, a picture or a saved meaning, without a weight."""
    kind, colon, rest = typed.partition(":")
    match kind.strip() if colon else "":
        case "text":
            return _words(rest, typed)
        case "file":
            return _file(rest, typed)
        case "meaning":
            return ImageEmbedding(existing(rest))
        case _:
            if _is_there(typed) or looks_like_a_file(typed):
                return _file(typed, typed)
            return _words(typed, typed)


def pictured(typed: str) -> Source:
    """Read what must be a file under any name, unless `text:` in front says that it is words."""
    found = source(typed)
    return _file(typed, typed) if found == Prompt(typed) else found


def looks_like_a_file(typed: str) -> bool:
    """Whether it ends like a picture or a saved meaning, or has a path separator."""
    separators = {"/", os.sep, os.altsep or "/"}
    endings = (*PICTURE_ENDINGS, *SAVED_MEANING.endings)
    return typed.lower().endswith(endings) or any(one in typed for one in separators)


def _is_there(typed: str) -> bool:
    return bool(typed) and os.path.isfile(typed_path(typed))  # of any length


def existing(typed: str) -> Path:
    """Return the whole path of a file that is there. Raises Unreadable."""
    path = typed_path(typed)
    if not _is_there(typed):
        raise Unreadable(_("There is no file {path}.").format(path=path))
    return path.absolute()


def pictures(typed: str, remark: Remark) -> list[Path]:
    """Return a picture or, of a folder, each one in it by their names. Raises Unreadable.

    What else is in the folder is remarked on, but for hidden files.
    """
    folder = typed_path(typed)
    if not os.path.isdir(folder):
        return [existing(typed)]
    try:
        every = sorted(path.absolute() for path in folder.iterdir() if path.name[0] != ".")
        found = [path for path in every if _is_picture(path)]
    except OSError as error:
        raise Unreadable(
            _("{folder} cannot be looked through: {reason}.").format(
                folder=folder, reason=error.strerror or error
            )
        ) from error
    if not found:
        raise Unreadable(_("There is no picture in {folder}.").format(folder=folder))
    taken = set(found)
    others = [path.name + os.sep * path.is_dir() for path in every if path not in taken]
    if others:
        named = ", ".join(others[:MOST_NAMED])
        more = len(others) - MOST_NAMED
        if more > 0:
            named = _("{names} and {n} more").format(names=named, n=more)
        remark(_("Passed over in {folder}: {names}.").format(folder=folder, names=named))
    return found


def _reads_two_ways(said: str, last: str) -> bool:
    """Whether a whole number may belong to the words before it: a ratio, a time, a verse."""
    kind, colon, rest = said.partition(":")
    forced = kind.strip() if colon else ""
    words = rest if forced in FORCED else said
    if forced in ("file", "meaning") or looks_like_a_file(words) or _is_there(words):
        return False
    before = words.rstrip()
    if not (last.isdigit() and before[-1:].isdigit()):
        return False
    _earlier, colon, number = before.rpartition(":")
    return not (colon and WEIGHT.fullmatch(number.strip()))


def _is_picture(path: Path) -> bool:
    """Whether a file is a picture, or called like one: a damaged one is not passed over."""
    if not path.is_file():
        return False
    try:
        store.check_picture(path)
    except Unreadable:
        return path.name.lower().endswith(PICTURE_ENDINGS)
    return True


def _file(typed: str, whole: str) -> Source:
    try:
        found = _source_in(existing(typed))
    except Unreadable as error:
        if typed != whole:
            raise
        hint = _("If words are meant, write text:{typed}").format(typed=typed[:80])
        raise Unreadable(f"{error} {hint}") from error
    return found


def _source_in(path: Path) -> Source:
    """Return what is in a file: a saved meaning or a picture. Raises Unreadable."""
    try:
        if store.kind_of(path) is SAVED_MEANING:
            return ImageEmbedding(path)
    except OSError:
        pass  # the check says why
    store.check_picture(path)
    return ImagePrompt(path)


def _words(typed: str, whole: str) -> Prompt:
    if not typed.strip():
        raise InvalidRequest(
            _("{typed!r} says nothing: name a picture, or type words.").format(typed=whole[:80])
        )
    return Prompt(typed)
