"""Rows of a list that is shown anew as a whole, as a Qt model."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QObject, Qt

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import ROOT, AnyIndex

Row = TypeVar("Row")


class ShownRows(QAbstractListModel, Generic[Row]):
    """Rows, and what is said of each: a function of a row and a role."""

    def __init__(self, parent: QObject, said: Callable[[Row, int], Any]) -> None:
        super().__init__(parent)
        self._said = said
        self.rows: tuple[Row, ...] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    @override
    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self._said(self.rows[index.row()], role) if index.isValid() else None
