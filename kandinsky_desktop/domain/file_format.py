"""The format number with which each JSON begins that a later version may have to read.

A record, a request, a board and a saved session begin with `"format": 1`. A file with another
number, or with none, is never guessed at: reading it raises OtherFormat, one sentence for a person.
"""

import json
from typing import Any

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import OtherFormat
from kandinsky_desktop.domain.i18n import _

FORMAT = 1
KEY = "format"


def with_format(plain: dict[str, Any]) -> dict[str, Any]:
    """Return plain JSON with the format as its first key."""
    return {KEY: FORMAT, **plain}


def without_format(plain: Any, name: str) -> Any:
    """Return plain JSON without its format. Raises OtherFormat with a sentence that says `name`.

    What is no object has no format either; it is returned for the reader to refuse.
    """
    if not isinstance(plain, dict):
        return plain
    content = dict(plain)
    theirs = content.pop(KEY, None)
    if type(theirs) is not int or theirs != FORMAT:
        raise OtherFormat(_sentence(theirs, name))
    return content


def encode(value: Any) -> dict[str, Any]:
    """Return a value without bytes in it as plain JSON that begins with the format."""
    return with_format(to_plain(value, bytearray()))


def decode(kind: Any, plain: Any, name: str, at: str = "") -> Any:
    """Build a value of `kind`. Raises OtherFormat, Garbled or what the value itself refuses.

    `name` is what the whole is called, `at` the path of this value in it.
    """
    return from_plain(kind, without_format(plain, name), at=at)


def _sentence(theirs: Any, name: str) -> str:
    newer = type(theirs) is int and theirs > FORMAT
    words = (
        _(
            "{name} was written by another version of Kandinsky Desktop ({theirs}); this one reads"
            ' "format": {ours}. Update Kandinsky Desktop to read it.'
        )
        if newer
        else _(
            "{name} was written by another version of Kandinsky Desktop ({theirs}); this one reads"
            ' "format": {ours}. Only that version can read it.'
        )
    )
    there = _("without a format") if theirs is None else f'"{KEY}": {json.dumps(theirs):.40}'
    return words.format(name=name, theirs=there, ours=FORMAT)
