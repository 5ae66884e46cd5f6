"""The sketch in the inspector: how much of it is seen, and what can be done with all of it."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kandinsky_desktop.domain.document import LayerLook
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.controls import NumberRow, label, titled_row
from kandinsky_desktop.ui.switch import Switch
from kandinsky_desktop.ui.theme import Theme

BUTTONS = ("sketch_clear", "sketch_merge")


class SketchPanel(QWidget):
    """Shows the sketch as it is set."""

    opacity_changed = Signal(float)
    visible_changed = Signal(bool)
    live_changed = Signal(bool)
    action_requested = Signal(str)  # its name in the table

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        self._state = label("", "small")
        about = replace(declared(LayerLook)["opacity"], low=0, high=100, step=1, unit="%")
        self._opacity = NumberRow(theme, about, whole=True)
        self._visible = Switch(theme, _(declared(LayerLook)["visible"].label))
        self._visible.setToolTip(_(declared(LayerLook)["visible"].help))
        live = actions.named("canvas_live")
        self._live = Switch(theme, _(live.text))
        self._live.setToolTip(live.tip)
        switches = QHBoxLayout()
        switches.addWidget(self._visible)
        switches.addStretch(1)
        switches.addWidget(self._live)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for name in BUTTONS:
            action = actions.named(name)
            button = QPushButton(_(action.word or action.text))
            button.setToolTip(action.tip)
            button.setProperty("role", "tight")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _on=False, name=name: self.action_requested.emit(name))
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(8)
        column.addLayout(titled_row(_("The sketch"), self._state))
        column.addWidget(self._opacity)
        column.addLayout(switches)
        column.addLayout(buttons)
        self._opacity.changed.connect(lambda value: self.opacity_changed.emit(value / 100))
        self._visible.toggled.connect(self.visible_changed)
        self._live.toggled.connect(self.live_changed)

    def show_live(self, on: bool) -> None:
        """Show whether strokes are previewed."""
        with QSignalBlocker(self._live):
            self._live.setChecked(on)

    def show_look(self, look: LayerLook, *, painted: bool) -> None:
        """Show how it is seen, and whether there is anything."""
        words = _("nothing yet") if not painted else "" if look.visible else _("hidden")
        self._state.setText(words)
        self._opacity.show_value(round(look.opacity * 100), 100)
        with QSignalBlocker(self._visible):
            self._visible.setChecked(look.visible)
