"""What a second start hands over to the window that is open: the files it was given.

A local socket, over which one JSON object goes; `ok` comes back, with the version of the window
that is open. Imported when it is needed and never before the window is painted: QtNetwork is
another library to load.
"""

import json
import logging
import os
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from kandinsky_desktop import __version__
from kandinsky_desktop.store.window_lock import WindowLock

log = logging.getLogger(__name__)

PATIENCE_S = 10.0  # the window that is open may be opening or closing
TAKEN = b"ok"  # the answer begins so; behind it stands a version
UNKNOWN = "?"  # the version of a program that does not say it
LONGEST = 1_000_000  # bytes of a message
TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")  # by which a desktop lets a window come up


@dataclass(frozen=True, slots=True)
class Message:
    """What a second start was given."""

    files: tuple[Path, ...] = ()  # whole paths
    models: Path | None = None
    tokens: tuple[tuple[str, str], ...] = ()  # of the desktop, by the variables' names
    version: str = __version__  # of the program that was started


class Listener(QObject):
    """Hears what second starts hand over, in the window that holds the lock."""

    received = Signal(object)  # Message

    def __init__(self, lock: WindowLock, folder: Path) -> None:
        """`folder` is that of the data: it gives the socket its name."""
        super().__init__()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        name = f"kandinsky-desktop-{sha256(os.fsencode(folder)).hexdigest()[:16]}"
        QLocalServer.removeServer(name)  # of a window that was killed
        if self._server.listen(name):
            lock.address = self._server.fullServerName()
        else:
            log.warning("second starts cannot be heard: %s", self._server.errorString())

    def close(self) -> None:
        """Hear nothing any more: who comes now waits for the lock."""
        self._server.close()

    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)  # what came before that

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LONGEST:
                socket.abort()
            return
        message = _message(bytes(socket.readLine().data()))
        if message is None:
            socket.abort()
            return
        socket.write(TAKEN + f" {__version__}\n".encode())
        socket.disconnectFromServer()
        self.received.emit(message)


def hand_over(lock: WindowLock, message: Message, patience_s: float = PATIENCE_S) -> str | None:
    """Hand a message to the window that holds the lock; return its version, empty if it is deaf.

    None: the lock was let go meanwhile, and is held here now.
    """
    until = time.monotonic() + patience_s
    while True:
        version = _sent(lock.address, message, until) if lock.address else ""
        if version:
            return version
        if lock.acquire():
            return None
        if time.monotonic() > until:
            return ""
        time.sleep(0.1)


def here(files: tuple[Path, ...], models: Path | None) -> Message:
    """Return what this start was given."""
    tokens = tuple((name, os.environ[name]) for name in TOKENS if os.environ.get(name))
    whole = tuple(path.absolute() for path in files)
    return Message(whole, None if models is None else models.absolute(), tokens)


def encoded(message: Message) -> bytes:
    """Return a message as it goes over the socket: one line of ASCII, with paths of any bytes."""
    plain = {
        "files": [os.fspath(path) for path in message.files],
        "models": None if message.models is None else os.fspath(message.models),
        "tokens": dict(message.tokens),
        "version": message.version,
    }
    return json.dumps(plain).encode() + b"\n"


def _sent(address: str, message: Message, until: float) -> str:
    """Return the version of the window that took it; empty if none did.

    What was sent waits for the window, however busy that is: sent again, it would be taken twice.
    """

    def left_ms() -> int:
        return max(0, round(1000 * (until - time.monotonic())))

    socket = QLocalSocket()
    socket.connectToServer(address)
    if not socket.waitForConnected(left_ms()):
        return ""
    socket.write(encoded(message))
    while not socket.canReadLine():
        if not socket.waitForReadyRead(left_ms()):
            return ""
    taken, _space, version = bytes(socket.readLine().data()).strip().partition(b" ")
    return version.decode("utf-8", "replace") or UNKNOWN if taken == TAKEN else ""


def _message(line: bytes) -> Message | None:
    """Return what was handed over; None if it is nothing of ours."""
    try:
        plain: Any = json.loads(line)
        return Message(
            tuple(Path(str(path)) for path in plain["files"]),
            None if plain["models"] is None else Path(str(plain["models"])),
            tuple(
                (str(name), str(plain["tokens"][name]))
                for name in TOKENS
                if name in plain["tokens"]
            ),
            str(plain.get("version", UNKNOWN)),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("a message that is none: %s", error)
        return None
