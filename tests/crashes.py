"""A process that dies, or a disk that fails, at a step of what is done to files."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

OPEN = io.open
CALLS = ("open", "write", "fsync", "rename", "link", "unlink", "mkdir", "ftruncate", "replace")


class Crash(BaseException):
    """The process is gone."""


class Injected:
    """Lets the process die, or one call fail, at a step of what it does to the disk."""

    def __init__(
        self, patch: pytest.MonkeyPatch, step: int, error: OSError | None, *, files: bool
    ) -> None:
        self._step, self._error = step, error
        self.count, self.dead = 0, False
        for name in CALLS:
            patch.setattr(os, name, self._instead(name, getattr(os, name)))
        if files:
            patch.setattr(io, "open", self._opened)

    def _opened(self, path: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
        """Open a file for `Path.open`; to open one that is written, and to write it, are steps."""
        if "r" in mode and "+" not in mode:
            return OPEN(path, mode, *rest, **named)
        file = self._instead("open", OPEN)(path, mode, *rest, **named)
        write = file.write
        counted = self._instead("write", lambda _file, data: write(data))
        file.write = partial(counted, file)
        return file

    def _instead(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*given: Any, **named: Any) -> Any:
            if self.dead:
                raise Crash
            self.count += 1
            if self.count != self._step:
                return call(*given, **named)
            if self._error is not None:
                raise self._error
            self.dead = True
            if name == "write":
                call(given[0], given[1][: len(given[1]) // 2])
            raise Crash

        return instead


@contextmanager
def injected(step: int, error: OSError | None = None, *, files: bool = False) -> Iterator[Injected]:
    """Let a step end in a crash, or in an error; 0 is none. `files` of Python have steps, too."""
    with pytest.MonkeyPatch.context() as patch:
        yield Injected(patch, step, error, files=files)
