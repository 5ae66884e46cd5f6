"""The real engine's process on a device that is lost to it: `python -m tests.engine.losing FILE`.

Once FILE is there, a process that began before it gets no more answers, as from a card after sleep.
"""

import sys
from pathlib import Path

from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.server import RunsJobs


def load_losing(cache: Path) -> RunsJobs:
    from kandinsky_desktop.engine.engine import Engine
    from kandinsky_desktop.engine.simulated import SimulatedDevice

    class Losing(SimulatedDevice):
        def synchronize(self) -> None:
            if not late and lost.exists():
                raise RuntimeError("CUDA error: unspecified launch failure")

        def free_bytes(self) -> int:
            self.synchronize()
            return super().free_bytes()

    lost = Path(sys.argv[1])
    late = lost.exists()
    return Engine(cache, 1, Losing(2**30))


if __name__ == "__main__":
    main([], load_losing)
