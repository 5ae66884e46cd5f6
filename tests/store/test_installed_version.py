"""A program that the small installer laid holds its version as long as it runs."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kandinsky_desktop import app, cli
from kandinsky_desktop.store import installed_version

if sys.platform == "win32":
    pytest.skip("nobody can remove what runs there", allow_module_level=True)
else:
    import fcntl
    import os


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    file = tmp_path / installed_version.RUNNING
    file.touch()
    yield file
    while installed_version._held:
        os.close(installed_version._held.pop())


def is_free(file: Path) -> bool:
    with file.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@pytest.mark.parametrize("main", [app.main, cli.main], ids=["window", "terminal"])
def test_window_and_terminal_hold_it(lock: Path, main: Callable[[list[str]], int]) -> None:
    assert is_free(lock)
    for _again in range(2):
        with pytest.raises(SystemExit, match="0"):
            main(["--version"])
        assert not is_free(lock)
    assert len(installed_version._held) == 1


def test_a_program_that_was_not_installed_so_holds_nothing(lock: Path) -> None:
    lock.unlink()
    installed_version.hold()
    assert not installed_version._held
    assert not lock.exists()
