"""Acts on the canvas that wait their turn while long work or a stroke goes on."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from kandinsky_desktop.state.canvas_document import CanvasDocument

P = ParamSpec("P")


class _OfDocument(Protocol):
    _document: CanvasDocument


S = TypeVar("S", bound=_OfDocument)


def in_turn(act: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """Let a method of an editor be done `when_free`: at once, or after what goes on now."""

    @wraps(act)
    def waiting(self: S, /, *args: P.args, **keywords: P.kwargs) -> None:
        self._document.when_free(lambda: act(self, *args, **keywords))

    return waiting
