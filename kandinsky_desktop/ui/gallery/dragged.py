"""What is under the cursor while pictures are dragged out of the grid."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPixmap

from kandinsky_desktop.ui.gallery.cell import Cell, Faces, paint_cell
from kandinsky_desktop.ui.theme import Theme

SIDE = 96  # of a picture
SPREAD = 3  # pictures that are seen of many
STEP = 6  # from one to the next


def dragged(theme: Theme, faces: Faces, cells: Sequence[Cell], count: int, ratio: float) -> QPixmap:
    """Return the picture of one, or the first of many with their count, at a pixel ratio."""
    side = SIDE + STEP * (len(cells) - 1)
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, cell in reversed(list(enumerate(cells))):
        place = QRect((len(cells) - 1 - number) * STEP, number * STEP, SIDE, SIDE)
        shown_count = count if number == 0 else 1
        plain = Cell(key=cell.key, image=cell.image, colour=cell.colour, count=shown_count)
        paint_cell(painter, theme, faces, place, plain)
    painter.end()
    return pixmap
