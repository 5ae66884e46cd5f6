"""Places that light up while something is dragged over the window, and say what a drop would do.

It only paints: what lies under it goes on to hear the mouse, and nothing moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme

SIDE, GAP = 24, 12  # around the places on one widget, and between them, in unscaled pixels
FIRST = 0.56  # of the width: the usual place
LEAST, LOW = 420, 120  # a narrower widget has its places in a column; a lower one is a place whole
FOOT, WIDEST = 64, 240  # of a place at the foot of a widget that takes drops itself
ICON, SMALL = 28, 18
RADIUS = 8
VEIL = 0.8  # opacity


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the window, and what a drop there does.

    Several on one widget share its area, the first having the most of it. A place that is `through`
    covers the widget, which hears the drag itself and lights what is under the hand. One that
    `takes_folders` is given what is dropped as it is, be it a picture or not.
    """

    name: str
    words: str  # what a drop does
    icon: str
    widget: QWidget
    take: Callable[[DroppedImages], None]
    through: bool = False
    possible: bool = True  # else its words say why not
    takes_folders: bool = False


class DropOverlay(QWidget):
    """Paints places over the widget that it is a child of; hidden while there are none."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._top = theme, parent
        self._places: list[tuple[Place, QRect]] = []
        self._veiled: list[QRect] = []  # widgets that places lie on
        self._lit: Place | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("dropoverlay")
        self.hide()

    @property
    def places(self) -> list[Place]:
        """What is shown."""
        return [place for place, _area in self._places]

    @property
    def lit(self) -> Place | None:
        """Where a drop would go now."""
        return self._lit

    def area_of(self, name: str) -> QRect:
        """Return where a place is, in the parent's pixels. Raises StopIteration."""
        return next(area for place, area in self._places if place.name == name)

    def show_places(self, places: Sequence[Place]) -> None:
        """Show places, each where its widget can be seen; none hides the overlay."""
        self.setGeometry(self._top.rect())
        self._places, self._veiled = [], []
        for widget in dict.fromkeys(place.widget for place in places):
            seen = _seen(widget, self._top)
            here = [place for place in places if place.widget is widget]
            if not seen.isEmpty():
                self._places += zip(here, self._areas(here, seen), strict=False)
                if not here[0].through:
                    self._veiled.append(seen)
        names = [place.name for place in self.places]
        if self._lit is not None:
            kept = self._lit.name
            self._lit = self.places[names.index(kept)] if kept in names else None
        self._describe()
        self.setVisible(bool(self._places))
        self.raise_()
        self.update()

    def place_at(self, point: QPoint) -> Place | None:
        """Return the place at a point of the parent; one that lies on another comes first."""
        for place, area in reversed(self._places):
            if area.contains(point):
                return place
        return None

    def stays(self, place: Place | None) -> bool:
        """Whether a place lies where it is when others join it on its widget."""
        if place is None or place.through:
            return True
        return place is next(one for one in self.places if one.widget is place.widget)

    def light(self, place: Place | None) -> None:
        """Show where a drop would go now."""
        if place is not self._lit:
            for one in (self._lit, place):
                for other, area in self._places:
                    if other is one:
                        self.update(area.adjusted(-GAP, -GAP, GAP, GAP))
            self._lit = place
            self._describe()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for area in self._veiled:
            painter.fillRect(area, self._veil())
        for place, area in self._places:
            if event.region().intersects(QRegion(area.adjusted(-GAP, -GAP, GAP, GAP))):
                if place.through and area.height() >= self._theme.px(LOW):
                    self._paint_frame(painter, place, area)
                else:
                    self._paint_place(painter, place, area)

    def _areas(self, places: list[Place], seen: QRect) -> list[QRect]:
        """Return the areas of places that share a widget."""
        px = self._theme.px
        first, *others = places
        if first.through:
            wide, high = px(WIDEST), px(FOOT)
            left = seen.center().x() - (len(others) * (wide + GAP) - GAP) // 2
            top = seen.bottom() - SIDE - high
            return [seen] + [
                QRect(left + number * (wide + GAP), top, wide, high)
                for number in range(len(others))
            ]
        if seen.height() < px(LOW):
            return [seen]
        inner = seen.adjusted(SIDE, SIDE, -SIDE, -SIDE)
        if not others:
            return [inner]
        if inner.width() < px(LEAST):
            return _rows(inner, len(places))
        wide = round(inner.width() * FIRST)
        beside = inner.adjusted(wide + GAP, 0, 0, 0)
        return [QRect(inner.topLeft(), QSize(wide, inner.height())), *_rows(beside, len(others))]

    def _veil(self) -> QColor:
        """Return what lies over a widget, so that places stand out from what is in it."""
        veil = self._theme.colour("stage")
        veil.setAlphaF(VEIL)
        return veil

    def _paint_place(self, painter: QPainter, place: Place, area: QRect) -> None:
        theme, lit = self._theme, place is self._lit and place.possible
        within = QRectF(area).adjusted(1, 1, -1, -1)
        large = area.height() >= theme.px(LOW)
        if large:
            paint_shadow(painter, theme.tokens, within, RADIUS)
        ground = theme.colour("tint" if lit else "raised")
        painter.setBrush(ground)
        self._use_pen(painter, lit=lit)
        painter.drawRoundedRect(within, RADIUS, RADIUS)
        self._paint_words(painter, place, within, large=large)

    def _paint_frame(self, painter: QPainter, place: Place, area: QRect) -> None:
        """Paint a frame around a widget that goes on to be seen, and its words at the top."""
        theme, lit = self._theme, place is self._lit
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._use_pen(painter, lit=lit)
        painter.drawRoundedRect(QRectF(area).adjusted(8, 8, -8, -8), RADIUS, RADIUS)
        font = self._font(large=False)
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(place.words) + theme.px(SMALL) + 8 + 28
        high = theme.px(36)
        pill = QRectF(area.center().x() - wide / 2, area.top() + 16, wide, high)
        paint_shadow(painter, theme.tokens, pill, RADIUS)
        painter.setBrush(theme.colour("tint" if lit else "raised"))
        painter.drawRoundedRect(pill, RADIUS, RADIUS)
        self._paint_words(painter, place, pill, large=False)

    def _use_pen(self, painter: QPainter, *, lit: bool) -> None:
        pen = QPen(self._theme.colour("accent" if lit else "edge"), 2 if lit else 1.5)
        if not lit:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)

    def _paint_words(self, painter: QPainter, place: Place, within: QRectF, *, large: bool) -> None:
        """Paint icon and words: under each other where there is room, else in a line."""
        theme, lit = self._theme, place is self._lit and place.possible
        side = theme.px(ICON if large else SMALL)
        colour = theme.colour("accent_text" if lit else "quiet")
        sign = icon(place.icon, colour).pixmap(QSize(side, side), self.devicePixelRatioF())
        painter.setFont(self._font(large=large))
        metrics = painter.fontMetrics()
        painter.save()
        clip = QPainterPath()
        clip.addRect(within)
        painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
        painter.setPen(theme.colour("accent_text" if lit else "text"))
        middle = within.center()
        if large:
            room = within.adjusted(12, 0, -12, 0)
            wrap = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
            high = painter.boundingRect(room, wrap, place.words).height()
            top = middle.y() - (side + 12 + high) / 2
            painter.drawPixmap(round(middle.x() - side / 2), round(top), sign)
            painter.drawText(room.translated(0, top + side + 12 - room.top()), wrap, place.words)
        else:
            words = metrics.elidedText(
                place.words, Qt.TextElideMode.ElideRight, int(within.width()) - side - 24
            )
            wide = side + 8 + metrics.horizontalAdvance(words)
            left = middle.x() - wide / 2
            painter.drawPixmap(round(left), round(middle.y() - side / 2), sign)
            text = QRectF(left + side + 8, within.top(), within.width(), within.height())
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def _font(self, *, large: bool) -> QFont:
        font = self.font()
        font.setPixelSize(self._theme.px(16 if large else 13))
        font.setBold(True)
        return font

    def _describe(self) -> None:
        """Say it to screen readers."""
        shown = self._lit.words if self._lit else ", ".join(one.words for one in self.places)
        self.setAccessibleName(shown)


def _rows(area: QRect, count: int) -> list[QRect]:
    """Divide an area into rows of one height."""
    high = (area.height() - (count - 1) * GAP) // count
    return [
        QRect(area.left(), area.top() + number * (high + GAP), area.width(), high)
        for number in range(count)
    ]


def _seen(widget: QWidget, top: QWidget) -> QRect:
    """Return what is seen of a widget within one that it lies in; empty if nothing is."""
    if not widget.isVisible() or not top.isAncestorOf(widget):
        return QRect()
    seen, here = widget.rect(), widget
    while here is not top:
        around = here.parentWidget()
        assert around is not None
        seen = seen.translated(here.pos()).intersected(around.rect())
        here = around
    return seen
