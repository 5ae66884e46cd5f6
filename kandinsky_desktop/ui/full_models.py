"""How to get the full Kandinsky: where its folders go, in words and with a button."""

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.controls import label


class FullModelsDialog(QDialog):
    """Explains; opens the folder; looks again, and says what was found."""

    look_requested = Signal()

    def __init__(self, folder: Path, found: Found, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("The full Kandinsky"))
        self._folder, self._known = folder, _titles(found)
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
        self.warnings, self.answer = label("", "warning"), label("")
        for said in (self.warnings, self.answer):
            said.setWordWrap(True)
            column.addWidget(said)
        self._show_problems(found)
        self.answer.hide()
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
        self.again = again
        again.clicked.connect(self._look)
        close.clicked.connect(self.reject)
        close.setDefault(True)

    def show_found(self, found: Found) -> None:
        """Say what was found, if someone waits for it."""
        self._show_problems(found)
        if not self.again.isEnabled():
            self.again.setEnabled(True)
            self.again.setFocus()
        new = [title for title in _titles(found) if title not in self._known]
        self._known = _titles(found)
        words = ngettext(
            "Found: {names}. It stands in the list at the top right.",
            "Found: {names}. They stand in the list at the top right.",
            len(new),
        ).format(names=", ".join(new))
        if not new:
            words = _("Nothing new was found.")
        if self.answer.isVisible():
            self.answer.setText(words)

    def _show_problems(self, found: Found) -> None:
        self.warnings.setText("\n".join(found.problems))
        self.warnings.setVisible(bool(found.problems))

    def _look(self) -> None:
        self.answer.setText(_("Looking"))
        self.answer.show()
        self.again.setEnabled(False)
        self.look_requested.emit()

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


def _titles(found: Found) -> list[str]:
    return [model.profile.title for model in found.models]
