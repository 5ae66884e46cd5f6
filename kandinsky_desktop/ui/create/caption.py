"""The line under the stage: what is on it, how it was made, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QToolButton

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.actions import ActionSet, Target
from kandinsky_desktop.ui.controls import ElidedLabel, icon_button, label
from kandinsky_desktop.ui.theme import Theme


class Caption(QFrame):
    """Words at the left, tools at the right."""

    keep_requested = Signal()
    compare_requested = Signal(bool, bool)  # on, with its own preview
    fit_requested = Signal()
    actual_requested = Signal()
    closer_requested = Signal()
    farther_requested = Signal()

    def __init__(self, theme: Theme, actions: ActionSet, picture: Target) -> None:
        """`picture` returns the file of the one picture that is shown."""
        super().__init__()
        self.setObjectName("caption")
        self._words = ElidedLabel("quiet")
        self._words.setMinimumWidth(80)
        self.keep = QPushButton(_("Keep this step"))
        self.keep.setToolTip(_("Stop here, and let what is seen now be the picture (Ctrl+K)"))
        self.keep.hide()
        self.again = actions.button("use_again", picture)
        self.copy = actions.button("copy", picture)
        self.folder = actions.button("show_folder", picture)
        self.compare = icon_button(theme, "columns-2", _("Before and after (C)"), checkable=True)
        self.against = QComboBox()
        self.against.addItem(_("the picture before"), False)
        self.against.addItem(_("its last preview"), True)
        self.against.setAccessibleName(_("Compare with"))
        self.against.hide()
        self._farther = icon_button(theme, "zoom-out", _("Zoom out (-)"))
        self._scale = label("", "small")
        self._scale.setMinimumWidth(theme.px(52))
        self._scale.setAlignment(self._scale.alignment().AlignCenter)
        self._closer = icon_button(theme, "zoom-in", _("Zoom in (+)"))
        self._actual = QToolButton()
        self._actual.setText("1:1")
        self._actual.setToolTip(_("Actual size (1)"))
        self._actual.setAccessibleName(_("Actual size (1)"))
        self._fit = icon_button(theme, "maximize", _("Fit (0)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.setSpacing(2)
        row.addWidget(self._words, 1)
        row.addWidget(self.keep)
        row.addSpacing(8)
        for button in (self.again, self.copy, self.folder):
            row.addWidget(button)
        row.addSpacing(12)
        for widget in (
            self.compare,
            self.against,
            self._farther,
            self._scale,
            self._closer,
            self._actual,
            self._fit,
        ):
            row.addWidget(widget)
        self.keep.clicked.connect(self.keep_requested)
        self.compare.toggled.connect(self._compare)
        self.against.activated.connect(self._compare)
        self._fit.clicked.connect(self.fit_requested)
        self._actual.clicked.connect(self.actual_requested)
        self._closer.clicked.connect(self.closer_requested)
        self._farther.clicked.connect(self.farther_requested)

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def set_text(self, words: str) -> None:
        """Say what is on the stage."""
        self._words.set_text(words)

    def allow(self, *, single: bool, compare: bool) -> None:
        """Allow what can be done with a single picture, and with one to compare it to."""
        for widget in (self._farther, self._closer, self._actual, self._fit, self._scale):
            widget.setEnabled(single)
        self.compare.setEnabled(compare)
        if not compare and self.compare.isChecked():
            self.compare.setChecked(False)

    def _compare(self) -> None:
        self.against.setVisible(self.compare.isChecked())
        self.compare_requested.emit(self.compare.isChecked(), self.against.currentData())

    def show_scale(self, scale: float) -> None:
        """Show how large a picture pixel is on the screen."""
        self._scale.setText(f"{scale:.0%}")
