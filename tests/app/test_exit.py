"""That the program ends as it should: with nothing left that is freed in the wrong order."""

import os
import subprocess
import sys
from pathlib import Path

CLOSES = """
import sys
from PySide6.QtCore import QTimer
from kandinsky_desktop import app
from kandinsky_desktop.app.program import Program

run = Program.run

def run_for_a_moment(program):
    program.workspace.rooms.enter("fusion")
    QTimer.singleShot(300, program.window.close)
    return run(program)

Program.run = run_for_a_moment
sys.exit(app.main([]))
"""


def test_a_window_that_is_closed_ends_its_process_in_peace(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", CLOSES],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "KANDINSKY_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.rglob("session.json")), "the sitting was not kept"
