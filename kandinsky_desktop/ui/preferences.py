"""The settings as a dialog. Each change is in force at once; there is nothing to confirm."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import label, path_field, show_path
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.theme import Theme

AROUND = 48  # pixels of the screen's height that a window has around it


class PreferencesDialog(QDialog):
    """A form of the settings."""

    changed = Signal(object)  # domain.settings.Settings
    trash_requested = Signal()  # to be looked into

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        places: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """`places` are the paths in use, each by what it is for."""
        super().__init__(parent)
        self.setWindowTitle(_("Settings"))
        self._settings = settings
        self.form = Form(theme, Settings, arrangement="columns")
        self.form.show_value(settings)
        close = QPushButton(_("Close"))  # Qt's own has an icon of the desktop's, in any theme
        close.clicked.connect(self.reject)
        close.setAutoDefault(False)  # Enter ends a field, not the dialog
        trash = QPushButton(_("Deleted pictures…"))
        trash.setAutoDefault(False)
        trash.clicked.connect(self.trash_requested)
        where = QFormLayout()
        where.setHorizontalSpacing(16)
        where.setVerticalSpacing(4)
        self._places = {name: path_field(name, path) for name, path in places.items()}
        for name, field in self._places.items():
            where.addRow(label(name, "small"), field)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(16)
        inner.addWidget(self.form)
        inner.addLayout(where)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(_("Settings"), "title"))
        column.addWidget(_Page(body), 1)
        foot = QHBoxLayout()
        foot.addWidget(trash)
        foot.addStretch(1)
        foot.addWidget(close)
        column.addLayout(foot)
        self.form.edited.connect(self._change)

    def show_places(self, places: Mapping[str, str]) -> None:
        """Say which paths are in use now."""
        for name, path in places.items():
            show_path(self._places[name], path)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        most = self.screen().availableSize() - QSize(0, AROUND)
        self.resize(self.sizeHint().boundedTo(most))  # Qt itself takes two thirds of the screen
        super().showEvent(event)

    def _change(self, name: str, value: object) -> None:
        change: dict[str, Any] = {name: value}
        self._settings = replace(self._settings, **change)
        self.changed.emit(self._settings)


class _Page(QScrollArea):
    """As large as what is on it, where the screen has room for that; else it is scrolled."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self._body = body
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @override
    def sizeHint(self) -> QSize:
        return self._body.sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._body.minimumSizeHint().width() + bar, 0)
