"""What stands over the grid: the search, chips for what is searched often, sizes and groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log
from pathlib import Path

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.action_menu import ActionMenu
from kandinsky_desktop.ui.controls import beside, label, plain_words, set_icon
from kandinsky_desktop.ui.gallery.geometry import EDGE
from kandinsky_desktop.ui.gallery.grid_layout import SIDE, SIDES
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.theme import Theme

SEARCH_HEIGHT, CHIP_HEIGHT = 40, 28
SLIDER_WIDTH = 72
CHIP_GAP = 8
ICON = 18
TOP = 16
NOTCHES = 100  # of the slider, each as many times larger than the last


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that is searched often: what it is called, and how it is typed."""

    text: str  # marked for translation
    terms: str
    icon: str = ""


CHIPS = (
    Chip(N_("Starred"), "stars:1+", "star"),
    Chip(N_("This week"), "on:week"),
    Chip(N_("Fusions"), "task:fusion"),
    Chip(N_("Filled"), "task:inpainting"),
    Chip(N_("From a picture"), "task:image-to-image"),
)
MORE = (  # groups of the menu: its title, and what can be chosen of it
    (
        N_("Stars"),
        (
            *tuple(Chip(N_("{n} or more"), f"stars:{n}+") for n in (5, 4, 3, 2)),
            Chip(N_("None"), "stars:0"),
        ),
    ),
    (
        N_("Made"),
        (
            Chip(N_("Today"), "on:today"),
            Chip(N_("This month"), "on:month"),
            Chip(N_("This year"), "on:year"),
        ),
    ),
    (
        N_("How"),
        (
            Chip(N_("From words"), "task:text-to-image"),
            Chip(N_("From a picture"), "task:image-to-image"),
            Chip(N_("Filled"), "task:inpainting"),
            Chip(N_("Grown"), "task:outpainting"),
            Chip(N_("Fusions"), "task:fusion"),
        ),
    ),
    (
        N_("Version"),
        (
            Chip("Kandinsky 2.2", "model:2.2"),
            Chip("Kandinsky 2.1", "model:2.1"),
            Chip(N_("The starter model"), "model:starter"),
        ),
    ),
    (
        N_("State"),
        (Chip(N_("With a tag"), "is:tagged"), Chip(N_("Broken files"), "is:broken")),
    ),
)
HELP = N_(
    "Words are found in what a picture was made from, and in its tags and albums:"
    " their beginning is enough.\n"
    "“exact words”, −without\n"
    "tag:sea, album:travels: there alone; album:“travels”: called just so\n"
    "model:2.2, stars:4+, size:768x512, on:2026-11"
)
GROUPINGS = (
    ("day", N_("By day")),
    ("album", N_("By album")),
    ("family", N_("By family")),
    ("duplicates", N_("Duplicates")),
    ("alike", N_("Look alike")),
)


class SearchBar(QWidget):
    """Says what is looked for whenever that changes, and how it is to be shown."""

    searched = Signal(str)
    side_changed = Signal(int)  # of a cell, in unscaled pixels
    grouped = Signal(str)  # "day", "album", "family", "duplicates" or "alike"
    save_requested = Signal(str)  # the search, as it would be typed
    removed = Signal(str)  # the name of a saved search
    folder_requested = Signal()  # another folder is to be looked through, too
    folder_removed = Signal(object)  # Path: it is not to be looked through any more
    trash_requested = Signal()
    left = Signal()  # down, to what was found

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._quiet = False
        self._on: list[str] = []  # terms of the chips that are on, in their order
        self._saved: tuple[tuple[str, str], ...] = ()
        self._labels: dict[str, tuple[str, ...]] = {"album": (), "tag": ()}
        self._folders: tuple[Path, ...] = ()
        self.field = _Field(theme)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Size of the pictures"))
        self.slider.setToolTip(_("Size of the pictures (+, -)"))
        self.slider.setRange(0, NOTCHES)
        self.slider.setValue(_notch(SIDE))
        self._sign = _Sign(theme, "image")
        self.groups = QComboBox()
        self.groups.setObjectName("groups")
        self.groups.setAccessibleName(_("Groups"))
        self.groups.setToolTip(_("By what the pictures stand together"))
        for value, words in GROUPINGS:
            self.groups.addItem(_(words), value)
        upper = QHBoxLayout()
        upper.setSpacing(8)
        upper.addWidget(self.field, 1)
        upper.addSpacing(8)
        upper.addWidget(self._sign)
        upper.addWidget(self.slider)
        upper.addWidget(self.groups)
        self.chips = {chip.terms: _chip(theme, chip) for chip in CHIPS}
        self.more = QToolButton()
        self.more.setProperty("role", "filter")
        self.more.setText(beside(_("More")))
        self.more.setToolTip(_("More to look for, and searches that you saved"))
        self.more.setAccessibleName(_("More to look for"))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setProperty("icon_side", 16)
        set_icon(theme, self.more, "plus")
        self._picked = QHBoxLayout()  # chips of what was chosen from the menu
        self._picked.setSpacing(CHIP_GAP)
        self._extra: dict[str, QToolButton] = {}
        self.count = label("", "small")
        lower = QHBoxLayout()
        lower.setSpacing(CHIP_GAP)
        for button in self.chips.values():
            lower.addWidget(button)
        lower.addLayout(self._picked)
        lower.addWidget(self.more)
        lower.addStretch(1)
        lower.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, TOP, EDGE, 0)
        column.setSpacing(8)
        column.addLayout(upper)
        column.addLayout(lower)
        self.field.textChanged.connect(self._tell)
        self.field.went_down.connect(self.left)
        self.slider.valueChanged.connect(lambda at: self.side_changed.emit(_side(at)))
        self.groups.activated.connect(lambda at: self.grouped.emit(self.groups.itemData(at)))
        for terms, button in self.chips.items():
            button.clicked.connect(lambda on, terms=terms: self._turn(terms, on=on))
        self.more.clicked.connect(self._open_more)
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def text(self) -> str:
        """All that is looked for, as it would be typed."""
        return " ".join((self.field.text().strip(), *self._on)).strip()

    def show_text(self, text: str) -> None:
        """Look for something else; chips are on for what of it they stand for."""
        rest = text.split()
        on = [terms for terms in self.chips if terms in rest]
        for terms in list(self._extra):
            self._drop(terms)
        self._quiet = True  # not blocked: the field's own button listens, too
        self.field.setText(" ".join(word for word in rest if word not in on))
        self._quiet = False
        self._on = on
        for terms, button in self.chips.items():
            button.setChecked(terms in on)
        self._tell()

    def clear(self) -> bool:
        """Look for everything; whether something else was looked for."""
        looked = bool(self.text)
        if looked:
            self.show_text("")
        return looked

    def show_side(self, side: int) -> None:
        """Show how large pictures are."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(_notch(side))

    def show_grouping(self, grouping: str) -> None:
        """Show by what pictures stand together."""
        with QSignalBlocker(self.groups):
            self.groups.setCurrentIndex(max(0, self.groups.findData(grouping)))

    def show_count(self, count: int, *, found: bool) -> None:
        """Say how many pictures there are, or how many were found."""
        words = ngettext("{n} picture", "{n} pictures", count).format(n=f"{count:,}")
        self.count.setText(_("{pictures} found").format(pictures=words) if found else words)
        self._arrange()

    def show_busy(self, words: str) -> None:
        """Say what goes on in the library, in place of how many there are."""
        self.count.setText(words)
        self._arrange()

    def offer(
        self,
        saved: Sequence[tuple[str, str]],
        albums: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> None:
        """Offer saved searches (name, text), albums and tags in the menu."""
        self._saved = tuple(saved)
        self._labels = {"album": tuple(albums), "tag": tuple(tags)}

    def offer_folders(self, folders: Sequence[Path]) -> None:
        """Offer in the menu to take out folders that were added."""
        self._folders = tuple(folders)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def menu(self) -> QMenu:
        """Return what else can be looked for. It goes when it is closed."""
        menu = ActionMenu(self._theme, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title, chips in MORE:
            within = menu.addMenu(ActionMenu(self._theme, menu, _(title))).menu()
            assert isinstance(within, QMenu)
            for chip in chips:
                self._add(within, _said(chip), chip.terms)
        for field, title in (("album", _("Album")), ("tag", _("Tag"))):
            if self._labels[field]:
                within = menu.addMenu(ActionMenu(self._theme, menu, title)).menu()
                assert isinstance(within, QMenu)
                for name in self._labels[field]:
                    said = " ".join(name.replace('"', " ").split())  # `domain.query` ignores them
                    self._add(within, plain_words(name), f'{field}:"{said}"')
        menu.addSeparator()
        for name, text in self._saved:
            action = menu.addAction(
                icon("bookmark", self._theme.colour("quiet")), plain_words(name)
            )
            action.setToolTip(plain_tip(text))
            action.triggered.connect(partial(self._show_saved, text))
        save = menu.addAction(_("Save this search…"))
        save.setEnabled(bool(self.text))
        save.triggered.connect(lambda: self.save_requested.emit(self.text))
        if self._saved:
            forget = menu.addMenu(ActionMenu(self._theme, menu, _("Forget a search"))).menu()
            assert isinstance(forget, QMenu)
            for name, _text in self._saved:
                forget.addAction(plain_words(name)).triggered.connect(partial(self._forget, name))
        menu.addSeparator()
        add = menu.addAction(_("Add a folder of pictures…"))
        add.triggered.connect(self.folder_requested)
        if self._folders:
            within = menu.addMenu(ActionMenu(self._theme, menu, _("Take out a folder"))).menu()
            assert isinstance(within, QMenu)
            for folder in self._folders:
                out = within.addAction(plain_words(folder.name or str(folder)))
                out.setToolTip(plain_tip(str(folder)))
                out.triggered.connect(partial(self._take_out, folder))
        trash = menu.addAction(icon("trash-2", self._theme.colour("quiet")), _("Deleted pictures…"))
        trash.triggered.connect(self.trash_requested)
        return menu

    def _take_out(self, folder: Path) -> None:
        self.folder_removed.emit(folder)

    def _add(self, menu: QMenu, words: str, terms: str) -> QAction:
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(terms in self._on)
        action.triggered.connect(lambda on: self._pick(terms, words, on=on))
        return action

    def _show_saved(self, text: str) -> None:
        self.show_text(text)

    def _forget(self, name: str) -> None:
        self.removed.emit(name)

    def _open_more(self) -> None:
        menu = self.menu()
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 4)))

    def _pick(self, terms: str, words: str, *, on: bool) -> None:
        """Look for something from the menu, or not any more; a chip stands for it."""
        if terms in self.chips:
            self.chips[terms].setChecked(on)
            self._turn(terms, on=on)
            return
        if on and terms not in self._extra:
            button = self._extra[terms] = _chip(self._theme, Chip(words, terms, "x"))
            button.setChecked(True)
            button.setToolTip(_("Look for it no more"))
            button.setFixedHeight(self._theme.px(CHIP_HEIGHT))
            button.clicked.connect(lambda: self._pick(terms, words, on=False))
            self._picked.addWidget(button)
        elif not on:
            self._drop(terms)
        self._turn(terms, on=on)

    def _drop(self, terms: str) -> None:
        button = self._extra.pop(terms, None)
        if button is not None:
            button.hide()
            button.deleteLater()

    def _turn(self, terms: str, *, on: bool) -> None:
        self._on = [one for one in self._on if one != terms] + ([terms] if on else [])
        self._arrange()
        self._tell()

    def _tell(self) -> None:
        if not self._quiet:
            self.searched.emit(self.text)

    def _measure(self) -> None:
        px = self._theme.px
        for widget in (self.field, self.groups):
            widget.setFixedHeight(px(SEARCH_HEIGHT))
        for button in (*self.chips.values(), *self._extra.values(), self.more):
            button.setFixedHeight(px(CHIP_HEIGHT))
        self.slider.setFixedWidth(px(SLIDER_WIDTH))
        self._arrange()

    def _arrange(self) -> None:
        """Leave out the last chips that are off, where there is no room for all."""
        room = self.width() - 2 * EDGE - self.count.sizeHint().width() - CHIP_GAP
        needed = [self.more, *self._extra.values()]
        needed += [self.chips[terms] for terms in self._on if terms in self.chips]
        room -= sum(one.sizeHint().width() + CHIP_GAP for one in needed)
        for terms, button in self.chips.items():
            if terms not in self._on:
                room -= button.sizeHint().width() + CHIP_GAP
            button.setVisible(terms in self._on or room >= 0)
        narrow = self.width() < self._theme.px(560)
        for widget in (self.slider, self._sign):
            widget.setVisible(not narrow)


class _Field(QLineEdit):
    """The search itself: Down leads to what was found, Esc looks for everything."""

    went_down = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("search")
        self.setAccessibleName(_("Search your pictures"))
        self.setPlaceholderText(_("Search words and tags, “exact words”, −without"))
        self.setToolTip(plain_tip(_(HELP)))
        self.setClearButtonEnabled(True)
        self._sign = self.addAction(
            icon("search", theme.colour("quiet")), QLineEdit.ActionPosition.LeadingPosition
        )
        theme.changed.connect(self._follow)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.went_down.emit()
        else:
            super().keyPressEvent(event)

    def _follow(self) -> None:
        self._sign.setIcon(icon("search", self._theme.colour("quiet")))


class _Sign(QWidget):
    """An icon that says what is beside it."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme, self._name = theme, name
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(ICON), self._theme.px(ICON))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        icon(self._name, self._theme.colour("quiet")).paint(QPainter(self), self.rect())


def _chip(theme: Theme, chip: Chip) -> QToolButton:
    button = QToolButton()
    button.setProperty("role", "filter")
    button.setCheckable(True)
    words = _said(chip)
    button.setAccessibleName(words)
    button.setToolTip(plain_tip(chip.terms))
    if chip.icon:
        button.setText(beside(words))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setProperty("icon_side", 16)
        set_icon(theme, button, chip.icon)
    else:
        button.setText(words)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button


def _side(notch: int) -> int:
    """Return how large a cell is at a notch of the slider."""
    return round(SIDES[0] * exp(notch / NOTCHES * log(SIDES[1] / SIDES[0])))


def _notch(side: int) -> int:
    """Return the notch of the slider at which a cell is so large."""
    return round(NOTCHES * log(side / SIDES[0]) / log(SIDES[1] / SIDES[0]))


def _said(chip: Chip) -> str:
    """Return a chip's words; those for stars name their number."""
    number = chip.terms.removeprefix("stars:").removesuffix("+")
    return _(chip.text).format(n=number) if "{n}" in chip.text else _(chip.text)
