"""A folder of pictures, all that shows them, and what is done to them from here and outside."""

from pathlib import Path

from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.events import Finished, Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.outside import OutsideChanges
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store.library_index import open_reader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.store.trash import Trash
from tests.fakes import request
from tests.moments import apart
from tests.state.film_studio import Studio


class Desk:
    """Pictures in a folder, all that shows them, and what was said."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        self.qtbot, self.folder = qtbot, folder / "pictures"
        self.folder.mkdir()
        thumbnails = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        settings = Settings(pictures=str(self.folder), live="never")
        self.preferences = preferences = Preferences(folder / "settings.json", settings, background)
        self.place = folder / "cache" / "index.db"  # there is one where a library is
        self.making, self.viewer = LibraryMaking(), Viewer(background)
        self.gallery = Gallery(background, thumbnails, self.making, lambda: open_reader(self.place))
        self.studio = Studio(folder, background, qtbot)
        editor = BoardEditor(background, thumbnails, folder, Board())
        live = LivePreview(JobQueue(), DraftState(Draft()), editor, preferences)
        boards = BoardLibrary(background, editor, self.viewer, folder / "b", folder / "k")
        self.result = BoardResult(self.viewer, live, editor, boards)
        self.trash = Trash(folder / "device", folder / "libraries.json")
        self.trashing = Trashing(
            background,
            self.trash,
            preferences,
            self.gallery,
            self.viewer,
            self.film,
            self.result,
        )
        self.outside = OutsideChanges(
            background, preferences, self.gallery, self.viewer, self.film, self.result
        )
        self.said: list[str] = []
        self.deleted: list[Path] = []
        self.restored: list[Path] = []
        self.trashing.refused.connect(self.said.append)
        self.trashing.deleted.connect(self.deleted.append)
        self.trashing.restored.connect(self.restored.append)

    @property
    def film(self) -> Filmstrip:
        return self.studio.filmstrip

    @property
    def names(self) -> str:
        """What the strip shows, the newest first."""
        return "".join(tile.name for tile in self.gallery.tiles)

    @property
    def seen(self) -> str:
        """What is on the stage."""
        return "".join(one.path.stem for one in self.viewer.images if one.path)

    def fill(self, names: str) -> None:
        for name in names:
            Image.new("RGB", (8, 8), "red").save(self.folder / f"{name}.png")
            self.gallery.add(apart(self.folder / f"{name}.png"))

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.png"

    def delete(self, names: str) -> None:
        for name in names:
            with self.qtbot.waitSignal(self.trashing.deleted):
                self.trashing.delete(self.path(name))

    def undo(self) -> None:
        with self.qtbot.waitSignal(self.trashing.restored):
            self.trashing.undo()

    def look(self) -> None:
        """Look at what other programs did, and wait until that is seen."""
        self.outside.look()
        self.qtbot.waitUntil(lambda: not (self.outside.is_looking or self.gallery.is_reading))

    def four(self) -> Job:
        """Let a job paint a, b, c and d."""
        job = Job(request(count=4))
        for shown in (self.making, self.viewer):
            shown.on_job_started(job)
        for number, name in enumerate("abcd"):
            Image.new("RGB", (8, 8), "red").save(self.path(name))
            for shown in (self.making, self.viewer):
                shown.on_picture_made(job, Made(self.path(name), number, 1))
        return job

    def end(self, job: Job) -> None:
        for shown in (self.making, self.viewer):
            shown.on_job_ended(job, Finished(job.id))
