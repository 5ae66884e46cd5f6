"""What the picture on the stage is compared with: with what it came from first of all."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.parents import Parent, parents_of
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.viewer import Viewer, load_image
from kandinsky_desktop.store import parents


@dataclass(frozen=True, slots=True)
class Before:
    """A picture to compare with; without an image it is still to be read."""

    title: str
    image: QImage | None = None
    offset: tuple[int, int] | None = None  # where it lies in the picture; None: all over it


class Comparison(QObject):
    """Knows what there is to compare the current picture with, and reads what is asked for."""

    changed = Signal()  # what there is, which of them is meant, whether it is shown
    refused = Signal(str)  # why a parent cannot be shown

    def __init__(self, background: Background, viewer: Viewer) -> None:
        super().__init__()
        self._background, self._viewer = background, viewer
        self._on = False
        self._parents: tuple[Parent, ...] = ()
        self._number = 0
        self._read: dict[Parent, QImage] = {}  # of the current picture's parents
        self._awaited: Parent | None = None
        viewer.replaced.connect(self._look)
        viewer.record_changed.connect(self._look)
        viewer.current_changed.connect(self._look)
        viewer.changed.connect(self._on_image)

    @property
    def on(self) -> bool:
        """Whether the picture is compared."""
        return self._on

    @property
    def titles(self) -> tuple[str, ...]:
        """What it can be compared with: its parents, the picture before it, its last preview."""
        return tuple(one.title for one in self._choices)

    @property
    def number(self) -> int:
        """Which of them it is compared with."""
        return self._number

    @property
    def before(self) -> Before | None:
        """What it is compared with; None: there is nothing."""
        choices = self._choices
        return choices[self._number] if self._number < len(choices) else None

    def choose(self, number: int) -> None:
        """Compare with another of them."""
        self._number = number
        self._fetch()
        self.changed.emit()

    def set_on(self, on: bool) -> None:
        """Compare the current picture, which is then alone on the stage, or stop that."""
        if on and len(self._viewer.images) > 1:
            self._viewer.show_alone(self._viewer.current)
        self._on = on and self.before is not None
        self._fetch()
        self.changed.emit()

    def ask(self) -> None:
        """Read what it is compared with, to be shown for a moment."""
        self._fetch(wanted=True)

    @property
    def _choices(self) -> list[Before]:
        found = [Before(one.title, self._read.get(one), one.offset) for one in self._parents]
        shown = self._viewer.images
        known = self._viewer.is_read or self._viewer.made_by is not None
        if len(shown) == 1 and known:  # else a parent may come first
            if shown[0].previous is not None:
                found.append(Before(_("the picture before"), shown[0].previous))
            if shown[0].preview is not None:
                found.append(Before(_("its last preview"), shown[0].preview))
        return found

    def _look(self) -> None:
        """Find the parents of the current picture."""
        made = self._viewer.made_by
        now = () if made is None else parents_of(*made)
        if [one.path for one in now] != [one.path for one in self._parents]:
            self._number = 0
        self._read = {one: image for one, image in self._read.items() if one in now}
        self._parents = now
        self._number = min(self._number, max(0, len(self._choices) - 1))
        alone = len(self._viewer.images) == 1
        self._on = self._on and alone and (bool(self._choices) or not self._viewer.is_read)
        self._fetch()
        self.changed.emit()

    def _on_image(self, _number: int) -> None:
        self.changed.emit()

    def _fetch(self, *, wanted: bool = False) -> None:
        """Read the parent that is compared with, if it is one and is not read yet."""
        path = self._viewer.path
        if not (self._on or wanted) or path is None or self._number >= len(self._parents):
            return
        parent = self._parents[self._number]
        if parent in self._read or self._awaited == parent or not self._viewer.is_read:
            return  # until then it is not known what it must hold
        self._awaited = parent

        def take(image: QImage) -> None:
            self._awaited = None
            if parent in self._parents:
                self._read[parent] = image
                self.changed.emit()

        def refuse(sentence: str) -> None:
            self._awaited = None
            if parent in self._parents:
                self._on = False
                self.refused.emit(sentence)
                self.changed.emit()

        self._background.read(lambda: load_image(parents.found(parent, path)), take, refuse)
