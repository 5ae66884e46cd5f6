"""Speaks with the indexer's process: wishes down, reports up as signals.

As with the engine, a thread of the process's own does the blocking read. A process that dies is
started again twice, so that a picture which took it along both times is known and left alone; one
that dies yet again within a minute is left until somebody asks for the library later.
"""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.indexing import (
    ActsWritten,
    Changed,
    IndexProblem,
    Quit,
    Rebuild,
    Remember,
    Report,
    Scan,
    ThumbnailsReady,
    WantThumbnails,
    Watch,
    Wish,
    WrittenOver,
)
from kandinsky_desktop.worker.process import ChildProcess

log = logging.getLogger(__name__)

GRACE_S = 1.0
SOON_S = 60.0
MOST_DEATHS = 2  # within that time, after which it is started again
QUIT = Quit()


class IndexerWorker(QObject):
    """Keeps one indexer running. Knows nothing of the window or of SQLite."""

    changed = Signal(object)  # domain.indexing.Changed
    thumbnails_ready = Signal(object)  # tuple[int, ...]: ids
    problem = Signal(str)  # a sentence
    written_over = Signal(object)  # domain.indexing.WrittenOver
    started = Signal(int)  # the process's number
    _heard = Signal(object)  # domain.indexing.Report, emitted in the process's own thread
    _ended = Signal(object)  # worker.process.ChildProcess, likewise

    def __init__(self, command: Sequence[str], log_file: Path | None = None) -> None:
        super().__init__()
        self._command = command
        self._log_file = log_file
        self._process: ChildProcess | None = None
        self._roots: tuple[Path, ...] | None = None
        self._wanted: tuple[int, ...] = ()
        self._deaths: list[float] = []
        self._is_over = False
        self._heard.connect(self._on_heard)
        self._ended.connect(self._on_ended)

    @Slot(object)
    def watch(self, roots: tuple[Path, ...]) -> None:
        """Keep the index of these folders; the process is started, if it does not run."""
        self._roots = tuple(roots)
        if self._process is None:
            self._deaths = []
            self._start()
        else:
            self._process.send(Watch(self._roots))

    @Slot()
    def scan(self) -> None:
        """Look through all folders again."""
        self._say(Scan())

    @Slot(object)
    def remember(self, path: Path) -> None:
        """Tell of a picture that was just made, moved or deleted."""
        self._say(Remember(path))

    @Slot(object)
    def want_thumbnails(self, ids: tuple[int, ...]) -> None:
        """Want these thumbnails, the most wanted first, and no others any more."""
        self._wanted = tuple(ids)
        self._say(WantThumbnails(self._wanted))

    @Slot(object)
    def acts_written(self, root: Path) -> None:
        """Tell that the log of a library folder has grown."""
        self._say(ActsWritten(root))

    @Slot()
    def rebuild(self) -> None:
        """Have the index made anew."""
        self._say(Rebuild())

    @Slot()
    def stop(self) -> None:
        """End the process, waiting for it. For the thread's `finished`, or before deletion."""
        self._is_over = True
        if self._process is not None:
            self._process.end(GRACE_S)
            self._process = None

    def _say(self, wish: Wish) -> None:
        """Send a wish; where the process died long ago, to another one."""
        if self._process is None and self._may_start:
            self._start()
        self._send(wish)

    def _send(self, wish: Wish) -> None:
        if self._process is not None:
            self._process.send(wish)

    @property
    def _may_start(self) -> bool:
        """Whether it did not die too often of late."""
        since = time.monotonic() - SOON_S
        self._deaths = [at for at in self._deaths if at > since]
        return len(self._deaths) <= MOST_DEATHS

    def _start(self) -> None:
        if self._is_over or self._roots is None:
            return
        try:
            self._process = ChildProcess(
                self._command,
                self._heard.emit,
                self._ended.emit,
                self._log_file,
                speaks=Report,
                farewell=QUIT,
            )
        except OSError:
            log.exception("the indexer does not start")
            self._deaths = [time.monotonic()] * (MOST_DEATHS + 1)
            self.problem.emit(
                _("The gallery could not be brought up to date: its indexer did not start.")
            )
            return
        self.started.emit(self._process.pid)
        self._process.send(Watch(self._roots))
        if self._wanted:
            self._process.send(WantThumbnails(self._wanted))

    @Slot(object)
    def _on_heard(self, report: Any) -> None:
        match report:
            case Changed():
                self.changed.emit(report)
            case ThumbnailsReady(ids=ids):
                self.thumbnails_ready.emit(ids)
            case IndexProblem(sentence=sentence):
                self.problem.emit(sentence)
            case WrittenOver():
                self.written_over.emit(report)
            case _:
                log.error("the indexer said %r", report)

    @Slot(object)
    def _on_ended(self, process: ChildProcess) -> None:
        if process is not self._process:
            return
        self._process = None
        process.end(GRACE_S)
        if self._is_over:
            return
        log.error("the indexer ended with code %s", process.code)
        self._deaths.append(time.monotonic())
        if self._may_start:
            self._start()
        else:
            self.problem.emit(
                _(
                    "The gallery is not brought up to date any more: its indexer stopped again and"
                    " again. Your pictures are safe. Its log says why."
                )
            )
