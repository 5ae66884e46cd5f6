"""How a command ends that is told to: by Ctrl+C, by a terminal that closes, or by the system."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

Does = Callable[[int, FrameType | None], object]


@contextmanager
def at_once() -> Iterator[None]:
    """Let Ctrl+C end the process without a word, as long as there is nothing to lose."""
    with _instead({signal.SIGINT: _leave}, signal.default_int_handler):
        yield


@contextmanager
def in_good_order() -> Iterator[None]:
    """Let the other signals that end a program do what Ctrl+C does: raise KeyboardInterrupt.

    One is enough: a terminal that closes says so twice, and what is done about it takes a moment.
    """
    numbers = () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, _frame: FrameType | None) -> None:
        for one in numbers:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    with _instead(dict.fromkeys(numbers, stop), signal.SIG_DFL):
        yield


@contextmanager
def not_now() -> Iterator[None]:
    """Hear no second Ctrl+C while that is saved which the first one found."""
    with _instead({signal.SIGINT: lambda _number, _frame: None}, signal.default_int_handler):
        yield


def code_of(stopped: KeyboardInterrupt) -> int:
    """Return the exit code of a command that a signal ended, as shells name it."""
    number: int = stopped.args[0] if stopped.args else signal.SIGINT
    return 128 + number


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


@contextmanager
def _instead(handlers: Mapping[int, Does], usual: Any) -> Iterator[None]:
    """Put handlers in the place of `usual` ones: what is ignored (by nohup, say) stays so."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number, does in handlers.items():
            if signal.getsignal(number) is usual:
                before[number] = signal.signal(number, does)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
