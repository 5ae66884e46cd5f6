"""Standard output and error that take any text, and outlive whoever reads them.

What the encoding lacks is escaped. Where the reader has gone (`| head`), or the disk is full, the
rest is said to nobody and the work goes on: no picture is lost for what is said about it.
"""

import codecs
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO, cast

ESCAPING = "kandinsky_desktop.escaping"  # the name of `escape` among Python's error handlers
READER_GONE = (errno.EPIPE, errno.EINVAL, errno.EIO)  # the second is what Windows says
WIDE = ("utf-16", "utf_16", "utf-32", "utf_32")  # encodings that take no single bytes


def escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for the first character that cannot be encoded, and where to go on.

    A byte of a path that is no text comes out as it is; all else as `\\u0440`.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    code = ord(error.object[error.start])
    if 0xDC80 <= code <= 0xDCFF and not error.encoding.lower().startswith(WIDE):
        return bytes([code - 0xDC00]), error.start + 1
    one = UnicodeEncodeError(
        error.encoding, error.object, error.start, error.start + 1, error.reason
    )
    return cast("tuple[str, int]", codecs.backslashreplace_errors(one))


codecs.register_error(ESCAPING, escape)


class Stream:
    """A standard stream whose writes never fail. Notes in `failure` why it fell silent."""

    def __init__(self, stream: TextIO | None) -> None:
        """Take over a stream; None, a closed one, is silent from the beginning."""
        self._own = None if stream else open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        self._stream: TextIO = stream or cast(TextIO, self._own)
        self.failure: OSError | None = None
        if isinstance(self._stream, TextIOWrapper):
            self._stream.reconfigure(errors=ESCAPING)

    def write(self, text: str) -> int:
        """Write a text, unless nobody reads it any more."""
        if self.failure is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._fall_silent(error)
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        if self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._fall_silent(error)

    def end(self) -> None:
        """Send what was written, and close what was opened here."""
        self.flush()
        if self._own is not None:
            self._own.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def lost(self) -> str:
        """Why something that was written went nowhere, though somebody would have read it."""
        if self.failure is None or self.failure.errno in READER_GONE:
            return ""
        return self.failure.strerror or str(self.failure)

    def _fall_silent(self, error: OSError) -> None:
        """Let what waits in the buffer go nowhere, so that Python's exit does not stumble on it."""
        self.failure = error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def lasting_streams() -> Iterator[Stream]:
    """Put such streams in the place of stdout and stderr; yields that of stdout."""
    before = sys.stdout, sys.stderr
    out, err = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        yield out
    finally:
        out.end()
        err.end()
        sys.stdout, sys.stderr = before
