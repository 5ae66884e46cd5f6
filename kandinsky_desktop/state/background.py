"""Short work on the disk, done in other threads; its result comes back in the UI thread."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from kandinsky_desktop.domain.errors import KandinskyError, brief
from kandinsky_desktop.domain.i18n import _

log = logging.getLogger(__name__)

T = TypeVar("T")


class Background(QObject):
    """A few threads for reading and one for writing, so that writes keep their order."""

    _done = Signal(object, object)  # the callback, the result; emitted in another thread

    def __init__(self) -> None:
        super().__init__()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._ended = False
        self._done.connect(self._call)

    def read(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run `work` in a thread and then `then`, or `failed` with a sentence, in this one."""
        self._submit(self._readers, work, then, failed)

    def write(
        self,
        work: Callable[[], T],
        failed: Callable[[str], None] | None = None,
        then: Callable[[T], None] | None = None,
    ) -> None:
        """Run `work` after all earlier writes, and then `then`, or `failed`, in this thread."""
        self._submit(self._writer, work, then or _nothing, failed)

    def finish_writes(self) -> bool:
        """Wait for all that is to be written so far, and call back what has ended, in this thread.

        What a callback writes is not waited for. False: it has ended, and calls nobody any more.
        """
        if self._ended:
            return False
        self._writer.submit(_pass).result()
        QCoreApplication.sendPostedEvents(self)
        return True

    def end(self) -> None:
        """Wait for what is being read or written; drop what waits to be read, and what comes after.

        Work refers to QObjects (itself, its callbacks). If it held their last reference, they would
        be destroyed in its thread instead of their own.
        """
        self._ended = True
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[str], None] | None,
    ) -> None:
        def run() -> None:
            try:
                result = work()
            except (KandinskyError, OSError) as error:
                log.warning("%s", error)
                if failed is not None:
                    self._done.emit(failed, brief(error))
                return
            self._done.emit(then, result)

        def look(future: Future[None]) -> None:
            """Log an unexpected exception: a bug of ours."""
            error = None if future.cancelled() else future.exception()
            if error is not None:
                log.error("short work broke", exc_info=error)
                if failed is not None:
                    self._done.emit(failed, _("Something broke. The log has the details."))

        if not self._ended:
            pool.submit(run).add_done_callback(look)

    @Slot(object, object)
    def _call(self, then: Callable[[Any], None], result: object) -> None:
        if not self._ended:
            then(result)


def _pass() -> None:
    """Come after all that was to be done before."""


def _nothing(result: object) -> None:
    del result
