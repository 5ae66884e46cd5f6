"""Save many pictures: where to, in which format, under which names, or all of them on one sheet."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.fields import Choice, declared
from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.batch_export import BatchExport, BatchPlan
from kandinsky_desktop.state.exporter import ExportHabits
from kandinsky_desktop.store import export_names
from kandinsky_desktop.ui.chips import NameChips
from kandinsky_desktop.ui.controls import inset, label, widen
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.saving import folder_after
from kandinsky_desktop.ui.theme import Theme

FIELDS = 380  # width of what is typed, in unscaled pixels
FORM = ("quality", "lossless", "ground", "keep")
WAYS = (
    Choice("files", N_("Files"), N_("Each picture as a file of its own")),
    Choice("sheet", N_("Contact sheet"), N_("All of them on one picture, in rows")),
    Choice("crossed", N_("X/Y sheet"), N_("Columns and rows by what the pictures differ in")),
)
AXES = (
    ("seed", N_("Seed")),
    ("steps", N_("Steps")),
    ("guidance", N_("Guidance")),
    ("scheduler", N_("Scheduler")),
    ("model", N_("Model")),
    ("size", N_("Size")),
    ("strength", N_("Strength")),
    ("words", N_("Words")),
)


class ExportDialog(QDialog):
    """Asks how many pictures are to be saved, and shows how far it is."""

    done_in = Signal(object, str)  # Path of the folder, and what was done
    remembered = Signal(object)  # ExportHabits: how it was done

    def __init__(
        self,
        theme: Theme,
        export: BatchExport,
        paths: Sequence[Path],
        habits: ExportHabits,
        parent: QWidget | None = None,
    ) -> None:
        """`habits` are how and where a person did so last."""
        super().__init__(parent)
        self._theme, self._export, self._paths = theme, export, tuple(paths)
        count = len(paths)
        title = ngettext("Save {n} picture", "Save {n} pictures", count).format(n=f"{count:,}")
        self.setWindowTitle(title)
        self._options = habits.options
        self.ways = NameChips(theme, WAYS)
        self.folder = QLineEdit(folder_after(habits))
        self.choose = QPushButton(_("Choose…"))
        self.choose.setAccessibleName(_("Choose the folder"))
        self.name = QLineEdit(export_names.USUAL)
        fields = ", ".join(f"{{{one}}}" for one in export_names.FIELDS)
        self.name.setToolTip(_("Words in braces are filled in: {fields}").format(fields=fields))
        self.example = label("", "small")
        self.example.setTextFormat(Qt.TextFormat.PlainText)
        self.formats = NameChips(theme, declared(ExportOptions)["format"].choices)
        self.form = Form(theme, ExportOptions, only=FORM)
        self.columns = QSpinBox()
        self.columns.setRange(1, 50)
        self.columns.setValue(min(max(1, round(count**0.5)), 10))
        inset(self.columns)
        self.across, self.down = QComboBox(), QComboBox()
        self.down.addItem(_("Nothing"), "")
        for value, words in AXES:
            self.across.addItem(_(words), value)
            self.down.addItem(_(words), value)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("How far it is"))
        self.bar.hide()
        self.note = label("", "warning")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.save, self.cancel = QPushButton(_("Save")), QPushButton(_("Cancel"))
        self.save.setProperty("role", "primary")
        self.save.setDefault(True)
        for button in (self.choose, self.cancel):
            button.setAutoDefault(False)
        self._way = "files"
        self._lay_out(title)
        self.ways.chosen.connect(self._turn)
        self.formats.chosen.connect(self._set_format)
        self.form.edited.connect(self._edit)
        self.name.textChanged.connect(self._show)
        self.folder.textChanged.connect(self._show)
        self.choose.clicked.connect(self._choose)
        self.save.clicked.connect(self._start)
        self.cancel.clicked.connect(self.reject)
        export.progressed.connect(self._on_progress)
        export.finished.connect(self._on_finished)
        export.failed.connect(self._on_failed)
        self._turn("files")

    @property
    def plan(self) -> BatchPlan:
        """What the button would do."""
        sheet, crossed = self._way == "sheet", self._way == "crossed"
        return BatchPlan(
            typed_path(self.folder.text()),
            self._options,
            self.name.text().strip() or export_names.USUAL,
            columns=self.columns.value() if sheet else 0,
            across=self.across.currentData() if crossed else "",
            down=self.down.currentData() if crossed else "",
        )

    @override
    def reject(self) -> None:
        """Stop what is being written, else close."""
        if self._export.busy:
            self._export.stop()
            self._show_busy(on=False)
            self.note.setText(_("Stopped. What was saved stays."))
        else:
            super().reject()

    def _lay_out(self, title: str) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        for number, (name, words, part) in enumerate(
            (
                ("folder", _("Folder"), where),
                ("name", _("Name"), self.name),
                ("example", "", self.example),
                ("format", _("Format"), self.formats),
                ("columns", _("Columns"), self.columns),
                ("across", _("Across"), self.across),
                ("down", _("Down"), self.down),
            )
        ):
            head = label(words)
            grid.addWidget(head, number, 0)
            if isinstance(part, QWidget):
                if words:
                    part.setAccessibleName(words)
                grid.addWidget(part, number, 1)
                self._rows[name] = (head, part)
            else:
                grid.addLayout(where, number, 1)
        self.folder.setAccessibleName(_("Folder"))
        widen(self._theme, self.name, FIELDS)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.bar, 1)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(14)
        column.addWidget(label(title, "heading"))
        column.addWidget(self.ways)
        column.addLayout(grid)
        column.addWidget(self.form)
        column.addWidget(self.note)
        column.addLayout(foot)
        self.note.hide()

    def _turn(self, way: str) -> None:
        self._way = way
        self.ways.show_value(way)
        for name, shown in (
            ("format", way == "files"),
            ("columns", way == "sheet"),
            ("across", way == "crossed"),
            ("down", way == "crossed"),
        ):
            for widget in self._rows[name]:
                widget.setVisible(shown)
        self.form.setVisible(way == "files")
        self._show()

    def _set_format(self, value: str) -> None:
        self._options = replace(self._options, format=value)
        self._show()

    def _edit(self, name: str, value: object) -> None:
        self._options = replace(self._options, **{name: value})  # type: ignore[arg-type]  # by name
        self._show()

    def _show(self) -> None:
        options = self._options
        self.formats.show_value(options.format)
        self.form.show_value(options)
        self.form.show_row("quality", options.loses)
        self.form.show_row("lossless", options.format == "webp")
        self.form.show_row("ground", not options.target.transparent)
        odd = export_names.unknown_fields(self.name.text())
        problem = ""
        if odd:
            problem = _("“{field}” means nothing here.").format(field=f"{{{odd[0]}}}")
        elif not typed_path(self.folder.text()).is_absolute():
            problem = _("Choose a folder to save them in.")
        first = export_names.filled(self.plan.template, self._paths[0], 1, len(self._paths))
        ending = options.target.endings[0] if self._way == "files" else ".png"
        self.example.setText(_("such as {name}").format(name=f"{first[:48]}{ending}"))
        self._say(problem)
        self.save.setEnabled(not problem)
        self.adjustSize()

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Save in"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _start(self) -> None:
        self._show_busy(on=True)
        self._export.start(self._paths, self.plan)

    def _show_busy(self, *, on: bool) -> None:
        self.bar.setVisible(on)
        self.bar.setRange(0, 0)
        self.save.setEnabled(not on)
        self.cancel.setText(_("Stop") if on else _("Cancel"))

    def _on_progress(self, done: int, of: int) -> None:
        self.bar.setRange(0, of)
        self.bar.setValue(done)

    def _on_finished(self, folder: Path, words: str) -> None:
        self.remembered.emit(ExportHabits(self._options, str(self.plan.folder)))
        self.done_in.emit(folder, words)
        self.accept()

    def _on_failed(self, sentence: str) -> None:
        self._show_busy(on=False)
        self._say(sentence)
