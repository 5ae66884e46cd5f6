"""Two pictures beside each other: divided by a line, at one zoom, or what differs in them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.comparison import Before
from kandinsky_desktop.state.full_pictures import FullPictures
from kandinsky_desktop.ui.compared import place_of
from kandinsky_desktop.ui.controls import ElidedLabel, icon_button, show_words
from kandinsky_desktop.ui.picture_view import PictureView
from kandinsky_desktop.ui.theme import Theme

MODES = (
    ("slider", N_("Divided"), N_("One over the other, divided by a line to drag"), "columns-2"),
    (
        "beside",
        N_("Side by side"),
        N_("Both, at one zoom and one place"),
        "square-split-horizontal",
    ),
    ("difference", N_("Difference"), N_("What is not the same is bright"), "diff"),
)
GAINS = (1, 4, 16)  # by how much a difference is made brighter
STEP = 0.04  # of the picture, by which a key moves the line
WORDS_OF_SHARE = N_("{share} of the pixels differ")
TOOL = 32  # height of a button on the bar, in unscaled pixels


@dataclass(frozen=True, slots=True)
class Side:
    """One of two pictures that are compared."""

    path: Path
    title: str
    offset: tuple[int, int] | None = None  # where it lies in the other, which grew from it


class Compare(QWidget):
    """Shows two pictures in one of three ways. Both are read when it is opened."""

    closed = Signal()
    problem = Signal(str)  # why one of them cannot be shown

    def __init__(self, theme: Theme, pictures: FullPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self._theme, self._pictures = theme, pictures
        self._left: Side | None = None
        self._right: Side | None = None
        self._mode, self._gain, self._same = "slider", GAINS[0], False
        self.one = PictureView(theme)  # divided, or the difference
        self.first, self.second = PictureView(theme), PictureView(theme)
        for view in (self.first, self.second):
            view.moved.connect(partial(self._follow, view))
        self.first.setAccessibleName(_("The first picture"))
        self.second.setAccessibleName(_("The second picture"))
        self.one.setAccessibleName(_("Both pictures"))
        self.one.step_requested.connect(lambda way: self._move_divider(way * STEP))
        self.one.end_requested.connect(self._move_divider)
        both = QWidget()
        beside = QHBoxLayout(both)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(2)
        beside.addWidget(self.first)
        beside.addWidget(self.second)
        self._views = QStackedWidget()
        self._views.addWidget(self.one)
        self._views.addWidget(both)
        self.modes: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setContentsMargins(24, 8, 16, 8)
        bar.setSpacing(4)
        for name, _words, tip, sign in MODES:
            button = self.modes[name] = icon_button(theme, sign, _(tip), checkable=True)
            button.setProperty("role", "filter")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(partial(self.set_mode, name))
            group.addButton(button)
            bar.addWidget(button)
        self.gain = QToolButton()
        self.gain.setProperty("role", "filter")
        self.gain.setToolTip(_("How much brighter the difference is shown"))
        self.gain.setAccessibleName(self.gain.toolTip())
        self.gain.clicked.connect(self._brighter)
        self.said = ElidedLabel("quiet")
        self.said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.swap = icon_button(theme, "arrow-left-right", _("Swap the two"))
        self.leave = icon_button(theme, "x", _("Back to all of them (Esc)"))
        self.swap.clicked.connect(self.swap_sides)
        self.leave.clicked.connect(self.close_box)
        bar.addWidget(self.gain)
        bar.addWidget(self.said, 1)
        bar.addSpacing(8)
        bar.addWidget(self.swap)
        bar.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._views, 1)
        theme.changed.connect(self._measure)
        self._measure()
        pictures.came.connect(self._on_came)
        pictures.failed.connect(self._on_failed)
        self.set_mode("slider")

    @property
    def mode(self) -> str:
        """How both are shown: "slider", "beside" or "difference"."""
        return self._mode

    @property
    def sides(self) -> tuple[Path, ...]:
        """The files that are compared, the left one first."""
        return tuple(one.path for one in (self._left, self._right) if one is not None)

    def open_on(self, left: Side, right: Side) -> None:
        """Compare two pictures."""
        self._left, self._right = left, right
        self._pictures.want((right.path, left.path))
        self._show(anew=True)

    def close_box(self) -> None:
        """Let go of the pictures."""
        self._pictures.want(())
        self._left = self._right = None
        for view in (self.one, self.first, self.second):
            view.show_before(None)
            view.show_picture(None)
        self.closed.emit()

    def take_focus(self) -> None:
        """Let the keys move what is compared."""
        (self.first if self._mode == "beside" else self.one).setFocus()

    def set_mode(self, mode: str) -> None:
        """Show both in another way."""
        self._mode = mode
        self.modes[mode].setChecked(True)
        self.gain.setVisible(mode == "difference")
        self._views.setCurrentIndex(1 if mode == "beside" else 0)
        self._show(anew=True)

    def next_mode(self) -> None:
        """Show both in the way that comes next."""
        names = [name for name, *_rest in MODES]
        self.set_mode(names[(names.index(self._mode) + 1) % len(names)])
        self.take_focus()

    def _move_divider(self, by: float) -> None:
        if self._mode == "slider":
            self.one.move_divider(by)

    def swap_sides(self) -> None:
        """Let the left one be the right one."""
        self._left, self._right = self._right, self._left
        self._show(anew=True)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _measure(self) -> None:
        for button in (*self.modes.values(), self.gain):
            button.setFixedHeight(self._theme.px(TOOL))
        self._fit()

    def _fit(self) -> None:
        """Let the buttons say words as long as what differs can be said beside them."""
        for with_words in (True, False):
            for name, words, *_rest in MODES:
                show_words(self.modes[name], _(words), on=with_words)
            others = (*self.modes.values(), self.gain, self.swap, self.leave)
            needed = sum(one.sizeHint().width() + 4 for one in others) + 48
            said = self.fontMetrics().horizontalAdvance(_(WORDS_OF_SHARE).format(share="100 %"))
            if needed + said <= self.width():
                break

    def _brighter(self) -> None:
        self._gain = GAINS[(GAINS.index(self._gain) + 1) % len(GAINS)]
        self._show(anew=False)

    def _on_came(self, path: Path) -> None:
        if path in self.sides:
            self._show(anew=True)

    def _on_failed(self, path: Path, sentence: str) -> None:
        if path in self.sides:
            self.problem.emit(sentence)
            self.close_box()

    def _follow(self, moved: PictureView) -> None:
        """Let the other one show the same place, at the same zoom."""
        other = self.second if moved is self.first else self.first
        view = moved.view
        if self._same or view is None or self._mode != "beside":
            return
        self._same = True
        other.take_view(view, fits=moved.fits)
        self._same = False

    def _show(self, *, anew: bool) -> None:
        left, right = self._left, self._right
        self.gain.setText(f"× {self._gain}")
        if left is None or right is None:
            return
        first, second = self._pictures.image(left.path), self._pictures.image(right.path)
        self.said.set_text("")
        if self._mode == "beside":
            for view, side, image in ((self.first, left, first), (self.second, right, second)):
                view.tag = side.title
                if view.image is None or image is None or anew:
                    view.show_picture(image, None, _("It is being read."))
            return
        self.one.tag = right.title
        if second is None or first is None:
            self.one.show_before(None)
            self.one.show_picture(None, None, _("Both are being read."))
            return
        before = Before(left.title, first, left.offset)
        if self._mode == "slider":
            if anew:
                self.one.show_picture(second)
            self.one.show_before(before)
            return
        shown, share = difference(before, second, self._gain)
        self.one.tag = ""
        self.one.show_before(None)
        if anew or self.one.image is None:
            self.one.show_picture(shown)
        else:
            self.one.complete(shown)
        same = _("They are the same, pixel for pixel.")
        self.said.set_text(same if not share else _(WORDS_OF_SHARE).format(share=_share(share)))


def difference(before: Before, image: QImage, gain: int = 1) -> tuple[QImage, float]:
    """Return how far two pictures differ, so many times brighter, and the share of pixels that do.

    Where one does not cover the other there is no difference.
    """
    assert before.image is not None
    size = image.size()
    laid = QImage(image).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(laid)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    opaque = before.image.convertToFormat(QImage.Format.Format_RGB32)
    painter.drawImage(place_of(before, laid.rect().toRectF()), opaque)
    painter.end()
    plain = image.convertToFormat(QImage.Format.Format_RGB32)  # held: an array does not hold it
    one, other = _pixels(plain), _pixels(laid)
    apart = np.maximum(one, other)
    apart -= np.minimum(one, other)  # no wider numbers: a large picture would take a second
    apart[:, :, 3] = 0
    share = np.count_nonzero(apart.view(np.uint32)) / apart[:, :, 0].size
    if gain > 1:
        apart = np.minimum(np.arange(256) * gain, 255).astype(np.uint8)[apart]
    apart[:, :, 3] = 255
    shown = QImage(apart.data, size.width(), size.height(), QImage.Format.Format_RGB32)
    return shown.copy(), share


def _pixels(image: QImage) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Return the bytes of an image of 32 bits a pixel, as long as it is held."""
    size: QSize = image.size()
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(size.height(), size.width(), 4)


def _share(share: float) -> str:
    """Return a share in words that never round to none or all."""
    if share < 0.01:
        return _("less than 1 %")
    return in_percent(min(share, 0.99) if share < 1 else 1)
