"""The environment that artefacts are built in is made anew where it must be, and only there."""

import subprocess
from collections.abc import Callable
from pathlib import Path

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


def test_wheels_are_fetched_again_where_the_pins_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(command: list[str], **_how: bool) -> None:
        folder = Path(command[command.index("-d") + 1])
        folder.mkdir()
        fetched.append(f"{len(fetched)}.whl")
        (folder / fetched[-1]).touch()

    pins = tmp_path / "pins"
    pins.write_text("torch==1")
    monkeypatch.setattr(subprocess, "run", fetch)
    monkeypatch.setattr(environment, "PINS", pins)
    for _twice in range(2):
        found = environment.fetch_wheels(tmp_path / "wheels").glob("*.whl")
        assert [path.name for path in found] == ["0.whl"]
    pins.write_text("torch==2")
    found = environment.fetch_wheels(tmp_path / "wheels").glob("*.whl")
    assert [path.name for path in found] == ["1.whl"]
