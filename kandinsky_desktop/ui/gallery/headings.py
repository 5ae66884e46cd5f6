"""The headings of the grid's sections: how they are painted, and where a click counts."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.i18n import ngettext
from kandinsky_desktop.state.picture_results import PictureResults
from kandinsky_desktop.ui.gallery.grid_layout import GridLayout
from kandinsky_desktop.ui.theme import Theme


class Headings:
    """A title, and how many pictures are below it."""

    def __init__(
        self, widget: QWidget, theme: Theme, results: PictureResults, layout: GridLayout
    ) -> None:
        self._widget, self._theme, self._results, self._layout = widget, theme, results, layout

    def section_at(self, at: QPoint) -> int | None:
        """Return the section on the words of whose heading a point of the viewport lies."""
        section = self._layout.geometry.head_at(at.y() + self._layout.top)
        return section if section is not None and self._holds(section, at) else None

    def _holds(self, section: int, at: QPoint) -> bool:
        place = self._layout.head_place(section)
        wide = self._width(section)
        return QRect(place.left(), place.top(), wide, place.height()).contains(at)

    def _fonts(self) -> tuple[QFont, QFont]:
        title, count = QFont(self._widget.font()), QFont(self._widget.font())
        title.setPixelSize(self._theme.px(16))
        title.setWeight(QFont.Weight.DemiBold)
        count.setPixelSize(self._theme.px(12))
        return title, count

    def _width(self, section: int) -> int:
        title, count = self._fonts()
        words = self._results.sections[section].title
        told = _pictures(self._results.sections[section].pictures)
        wide = QFontMetrics(title).horizontalAdvance(words)
        return wide + 10 + QFontMetrics(count).horizontalAdvance(told)

    def paint(self, painter: QPainter, section: int) -> None:
        """Paint a heading where it lies."""
        place, shown = self._layout.head_place(section), self._results.sections[section]
        words = shown.title
        title, small = self._fonts()
        painter.setFont(title)
        painter.setPen(self._theme.colour("text"))
        metrics = painter.fontMetrics()
        baseline = place.bottom() - self._theme.px(15)
        room = place.width() - 2 * self._theme.px(80)
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(room, 40))
        painter.drawText(QPoint(place.left(), baseline), words)
        beside = place.left() + metrics.horizontalAdvance(words) + 10
        painter.setFont(small)
        painter.setPen(self._theme.colour("quiet"))
        painter.drawText(QPoint(beside, baseline), _pictures(shown.pictures))


def _pictures(count: int) -> str:
    return ngettext("{n} picture", "{n} pictures", count).format(n=f"{count:,}")
