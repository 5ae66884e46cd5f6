"""The real engine's process on a slow disk: `python -m tests.engine.slow_reader`."""

import time
from pathlib import Path
from typing import Any

from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.server import RunsJobs

A_TENSOR_S = 0.3  # so that the starter's U-Net takes minutes


def load_slow(cache: Path) -> RunsJobs:
    from kandinsky_desktop.engine import weight_reading
    from kandinsky_desktop.engine.engine import Engine

    put = weight_reading._put

    def slowly(*about: Any) -> None:
        time.sleep(A_TENSOR_S)
        put(*about)

    vars(weight_reading)["_put"] = slowly
    return Engine(cache, 1)


if __name__ == "__main__":
    main([], load_slow)
