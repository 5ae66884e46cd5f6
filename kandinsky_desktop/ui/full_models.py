"""How to get the full Kandinsky: where its folders go, in words and with a button."""

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.controls import label


class FullModelsDialog(QDialog):
    """Explains; opens the folder; looks again."""

    look_requested = Signal()

    def __init__(
        self, folder: Path, problems: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("The full Kandinsky"))
        self._folder = folder
        steps = _(
            "The full Kandinsky 2.2 is about 10 GB and belongs to you, not to this program; nothing"
            " is fetched behind your back.\n\n"
            "1.  Get the folders kandinsky-2-2-prior and kandinsky-2-2-decoder from its makers'"
            " page, on any computer, with their .safetensors files.\n"
            "2.  Put both into one folder of any name here:\n\n{folder}\n\n"
            "3.  Look again. The model then stands in the list at the top right."
        ).format(folder=folder)
        words = label(steps)
        words.setWordWrap(True)
        words.setTextInteractionFlags(words.textInteractionFlags().TextSelectableByMouse)
        words.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(_("The full Kandinsky"), "heading"))
        column.addWidget(words)
        for problem in problems:
            warning = label(problem, "warning")
            warning.setWordWrap(True)
            column.addWidget(warning)
        show, again, close = (
            QPushButton(text) for text in (_("Open the folder"), _("Look again"), _("Close"))
        )
        row = QHBoxLayout()
        row.addWidget(show)
        row.addStretch(1)
        row.addWidget(again)
        row.addWidget(close)
        column.addLayout(row)
        show.clicked.connect(self._open)
        again.clicked.connect(self.look_requested)
        again.clicked.connect(self.accept)
        close.clicked.connect(self.reject)
        close.setDefault(True)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
