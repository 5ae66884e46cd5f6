"""Our values as JSON and back. Only the types asked for are built; nothing is guessed.

A dataclass says its name: `{"type": "Words", "text": "a cat"}`. Bytes go to a tail, in order, and
leave their size behind: `{"type": "bytes", "size": 5}`.
"""

from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

from kandinsky_desktop.domain.errors import Garbled


def to_plain(value: Any, tail: bytearray) -> Any:
    """Return what `json.dumps` takes; bytes are appended to `tail`."""
    match value:
        case bytes():
            tail += value
            return {"type": "bytes", "size": len(value)}
        case UUID() | Path():
            return str(value)
        case tuple():
            return [to_plain(item, tail) for item in value]
        case _ if is_dataclass(value):
            named = {f.name: to_plain(getattr(value, f.name), tail) for f in fields(value)}
            return {"type": type(value).__name__, **named}
        case _:
            return value


def from_plain(kind: Any, plain: Any, tail: BytesIO | None = None) -> Any:
    """Build a value of the annotated `kind`, or raise Garbled with a sentence that names it."""
    tail = BytesIO() if tail is None else tail
    if isinstance(kind, UnionType):
        kind = _member(kind, plain)
    if is_dataclass(kind):
        return _dataclass(kind, plain, tail)
    if kind is bytes:
        return _bytes(plain, tail)
    if kind in (UUID, Path) and isinstance(plain, str):
        return _from_text(kind, plain)
    if get_origin(kind) is tuple and isinstance(plain, list):
        return _tuple(get_args(kind), plain, tail)
    if get_origin(kind) is Literal and plain in get_args(kind):
        return plain
    if type(plain) is kind:
        return plain
    if kind is float and type(plain) is int and abs(plain) < 2**1023:
        return float(plain)
    raise Garbled(f"{plain!r:.80} is no {_name(kind)}.")


def _tuple(kinds: tuple[Any, ...], plain: list[Any], tail: BytesIO) -> Any:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(from_plain(kinds[0], item, tail) for item in plain)
    if len(kinds) != len(plain):
        raise Garbled(f"{plain!r:.80} has {len(plain)} items, not {len(kinds)}.")
    return tuple(from_plain(kind, item, tail) for kind, item in zip(kinds, plain, strict=True))


def _member(union: UnionType, plain: Any) -> Any:
    name = plain.get("type") if isinstance(plain, dict) else type(plain).__name__
    members = get_args(union)
    for member in members:
        if _name(member) == name or (member is NoneType and plain is None):
            return member
    for member in members:  # a path and an id travel as text, a tuple as a list, 1.0 as 1
        if (
            (isinstance(plain, str) and member in (Path, UUID))
            or (isinstance(plain, list) and get_origin(member) is tuple)
            or (type(plain) is int and member is float)
        ):
            return member
    raise Garbled(f"{name!r:.80} is none of {', '.join(map(_name, members))}.")


def _dataclass(kind: Any, plain: Any, tail: BytesIO) -> Any:
    if not isinstance(plain, dict) or plain.get("type") != kind.__name__:
        raise Garbled(f"{plain!r:.80} is no {kind.__name__}.")
    given = {name: value for name, value in plain.items() if name != "type"}
    known = {f.name: f for f in fields(kind)}
    for name in given:
        if name not in known:
            raise Garbled(f"{kind.__name__} has no {name!r:.80}; it has {', '.join(known)}.")
    for name, f in known.items():
        if name not in given and f.default is MISSING and f.default_factory is MISSING:
            raise Garbled(f"{kind.__name__} lacks {name!r}.")
    kinds = _kinds(kind)
    return kind(**{name: from_plain(kinds[name], value, tail) for name, value in given.items()})


@lru_cache(maxsize=128)
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _bytes(plain: Any, tail: BytesIO) -> bytes:
    match plain:
        case {"type": "bytes", "size": int(size)} if size >= 0:
            data = tail.read(size)
            if len(data) == size:
                return data
    raise Garbled(f"The tail is too short for {plain!r:.80}.")


def _from_text(kind: Any, text: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise Garbled(f"{text!r:.80} is no {kind.__name__}.") from error


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))
