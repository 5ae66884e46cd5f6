"""Reads the weights of models from first to last in a thread, and says how far it is."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from kandinsky_desktop.domain.errors import KandinskyError, Stopped
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model

if TYPE_CHECKING:
    from kandinsky_desktop.store.model_check import Checked

log = logging.getLogger(__name__)

PAUSE_S = 0.1  # between two words about how far it is


@dataclass(frozen=True, slots=True)
class Reading:
    """How far it is."""

    file: Path
    done_bytes: int
    whole_bytes: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it."""

    model: str
    checked: tuple["Checked", ...] = ()
    problems: tuple[str, ...] = ()  # what is amiss, file by file
    is_whole: bool = True  # whether it was read to its end


class Verification(QObject):
    """At most one at a time; a new one ends the one before."""

    progressed = Signal(object)  # Reading
    finished = Signal(object)  # Verified
    _told = Signal(int, object)  # of which run, what; emitted in the thread

    def __init__(self) -> None:
        super().__init__()
        self._run = 0
        self._stop = Event()
        self._thread: Thread | None = None
        self._told.connect(self._on_told)

    @property
    def busy(self) -> bool:
        """Whether it reads."""
        return self._thread is not None

    def start(self, model: Model) -> None:
        """Read all weights of a model; `progressed` and then `finished` follow."""
        self.stop()
        self._run += 1
        self._stop = Event()
        work = _Work(model, self._stop, self._run, self._told)
        self._thread = Thread(target=work.run, name="verification", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more. It is waited for: no block that is read takes long."""
        thread, self._thread = self._thread, None
        self._run += 1
        self._stop.set()
        if thread is not None:
            thread.join()

    @Slot(int, object)
    def _on_told(self, run: int, told: object) -> None:
        if run != self._run:
            return
        if isinstance(told, Reading):
            self.progressed.emit(told)
        else:
            self._thread = None
            self.finished.emit(told)


class _Work:
    """What the thread does. It knows nothing of QObjects but a signal."""

    def __init__(self, model: Model, stop: Event, run: int, told: SignalInstance) -> None:
        self._model, self._stop, self._run, self._told = model, stop, run, told
        self._done = self._whole = 0
        self._file = Path()
        self._last = 0.0

    def run(self) -> None:
        checked: list[Checked] = []
        problems: list[str] = []
        whole = False
        try:
            from kandinsky_desktop.store import model_check  # brings numpy along

            files = model_check.files_of(self._model)
            self._whole = sum(file.stat().st_size for file in files)
            for file in files:
                self._file = file
                before = self._done
                try:
                    one = model_check.check(self._file, self._on_bytes)
                except Stopped:
                    raise
                except (KandinskyError, OSError) as error:
                    problems.append(_said(self._file, error))
                    self._done = before + _size(self._file)
                    continue
                checked.append(one)
                problems += [one.problem] if one.problem else []
            whole = True
        except Stopped:
            pass
        except (KandinskyError, OSError) as error:
            problems.append(_said(self._model.root, error))
        finally:  # a bug of ours too: it is in the log
            self._say(Verified(self._model.name, tuple(checked), tuple(problems), whole))

    def _on_bytes(self, count: int) -> None:
        if self._stop.is_set():
            raise Stopped
        self._done += count
        now = time.monotonic()
        if now - self._last > PAUSE_S:
            self._last = now
            self._say(Reading(self._file, self._done, self._whole))

    def _say(self, what: object) -> None:
        self._told.emit(self._run, what)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _said(file: Path, error: KandinskyError | OSError) -> str:
    if isinstance(error, KandinskyError):
        return str(error)
    return _("{file} cannot be read: {reason}.").format(
        file=error.filename or file, reason=error.strerror or error
    )
