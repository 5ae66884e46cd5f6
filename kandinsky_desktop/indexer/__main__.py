"""`python -m kandinsky_desktop.indexer`: the indexer as a process of its own."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from kandinsky_desktop.indexer.server import Server
from kandinsky_desktop.store import places
from kandinsky_desktop.store.channel import live_as_child, take_channel


def main(arguments: Sequence[str]) -> NoReturn:
    """Serve the parent until it is done or gone, and end the process."""
    channel = take_channel()  # before anything can print
    parser = argparse.ArgumentParser(prog="kandinsky-indexer")
    parser.add_argument("--library", type=Path, default=places.library())
    parser.add_argument("--logs", type=Path, default=places.library_logs())
    parser.add_argument("--poll", type=float, default=2.0, metavar="SECONDS")
    args = parser.parse_args(arguments)
    live_as_child(10)
    Server(channel, args.library, args.logs, args.poll).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
