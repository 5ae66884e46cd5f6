"""Tells through the desktop, while another window is in front, that pictures are done or failed.

On Linux by the notices of freedesktop.org, with progress on the icon in the task bar where the
desktop shows it; elsewhere by the tray. All of it is talked in a thread, and nothing is said where
nobody listens.
"""

import logging
import struct
import sys
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from kandinsky_desktop.domain.events import Failed, Finished
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.ui import session_bus
from kandinsky_desktop.ui.session_bus import SessionBus

log = logging.getLogger(__name__)

NAME = "kandinsky-desktop"  # of the desktop file
NOTICES, NOTICES_PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
LAUNCHER, LAUNCHER_PATH = (
    "com.canonical.Unity.LauncherEntry",
    "/com/canonical/unity/launcherentry/1",
)
PROGRESS_MS = 250  # between two words about progress
TRAY_MS = 8_000  # how long the tray's icon is there for its notice


class DoneNotice(QObject):
    """Follows the queue, and tells its end to whoever looks elsewhere."""

    def __init__(
        self,
        window: QWidget,
        job_queue: JobQueue,
        preferences: Preferences,
        background: Background,
    ) -> None:
        super().__init__(window)
        self._window, self._job_queue = window, job_queue
        self._preferences, self._background = preferences, background
        self._pictures = self._jobs = 0  # done since the queue began
        self._desktop = Desktop(background)
        self._tick = QTimer(self)
        self._tick.setInterval(PROGRESS_MS)
        self._tick.timeout.connect(self._show_progress)
        job_queue.job_started.connect(self._tick.start)
        job_queue.picture_made.connect(self._count)
        job_queue.job_ended.connect(self._on_end)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_state)

    @property
    def away(self) -> bool:
        """Whether another program's window is in front."""
        return QApplication.activeWindow() is None

    def end(self) -> None:
        """Tell nothing any more."""
        self._tick.stop()
        self._desktop.end()

    @Slot()
    def _count(self) -> None:
        self._pictures += 1

    @Slot(object, object)
    def _on_end(self, job: Job, event: object) -> None:
        goes_on = bool(self._job_queue.jobs.waiting) and not self._job_queue.paused
        if not goes_on:
            self._tick.stop()
            self._desktop.show_progress(None)
        title = job.title
        if isinstance(event, Failed) and not event.away:
            self._tell(title or _("A picture"), _("It could not be painted."))
        elif isinstance(event, Finished):
            self._jobs += 1
            if not goes_on:
                words = ngettext(
                    "{n} picture is done.", "{n} pictures are done.", self._pictures
                ).format(n=self._pictures)
                self._tell(title if self._jobs == 1 and title else _("Kandinsky Desktop"), words)
        if not goes_on:
            self._pictures = self._jobs = 0

    def _tell(self, title: str, words: str) -> None:
        settings = self._preferences.settings
        if not self.away:
            return
        QApplication.alert(self._window)
        if settings.sound_when_done:
            QApplication.beep()
        if settings.notice_when_done:
            self._desktop.tell(title, words, sound=settings.sound_when_done)

    def _show_progress(self) -> None:
        running = self._job_queue.jobs.running
        self._desktop.show_progress(None if running is None else running.share)

    @Slot(Qt.ApplicationState)
    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._desktop.withdraw()


class Desktop:
    """What the desktop shows of us outside of our window. Nothing here waits or raises."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._bus: SessionBus | None = None  # of the background's writer
        self._where = session_bus.address() if sys.platform == "linux" else ""
        self._notice = 0  # the number that the desktop gave to the last one
        self._progress: float | None = None
        self._tray: QSystemTrayIcon | None = None

    def tell(self, title: str, words: str, *, sound: bool) -> None:
        """Show a notice, in place of the last one."""
        if self._where:
            self._background.write(lambda: self._notify(title, words, sound=sound))
        elif sys.platform != "linux" and QSystemTrayIcon.supportsMessages():
            self._tell_by_tray(title, words)

    def withdraw(self) -> None:
        """Take the last notice away: someone came."""
        if self._notice:
            self._background.write(self._close)

    def show_progress(self, share: float | None) -> None:
        """Show how far the running job is on our icon in the task bar; None: nothing runs."""
        shown = None if share is None else round(share, 2)
        if self._where and shown != self._progress:
            self._progress = shown
            self._background.write(lambda: self._progressed(shown))

    def end(self) -> None:
        """Leave the bus, and with it the task bar."""
        self._background.write(self._leave)

    # -- in the background's writer, one after the other

    def _notify(self, title: str, words: str, *, sound: bool) -> None:
        with_sound = ("sound-name", ("s", "complete"))
        hints = dict([with_sound if sound else ("suppress-sound", ("b", True))])
        hints["desktop-entry"] = ("s", NAME)
        values: tuple[Any, ...] = (
            _("Kandinsky Desktop"),
            self._notice,
            NAME,
            title,
            words,
            [],
            hints,
            -1,
        )
        body = self._say(NOTICES_PATH, f"{NOTICES}.Notify", "susssasa{sv}i", *values)
        self._notice = struct.unpack("<I", body)[0] if len(body) == 4 else 0

    def _close(self) -> None:
        number, self._notice = self._notice, 0
        self._say(NOTICES_PATH, f"{NOTICES}.CloseNotification", "u", number)

    def _progressed(self, share: float | None) -> None:
        shown = {
            "progress": ("d", share or 0.0),
            "progress-visible": ("b", share is not None),
        }
        about = (f"application://{NAME}.desktop", shown)
        self._say(LAUNCHER_PATH, f"{LAUNCHER}.Update", "sa{sv}", *about, signal=True)

    def _say(
        self, path: str, name: str, signature: str, *values: Any, signal: bool = False
    ) -> bytes:
        """Say something on the bus; where that fails, nothing is said any more."""
        if not self._where:
            return b""
        try:
            if self._bus is None:
                self._bus = SessionBus(self._where)
            if signal:
                self._bus.emit(path, name, signature, *values)
                return b""
            return self._bus.call(NOTICES, path, name, signature, *values)
        except OSError as error:
            log.info("the desktop shows no notices: %s", error)
            self._leave()
            return b""

    def _leave(self) -> None:
        self._where = ""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    # -- where there is no such bus

    def _tell_by_tray(self, title: str, words: str) -> None:
        if self._tray is None:
            self._tray = QSystemTrayIcon(QApplication.windowIcon())
        self._tray.show()  # only what is in the tray may say something
        self._tray.showMessage(title, words)
        QTimer.singleShot(TRAY_MS, self._tray, self._tray.hide)
