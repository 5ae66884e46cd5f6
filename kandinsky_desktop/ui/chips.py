"""Chips: a few things to choose from, side by side, each drawn as what it is."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from kandinsky_desktop.domain.catalog import Size, shape_sizes
from kandinsky_desktop.domain.fields import Choice
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.theme import Theme

SHAPE_HEIGHT, COUNT_HEIGHT, NAME_HEIGHT = 54, 40, 34  # in unscaled pixels
LINE = 1.75
COUNTS = (1, 4, 9)
GAP = 6
SPOT = 5  # across, of the mark of what costs something


class _Chip(QToolButton):
    """A choice with a drawing or a name; its ground and frame are the style sheet's."""

    def __init__(self, theme: Theme, height: int, name: str) -> None:
        super().__init__()
        self._theme, self._height = theme, height
        self.setProperty("role", "chip")
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._told = name  # what it stands for, in words
        self._costs = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._measure)
        self._measure()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(30), self._theme.px(self._height))

    @override
    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def tell(self, words: str) -> None:
        """Say what it stands for."""
        self._told = words
        self.show_costs(self._costs)

    def show_costs(self, words: str) -> None:
        """Mark it, and say what it costs; nothing: it costs nothing."""
        self._costs = words
        self.setToolTip(plain_tip(f"{self._told} · {words}" if words else self._told))
        self.setAccessibleDescription(words)
        self.update()

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(self._height))

    def _mark(self, painter: QPainter) -> None:
        """Draw a spot in the corner where it costs something."""
        if not self._costs or not self.isEnabled():
            return
        side = self._theme.px(SPOT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("warning"))
        painter.drawEllipse(QRectF(self.width() - side - 4, 4, side, side))

    def _colour_name(self) -> str:
        return "accent_text" if self.isChecked() else "quiet"

    def _begin(self) -> QPainter:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        font = self.font()
        font.setPixelSize(self._theme.px(12))
        font.setBold(self.isChecked())
        painter.setFont(font)
        return painter


class _ShapeChip(_Chip):
    def __init__(self, theme: Theme, across: int, down: int) -> None:
        self._across, self._down = across, down
        super().__init__(theme, SHAPE_HEIGHT, f"{across}:{down}")

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, theme = self._begin(), self._theme
        area = theme.px(20) * theme.px(20)  # all shapes are alike in it, up to the widest
        high = min((area * self._down / self._across) ** 0.5, theme.px(24))
        wide = min(high * self._across / self._down, theme.px(28))
        frame = QRectF(0, 0, round(wide), round(high))
        frame.moveCenter(QRectF(0, 0, self.width(), theme.px(36)).center())
        painter.setPen(QPen(theme.colour(self._colour_name()), LINE))
        painter.drawRoundedRect(frame, 2, 2)
        foot = QRectF(0, self.height() - theme.px(20), self.width(), theme.px(16))
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, f"{self._across}:{self._down}")
        self._mark(painter)


class _CountChip(_Chip):
    def __init__(self, theme: Theme, count: int) -> None:
        self._count = count
        super().__init__(
            theme, COUNT_HEIGHT, ngettext("{n} picture", "{n} pictures", count).format(n=count)
        )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, theme = self._begin(), self._theme
        side, text = theme.px(16), str(self._count)
        wide = side + theme.px(8) + painter.fontMetrics().horizontalAdvance(text)
        left, top = (self.width() - wide) / 2, (self.height() - side) / 2
        colour = theme.colour("accent" if self.isChecked() else "quiet")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        rows = round(self._count**0.5)
        gap = side / (4 * rows) if rows > 1 else 0
        each = (side - gap * (rows - 1)) / rows
        for number in range(self._count):
            x = left + (number % rows) * (each + gap)
            y = top + (number // rows) * (each + gap)
            painter.drawRoundedRect(QRectF(x, y, each, each), 1.5, 1.5)
        painter.setPen(theme.colour(self._colour_name()))
        place = QRectF(left + side + theme.px(8), 0, wide, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
        self._mark(painter)


class NameChips(QWidget):
    """A few values by their names."""

    chosen = Signal(str)  # a value

    def __init__(self, theme: Theme, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        self.chips: dict[str, _Chip] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for one in choices:
            chip = self.chips[one.value] = _Chip(theme, NAME_HEIGHT, _(one.label))
            chip.setText(_(one.label))
            chip.setToolTip(_(one.help))
            chip.clicked.connect(lambda _on=False, value=one.value: self._choose(value))
            row.addWidget(chip)

    def show_value(self, value: str) -> None:
        """Mark the value in use."""
        for one, chip in self.chips.items():
            chip.setChecked(one == value)

    def _choose(self, value: str) -> None:
        self.chips[value].setChecked(True)
        self.chosen.emit(value)


class ShapeChips(QWidget):
    """The usual ratios. One that the model in use cannot paint stays in its place and says why."""

    chosen = Signal(object)  # domain.catalog.Size

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._sizes: dict[tuple[int, int], Size | None] = {}
        self.chips: dict[tuple[int, int], _ShapeChip] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)

    def show_model(self, model: Model) -> None:
        """Offer what the model can paint."""
        self._sizes = shape_sizes(model)
        for across, down in self._sizes:
            if (across, down) not in self.chips:
                chip = self.chips[across, down] = _ShapeChip(self._theme, across, down)
                chip.clicked.connect(lambda _on=False, at=(across, down): self._choose(at))
                self._row.addWidget(chip)
        for (across, down), size in self._sizes.items():
            chip = self.chips[across, down]
            chip.setEnabled(size is not None)
            lacking = _("{model} paints squares alone.").format(model=model.profile.title)
            chip.tell(f"{across}:{down} · {size}" if size else lacking)

    def show_costs(self, words: Mapping[Size, str]) -> None:
        """Mark the shapes that cost something, by their sizes."""
        for at, chip in self.chips.items():
            size = self._sizes[at]
            chip.show_costs("" if size is None else words.get(size, ""))

    def show_value(self, size: Size) -> None:
        """Mark the shape in use, if it is among those offered."""
        for at, chip in self.chips.items():
            chip.setChecked(self._sizes[at] == size)

    def _choose(self, at: tuple[int, int]) -> None:
        self.chips[at].setChecked(True)  # a click on the one in use leaves it
        self.chosen.emit(self._sizes[at])


class CountChips(QWidget):
    """One picture, four or nine; any other number is typed elsewhere and marks none."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.chips = {count: _CountChip(theme, count) for count in COUNTS}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for count, chip in self.chips.items():
            chip.clicked.connect(lambda _on=False, count=count: self._choose(count))
            row.addWidget(chip)

    def show_costs(self, words: Mapping[int, str]) -> None:
        """Mark the numbers that cost something."""
        for count, chip in self.chips.items():
            chip.show_costs(words.get(count, ""))

    def show_value(self, count: int) -> None:
        """Mark the number in use."""
        for number, chip in self.chips.items():
            chip.setChecked(number == count)

    def _choose(self, count: int) -> None:
        self.chips[count].setChecked(True)
        self.chosen.emit(count)
