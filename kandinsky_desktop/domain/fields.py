"""A dataclass field that knows its label, help and limits. Forms, checks and help read them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _

N = TypeVar("N", int, float)
S = TypeVar("S", bound=str)
T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values a field may take, and what it is called."""

    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a field is called, what it means, and what it may hold."""

    label: str
    help: str = ""
    unit: str = ""
    unit_of_one: str = ""  # where it is another word
    low: float = -math.inf
    high: float = math.inf
    step: float = 1
    zero: str = ""  # what 0 means, where it is no amount
    longest: int = 0  # characters of a text; 0 for everything else
    choices: tuple[Choice, ...] = ()
    folder: bool = False  # the text is a folder's path
    needed_with: tuple[str, ...] = ()  # fields: JSON that sets one of them has to set this too


def number(
    default: N,
    label: str,
    low: float,
    high: float,
    step: float = 1,
    unit: str = "",
    help: str = "",  # noqa: A002 - the word that a form shows
    needed_with: tuple[str, ...] = (),
    zero: str = "",
    unit_of_one: str = "",
) -> N:
    """Declare a number between `low` and `high`, both allowed.

    `zero` is what a form shows for 0 where that is no amount; `low` has to be 0 then.
    """
    about = About(
        label=label,
        help=help,
        unit=unit,
        unit_of_one=unit_of_one,
        low=low,
        high=high,
        step=step,
        zero=zero,
        needed_with=needed_with,
    )
    value: N = field(default=default, metadata={"about": about})
    return value


def text(default: str, label: str, longest: int = 20_000, help: str = "") -> str:  # noqa: A002
    """Declare a text of at most `longest` characters."""
    about = About(label=label, help=help, longest=longest)
    value: str = field(default=default, metadata={"about": about})
    return value


def folder(label: str, help: str = "") -> str:  # noqa: A002
    """Declare a folder; an empty text means the usual one."""
    value: str = field(
        default="", metadata={"about": About(label=label, help=help, longest=4096, folder=True)}
    )
    return value


def switch(default: bool, label: str, help: str = "") -> bool:  # noqa: A002
    """Declare something that is on or off."""
    value: bool = field(default=default, metadata={"about": About(label=label, help=help)})
    return value


def choice(default: S, label: str, choices: tuple[Choice, ...], help: str = "") -> S:  # noqa: A002
    """Declare one of a few named values."""
    about = About(label=label, help=help, choices=choices)
    value: S = field(default=default, metadata={"about": about})
    return value


def described(default: T, about: About) -> T:
    """Declare a field by a description that others have too."""
    value: T = field(default=default, metadata={"about": about})
    return value


def like(cls: Any, name: str, default: T) -> T:
    """Declare a field as another class declares its own, with a default of its own."""
    return described(default, declared(cls)[name])


def keywords_of(
    cls: Callable[P, object],
) -> Callable[[Callable[..., R]], Callable[Concatenate[Any, P], R]]:
    """Type the keywords of a method as those of a dataclass whose fields all have defaults.

    So `set(**changes)` is checked by mypy, names and values, and lists no field again.
    """
    del cls
    return lambda method: method


def declared(cls: Any) -> dict[str, About]:
    """Return what is known of each declared field of a dataclass, by name, in order."""
    return _declared(cls)


@lru_cache(maxsize=64)
def _declared(cls: Any) -> dict[str, About]:
    return {f.name: f.metadata["about"] for f in fields(cls) if "about" in f.metadata}


def plain_number(number: float) -> str:
    """Return a number as people write it: 4294967295, not 4.29497e+09; 4, not 4.0; 0.05."""
    if isinstance(number, float) and (not number.is_integer() or abs(number) >= 1e16):
        return repr(number)
    return str(int(number))


def short_number(number: float) -> str:
    """Return a number for the eye: to six digits behind the point, unless it is smaller."""
    return plain_number(round(number, 6) or number)


def check(value: Any) -> None:
    """Raise InvalidRequest, with a sentence, if a declared field lies outside its limits."""
    for name, about in declared(type(value)).items():
        held = getattr(value, name)
        if isinstance(held, str):
            check_text(held, about)
        elif not isinstance(held, bool):
            _check_number(held, about)


def check_text(held: str, about: About) -> None:
    """Raise InvalidRequest, with a sentence, if a text is not what its description allows."""
    if about.longest and len(held) > about.longest:
        raise InvalidRequest(
            _("{label} is too long: {length} characters of at most {longest}.").format(
                label=_(about.label), length=len(held), longest=about.longest
            )
        )
    broken = any("\ud800" <= letter <= "\udfff" for letter in held)  # half of a character
    if broken and not about.folder:  # a folder may have a name of any bytes
        raise InvalidRequest(
            _("{label} holds a broken character: type it again.").format(label=_(about.label))
        )
    if about.folder and not _names_a_place(held):
        raise InvalidRequest(
            _("{label}: no folder can have this name.").format(label=_(about.label))
        )
    if about.choices and held not in {one.value for one in about.choices}:
        raise InvalidRequest(
            _("{label} cannot be {held!r}; it is one of: {choices}.").format(
                label=_(about.label),
                held=held[:40],
                choices=", ".join(one.value for one in about.choices),
            )
        )


def _names_a_place(held: str) -> bool:
    try:
        return b"\0" not in held.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False


def _check_number(held: float, about: About) -> None:
    if not about.low <= held <= about.high:  # also false for NaN
        raise InvalidRequest(
            _("{label} must lie between {low} and {high}; {held} does not.").format(
                label=_(about.label),
                low=plain_number(about.low),
                high=plain_number(about.high),
                held=plain_number(held)[:40],
            )
        )
