"""A process of ours, such as the engine or the indexer: one life of it, from start to end."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import Event
from kandinsky_desktop.domain.wire import Shutdown

log = logging.getLogger(__name__)

FAREWELL = Shutdown()
REAPING_S = 5.0  # a killed process gives its memory back in this time, unless its driver hangs
LONGEST_LOG = 2_000_000  # bytes; then it becomes engine.log.1, say, and a new one begins

if sys.platform == "win32":
    FLAGS = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
else:
    FLAGS = 0


def engine_command() -> list[str]:
    """Return what starts the engine: this Python or, in a frozen build, the same executable."""
    start = ["--engine"] if getattr(sys, "frozen", False) else ["-m", "kandinsky_desktop.engine"]
    return [sys.executable, *start]


def indexer_command() -> list[str]:
    """Return what starts the indexer: this Python or, in a frozen build, the same executable."""
    start = ["--indexer"] if getattr(sys, "frozen", False) else ["-m", "kandinsky_desktop.indexer"]
    return [sys.executable, *start]


def converter_command() -> list[str]:
    """Return what starts a conversion, but for its folders."""
    module = ["-m", "kandinsky_desktop.engine.converting"]
    return [sys.executable, *(["--convert"] if getattr(sys, "frozen", False) else module)]


def terminal_command() -> list[str]:
    """Return what starts the command line: this Python or, in a frozen build, the same file."""
    start = ["--terminal"] if getattr(sys, "frozen", False) else ["-m", "kandinsky_desktop.cli"]
    return [sys.executable, *start]


class ChildProcess:
    """A running process of ours. `heard` and `ended` are called in a thread of its own."""

    def __init__(
        self,
        command: Sequence[str],
        heard: Callable[[Any], None],
        ended: Callable[["ChildProcess"], None],
        log_file: Path | None = None,
        *,
        speaks: Any = Event,
        farewell: Any = FAREWELL,
    ) -> None:
        """Start it. What it prints goes to `log_file` or, without one, to our stderr.

        `speaks` is the type of what it says, `farewell` the message by which it is told to leave.
        Raises OSError if it cannot be started.
        """
        with _opened(log_file) as stderr:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                creationflags=FLAGS,
                start_new_session=True,  # a Ctrl+C in the terminal is for the window
            )
        self._heard = heard
        self._ended = ended
        self._speaks = speaks
        self._farewell = farewell
        self._ear = Thread(target=self._listen, name="child's ear", daemon=True)
        self._ear.start()

    @property
    def pid(self) -> int:
        """The system's number for it."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, once it has ended; below zero the signal that ended it."""
        return self._process.poll()

    def send(self, order: Any) -> None:
        """Write a message. If the process is gone, `ended` says so and not this."""
        assert self._process.stdin
        with suppress(OSError, ValueError):  # ValueError: the pipe was closed by `kill`
            wire.send(self._process.stdin, order)

    def end(self, grace_s: float) -> None:
        """Ask the process to leave; kill it if it is still here after `grace_s` seconds."""
        self.send(self._farewell)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_s)
        self.kill()

    def kill(self) -> None:
        """End the process now. One that hangs in its driver is left behind, unheard."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.kill()
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(REAPING_S)
            self._ear.join()
            self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout
        try:
            for event in wire.messages(self._process.stdout, self._speaks):
                self._heard(event)
        except KandinskyError:
            log.exception("what the process says is garbled")
        self._ended(self)


@contextmanager
def _opened(file: Path | None) -> Iterator[int | None]:
    """Lend a handle to append to the log. No log is better than no process."""
    if file is None:
        yield None  # our own stderr
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > LONGEST_LOG:
            file.replace(file.with_name(file.name + ".1"))
        stream = file.open("ab")
    except OSError:
        log.exception("the log of a process cannot be written")
        yield subprocess.DEVNULL
        return
    with stream:
        yield stream.fileno()
