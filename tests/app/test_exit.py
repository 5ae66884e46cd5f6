"""That the program ends as it should: with nothing left that is freed in the wrong order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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


def ends_in_peace(program: str, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", program],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "KANDINSKY_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.rglob("session.json")), "the sitting was not kept"


def test_a_window_that_is_closed_ends_its_process_in_peace(home: Path) -> None:
    ends_in_peace(CLOSES, home)


OPENS = """
import signal
import sys
from PySide6.QtCore import QTimer
from kandinsky_desktop import app
from kandinsky_desktop.app.program import Program

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.default_int_handler)  # a shell's background ignores some

run = Program.run

def run_and_say(program):
    QTimer.singleShot(300, lambda: print("running", flush=True))
    return run(program)

Program.run = run_and_say
sys.exit(app.main([]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_of_the_system_closes_the_window_in_good_order(
    name: str, home: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", OPENS],
        env=os.environ
        | {
            "QT_QPA_PLATFORM": "offscreen",
            "KANDINSKY_HOME": str(home),
            "TMPDIR": str(temporary),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as window:
        assert window.stdout is not None
        try:
            assert window.stdout.readline() == "running\n"
            window.send_signal(getattr(signal, name))
            _out, said = window.communicate(timeout=60)
        finally:
            window.kill()
    assert (window.returncode, said) == (0, "")
    assert list(home.rglob("session.json")), "the sitting was not kept"
    assert not list(temporary.iterdir()), "something was left among temporary files"


PAINTS = """
import os, signal, sys
from PySide6.QtCore import QEvent, QObject
from kandinsky_desktop import app
from kandinsky_desktop.app.program import Program

run = Program.run

class Signaller(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            os.kill(os.getpid(), signal.SIGTERM)
            watched.isVisible()  # Python's own handler runs here
        return False

def run_and_paint(program):
    signaller = Signaller(program.window)
    program.workspace.installEventFilter(signaller)
    program.workspace.update()
    return run(program)

Program.run = run_and_paint
sys.exit(app.main([]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_signal_in_the_middle_of_a_painting_waits_for_its_end(home: Path) -> None:
    ends_in_peace(PAINTS, home)
