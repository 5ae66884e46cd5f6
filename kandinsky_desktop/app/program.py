"""Builds the parts, connects them, and brings them to an orderly end."""

import logging
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.boards import Boards
from kandinsky_desktop.state.draft import Draft, Wishes
from kandinsky_desktop.state.filming import Filming
from kandinsky_desktop.state.fusing import Fusing
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.ideas import Ideas
from kandinsky_desktop.state.intake import Intake
from kandinsky_desktop.state.length import Length
from kandinsky_desktop.state.live import Live
from kandinsky_desktop.state.measuring import Measuring
from kandinsky_desktop.state.models import Models, TokenMeter
from kandinsky_desktop.state.onward import Onward
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.session import Session
from kandinsky_desktop.state.shown import State
from kandinsky_desktop.state.through import Through
from kandinsky_desktop.state.viewing import Viewing
from kandinsky_desktop.store import layout_file, places, saved_session, settings_file
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.pictures import move_in, newest
from kandinsky_desktop.store.saved_session import SavedSession
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme import Look
from kandinsky_desktop.ui.workspace import Workspace
from kandinsky_desktop.worker.process import engine_command
from kandinsky_desktop.worker.worker import Worker

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_RESCUED = 1000
SETTLE_MS = 400  # changes of the sitting that come within this time are written once


class Program(QObject):
    """The running program: its state, its window and its worker's thread."""

    def __init__(
        self,
        application: QApplication,
        window: MainWindow,
        read: settings_file.Read,
        layout: Layout,
        given_models: Path | None = None,
    ) -> None:
        super().__init__()
        settings = read.settings
        self._application = application
        self._given_models = given_models
        self._ended = False
        self.window = window
        self.background = Background()
        last = saved_session.load(places.session_file())
        thumbnails = Thumbnails(places.cache() / "thumbnails")
        session = Session()
        draft = Draft(_read(Wishes, last.draft))
        preferences = Preferences(places.settings_file(), settings, self.background)
        fusing = Fusing(self.background, thumbnails, places.dropped(), _read(Board, last.board))
        viewing = Viewing(self.background)
        measuring = Measuring(self.background, places.clip_similarity())
        models = Models(self.background)
        live = Live(session, draft, fusing, preferences)
        boards = Boards(self.background, fusing, viewing, places.boards(), places.ingredients())
        self.state = State(
            session=session,
            gallery=Gallery(self.background, thumbnails),
            viewing=viewing,
            draft=draft,
            models=models,
            meter=TokenMeter(self.background),
            preferences=preferences,
            fusing=fusing,
            live=live,
            measuring=measuring,
            boards=boards,
            ideas=Ideas(session, live),
            length=Length(self.background, draft, viewing),
            onward=Onward(self.background, session, models),
            through=Through(measuring, viewing, fusing, boards),
            filming=Filming(session, self.background, thumbnails),
            intake=Intake(self.background, thumbnails, places.dropped()),
        )
        # before the workspace hears of models, and lets waiting jobs begin
        self.state.models.found.connect(self.state.session.know_estimators)
        self.look = Look(application)
        self.look.apply(settings.theme, settings.text_size, motion=settings.motion)
        self.workspace = Workspace(self.look, self.state)
        self.worker = Worker(engine_command(), places.log_file("engine"))
        self.worker_thread = QThread()
        self.worker_thread.setObjectName("worker")
        self._connect()

        session.previews, session.pictures = settings.previews, self.state.preferences.pictures
        session.keep_embeddings = settings.keep_embeddings
        measuring.on = settings.measure
        session.restore(last.jobs)
        if last.jobs:
            self.workspace.news.say_restored(len(last.jobs))
        if last.torn:
            self.workspace.news.say_torn()
        if last.other_format:
            self.workspace.news.say_other_format(last.other_format)
        if read.aside or read.odd:
            self.workspace.news.say_settings_odd(read.odd)
        window.furnish(self.workspace)
        self.workspace.panes.restore(layout.numbers)
        self.workspace.prompt.prompt.setFocus()

    def start(self) -> None:
        """Begin all that the first sight of the window need not wait for."""
        _log_to_file()
        self.look_for_models()
        self.state.boards.look()
        self.state.gallery.look_in(self.state.preferences.pictures)
        self._look_for_rescued(0)
        self.worker_thread.start()

    def run(self) -> int:
        """Run the event loop of Qt and asyncio until the window is closed; end in good order."""
        import asyncio

        import qasync

        loop = qasync.QEventLoop(self._application)
        asyncio.set_event_loop(loop)
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        if self.window.was_closed:  # while this was still being made
            closed.set()

        async def until_closed() -> None:
            await closed.wait()
            self.window.hide()
            self.end()

        with loop:
            loop.run_until_complete(until_closed())
        return 0

    def look_for_models(self) -> None:
        """Look through all folders with models."""
        setting = self.state.preferences.settings.models
        self.state.models.look(places.model_folders(setting, self._given_models))

    def end(self) -> None:
        """Write what is to outlast the sitting and end the engine. A running job is kept."""
        if self._ended:
            return
        self._ended = True
        self._settle.stop()
        self._write_session()
        layout = Layout(self.window.place, self.workspace.panes.numbers)
        self.background.write(lambda: layout_file.save(places.layout_file(), layout))
        self.worker_thread.quit()
        self.worker_thread.wait()
        self.background.end()

    def _connect(self) -> None:
        session, workspace, worker = self.state.session, self.workspace, self.worker
        worker.moveToThread(self.worker_thread)
        session.order_wanted.connect(worker.run)
        session.cancel_wanted.connect(worker.cancel)
        self.state.live.order_wanted.connect(worker.sketch)
        self.state.live.stop_wanted.connect(worker.stop_sketch)
        self.state.ideas.order_wanted.connect(worker.sketch)
        self.state.ideas.stop_wanted.connect(worker.stop_sketch)
        self.state.measuring.measure_wanted.connect(worker.measure)
        self.state.measuring.stop_wanted.connect(worker.stop_measuring)
        session.keep_step_wanted.connect(worker.keep_step)
        workspace.rescue.save_wanted.connect(worker.save_to)
        worker.happened.connect(session.on_event)
        worker.happened.connect(self.state.live.on_event)
        worker.happened.connect(self.state.ideas.on_event)
        worker.happened.connect(self.state.measuring.on_event)
        worker.happened.connect(self.state.length.on_event)
        worker.happened.connect(workspace.on_engine)
        worker.engine_started.connect(workspace.on_engine_started)
        worker.engine_gone.connect(workspace.on_engine_gone)
        workspace.rescue.look_wanted.connect(self._look_for_rescued)
        self.worker_thread.started.connect(worker.wake)
        self.worker_thread.finished.connect(worker.end)
        workspace.models_wanted.connect(self.look_for_models)

        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._write_session)
        session.changed.connect(self._settle.start)
        self.state.draft.changed.connect(self._settle.start)
        self.state.fusing.changed.connect(self._settle.start)

    def _look_for_rescued(self, missing: int) -> None:
        """Say what the engine left in the rescue folder; of so many that should be there."""

        def say(paths: list[Path]) -> None:
            if paths:
                self.workspace.rescue.say_rescued(len(paths), lambda: self._bring(paths))
            if missing > len(paths):
                self.workspace.rescue.say_lost(missing - len(paths))

        self.background.read(lambda: list(newest(places.rescue(), MOST_RESCUED)), say)

    def _bring(self, paths: list[Path]) -> None:
        """Move rescued pictures to where pictures go."""
        folder, gallery = self.state.session.pictures, self.state.gallery
        self.background.read(
            lambda: move_in(paths, folder),
            lambda _moved: gallery.look_in(folder),
            self.workspace.rescue.say_not_brought,
        )

    def _write_session(self) -> None:
        now = SavedSession(
            jobs=tuple(entry.job for entry in self.state.session.queue.entries),
            draft=to_plain(self.state.draft.wishes, bytearray()),
            board=to_plain(self.state.fusing.board, bytearray()),
        )
        self.background.write(lambda: saved_session.save(places.session_file(), now))


def _read(kind: type[T], plain: Any) -> T | None:
    """Return a value of the last sitting, or None if there was none that can be read."""
    if plain is None:
        return None
    try:
        value: T = from_plain(kind, plain)
    except KandinskyError as error:
        log.warning("the last %s is left out: %s", kind.__name__, error)
        return None
    return value


def _log_to_file() -> None:
    from logging.handlers import RotatingFileHandler  # brings sockets and pickles along

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
