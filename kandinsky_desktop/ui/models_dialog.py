"""The models: what is here, part by part; what could be; verify, add a folder, convert files."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.converting import Converted, Converting
from kandinsky_desktop.domain.hub_names import folder_name
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.published_files import VERSIONS
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.conversion import Conversion
from kandinsky_desktop.state.estimates import Capability
from kandinsky_desktop.state.models import Models
from kandinsky_desktop.state.verification import Reading, Verification, Verified
from kandinsky_desktop.store.model_parts import ModelParts, needed_parts, version_of
from kandinsky_desktop.store.models import Found
from kandinsky_desktop.ui.controls import ElidedLabel, label
from kandinsky_desktop.ui.folders import show_folder
from kandinsky_desktop.ui.model_list import Entry, ModelList
from kandinsky_desktop.ui.model_page import ModelPage, verified_text
from kandinsky_desktop.ui.model_words import shown_names, size_text
from kandinsky_desktop.ui.theme import Theme

SIZE = QSize(860, 580)  # in unscaled pixels
AROUND = 48  # pixels of the screen's height that a window has around it
MOST = 1000  # parts of a progress bar
ESTIMATORS = "estimators"  # the row of models that estimate depth


class ModelsDialog(QDialog):
    """Shows what was found, and asks for what is to be done with it."""

    look_requested = Signal()
    use_requested = Signal(str)  # the name of a model

    def __init__(
        self,
        theme: Theme,
        models: Models,
        verification: Verification,
        conversion: Conversion,
        capability: Callable[[Model], Capability | None],
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        """`folder` is that of the person's own models."""
        super().__init__(parent)
        self.setWindowTitle(_("Models"))
        self.setAcceptDrops(True)
        self._theme, self._models, self._folder = theme, models, folder
        self._verification, self._conversion = verification, conversion
        self._capability = capability
        self._in_use = ""
        self._parts: tuple[ModelParts, ...] = ()
        self._wanted = ""  # which row is to be chosen once it is there
        self._is_unknown = False  # what this machine can do with what is shown
        self._asked = False  # whether somebody waits for what is found
        self._known: set[str] = {model.name for model in models.available.models}
        self.list = ModelList(theme)
        self.page = ModelPage()
        self.note = label("", "small")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.hide()
        self.progress = _Progress()
        self.add, self.convert, self.show_folder, self.again, self.leave = (
            QPushButton(words)
            for words in (
                _("Add a folder…"),
                _("Convert original files…"),
                _("Open the folder"),
                _("Look again"),
                _("Close"),
            )
        )
        self.add.setToolTip(_("Use a model where it lies: nothing is copied"))
        self.convert.setToolTip(
            _(
                "Make a model of the single files of Kandinsky 2.0 or 2.1, or .safetensors of"
                " pickles (.bin); they stay as they are"
            )
        )
        self.show_folder.setToolTip(_("Show the folder where your models lie"))
        self._lay_out()
        self._connect()
        self._show_busy()
        self._on_found(models.available)

    def show_in_use(self, name: str) -> None:
        """Say which model is painted with."""
        self._in_use = name
        self._show_page(self.list.current)

    def on_planned(self) -> None:
        """Say what this machine can do, where that was not known before."""
        if self._is_unknown and self._models.available.models:
            self._show_page(self.list.current)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        wanted = QSize(self._theme.px(SIZE.width()), self._theme.px(SIZE.height()))
        wanted = wanted.expandedTo(self.minimumSizeHint())
        self.resize(wanted.boundedTo(self.screen().availableSize() - QSize(0, AROUND)))
        super().showEvent(event)

    @override
    def reject(self) -> None:
        """Stop what is read, else close. What is converted goes on."""
        if self._verification.busy:
            self._stop()
        else:
            super().reject()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._verification.stop()
        super().closeEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _folders(event):
            event.acceptProposedAction()
            self._say(_("Let go to add it: it is used where it lies."))

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._say("")

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        for folder in _folders(event):
            self.add_folder(folder)

    def add_folder(self, folder: Path) -> None:
        """Let a folder count among the models."""
        self._say(_("Looking"))
        self._models.add(folder)

    def convert_files(self, origin: Path) -> None:
        """Begin to convert the original files in a folder."""
        self._say("")
        self._conversion.start(origin)
        self._show_busy()

    # -- how it looks

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addWidget(self.list)
        middle.addWidget(self.page, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.add, self.convert, self.show_folder):
            foot.addWidget(button)
        foot.addStretch(1)
        for button in (self.again, self.leave):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(_("Models"), "title"))
        column.addLayout(middle, 1)
        column.addWidget(self.note)
        column.addWidget(self.progress)
        column.addLayout(foot)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter is the list's
        self.list.setFocus()

    def _connect(self) -> None:
        self.list.chosen.connect(self._show_page)
        self.list.activated.connect(self._use_current)
        self.page.use_requested.connect(self._use)
        self.page.verify_requested.connect(self._verify)
        self.page.folder_requested.connect(show_folder)
        self.add.clicked.connect(partial(self._choose, self.add_folder, _("Add a folder")))
        self.convert.clicked.connect(
            partial(self._choose, self.convert_files, _("The folder with the original files"))
        )
        self.show_folder.clicked.connect(self._open)
        self.again.clicked.connect(self._look)
        self.leave.clicked.connect(self.close)
        self.progress.cancel.clicked.connect(self._stop)
        self._models.found.connect(self._on_found)
        self._models.parts_read.connect(self._on_parts)
        self._models.added.connect(self._on_added)
        self._models.not_added.connect(partial(self._say, grave=True))
        self._verification.progressed.connect(self._on_reading)
        self._verification.finished.connect(self._on_verified)
        self._conversion.progressed.connect(self._on_converting)
        self._conversion.finished.connect(self._on_converted)
        self._conversion.failed.connect(self._on_not_converted)

    # -- what is shown

    def _on_found(self, found: Found) -> None:
        self._models.read_parts()
        names = {model.name for model in found.models}
        new = sorted(names - self._known)
        if self._asked:
            self._asked = False
            self.again.setEnabled(True)
            self._say(_found_text(new))
        if new:
            self._wanted = self._wanted if self._wanted in names else new[0]
        self._known = names

    def _on_parts(self, parts: tuple[ModelParts, ...]) -> None:
        self._parts = parts
        self.list.show_entries(list(self._entries()), self._wanted)
        self._wanted = ""

    def _entries(self) -> list[Entry]:
        found = self._models.available
        called = shown_names([one.model for one in self._parts])
        rows = [_entry(one, called[one.model.name]) for one in self._parts]
        here = {version_of(one.model) for one in self._parts}
        for version in VERSIONS:
            if version not in here:
                title = _("Kandinsky {version}").format(version=version)
                rows.append(Entry(version, title, _("Not here"), version, is_here=False))
        if found.estimators:
            count = len(found.estimators)
            words = ngettext("{n} model", "{n} models", count).format(n=count)
            rows.append(Entry(ESTIMATORS, _("Depth estimators"), words, found.estimators))
        problems = (*found.problems, *found.asides)
        if problems:
            count = len(problems)
            words = ngettext("{n} thing", "{n} things", count).format(n=count)
            rows.append(Entry("problems", _("What is amiss"), words, problems, is_here=False))
        return rows

    def _show_page(self, entry: Entry | None) -> None:
        match None if entry is None else entry.what:
            case ModelParts() as about:
                can = self._capability(about.model)
                self._is_unknown = can is None
                self.page.show_model(about, can, in_use=about.model.name == self._in_use)
            case str() as version:
                self.page.show_absent(version, needed_parts(version), self._folder)
            case tuple() as told if entry is not None and entry.key == ESTIMATORS:
                self.page.show_estimators(told)
            case tuple() as told:
                self.page.show_problems(told)
            case _:
                pass
        self._show_busy()

    def _say(self, words: str, *, grave: bool = False) -> None:
        self.note.setProperty("role", "warning" if grave else "small")
        self.note.style().polish(self.note)
        self.note.setText(words)
        self.note.setVisible(bool(words))

    # -- what is done

    def _look(self) -> None:
        self._asked = True
        self._say(_("Looking"))
        self.again.setEnabled(False)
        self.look_requested.emit()

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        show_folder(self._folder)

    def _choose(self, use: Callable[[Path], None], title: str) -> None:
        chosen = QFileDialog.getExistingDirectory(self, title, str(Path.home()))
        if chosen:
            use(Path(chosen))

    def _on_added(self, found: Found) -> None:
        names = [model.name for model in found.models]
        self._wanted = names[0] if names else ESTIMATORS
        names += [folder_name(folder) for folder in found.estimators]
        self._say(_("Added, where it lies: {names}.").format(names=", ".join(names)))
        self.look_requested.emit()

    def _use(self, name: str) -> None:
        self.use_requested.emit(name)
        self.show_in_use(name)

    def _use_current(self) -> None:
        """Use the model of the row on which Enter or a double-click fell."""
        if self.page.use is not None and self.page.use.isEnabled():
            self.page.use.click()

    def _verify(self, model: Model) -> None:
        self._say("")
        self._verification.start(model)
        self._show_busy()

    def _stop(self) -> None:
        """Stop what is read or converted."""
        if self._verification.busy:
            self._verification.stop()
            self._say(_("Stopped. Nothing was changed."))
        elif self._conversion.busy:
            self._conversion.stop()
            self._say(_("Stopped. What was written stays: begin again, and it goes on there."))
        self._show_busy()

    def _show_busy(self) -> None:
        busy = self._verification.busy or self._conversion.busy
        self.progress.setVisible(busy)
        self.convert.setEnabled(not busy)
        if self.page.verify is not None:
            self.page.verify.setEnabled(not busy)
        if not busy:
            self.progress.begin()

    def _on_reading(self, told: Reading) -> None:
        words = _("Reading {file}: {done} of {whole}").format(
            file=Path(told.file.parent.name) / told.file.name,
            done=size_text(told.done_bytes),
            whole=size_text(told.whole_bytes),
        )
        self.progress.show_share(words, told.done_bytes, told.whole_bytes)

    def _on_verified(self, told: Verified) -> None:
        self._say(verified_text(told), grave=bool(told.problems))
        self._show_busy()

    def _on_converting(self, told: Converting) -> None:
        words = _("Converting {part}: {done} of {whole}").format(
            part=told.place,
            done=size_text(told.done_bytes),
            whole=size_text(told.whole_bytes),
        )
        self.progress.show_share(words, told.done_bytes, told.whole_bytes)

    def _on_converted(self, told: Converted) -> None:
        if told.version:
            self._say(_("Kandinsky {version} is ready.").format(version=told.version))
            self._wanted = told.folder.name
        else:
            self._say(_("{folder} is ready.").format(folder=told.folder))
        self._show_busy()

    def _on_not_converted(self, sentence: str) -> None:
        self._say(sentence, grave=True)
        self._show_busy()


class _Progress(QWidget):
    """How far something is, and a button that stops it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ElidedLabel("small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("How far it is"))
        self.bar.setRange(0, 0)
        self.cancel = QPushButton(_("Stop"))
        told = QVBoxLayout()
        told.setSpacing(4)
        told.addWidget(self.words)
        told.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(told, 1)
        row.addWidget(self.cancel)

    def begin(self) -> None:
        """Show that it is not known yet how far it is."""
        self.words.set_text(_("Looking"))
        self.bar.setRange(0, 0)

    def show_share(self, words: str, done: int, whole: int) -> None:
        """Show how much is done."""
        self.words.set_text(words)
        self.bar.setRange(0, MOST)
        self.bar.setValue(round(MOST * done / whole) if whole else MOST)


def _entry(about: ModelParts, title: str) -> Entry:
    count = len(about.parts)
    line = ngettext("{n} part · {size}", "{n} parts · {size}", count).format(
        n=count, size=size_text(about.size_bytes)
    )
    return Entry(about.model.name, title, line, about)


def _found_text(names: list[str]) -> str:
    if not names:
        return _("Nothing new was found.")
    return _("Found: {names}.").format(names=", ".join(names))


def _folders(event: QDropEvent) -> list[Path]:
    """Return the folders in a drag, by their paths."""
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in (Path(url.toLocalFile()) for url in urls) if path.is_dir()]
