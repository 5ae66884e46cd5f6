"""Temporary folders of ours go: with what made them or, if that was killed, at the next start."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kandinsky_desktop.store import temporary

HOLD = """
import sys
from kandinsky_desktop.store import temporary
with temporary.folder("test") as folder:
    (folder / "file").write_text("words")
    print(folder, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def holder() -> tuple[subprocess.Popen[str], Path]:
    run = [sys.executable, "-c", HOLD]
    process = subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_it_goes_with_what_made_it(place: Path) -> None:
    with temporary.folder("test") as made:
        assert made.parent == place
    assert not list(place.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_after_a_kill_it_goes_at_the_next_start_and_what_is_in_use_stays(place: Path) -> None:
    (place / "kandinsky-of-others").mkdir()
    (place / "kandinsky-rescued").mkdir()
    elsewhere = place.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / temporary.IN_USE).touch()
    (place / "kandinsky-test-link").symlink_to(elsewhere)
    dead, left = holder()
    alive, used = holder()
    os.kill(dead.pid, signal.SIGKILL)
    dead.communicate()
    assert left.is_dir()
    temporary.sweep()
    assert not left.exists()
    assert (used / "file").read_text() == "words"
    assert {path.name for path in place.iterdir()} == {
        "kandinsky-of-others", "kandinsky-rescued", "kandinsky-test-link", used.name
    }  # fmt: skip
    assert (elsewhere / temporary.IN_USE).exists()
    alive.communicate("\n", timeout=60)
    assert alive.returncode == 0
    assert not used.exists()
