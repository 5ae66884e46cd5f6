"""By how much the picture is to grow, in numbers, and what to expect of the model."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.task import NOWHERE, Outpaint
from kandinsky_desktop.ui.controls import NumberRow, label, scroll_past, show_number, titled_row
from kandinsky_desktop.ui.theme import Theme

SIDES = "left", "top", "right", "bottom"
MOST_OVERLAP = 256  # on the slider; more can be typed
USUAL = Outpaint(path=NOWHERE)


class ExpandPanel(QWidget):
    """Shows the borders of a picture; typing sets them."""

    borders_changed = Signal(object)  # Borders
    overlap_changed = Signal(int)
    clear_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        about = declared(Outpaint)
        self._size = label("", "small")
        self.fields: dict[str, QSpinBox] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for number, side in enumerate(SIDES):
            field = QSpinBox()
            field.setRange(int(about[side].low), int(about[side].high))
            field.setSuffix(f" {about[side].unit}")
            field.setSingleStep(8)
            field.setKeyboardTracking(False)
            field.setProperty("role", "value")
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            field.setAccessibleName(_(about[side].label))
            scroll_past(field)
            field.valueChanged.connect(self._typed)
            self.fields[side] = field
            row, pair = divmod(number, 2)
            grid.addWidget(label(_(about[side].label)), row, 2 * pair)
            grid.addWidget(field, row, 2 * pair + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self._overlap = NumberRow(theme, replace(about["overlap"], label=N_("Overlap")), whole=True)
        self._overlap.limit(about["overlap"].low, about["overlap"].high, 1, MOST_OVERLAP)
        self.expected = label("", "small")
        self.expected.setWordWrap(True)
        self._clear = QPushButton(_("Leave the picture as large as it is"))
        self._clear.setProperty("role", "link")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        column.addLayout(titled_row(_("Expand"), self._size))
        column.addLayout(grid)
        for part in (self._overlap, self.expected, self._clear):
            column.addWidget(part)
        self._overlap.changed.connect(lambda value: self.overlap_changed.emit(int(value)))
        self._clear.clicked.connect(self.clear_requested)

    def show_borders(self, borders: Borders, size: Size, windows: int) -> None:
        """Show by how much the picture is to grow, to what size, and in how many windows."""
        for side, field in self.fields.items():
            with QSignalBlocker(field):
                show_number(field, getattr(borders, side), 0)
        words = ngettext("{size} · {n} window", "{size} · {n} windows", windows)
        self._size.setText(words.format(size=size, n=windows) if borders.any else f"{size}")
        self._clear.setVisible(borders.any)

    def show_overlap(self, pixels: int) -> None:
        """Show how much of what is there each window sees."""
        self._overlap.show_value(pixels, USUAL.overlap)

    def show_expected(self, *, small: bool) -> None:
        """Say what the model in use makes of borders; a small one is the starter."""
        self.expected.setText(
            _(
                "The starter model knows single things: it paints one of its own into each window."
                " Full models go on with the picture."
            )
            if small
            else _(
                "The picture is gone on with, window by window, in the order of the numbers: each"
                " sees what is there by then."
            )
        )

    def _typed(self) -> None:
        values = {side: field.value() for side, field in self.fields.items()}
        self.borders_changed.emit(Borders(**values))
