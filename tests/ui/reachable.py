"""Whether screen readers and the Tab key find every control of a window."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextBrowser,
    QWidget,
)

from kandinsky_desktop.ui.fusion.weight_pad import WeightPad
from kandinsky_desktop.ui.viewport import Viewport

PAINTED = (Viewport, QGraphicsView, WeightPad)  # Qt has no role for what a widget paints itself
CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextBrowser,
    *PAINTED,
)
ROLE, NAME = QAccessible.Role, QAccessible.Text.Name


def controls(root: QWidget) -> list[QWidget]:
    """Return the controls that are seen, without parts of others, which speak for them."""
    found = [one for one in root.findChildren(QWidget) if isinstance(one, CONTROLS)]
    return [one for one in found if one.isVisible() and not _is_part(one)]


def _is_part(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QComboBox | QAbstractSpinBox | QLineEdit):
            return True
        above = above.parentWidget()
    return False


def _link_of(widget: QWidget) -> int:
    """Return where the link begins that has the focus: Tab goes from one to the next of a text."""
    return widget.textCursor().selectionStart() if isinstance(widget, QTextBrowser) else 0


def about(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()!r}"


def unnamed(root: QWidget) -> list[str]:
    """Return the controls that say no name or no role to a screen reader."""
    bad = []
    for widget in controls(root):
        told = QAccessible.queryAccessibleInterface(widget)
        roles = {ROLE.NoRole} if isinstance(widget, PAINTED) else {ROLE.NoRole, ROLE.Client}
        if not told.text(NAME).strip() or told.role() in roles:
            bad.append(about(widget))
    return bad


def unreached(root: QWidget) -> list[str]:
    """Return the controls that can be used and that no Tab leads to."""
    reached: set[QWidget] = set()
    stops: set[tuple[QWidget, int]] = set()
    focus = QApplication.focusWidget()
    for _turn in range(300):
        if focus is None or (stop := (focus, _link_of(focus))) in stops:
            break
        reached.add(focus)
        stops.add(stop)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
    wanted = [one for one in controls(root) if one.isEnabled()]
    groups = [one.group() for one in reached if isinstance(one, QAbstractButton)]
    return [
        about(one)
        for one in wanted
        if one not in reached
        # arrows lead on within a group of which one is chosen
        and not (isinstance(one, QAbstractButton) and one.group() and one.group() in groups)
    ]
