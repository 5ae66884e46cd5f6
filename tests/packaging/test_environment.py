"""The environment that artefacts are built in is made anew where it must be, and only there."""

from collections.abc import Callable

import pytest
from artefacts import environment

PROJECT = environment.PROJECT.read_text("utf-8")
PINS = environment.PINS.read_text("utf-8")


def put(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    "change",
    [
        put("line-length = 100", "line-length = 99"),
        put('"types-tqdm"', '"types-tqdm", "types-other"'),
        put("[project]", "[project] # words"),
        put('"torch>=2.6",', '"torch>=2.6", # why'),
    ],
)
def test_what_changes_no_package_keeps_it(change: Callable[[str], str]) -> None:
    before = environment.fingerprint(PROJECT, PINS)
    assert environment.fingerprint(change(PROJECT), PINS) == before
    assert environment.fingerprint(PROJECT, f"# words\n\n{PINS}") == before


@pytest.mark.parametrize(
    "change",
    [
        put('"torch>=2.6"', '"torch>=2.7"'),
        put('"pyinstaller>=6.15"', '"pyinstaller>=6.16"'),
        put('"hatchling>=1.27"]', '"hatchling>=1.28"]'),
    ],
)
def test_other_packages_make_another(change: Callable[[str], str]) -> None:
    assert environment.fingerprint(change(PROJECT), PINS) != environment.fingerprint(PROJECT, PINS)


def test_other_pins_and_another_build_of_torch_make_another() -> None:
    before = environment.fingerprint(PROJECT, PINS)
    assert environment.fingerprint(PROJECT, put("torch==", "torch==9")(PINS)) != before
    assert environment.fingerprint(PROJECT, PINS, "address") != before
