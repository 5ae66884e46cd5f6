"""`python -m kandinsky_desktop.engine`: the engine as a process of its own."""

import argparse
import gc
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from kandinsky_desktop.engine.server import KEEP_WARM_S, RunsJobs, Server
from kandinsky_desktop.store import places
from kandinsky_desktop.store.channel import live_as_child, take_channel


def load_engine(cache: Path) -> RunsJobs:
    """Import torch and everything that needs it, and leave a core to the window. Takes seconds."""
    from kandinsky_desktop.engine.device import own_threads
    from kandinsky_desktop.engine.engine import Engine

    engine = Engine(cache, own_threads(), ingredients=places.ingredients())
    gc.freeze()  # what was imported stays: 0.2 s less each time that networks are let go of
    return engine


def main(arguments: Sequence[str], load: Callable[[Path], RunsJobs] = load_engine) -> NoReturn:
    """Serve the parent until it is done or gone, and end the process."""
    channel = take_channel()  # before anything can print
    parser = argparse.ArgumentParser(prog="kandinsky-engine")
    parser.add_argument("--cache", type=Path, default=places.cache())
    parser.add_argument("--rescue", type=Path, default=places.rescue())
    parser.add_argument("--measures", type=Path, default=places.clip_similarity())
    parser.add_argument("--keep-warm", type=float, default=KEEP_WARM_S, metavar="SECONDS")
    args = parser.parse_args(arguments)
    live_as_child(5)
    loading = partial(load, args.cache)
    server = Server(channel, loading, args.rescue, args.measures, args.keep_warm)
    signal.signal(signal.SIGTERM, server.leave)
    server.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
