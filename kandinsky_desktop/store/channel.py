"""The pipes between a child process and its parent, taken aside from whatever anyone prints."""

import os
from dataclasses import dataclass
from typing import IO


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
