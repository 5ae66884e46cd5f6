"""`--selftest` paints a picture as a person would, and says when that does not work."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage

from kandinsky_desktop import __version__
from kandinsky_desktop.__main__ import main
from kandinsky_desktop.app.selftest import HUES, PROMPT, examine, share_of_hues
from kandinsky_desktop.store import temporary

CODE = """
import sys
from kandinsky_desktop import app
from kandinsky_desktop.app import program

engine = sys.argv.pop(1).split("|")
program.engine_command = lambda: engine
raise SystemExit(app.main(sys.argv[1:]))
"""


def selftest(engine: list[str], *options: str) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-c", CODE, "|".join(engine), "--selftest", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    said = Path(options[0]).read_text("utf-8") if options else ended.stdout
    return ended.returncode, json.loads(said)


def test_it_paints_shows_and_finds_a_picture_and_leaves_nothing(
    python: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "temporary"
    there.mkdir()
    monkeypatch.setenv("TMPDIR", str(there))
    code, said = selftest([python, "-m", "kandinsky_desktop.engine"])
    assert (code, said["ok"]) == (0, True), said
    assert (said["format"], said["version"], said["frozen"]) == (1, __version__, False)
    checks = said["checks"]
    assert checks["model"] == "starter"
    assert checks["picture"]["prompt"] == PROMPT
    assert checks["picture"]["size"] == [128, 128]
    assert checks["shown"]
    assert checks["indexed"]
    assert checks["terminal"] == f"Kandinsky Desktop {__version__}"
    assert said["device"] in {"cpu", "cuda", "mps"}
    order = [said["seconds"][name] for name in ("window", "engine", "picture", "indexed", "all")]
    assert order == sorted(order)
    assert not home.exists()  # it has a folder of its own
    assert not list(there.iterdir())  # nor has torch one


@pytest.mark.skipif(os.name == "nt", reason="pipes are no files there")
def test_one_that_is_killed_leaves_only_what_the_next_sweeps(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installer that is killed takes it along; its data folder has another name each time."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ours = [sys.executable, "-m", "kandinsky_desktop", "--selftest"]
    with subprocess.Popen(ours, stdout=subprocess.DEVNULL, start_new_session=True) as running:
        until = time.monotonic() + 100
        while not list(tmp_path.glob("kandinsky-selftest-*/**/*.png")):
            assert time.monotonic() < until
            assert running.poll() is None
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGKILL)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    temporary.sweep()
    assert not list(tmp_path.iterdir())
    assert not home.exists()


def test_an_engine_that_does_not_start_is_said(tmp_path: Path) -> None:
    code, said = selftest(
        [sys.executable, "-c", "raise SystemExit(3)"], str(tmp_path / "said.json")
    )
    assert (code, said["ok"]) == (1, False)
    assert said["problem"].startswith("No picture was made.")


def test_a_picture_of_another_colour_is_noticed() -> None:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    shares = []
    for words in ("blue", "grey", "white", "red", "crimson"):
        image.fill(QColor(words))
        shares.append(share_of_hues(image, HUES))
    assert shares == [0, 0, 0, 1, 1]


def test_one_program_is_the_command_line_too(capfd: Any) -> None:
    assert main(["--terminal", "doctor", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)


def test_what_cannot_be_written_to_its_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no folder" / "said.json"
    assert examine(file, lambda begun: 0) == 1
    said = capsys.readouterr()
    assert str(file) in said.err
    assert len(said.err.splitlines()) == 1
    assert json.loads(said.out)["ok"] is False
