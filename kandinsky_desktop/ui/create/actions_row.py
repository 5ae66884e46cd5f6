"""The row at the foot of the stage: what can be done with the picture, or what is waited for.

It is always there and as high, so that nothing moves between the wait, four pictures and one.
"""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.actions import BAR_ICON, PICTURE_BAR, ActionSet, Target, nothing
from kandinsky_desktop.ui.controls import ElidedLabel, icon_button, plain_words
from kandinsky_desktop.ui.run_bar import WIDEST
from kandinsky_desktop.ui.theme import Theme

LAST_WORDS = ("vary", "edit", "save_as")  # go last where there is little room
HEIGHT, TOOL = 40, 32  # in unscaled pixels; the height of an item is TOOL
SIDE, GAP = 24, 12  # beside the row, and between what stands in it
SPACING = 2  # in the bar
INSET = 8  # of words, from the edge of the composer below
NARROW = 760  # below, the bar is flush left, and which picture it is stands in the hint
BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
ICON_ONLY = Qt.ToolButtonStyle.ToolButtonIconOnly
AGAINST, LEAST_AGAINST = 170, 56  # at most and at least: with what it is compared
AROUND = 16  # its words, by the style sheet
LEAST_BAR = 88
PLACE = 64  # at least, for which picture it is


class ActionsRow(QWidget):
    """Which picture it is at the left, the bar of actions, and two tools at the right."""

    menu_requested = Signal(object)  # QPoint on the screen: all that can be done with the picture
    moved = Signal()  # the bar is elsewhere, or has come or gone
    keep_requested = Signal()
    against_chosen = Signal(int)  # with which of the titles it is to be compared
    fit_requested = Signal()
    actual_requested = Signal()
    closer_requested = Signal()
    farther_requested = Signal()

    def __init__(self, theme: Theme, actions: ActionSet, picture: Target) -> None:
        """`picture` returns the file that the actions are done to."""
        super().__init__()
        self._theme = theme
        self._about = self._where = ""
        self._acting = self._waiting = self._zoomed = False
        self._place = ElidedLabel("quiet")
        self._scale = QToolButton()
        self._scale.setProperty("role", "scale")
        self._scale.setObjectName("scale")
        self._scale.setToolTip(_("How large it is shown"))
        self._scale.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._scale.setMenu(self._zoom_menu())
        self.bar = QFrame()
        self.bar.setObjectName("actions")
        self.buttons: dict[str, QToolButton] = {}
        self._lines: list[QWidget] = []
        self._words_of: list[int] = []  # how wide the words of each action are
        self._icons_of: list[int] = []  # and its icon, with what is around it
        self._full = 0  # the width of the bar with all of them
        self._fitted = (0, 0)  # how many lack their words, how many are there
        self._fill_bar(actions, picture)
        self._words = ElidedLabel()
        self._words.setObjectName("waiting")
        self.keep = QPushButton(_("Keep this step"))
        self.keep.setProperty("role", "act")
        self.keep.setToolTip(_("Stop here, and let what is seen now be the picture (Ctrl+K)"))
        self.against = QToolButton()
        self.against.setProperty("role", "scale")
        self.against.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.against.setMenu(QMenu(self))
        self.against.setAccessibleName(_("Compared with"))
        self._against: tuple[str, ...] = ()
        self._against_number = 0
        self._comparing = False
        self.compare = actions.button("compare", nothing, checkable=True)
        self.alone = actions.button("alone", nothing)
        for widget in (
            self._place,
            self._scale,
            self.bar,
            self._words,
            self.keep,
            self.against,
            self.compare,
            self.alone,
        ):
            widget.setParent(self)
        self.keep.hide()
        self.against.hide()
        self.keep.clicked.connect(self.keep_requested)
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def words(self) -> str:
        """What it says: of a wait, or in full of what is on the stage."""
        return self._words.text() if self._waiting else self._about

    @property
    def where(self) -> str:
        """Which of how many the picture is."""
        return self._where

    @property
    def narrow(self) -> bool:
        """Whether there is no room for `where`."""
        return self.width() < self._theme.px(NARROW)

    def show_actions(self, where: str, about: str) -> None:
        """Offer what can be done with the picture: the only one, or one of several."""
        self._where, self._about = where, about
        self._place.setText(where or about)
        self._place.setToolTip(plain_tip(about))
        self._show(acting=True, waiting=False)

    def show_wait(self, words: str) -> None:
        """Say what is waited for."""
        self._where = self._about = ""
        self._words.set_text(words)
        self._show(acting=False, waiting=True)

    def clear(self) -> None:
        """Show nothing: there is no picture."""
        self._where = self._about = ""
        self._show(acting=False, waiting=False)

    def show_comparison(self, titles: tuple[str, ...], number: int, *, on: bool) -> None:
        """Show what the picture can be compared with, with which of it, and whether it is."""
        if (titles, number) != (self._against, self._against_number):
            self._against, self._against_number = titles, number
            self._fill_against()
        elif on == self.compare.isChecked() == self._comparing:
            return
        self.compare.setChecked(on)
        self._comparing = on  # a click has checked the button already
        self._arrange()

    def allow_keep(self, on: bool) -> None:
        """Offer to keep the step that is seen."""
        self.keep.setVisible(on)

    def show_scale(self, scale: float, *, zoomed: bool) -> None:
        """Show how large a picture pixel is on the screen, where it is not all of it that fits."""
        words = in_percent(scale)
        if (words, zoomed) != (self._scale.text(), self._zoomed):
            self._scale.setText(words)
            self._scale.setAccessibleName(_("Shown at {scale}").format(scale=words))
            self._zoomed = zoomed
            self._arrange()
            self.update()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:  # of the window that it came into
            self._measure()

    def _fill_against(self) -> None:
        menu = self.against.menu()
        menu.clear()
        for number, title in enumerate(self._against):
            action = menu.addAction(plain_words(_first_large(title)))
            action.setCheckable(True)
            action.setChecked(number == self._against_number)
            action.triggered.connect(lambda _on=False, at=number: self.against_chosen.emit(at))
        chosen = self._against[self._against_number :][:1]
        for title in chosen:
            words = _("Compared with: {title}").format(title=title)
            self.against.setAccessibleName(words)
            self.against.setToolTip(plain_tip(words))

    def _show_against(self, room: int) -> None:
        """Say with what it is compared in so much room; what has no room is elided."""
        title = "".join(self._against[self._against_number :][:1])
        metrics, down = self.against.fontMetrics(), " ▾"
        words = room - AROUND - metrics.horizontalAdvance(down)
        shown = metrics.elidedText(_first_large(title), Qt.TextElideMode.ElideRight, words)
        self.against.setText(plain_words(shown) + down)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Give what stands beside the bar a ground where a zoomed picture lies under it."""
        if not (self._acting and self._zoomed):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("raised"))
        words = self._place.fontMetrics().horizontalAdvance(self._place.text())
        place = self._place.geometry()
        place.setWidth(min(place.width(), words))
        grounds = [self.compare.geometry().united(self.alone.geometry())]
        if self._place.isVisible() and words:
            grounds.append(place.adjusted(-INSET, 0, INSET, 0))
        grounds += [one.geometry() for one in (self._scale, self.against) if one.isVisible()]
        high = self._theme.px(TOOL)
        for ground in grounds:
            around = QRectF(ground.left(), (self.height() - high) / 2, ground.width(), high)
            painter.drawRoundedRect(around, 6, 6)

    def _fill_bar(self, actions: ActionSet, picture: Target) -> None:
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(SPACING)
        known = {action.name for action in actions.table}
        groups = [[name for name in group if name in known] for group in PICTURE_BAR]
        for number, group in enumerate(group for group in groups if group):
            if number:
                line = QWidget()
                line.setObjectName("actionline")
                line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
                self._lines.append(line)
                row.addSpacing(4)
                row.addWidget(line)
                row.addSpacing(4)
            for name in group:
                button = actions.button(name, picture, role="action")
                button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                self.buttons[name] = button
                row.addWidget(button)
        self.more = icon_button(self._theme, "ellipsis", _("All that can be done with it"))
        self.more.setProperty("role", "action")
        self.more.clicked.connect(
            lambda: self.menu_requested.emit(self.more.mapToGlobal(self.more.rect().bottomLeft()))
        )
        row.addWidget(self.more)

    def _zoom_menu(self) -> QMenu:
        menu = QMenu(self)
        for words, keys, wanted in (
            (_("Fit"), "0", self.fit_requested),
            (_("100 %"), "1", self.actual_requested),
            (_("Closer"), "+", self.closer_requested),
            (_("Farther"), "-", self.farther_requested),
        ):
            menu.addAction(f"{words}\t{keys}").triggered.connect(wanted)
        return menu

    def _show(self, *, acting: bool, waiting: bool) -> None:
        self._acting, self._waiting = acting, waiting
        self._arrange()

    def _measure(self) -> None:
        px = self._theme.px
        self.setFixedHeight(px(HEIGHT))
        for line in self._lines:
            line.setFixedSize(1, px(20))
        for tool in (self.compare, self.alone):
            tool.setFixedSize(px(TOOL), px(TOOL))
        self._words_of, self._icons_of = [], []
        for button in self.buttons.values():
            button.ensurePolished()
            button.setVisible(True)
            button.setToolButtonStyle(ICON_ONLY)
            self._icons_of.append(button.sizeHint().width() + SPACING)
            button.setToolButtonStyle(BESIDE)
            self._words_of.append(button.sizeHint().width() + SPACING - self._icons_of[-1])
        self.more.setIconSize(QSize(px(BAR_ICON), px(BAR_ICON)))
        self._full = self.bar.sizeHint().width()
        self._fitted = 0, len(self.buttons)
        self._arrange()

    def _arrange(self) -> None:
        """Put everything in its place, with as many words in the bar as there is room for."""
        px, wide, high, edge = self._theme.px, self.width(), self.height(), self._edge
        right = wide - edge
        for tool in (self.alone, self.compare):
            right -= px(TOOL)
            tool.move(right, (high - px(TOOL)) // 2)
            tool.setVisible(self._acting)
        comparing = self._acting and self.compare.isChecked() and len(self._against) > 1
        scaled = self._acting and self._zoomed and not (comparing and self.narrow)
        self._scale.setVisible(scaled)
        hint, chosen = self._scale.sizeHint(), px(AGAINST)
        extra = hint.width() + GAP if scaled or (self._zoomed and not comparing) else 0
        if self.narrow:
            left = edge
            asked = min(chosen, right - 2 * GAP - px(LEAST_BAR) - left)
            beside = asked + GAP if comparing else extra
            bar = self._fit_bar(right - GAP - beside - left)
            beside_at, against_at = right - extra, right - beside
        else:
            words = self._place.fontMetrics().horizontalAdvance(self._where) + INSET
            room = max(px(PLACE), words) + extra + GAP
            bar = self._fit_bar(wide - 2 * max(edge + room, wide - right + GAP))
            left = (wide - bar) // 2
            beside_at, against_at = left - extra, edge
            asked = min(chosen, left - extra - GAP - edge)
        self.bar.setGeometry(left, 0, bar, high)
        self.bar.setVisible(self._acting)
        self._place.setVisible(self._acting and not self.narrow and not comparing)
        self._place.setGeometry(edge + INSET, 0, max(0, left - edge - INSET - GAP - extra), high)
        self.against.setVisible(comparing and asked >= px(LEAST_AGAINST))
        self._scale.setGeometry(
            QRect(beside_at, (high - hint.height()) // 2, hint.width(), hint.height())
        )
        if comparing:
            self._show_against(asked)
        tall = self.against.sizeHint().height()
        self.against.setGeometry(QRect(against_at, (high - tall) // 2, asked, tall))
        self._arrange_wait(right)
        self.moved.emit()

    @property
    def _edge(self) -> int:
        """Where the row begins and ends: above the composer, which has a greatest width."""
        return max(SIDE, (self.width() - self._theme.px(WIDEST)) // 2)

    def _arrange_wait(self, right: int) -> None:
        """Put the words of the wait into the middle, and beside the tools what keeps a step."""
        hint, high = self.keep.sizeHint(), self.height()
        at = right - GAP - hint.width()
        self.keep.setGeometry(at, (high - hint.height()) // 2, hint.width(), hint.height())
        begin = self._edge + INSET if self.narrow else self.width() - at + GAP
        self._words.setVisible(self._waiting)
        self._words.setGeometry(begin, 0, max(0, at - GAP - begin), high)
        side = Qt.AlignmentFlag.AlignLeft if self.narrow else Qt.AlignmentFlag.AlignHCenter
        self._words.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def _fit_bar(self, room: int) -> int:
        """Return the width of the bar, with as much in it as there is room for.

        First actions lose their words, the last one first but for `LAST_WORDS`; in a very narrow
        window they go, since each has a key and stands in the menu of the picture.
        """
        buttons = list(self.buttons.items())
        order = sorted(
            range(len(buttons)), key=lambda at: (buttons[at][0] in LAST_WORDS, -at)
        )  # in which they lose their words
        without, there, wide = 0, len(buttons), self._full
        while without < len(buttons) and wide > room:
            wide -= self._words_of[order[without]]
            without += 1
        while there and wide > room:
            there -= 1
            wide -= self._icons_of[there]
        if (without, there) != self._fitted:
            self._fitted = without, there
            for number, (_name, button) in enumerate(buttons):
                wordless = number in order[:without]
                button.setToolButtonStyle(ICON_ONLY if wordless else BESIDE)
                button.setVisible(number < there)
        return wide


def _first_large(words: str) -> str:
    return words[:1].upper() + words[1:]
