"""The small controls that panels are made of: a number, a seed, a fold, a row of choices."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QRect, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QBoxLayout,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.fields import About
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.request import RANDOM_SEED
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.icons import icon
from kandinsky_desktop.ui.theme import Theme

LABEL_WIDTH = 108
AROUND_CHOICE = 42  # the words of a combo box: its padding and its chevron
UNBOUND = 16_777_215
FOLD_HEIGHT = 36
FIELD_WIDTH = 64
ICON = 18
MOST_DECIMALS = 4  # of a number that is shown
NARROWEST = 48  # a field that shares its row with others


def label(text: str, role: str = "") -> QLabel:
    """Return a label in one of the style sheet's roles."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)  # sentences name files
    if role:
        made.setProperty("role", role)
    return made


class TurningButton(QPushButton):
    """A button that once clicked means the contrary: begin, then stop. A double-click is one."""

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # Qt takes it for one more press


class ElidedLabel(QLabel):
    """A label of one line that ends in … where there is too little room, and says all on hover."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_text(self, text: str) -> None:
        """Show other words."""
        self.setText(text)
        self.setToolTip(plain_tip(text))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        room = self.contentsRect()
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, self.alignment() | Qt.AlignmentFlag.AlignVCenter, words)


def beside(words: str) -> str:
    """Return words that stand beside an icon: Qt puts them too close to it."""
    return f" {words}"


def plain_words(words: str) -> str:
    """Return words of a file or a person for a button or a menu, where & would mark a key."""
    return words.replace("&", "&&")


def show_words(button: QAbstractButton, words: str, *, on: bool) -> None:
    """Let a button say words beside its icon, or only to those who do not see it."""
    button.setText(beside(words) if on else "")
    button.setAccessibleName(words)


def icon_button(theme: Theme, name: str, tip: str, *, checkable: bool = False) -> QToolButton:
    """Return a button that is only an icon, with a name for those who do not see it."""
    button = QToolButton()
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(checkable)
    set_icon(theme, button, name)
    return button


def set_icon(theme: Theme, button: QAbstractButton, name: str) -> None:
    """Give a button its icon, in the theme's colours now and after every change of theme.

    It is quiet while it rests; the property "icon_side" is its side in unscaled pixels, if not 18.
    """
    button.setProperty("icon_name", name)

    def paint() -> None:
        shown = button.property("icon_name")
        side = theme.px(button.property("icon_side") or ICON)
        button.setIcon(icon(shown, theme.colour("quiet"), theme.colour("accent_text")))
        button.setIconSize(QSize(side, side))

    paint()
    if button.property("dressed") is None:
        button.setProperty("dressed", True)
        _Follower(button, theme, paint)


class _Follower(QObject):
    """Does something for a widget after every change of the look, for as long as it lives.

    A function that is connected by itself is called after its widget is gone, too.
    """

    def __init__(self, widget: QWidget, theme: Theme, call: Callable[[], None]) -> None:
        super().__init__(widget)
        self._call = call
        theme.changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        self._call()


def widen(theme: Theme, widget: QWidget, width: int) -> None:
    """Keep a widget so wide, growing with the text, now and after every change of its size."""

    def measure() -> None:
        widget.setFixedWidth(theme.px(width))

    measure()
    _Follower(widget, theme, measure)


def row_label(theme: Theme, text: str) -> QLabel:
    """Return the label of a row: all are equally wide, so that their controls line up."""
    made = label(text)
    widen(theme, made, LABEL_WIDTH)
    return made


def path_field(name: str, path: str) -> QLineEdit:
    """Return a path to read and to copy, however long it is; it has no frame."""
    field = QLineEdit()
    field.setProperty("role", "path")
    field.setReadOnly(True)
    field.setAccessibleName(name)
    show_path(field, path)
    return field


def show_path(field: QLineEdit, path: str) -> None:
    """Let such a field say another path."""
    field.setText(path)
    field.setCursorPosition(0)
    field.setToolTip(plain_tip(path))


class LabelledRow(QWidget):
    """A label and a choice beside it, or under it where that has no room for its longest words."""

    def __init__(self, theme: Theme, words: str, combo: QComboBox) -> None:
        super().__init__()
        self._combo = combo
        self._label = label(words)
        self._theme = theme
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(self._label)
        self._box.addWidget(combo, 1)
        theme.changed.connect(self._turn)
        self._turn()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(NARROWEST), super().minimumSizeHint().height())

    def _turn(self) -> None:
        metrics = QFontMetrics(self.font())
        each = (self._combo.itemText(number) for number in range(self._combo.count()))
        longest = max((metrics.horizontalAdvance(one) for one in each), default=0) + AROUND_CHOICE
        beside = self.width() >= self._theme.px(LABEL_WIDTH) + 8 + longest
        way = QBoxLayout.Direction
        wide = self._theme.px(LABEL_WIDTH)
        self._label.setMinimumWidth(wide if beside else 0)
        self._label.setMaximumWidth(wide if beside else UNBOUND)
        self._box.setDirection(way.LeftToRight if beside else way.TopToBottom)
        self._box.setSpacing(8 if beside else 4)


def titled_row(title: str, *others: QWidget) -> QHBoxLayout:
    """Return the head of a group: its title at the left, the others at the right."""
    row = QHBoxLayout()
    row.setSpacing(4)
    row.addWidget(label(title, "group"))
    row.addStretch(1)
    for one in others:
        row.addWidget(one)
    return row


def inset(field: QAbstractSpinBox) -> None:
    """Keep a field's figures off its edge; its style sheet cannot reach them."""
    field.lineEdit().setTextMargins(6, 0, 6, 0)


def narrow(field: QAbstractSpinBox) -> None:
    """Let a field fit its row: Qt keeps room for buttons that our style sheet takes away."""
    field.setMinimumWidth(NARROWEST)


def scroll_past(field: QAbstractSpinBox | QComboBox) -> None:
    """Let a wheel over a field scroll the panel it lies in, and not change what is set.

    Only a number that somebody is at is turned by it: a choice keeps the focus once it is made.
    """
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt's own lets the wheel take the focus
    field.installEventFilter(_PassingWheel(field))


class _PassingWheel(QObject):
    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.Wheel or not isinstance(watched, QWidget):
            return False
        event.ignore()
        return isinstance(watched, QComboBox) or not watched.hasFocus()


def show_number(field: QSpinBox | QDoubleSpinBox, value: float, decimals: int) -> None:
    """Show a number that has so many decimals, or as many more as it has.

    A field that rounds would show another one than is painted with. What is being typed stays,
    unless the number is another one meanwhile: it counts once the field is left.
    """
    if field.hasFocus() and field.lineEdit().isModified() and value == field.value():
        return
    if isinstance(field, QSpinBox):
        field.setValue(int(value))
        return
    own = f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2]
    field.setDecimals(max(decimals, len(own)))
    field.setValue(value)


class NumberField(QDoubleSpinBox):
    """A number with a fraction, written as in sentences: 2 and 2.5, not 2.0."""

    @override
    def textFromValue(self, value: float) -> str:
        text, point = super().textFromValue(value), self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text


class GutterScrollBar(QScrollBar):
    """A scroll bar whose room is always kept, so that nothing shifts when there is more to see."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.maximum() > self.minimum():
            super().paintEvent(event)


class _Slider(QSlider):
    """A slider with a tick at its default; a wheel over a panel scrolls the panel, not it."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.mark: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.mark is not None and self.maximum() > self.minimum():
            handle = 18
            place = QStyle.sliderPositionFromValue(
                self.minimum(), self.maximum(), self.mark, self.width() - handle
            )
            painter = QPainter(self)
            middle = self.height() // 2
            tick = QRect(place + handle // 2 - 1, middle - 5, 2, 10)
            painter.fillRect(tick, self.palette().placeholderText())
        super().paintEvent(event)


class NumberRow(QWidget):
    """A number as a slider and a field. A double-click on the slider or the label resets it."""

    changed = Signal(float)
    let_go = Signal()  # the slider, by the hand that moved it

    def __init__(
        self,
        theme: Theme,
        about: About,
        *,
        whole: bool,
        decimals: int = 1,
        titled: bool = False,
    ) -> None:
        """With `titled` the label is the title of a group."""
        super().__init__()
        self._about, self._default, self._decimals = about, about.low, decimals
        self._label = ElidedLabel("group" if titled else "")
        self._label.set_text(_(about.label))
        self._slider = _Slider()
        self._field: QSpinBox | QDoubleSpinBox = QSpinBox() if whole else NumberField()
        if isinstance(self._field, QDoubleSpinBox):
            self._field.setDecimals(decimals)
        widen(theme, self._field, FIELD_WIDTH)
        self._field.lineEdit().setTextMargins(2, 0, 0, 0)  # its figures end where its slider does
        self._field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._field.setProperty("role", "value")
        scroll_past(self._field)
        self._field.setKeyboardTracking(False)
        if about.unit:
            self._field.setSuffix(f" {about.unit}")
        for part in (self._slider, self._field):
            part.setAccessibleName(_(about.label))
            part.setToolTip(_(about.help))
            part.installEventFilter(self)
        self._label.setToolTip(_(about.help))
        self._label.installEventFilter(self)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._label, 1)
        head.addWidget(self._field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._slider)
        self.limit(about.low, about.high, about.step)
        self._slider.valueChanged.connect(self._slid)
        self._slider.sliderReleased.connect(self.let_go)
        self._field.valueChanged.connect(self._typed)

    @property
    def value(self) -> float:
        """The number shown."""
        return self._field.value()

    @property
    def held(self) -> bool:
        """Whether a hand moves the slider now."""
        return self._slider.isSliderDown()

    def limit(self, low: float, high: float, step: float, most: float | None = None) -> None:
        """Set what can be chosen; `most` is where the slider ends and only typing goes beyond."""
        self._about = replace(self._about, low=low, high=high, step=step)
        with QSignalBlocker(self._slider), QSignalBlocker(self._field):
            if isinstance(self._field, QSpinBox):
                self._field.setRange(int(low), int(high))
                self._field.setSingleStep(int(step))
            else:
                self._field.setRange(low, high)
                self._field.setSingleStep(step)
            self._slider.setRange(0, round(((high if most is None else most) - low) / step))
            self._slider.setValue(self._notch(self._field.value()))

    def show_value(self, value: float, default: float) -> None:
        """Show a number, and mark its default."""
        self._default = default
        with QSignalBlocker(self._slider), QSignalBlocker(self._field):
            show_number(self._field, value, self._decimals)
            self._slider.setValue(self._notch(value))
        self._slider.mark = self._notch(default)
        self._slider.update()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.MouseButtonDblClick and watched is not self._field:
            self.changed.emit(self._default)
            return True
        return super().eventFilter(watched, event)

    def _notch(self, value: float) -> int:
        return round((value - self._about.low) / self._about.step)

    def _slid(self, notch: int) -> None:
        about = self._about  # round values between the limits, whatever the lower one is
        value = round(round(about.low / about.step + notch) * about.step, 6)
        self.changed.emit(min(about.high, max(about.low, value)))

    def _typed(self, value: float) -> None:
        self.changed.emit(value)


class SeedRow(QWidget):
    """A seed: its number, a dice for another, and a lock that keeps it for the next pictures.

    Where RANDOM_SEED is typed the dice is rolled, and the lock opened.
    """

    changed = Signal(object)  # int; one of Qt's ends at 2³¹
    reroll_requested = Signal()
    locked = Signal(bool)

    def __init__(self, theme: Theme, about: About, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = label(_(about.label))
        name.setToolTip(_(about.help))
        self._theme = theme
        self._field = QDoubleSpinBox()  # an int one ends at 2³¹
        self._field.setDecimals(0)
        self._field.setRange(RANDOM_SEED, about.high)
        inset(self._field)
        narrow(self._field)
        scroll_past(self._field)
        self._field.setKeyboardTracking(False)
        self._field.setAccessibleName(_(about.label))
        self._field.setToolTip(_(about.help))
        self._dice = icon_button(
            theme, "dices", _("Another {seed}").format(seed=_(about.label).lower())
        )
        self._lock = icon_button(
            theme,
            "lock-open",
            _("Keep this {seed} for the next pictures").format(seed=_(about.label).lower()),
            checkable=True,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(name)
        row = QHBoxLayout()
        row.setSpacing(4)
        column.addLayout(row)
        row.addWidget(self._field, 1)
        row.addWidget(self._dice)
        row.addWidget(self._lock)
        self._field.valueChanged.connect(self._typed)
        self._dice.clicked.connect(self.reroll_requested)
        self._lock.toggled.connect(self._turn)

    def show_value(self, value: int, *, locked: bool) -> None:
        """Show a seed and whether it is kept."""
        with QSignalBlocker(self._field), QSignalBlocker(self._lock):
            show_number(self._field, value, 0)
            self._lock.setChecked(locked)
        set_icon(self._theme, self._lock, "lock" if locked else "lock-open")

    def _typed(self, value: float) -> None:
        if int(value) == RANDOM_SEED:  # as other programs have it: another one each time
            self._lock.setChecked(False)
            self.reroll_requested.emit()
        else:
            self.changed.emit(int(value))

    def _turn(self, on: bool) -> None:
        set_icon(self._theme, self._lock, "lock" if on else "lock-open")
        self.locked.emit(on)


class _FoldHead(QPushButton):
    """One line: a chevron, the name, and at the right the values while it is closed."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme, self._title, self._value = theme, title, ""
        self.setProperty("role", "fold")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(title)
        theme.changed.connect(self._measure)
        self._measure()

    def set_title(self, title: str) -> None:
        """Give it another name."""
        self._title = title
        self.setText(title)
        self.set_value(self._value)

    def set_value(self, text: str) -> None:
        """Say the values."""
        self._value = text
        self.setToolTip(plain_tip(text))
        self.setAccessibleName(f"{self._title}: {text}" if text else self._title)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)  # the frame, the chevron and the name
        if self.isChecked() or not self._value:
            return
        painter = QPainter(self)
        name = QFontMetrics(self.font()).horizontalAdvance(self._title)
        room = self.rect().adjusted(name + self._theme.px(40), 0, -2, 0)
        font = self.font()
        font.setBold(False)
        font.setPixelSize(self._theme.px(12))
        painter.setFont(font)
        painter.setPen(self._theme.colour("quiet"))
        text = painter.fontMetrics().elidedText(
            self._value, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(FOLD_HEIGHT))


class CollapsibleSection(QWidget):
    """A part of a panel that opens and closes; closed, it says its values in one line."""

    toggled = Signal(bool)

    def __init__(
        self,
        theme: Theme,
        title: str,
        body: QWidget,
        *,
        is_open: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._body = theme, body
        self._head = _FoldHead(theme, title)
        self._head.setChecked(is_open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._head)
        column.addWidget(body)
        self._head.toggled.connect(self._turn)
        self._turn(is_open)

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._head.isChecked()

    def set_open(self, on: bool) -> None:
        """Show or hide the body."""
        self._head.setChecked(on)

    def set_title(self, title: str) -> None:
        """Give it another name."""
        self._head.set_title(title)

    def set_plain(self, on: bool) -> None:
        """Show the body alone, without a head to fold it."""
        self._head.setVisible(not on)

    def set_highlighted(self, *, on: bool) -> None:
        """Mark its head as a place where something can be dropped."""
        self._head.setProperty("lit", on)
        self._head.style().polish(self._head)

    def set_summary(self, text: str) -> None:
        """Say the values in one line, for when it is closed."""
        self._head.set_value(text)

    def _turn(self, on: bool) -> None:
        set_icon(self._theme, self._head, "chevron-down" if on else "chevron-right")
        self._body.setVisible(on)
        self.toggled.emit(on)
