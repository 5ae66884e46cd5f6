"""A dialog in which something is chosen from a list and read beside it."""

from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import label


def lay_out_reading(
    dialog: QDialog, title: str, names: QListWidget, page: QWidget, *above: QWidget
) -> None:
    """Lay out a dialog: its title, what stands above, the list beside the page, and Close."""
    names.setObjectName("pages")
    close = QPushButton(_("Close"))
    close.setDefault(True)
    close.clicked.connect(dialog.reject)
    middle = QHBoxLayout()
    middle.setSpacing(16)
    middle.addWidget(names)
    middle.addWidget(page, 1)
    foot = QHBoxLayout()
    foot.addStretch(1)
    foot.addWidget(close)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 24, 24, 16)
    column.setSpacing(16)
    column.addWidget(label(title, "title"))
    for widget in above:
        column.addWidget(widget)
    column.addLayout(middle, 1)
    column.addLayout(foot)
