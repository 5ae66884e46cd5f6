"""What the cards are called where they are shown: pictures by the words they were painted from."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Mix,
    Series,
    Source,
    joined,
    title_of,
)
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.image_import import what_is_said

LONGEST = 200  # characters of another program's words: they may be a page


class CardTitles(QObject):
    """Reads the words of pictures; until then, and where there are none, their names must do."""

    changed = Signal()  # the words of a picture were read

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._titles: dict[Path, str] = {}
        self._known: dict[Source, str] = {}
        self._asked: set[Path] = set()

    def of(self, source: Source) -> str:
        """Return what a card is called."""
        if source not in self._known:
            self._known[source] = self._title_of(source)
        return self._known[source]

    def _title_of(self, source: Source) -> str:
        match source:
            case ImageEmbedding(path=path):
                return self._of_picture(path) or title_of(source)
            case ImagePrompt(path=path) if not source.led:
                return self._of_picture(path) or title_of(source)
            case _:
                return title_of(source)

    def of_mix(self, fusion: Mix) -> str:
        """Return what a fusion is called."""
        return joined(self.of(one.source) for one in fusion.ingredients)

    def read(self, path: Path, then: Callable[[str], None]) -> None:
        """Read what a picture is called, and hand it on; empty: it does not say."""
        self._background.read(lambda: _title_in(path), then)

    def _of_picture(self, path: Path) -> str:
        if path not in self._asked:
            self._asked.add(path)

            def keep(title: str) -> None:
                if title:
                    self._titles[path] = title
                    self._known.clear()
                    self.changed.emit()

            self.read(path, keep)
        return self._titles.get(path, "")


def _title_in(path: Path) -> str:
    """Return the words a picture was painted from; nothing if it does not say. For any thread."""
    try:
        said = what_is_said(path)
    except OSError:
        return ""
    if said.record is None:
        return "" if said.words is None else " ".join(said.words.positive.split())[:LONGEST]
    conditioning = said.record.request.conditioning_of(said.record.index)
    return "" if isinstance(conditioning, Series) else title_of(conditioning)
