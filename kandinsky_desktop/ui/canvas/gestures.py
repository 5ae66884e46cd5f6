"""What the hand does on the canvas with each tool: strokes, shapes, fills of mask, sketch, depth.

Plain adds, or brings nearer; a pen's rubber or Alt takes away, but with a brush or a fill over the
sketch Alt takes the colour that is there. Shift makes a straight line, a square or a circle.
"""

from collections.abc import Sequence
from math import hypot
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainterPath

from kandinsky_desktop.domain.i18n import N_

if TYPE_CHECKING:
    from kandinsky_desktop.state.depth_editor import DepthEditor
    from kandinsky_desktop.state.mask_editor import MaskEditor
    from kandinsky_desktop.state.sketch_editor import SketchEditor

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
NEAR = 8.0  # pixels of the screen: so near its beginning a polygon is closed
SHORTEST = 2.0  # pixels of the screen: a shorter drag is a click, and makes no shape
STROKES = ("brush", "eraser", "smudge")
COLOURED = ("smudge", "pick")  # there is no such thing as to do that with a mask
NOT_COLOURED = ("expand",)  # nor this with a sketch
PICKING = ("brush", "eraser", "smudge", "alike")  # with Alt, over the sketch

Target = Literal["mask", "sketch", "depth"]


def lacking(target: str) -> tuple[str, ...]:
    """Return the tools that there are not for what is painted on."""
    match target:
        case "mask":
            return COLOURED
        case "sketch":
            return NOT_COLOURED
        case _:
            return (*COLOURED, *NOT_COLOURED)


class Gestures(QObject):
    """Turns what the view tells into changes of mask or sketch, by the tool in hand."""

    tool_changed = Signal(str)
    target_changed = Signal(str)  # a Target: what is painted on
    outline_changed = Signal(object)  # QPainterPath of a shape in the making, or None

    def __init__(
        self,
        editor: "MaskEditor",
        sketch: "SketchEditor | None" = None,
        depth: "DepthEditor | None" = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._mask, self._sketch, self._depth = editor, sketch, depth
        self.target: Target = "mask"
        self.tool = "brush"
        self._picks = False  # whether the hand takes colours up
        self.tolerance = 24  # of 255, for fills by colour
        self.contiguous = True
        self._start = (0.0, 0.0)
        self._now = (0.0, 0.0)
        self._keys = Qt.KeyboardModifier.NoModifier
        self._rubber = False  # whether a pen's other end is in use
        self._points: list[tuple[float, float]] = []  # of a lasso or a polygon
        self._held = False
        self.scale = 1.0  # pixels of the screen a pixel of the picture

    def choose(self, tool: str) -> None:
        """Take another tool; a shape in the making is dropped."""
        self.cancel()
        if tool in COLOURED:
            self.aim_at("sketch")
        if tool in NOT_COLOURED:
            self.aim_at("mask")
        if tool != self.tool:
            self.tool = tool
            self._editor.set_brush(erase=tool == "eraser")
            self.tool_changed.emit(tool)

    def aim_at(self, target: Target) -> None:
        """Paint on the mask, or on the sketch."""
        if target == self.target or not self._editors.get(target):
            return
        self.cancel()
        self.target = target
        if self.tool in lacking(target):
            self.choose("brush")
        self._editor.set_brush(erase=self.tool == "eraser")
        self.target_changed.emit(target)

    @property
    def _editor(self) -> "MaskEditor | SketchEditor | DepthEditor":
        return self._editors[self.target] or self._mask

    @property
    def _editors(self) -> "dict[str, MaskEditor | SketchEditor | DepthEditor | None]":
        return {"mask": self._mask, "sketch": self._sketch, "depth": self._depth}

    @property
    def pending(self) -> bool:
        """Whether a polygon is being laid out, corner by corner."""
        return bool(self._points) and self.tool == "polygon"

    def press(
        self, x: float, y: float, pressure: float, keys: Qt.KeyboardModifier, rubber: bool
    ) -> None:
        """Begin at a point of the picture."""
        self._keys, self._rubber = keys, rubber
        self._start = self._now = (x, y)
        self._held = True
        self._picks = self._sketch is not None and (
            self.tool == "pick"
            or (self.target == "sketch" and bool(keys & ALT) and self.tool in PICKING)
        )
        if self._picks:
            self._pick(x, y)
            return
        match self.tool:
            case "smudge":
                assert self._sketch is not None
                self._sketch.press(x, y, pressure, straight=bool(keys & SHIFT), smudge=True)
            case "brush" | "eraser":
                erase = rubber or self.tool == "eraser" or bool(keys & ALT)
                self._editor.press(x, y, pressure, straight=bool(keys & SHIFT), erase=erase)
            case "lasso":
                self._points = [(x, y)]
            case "polygon":
                self._add_corner(x, y)
            case "alike":
                self._editor.fill_alike(
                    int(x) if x >= 0 else -1,
                    int(y) if y >= 0 else -1,
                    self.tolerance,
                    contiguous=self.contiguous,
                    how=self._how,
                )
            case _:
                pass

    def move(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Go on to points of the picture."""
        if not self._held:
            return
        self._now = points[-1][:2]
        if self._picks:
            self._pick(*self._now)
            return
        match self.tool:
            case "brush" | "eraser" | "smudge":
                self._editor.move(points)
            case "lasso":
                self._points += [point[:2] for point in points]
                self.outline_changed.emit(self._path(self._points))
            case "rectangle" | "ellipse" | "gradient":
                self.outline_changed.emit(self._shape())
            case _:
                pass

    def hover(self, x: float, y: float) -> None:
        """Show where the next corner of a polygon would be."""
        if self.pending:
            self.outline_changed.emit(self._path([*self._points, (x, y)]))

    def release(self) -> None:
        """End what was begun."""
        if not self._held:
            return
        self._held = False
        if self._picks:
            self._picks = False
            return
        match self.tool:
            case "brush" | "eraser" | "smudge":
                self._editor.release()
            case "lasso":
                points, self._points = self._points, []
                self.outline_changed.emit(None)
                if len(points) > 2:
                    self._editor.fill_path(self._path(points), self._how, name=N_("Lasso"))
            case "rectangle" | "ellipse":
                self.outline_changed.emit(None)
                if self._is_drag:
                    name = N_("Rectangle") if self.tool == "rectangle" else N_("Ellipse")
                    self._editor.fill_path(self._shape(), self._how, name=name)
            case "gradient":
                self.outline_changed.emit(None)
                if self._is_drag:
                    self._editor.fill_gradient(self._start, self._now)
            case _:
                pass

    def double_click(self) -> None:
        """Close a polygon."""
        self.finish()

    def finish(self) -> bool:
        """Close a polygon and mask it; False if none is being laid out."""
        if not self.pending:
            return False
        points, self._points = self._points, []
        self.outline_changed.emit(None)
        if len(points) > 2:
            self._editor.fill_path(self._path(points), self._how, name=N_("Polygon"))
        return True

    def cancel(self) -> bool:
        """Drop what was begun; False if there is nothing."""
        was = self._held or self.pending
        self._held, self._picks, self._points = False, False, []
        self._editor.cancel()
        if was:
            self.outline_changed.emit(None)
        return was

    def _pick(self, x: float, y: float) -> None:
        assert self._sketch is not None
        self._sketch.pick(x, y)

    @property
    def _how(self) -> Literal["add", "subtract"]:
        return "subtract" if self._rubber or self._keys & ALT else "add"

    @property
    def _is_drag(self) -> bool:
        across, down = self._now[0] - self._start[0], self._now[1] - self._start[1]
        return hypot(across, down) * self.scale >= SHORTEST

    def _add_corner(self, x: float, y: float) -> None:
        if self._points:
            first = self._points[0]
            near = hypot(first[0] - x, first[1] - y) * self.scale <= NEAR
            if near and len(self._points) > 2:
                self.finish()
                return
            if hypot(self._points[-1][0] - x, self._points[-1][1] - y) * self.scale < SHORTEST:
                return  # the second press of a double-click
        self._points.append((x, y))
        self.outline_changed.emit(self._path(self._points))

    def _shape(self) -> QPainterPath:
        path = QPainterPath()
        (left, top), (right, bottom) = self._start, self._now
        if self._keys & SHIFT and self.tool != "gradient":
            side = max(abs(right - left), abs(bottom - top))
            right = left + (side if right >= left else -side)
            bottom = top + (side if bottom >= top else -side)
        place = QRectF(QPointF(left, top), QPointF(right, bottom)).normalized()
        if self.tool == "ellipse":
            path.addEllipse(place)
        elif self.tool == "rectangle":
            path.addRect(place)
        else:
            path.moveTo(left, top)
            path.lineTo(right, bottom)
        return path

    def _path(self, points: Sequence[tuple[float, float]]) -> QPainterPath:
        path = QPainterPath(QPointF(*points[0]))
        for point in points[1:]:
            path.lineTo(*point)
        path.closeSubpath()
        return path
