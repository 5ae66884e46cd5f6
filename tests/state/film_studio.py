"""A film of the board with the queue that its job runs in, and an engine that is spoken for."""

from pathlib import Path
from uuid import UUID

from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Grid, Interpolation, Prompt
from kandinsky_desktop.domain.events import Event, Finished, Made, Progress, Progressed
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.trees import STARTER

CAT, DOG = Prompt("cat"), Prompt("dog")
WAY = Interpolation(start=CAT, end=DOG)


class Studio:
    """A film and the session that its job runs in."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        self.folder, self.qtbot = folder, qtbot
        self.session = JobQueue()
        self.session.set_models((STARTER,))
        thumbnails = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        self.filmstrip = Filmstrip(self.session, background, thumbnails)

    def shoot(self, meaning: Interpolation | Grid = WAY, count: int = 4) -> None:
        self.filmstrip.start(Paint(conditioning=meaning, count=count))

    def say(self, *said: Progress) -> None:
        for progress in said:
            self.hear(Progressed(self.job, progress))

    def hear(self, event: Event) -> None:
        self.session.on_event(event)

    @property
    def job(self) -> UUID:
        assert self.filmstrip.job is not None
        return self.filmstrip.job

    def picture(self, index: int) -> Path:
        path = self.folder / f"frame-{index + 1:02}.png"
        Image.new("RGB", (16, 16), (50 * index, 0, 0)).save(path)
        return path

    def make(self, *indices: int) -> None:
        for index in indices:
            self.say(Made(self.picture(index), index, 7))

    def whole(self, meaning: Interpolation | Grid = WAY, count: int = 4) -> None:
        self.shoot(meaning, count)
        self.make(*range(count))
        self.hear(Finished(self.job))

    @property
    def seen(self) -> str:
        """Each frame: empty, growing or made."""
        letters = []
        for frame in self.filmstrip.frames:
            letters.append("m" if frame.path else "g" if frame.image else "e")
        return "".join(letters)
