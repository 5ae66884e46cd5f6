"""The page of the models' dialog: a model part by part, or what an absent one needs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.estimates import Capability
from kandinsky_desktop.state.verification import Verified
from kandinsky_desktop.store.model_parts import Missing, ModelParts, Part, twin_text
from kandinsky_desktop.ui.controls import label, path_field
from kandinsky_desktop.ui.model_words import (
    capability_text,
    formats_text,
    size_text,
)

DIRECTLY = Qt.FindChildOption.FindDirectChildrenOnly
TOP_RIGHT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
BELOW = 20  # between two groups


class ModelPage(QScrollArea):
    """Shows one thing at a time; arrow keys scroll it."""

    use_requested = Signal(str)  # the name of a model
    verify_requested = Signal(object)  # domain.model.Model
    folder_requested = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("About this model"))
        self.verify: QPushButton | None = None
        self.use: QPushButton | None = None

    def show_model(self, about: ModelParts, can: Capability | None, *, in_use: bool) -> None:
        """Show a model that is here."""
        model, column = about.model, self._begin(about.model.profile.title)
        facts = [
            _("Best at {side} × {side}").format(side=model.native),
            size_text(about.size_bytes) if about.parts else "",
            _("licence {name}").format(name=about.licence) if about.licence else "",
            model.name if model.profile.title != model.name else "",
        ]
        column.addWidget(_wrapped(" · ".join(one for one in facts if one)))
        column.addWidget(_wrapped(capability_text(can), "quiet"))
        column.addWidget(path_field(_("Folder"), str(model.root)))
        self.use = QPushButton(_("In use") if in_use else _("Use this model"))
        self.use.setEnabled(not in_use)
        self.use.setProperty("role", "" if in_use else "primary")
        self.verify = QPushButton(_("Verify"))
        self.verify.setToolTip(
            _("Read all weights: whole, all of them numbers, and as published where that is known")
        )
        folder = QPushButton(_("Show in folder"))
        self.use.clicked.connect(lambda: self.use_requested.emit(model.name))
        self.verify.clicked.connect(lambda: self.verify_requested.emit(model))
        folder.clicked.connect(lambda: self.folder_requested.emit(model.root))
        column.addLayout(_row(self.use, self.verify, folder))
        problems = [*model.problems, *([about.problem] if about.problem else [])]
        self._add_problems(column, problems)
        if about.parts:
            self._add_group(column, _("Parts"), (_part_lines(one) for one in about.parts))
        if about.missing:
            self._add_group(
                column, _("Could be added"), (_missing_lines(one) for one in about.missing)
            )
        self._end(column)

    def show_absent(self, version: str, parts: Sequence[Missing], models: Path) -> None:
        """Show what a version that is not here consists of, and how it gets here."""
        column = self._begin(_("Kandinsky {version} is not here").format(version=version))
        needed = sum(one.size_bytes for one in parts if not one.is_optional)
        told = [
            _(
                "It is yours to bring: {size} of files, from its makers' page, on any computer."
                " Nothing is fetched behind your back."
            ).format(size=size_text(needed))
        ]
        if version == "2.0":
            told.append(_("It was published as single files: choose “Convert original files…”."))
        else:
            told.append(
                _(
                    "Put the folders below, under any names, into one folder here and look again;"
                    " or add the folder where it lies."
                )
            )
        if version == "2.1":
            told.append(_("“Convert original files…” makes them of its original single files."))
        for words in told:
            column.addWidget(_wrapped(words))
        column.addWidget(path_field(_("Folder of models"), str(models)))
        every = [one for one in parts if not one.is_optional]
        self._add_group(column, _("Needed"), (_missing_lines(one) for one in every))
        others = [one for one in parts if one.is_optional]
        self._add_group(column, _("Could be added"), (_missing_lines(one) for one in others))
        self._end(column)

    def show_problems(self, problems: Sequence[str]) -> None:
        """Show what lies among the models and cannot be used."""
        column = self._begin(_("What is amiss"))
        self._add_problems(column, problems)
        self._end(column)

    def show_estimators(self, folders: Sequence[Path]) -> None:
        """Show the folders of models that estimate depth."""
        column = self._begin(_("Depth estimators"))
        column.addWidget(_wrapped(_("They make the depth map that a picture is to follow.")))
        for folder in folders:
            column.addWidget(path_field(folder.name, str(folder)))
        self._end(column)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the page the height that its words take at this width: Qt would press them."""
        body = self.widget()
        layout = None if body is None else body.layout()
        if body is not None and layout is not None:
            body.setMinimumHeight(layout.totalHeightForWidth(self.viewport().width()))

    def _begin(self, title: str) -> QVBoxLayout:
        """Begin another page."""
        self.verify = self.use = None
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addWidget(_wrapped(title, "heading"))
        self.setWidget(body)
        return column

    def _end(self, column: QVBoxLayout) -> None:
        """Show the page at once: what is not shown yet has no height."""
        column.addStretch(1)
        body = column.parentWidget()
        assert body is not None
        for one in body.findChildren(QWidget, options=DIRECTLY):
            one.show()
        column.invalidate()
        self._fit()

    def _add_problems(self, column: QVBoxLayout, problems: Iterable[str]) -> None:
        for problem in problems:
            column.addWidget(_wrapped(problem, "warning"))

    def _add_group(
        self, column: QVBoxLayout, title: str, rows: Iterable[tuple[str, str, str]]
    ) -> None:
        """Add rows of a name with its size at the right, and what it lets people do below."""
        column.addSpacing(BELOW - 8)
        column.addWidget(label(title, "group"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for number, (name, size, below) in enumerate(rows):
            grid.addWidget(_wrapped(name), 3 * number, 0)
            about = label(size, "quiet")
            grid.addWidget(about, 3 * number, 1, TOP_RIGHT)
            grid.addWidget(_wrapped(below, "small"), 3 * number + 1, 0, 1, 2)
            grid.setRowMinimumHeight(3 * number + 2, 6)
        column.addLayout(grid)


def verified_text(told: Verified) -> str:
    """Say what came of a verification."""
    if not told.is_whole and not told.problems:
        return _("Stopped. Nothing was changed.")
    if told.problems:
        return "\n".join(told.problems)
    count, known = len(told.checked), sum(one.as_published for one in told.checked)
    words = ngettext(
        "{name}: {n} file is whole, and holds numbers all through.",
        "{name}: {n} files are whole, and hold numbers all through.",
        count,
    ).format(name=told.model, n=count)
    if known:
        words += " " + ngettext(
            "{n} has the checksum of the published one.",
            "{n} have the checksums of the published ones.",
            known,
        ).format(n=known)
    return words


def _part_lines(part: Part) -> tuple[str, str, str]:
    below = " · ".join(one for one in (part.lets, twin_text(part)) if one)
    size = f"{size_text(part.size_bytes)} · {formats_text(part.formats)}"
    return _capital(part.name), size, _capital(below)


def _missing_lines(lack: Missing) -> tuple[str, str, str]:
    files = "\n".join(f"{one.repository}/{one.place}" for one in lack.files)
    size = size_text(lack.size_bytes)
    if not all(one.is_exact for one in lack.files):
        size = _("about {size}").format(size=size)
    return _capital(lack.name), size, f"{_capital(lack.lets)}\n{files}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _row(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for button in buttons:
        button.setAutoDefault(False)
        row.addWidget(button)
    row.addStretch(1)
    return row


def _wrapped(words: str, role: str = "") -> QLabel:
    """Return a text of several lines, which may be long paths."""
    text = label(words, role)
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setWordWrap(True)
    text.setMinimumWidth(1)
    return text
