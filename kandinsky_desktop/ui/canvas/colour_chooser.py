"""The colour in hand: a well that shows it, and a small card to choose another from.

The card holds the colours of late, those of the picture itself, and a field for one that is typed;
behind it stands Qt's own dialog.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QColorDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.theme import Theme

WELL, SWATCH = 32, 28  # sides, in unscaled pixels
COLUMNS = 8
PLAIN = ((0, 0, 0), (255, 255, 255), (128, 128, 128))  # always there, behind those of late
ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -COLUMNS}
ARROWS[Qt.Key.Key_Down] = COLUMNS

Rgb = tuple[int, int, int]


def name_of(colour: Rgb) -> str:
    """Return how a colour is written: #2F5BD8."""
    return "#{:02X}{:02X}{:02X}".format(*colour)


class Swatch(QAbstractButton):
    """A colour to be taken."""

    def __init__(self, theme: Theme, colour: Rgb, side: int = SWATCH) -> None:
        super().__init__()
        self._theme, self._side = theme, side
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.colour = colour
        self.show_colour(colour)
        theme.changed.connect(self.updateGeometry)

    def show_colour(self, colour: Rgb, words: str = "") -> None:
        """Take another colour, and say what the button is."""
        self.colour = colour
        told = f"{words} {name_of(colour)}".strip()
        self.setAccessibleName(told)
        self.setToolTip(told)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        side = self._theme.px(self._side)
        return QSize(side, side)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height()) - 6
        place = QRectF(0, 0, side, side)
        place.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(self._theme.colour("edge"), 1))
        painter.setBrush(QColor(*self.colour))
        painter.drawRoundedRect(place, 5, 5)
        if self.hasFocus() or self.underMouse():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), 7, 7)


class ColourChooser(QFrame):
    """The card, over everything until a colour is taken or it is left."""

    chosen = Signal(object)  # (red, green, blue)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("chooser")
        self.setAccessibleName(_("Colour"))
        self._theme = theme
        self._colour: Rgb = (0, 0, 0)
        self._recent, self._own = QGridLayout(), QGridLayout()
        self._of_picture = label(_("In the picture"), "small")
        self._field = QLineEdit()
        self._field.setAccessibleName(_("Colour, as #RRGGBB or by its name"))
        self._field.setPlaceholderText("#RRGGBB")
        self._wrong = QLabel()
        self._wrong.setProperty("role", "small")
        self._more = QPushButton(_("More colours…"))
        self._more.setProperty("role", "soft")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(6)
        column.addWidget(label(_("Of late"), "small"))
        column.addLayout(self._recent)
        column.addWidget(self._of_picture)
        column.addLayout(self._own)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._field, 1)
        foot.addWidget(self._more)
        column.addLayout(foot)
        column.addWidget(self._wrong)
        self._wrong.hide()
        for grid in (self._recent, self._own):
            grid.setSpacing(2)
            grid.setColumnStretch(COLUMNS, 1)
        self._field.returnPressed.connect(self._typed)
        self._more.clicked.connect(self._open_dialog)

    def show_recent(self, colours: Sequence[Rgb]) -> None:
        """Show the colours that were painted with last."""
        plain = [one for one in PLAIN if one not in colours]
        self._fill(self._recent, [*colours, *plain][: 2 * COLUMNS])

    def show_palette(self, colours: Sequence[Rgb]) -> None:
        """Show the picture's own colours."""
        self._of_picture.setVisible(bool(colours))
        self._fill(self._own, colours)
        if self.isVisible():
            self.adjustSize()

    def open_at(self, colour: Rgb, corner: QPoint) -> None:
        """Open below a point of the screen, with the colour in hand."""
        self._colour = colour
        self._wrong.hide()
        with QSignalBlocker(self._field):
            self._field.setText(name_of(colour))
        self.adjustSize()
        self.move(corner)
        self.show()
        first = self.swatches[0]
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def swatches(self) -> list[Swatch]:
        """All colours that are offered, in order."""
        found: list[Swatch] = []
        for grid in (self._recent, self._own):
            for place in range(grid.count()):
                item = grid.itemAt(place)
                widget = item.widget() if item is not None else None
                if isinstance(widget, Swatch):
                    found.append(widget)
        return found

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        swatches, focused = self.swatches, self.focusWidget()
        by = ARROWS.get(Qt.Key(event.key()))
        if by is not None and isinstance(focused, Swatch):
            place = swatches.index(focused) + by
            swatches[max(0, min(len(swatches) - 1, place))].setFocus(Qt.FocusReason.TabFocusReason)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, Swatch):
            focused.click()
        else:
            super().keyPressEvent(event)

    def _fill(self, grid: QGridLayout, colours: Sequence[Rgb]) -> None:
        while (item := grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, colour in enumerate(colours):
            swatch = Swatch(self._theme, colour)
            swatch.clicked.connect(lambda _on=False, colour=colour: self._take(colour))
            grid.addWidget(swatch, place // COLUMNS, place % COLUMNS)

    def _take(self, colour: Rgb) -> None:
        self.hide()
        self.chosen.emit(colour)

    def _typed(self) -> None:
        words = self._field.text().strip()
        colour = QColor(words if words[:1] == "#" or not _is_hex(words) else f"#{words}")
        if colour.isValid():
            self._take((colour.red(), colour.green(), colour.blue()))
            return
        self._wrong.setText(
            _("“{words}” is no colour: type #2F5BD8 or a name.").format(words=words)
        )
        self._wrong.show()
        self.adjustSize()

    def _open_dialog(self) -> None:
        self.hide()
        dialog = QColorDialog(QColor(*self._colour), self.parentWidget())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(
            lambda one: self.chosen.emit((one.red(), one.green(), one.blue()))
        )
        dialog.open()


def _is_hex(words: str) -> bool:
    return len(words) in (3, 6) and all(one in "0123456789abcdefABCDEF" for one in words)
