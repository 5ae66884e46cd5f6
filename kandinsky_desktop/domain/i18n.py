"""Gettext: `_` translates now, `N_` marks a text that is translated when it is shown."""

from functools import cache
from gettext import NullTranslations, textdomain, translation

__all__ = ["N_", "_", "ngettext"]


def _(text: str) -> str:
    """Return the text in the language of the person."""
    return _catalogue().gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return the text for so many, in the language of the person."""
    return _catalogue().ngettext(one, many, number)


def N_(text: str) -> str:
    """Return the text as it is; the extractor finds it here."""
    return text


@cache
def _catalogue() -> NullTranslations:
    """Return the texts of this language; gettext's own functions look on the disk at each call."""
    return translation(textdomain(), fallback=True)
