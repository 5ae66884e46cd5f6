"""Our values as JSON and back. Only the types asked for are built; nothing is guessed.

A dataclass says its name: `{"type": "Prompt", "text": "a cat"}`. Bytes go to a tail, in order, and
leave their size behind: `{"type": "bytes", "size": 5}`. What cannot be read is named by its path:
`sampling.steps: a whole number, not '50'.`
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from functools import lru_cache
from inspect import get_annotations
from io import BytesIO
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

from kandinsky_desktop.domain.errors import Garbled, KandinskyError
from kandinsky_desktop.domain.i18n import _

Skip = Callable[[str], None]  # is told, in a sentence, what is left out

LONGEST_SHOWN = 60  # characters of a value that an error repeats


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
            named = {f.name: to_plain(getattr(value, f.name), tail) for f in _fields(type(value))}
            return {"type": type(value).__name__, **named}
        case _:
            return value


def from_plain(
    kind: Any,
    plain: Any,
    tail: BytesIO | None = None,
    at: str = "",
    skip: Skip | None = None,
) -> Any:
    """Build a value of the annotated `kind`, or raise Garbled with a sentence that names it.

    `at` is the path of the value in what it is read from: `sampling.steps`, `masks[1]`. With
    `skip`, fields that are unknown or cannot be read are left out, where they have a default.
    """
    tail = BytesIO() if tail is None else tail
    if isinstance(kind, UnionType):
        kind = _member(kind, plain, at)
    if is_dataclass(kind):
        return _dataclass(kind, plain, tail, at, skip)
    if kind is bytes:
        return _bytes(plain, tail, at)
    if kind in (UUID, Path) and isinstance(plain, str):
        return _from_text(kind, plain, at)
    if get_origin(kind) is tuple and isinstance(plain, list):
        return _tuple(kind, plain, tail, at, skip)
    if get_origin(kind) is Literal and plain in get_args(kind):
        return plain
    if type(plain) is kind:
        return plain
    if kind is float and type(plain) is int:
        if abs(plain) < 2**1023:
            return float(plain)
        raise _refusal(at, _("a smaller number"), plain)
    raise _refusal(at, _expected(kind), plain)


def _tuple(kind: Any, plain: list[Any], tail: BytesIO, at: str, skip: Skip | None) -> Any:
    kinds = get_args(kind)
    if kinds == (int, ...) and all(type(item) is int for item in plain):
        return tuple(plain)  # there may be thousands
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(plain)
    if len(kinds) != len(plain):
        raise _refusal(at, _expected(kind), plain)
    return tuple(
        from_plain(one, item, tail, f"{at}[{place}]", skip)
        for place, (one, item) in enumerate(zip(kinds, plain, strict=True))
    )


def _member(union: UnionType, plain: Any, at: str) -> Any:
    """Return the type of several that a value is to be read as."""
    members = get_args(union)
    name = plain.get("type") if isinstance(plain, dict) else type(plain).__name__
    for member in members:
        if _name(member) == name or (member is NoneType and plain is None):
            return member
    if isinstance(plain, dict):
        named = tuple(member for member in members if is_dataclass(member))
        if named:
            _check_type(named, plain, at)
    for member in members:  # a path and an id travel as text, a tuple as a list, 1.0 as 1
        if (
            (isinstance(plain, str) and member in (Path, UUID))
            or (isinstance(plain, list) and get_origin(member) is tuple)
            or (type(plain) is int and member is float)
        ):
            return member
    raise _refusal(at, _expected(union), plain)


def _dataclass(kind: Any, plain: Any, tail: BytesIO, at: str, skip: Skip | None) -> Any:
    if not isinstance(plain, dict):
        raise _refusal(at, _expected(kind), plain)
    _check_type((kind,), plain, at)
    given = {name: value for name, value in plain.items() if name != "type"}
    known = {f.name: f for f in _fields(kind)}
    for name in given:
        if name not in known:
            words = _("{type} has no such field; it has {fields}.").format(
                type=kind.__name__, fields=", ".join(known)
            )
            _leave_out(Garbled(f"{_inside(at, name)}: {words}"), skip)
    for name, f in known.items():
        if name not in given and not _has_default(f):
            words = _("missing; {type} needs it.").format(type=kind.__name__)
            raise Garbled(f"{_inside(at, name)}: {words}")
        for other in _needed_with(f) if name not in given and skip is None else ():
            if given.get(other):
                words = _("missing; {type} needs it where it has {other}.").format(
                    type=kind.__name__, other=other
                )
                raise Garbled(f"{_inside(at, name)}: {words}")
    kinds, values = _kinds(kind), dict[str, Any]()
    for name, value in given.items():
        if name in known:
            inside = _inside(at, name)
            try:
                values[name] = from_plain(kinds[name], value, tail, inside, skip)
            except KandinskyError as error:
                _leave_out(error, skip if _has_default(known[name]) else None)
    return kind(**values) if skip is None else _sound(kind, values, at, skip)


def _sound(kind: Any, values: dict[str, Any], at: str, skip: Skip) -> Any:
    """Build a dataclass of those values that it takes beside the ones before them."""
    try:
        return kind(**values)
    except KandinskyError:
        needed = {f.name for f in fields(kind) if not _has_default(f)}
    built = kind(**{name: value for name, value in values.items() if name in needed})
    for name, value in values.items():
        try:
            built = replace(built, **{name: value})
        except KandinskyError as error:
            skip(f"{_inside(at, name)}: {error}")
    return built


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _needed_with(field: Field[Any]) -> tuple[str, ...]:
    about = field.metadata.get("about")
    return () if about is None else about.needed_with


def _leave_out(error: KandinskyError, skip: Skip | None) -> None:
    """Tell why a field is left out; where none may be, raise it."""
    if skip is None:
        raise error
    skip(str(error))


def _fields(kind: Any) -> tuple[Field[Any], ...]:
    """Return a dataclass's fields, its own before those that it inherits."""
    return _own_first(kind)


@lru_cache(maxsize=128)
def _own_first(kind: Any) -> tuple[Field[Any], ...]:
    own = get_annotations(kind)
    return tuple(sorted(fields(kind), key=lambda field: field.name not in own))


@lru_cache(maxsize=128)
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _check_type(kinds: tuple[Any, ...], plain: dict[str, Any], at: str) -> None:
    """Raise Garbled unless an object says that it is of one of these types."""
    names = tuple(map(_name, kinds))
    if "type" not in plain:
        words = _("missing; it is {names}.").format(names=_one_of(names))
        raise Garbled(f"{_inside(at, 'type')}: {words}")
    if plain["type"] not in names:
        raise _refusal(_inside(at, "type"), _one_of(names), plain["type"])


def _bytes(plain: Any, tail: BytesIO, at: str) -> bytes:
    match plain:
        case {"type": "bytes", "size": int(size)} if size >= 0:
            data = tail.read(size)
            if len(data) == size:
                return data
    raise _refusal(at, _("bytes that are there"), plain)


def _from_text(kind: Any, text: str, at: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise _refusal(at, _expected(kind), text) from error


def _refusal(at: str, expected: str, plain: Any) -> Garbled:
    words = _("{expected}, not {given}.").format(expected=expected, given=_shown(plain))
    return Garbled(f"{at}: {words}" if at else words)


def _expected(kind: Any) -> str:
    """Return what a value of a kind is called."""
    if isinstance(kind, UnionType):
        members = get_args(kind)
        named = tuple(_name(one) for one in members if is_dataclass(one))
        others = [_expected(one) for one in members if not is_dataclass(one)]
        objects = [_("an object of type {names}").format(names=_one_of(named))] if named else []
        return _(" or ").join(objects + others)
    if is_dataclass(kind):
        return _("an object of type {names}").format(names=_one_of((_name(kind),)))
    if get_origin(kind) is Literal:
        return _one_of(tuple(map(str, get_args(kind))))
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return _("a list")
        return _("a list of {count}").format(count=len(kinds))
    names: dict[Any, str] = {
        int: _("a whole number"),
        float: _("a number"),
        str: _("a text"),
        bool: _("true or false"),
        Path: _("a path as text"),
        UUID: _("an id (UUID) as text"),
        NoneType: "null",
    }
    return names.get(kind, _name(kind))


def _one_of(names: tuple[str, ...]) -> str:
    """Return names in quotes, the last one behind an `or`."""
    *others, last = (repr(name) for name in names)
    return _("{these} or {last}").format(these=", ".join(others), last=last) if others else last


def _shown(plain: Any) -> str:
    """Return a value as an error repeats it: as it stands in JSON, if it is short."""
    match plain:
        case None:
            return "null"
        case bool():
            return str(plain).lower()
        case list():
            return _("a list of {count}").format(count=len(plain))
        case dict() if isinstance(plain.get("type"), str):
            return _("an object of type {names}").format(names=f"{plain['type']!r:.40}")
        case dict():
            return _("an object")
        case _:
            text = repr(plain)
            return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _inside(at: str, name: str) -> str:
    plain = name.isidentifier() and len(name) <= LONGEST_SHOWN
    named = name if plain else repr(name[:LONGEST_SHOWN])
    return f"{at}.{named}" if at else named


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))
