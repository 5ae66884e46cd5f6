"""`python -m kandinsky_desktop.indexer`: the indexer as a process of its own."""

import argparse
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from kandinsky_desktop.indexer.server import Server
from kandinsky_desktop.store import places
from kandinsky_desktop.store.channel import take_channel

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: Sequence[str]) -> NoReturn:
    """Serve the parent until it is done or gone, and end the process."""
    channel = take_channel()  # before anything can print
    parser = argparse.ArgumentParser(prog="kandinsky-indexer")
    parser.add_argument("--library", type=Path, default=places.library())
    parser.add_argument("--logs", type=Path, default=places.library_logs())
    parser.add_argument("--poll", type=float, default=2.0, metavar="SECONDS")
    args = parser.parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl+C in the terminal is for the window
    if sys.platform == "linux":  # a parent that is killed takes us along, even inside a C call
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if sys.platform != "win32":  # there the parent sets the priority
        os.nice(10)
    Server(channel, args.library, args.logs, args.poll).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
