"""Under each picture of a grid: vary it subtly or strongly, make it large, remix it."""

from pathlib import Path

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.controls import icon_button
from kandinsky_desktop.ui.create.stage import GAP, Stage
from kandinsky_desktop.ui.theme import Theme

FOOT = 34  # of each picture, for its row, in unscaled pixels
ROW = 28
MOST = 9  # pictures of a grid that are large enough to have a row
ROWS = (  # an action, its label where there is little room, its name for those who hear it
    ("vary_subtly", N_("Subtly"), N_("Vary picture {n} subtly")),
    ("vary_strongly", N_("Strongly"), N_("Vary picture {n} strongly")),
    ("enlarge", N_("Larger"), N_("Make picture {n} large")),
    ("remix", N_("Remix"), N_("Remix picture {n}")),
)


class FourUp(QObject):
    """Lays a row of buttons under each finished picture of the stage's grid."""

    def __init__(self, theme: Theme, stage: Stage, actions: ActionSet) -> None:
        super().__init__(stage)
        self._theme, self._stage, self._actions = theme, stage, actions
        self._rows: list[_Row] = []
        stage.zoomed.connect(self._arrange)
        theme.changed.connect(self._arrange)

    @property
    def rows(self) -> tuple["_Row", ...]:
        """The rows that are shown, in the order of their pictures."""
        return tuple(row for row in self._rows if not row.isHidden())

    def _arrange(self) -> None:
        stage, images = self._stage, self._stage.images
        fits = 2 <= len(images) <= MOST
        stage.reserve(self._theme.px(FOOT) if fits else 0, self._needed if fits else 0)
        places = stage.places if fits else []
        while len(self._rows) < len(places):
            self._add()
        for number, row in enumerate(self._rows):
            path = images[number].path if number < len(places) else None
            row.setVisible(path is not None)
            if path is not None:
                place, room = places[number], places[1].left() - places[0].left() - GAP
                wide = max(place.width(), min(room, self._needed))
                top = place.bottom() + self._theme.px(FOOT - ROW)
                left = place.center().x() - wide / 2
                row.show_at(path, QRectF(left, top, wide, self._theme.px(ROW)))

    @property
    def _needed(self) -> int:
        """The width of a row with all its words."""
        if not self._rows:
            self._add()
        return self._rows[0].needed

    def _add(self) -> None:
        row = _Row(self._theme, len(self._rows) + 1, self._actions, self._stage)
        row.hide()
        before = self._rows[-1].order[-1] if self._rows else self._stage
        for widget in row.order:
            QWidget.setTabOrder(before, widget)
            before = widget
        self._rows.append(row)


class _Row(QWidget):
    """What can be done with one picture; where it is narrow, as a menu."""

    def __init__(self, theme: Theme, number: int, actions: ActionSet, parent: QWidget) -> None:
        super().__init__(parent)
        self._path, self._actions = Path(), actions
        self.buttons: dict[str, QToolButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        menu = QMenu(self)
        for name, text, said in ROWS:
            tip = _(actions.named(name).help)
            button = QToolButton()
            button.setProperty("role", "act")
            button.setText(_(text))
            button.setToolTip(tip)
            button.setAccessibleName(_(said).format(n=number))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            button.clicked.connect(lambda _on=False, name=name: self._act(name))
            menu.addAction(tip).triggered.connect(lambda _on=False, name=name: self._act(name))
            self.buttons[name] = button
            line.addWidget(button)
        self.more = icon_button(
            theme, "ellipsis", _("What can be done with picture {n}").format(n=number)
        )
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.more.setMenu(menu)
        line.addWidget(self.more)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    @property
    def order(self) -> list[QToolButton]:
        """The buttons in tab order."""
        return [*self.buttons.values(), self.more]

    @property
    def needed(self) -> int:
        """The width at which all labels fit."""
        return sum(button.sizeHint().width() + 2 for button in self.buttons.values())

    def show_at(self, path: Path, place: QRectF) -> None:
        """Lie there, for the picture in that file."""
        self._path = path
        narrow = self.needed > place.width() + 2
        for button in self.buttons.values():
            button.setVisible(not narrow)
        self.more.setVisible(narrow)
        self.setGeometry(place.toRect())

    def _act(self, name: str) -> None:
        self._actions.trigger(name, self._path)
