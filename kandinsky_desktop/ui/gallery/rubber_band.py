"""The rubber band that is drawn over the grid: where it begins stays put while it scrolls."""

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView

from kandinsky_desktop.ui.gallery.grid_layout import GridLayout
from kandinsky_desktop.ui.theme import Theme


class RubberBand:
    """A band from where the mouse was pressed to where it is; Qt chooses what is under it."""

    def __init__(self, view: QListView, theme: Theme, layout: GridLayout) -> None:
        self._view, self._theme, self._layout = view, theme, layout
        self._begin: QPoint | None = None  # from the top of the whole

    def begin(self, at: QPoint) -> None:
        """Begin at a point of the viewport, should it be drawn."""
        self._begin = at + QPoint(0, self._layout.top)

    def end(self) -> bool:
        """End it; whether it had begun."""
        begun, self._begin = self._begin is not None, None
        return begun

    def paint(self, painter: QPainter) -> None:
        """Show it while it is drawn."""
        drawn = self._view.state() is QAbstractItemView.State.DragSelectingState
        if self._begin is None or not drawn:
            return
        here = self._view.viewport().mapFromGlobal(self._view.cursor().pos())
        band = QRect(self._begin - QPoint(0, self._layout.top), here).normalized()
        accent = self._theme.colour("accent")
        painter.setPen(QPen(accent, 1))
        accent.setAlphaF(0.15)
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(band).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
