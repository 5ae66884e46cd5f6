"""The real engine's process on a simulated device: `python -m tests.engine.squeezed LIMIT WARM`.

LIMIT is a file with the bytes that the device lets it take; WARM are seconds. A file beside it,
`.took`, says the processor seconds that giving memory back took the last time.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.server import RunsJobs

Given = TypeVar("Given")


def load_squeezed(cache: Path) -> RunsJobs:
    from kandinsky_desktop.engine.engine import Engine
    from kandinsky_desktop.engine.simulated import SimulatedDevice

    class Squeezed(SimulatedDevice):
        def free_bytes(self) -> int:
            self.limit_bytes = int(limit.read_text())
            return super().free_bytes()

    class Timed(Engine):
        def give_way(self) -> bool:
            return self._timed(super().give_way)

        def put_models_away(self) -> None:
            self._timed(super().put_models_away)

        def _timed(self, give: Callable[[], Given]) -> Given:
            began = time.process_time()
            given = give()
            part = limit.with_suffix(".part-took")  # it is written anew while one reads it
            part.write_text(str(time.process_time() - began))
            part.replace(limit.with_suffix(".took"))
            return given

    limit = Path(sys.argv[1])
    return Timed(cache, 1, Squeezed(int(limit.read_text())))


if __name__ == "__main__":
    main(["--keep-warm", sys.argv[2]], load_squeezed)
