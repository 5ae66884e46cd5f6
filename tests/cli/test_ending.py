"""A command that is told to end does so without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

IMPORTED = """
import signal, sys

class Interrupting:
    def find_spec(self, name, *_where):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
from kandinsky_desktop.cli import main
raise SystemExit(main(["models", "list"]))
"""


@pytest.mark.parametrize(
    "module", ["argparse", "kandinsky_desktop.cli.program", "kandinsky_desktop.store.pictures"]
)
def test_ctrl_c_while_it_is_imported_ends_it_quietly(tmp_path: Path, module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED, module],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"KANDINSKY_HOME": str(tmp_path)},
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
