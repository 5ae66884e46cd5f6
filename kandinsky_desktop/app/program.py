"""Builds the parts, connects them, and brings them to an orderly end."""

import logging
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from kandinsky_desktop import __version__
from kandinsky_desktop.app.garbage import GarbageCollector
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.wire import CapMemory
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.batch_export import BatchExport
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.candidates import Candidates
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.state.card_titles import CardTitles
from kandinsky_desktop.state.clip_similarity import ClipSimilarities
from kandinsky_desktop.state.comparison import Comparison
from kandinsky_desktop.state.conversion import Conversion
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.embedding_norm import EmbeddingNorm
from kandinsky_desktop.state.exporter import Exporter, ExportHabits
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.full_pictures import FullPictures
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.image_import import ImageImport
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.library import Library, LibraryFiles
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.memory_plan import MemoryPlan
from kandinsky_desktop.state.missing_models import MissingModels
from kandinsky_desktop.state.models import Models, TokenMeter
from kandinsky_desktop.state.origins import Origins
from kandinsky_desktop.state.outside import OutsideChanges
from kandinsky_desktop.state.pictures import Tile, as_files
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.preloader import Preloader
from kandinsky_desktop.state.prompt_history import PromptHistory
from kandinsky_desktop.state.similarity_measurer import SimilarityMeasurer
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.state.variations import Variations
from kandinsky_desktop.state.verification import Verification
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store import (
    data_version,
    layout_file,
    leftovers,
    places,
    saved_session,
    settings_file,
    temporary,
)
from kandinsky_desktop.store.layout_file import Layout
from kandinsky_desktop.store.pictures import move_in, newest
from kandinsky_desktop.store.saved_session import SavedSession
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.store.trash import Trash
from kandinsky_desktop.store.window_lock import WindowLock
from kandinsky_desktop.ui.done_notice import DoneNotice
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.mime import images_in
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.workspace import Workspace
from kandinsky_desktop.worker.converter import Converter
from kandinsky_desktop.worker.indexer import IndexerWorker
from kandinsky_desktop.worker.process import (
    converter_command,
    engine_command,
    indexer_command,
)
from kandinsky_desktop.worker.worker import Worker

if TYPE_CHECKING:
    import sqlite3

    from kandinsky_desktop.app.handover import Listener, Message

log = logging.getLogger(__name__)

MOST_RESCUED = 1000
ROOMS_AFTER_MS = 3000  # after the start: what a room needs that is not shown yet
LIBRARY_AFTER_MS = 1_500  # so that nothing is indexed while the first sight is furnished
SETTLE_MS = 400  # changes of the sitting that come within this time are written once
LONGEST_UNWRITTEN_MS = 4000  # and where one follows the other without end, in so long


class Program(QObject):
    """The running program: its state, its window and its worker's thread."""

    memory_capped = Signal(object)  # CapMemory: what the engine may take, and how it saves
    happened = Signal(object)  # domain.events.Event of the worker, in the UI thread: all hear it

    def __init__(
        self,
        application: QApplication,
        window: MainWindow,
        read: settings_file.Read,
        layout: Layout,
        given_models: Path | None = None,
        lock: WindowLock | None = None,
    ) -> None:
        """`lock` is that of the data folder, whose second starts are heard here."""
        super().__init__()
        settings = read.settings
        self._application = application
        self._given_models = given_models
        self._lock = lock
        self._listener: Listener | None = None
        self._ended = False
        self._session_unsaved = False  # and it was said why
        self._unwritten_since: float | None = None  # time.monotonic of the first change
        self._garbage: GarbageCollector | None = None
        self._when_running: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.window = window
        self.background = Background()
        last = saved_session.load(places.session_file())
        on_disk = Thumbnails(places.cache() / "thumbnails")
        thumbnails = ThumbnailLoader(self.background, on_disk)
        session = JobQueue()
        draft = DraftState(saved_session.read_part(Draft, last.draft))
        preferences = Preferences(places.settings_file(), settings, self.background)
        fusing = BoardEditor(
            self.background,
            thumbnails,
            places.dropped(),
            saved_session.read_part(Board, last.board),
            last.drags,
        )
        viewer = Viewer(self.background)
        measuring = SimilarityMeasurer(self.background, places.clip_similarity())
        models = Models(self.background)
        live = LivePreview(session, draft, fusing, preferences)
        boards = BoardLibrary(
            self.background, fusing, viewer, places.boards(), places.ingredients()
        )
        result = BoardResult(viewer, live, fusing, boards)
        making, library_files = LibraryMaking(), _library_files()
        gallery = Gallery(self.background, thumbnails, making, library_files.open_index)
        film = Filmstrip(session, self.background, thumbnails)
        trash = Trash(places.device_file(), places.libraries_file())
        trashing = Trashing(self.background, trash, preferences, gallery, viewer, film, result)
        self.state = AppState(
            job_queue=session,
            gallery=gallery,
            viewer=viewer,
            draft=draft,
            models=models,
            token_meter=TokenMeter(self.background),
            preferences=preferences,
            board_editor=fusing,
            live_preview=live,
            similarity_measurer=measuring,
            board_library=boards,
            board_result=result,
            card_titles=CardTitles(self.background),
            candidates=Candidates(session, live),
            embedding_norm=EmbeddingNorm(self.background, draft, result, live),
            variations=Variations(self.background, session, models),
            origins=Origins(self.background),
            preloader=Preloader(session, draft),
            memory_plan=MemoryPlan(session, draft),
            prompt_history=PromptHistory(self.background, places.prompts_file()),
            similarities=ClipSimilarities(measuring, result, fusing),
            filmstrip=film,
            canvas=Canvas(
                self.background,
                session,
                draft,
                places.canvas(),
                named_in=(places.boards(), places.session_file()),
            ),
            image_import=ImageImport(self.background, thumbnails, places.dropped()),
            outside=OutsideChanges(self.background, preferences, gallery, viewer, film, result),
            trashing=trashing,
            full_pictures=FullPictures(self.background),
            batch_export=BatchExport(self.background),
            library=Library(self.background, preferences, trashing, gallery, making, library_files),
            comparison=Comparison(self.background, viewer),
            verification=Verification(),
            conversion=Conversion(),
            exporter=Exporter(self.background, saved_session.read_part(ExportHabits, last.export)),
        )
        # before the workspace hears of models, and lets waiting jobs begin
        self.state.models.found.connect(self.state.job_queue.set_estimators)
        self.state.models.found.connect(self.state.canvas.set_estimators)
        self._missing_models = MissingModels(session, models, self._model_folders)
        self.theme = Theme(application)
        self.theme.apply(settings.theme, settings.text_size, motion=settings.motion)
        self.theme.dress(window)  # while it is empty: half the time of doing so later
        self.workspace = Workspace(self.theme, self.state)
        self.done_notice = DoneNotice(window, session, preferences, self.background)
        self.worker = Worker(engine_command(), places.log_file("engine"))
        self.worker_thread = QThread()
        self.worker_thread.setObjectName("worker")
        self.indexer = IndexerWorker(indexer_command(), places.log_file("indexer"))
        self.converter = Converter(converter_command(), places.log_file("convert"))
        self.indexer_thread = QThread()
        self.indexer_thread.setObjectName("indexer")
        self._connect()

        session.previews, session.pictures = settings.previews, self.state.preferences.pictures
        session.keep_embeddings = settings.keep_embeddings
        measuring.on = settings.measure
        session.restore_jobs(last.jobs)
        if last.jobs:
            self.workspace.texts.notify_restored(len(last.jobs))
        if last.torn:
            self.workspace.texts.notify_damaged_session()
        if last.other_format:
            self.workspace.texts.notify_other_format(last.other_format)
        if read.aside or read.odd:
            self.workspace.texts.notify_invalid_settings(read.odd)
        if read.unread:
            self.workspace.texts.notify_unread_settings(read.unread)
        window.furnish(self.workspace)
        self.workspace.main_layout.restore(layout.numbers)
        self.workspace.rooms.current.focus()

    def start(self, files: tuple[Path, ...] = ()) -> None:
        """Begin all that the first sight of the window need not wait for, and open files."""
        _log_to_file()
        self._application.setWindowIcon(QIcon(str(places.app_icon())))
        self.background.write(lambda: data_version.sign(places.version_file()))
        self._garbage = GarbageCollector(self)
        self._listen()
        self.open_files(files)
        self.look_for_models()
        self.state.board_library.refresh()
        self.state.prompt_history.read()
        self.state.gallery.set_folder(self.state.preferences.pictures)
        self.state.outside.start()
        QTimer.singleShot(LIBRARY_AFTER_MS, self, self.state.library.start)
        QTimer.singleShot(LIBRARY_AFTER_MS, self, self.state.trashing.empty_old)
        QTimer.singleShot(LIBRARY_AFTER_MS, self, self._remove_leftovers)
        QTimer.singleShot(ROOMS_AFTER_MS, self, self.workspace.rooms.prepare)
        self._look_for_rescued(0)
        self.worker_thread.start()
        self.indexer_thread.start()

    def when_running(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin a task as soon as the event loop runs. Closing the window leaves it behind."""
        self._when_running.append(task)

    def run(self) -> int:
        """Run the event loop of Qt and asyncio until the window is closed; end in good order."""
        import asyncio

        import qasync

        from kandinsky_desktop.app.system_signals import SystemSignals

        loop = qasync.QEventLoop(self._application)
        asyncio.set_event_loop(loop)
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        if self.window.was_closed:  # while this was still being made
            closed.set()

        async def until_closed() -> None:
            tasks = [asyncio.ensure_future(task()) for task in self._when_running]
            await closed.wait()
            del tasks  # asyncio itself holds none: until here they had to be
            self.window.hide()
            self.end()

        signals = SystemSignals(self.window.close)
        with loop:
            loop.run_until_complete(until_closed())
        signals.stop()
        return 0

    def open_files(self, files: tuple[Path, ...]) -> None:
        """Look at the first of some pictures, if it can be read, or open what else is ours.

        That is a board, a request, or a document of the canvas.
        """

        def show(path: Path) -> None:
            self.workspace.rooms.enter("create")
            self.state.candidates.close()
            self.state.viewer.show_tile(Tile(path=path))

        plain = [file for file in files if file.suffix.lower() == ".json"]
        plans = images_in(as_files(plain))
        documents = [file for file in files if file.suffix.lower() == ".ora"]
        if plans.boards or plans.requests:
            self.workspace.drops.acts.open_plans(plans)
        elif plain and plans.refused:
            self.workspace.texts.notify_refused(" ".join(plans.refused))
        elif documents:
            self.workspace.rooms.enter("canvas")
            self.state.canvas.open(documents[0])
        elif files:
            self.state.image_import.import_file(files[0], show)

    def on_second_start(self, message: "Message") -> None:
        """Come up, and open what a second start was given."""
        os.environ.update(message.tokens)  # by which Qt asks the desktop to let it come up
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        if message.version != __version__:
            self.workspace.texts.notify_other_version(message.version, __version__)
        if message.models is not None and message.models != self._given_models:
            self._given_models = message.models
            self.look_for_models()
        self.open_files(message.files)

    def _listen(self) -> None:
        """Hear second starts from now on."""
        if self._lock is None:
            return
        from kandinsky_desktop.app.handover import Listener  # a library that nothing else loads

        self._listener = Listener(self._lock, places.window_lock().parent)
        self._listener.received.connect(self.on_second_start)

    def look_for_models(self) -> None:
        """Look through all folders with models."""
        self.state.models.search(self._model_folders())

    def _model_folders(self) -> tuple[Path, ...]:
        setting = self.state.preferences.settings.models
        return places.model_folders(setting, self._given_models)

    def end(self) -> None:
        """Write what is to outlast the sitting and end the engine. A running job is kept."""
        if self._ended:
            return
        self._ended = True
        if self._listener is not None:
            self._listener.close()  # who starts now waits for the lock
        self._settle.stop()
        self.done_notice.end()
        self.state.canvas.end()
        self.state.library.end()
        self.state.verification.stop()
        self._write_session()
        layout = Layout(self.window.place, self.workspace.main_layout.sizes)
        self.background.write(lambda: layout_file.save(places.layout_file(), layout))
        for thread in (self.worker_thread, self.indexer_thread):
            thread.quit()
        for thread in (self.worker_thread, self.indexer_thread):
            thread.wait()
        self.background.end()
        if self._lock is not None:
            self._lock.release()
        if self._garbage is not None:
            self._garbage.end()

    def _connect(self) -> None:
        session, workspace, worker = self.state.job_queue, self.workspace, self.worker
        worker.moveToThread(self.worker_thread)
        session.order_requested.connect(worker.run)
        session.cancel_requested.connect(worker.cancel)
        session.forget_requested.connect(worker.forget)
        self.state.preloader.order_requested.connect(worker.prepare)
        worker.engine_started.connect(self.state.preloader.on_engine_started)
        self.state.live_preview.order_requested.connect(worker.sketch)
        self.state.live_preview.stop_requested.connect(worker.stop_sketch)
        self.state.candidates.order_requested.connect(worker.sketch)
        self.state.candidates.stop_requested.connect(worker.stop_sketch)
        self.state.similarity_measurer.measure_requested.connect(worker.measure)
        self.state.similarity_measurer.stop_requested.connect(worker.stop_measuring)
        session.keep_step_requested.connect(worker.keep_step)
        self.state.canvas.estimate_requested.connect(worker.estimate_depth)
        workspace.unsaved.save_requested.connect(worker.save_to)
        # Qt would hand the other thread's words to each receiver apart, with a turn of the event
        # loop between two of them, in which one knows of an end and the next does not
        worker.happened.connect(self.happened)
        self.happened.connect(session.on_event)
        self.happened.connect(self.state.memory_plan.on_event)
        self.happened.connect(self.state.live_preview.on_event)
        self.happened.connect(self.state.candidates.on_event)
        self.happened.connect(self.state.similarity_measurer.on_event)
        self.happened.connect(self.state.canvas.on_event)
        self.happened.connect(workspace.engine_status.on_event)
        worker.engine_started.connect(session.on_engine_started)
        worker.engine_started.connect(workspace.engine_status.on_started)
        worker.engine_gone.connect(workspace.engine_status.on_gone)
        workspace.unsaved.look_requested.connect(self._look_for_rescued)
        self.memory_capped.connect(worker.cap_memory)
        self.state.preferences.changed.connect(self._cap_memory)
        workspace.inspector.free_requested.connect(worker.free_memory)
        self._cap_memory(None, self.state.preferences.settings)
        self._connect_library()
        self.converter.moveToThread(self.worker_thread)
        conversion = self.state.conversion
        conversion.convert_requested.connect(self.converter.convert)
        conversion.stop_requested.connect(self.converter.stop)
        self.converter.happened.connect(conversion.on_event)
        self.worker_thread.finished.connect(self.converter.stop)
        self.worker_thread.started.connect(worker.wake)
        self.worker_thread.finished.connect(worker.end)
        workspace.models_requested.connect(self.look_for_models)

        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._write_session)
        session.changed.connect(self._write_soon)
        self.state.draft.changed.connect(self._write_soon)
        self.state.board_editor.changed.connect(self._write_soon)
        self.state.exporter.habits_changed.connect(self._write_soon)

    def _remove_leftovers(self) -> None:
        """Remove what a killed process left unfinished; in the library the indexer does."""
        alone = {places.settings_file().parent, places.session_file().parent}
        whole = (
            places.boards(),
            places.canvas(),
            places.clip_similarity(),
            places.dropped(),
            places.ingredients(),
            places.library_logs(),
            places.rescue(),
        )

        def remove() -> int:
            temporary.sweep()
            found = [*leftovers.found_in(alone), *leftovers.found_in(whole, within=True)]
            return leftovers.remove(found)

        self.background.read(remove, lambda _removed: None)

    def _cap_memory(self, _before: Settings | None, settings: Settings) -> None:
        """Let the engine take no more memory than the settings allow, and save it as they do."""
        cap = CapMemory(round(settings.memory_gb * 10**9), settings.eight_bits)
        self.memory_capped.emit(cap)
        self.state.job_queue.estimates.eight_bits = settings.eight_bits

    def _look_for_rescued(self, missing: int) -> None:
        """Say what the engine left in the rescue folders; of so many that should be there."""

        def say(paths: list[Path]) -> None:
            if paths:
                self.workspace.unsaved.notify_rescued(len(paths), lambda: self._bring(paths))
            if missing > len(paths):
                self.workspace.unsaved.notify_lost(missing - len(paths))

        def look() -> list[Path]:
            folders = (places.rescue(), places.last_rescue())
            return [path for folder in folders for path in newest(folder, MOST_RESCUED)]

        self.background.read(look, say)

    def _bring(self, paths: list[Path]) -> None:
        """Move rescued pictures to where pictures go."""
        folder, gallery = self.state.job_queue.pictures, self.state.gallery
        self.background.read(
            lambda: move_in(paths, folder),
            lambda moved: gallery.add(*moved),
            self.workspace.unsaved.notify_not_moved,
        )

    def _connect_library(self) -> None:
        library, indexer = self.state.library, self.indexer
        library.renamed.connect(self.state.outside.on_renamed)
        library.renamed.connect(self.state.board_editor.rename)
        library.renamed.connect(self.state.board_library.follow)
        library.renamed.connect(self.state.draft.rename)
        library.renamed.connect(self.state.job_queue.rename)
        indexer.moveToThread(self.indexer_thread)
        library.watch_wanted.connect(indexer.watch)
        library.scan_wanted.connect(indexer.scan)
        library.remember_wanted.connect(indexer.remember)
        library.acts_written.connect(indexer.acts_written)
        library.thumbnails_wanted.connect(indexer.want_thumbnails)
        indexer.changed.connect(library.on_changed)
        indexer.thumbnails_ready.connect(library.on_thumbnails_ready)
        indexer.problem.connect(library.on_index_problem)
        indexer.written_over.connect(library.on_written_over)
        self.indexer_thread.finished.connect(indexer.stop)

    @Slot()
    def _write_soon(self) -> None:
        """Write the sitting once it rests, and now and then where it never does.

        A row of quick jobs, say: what is not written of it a killed window would paint again.
        """
        now = time.monotonic()
        if self._unwritten_since is None:
            self._unwritten_since = now
        left = LONGEST_UNWRITTEN_MS - round((now - self._unwritten_since) * 1000)
        self._settle.start(max(0, min(SETTLE_MS, left)))

    @Slot()
    def _write_session(self) -> None:
        self._unwritten_since = None
        now = SavedSession(
            jobs=self.state.job_queue.kept,
            draft=to_plain(self.state.draft.values, bytearray()),
            board=to_plain(self.state.board_editor.board, bytearray()),
            drags=self.state.board_editor.drags,
            export=to_plain(self.state.exporter.habits, bytearray()),
        )
        self.background.write(
            lambda: saved_session.save(places.session_file(), now),
            self._on_session_unsaved,
            self._on_session_saved,
        )

    def _on_session_unsaved(self, reason: str) -> None:
        """Say it once, and not at each change that follows."""
        if not self._session_unsaved:
            self._session_unsaved = True
            self.workspace.texts.notify_session_unsaved(reason)

    def _on_session_saved(self, _nothing: None) -> None:
        if self._session_unsaved:
            self._session_unsaved = False
            self.workspace.texts.withdraw_session_unsaved()


def _library_files() -> LibraryFiles:
    def open_index() -> "sqlite3.Connection":
        from kandinsky_desktop.store import library_index

        return library_index.open_reader(library_index.place_in(places.library()))

    def open_thumbnails() -> "sqlite3.Connection":
        from kandinsky_desktop.store import thumbnail_store

        return thumbnail_store.open_reader(places.library() / thumbnail_store.NAME)

    return LibraryFiles(
        open_index,
        open_thumbnails,
        places.device_file(),
        places.library_logs(),
        places.searches_file(),
        places.library_folders_file(),
    )


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
