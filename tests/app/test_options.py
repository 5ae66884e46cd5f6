"""The window's program as it is called from a shell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-m", "kandinsky_desktop"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a display")
def test_without_a_display_it_says_what_to_do() -> None:
    displays = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in displays}
    said = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert len(said.stderr.splitlines()) == 1
    assert 'kandinsky draw "a red cat"' in said.stderr


def test_a_window_that_is_closed_while_it_opens_ends_the_program() -> None:
    code = """
from PySide6.QtCore import QTimer
from kandinsky_desktop.app import main
from kandinsky_desktop.ui.main_window import MainWindow

show = MainWindow.show
def show_and_close(self):
    show(self)
    QTimer.singleShot(0, self.close)

MainWindow.show = show_and_close
raise SystemExit(main([]))
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert ended.returncode == 0


def test_wrong_options_are_code_2() -> None:
    said = subprocess.run([*PROGRAM, "--modls", "x"], capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


def test_data_of_a_newer_version_is_refused_and_untouched(home: Path) -> None:
    home.mkdir()
    (home / "version.json").write_text('{"data": 99, "program": "9.1.0"}')
    code = """
from PySide6.QtWidgets import QMessageBox
from kandinsky_desktop.app import main

QMessageBox.exec = lambda box: print(box.text())
raise SystemExit(main([]))
"""
    run = [sys.executable, "-c", code]
    ended = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert "Kandinsky Desktop 9.1.0" in ended.stdout
    assert ended.stderr == ended.stdout
    assert {path.name for path in home.iterdir()} == {"version.json", "window.lock"}
