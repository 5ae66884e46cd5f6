"""The log of acts in a library folder: what people did with its pictures, a file for each device.

A line is the CRC-32 of an act in eight hexadecimal digits, a space, and the act as a JSON object.
The log only grows, and an act counts once its line is synced. The first line says the format and a
mark of birth, so that who reads on from a place knows whether it is still the same file. Acts that
are not known here are left to those who know them. Lines that were torn or garbled are no acts.
"""

import json
import logging
import os
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from secrets import token_hex
from typing import Any

from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.store import atomic_file

log = logging.getLogger(__name__)

OWN = ".kandinsky"  # in each library folder: what is ours and no picture of anyone's
ACROSS = 9  # bytes before the JSON: the checksum and a space
DEVICE = re.compile(r"[0-9a-f]{12}")

LATEST = 2**63 - 1  # microseconds: later ones are no acts
Act = dict[str, Any]  # "at": microseconds since 1970; of two that contradict, the later one holds


class ActLog:
    """What this device appends to. One thread at a time."""

    def __init__(self, folder: Path, device: str) -> None:
        self.path = folder / OWN / f"notes-{device}.log"
        self._last_at = 0

    def append(self, act: Act, *, after: int = 0) -> Act:
        """Make an act last, and return it with its time. Raises OSError or OtherFormat.

        It is later than all that this process wrote, and than `after`: the time of what it is to
        replace, which a clock that was ahead, here or on another device, may have put in the
        future. What was not written whole and synced is taken back: then it has not happened.
        """
        timed = {"at": self._now(after), **act}
        self._write([timed])
        return timed

    def repeat(self, acts: Sequence[Act]) -> None:
        """Make acts last that have their times already, in one write. Raises as `append`.

        All that this process appends afterwards is later than they.
        """
        self._now(max(act["at"] for act in acts))
        self._write(acts)

    def _write(self, acts: Sequence[Act]) -> None:
        self.path.parent.mkdir(exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o644)
        try:
            is_new = self._append(file, acts)
        finally:
            os.close(file)
        if is_new:
            atomic_file.sync_folder(self.path.parent)
            atomic_file.sync_folder(self.path.parent.parent)

    def _append(self, file: int, acts: Sequence[Act]) -> bool:
        """Write lines behind the last whole one; return whether they are the first."""
        size = os.fstat(file).st_size
        start = _head(self.path)
        if size and b"\n" not in start:  # its very first line was torn: there is nothing in it
            os.ftruncate(file, 0)
            size = 0
        lines = b"".join(map(_line, acts))
        if size:
            _birth_of(start, self.path)
            torn = _last_byte(self.path) != b"\n"  # that line stays alone, and counts as none
            data = (b"\n" if torn else b"") + lines
        else:
            birth = with_format({"birth": token_hex(8), "at": acts[0]["at"]})
            data = _line(birth) + lines
        try:
            if os.write(file, data) != len(data):  # a full disk takes a part
                raise OSError(ENOSPC, os.strerror(ENOSPC), str(self.path))
            os.fsync(file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, size)
            raise
        return not size

    def _now(self, after: int) -> int:
        """Return a time that is later than that of the acts before, also if the clock was set."""
        last = min(max(self._last_at, after), LATEST - 1)
        self._last_at = max(last + 1, time.time_ns() // 1000)
        return self._last_at


def logs(folder: Path) -> list[Path]:
    """Return the logs of all devices in a library folder. Raises OSError."""
    try:
        names = os.listdir(folder / OWN)
    except FileNotFoundError:
        return []
    ours = (name for name in names if name.startswith("notes-") and name.endswith(".log"))
    return [folder / OWN / name for name in sorted(ours)]


def birth(path: Path) -> str:
    """Return the mark of birth of a log; empty if it has none. Raises OSError or OtherFormat."""
    return _birth_of(_head(path), path)


def read(path: Path, start: int = 0) -> Iterator[tuple[int, Act]]:
    """Yield the acts of a log from a place on, each with the place behind it, in bytes.

    Raises OSError. A line that is not whole yet ends it: it may become so.
    """
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            if not line.endswith(b"\n"):
                return
            start += len(line)
            act = _parsed(line)
            if act is None:
                log.info("a line of %s is no act", path)
            elif "birth" not in act:
                yield start, act


def device(file: Path) -> str:
    """Return the id of this device, which is made at first.

    Where it cannot be kept, it is another one next time, with a log of its own.
    """
    try:
        kept = file.read_text("ascii").strip()
    except (OSError, ValueError):
        kept = ""
    if DEVICE.fullmatch(kept):
        return kept
    made = token_hex(6)
    try:
        atomic_file.write(file, made.encode())
    except OSError as error:
        log.warning("the id of this device cannot be kept: %s", error)
    return made


def _line(act: Act) -> bytes:
    body = json.dumps(act, ensure_ascii=False, separators=(",", ":"))
    data = body.encode("utf-8", "surrogatepass")  # a file's name may be no text
    return b"%08x %s\n" % (zlib.crc32(data), data)


def _parsed(line: bytes) -> Act | None:
    body = line[ACROSS:-1]
    try:
        if int(line[: ACROSS - 1], 16) != zlib.crc32(body):
            return None
        act = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return act if isinstance(act, dict) else None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline(4096)


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def _birth_of(head: bytes, path: Path) -> str:
    """Return the mark of birth in a log's first line. Raises OtherFormat."""
    first = _parsed(head)
    if first is None or "birth" not in first:
        return ""  # damaged: the other lines hold all the same
    return str(without_format(first, path.name)["birth"])
