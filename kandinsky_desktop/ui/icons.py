"""Icons: one SVG a name, drawn in a theme's colour at whatever size and density is asked for."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store.places import resources

LINE = b'stroke-width="1.75"'  # of a grid of 24: finer than Lucide's own 2, as the type is


def icon(name: str, colour: QColor, checked: QColor | None = None) -> QIcon:
    """Return an icon; `checked` is its colour where a button is switched on."""
    return QIcon(_Engine(name, colour, checked or colour))


class _Engine(QIconEngine):
    def __init__(self, name: str, colour: QColor, checked: QColor) -> None:
        super().__init__()
        self._name, self._colour, self._checked = name, colour, checked

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colour = QColor(self._checked if state is QIcon.State.On else self._colour)
        if mode is QIcon.Mode.Disabled:
            colour.setAlphaF(0.4)
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        painter.setOpacity(colour.alphaF())
        _renderer(self._name, colour.name()).render(painter, square)

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        if pixmap.isNull():  # a button is painted while its layout has no room for it yet
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    @override
    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour, self._checked)


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    source = (resources() / "icons" / f"{name}.svg").read_bytes()
    source = source.replace(b'stroke-width="2"', LINE).replace(b"currentColor", colour.encode())
    return QSvgRenderer(QByteArray(source))
