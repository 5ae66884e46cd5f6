"""The real engine's process, with a bookmark at every step: `python -m tests.engine.child`."""

import math
from pathlib import Path

from kandinsky_desktop.engine.__main__ import main
from kandinsky_desktop.engine.server import RunsJobs


def load_marking(cache: Path) -> RunsJobs:
    from kandinsky_desktop.engine.bookmarks import Rhythm
    from kandinsky_desktop.engine.device import own_threads
    from kandinsky_desktop.engine.engine import Engine

    return Engine(cache, own_threads(), rhythm=Rhythm(every_s=0, share=math.inf))


if __name__ == "__main__":
    main([], load_marking)
