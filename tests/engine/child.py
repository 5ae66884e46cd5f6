"""The real engine's process, with a checkpoint at every step: `python -m tests.engine.child`."""

import math
from pathlib import Path

from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.server import RunsJobs


def load_checkpointing(cache: Path) -> RunsJobs:
    from kandinsky_desktop.engine.checkpoints import CheckpointInterval
    from kandinsky_desktop.engine.device import own_threads
    from kandinsky_desktop.engine.engine import Engine

    interval = CheckpointInterval(every_s=0, share=math.inf)
    return Engine(cache, own_threads(), interval=interval)


if __name__ == "__main__":
    main([], load_checkpointing)
