"""What floats over the canvas: the tools, what is set for the one in hand, and the view."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from kandinsky_desktop.domain.brush import LARGEST, Brush
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.ui.actions import ActionSet, nothing
from kandinsky_desktop.ui.canvas.colour_chooser import WELL, Swatch
from kandinsky_desktop.ui.canvas.gestures import COLOURED, STROKES, lacking
from kandinsky_desktop.ui.canvas.target_switch import TARGETS, TargetSwitch
from kandinsky_desktop.ui.canvas.tools import GROUPS, TOOLS
from kandinsky_desktop.ui.controls import icon_button, label, widen
from kandinsky_desktop.ui.theme import Theme

THICK = 44  # of a bar, in pixels
TOOL = 36  # side of a tool's button
LINE = 9  # height of what parts two groups, the room around it included
SLIDERS = 96, 80, 64, 48  # widths, the first that finds room
NOTCHES = 1000  # of a slider
INSIDE, SPACE = 6, 4  # of the view's bar
MOST_LEFT_OUT = 2  # of it, where there is little room
BESIDE, BETWEEN = 14, 16  # around what is set for a tool, and between
ROW = 28  # how much higher a bar is for each row after the first
LEADING = 16  # above and below words in several lines
SLACK = 60  # of words in several lines: they break between two
UNLIMITED = 2**20
AROUND = 2 * BESIDE + 2  # across, with its frame


ALL = (*GROUPS, ("show", "hand"))


class ToolBar(QFrame):
    """The tools, one in hand, from above to below; in two columns where it is low."""

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._theme = theme
        self.buttons: dict[str, QToolButton] = {}
        self._groups = _groups("mask")
        self._lines: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(3, 3, 3, 3)
        self._grid.setSpacing(0)
        for number, group in enumerate(ALL):
            if number:
                line = QWidget()
                line.setObjectName("actionline")
                line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
                line.setFixedHeight(1)
                self._lines.append(line)
            for name in group:
                action = "mask_show" if name == "show" else f"tool_{name}"
                self.buttons[name] = actions.button(action, nothing, checkable=True)
        theme.changed.connect(self._measure)
        for name, button in self.buttons.items():
            button.setParent(self)  # also those that are not laid out yet
            button.setVisible(name not in COLOURED)
        self._arrange(1)
        self._measure()

    def fit(self, height: int) -> None:
        """Take as few columns as go into a height."""
        self._arrange(self._columns_in(height, self._groups))

    def widest(self, height: int) -> int:
        """How wide it is in such a height, whatever is painted on, with as many columns as that."""
        more = max(self._columns_in(height, _groups(name)) for name, *_ in TARGETS) - self._columns
        return self.width() + more * self._theme.px(TOOL)

    def _columns_in(self, height: int, groups: Sequence[Sequence[str]]) -> int:
        for columns in (1, 2):
            rows = sum(-(-len(group) // columns) for group in groups)
            if rows * self._theme.px(TOOL) + (len(groups) - 1) * LINE + 8 <= height:
                return columns
        return 3

    def show_target(self, target: str) -> None:
        """Show the tools for the mask, or those for the sketch."""
        groups = _groups(target)
        if groups != self._groups:
            shown = {name for group in groups for name in group}
            for name, button in self.buttons.items():
                self._grid.removeWidget(button)
                button.setVisible(name in shown)
            for number, line in enumerate(self._lines, 1):
                self._grid.removeWidget(line)
                line.setVisible(number < len(groups))
            self._groups, columns, self._columns = groups, self._columns, 0
            self._arrange(columns)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        row = 0
        for number, group in enumerate(self._groups):
            if number:
                self._grid.setRowMinimumHeight(row, LINE)
                self._grid.addWidget(
                    self._lines[number - 1], row, 0, 1, columns, Qt.AlignmentFlag.AlignVCenter
                )
                row += 1
            for place, name in enumerate(group):
                self._grid.setRowMinimumHeight(row + place // columns, 0)
                self._grid.addWidget(self.buttons[name], row + place // columns, place % columns)
            row += -(-len(group) // columns)
        for beyond in range(row, self._grid.rowCount()):
            self._grid.setRowMinimumHeight(beyond, 0)

    def show_tool(self, name: str) -> None:
        """Show which one is in hand."""
        for tool in TOOLS:
            self.buttons[tool.name].setChecked(tool.name == name)

    def show_veil(self, on: bool) -> None:
        """Show whether the mask is seen."""
        self.buttons["show"].setChecked(on)

    def _measure(self) -> None:
        side = self._theme.px(TOOL)
        for button in self.buttons.values():
            button.setFixedSize(side, side)


def _groups(target: str) -> tuple[tuple[str, ...], ...]:
    """Return the tools of each group for what is painted on."""
    left_out = lacking(target)
    groups = (tuple(name for name in group if name not in left_out) for group in ALL)
    return tuple(group for group in groups if group)


class InlineNumber(QWidget):
    """A number on a bar: its name, a slider, its value in words."""

    changed = Signal(float)

    def __init__(
        self, theme: Theme, name: str, low: float, high: float, power: float = 1.0
    ) -> None:
        """With a `power` above 1 the slider is finer at its lower end."""
        super().__init__()
        self._theme = theme
        self._low, self._high, self._power = low, high, power
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, NOTCHES)
        self._slider.setSingleStep(NOTCHES // 100)
        self._slider.setAccessibleName(name)
        widen(theme, self._slider, SLIDERS[0])
        self._value = QLabel()
        self._value.setProperty("role", "group")
        widen(theme, self._value, 50)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(label(name))
        row.addWidget(self._slider)
        row.addWidget(self._value)
        self._slider.valueChanged.connect(self._slide)

    def show_value(self, value: float, words: str) -> None:
        """Show a number, and how it is said."""
        share = (value - self._low) / (self._high - self._low)
        with QSignalBlocker(self._slider):
            self._slider.setValue(round(max(0.0, share) ** (1 / self._power) * NOTCHES))
        self._value.setText(words)

    def with_slider(self, width: int) -> int:
        """Return how wide it is with a slider so wide, in unscaled pixels."""
        return self.sizeHint().width() - self._slider.minimumWidth() + self._theme.px(width)

    def shorten(self, width: int) -> None:
        """Make the slider so wide."""
        self._slider.setFixedWidth(self._theme.px(width))
        self.updateGeometry()  # whatever holds it must know at once, also while it is hidden

    def _slide(self, notch: int) -> None:
        share = (notch / NOTCHES) ** self._power
        self.changed.emit(self._low + share * (self._high - self._low))


NEARER = N_("Brings nearer · Alt brings farther away")
DEEP = {  # what is said of tools while the depth is painted on
    "gradient": N_("Drag from far to near"),
    **dict.fromkeys(("lasso", "rectangle", "ellipse"), NEARER),
}


class OptionBar(QFrame):
    """What is set for the tool in hand."""

    brush_changed = Signal(str, float)  # a field of the brush, its value
    tolerance_changed = Signal(int)
    contiguous_changed = Signal(bool)
    target_chosen = Signal(str)  # "mask", "sketch" or "depth"
    colour_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._theme = theme
        self._tool, self._target, self._waits = "brush", "mask", False
        self.target = TargetSwitch(theme)
        self.colour = Swatch(theme, (0, 0, 0), WELL)
        self._fitted_for: tuple[object, ...] = ()
        self._stacked = False  # whether what can be painted on stands in a column
        self._size = InlineNumber(theme, _("Size"), 1, LARGEST, 3)
        self._softness = InlineNumber(theme, _("Softness"), 0, 1)
        self._opacity = InlineNumber(theme, _("Opacity"), 0.01, 1)
        self._tolerance = InlineNumber(theme, _("Tolerance"), 0, 255, 2)
        self._contiguous = QCheckBox(_("Connected only"))
        self._words = QLabel()
        self._held = _with_key(_("Hold {key} to see it as it was"), "O")
        self._words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(BESIDE, 0, BESIDE, 0)
        row.setSpacing(BETWEEN)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(BETWEEN)
        self._grid.setVerticalSpacing(0)
        row.addWidget(self.target)
        row.addWidget(self.colour)
        row.addLayout(self._grid)
        for part in self._parts:
            part.setParent(self)
        self._size.changed.connect(lambda value: self.brush_changed.emit("size", round(value)))
        self._softness.changed.connect(
            lambda value: self.brush_changed.emit("hardness", round(1 - value, 3))
        )
        self._opacity.changed.connect(
            lambda value: self.brush_changed.emit("opacity", round(value, 3))
        )
        self._tolerance.changed.connect(lambda value: self.tolerance_changed.emit(round(value)))
        self._contiguous.toggled.connect(self.contiguous_changed)
        self.target.chosen.connect(self.target_chosen)
        self.colour.clicked.connect(self.colour_requested)
        theme.changed.connect(self._arrange)
        self._arrange()

    @property
    def _strokes(self) -> bool:
        return self._tool in STROKES and not self._waits

    @property
    def _of_brush(self) -> tuple[InlineNumber, ...]:
        return self._size, self._softness, self._opacity

    @property
    def _numbers(self) -> tuple[InlineNumber, ...]:
        return (*self._of_brush, self._tolerance)

    @property
    def _parts(self) -> tuple[QWidget, ...]:
        return (
            *self._numbers,
            self._contiguous,
            self._words,
            self._held,
        )

    def show_brush(self, brush: Brush) -> None:
        """Show how the brush is set."""
        self._size.show_value(brush.size, f"{brush.size:.0f} px")
        self._softness.show_value(1 - brush.hardness, in_percent(1 - brush.hardness))
        self._opacity.show_value(brush.opacity, in_percent(brush.opacity))

    def show_target(self, target: str, colour: tuple[int, int, int]) -> None:
        """Show what is painted on, and in which colour, if it is the sketch."""
        self.target.show_target(target)
        self.colour.show_colour(colour, _("Colour"))
        if target != self._target:
            self._target = target
            self._arrange()

    def show_alike(self, tolerance: int, *, contiguous: bool) -> None:
        """Show how fills by colour are set."""
        self._tolerance.show_value(tolerance, f"{tolerance}")
        with QSignalBlocker(self._contiguous):
            self._contiguous.setChecked(contiguous)

    def show_tool(self, tool: str, *, waits: bool) -> None:
        """Show what can be set for a tool; while fills wait, how to see the original."""
        self._tool, self._waits = tool, waits
        self._arrange()

    @property
    def needed(self) -> tuple[int, ...]:
        """How wide it must be for all that is set, in one row, then in more and more."""
        now, self._stacked = self._stacked, False
        wide = self._wide
        self._stacked = now
        return wide

    @property
    def _wide(self) -> tuple[int, ...]:
        parts, lead = self._shown, self._lead(short=True)
        if self._words in parts:
            return tuple(
                lead + self._in_a_line // rows + (rows > 1) * SLACK + AROUND for rows in (1, 2, 3)
            )
        return tuple(self._across(parts, rows, SLIDERS[-1]) for rows in range(1, len(parts) + 1))

    def fit(self, width: int) -> None:
        """Shorten the sliders, then go on in more rows: whatever can be set is there."""
        parts, self._stacked = self._shown, min(self.needed) > width
        rows, slider = self._rows(parts, width)
        spared = self._lead(short=False) - self._lead(short=True)
        needed = self._in_a_line + self._lead(short=True) + AROUND
        if self._words not in parts:
            needed = self._across(parts, rows, slider)
        short = needed + spared > width
        line = max(1, min(self._in_a_line, width - AROUND - self._lead(short=True)))
        key = (*parts, rows, slider, line, short, self._stacked, self._coloured)
        key = (*key, self._theme.px(THICK))
        if key == self._fitted_for:  # else laying it out would ask for it to be laid out
            return
        self._fitted_for = key
        self.target.shorten(on=short or self._stacked, stacked=self._stacked)
        for number in self._numbers:
            number.shorten(slider)
        for part in parts:
            self._grid.removeWidget(part)
        columns = max(1, -(-len(parts) // rows))
        for place, part in enumerate(parts):
            self._grid.addWidget(part, place // columns, place % columns)
        self._words.setFixedWidth(line)
        self._words.setIndent(-1)  # has Qt reckon its size anew: it keeps that of another width
        more = (rows - 1) * self._theme.px(ROW)
        words = self._words.heightForWidth(line) + LEADING if self._words in parts else 0
        stack = self.target.stack + 2 if self._stacked else 0
        self.setFixedHeight(max(self._theme.px(THICK) + more, words, stack))
        self.adjustSize()

    @property
    def needed_by_brush(self) -> tuple[int, ...]:
        """As `needed`, with a brush for the mask, whatever is in hand now."""
        parts, spared = self._of_brush, self._room_of_colour if self._coloured else 0
        stacked, self._stacked = self._stacked, False
        wide = [self._across(parts, rows, SLIDERS[-1]) for rows in range(1, len(parts) + 1)]
        self._stacked = stacked
        return tuple(one - spared for one in wide)

    def high_for_brush(self, width: int) -> int:
        """How high it then is, no wider than that; few tools need more."""
        needed = self.needed_by_brush
        rows = next((rows for rows, one in enumerate(needed, 1) if one <= width), len(needed))
        stack = self.target.stack + 2 if min(needed) > width else 0
        return max(stack, self._theme.px(THICK) + (rows - 1) * self._theme.px(ROW))

    def _rows(self, parts: Sequence[QWidget], width: int) -> tuple[int, int]:
        """Return how many rows parts take in a width, and how wide their sliders are."""
        fitting = (
            (rows, slider)
            for rows in range(1, len(parts) + 1)
            for slider in SLIDERS
            if self._across(parts, rows, slider) <= width
        )
        return next(fitting, (max(1, len(parts)), SLIDERS[-1]))

    @property
    def _shown(self) -> list[QWidget]:
        return [part for part in self._parts if not part.isHidden()]

    @property
    def _in_a_line(self) -> int:
        """How wide its words are, side by side."""
        return self._words.fontMetrics().horizontalAdvance(self._words.text()) + 2

    def _across(self, parts: Sequence[QWidget], rows: int, slider: int) -> int:
        """Return how wide it is with parts in so many rows, with sliders so wide."""
        columns = max(1, -(-len(parts) // rows))
        wide = [0] * columns
        for place, part in enumerate(parts):
            across = (
                part.with_slider(slider)
                if isinstance(part, InlineNumber)
                else self._in_a_line
                if part is self._words
                else part.sizeHint().width()
            )
            wide[place % columns] = max(wide[place % columns], across)
        return self._lead(short=True) + sum(wide) + AROUND + (columns - 1) * BETWEEN

    def _lead(self, *, short: bool) -> int:
        """Return how wide what is painted on is, and its colour, before all that is set."""
        wide = self.target.width_when(short=short, stacked=self._stacked) + BETWEEN
        return wide + (self._room_of_colour if self._coloured else 0)

    @property
    def _room_of_colour(self) -> int:
        return self.colour.sizeHint().width() + BETWEEN

    @property
    def _coloured(self) -> bool:
        return self._target == "sketch" and not self._waits

    @property
    def _told(self) -> tuple[QWidget, ...]:
        """What is there of a tool that has no size."""
        if self._waits:
            return (self._held,)
        return (self._tolerance, self._contiguous) if self._tool == "alike" else (self._words,)

    def _arrange(self) -> None:
        stroke = self._strokes
        sketch = self._target == "sketch"
        self.colour.setVisible(self._coloured)
        for part in self._of_brush:
            part.setVisible(stroke)
        for told in (self._tolerance, self._contiguous, self._words, self._held):
            told.setVisible(not stroke and told in self._told)
        if self._tool == "placed":
            self._words.setText(_("Drag it, or use the arrows · Enter puts it down"))
        elif self._tool == "pick":
            self._words.setText(_("Click a colour of the picture"))
        elif self._target == "depth" and self._tool in DEEP:
            self._words.setText(_(DEEP[self._tool]))
        elif self._tool == "gradient" and sketch:
            self._words.setText(_("Drag from the full colour to where it ends"))
        elif self._tool == "polygon":
            self._words.setText(
                _("Click the corners · Enter or a double-click closes · Alt takes away")
            )
        elif self._tool == "hand":
            self._words.setText(_("Drag to move · the wheel zooms"))
        elif self._tool == "expand":
            self._words.setText(_("Drag a side or a corner outwards"))
        elif self._tool == "gradient":
            self._words.setText(_("Drag from what stays to what is painted anew"))
        elif self._tool == "lasso":
            self._words.setText(_("Draw around it · Alt takes away"))
        else:
            self._words.setText(_("Shift keeps it even · Alt takes away"))
        self.fit(UNLIMITED)


def _with_key(words: str, key: str) -> QWidget:
    """Return words in which a key stands at `{key}`."""
    before, after = words.split("{key}")
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for part in (label(before.strip()), label(key, "key"), label(after.strip())):
        row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
    return whole


class ViewBar(QFrame):
    """Undo and redo, and how large the picture is shown."""

    closer_requested = Signal()
    farther_requested = Signal()
    fit_requested = Signal()
    actual_requested = Signal()

    def __init__(self, theme: Theme, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._theme = theme
        self.undo, self.redo = actions.button("undo", nothing), actions.button("redo", nothing)
        line = QWidget()
        line.setObjectName("actionline")
        line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line.setFixedSize(1, 20)
        self._farther = icon_button(theme, "minus", _("Smaller (-)"))
        self._closer = icon_button(theme, "plus", _("Larger (+)"))
        self._fit = icon_button(theme, "maximize", _("Show all of it (0)"))
        self._scale = QToolButton()
        self._scale.setProperty("role", "scale")
        self._scale.setToolTip(_("Show its pixels as they are (1)"))
        widen(theme, self._scale, 60)
        row = QHBoxLayout(self)
        row.setContentsMargins(INSIDE, 0, INSIDE, 0)
        row.setSpacing(SPACE)
        self._parts: tuple[tuple[QWidget, int], ...] = (  # and when each is there at the latest
            *((part, MOST_LEFT_OUT) for part in (self.undo, self.redo, line)),
            (self._farther, 0),
            (self._scale, 1),
            (self._closer, 0),
            (self._fit, MOST_LEFT_OUT),
        )
        for part, _most in self._parts:
            row.addWidget(part)
        self._farther.clicked.connect(self.farther_requested)
        self._closer.clicked.connect(self.closer_requested)
        self._fit.clicked.connect(self.fit_requested)
        self._scale.clicked.connect(self.actual_requested)
        theme.changed.connect(self._measure)
        self._measure()

    def without(self, much: int) -> int:
        """Return how wide it is when so much is left out."""
        shown = [part for part, most in self._parts if much <= most]
        return sum(part.minimumWidth() + SPACE for part in shown) - SPACE + 2 * INSIDE

    def leave_out(self, much: int) -> None:
        """Leave out what the wheel and the keys do as well, where there is little room.

        With 1 the buttons for closer and farther, with MOST_LEFT_OUT what says the scale, too.
        """
        for part, most in self._parts:
            part.setVisible(much <= most)
        self.adjustSize()

    def show_scale(self, scale: float) -> None:
        """Show how many pixels of the screen a pixel of the picture has."""
        words = in_percent(scale, 0 if scale >= 0.1 else 1)
        self._scale.setText(words)
        self._scale.setAccessibleName(_("Shown at {scale}").format(scale=words))

    def _measure(self) -> None:
        side = QSize(self._theme.px(32), self._theme.px(32))
        for button in (self.undo, self.redo, self._farther, self._closer, self._fit):
            button.setFixedSize(side)
        self.setFixedHeight(self._theme.px(THICK))
        self.adjustSize()
