"""For which row of a list a menu is asked, by the mouse or by the menu key, and where it opens."""

from PySide6.QtCore import QModelIndex, QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView


def asked_row(view: QAbstractItemView, event: QContextMenuEvent) -> tuple[QModelIndex, QPoint]:
    """Make the row current, and return it with a point of the screen; invalid where there is none.

    The key asks for the current row, in its middle.
    """
    keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
    index = view.currentIndex() if keyboard else view.indexAt(event.pos())
    if index.isValid():
        view.setCurrentIndex(index)
    point = view.visualRect(index).center() if keyboard else event.pos()
    return index, view.viewport().mapToGlobal(point)
