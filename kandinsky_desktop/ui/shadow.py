"""Soft shadows: one cached picture of nine patches, painted by the parent of what casts it.

No QGraphicsEffect: it renders what it lies under anew for each frame.
"""

from functools import lru_cache
from math import erfc, sqrt
from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from kandinsky_desktop.ui.theme_tokens import ThemeTokens

Kind = Literal["resting", "floating"]

# of each kind two layers: how far down it lies, how far it reaches (logical pixels)
LAYERS: dict[Kind, tuple[tuple[int, int], tuple[int, int]]] = {
    "resting": ((1, 2), (6, 20)),
    "floating": ((2, 4), (12, 36)),
}
ALPHAS = {"light": (0.10, 0.13), "dark": (0.35, 0.40), "contrast": (0.0, 0.0)}


def paint_shadow(
    painter: QPainter, tokens: ThemeTokens, place: QRectF, radius: int, kind: Kind = "resting"
) -> None:
    """Paint the shadow of a rounded rectangle; what casts it is painted over it."""
    if not any(ALPHAS[tokens.name]):
        return
    ratio = painter.device().devicePixelRatioF()
    patches, room = _patches(tokens.name, radius, kind, ratio)
    side = float(patches.width())
    outer = place.adjusted(-room, -room, room, room)
    down = _spans(outer.top(), outer.height(), side, ratio)
    across = _spans(outer.left(), outer.width(), side, ratio)
    for top, high, source_top, source_high in down:
        for left, wide, source_left, source_wide in across:
            source = QRectF(source_left, source_top, source_wide, source_high)
            painter.drawPixmap(QRectF(left, top, wide, high), patches, source)


def _spans(
    start: float, length: float, side: float, ratio: float
) -> tuple[tuple[float, float, float, float], ...]:
    """Return, along one side, where each of three patches lies, its length, and both in the source.

    Of what is short only the outer parts of the corners are painted: squeezed they would show.
    """
    corner = min(side / 2 / ratio, length / 2)
    source = corner * ratio
    return (
        (start, corner, 0.0, source),
        (start + corner, length - 2 * corner, side / 2 - 0.5, 1.0),
        (start + length - corner, corner, side - source, source),
    )


@lru_cache(maxsize=32)
def _patches(theme: str, radius: int, kind: Kind, ratio: float) -> tuple[QPixmap, int]:
    """Return the picture of a small square's shadow and how far it reaches beyond the square."""
    room = max(down + reach for down, reach in LAYERS[kind])
    square = 2 * (radius + max(down + reach for down, reach in LAYERS[kind]))
    side = round((square + 2 * room) * ratio)
    # sixteen bits: each of the many layers is fainter than one step of eight
    image = QImage(side, side, QImage.Format.Format_RGBA64_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.scale(ratio, ratio)
    for (down, reach), alpha in zip(LAYERS[kind], ALPHAS[theme], strict=True):
        _paint_layer(painter, QRectF(room, room + down, square, square), radius, reach, alpha)
    painter.end()
    return QPixmap.fromImage(image), room


def _paint_layer(painter: QPainter, place: QRectF, radius: int, reach: int, alpha: float) -> None:
    """Lay rounded rectangles over each other, so that alpha rises inwards as a blurred edge does.

    As CSS has it, a blur of `reach` pixels is a Gaussian of half that deviation.
    """
    steps = 2 * reach
    before = 0.0
    for step in range(steps):
        out = reach - 2 * reach * step / steps
        wanted = alpha * erfc(out / (reach / 2 * sqrt(2))) / 2
        added = (wanted - before) / (1 - before)
        before = wanted
        painter.setBrush(QColor.fromRgbF(0, 0, 0, added))
        grown = place.adjusted(-out, -out, out, out)
        painter.drawRoundedRect(grown, max(1.0, radius + out), max(1.0, radius + out))
