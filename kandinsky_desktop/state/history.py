"""The values that something had: back and forth through its changes, step by step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class _Step(Generic[T]):
    name: str
    value: T  # before the change or, of one that was undone, after it
    made_at: float = 0.0  # time.monotonic
    undone_at: float = 0.0


class History(Generic[T]):
    """Holds a value. Each push is a step that can be undone, and done again until the next push.

    A step that is left open is continued by pushes of the same name, so that a drag or a word that
    is typed is one; a step that ends where it began is none.
    """

    def __init__(self, value: T, limit: int = MOST_STEPS) -> None:
        self._value, self._limit = value, limit
        self._past: list[_Step[T]] = []
        self._future: list[_Step[T]] = []
        self._open: _Step[T] | None = None

    @property
    def value(self) -> T:
        """The value now."""
        return self._value

    @property
    def open_name(self) -> str | None:
        """The name of the open step; None: the next push makes a new one."""
        return self._open.name if self._open else None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return self._last is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._next is not None

    @property
    def undo_name(self) -> str:
        """What the step is called that undo takes back; empty if there is none."""
        return self._last.name if self._last else ""

    @property
    def redo_name(self) -> str:
        """What the step is called that redo does again; empty if there is none."""
        return self._next.name if self._next else ""

    @property
    def changed_at(self) -> float | None:
        """When the step was made that undo takes back (time.monotonic); None: there is none."""
        return self._last.made_at if self._last else None

    @property
    def undone_at(self) -> float | None:
        """When the step was undone that redo does again (time.monotonic); None: there is none."""
        return self._next.undone_at if self._next else None

    def push(self, name: str, value: T, *, leave_open: bool = False) -> None:
        """Go on to another value, in the open step if it has this name, else in a new one."""
        if self._open is None or self._open.name != name:
            self.end_step()
            self._open = _Step(name, self._value)
        self._open = replace(self._open, made_at=monotonic())
        self._value = value
        if not leave_open:
            self.end_step()

    def amend(self, value: T) -> None:
        """Go on to another value without a step of its own."""
        self._value = value

    def change_all(self, change: Callable[[T], T]) -> None:
        """Change the value, and all that undo and redo lead to. It is no step."""
        self._value = change(self._value)
        for steps in (self._past, self._future):
            steps[:] = [replace(step, value=change(step.value)) for step in steps]
        if self._open is not None:
            self._open = replace(self._open, value=change(self._open.value))

    def resume(self) -> None:
        """Open the last step again: a push of its name goes on in it."""
        self.end_step()
        if self._past:
            self._open = self._past.pop()

    def end_step(self) -> None:
        """End the open step, if there is one."""
        step, self._open = self._open, None
        if step is not None and step.value != self._value:
            self._past.append(step)
            del self._past[: -self._limit]
            self._future.clear()

    def undo(self) -> None:
        """Go back to what was before the last step."""
        self.end_step()
        if self._past:
            step = self._past.pop()
            self._future.append(replace(step, value=self._value, undone_at=monotonic()))
            self._value = step.value

    def redo(self) -> None:
        """Go forward again to what was after the step that was undone last."""
        self.end_step()
        if self._future:
            step = self._future.pop()
            self._past.append(replace(step, value=self._value))
            self._value = step.value

    @property
    def _last(self) -> _Step[T] | None:
        if self._open is not None and self._open.value != self._value:
            return self._open
        return self._past[-1] if self._past else None

    @property
    def _next(self) -> _Step[T] | None:
        going_on = self._open is not None and self._open.value != self._value
        return self._future[-1] if self._future and not going_on else None
