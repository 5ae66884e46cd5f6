"""Save as…: a name, a folder, a format, and what of its making a picture keeps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.image_formats import ExportOptions, renamed
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.exporter import ExportPlan
from kandinsky_desktop.store.exporting import Facts
from kandinsky_desktop.ui.chips import NameChips
from kandinsky_desktop.ui.controls import label, widen
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.theme import Theme

FIELDS = 380  # width of what is typed, in unscaled pixels
PICTURE = 132
NOTE_LINES = 2  # kept free, so that nothing moves when something is said
FORM = ("quality", "lossless", "ground", "keep")


class SaveAsDialog(QDialog):
    """Asks how a picture is to be saved. It shows plans that others make, and knows no disk."""

    changed = Signal()  # the name, the folder or an option
    save_requested = Signal()

    def __init__(self, theme: Theme, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Save as"))
        self._theme, self._facts = theme, facts
        self._options = ExportOptions()
        self._saving = False
        self.name, self.folder = QLineEdit(), QLineEdit()
        self.choose = QPushButton(_("Choose…"))
        self.choose.setAutoDefault(False)
        self.choose.setAccessibleName(_("Choose the folder"))
        self.ask_folder: Callable[[str], str] = self._ask_folder
        self.formats = NameChips(theme, declared(ExportOptions)["format"].choices)
        self.form = Form(theme, ExportOptions, only=FORM)
        self.form.allow("keep", "" if facts.says else _("It does not say how it was made."))
        self.note = label("")
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.save, cancel = QPushButton(_("Save")), QPushButton(_("Cancel"))
        self.save.setProperty("role", "primary")
        self.save.setDefault(True)
        cancel.setAutoDefault(False)
        self._picture = QLabel()
        self._picture.setAccessibleName(facts.name)
        self._lay_out(cancel)
        self.name.textEdited.connect(self.changed)
        self.folder.textEdited.connect(self.changed)
        self.choose.clicked.connect(self._choose)
        self.formats.chosen.connect(self._choose_format)
        self.form.edited.connect(self._edit)
        self.save.clicked.connect(self.save_requested)
        cancel.clicked.connect(self.reject)

    @property
    def options(self) -> ExportOptions:
        """What is asked for, the format as far as the name does not say it."""
        return self._options

    def show_picture(self, image: QImage | None) -> None:
        """Show what is saved, small."""
        self._picture.setVisible(image is not None)
        if image is None:
            return
        side, ratio = self._theme.px(PICTURE), self.devicePixelRatioF()
        small = image.scaled(
            QSize(side, side) * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        small.setDevicePixelRatio(ratio)
        self._picture.setPixmap(QPixmap.fromImage(small))

    def begin(self, folder: str, name: str, options: ExportOptions) -> None:
        """Suggest a name, a folder and options; what is typed replaces the name but its ending."""
        self._options = options
        self.folder.setText(folder)
        self.name.setText(name)
        self.name.setFocus()
        self.name.setSelection(0, len(Path(name).stem))
        self.changed.emit()

    def show_plan(self, made: ExportPlan) -> None:
        """Show what the button would do."""
        self._options = made.options
        self.formats.show_value(made.options.format)
        self.form.show_value(made.options)
        self.form.show_row("quality", made.options.loses)
        self.form.show_row("lossless", made.options.format == "webp")
        on_ground = made.options.lays_on_ground(transparent=self._facts.transparent)
        self.form.show_row("ground", on_ground)
        if not self._facts.says:
            self.form.switches["keep"].setChecked(False)
        self.save.setText(_("Replace") if made.replaces else _("Save"))
        self.save.setEnabled(not made.problem)
        self._say(made.problem or made.remark, problem=bool(made.problem))

    def show_saving(self) -> None:
        """Show that it is being written; until that is done it is not closed."""
        self._saving = True
        self.save.setEnabled(False)

    def show_failure(self, sentence: str) -> None:
        """Say why it was not written; what was typed stays, to be changed."""
        self._saving = False
        self.save.setEnabled(True)
        self._say(sentence, problem=True)

    @override
    def reject(self) -> None:
        if not self._saving:
            super().reject()

    def _say(self, words: str, *, problem: bool) -> None:
        self.note.setText(words)
        self.note.setProperty("role", "warning" if problem else "small")
        self.note.style().polish(self.note)

    def _lay_out(self, cancel: QPushButton) -> None:
        widen(self._theme, self.name, FIELDS)
        both = QWidget()
        where = QHBoxLayout(both)
        where.setContentsMargins(0, 0, 0, 0)
        where.setSpacing(8)
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        rows = QGridLayout()
        rows.setHorizontalSpacing(16)
        rows.setVerticalSpacing(12)
        fields = ((_("Name"), self.name), (_("Folder"), both), (_("Format"), self.formats))
        for row, (words, field) in enumerate(fields):
            rows.addWidget(label(words), row, 0)
            rows.addWidget(field, row, 1)
        self.name.setAccessibleName(_("Name"))
        self.folder.setAccessibleName(_("Folder"))
        rows.addWidget(self.form, 3, 1)
        rows.addWidget(self.note, 4, 1)
        lines = self.note.fontMetrics().lineSpacing()
        self.note.setMinimumHeight(NOTE_LINES * lines + 4)
        rows.setRowStretch(3, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.save)
        beside = QHBoxLayout()
        beside.setSpacing(24)
        beside.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        beside.addLayout(rows, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(_("Save as"), "heading"))
        column.addLayout(beside, 1)
        column.addLayout(foot)

    def _choose(self) -> None:
        chosen = self.ask_folder(self.folder.text())
        if chosen:
            self.folder.setText(chosen)
            self.changed.emit()

    def _ask_folder(self, before: str) -> str:
        return QFileDialog.getExistingDirectory(self, _("Save the picture in"), before)

    def _choose_format(self, value: str) -> None:
        self._options = replace(self._options, format=value)
        self.name.setText(renamed(self.name.text(), self._options))
        self.changed.emit()

    def _edit(self, name: str, value: object) -> None:
        change: dict[str, Any] = {name: value}
        self._options = replace(self._options, **change)
        self.changed.emit()
