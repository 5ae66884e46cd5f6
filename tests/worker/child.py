"""The engine process with the fake engine: `python -m tests.worker.child RESCUE SECONDS`."""

import sys
import time
from pathlib import Path

from kandinsky_desktop.engine import server
from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.unsaved_pictures import UnsavedPictures
from tests.fakes import FakeEngine


def child_command(folder: Path, rescuing_s: float = 0) -> list[str]:
    """Return what starts it; pictures that cannot be saved go to `folder / "rescued"`.

    Where the disk is slow, that takes so long.
    """
    module = ["-m", "tests.worker.child", str(folder / "rescued"), str(rescuing_s)]
    return [sys.executable, *module]


def load_fake(cache: Path) -> FakeEngine:
    del cache
    return FakeEngine()


class SlowDisk(UnsavedPictures):
    """Takes its time to rescue pictures."""

    def rescue(self) -> tuple[Path, ...]:
        time.sleep(float(sys.argv[2]))
        return super().rescue()


if __name__ == "__main__":
    vars(server)["UnsavedPictures"] = SlowDisk
    main(["--rescue", sys.argv[1]], load_fake)
