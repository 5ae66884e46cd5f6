"""A small question: the name of something, among those that there are or a new one."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import label


class NameDialog(QDialog):
    """Asks for a name and offers those that there are while it is typed."""

    named = Signal(str)

    def __init__(
        self,
        title: str,
        hint: str,
        act: str,
        known: Sequence[str] = (),
        parent: QWidget | None = None,
        *,
        text: str = "",
    ) -> None:
        """`text` is what stands there at first, to be typed over."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.field = QLineEdit()
        self.field.setAccessibleName(hint)
        self.field.setPlaceholderText(hint)
        self.field.setToolTip(hint)
        self.field.setMinimumWidth(320)
        completer = QCompleter(QStringListModel(list(known), self), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.accept_button = QPushButton(act)
        self.accept_button.setProperty("role", "primary")
        self.accept_button.setDefault(True)
        cancel = QPushButton(_("Cancel"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "heading"))
        column.addWidget(self.field)
        column.addSpacing(4)
        column.addLayout(row)
        self.field.textChanged.connect(self._show)
        self.accept_button.clicked.connect(self._take)
        cancel.clicked.connect(self.reject)
        self.field.setText(text)
        self.field.selectAll()
        self._show(text)

    def _show(self, text: str) -> None:
        self.accept_button.setEnabled(bool(text.strip()))

    def _take(self) -> None:
        name = " ".join(self.field.text().split())
        if name:
            self.accept()
            self.named.emit(name)
