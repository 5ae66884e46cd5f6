"""The menu of boards: a new one, the saved ones, and what can be done with the one that is open."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QInputDialog, QSizePolicy, QToolButton, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.action_menu import ActionMenu
from kandinsky_desktop.ui.controls import plain_words, set_icon
from kandinsky_desktop.ui.theme import Theme

WIDEST = 160  # of the name that is shown, in unscaled pixels


class BoardsMenu(QToolButton):
    """Says which board is open and what is wished for it."""

    new_requested = Signal()
    open_requested = Signal(str)
    save_requested = Signal()
    save_as_requested = Signal(str)  # save it under this name
    rename_requested = Signal(str)
    delete_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = ""
        self.setProperty("role", "segment")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the name
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        set_icon(theme, self, "chevron-down")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        menu = ActionMenu(theme, self)
        self.begin = menu.addAction(_("New board"))
        self.begin.triggered.connect(self.new_requested)
        self.saved = menu.addMenu(_("Open"))
        menu.addSeparator()
        self.save = menu.addAction(_("Save"))
        self.save.triggered.connect(self.save_requested)
        self.save_as = menu.addAction(_("Save as…"))
        self.save_as.triggered.connect(
            lambda: self._ask(_("Save the board as"), self._name, self.save_as_requested.emit)
        )
        self.rename = menu.addAction(_("Rename…"))
        self.rename.triggered.connect(
            lambda: self._ask(
                _("Another name for the board"), self._name, self.rename_requested.emit
            )
        )
        self.delete = menu.addAction(_("Delete"))
        self.delete.triggered.connect(self.delete_requested)
        self.setMenu(menu)
        self.show_boards((), "", altered=False, empty=True)

    def show_boards(self, names: tuple[str, ...], name: str, *, altered: bool, empty: bool) -> None:
        """Show the saved boards, and which of them is open."""
        self._name = name
        said = name or _("Board")
        metrics = self.fontMetrics()
        shown = metrics.elidedText(said, Qt.TextElideMode.ElideMiddle, self._theme.px(WIDEST))
        self.setText(plain_words(f"{shown} *" if altered else shown))
        self.setAccessibleName(_("Board: {name}").format(name=name) if name else _("Boards"))
        self.setToolTip(
            plain_tip(_("“{name}”, changed since it was saved").format(name=name))
            if altered
            else _("Save this board, or open another one")
        )
        self.saved.clear()
        for one in names:
            action = self.saved.addAction(plain_words(one))
            action.setCheckable(True)
            action.setChecked(one == name)
            action.triggered.connect(lambda _on=False, one=one: self.open_requested.emit(one))
        self.saved.setEnabled(bool(names))
        self.save.setEnabled(altered)
        self.save_as.setEnabled(not empty)
        self.rename.setEnabled(bool(name))
        self.delete.setEnabled(bool(name))

    def _ask(self, title: str, name: str, then: Callable[[str], None]) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(title)
        dialog.setLabelText(title)
        dialog.setTextValue(name)
        dialog.textValueSelected.connect(then)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
