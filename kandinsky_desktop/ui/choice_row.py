"""A row of a panel where one of a few kinds of things is picked."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import LabelledRow, scroll_past
from kandinsky_desktop.ui.theme import Theme

Choices = tuple[tuple[type, str, str], ...]  # the kind, what it is called, its help


class ChoiceRow(QWidget):
    """Shows which kind it is, and says which one a person wants."""

    chosen = Signal(object)  # type

    def __init__(self, theme: Theme, name: str, kinds: Choices, *, titled: bool = True) -> None:
        """Not `titled` it has no label: a fold with its name is its title."""
        super().__init__()
        self._kinds = kinds
        self.combo = QComboBox()
        self.combo.setAccessibleName(name)
        scroll_past(self.combo)
        self.combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        for _kind, title, _help in kinds:
            self.combo.addItem(_(title))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(LabelledRow(theme, name, self.combo) if titled else self.combo)
        self.combo.activated.connect(lambda place: self.chosen.emit(kinds[place][0]))
        for place in range(len(kinds)):
            self.allow(kinds[place][0], "")

    def show_choice(self, kind: type, otherwise: str) -> None:
        """Show a kind or, if it is none of those offered, these words."""
        self.combo.setPlaceholderText(otherwise)
        places = {one: place for place, (one, _title, _help) in enumerate(self._kinds)}
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(places.get(kind, -1))

    def title_of(self, kind: type) -> str:
        """Return what a kind is called."""
        return next((_(title) for one, title, _help in self._kinds if one is kind), "")

    def allow(self, kind: type, reason: str) -> None:
        """Let a kind be picked, or say on hover why it cannot."""
        model = self.combo.model()
        assert isinstance(model, QStandardItemModel)
        for place, (one, _title, help_) in enumerate(self._kinds):
            if one is kind:
                model.item(place).setEnabled(not reason)
                self.combo.setItemData(place, reason or _(help_), Qt.ItemDataRole.ToolTipRole)
