"""What state a canvas is in, shown in the desk and in the inspector."""

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.canvas.borders import ShownBorders
from kandinsky_desktop.ui.canvas.depth_panel import DepthPanel
from kandinsky_desktop.ui.canvas.desk import CanvasDesk
from kandinsky_desktop.ui.canvas.expand_panel import ExpandPanel
from kandinsky_desktop.ui.canvas.gestures import STROKES, Gestures
from kandinsky_desktop.ui.canvas.panel import COLOURS, CanvasPanel
from kandinsky_desktop.ui.canvas.sketch_panel import SketchPanel
from kandinsky_desktop.ui.controls import CollapsibleSection


class CanvasDisplay(QObject):
    """Shows a canvas: its layers, the mask, what waits, the tool in hand and the history."""

    changed = Signal()  # what the button would do, or what could be undone

    def __init__(
        self,
        canvas: Canvas,
        gestures: Gestures,
        desk: CanvasDesk,
        panel: CanvasPanel,
        expand: ExpandPanel,
        sketch_panel: SketchPanel,
        depth_panel: DepthPanel,
        history: CollapsibleSection,
        actions: ActionSet,
    ) -> None:
        super().__init__(desk)
        self._canvas, self._gestures, self._actions = canvas, gestures, actions
        self._desk, self._panel, self._history = desk, panel, history
        self._expand, self._entered = expand, False
        self._sketch_panel, self._depth_panel = sketch_panel, depth_panel
        self._laid = False  # whether a picture lies over the others
        self._colour, self._veiled = COLOURS[0][0], True
        document, editor, fills = canvas.document, canvas.editor, canvas.fills
        document.opened.connect(self.show_open)
        document.closed.connect(self.show_open)
        document.layer_changed.connect(desk.view.refresh_layer)
        editor.used_changed.connect(desk.view.refresh)
        document.resized.connect(self._show_resized)
        canvas.expansion.changed.connect(self._show_mask)
        canvas.expansion.shown_changed.connect(self._show_borders)
        document.history_changed.connect(self._show_history)
        document.busy_changed.connect(self._show_busy)
        document.amended.connect(self._show_mask)
        editor.settled.connect(self._show_mask)
        editor.brush_changed.connect(self._show_brush)
        canvas.sketch.brush_changed.connect(self._show_brush)
        canvas.sketch.colour_changed.connect(self._show_target)
        canvas.depth.brush_changed.connect(self._show_brush)
        canvas.depth.awaited_changed.connect(self._show_look)
        gestures.target_changed.connect(self.show_tool)
        gestures.tool_changed.connect(self.show_tool)
        canvas.frame.changed.connect(self._show_mask)
        canvas.collage.changed.connect(self._show_placed)
        fills.changed.connect(self._show_fills)
        fills.shown_changed.connect(self._show_shown)
        desk.view.zoomed.connect(self._show_scale)
        self.show_open()
        self._show_brush()

    def show_open(self) -> None:
        """Show another document, or that none is open."""
        canvas = self._canvas
        on = canvas.is_open
        self._desk.show_open(on=on)
        self._panel.allow(on=on)
        if on:
            document = canvas.document
            layers = document.picture, canvas.editor.used, document.sketch, document.depth
            self._desk.view.show_layers(*layers)
            self._gestures.choose("brush")
        else:
            self._desk.view.show_layers(None, None)
        self._show_mask()
        self._show_history()
        self._show_fills()
        self.show_tool()
        if on and self._desk.isVisible():
            self._desk.view.setFocus()

    def show_tool(self) -> None:
        """Show the tool in hand."""
        tool, desk = self._gestures.tool, self._desk
        waits = self._canvas.is_open and self._canvas.fills.current is not None
        self._show_target()
        desk.tools.show_tool(tool)
        desk.options.show_tool("placed" if self._laid else tool, waits=waits)
        self._show_alike()
        desk.view.set_panning(tool == "hand")
        self._show_mask()
        self._show_brush()
        desk.arrange()

    def toggle_target(self) -> None:
        """Show what is painted on, or do not."""
        if self._sketching:
            look = self._canvas.document.document.sketch
            self._canvas.sketch.set_look(visible=not look.visible)
            return
        if self._gestures.target == "depth":
            depth = self._canvas.document.document.depth
            self._canvas.depth.set_look(visible=not depth.visible)
            return
        self._veiled = not self._veiled
        self._desk.view.show_veil(self._colour, on=self._veiled)
        self._desk.tools.show_veil(self._veiled)

    def set_colour(self, colour: str) -> None:
        """Show the mask in another colour."""
        self._colour = colour
        self._desk.view.show_veil(colour, on=self._veiled)

    def set_tolerance(self, value: int) -> None:
        """Set how far a colour may lie from another that a fill by colour takes for the same."""
        self._gestures.tolerance = value
        self._show_alike()

    def set_contiguous(self, on: bool) -> None:
        """Set whether a fill by colour takes only what hangs together."""
        self._gestures.contiguous = on

    def show_entered(self, *, on: bool) -> None:
        """Say whether people are in the room, so that its part of the inspector is seen."""
        self._entered = on
        self._show_borders()
        self._show_look()

    def _show_resized(self, right: int, down: int) -> None:
        canvas = self._canvas
        document, used = canvas.document, canvas.editor.used
        layers = document.picture, used, document.sketch, document.depth
        self._desk.view.show_resized(*layers, right, down)
        self._show_mask()

    def _show_borders(self) -> None:
        """Show the borders while they can be dragged, and while there are any."""
        canvas, view = self._canvas, self._desk.view
        expansion, fill = canvas.expansion, canvas.fills.current if canvas.is_open else None
        dragged = canvas.is_open and self._gestures.tool == "expand"
        expands = dragged or expansion.any
        self._expand.setVisible(self._entered and expands)
        self._panel.show_expanding(on=expands)
        if fill is not None and (
            fill.borders is None or (expansion.any and fill.borders != expansion.borders)
        ):
            fill = None
        if not (dragged or expansion.any or fill is not None):
            view.show_borders(None)
            return
        size, borders = canvas.document.size, expansion.borders
        layer = None if fill is None or canvas.fills.showing_original else fill.layer
        view.show_borders(
            ShownBorders(
                size,
                borders.around(size) if fill is None else fill.box,
                expansion.windows,
                expansion.previews,
                layer,
                dragged,
            )
        )
        self._expand.show_borders(borders, borders.grown(size), len(expansion.windows))
        self._expand.show_overlap(canvas.settings.overlap)

    def _show_mask(self) -> None:
        canvas = self._canvas
        self._show_borders()
        if not canvas.is_open:
            return
        editor, view = canvas.editor, self._desk.view
        self._show_look()
        view.show_mask(editor.used, editor.mask_box)
        expands = canvas.expansion.any or self._gestures.tool == "expand"
        view.show_frame(None if expands else canvas.frame.box)
        self._panel.show_mask(editor.share, editor.grow, editor.feather)
        self._show_how_to_fill()
        self._panel.show_colour(self._colour)
        self.changed.emit()

    def _show_how_to_fill(self) -> None:
        """Show how much may change, which is another number where a sketch is the start."""
        canvas = self._canvas
        self._panel.show_fill(
            canvas.strength,
            canvas.frame.padding,
            matching=canvas.settings.match_colours,
            by_hand=canvas.frame.by_hand,
        )

    def _show_history(self) -> None:
        canvas = self._canvas
        if canvas.is_open:
            document = canvas.document
            self._show_look()
            self._show_how_to_fill()
            self._panel.show_history(document.step_names, document.steps_done)
            self._history.set_summary(
                document.step_names[document.steps_done - 1] if document.steps_done else _("empty")
            )
        self._actions.refresh()
        self.changed.emit()

    def _show_fills(self) -> None:
        fills = self._canvas.fills
        current = fills.current
        self._desk.show_fills(
            [self._desk.small(one.layer) for one in fills.fills],
            fills.index,
            current.changed_outside if current is not None else 0,
        )
        self._desk.update()
        self._show_shown()
        self.show_tool()
        self.changed.emit()

    def _show_shown(self, _box: object = None) -> None:
        """Show the current fill in its place, the original while that is held, or a preview."""
        fills, view = self._canvas.fills, self._desk.view
        self._show_borders()
        current = None if fills.showing_original else fills.current
        if current is not None and current.borders is not None:
            current = None  # within, it is the very picture
        view.show_fill(
            current.layer if current is not None else None,
            current.box if current is not None else None,
        )
        view.show_waiting(fills.current is not None)
        preview = None if fills.showing_original else fills.preview
        image, box = preview if preview is not None else (None, None)
        view.show_preview(image, box)

    @property
    def _sketching(self) -> bool:
        return self._gestures.target == "sketch"

    def _show_brush(self) -> None:
        canvas = self._canvas
        brushes = {"sketch": canvas.sketch.brush, "depth": canvas.depth.brush}
        brush = brushes.get(self._gestures.target, canvas.editor.brush)
        self._desk.options.show_brush(brush)
        seen = self._gestures.tool in STROKES and canvas.collage.box is None
        self._desk.view.show_brush(brush.size if seen else None)

    def _show_busy(self) -> None:
        document = self._canvas.document
        self._desk.view.show_busy(document.busy)
        self._desk.show_working(document.busy_with)

    def _show_target(self) -> None:
        """Show what is painted on, and in which colour."""
        gestures, desk = self._gestures, self._desk
        desk.options.show_target(gestures.target, self._canvas.sketch.colour)
        desk.tools.show_target(gestures.target)
        desk.view.show_sketching(gestures.target != "mask")
        self._show_look()

    def _show_placed(self) -> None:
        """Show the picture that lies over the others."""
        collage = self._canvas.collage
        laid = collage.box is not None
        self._desk.view.show_placed(collage.layer, collage.box)
        if laid != self._laid:
            self._laid = laid
            self.show_tool()
        self.changed.emit()

    def _show_look(self) -> None:
        """Show how sketch and depth are seen."""
        document = self._canvas.document
        if not document.is_open:
            return
        look = document.document.sketch
        painted = document.sketch.painted_box() is not None
        self._desk.view.show_sketch(look.strength / 255)
        depth, target = document.document.depth, self._gestures.target
        self._desk.view.show_depth(depth.strength)
        self._depth_panel.show_look(depth, awaited=self._canvas.depth.awaited)
        self._depth_panel.setVisible(self._entered and (depth.there or target == "depth"))
        seen = {"sketch": look.visible, "depth": depth.visible}
        self._desk.tools.show_veil(seen.get(target, self._veiled))
        self._sketch_panel.show_look(look, painted=painted)
        self._sketch_panel.setVisible(self._entered and (self._sketching or painted))

    def _show_alike(self) -> None:
        gestures = self._gestures
        self._desk.options.show_alike(gestures.tolerance, contiguous=gestures.contiguous)

    def _show_scale(self, scale: float) -> None:
        self._gestures.scale = scale
        self._desk.view_bar.show_scale(scale)
