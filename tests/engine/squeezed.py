"""The real engine's process on a simulated device: `python -m tests.engine.squeezed LIMIT WARM`.

LIMIT is a file with the bytes that the device lets it take; WARM are seconds.
"""

import sys
from pathlib import Path

from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.server import RunsJobs


def load_squeezed(cache: Path) -> RunsJobs:
    from kandinsky_desktop.engine.engine import Engine
    from kandinsky_desktop.engine.simulated import SimulatedDevice

    class Squeezed(SimulatedDevice):
        def free_bytes(self) -> int:
            self.limit_bytes = int(Path(sys.argv[1]).read_text())
            return super().free_bytes()

    return Engine(cache, 1, Squeezed(int(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main(["--keep-warm", sys.argv[2]], load_squeezed)
