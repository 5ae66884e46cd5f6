"""The depth in the inspector: where it comes from, how it is seen, whether it is followed."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.document import DepthLook
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.controls import NumberRow, label, titled_row
from kandinsky_desktop.ui.switch import Switch
from kandinsky_desktop.ui.theme import Theme

BUTTONS = ("depth_estimate", "depth_load", "depth_swap", "depth_clear")
USUAL = DepthLook()


class DepthPanel(QWidget):
    """Shows the depth as it is set."""

    opacity_changed = Signal(float)
    visible_changed = Signal(bool)
    used_changed = Signal(bool)
    action_requested = Signal(str)  # its name in the table

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        about = declared(DepthLook)
        self._state = label("", "small")
        opacity = replace(about["opacity"], low=0, high=100, step=1, unit="%")
        self._opacity = NumberRow(theme, opacity, whole=True)
        self._visible = Switch(theme, _(about["visible"].label))
        self._visible.setToolTip(_(about["visible"].help))
        self._used = Switch(theme, _(about["used"].label))
        self._used.setToolTip(_(about["used"].help))
        switches = QHBoxLayout()
        switches.setSpacing(8)
        switches.addWidget(self._used)
        switches.addWidget(self._visible)
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(8)
        for number, name in enumerate(BUTTONS):
            action = actions.named(name)
            button = QPushButton(_(action.word or action.text))
            button.setToolTip(action.tip)
            button.setProperty("role", "tight")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _on=False, name=name: self.action_requested.emit(name))
            self.buttons[name] = button
            grid.addWidget(button, *divmod(number, 2))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(8)
        column.addLayout(titled_row(_("The depth"), self._state))
        column.addLayout(grid)
        column.addWidget(self._opacity)
        column.addLayout(switches)
        self._opacity.changed.connect(lambda value: self.opacity_changed.emit(value / 100))
        self._visible.toggled.connect(self.visible_changed)
        self._used.toggled.connect(self.used_changed)

    def show_look(self, look: DepthLook, *, awaited: bool) -> None:
        """Show how it is seen and used, and whether an estimate is awaited."""
        words = _("near is white") if look.there else _("none yet")
        self._state.setText(_("estimating…") if awaited else words)
        self._opacity.show_value(round(look.opacity * 100), round(USUAL.opacity * 100))
        for switch, on in ((self._visible, look.visible), (self._used, look.used)):
            with QSignalBlocker(switch):
                switch.setChecked(on)
            switch.setEnabled(look.there)
        self._opacity.setEnabled(look.there)
        self.buttons["depth_estimate"].setEnabled(not awaited)
        for name in ("depth_swap", "depth_clear"):
            self.buttons[name].setEnabled(look.there)
