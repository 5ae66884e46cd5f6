"""Where the keys lead in the grid: up and down in one column, over lines that are shorter."""

from PySide6.QtWidgets import QAbstractItemView

from kandinsky_desktop.ui.gallery.geometry import GridGeometry

Move = QAbstractItemView.CursorAction


class Cursor:
    """Remembers the column in which the cursor goes up and down."""

    def __init__(self) -> None:
        self._column: int | None = None

    def forget_column(self) -> None:
        """Take the column of the current cell from now on."""
        self._column = None

    def moved(self, grid: GridGeometry, row: int, move: Move, page: int) -> int:
        """Return the row that a key leads to from another; a page has so many lines."""
        column = grid.column_of(row) if self._column is None else self._column
        match move:
            case Move.MoveLeft | Move.MovePrevious:
                row, column = max(0, row - 1), -1
            case Move.MoveRight | Move.MoveNext:
                row, column = min(grid.count - 1, row + 1), -1
            case Move.MoveHome:
                row, column = 0, -1
            case Move.MoveEnd:
                row, column = grid.count - 1, -1
            case Move.MoveUp:
                row = grid.moved(row, -1, column)
            case Move.MoveDown:
                row = grid.moved(row, 1, column)
            case Move.MovePageUp:
                row = grid.moved(row, -page, column)
            case _:
                row = grid.moved(row, page, column)
        self._column = None if column < 0 else column
        return row
