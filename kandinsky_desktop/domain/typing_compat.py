"""`override`, without what its package costs at start-up: 3 of the first 100 milliseconds."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method):
        """Mark a method that stands in for one of a base class; type checkers verify it."""
        return method


__all__ = ["override"]
