"""The engine process with the fake engine: `python -m tests.worker.child CACHE RESCUE`."""

import sys
from pathlib import Path

from kandinsky_desktop.engine.__main__ import main
from tests.fakes import FakeEngine


def child_command(folder: Path) -> list[str]:
    """Return what starts it; pictures that cannot be saved go to `folder / "rescued"`."""
    return [sys.executable, "-m", "tests.worker.child", str(folder / "rescued")]


def load_fake(cache: Path) -> FakeEngine:
    del cache
    return FakeEngine()


if __name__ == "__main__":
    main(["--rescue", sys.argv[1]], load_fake)
