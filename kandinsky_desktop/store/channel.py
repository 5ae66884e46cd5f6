"""The pipes between a child process and its parent, taken aside from whatever anyone prints."""

import ctypes
import logging
import os
import signal
import sys
from dataclasses import dataclass
from typing import IO

PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Channel:
    """The two ends that this process holds of its parent's pipes."""

    heard: IO[bytes]
    said: IO[bytes]


def take_channel() -> Channel:
    """Take stdin and stdout aside. What anyone prints from now on, in C too, goes to stderr."""
    channel = Channel(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return channel


def live_as_child(niceness: int, *, level: int = logging.INFO) -> None:
    """Log to stderr, leave Ctrl+C to the window, end with the parent, and give way to others."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl+C in the terminal is for the window
    if sys.platform == "linux":  # a parent that is killed takes us along, even inside a C call
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if sys.platform != "win32":  # there the parent sets the priority
        os.nice(niceness)
