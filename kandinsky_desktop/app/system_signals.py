"""Closes the window when the system asks for it: at the end of a session, or by Ctrl+C.

Without this a signal ends the process where it stands, with nothing of the sitting written.
Windows asks windows themselves, which Qt hears; there is nothing to do there.
"""

import os
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier

ENDING = ("SIGTERM", "SIGINT", "SIGHUP")


class SystemSignals(QObject):
    """Calls a function in the window's thread once one of ENDING has come.

    A second one ends the process at once, as it would without us. Python's own handlers run
    between any two of its steps, in the middle of a painting too, and never while Qt's loop waits:
    so the number of the signal comes through a socket, which the loop reads when it is free.
    """

    def __init__(self, end: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = end
        self._reading: socket.socket | None = None
        self._handlers: dict[int, Any] = {}
        if os.name != "posix":
            return
        self._reading, self._writing = socket.socketpair()
        for one in (self._reading, self._writing):
            one.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for name in ENDING:
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves SIGHUP
                self._handlers[number] = signal.signal(number, self._on_signal)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)

    def stop(self) -> None:
        """Hear no more of them; what was done about them before is done again."""
        if self._reading is None:
            return
        self._notifier.setEnabled(False)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        self._reading.close()
        self._writing.close()
        self._reading = None

    @staticmethod
    def _on_signal(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)

    def _wake(self) -> None:
        """Read which signals have come: a byte each."""
        assert self._reading is not None
        if not self._handlers.keys().isdisjoint(self._reading.recv(4096)):
            self._end()
