"""Whether what a window says fits: real font metrics against real rectangles, and no overlaps."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitterHandle,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from kandinsky_desktop.ui.controls import ElidedLabel
from kandinsky_desktop.ui.run_bar import RunButton

NEAR = 1  # pixel that a rounded width may lack
WORDED = (
    Qt.ToolButtonStyle.ToolButtonTextOnly,
    Qt.ToolButtonStyle.ToolButtonTextBesideIcon,
    Qt.ToolButtonStyle.ToolButtonTextUnderIcon,
)
# Where words that are painted by ourselves may end in …: each shows all of them on hover, or they
# are what a person typed, which is shown in full where it is typed.
ELIDING = {
    "card_text.elided",
    "compared.paint_tag",
    "card_text.fitting_words",
    "controls.paintEvent",
    "facts_list.paint",
    "filmstrip.paintEvent",
    "image_drop_target._paint_words",
    "lightbox.paintEvent",
    "model_box.paintEvent",
    "model_list.paint",
    "queue_panel._paint_words",
    "tile._paint_text",
}
# What lies over its siblings by design, by its name or its kind.
FLOATING = {"composer", "film", "notice", "overlay", "barshadow"}
# a tile has room for its lift; the canvas's bars lie over its view
FLOATING_KINDS = {
    "Notices",
    "ActionsRow",
    "Composer",
    "PromptTile",
    "ToolBar",
    "OptionBar",
    "ViewBar",
    "SelectionBar",
}


class Faults:
    """What is cut, lies outside or over another, each as a sentence; empty: all fits."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.where = ""

    def add(self, sentence: str) -> None:
        """Note a fault with where it was first seen."""
        self.found.setdefault(sentence, self.where)

    def __str__(self) -> str:
        return "\n".join(f"{where}: {sentence}" for sentence, where in self.found.items())


@contextmanager
def heard_painting(faults: Faults) -> Iterator[None]:
    """Note words that our own painting cuts, or ends in … where that was not declared."""
    draw, elide = QPainter.drawText, QFontMetrics.elidedText

    def drawn(painter: QPainter, *args: Any) -> Any:
        if isinstance(args[0], QRect | QRectF) and len(args) > 2 and isinstance(args[2], str):
            _check_drawn(faults, painter, QRectF(args[0]), args[1], args[2])
        return draw(painter, *args)

    def elided(metrics: QFontMetrics, text: str, *args: Any) -> str:
        shown = elide(metrics, text, *args)
        if shown != text and _caller(2) not in ELIDING:
            faults.add(f"{_caller(2)} ends {text!r} in …")
        return shown

    QPainter.drawText, QFontMetrics.elidedText = drawn, elided  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        QPainter.drawText, QFontMetrics.elidedText = draw, elide  # type: ignore[method-assign]


def _caller(above: int) -> str:
    code = sys._getframe(above).f_code
    return f"{Path(code.co_filename).stem}.{code.co_name}"


def _check_drawn(faults: Faults, painter: QPainter, room: QRectF, flags: Any, text: str) -> None:
    if not text.strip() or text == "…":
        return
    flags = getattr(flags, "value", flags)
    needed = painter.boundingRect(room, flags, text)
    high = needed.height()
    if "\n" not in text and not flags & Qt.TextFlag.TextWordWrap.value:
        high = painter.fontMetrics().tightBoundingRect(text).height()
    if needed.width() > room.width() + NEAR or high > room.height() + NEAR:
        has = f"{room.width():.0f} × {room.height():.0f}"
        wants = f"{needed.width():.0f} × {high:.0f}"
        faults.add(f"{_caller(3)} paints {text!r} into {has}, it needs {wants}")


def settle() -> None:
    """Let the layouts answer each other: a row that turns asks all that it lies in."""
    for _round in range(8):
        QApplication.processEvents()


def check(root: QWidget, faults: Faults) -> None:
    """Note all of a widget that is cut, or lies where it should not."""
    with heard_painting(faults):
        root.grab()
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisibleTo(root) and not _inside_another(widget):
            _check_words(widget, faults)
            _check_places(widget, faults)


def _inside_another(widget: QWidget) -> bool:
    """Whether it is a part of a control, which speaks for it."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QComboBox | QAbstractSpinBox | QAbstractItemView):
            return True
        above = above.parentWidget()
    return False


def _named(widget: QWidget) -> str:
    name = widget.objectName() or widget.accessibleName()
    text = getattr(widget, "text", None)
    said = text() if callable(text) else ""
    return f"{type(widget).__name__} {(said or name)!r}"


def _check_words(widget: QWidget, faults: Faults) -> None:
    """Note words that a control of Qt's own has no room for."""
    needed = QSize()
    match widget:
        case ElidedLabel():
            cut = widget.fontMetrics().horizontalAdvance(widget.text()) > widget.width() + NEAR
            if cut and not widget.toolTip():
                faults.add(f"{_named(widget)} is elided and does not say all on hover")
            needed = QSize(0, widget.fontMetrics().tightBoundingRect(widget.text()).height())
        case QLabel() if widget.wordWrap():
            needed = QSize(_widest_word(widget), widget.heightForWidth(widget.width()))
        case QLabel() if widget.text():
            needed = widget.sizeHint()
        case RunButton():
            metrics = QFontMetrics(_bold(widget.font()))
            needed = QSize(metrics.horizontalAdvance(widget.accessibleName().split(",")[0]), 0)
        case QPushButton() | QCheckBox() if widget.text():
            needed = widget.sizeHint()
        case QToolButton() if widget.toolButtonStyle() in WORDED and widget.text():
            needed = _needs(widget)
        case QComboBox() if widget.objectName() != "modelbox":
            option = QStyleOptionComboBox()
            widget.initStyleOption(option)
            field = widget.style().subControlRect(
                QStyle.ComplexControl.CC_ComboBox,
                option,
                QStyle.SubControl.SC_ComboBoxEditField,
                widget,
            )
            wide = widget.fontMetrics().horizontalAdvance(widget.currentText())
            needed = QSize(wide - field.width() + widget.width(), 0)
        case QAbstractSpinBox():
            line = widget.lineEdit()
            margins = line.textMargins()
            wide = line.fontMetrics().horizontalAdvance(widget.text())
            needed = QSize(widget.width() - line.width() + wide + margins.left(), 0)
        case QLineEdit() if widget.placeholderText() and not widget.text():
            wide = widget.fontMetrics().horizontalAdvance(widget.placeholderText())
            if wide > widget.contentsRect().width() and not widget.toolTip():
                faults.add(f"{_named(widget)}: its hint {widget.placeholderText()!r} is cut")
        case QPlainTextEdit() if widget.placeholderText() and not widget.toPlainText():
            room = widget.viewport().rect()
            flags = int(Qt.TextFlag.TextWordWrap)
            hint = widget.fontMetrics().boundingRect(room, flags, widget.placeholderText())
            needed = QSize(hint.width(), hint.height() - room.height() + widget.height())
        case _:
            return
    if needed.width() > widget.width() + NEAR or needed.height() > widget.height() + NEAR:
        has = f"{widget.width()} × {widget.height()}"
        faults.add(f"{_named(widget)} has {has}, needs {needed.width()} × {needed.height()}")


def _needs(button: QToolButton) -> QSize:
    """Return what a tool button needs: in the rail without the room that Qt keeps at its sides."""
    needed = button.sizeHint()
    if button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextUnderIcon:
        font = _bold(button.font()) if button.isChecked() else button.font()
        wide = QFontMetrics(font).horizontalAdvance(button.text())
        needed.setWidth(wide + 4)  # its border
    return needed


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _widest_word(label: QLabel) -> int:
    metrics = label.fontMetrics()
    return max((metrics.horizontalAdvance(word) for word in label.text().split()), default=0)


def _floats(widget: QWidget) -> bool:
    return widget.objectName() in FLOATING or type(widget).__name__ in FLOATING_KINDS


def _check_places(widget: QWidget, faults: Faults) -> None:
    """Note children that lie outside of a widget, or over each other."""
    if isinstance(widget, QAbstractScrollArea):
        return  # what it holds may be larger
    children = [
        one
        for one in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if one.isVisibleTo(widget) and not one.isWindow() and not isinstance(one, QSplitterHandle)
    ]
    scrolled = isinstance(widget.parentWidget(), QAbstractScrollArea)
    for child in children:
        if not scrolled and not widget.rect().adjusted(-1, -1, 1, 1).contains(child.geometry()):
            place = child.geometry().getRect()
            faults.add(f"{_named(child)} at {place} leaves {_named(widget)} {widget.size()}")
    for one, other in combinations([child for child in children if not _floats(child)], 2):
        over = one.geometry().intersected(other.geometry())
        if over.width() > NEAR and over.height() > NEAR:
            faults.add(f"{_named(one)} and {_named(other)} lie over each other in {_named(widget)}")
