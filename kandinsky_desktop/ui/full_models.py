"""How to get the full Kandinsky: where its folders go, in words and with a button."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.controls import label, path_field
from kandinsky_desktop.ui.folders import show_folder

WIDE = 520


class FullModelsDialog(QDialog):
    """Explains; opens the folder; looks again, and says what was found."""

    look_requested = Signal()

    def __init__(self, folder: Path, found: Found, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("The full Kandinsky"))
        self._folder, self._known = folder, _titles(found)
        about = _(
            "The full Kandinsky 2.2 is about 10 GB and belongs to you, not to this program; nothing"
            " is fetched behind your back."
        )
        steps = (
            _(
                "Get the folders kandinsky-2-2-prior and kandinsky-2-2-decoder from its makers'"
                " page, on any computer, with their .safetensors files."
            ),
            _("Put both into one folder of any name here:"),
            _("Look again. The model then stands in the list at the top right."),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(_("The full Kandinsky"), "title"))
        column.addWidget(_wrapped(about))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        for number, step in enumerate(steps):
            row = 2 * number
            grid.addWidget(label(str(number + 1), "group"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_wrapped(step), row, 1)
        grid.addWidget(path_field(_("Folder of models"), str(folder)), 3, 1)
        column.addLayout(grid)
        self.warnings, self.answer = _wrapped("", "warning"), _wrapped("")
        for said in (self.warnings, self.answer):
            column.addWidget(said)
        self._show_problems(found)
        self.answer.hide()
        show, again, close = (
            QPushButton(text) for text in (_("Open the folder"), _("Look again"), _("Close"))
        )
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(show)
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(again)
        column.addLayout(foot)
        show.clicked.connect(self._open)
        self.again = again
        again.clicked.connect(self._look)
        close.clicked.connect(self.reject)
        again.setProperty("role", "primary")
        again.setDefault(True)
        again.setFocus()
        self.setMinimumWidth(WIDE)

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
        show_folder(self._folder)


def _titles(found: Found) -> list[str]:
    return [model.profile.title for model in found.models]


def _wrapped(words: str, role: str = "") -> QLabel:
    """Return a text of several lines."""
    text = label(words, role)
    text.setWordWrap(True)
    return text
