"""What the gallery is made of: the search, the grid, and what floats over it or takes its place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.controls import icon_button, label
from kandinsky_desktop.ui.gallery.acts import BAR
from kandinsky_desktop.ui.gallery.family import FamilyView
from kandinsky_desktop.ui.gallery.grid import PictureGrid
from kandinsky_desktop.ui.gallery.grid_thumbnails import Thumbnails
from kandinsky_desktop.ui.gallery.search_bar import SearchBar
from kandinsky_desktop.ui.gallery.selection_bar import SelectionBar
from kandinsky_desktop.ui.theme import Theme


class GalleryPage(QWidget):
    """The grid under its search; the bar of what is chosen floats over its foot."""

    cleared = Signal()  # everything is to be looked for

    def __init__(
        self, theme: Theme, actions: ActionSet, results: PictureResults, thumbnails: Thumbnails
    ) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.search = SearchBar(theme)
        self.grid = PictureGrid(theme, results, thumbnails)
        self.bar = SelectionBar(theme, actions, BAR, self)
        self._nothing = _Nothing(self.grid)
        self._nothing.hide()
        self._nothing.button.clicked.connect(self.cleared)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self.grid, 1)
        self.bar.raise_()

    def show_nothing(self, words: str) -> None:
        """Say over the empty grid that nothing was found; empty: something was."""
        self._nothing.say(words)
        self._nothing.setVisible(bool(words))
        self._lay()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.place()
        self._lay()

    def _lay(self) -> None:
        self._nothing.setGeometry(self.grid.viewport().geometry())


class _Nothing(QWidget):
    """Says that nothing was found, and offers to look for everything."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = label("", "invitation")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self.button = QPushButton(_("Show everything"))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(self._words)
        column.addLayout(row)
        column.addStretch(3)

    def say(self, words: str) -> None:
        """Say it."""
        self._words.setText(words)


class FamilyPage(QWidget):
    """A family large enough to be walked."""

    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.title = label("", "heading")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.about = label("", "quiet")
        self.view = FamilyView(theme, side=116, middle=280, captions=True)
        self._leave = leave = icon_button(theme, "x", _("Back to all of them (Esc)"))
        leave.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(24, 12, 16, 0)
        head.addWidget(self.title, 1)
        head.addWidget(leave)
        within = QHBoxLayout()
        within.setContentsMargins(48, 0, 48, 0)
        within.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.addLayout(head)
        column.addStretch(1)
        column.addLayout(within)
        column.addStretch(1)
        column.addWidget(self.about, 0, Qt.AlignmentFlag.AlignHCenter)

    def take_focus(self) -> None:
        """Let the keys lead through the family."""
        if not self.view.take_focus():
            self._leave.setFocus()
