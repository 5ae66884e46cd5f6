"""Drives the process that converts a model's original files, and passes on what it says."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.converting import ConversionEvent, Converting, NotConverted
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.worker.process import ChildProcess

log = logging.getLogger(__name__)


class Converter(QObject):
    """One conversion at a time, in a process of its own. Every one ends in a last event."""

    happened = Signal(object)  # domain.converting.ConversionEvent
    _heard = Signal(int, object)  # of which run, what; emitted in the process's own thread
    _ended = Signal(object)  # worker.process.ChildProcess, likewise

    def __init__(self, command: Sequence[str], log_file: Path | None = None) -> None:
        super().__init__()
        self._command, self._log_file = command, log_file
        self._process: ChildProcess | None = None
        self._run = 0
        self._is_told = False  # how it ended
        self._heard.connect(self._on_heard)
        self._ended.connect(self._on_ended)

    @Slot(object, object)
    def convert(self, origin: Path, target: Path) -> None:
        """Begin, or go on where an earlier one for the same folders was cut off."""
        self.stop()
        self._run += 1
        self._is_told = False
        try:
            self._process = ChildProcess(
                [*self._command, str(origin), str(target)],
                partial(self._heard.emit, self._run),
                self._ended.emit,
                self._log_file,
                speaks=ConversionEvent,
            )
        except OSError:
            log.exception("a conversion does not start")
            self.happened.emit(
                NotConverted(_("The conversion could not be started. Its log says why."))
            )

    @Slot()
    def stop(self) -> None:
        """End it; what was written stays. For the thread's `finished` too."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    @Slot(int, object)
    def _on_heard(self, run: int, event: ConversionEvent) -> None:
        if run == self._run and self._process is not None:
            self._is_told = not isinstance(event, Converting)
            self.happened.emit(event)

    @Slot(object)
    def _on_ended(self, process: ChildProcess) -> None:
        if process is not self._process:
            return
        self._process = None
        process.kill()
        if not self._is_told:
            log.error("a conversion ended with code %s", process.code)
            self.happened.emit(
                NotConverted(
                    _(
                        "The conversion stopped. What was written stays: begin again, and it goes"
                        " on there."
                    )
                )
            )
