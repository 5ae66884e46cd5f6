"""What the program stands on may be passed on with it: no licence is missing, none is GPL alone."""

import re

from kandinsky_desktop.store import licences

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "BSL-1.0", "CC0-1.0", "CNRI-Python", "ISC", "LGPL-3.0-only", "MIT", "MIT-CMU", "MPL-2.0",
    "PSF-2.0", "Zlib",
}  # fmt: skip
BANNED = {
    "av",
    "pillow-heif",
    "pi-heif",
    "pyexiv2",
    "pyside6",
    "pyside6-addons",
    "pyqt6",
    "unidecode",
}


def may_be_shipped(expression: str) -> bool:
    """Whether one of the alternatives of an SPDX expression is made of allowed licences alone."""
    return any(
        all(part.strip(" ()") in ALLOWED for part in one.split(" AND "))
        for one in expression.split(" OR ")
    )


def test_all_that_is_needed_may_be_shipped() -> None:
    found = licences.third_party()
    assert {one.name.lower() for one in found} >= {"torch", "diffusers", "pyside6_essentials"}
    assert not [one for one in found if not may_be_shipped(one.expression)]
    assert not {licences.normal(one.name) for one in found} & BANNED
    assert not [one.name for one in found if not licences.texts(one)]
    assert not may_be_shipped("GPL-3.0-only")
    assert not may_be_shipped("MIT AND GPL-2.0-or-later")
    assert not may_be_shipped("")


def test_older_words_for_licences_are_understood() -> None:
    from importlib.metadata import distribution

    assert licences.expression_of(distribution("diffusers").metadata) == "Apache-2.0"
    assert licences.expression_of(distribution("sympy").metadata) == "BSD-3-Clause"
    assert re.fullmatch(r"[a-z0-9-]+", licences.normal("PySide6_Essentials"))
