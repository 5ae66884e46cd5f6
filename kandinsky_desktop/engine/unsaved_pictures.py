"""Finished pictures that are not on disk yet: held until some folder takes them."""

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import RLock

from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.store import pictures, places
from kandinsky_desktop.store.pictures import Finished

log = logging.getLogger(__name__)


class UnsavedPictures:
    """Holds pictures as the bytes of their files. For any thread.

    Nothing is locked while the disk works, so that a folder that hangs holds up only who saves.
    """

    def __init__(self, rescue: Path) -> None:
        """The folder takes what is left when the process ends."""
        self._rescue = rescue
        self._in_hand: Finished | None = None  # being saved for the first time
        self._pictures: list[Finished] = []
        self._lock = RLock()  # a signal may come in the middle

    def __len__(self) -> int:
        """Return how many could not be written so far."""
        return len(self._pictures)

    def save(self, picture: Finished, folder: Path) -> Path:
        """Write a new picture and return where it lies.

        Raises SavingFailed, and then the picture is held. One thread only may call this.
        """
        self._in_hand = picture
        try:
            return pictures.save(picture, folder)
        except SavingFailed:
            self.hold(picture)
            raise
        finally:
            self._in_hand = None

    def save_all(self, folder: Path) -> Iterator[Path]:
        """Write what is held, oldest first, letting go of each on disk. Raises SavingFailed."""
        while self._pictures:
            picture = self._pictures[0]
            path = pictures.save(picture, folder)
            self._let_go(picture)
            yield path

    def rescue(self) -> tuple[Path, ...]:
        """Write all that is not on disk to the rescue folder, or else among temporary files.

        Also what another thread is writing just now: twice is better than not at all.
        """
        if self._in_hand is not None:
            self.hold(self._in_hand)
        paths: list[Path] = []
        for folder in (self._rescue, places.last_rescue()):
            try:
                for path in self.save_all(folder):
                    log.info("a picture that could not be saved before lies at %s", path)
                    paths.append(path)
            except SavingFailed as error:
                log.error("%s", error)
        return tuple(paths)

    def hold(self, picture: Finished) -> None:
        """Hold one more."""
        with self._lock:
            self._pictures.append(picture)

    def _let_go(self, picture: Finished) -> None:
        with self._lock:
            self._pictures = [one for one in self._pictures if one is not picture]
