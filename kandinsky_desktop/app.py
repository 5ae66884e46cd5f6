"""Builds the parts, shows the window, then lets the worker wake up."""

import argparse
import json
import logging
import os
import sys
import time
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QStyleFactory
from typing_extensions import override

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.draft import Draft, Wishes
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.models import Models, TokenMeter
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.session import Session
from kandinsky_desktop.state.viewing import Viewing
from kandinsky_desktop.store import places, sitting
from kandinsky_desktop.store.sitting import Sitting
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.ui.main_window import MainWindow, State
from kandinsky_desktop.ui.theme import Look
from kandinsky_desktop.worker.process import engine_command
from kandinsky_desktop.worker.worker import Worker

log = logging.getLogger(__name__)

SETTLE_MS = 400  # changes of the sitting that come within this time are written once


class App(QObject):
    """The running program: its state, its window and its worker's thread."""

    def __init__(self, application: QApplication, given_models: Path | None = None) -> None:
        super().__init__()
        self._given_models = given_models
        self.background = Background()
        preferences = Preferences(places.settings_file(), self.background)
        last = sitting.load(places.session_file())
        self.state = State(
            session=Session(),
            gallery=Gallery(self.background, Thumbnails(places.cache() / "thumbnails")),
            viewing=Viewing(self.background),
            draft=Draft(_wishes(last.draft)),
            models=Models(self.background),
            meter=TokenMeter(self.background),
            preferences=preferences,
        )
        settings = preferences.settings
        self.look = Look(application)
        self.look.apply(settings.theme, settings.text_size, motion=settings.motion)
        self.window = MainWindow(self.look, self.state)
        self.window.restore_layout(last.layout, last.places)
        session = self.state.session
        session.previews, session.pictures = settings.previews, preferences.pictures
        session.restore(last.jobs)
        if last.jobs:
            self.window.say_restored(len(last.jobs))

        self.worker = Worker(engine_command(), places.log_file("engine"))
        self.thread_of_worker = QThread()
        self.thread_of_worker.setObjectName("worker")
        self.worker.moveToThread(self.thread_of_worker)
        session.order_wanted.connect(self.worker.run)
        session.cancel_wanted.connect(self.worker.cancel)
        self.window.engine_save_wanted.connect(self.worker.save_to)
        self.worker.happened.connect(session.on_event)
        self.worker.happened.connect(self.window.on_engine)
        self.worker.engine_started.connect(self.window.on_engine_started)
        self.worker.engine_gone.connect(self.window.on_engine_gone)
        self.thread_of_worker.started.connect(self.worker.wake)
        self.thread_of_worker.finished.connect(self.worker.end)
        self.window.models_wanted.connect(self.look_for_models)

        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._write_sitting)
        session.changed.connect(self._settle.start)
        self.state.draft.changed.connect(self._settle.start)

    def start(self) -> None:
        """Begin all that the first sight of the window need not wait for."""
        self.look_for_models()
        self.state.gallery.look_in(self.state.preferences.pictures)
        self.thread_of_worker.start()

    def look_for_models(self) -> None:
        """Look through all folders with models."""
        self.state.models.look(
            places.model_folders(self.state.preferences.settings.models, self._given_models)
        )

    def end(self) -> None:
        """Write what is to outlast the sitting and end the engine. A running job is kept."""
        self._settle.stop()
        self._write_sitting()
        self.thread_of_worker.quit()
        self.thread_of_worker.wait()
        self.background.end()

    def _write_sitting(self) -> None:
        now = Sitting(
            jobs=tuple(entry.job for entry in self.state.session.queue.entries),
            draft=to_plain(self.state.draft.wishes, bytearray()),
            layout=self.window.layout_text,
            places=self.window.layout_numbers,
        )
        self.background.write(lambda: sitting.save(places.session_file(), now))


def main(arguments: list[str] | None = None) -> int:
    """Run the application until its window is closed."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Kandinsky Desktop")
    application.setDesktopFileName("kandinsky-desktop")
    application.setStyle(QStyleFactory.create("Fusion"))
    app = App(application, options.models)
    if os.environ.get("KANDINSKY_FIRST_PAINT"):
        app.window.installEventFilter(FirstPaint(app.window))
    app.window.show()
    application.processEvents()  # the first sight, before anything that takes time
    _log_to_file()
    app.start()
    return _run(app)


def _run(app: App) -> int:
    """Run the event loop of Qt and asyncio until the window is closed, and end in good order."""
    import asyncio

    import qasync

    loop = qasync.QEventLoop(QApplication.instance())
    asyncio.set_event_loop(loop)
    closed = asyncio.Event()
    app.window.closed.connect(closed.set)

    async def until_closed() -> None:
        await closed.wait()
        app.window.hide()
        app.end()

    with loop:
        loop.run_until_complete(until_closed())
    return 0


def _options(arguments: list[str]) -> Any:
    parser = argparse.ArgumentParser(
        prog="kandinsky-desktop", description=_("Kandinsky 2 on your own machine.")
    )
    parser.add_argument("--models", type=Path, help=_("a folder with models"))
    return parser.parse_args(arguments)


def _wishes(plain: Any) -> Wishes | None:
    """Return the draft of the last sitting, or None if there was none that can be read."""
    if plain is None:
        return None
    try:
        wishes: Wishes = from_plain(Wishes, plain)
    except KandinskyError as error:
        log.warning("the last draft is left out: %s", error)
        return None
    return wishes


def _log_to_file() -> None:
    file = places.log_file("window")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except OSError as error:
        log.warning("no log can be written: %s", error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)


@dataclass
class _Seen:
    done: bool = False


class FirstPaint(QObject):
    """Says when the window was painted first, and which heavy packages were there, then exits."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._seen = _Seen()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and not self._seen.done:
            self._seen.done = True
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        heavy = {"torch", "diffusers", "transformers", "numpy"} & set(sys.modules)
        said = {"painted_at": time.monotonic(), "heavy": sorted(heavy)}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        os._exit(0)
