"""A process that dies, or a disk that fails, at a step of what is done to files."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CALLS = ("open", "write", "fsync", "rename", "link", "unlink", "mkdir", "ftruncate", "replace")


class Crash(BaseException):
    """The process is gone."""


class Injected:
    """Lets the process die, or one call fail, at a step of what it does to the disk."""

    def __init__(self, patch: pytest.MonkeyPatch, step: int, error: OSError | None) -> None:
        self._step, self._error = step, error
        self.count, self.dead = 0, False
        for name in CALLS:
            patch.setattr(os, name, self._instead(name, getattr(os, name)))

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
def injected(step: int, error: OSError | None = None) -> Iterator[Injected]:
    with pytest.MonkeyPatch.context() as patch:
        yield Injected(patch, step, error)
