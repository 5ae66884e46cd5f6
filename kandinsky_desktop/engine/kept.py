"""Finished pictures that could not be written yet: held until some folder takes them."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import RLock

from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.pictures import Finished

log = logging.getLogger(__name__)


class Kept:
    """Holds pictures as the bytes of their files. For any thread."""

    def __init__(self, rescue: Path) -> None:
        """The folder takes what is left when the process ends."""
        self._rescue = rescue
        self._pictures: list[Finished] = []
        self._lock = RLock()  # a signal may come in the middle of saving

    def __len__(self) -> int:
        """Return how many are held."""
        return len(self._pictures)

    def add(self, picture: Finished) -> None:
        """Hold one more."""
        with self._lock:
            self._pictures.append(picture)

    def save(self, folder: Path) -> Iterator[Path]:
        """Write them, oldest first, letting go of each that is on disk. Raises SavingFailed."""
        while True:
            with self._lock:
                if not self._pictures:
                    return
                path = pictures.save(self._pictures[0], folder)
                del self._pictures[0]
            yield path

    def rescue(self) -> None:
        """Write what is left to the rescue folder or, if that fails too, to the temporary one."""
        for folder in (self._rescue, Path(tempfile.gettempdir()) / "kandinsky-rescued"):
            try:
                for path in self.save(folder):
                    log.warning("a picture that could not be saved before lies at %s", path)
            except SavingFailed as error:
                log.error("%s", error)
