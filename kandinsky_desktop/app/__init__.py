"""The program: shows the window at once, furnishes it, then lets the worker wake up."""

import os
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store import (
    data_version,
    installed_version,
    layout_file,
    places,
    settings_file,
)
from kandinsky_desktop.store.window_lock import WindowLock
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from kandinsky_desktop.app.options import Options
    from kandinsky_desktop.app.program import Program

PATIENCE_S = 0.3  # a window that is started hidden or minimised is never seen


def main(arguments: list[str] | None = None) -> int:
    """Run the application until its window is closed."""
    installed_version.hold()
    given = sys.argv[1:] if arguments is None else arguments
    options = None
    if given:
        from kandinsky_desktop.app.options import read_options

        options = read_options(given)
        if options.selftest is not None:
            from kandinsky_desktop.app.selftest import examine

            return examine(options.selftest, run)
    return run(options)


def run(options: "Options | None" = None, begun: "Callable[[Program], None] | None" = None) -> int:
    """Open the window and return the exit code; `begun` is told of the program before it starts."""
    if not _any_display():
        from kandinsky_desktop.app.options import say_no_display

        return say_no_display()
    lock = WindowLock(places.window_lock())
    if not lock.acquire():
        code = _hand_over(lock, options)
        if code is not None:
            return code
    application = QApplication(["kandinsky-desktop"])  # the window's class on X11
    application.setApplicationName("Kandinsky Desktop")
    application.setDesktopFileName("kandinsky-desktop")
    application.setStyle(QStyleFactory.create("Fusion"))
    refusal = data_version.refusal(places.version_file())
    if refusal:
        from kandinsky_desktop.app.options import say_newer_data

        return say_newer_data(refusal)
    read = settings_file.read(places.settings_file())
    settings = read.settings
    layout = layout_file.load(places.layout_file())
    window = MainWindow(tokens_for(settings.theme), settings.text_size / 100, layout.geometry)
    window.fit(window.screen().availableGeometry())
    window.show()
    _wait_until_seen(application, window)
    painted_at = time.monotonic()

    from kandinsky_desktop.app.program import Program  # half of all there is to import

    # one that is examined has a data folder of its own, which no second start knows
    heard_by = lock if begun is None else None
    models = options.models if options else None
    program = Program(application, window, read, layout, models, heard_by)
    if os.environ.get("KANDINSKY_FIRST_PAINT"):
        Stopwatch(program.workspace, painted_at)
    application.processEvents()
    if begun is not None:
        begun(program)
    program.start(options.files if options else ())
    code = program.run()
    window.deleteLater()  # with all that is in it, before Python takes its modules apart
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return code


def _hand_over(lock: WindowLock, options: "Options | None") -> int | None:
    """Leave it to the window that is open; return the exit code, or None if that has closed."""
    from kandinsky_desktop.app.handover import hand_over, here
    from kandinsky_desktop.app.options import Options, say_no_answer, say_open

    given = options or Options()
    version = hand_over(lock, here(given.files, given.models))
    if version is None:
        return None
    return say_open(version) if version else say_no_answer()


def _any_display() -> bool:
    """Whether Qt finds where to show a window. Without that it would abort the process."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in wanted)


def _wait_until_seen(application: QApplication, window: MainWindow) -> None:
    """Let the desktop show the window before anything that takes time, if it does so soon."""
    patience = time.monotonic() + PATIENCE_S
    while not window.seen and time.monotonic() < patience:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)


class Stopwatch(QObject):
    """For the benchmark: says when the frame and when the panels were painted first; then exits."""

    def __init__(self, workspace: QWidget, painted_at: float) -> None:
        super().__init__(workspace)
        self._painted_at = painted_at
        workspace.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        import json

        heavy = {"torch", "diffusers", "transformers", "numpy"} & set(sys.modules)
        said = {
            "painted_at": self._painted_at,
            "furnished_at": time.monotonic(),
            "heavy": sorted(heavy),
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        os._exit(0)
