"""The wash: a painting in the manner of the painter, that drifts slowly while a picture is awaited.

Three groups of forms turn and drift on periods that never meet, over halos that stay. It is painted
at half the size and scaled smoothly; where motion is reduced it stands still.
"""

from collections.abc import Callable
from math import cos, sin, tau

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QRadialGradient,
)

from kandinsky_desktop.ui.theme_tokens import ThemeTokens

FRAMES_A_SECOND = 10
COBALT, VERMILION, CADMIUM = "#2F5BD8", "#E2462B", "#F4BD1C"
ON_DARK = {COBALT: "#3F6BEB", VERMILION: "#F0553A", CADMIUM: "#F7C531"}
VIOLET = "#7A4FB5"
SIDE = 1000.0  # of the square in which the forms are given

# where a disc changes from its colour into nothing: shares of the radius, opacities; the third
# stop is of a deeper colour
Disc = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
DISCS: dict[str, tuple[str, Disc]] = {
    COBALT: ("#2348BC", ((0.0, 0.95), (0.46, 0.88), (0.60, 0.80), (0.70, 0.30))),
    VERMILION: ("#CC3A1E", ((0.0, 0.90), (0.52, 0.82), (0.66, 0.74), (0.76, 0.28))),
    CADMIUM: ("#E9AC12", ((0.0, 0.95), (0.44, 0.86), (0.56, 0.74), (0.66, 0.30))),
}
HALOS = (
    (760, 250, 420, CADMIUM, 0.55),
    (250, 330, 430, COBALT, 0.42),
    (650, 800, 400, VERMILION, 0.42),
    (160, 860, 330, VIOLET, 0.5),
)
WEDGES = (
    (((120, 905), (610, 455), (742, 600)), CADMIUM, 0.85, (120, 905), (742, 455)),
    (((520, 60), (920, 470), (780, 130)), COBALT, 0.70, (520, 60), (920, 470)),
    (((930, 560), (560, 940), (860, 900)), VERMILION, 0.75, (930, 560), (560, 940)),
)
CIRCLES = (
    (335, 345, 265, COBALT),
    (420, 275, 62, CADMIUM),
    (715, 655, 158, VERMILION),
    (800, 235, 128, CADMIUM),
    (842, 270, 46, COBALT),
    (185, 720, 66, VERMILION),
    (520, 850, 40, COBALT),
    (602, 150, 26, VERMILION),
)
ARCS = (
    (704, 645, 235, 10, 172, COBALT, 0.75, 20.0),
    (704, 660, 200, 20, 158, VERMILION, 0.60, 9.0),
    (330, 355, 300, 213, 57, VERMILION, 0.80, 14.0),
    (330, 425, 270, 215, 50, CADMIUM, 0.85, 7.0),
    (815, 205, 170, 300, 200, "ink", 0.42, 2.5),
    (765, 780, 210, 220, 140, "ink", 0.42, 2.5),
    (185, 720, 92, 0, 360, "ink", 0.34, 2.0),
    (800, 235, 150, 0, 360, "ink", 0.34, 2.0),
)
DRIFTS = ((31, 2), (23, 0), (31, 4))  # of wedges, circles, arcs: period in seconds, phase
LINES = (((60, 640), (945, 395)), ((235, 940), (640, 90)))
# behind words it is calm: few forms, at the edges; places as shares of the width and the height,
# radii and widths as shares of the width
CALM_CIRCLES = (
    (0.07, 0.03, 0.33, COBALT),
    (0.90, -0.03, 0.18, CADMIUM),
    (0.88, 0.68, 0.22, VERMILION),
)
CALM_ARCS = (
    (0.06, 0.92, 0.27, 28, 56, COBALT, 0.75, 0.018),
    (0.06, 0.94, 0.22, 20, 75, CADMIUM, 0.85, 0.009),
    (0.90, -0.02, 0.165, 0, 360, "ink", 0.42, 0.0025),
)


WASH = {"light": 0.20, "dark": 0.22, "contrast": 0.0}  # its opacity, by theme


def calm_ground(tokens: ThemeTokens, size: QSize, ratio: float) -> QPixmap:
    """Return the stage with the wash on it, calm: for `size` in logical pixels."""
    ground = QPixmap(QSize(round(size.width() * ratio), round(size.height() * ratio)))
    ground.fill(QColor(tokens.stage))
    painter = QPainter(ground)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setOpacity(WASH[tokens.name])
    frame = Wash(dark=tokens.name != "light").calm(size.width(), size.height())
    painter.drawImage(QRectF(QPointF(), ground.size().toSizeF()), frame)
    painter.end()
    ground.setDevicePixelRatio(ratio)
    return ground


class Wash:
    """Paints one frame after the other, for as long as somebody waits."""

    def __init__(self, *, dark: bool) -> None:
        self._dark = dark
        self._ink = "#E9E4D8" if dark else "#26231F"
        self._ground = QImage()  # with its halos, as large as the last frame was
        self._layers: list[QImage] = []  # wedges, circles, arcs; none reaches beyond the square

    def frame(self, width: int, height: int, seconds: float) -> QImage:
        """Return the frame of a moment, half as wide and high, to be scaled up smoothly."""
        size = QSize(max(1, width // 2), max(1, height // 2))
        if self._ground.size() != size:
            self._ground = QImage(size, QImage.Format.Format_RGB32)
            painter = self._begin(self._ground)
            self._halos(painter)
            painter.end()
            side = max(size.width(), size.height())
            self._layers = [
                self._layer(side, forms) for forms in (self._wedges, self._circles, self._arcs)
            ]
        image = self._ground.copy()
        painter = self._begin(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for (period, phase), layer in zip(DRIFTS, self._layers, strict=True):
            turn = tau * seconds / period
            painter.save()
            painter.translate(
                SIDE / 2 + 30 * sin(turn + phase), SIDE / 2 + 30 * cos(turn * 0.8 + phase)
            )
            painter.rotate(4 * sin(turn * 0.6 + phase))
            painter.drawImage(QRectF(-SIDE / 2, -SIDE / 2, SIDE, SIDE), layer)
            painter.restore()
        painter.end()
        return image

    def calm(self, width: int, height: int) -> QImage:
        """Return a still ground for words, half as wide and high."""
        wide, high = max(1, width // 2), max(1, height // 2)
        image = QImage(wide, high, QImage.Format.Format_RGB32)
        painter = self._begin(image)
        self._halos(painter)
        painter.resetTransform()
        for x, y, radius, colour in CALM_CIRCLES:
            self._circle(painter, x * wide, y * high, radius * wide, colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y, radius, begin, span, colour, alpha, line in CALM_ARCS:
            self._arc(
                painter, x * wide, y * high, radius * wide, begin, span, colour, alpha, line * wide
            )
        painter.end()
        return image

    def _layer(self, side: int, forms: Callable[[QPainter], None]) -> QImage:
        """Paint a group of forms once: to move and turn it takes a third of painting it again."""
        layer = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        layer.fill(Qt.GlobalColor.transparent)
        painter = self._begin(layer)
        forms(painter)
        painter.end()
        return layer

    def _begin(self, image: QImage) -> QPainter:
        """Return a painter in whose units the shorter side is cut and the longer one is SIDE."""
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = max(image.width(), image.height()) / SIDE
        painter.translate(QPointF(image.width() / 2, image.height() / 2))
        painter.scale(scale, scale)
        painter.translate(-SIDE / 2, -SIDE / 2)
        return painter

    def _colour(self, name: str, alpha: float = 1.0) -> QColor:
        name = self._ink if name == "ink" else name
        colour = QColor(ON_DARK.get(name, name) if self._dark else name)
        colour.setAlphaF(alpha)
        return colour

    def _halos(self, painter: QPainter) -> None:
        gradient = QRadialGradient(QPointF(420, 400), 900)
        gradient.setColorAt(0, QColor("#17171C" if self._dark else "#FBF6EA"))
        gradient.setColorAt(1, QColor("#0E0E12" if self._dark else "#F1E8D6"))
        painter.fillRect(QRectF(-200, -200, SIDE + 400, SIDE + 400), QBrush(gradient))
        for x, y, radius, colour, alpha in HALOS:
            stops = ((0.0, colour, alpha), (0.5, colour, alpha * 0.4), (1.0, colour, 0.0))
            self._disc(painter, x, y, radius, stops)

    def _wedges(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for points, colour, alpha, start, end in WEDGES:
            gradient = QLinearGradient(QPointF(*start), QPointF(*end))
            gradient.setColorAt(0, self._colour(colour, alpha))
            gradient.setColorAt(1, self._colour(colour, 0))
            painter.setBrush(QBrush(gradient))
            painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

    def _circles(self, painter: QPainter) -> None:
        for number, (x, y, radius, colour) in enumerate(CIRCLES):
            self._circle(painter, x, y, radius, colour)
            if number == 0:
                pupil = QColor("#0E0E12" if self._dark else "#1B2C6B")
                pupil.setAlphaF(0.55)
                painter.setBrush(pupil)
                painter.drawEllipse(QPointF(335, 345), 78, 78)
            elif number == 2:
                painter.setBrush(self._colour(CADMIUM, 0.8))
                painter.drawEllipse(QPointF(752, 618), 34, 34)

    def _arcs(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y, radius, begin, span, colour, alpha, width in ARCS:
            self._arc(painter, x, y, radius, begin, span, colour, alpha, width)
        painter.setPen(QPen(self._colour("ink", 0.42), 2.5))
        for start, end in LINES:
            painter.drawLine(QPointF(*start), QPointF(*end))

    def _arc(
        self,
        painter: QPainter,
        x: float,
        y: float,
        radius: float,
        begin: int,
        span: int,
        colour: str,
        alpha: float,
        width: float,
    ) -> None:
        pen = QPen(self._colour(colour, alpha), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        square = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        painter.drawArc(square, begin * 16, span * 16)

    def _circle(self, painter: QPainter, x: float, y: float, radius: float, colour: str) -> None:
        deeper, stops = DISCS[colour]
        shades = (colour, colour, deeper, colour)
        rim = tuple((at, shade, alpha) for (at, alpha), shade in zip(stops, shades, strict=True))
        self._disc(painter, x, y, radius, (*rim, (1.0, colour, 0.0)))

    def _disc(
        self,
        painter: QPainter,
        x: float,
        y: float,
        radius: float,
        stops: tuple[tuple[float, str, float], ...],
    ) -> None:
        gradient = QRadialGradient(QPointF(x, y), radius)
        for at, colour, alpha in stops:
            gradient.setColorAt(at, self._colour(colour, alpha))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(gradient))
        painter.drawEllipse(QPointF(x, y), radius, radius)
