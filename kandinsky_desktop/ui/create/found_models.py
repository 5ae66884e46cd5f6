"""The line under the first screen: which other models are here, and what this machine can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.controls import label, plain_words

MOST = 3  # models that are named; the others are in the dialog
GAP = 8


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that could be used instead."""

    name: str
    title: str
    short: str  # what it can paint here, as "768 × 768"; empty: not known yet
    about: str  # the same as a sentence


class FoundModels(QWidget):
    """Nothing is copied or loaded by it: a click only chooses a model."""

    chosen = Signal(str)  # the name of a model
    models_requested = Signal()  # to be looked after

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = label(_("Also on this machine:"), "small")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._row.addWidget(self._label)
        self.more = QPushButton(_("All models…"))
        self.more.setToolTip(_("What is here, what could be, and how it gets here"))
        self.more.setProperty("role", "act")
        self.more.clicked.connect(self.models_requested)
        self._row.addWidget(self.more)
        self.buttons: list[QPushButton] = []
        self.show_models(())

    def show_models(self, models: Sequence[FoundModel]) -> None:
        """Name other models, the most wanted first."""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for place, model in enumerate(models[:MOST], start=1):
            words = f"{model.title} · {model.short}" if model.short else model.title
            button = QPushButton(plain_words(words))
            button.setProperty("role", "pill")
            button.setToolTip(plain_tip(model.about))
            button.setAccessibleName(_("Use {model}").format(model=model.title))
            button.setAccessibleDescription(model.about)
            button.clicked.connect(partial(self.chosen.emit, model.name))
            self._row.insertWidget(place, button)
            self.buttons.append(button)

    def fit(self, width: int) -> None:
        """Show only as much as so many pixels have room for."""
        self._label.setVisible(bool(self.buttons))
        for button in self.buttons:
            button.show()
        hidden = [self._label, *reversed(self.buttons)]
        for widget in hidden:
            self._row.invalidate()
            if self._row.sizeHint().width() <= width:
                break
            widget.hide()
        self._row.invalidate()
