"""The canvas room: a mask is painted on a picture, fills come back and wait, one is accepted.

Its parts need numpy, which the first sight of the window must not wait for: they are built when the
room is entered first.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kandinsky_desktop.domain import brush
from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import NO_ESTIMATOR
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import Focus, Subject, nothing
from kandinsky_desktop.ui.canvas.bar import (
    ALL_OF_IT,
    ALONG_DEPTH,
    BY_PICTURE,
    BY_SURROUNDINGS,
    ONLY_BORDER,
    ONLY_MASK,
    CanvasBar,
)
from kandinsky_desktop.ui.canvas.colour_chooser import ColourChooser
from kandinsky_desktop.ui.canvas.depth_panel import DepthPanel
from kandinsky_desktop.ui.canvas.expand_panel import ExpandPanel
from kandinsky_desktop.ui.canvas.files import CanvasFiles
from kandinsky_desktop.ui.canvas.panel import COLOURS, USUAL, CanvasPanel
from kandinsky_desktop.ui.canvas.sketch_panel import SketchPanel
from kandinsky_desktop.ui.canvas.tools import ACTIONS, TOOLS
from kandinsky_desktop.ui.controls import CollapsibleSection
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.room import Room, Shared

if TYPE_CHECKING:
    from kandinsky_desktop.state.canvas_live import CanvasLive
    from kandinsky_desktop.state.depth_editor import DepthEditor
    from kandinsky_desktop.state.mask_editor import MaskEditor
    from kandinsky_desktop.state.sketch_editor import SketchEditor
    from kandinsky_desktop.state.staged_fills import Accepted
    from kandinsky_desktop.ui.canvas.desk import CanvasDesk
    from kandinsky_desktop.ui.canvas.display import CanvasDisplay
    from kandinsky_desktop.ui.canvas.gestures import Gestures
    from kandinsky_desktop.ui.drop_acts import Offer

TURN = 15.0  # degrees
RESHAPED = 8  # pixels by which a painted mask is grown, shrunk or feathered at a time


class CanvasRoom(Room):
    """Changes a part of a picture."""

    name = "canvas"
    title = N_("Canvas")
    icon = "brush"
    keys = ("Ctrl+2",)
    makes_task = True

    desk: "CanvasDesk"
    gestures: "Gestures"
    live: "CanvasLive"
    _display: "CanvasDisplay"

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        self._canvas, self._draft = shared.state.canvas, shared.state.draft
        self._built = False
        self._from_strip: Path | None = None  # the picture that was opened there last
        self.bar: CanvasBar = CanvasBar(shared.theme)
        self.widget = self._shell = _Shell()
        self._files = CanvasFiles(shared, self._shell)
        self._files.message.connect(self.message)
        self._add_actions()
        self.panel = CanvasPanel(shared.theme, shared.actions)
        self.sketch_panel = SketchPanel(shared.theme, shared.actions)
        self.depth_panel = DepthPanel(shared.theme, shared.actions)
        self.history = CollapsibleSection(
            shared.theme, _("History"), self.panel.history, is_open=False
        )
        self.expand = ExpandPanel(shared.theme)
        shared.inspector.add_section(self.panel)
        shared.inspector.add_section(self.sketch_panel)
        shared.inspector.add_section(self.depth_panel)
        shared.inspector.add_section(self.expand)
        shared.inspector.add_last_section(self.history)
        self._show_sections(on=False)
        self._show_defaults()
        self._connect_bar()
        self._canvas.changed.connect(self._show)
        self._canvas.refused.connect(self.refused)
        self._canvas.submitted.connect(self.submitted)
        self._draft.changed.connect(self._show_draft)

    # -- the room

    @override
    def enter(self) -> None:
        self._build()
        self._show_sections(on=True)
        self.live.set_active(True)
        self._canvas.recover()
        self._show()

    @override
    def leave(self) -> None:
        self.gestures.cancel()
        self.live.set_active(False)
        self._show_sections(on=False)

    @override
    def focus(self) -> None:
        if self._canvas.is_open:
            self.desk.view.setFocus()
        elif self._built:
            self.desk.invitation.button.setFocus()

    @override
    def focus_words(self) -> None:
        self.bar.words.setFocus()

    @property
    @override
    def problem(self) -> str:
        return self._canvas.problem

    @override
    def priced(self) -> Paint | None:
        return self._canvas.priced()

    @override
    def generate(self) -> bool:
        # what was previewed is what is painted
        self._canvas.ask(fresh=not self.shared.state.live_preview.previewed)
        return True

    @override
    def on_submitted(self, job: Job) -> None:
        self.shared.state.prompt_history.add(job.request.words)

    @property
    @override
    def changed_at(self) -> float | None:
        return self._canvas.document.changed_at if self._canvas.is_open else None

    @property
    @override
    def undone_at(self) -> float | None:
        return self._canvas.document.undone_at if self._canvas.is_open else None

    @override
    def undo(self) -> None:
        self._canvas.document.undo()

    @override
    def redo(self) -> None:
        self._canvas.document.redo()

    @override
    def save(self) -> bool:
        if self._canvas.is_open:
            self._files.keep()
        return self._canvas.is_open

    @override
    def escape(self) -> bool:
        if self.desk.view.let_side_go() or self.gestures.cancel():
            return True
        if self._canvas.is_open and self._canvas.collage.take_away():
            return True
        if self._canvas.is_busy:
            self._canvas.document.cancel_work()
            return True
        if self._canvas.is_open and self._canvas.fills.current is not None:
            self._canvas.fills.discard()
            return True
        return False

    @property
    @override
    def picture(self) -> Path | None:
        return None  # what is worked on is no file

    @override
    def places(self, offer: "Offer") -> list[Place]:
        if offer.carried.words:
            take = offer.acts.use_dropped_words
            return [Place("words", _("Use these words"), "quote", self.widget, take)]
        words = _("Work on the first") if offer.several else _("Work on it here")
        here = Place("canvas", words, "brush", self.widget, self._files.take)
        if not self._canvas.is_open:
            return [here]
        over = (
            _("Lay the first over the picture") if offer.several else _("Lay it over the picture")
        )
        return [Place("layer", over, "images", self.widget, self._files.lay), here]

    def open_picture(self, path: Path) -> None:
        """Open a picture, or an OpenRaster document."""
        self._files.open(path)

    @override
    def on_chosen(self, path: Path) -> None:
        if not self._canvas.is_open and not self._canvas.is_busy:
            self._from_strip = path
            self.open_picture(path)

    @override
    def on_opened(self, path: Path) -> None:
        untouched = not self._canvas.is_open or not self._canvas.document.step_names
        if path == self._from_strip and untouched:
            return  # the click before opened it already
        self._from_strip = path
        self.open_picture(path)

    # -- building

    def _add_actions(self) -> None:
        does = {
            "canvas_open": (self._files.choose, None),
            "canvas_documents": (self._files.show_documents, None),
            "canvas_save": (self._files.save, self._none_open),
            "fills_discard": (lambda: self._canvas.fills.discard_all(), self._none_waits),
            "canvas_keep": (self._files.keep, self._none_open),
            "target_switch": (self._switch_target, self._none_open),
            "target_depth": (self._aim_at_depth, self._none_open),
            "depth_estimate": (lambda: self._canvas.depth.estimate(), self._no_estimate),
            "depth_load": (self._files.load_depth, self._none_open),
            "depth_swap": (lambda: self._canvas.depth.swap(), self._no_depth),
            "depth_clear": (lambda: self._canvas.depth.clear(), self._no_depth),
            "canvas_live": (lambda: self.live.set_on(not self.live.on), self._none_open),
            "sketch_colour": (self._choose_colour, self._none_open),
            "sketch_clear": (lambda: self._canvas.sketch.clear(), self._none_open),
            "sketch_merge": (lambda: self._canvas.sketch.merge(), self._none_open),
            "mask_show": (lambda: self._display.toggle_target(), self._none_open),
            "mask_invert": (lambda: self._canvas.editor.invert(), self._none_open),
            "mask_clear": (lambda: self._canvas.editor.clear(), self._none_open),
            "target_clear": (lambda: self._painter.clear(), self._none_open),
            "mask_all": (lambda: self._canvas.editor.select_all(), self._none_open),
            "mask_grow": (lambda: self._canvas.editor.grow_by(RESHAPED), self._none_open),
            "mask_shrink": (lambda: self._canvas.editor.shrink_by(RESHAPED), self._none_open),
            "mask_feather": (lambda: self._canvas.editor.feather_by(RESHAPED), self._none_open),
            "mask_load": (self._files.load_mask, self._none_open),
            "mask_save": (self._files.save_mask, self._none_open),
            "brush_smaller": (lambda: self._resize_brush(-1), self._none_open),
            "brush_larger": (lambda: self._resize_brush(1), self._none_open),
            "view_rotate": (lambda: self.desk.view.rotate(TURN), self._none_open),
            "view_rotate_back": (lambda: self.desk.view.rotate(-TURN), self._none_open),
            "view_mirror": (lambda: self.desk.view.mirror(), self._none_open),
        }
        for tool in TOOLS:

            def choose(name: str = tool.name) -> None:
                self.gestures.choose(name)
                self._display.show_tool()

            does[f"tool_{tool.name}"] = (choose, self._none_open)
        for action in ACTIONS:
            self.shared.actions.add(action, *does[action.name])

    def _none_open(self) -> str:
        return "" if self._canvas.is_open else _("Open a picture first.")

    def _no_depth(self) -> str:
        if self._canvas.is_open and not self._canvas.document.document.depth.there:
            return _("There is no depth yet: estimate it, load it or paint it (D).")
        return self._none_open()

    def _no_estimate(self) -> str:
        if self._canvas.is_open and not self._canvas.depth.estimators:
            return _(NO_ESTIMATOR)
        return self._none_open()

    def _none_waits(self) -> str:
        if self._canvas.is_open and self._canvas.fills.current is not None:
            return ""
        return _("No fill waits.")

    def _build(self) -> None:
        """Build the parts that need numpy."""
        if self._built:
            return
        from kandinsky_desktop.state.canvas_live import CanvasLive
        from kandinsky_desktop.ui.canvas.desk import CanvasDesk
        from kandinsky_desktop.ui.canvas.display import CanvasDisplay
        from kandinsky_desktop.ui.canvas.gestures import Gestures
        from kandinsky_desktop.ui.canvas.view import hear_all_moves

        self._built = True
        hear_all_moves()
        self._canvas.wake()
        self.live = CanvasLive(self._canvas, self._draft, self.shared.state.live_preview)
        self.desk = CanvasDesk(self.shared.theme, self.shared.actions)
        canvas = self._canvas
        self.gestures = Gestures(canvas.editor, canvas.sketch, canvas.depth, self)
        self.chooser = ColourChooser(self.shared.theme, self._shell)
        self._shell.show_desk(self.desk)
        for part in (self.desk, self.panel, self.expand, self.sketch_panel, self.depth_panel):
            self.shared.actions.listen(part, Focus.CANVAS, Subject.NOTHING, nothing)
        self._display = CanvasDisplay(
            self._canvas,
            self.gestures,
            self.desk,
            self.panel,
            self.expand,
            self.sketch_panel,
            self.depth_panel,
            self.history,
            self.shared.actions,
        )
        self._display.changed.connect(self.changed)
        self._connect_document()
        self._connect_view()
        self._connect_desk()
        self._connect_panel()

    def _connect_bar(self) -> None:
        bar = self.bar
        bar.changed.connect(self._draft.set_option)
        bar.changed.connect(lambda name, text: self.shared.state.preloader.ask())
        bar.left.connect(self._draft.finish_edit)
        bar.open_requested.connect(lambda: self._files.choose_document(bar.open))
        self._draft.edit_finished.connect(bar.words.forget_undo)

    def _connect_document(self) -> None:
        canvas, files = self._canvas, self._files
        document, editor, fills = canvas.document, canvas.editor, canvas.fills
        document.opened.connect(self._show_verb)
        document.closed.connect(self._show_verb)
        document.amended.connect(self._show_verb)
        document.history_changed.connect(self._show_verb)
        document.saved.connect(files.tell_saved)
        document.put_away.connect(files.tell_kept)
        document.remarked.connect(self.shared.texts.notify_remark)
        editor.size_differs.connect(files.offer_fit)
        editor.remarked.connect(self.shared.texts.notify_remark)
        fills.changed.connect(self._show_verb)
        fills.accepted.connect(self._on_accepted)
        canvas.submitted.connect(self._on_asked)

    def _connect_view(self) -> None:
        canvas, view, gestures = self._canvas, self.desk.view, self.gestures
        view.pressed.connect(gestures.press)
        view.moved.connect(gestures.move)
        view.hovered.connect(gestures.hover)
        view.released.connect(gestures.release)
        view.cancelled.connect(gestures.cancel)
        view.double_clicked.connect(lambda x, y: gestures.double_click())
        view.size_turned.connect(self._resize_brush)
        view.frame_dragged.connect(canvas.frame.drag)
        view.frame_reset.connect(canvas.frame.reset)
        view.borders_dragged.connect(canvas.expansion.drag)
        view.borders_released.connect(canvas.expansion.release)
        view.borders_cancelled.connect(canvas.expansion.cancel)
        view.enter_pressed.connect(self._on_enter)
        collage = canvas.collage
        view.placed_dragged.connect(collage.drag)
        view.placed_released.connect(collage.release)
        view.placed_left.connect(collage.put_down)
        view.placed_moved.connect(collage.nudge)
        view.placed_scaled.connect(lambda on: collage.scale(larger=on))
        view.step_requested.connect(canvas.fills.step)
        view.original_held.connect(canvas.fills.show_original)
        view.menu_requested.connect(self._open_menu)
        gestures.outline_changed.connect(view.show_outline)

    def _connect_desk(self) -> None:
        canvas, desk, view = self._canvas, self.desk, self.desk.view
        desk.row.chosen.connect(canvas.fills.choose)
        desk.row.accept_requested.connect(self._accept)
        desk.row.discard_requested.connect(canvas.fills.discard)
        desk.row.keep_requested.connect(self._files.keep)
        desk.row.menu_requested.connect(self._open_menu)
        desk.options.brush_changed.connect(self._set_brush)
        desk.options.target_chosen.connect(self.gestures.aim_at)
        desk.options.colour_requested.connect(self._choose_colour)
        self.chooser.chosen.connect(canvas.sketch.set_colour)
        desk.options.tolerance_changed.connect(self._display.set_tolerance)
        desk.options.contiguous_changed.connect(self._display.set_contiguous)
        desk.view_bar.closer_requested.connect(view.closer)
        desk.view_bar.farther_requested.connect(view.farther)
        desk.view_bar.fit_requested.connect(view.fit)
        desk.view_bar.actual_requested.connect(view.actual)
        desk.open_requested.connect(self._files.choose)

    def _connect_panel(self) -> None:
        panel, canvas = self.panel, self._canvas
        panel.edges_changed.connect(self._set_edges)
        panel.padding_changed.connect(self._set_padding)
        panel.strength_changed.connect(canvas.set_strength)
        panel.matching_changed.connect(lambda on: canvas.set_fill(match_colours=on))
        panel.count_changed.connect(lambda count: self._draft.set_option("count", count))
        panel.colour_changed.connect(self._display.set_colour)
        panel.action_requested.connect(self.shared.actions.trigger)
        self.sketch_panel.action_requested.connect(self.shared.actions.trigger)
        self.sketch_panel.opacity_changed.connect(
            lambda value: canvas.sketch.set_look(opacity=value)
        )
        self.sketch_panel.live_changed.connect(self.live.set_on)
        self.live.changed.connect(lambda: self.sketch_panel.show_live(self.live.on))
        self.sketch_panel.visible_changed.connect(lambda on: canvas.sketch.set_look(visible=on))
        depth = self.depth_panel
        depth.action_requested.connect(self.shared.actions.trigger)
        depth.opacity_changed.connect(lambda value: canvas.depth.set_look(opacity=value))
        depth.visible_changed.connect(lambda on: canvas.depth.set_look(visible=on))
        depth.used_changed.connect(canvas.depth.set_used)
        panel.frame_reset_requested.connect(canvas.frame.reset)
        panel.step_chosen.connect(canvas.document.go_to)
        self.expand.borders_changed.connect(canvas.expansion.set)
        self.expand.clear_requested.connect(lambda: canvas.expansion.set(Borders()))
        self.expand.overlap_changed.connect(lambda value: canvas.set_fill(overlap=value))

    # -- what is shown

    def _show_sections(self, *, on: bool) -> None:
        self.panel.setVisible(on)
        self.sketch_panel.setVisible(False)
        self.depth_panel.setVisible(False)
        self.history.setVisible(on)
        self.expand.setVisible(False)
        if self._built:
            self._display.show_entered(on=on)

    def _show_defaults(self) -> None:
        self.panel.show_mask(0.0, USUAL.grow, USUAL.feather)
        settings = self._canvas.settings
        self.panel.show_fill(
            settings.strength, USUAL.padding, matching=settings.match_colours, by_hand=False
        )
        self.panel.show_colour(COLOURS[0][0])
        self.panel.allow(on=False)

    def _show(self) -> None:
        self._show_draft()

    def _show_draft(self) -> None:
        values, model = self._draft.values, self._draft.model
        self.expand.show_expected(small=model is not None and model.profile.small)
        self.bar.show_words(values.prompt)
        self.panel.show_count(values.count)
        self._show_verb()

    @property
    def _meant(self) -> str:
        """What the fill is to mean, in words."""
        if self._canvas.by_surroundings:
            return _("as what is around it")
        if self._draft.values.image_conditioning is not None:
            return _("as a picture")
        return _("as the words say")

    def _show_verb(self) -> None:
        waits = self._canvas.is_open and self._canvas.fills.current is not None
        strength = self._canvas.strength
        itself = self._canvas.by_surroundings
        expands = self._canvas.is_open and self._canvas.expansion.any
        if expands:
            first, again = N_("Expand to match") if itself else N_("Expand"), N_("Expand again")
            hint = BY_PICTURE if itself else ONLY_BORDER
        else:
            first = N_("Fill to match") if itself else N_("Fill")
            first, again = first if strength >= 1 else N_("Refine"), N_("Fill again")
            hint = BY_SURROUNDINGS if itself else ONLY_MASK
            if self._canvas.refines and self._canvas.frame.box is None:
                hint = ALL_OF_IT
            elif self._canvas.follows_depth:
                first, hint = first if strength < 1 else N_("Paint anew"), ALONG_DEPTH
        self.panel.show_meant(self._meant)
        self.bar.show_verb(again if waits else first, hint, quiet=waits)
        self.changed.emit()

    # -- what is done

    def _set_edges(self, name: str, value: int) -> None:
        if self._canvas.is_open:
            if name == "grow":
                self._canvas.editor.set_edges(grow=value)
            else:
                self._canvas.editor.set_edges(feather=value)

    def _set_padding(self, value: int) -> None:
        if self._canvas.is_open:
            self._canvas.frame.set_padding(value)

    def _resize_brush(self, by: int) -> None:
        now = self._painter.brush.size
        self._set_brush("size", brush.larger(now) if by > 0 else brush.smaller(now))

    @property
    def _painter(self) -> "MaskEditor | SketchEditor | DepthEditor":
        canvas = self._canvas
        match self.gestures.target:
            case "sketch":
                return canvas.sketch
            case "depth":
                return canvas.depth
            case _:
                return canvas.editor

    def _set_brush(self, name: str, value: float) -> None:
        change: dict[str, Any] = {name: value}
        self._painter.set_brush(**change)

    def _aim_at_depth(self) -> None:
        self.gestures.aim_at("mask" if self.gestures.target == "depth" else "depth")

    def _switch_target(self) -> None:
        self.gestures.aim_at("mask" if self.gestures.target == "sketch" else "sketch")

    def _choose_colour(self) -> None:
        """Open the colours under the well of the one in hand."""
        sketch, chooser, well = self._canvas.sketch, self.chooser, self.desk.options.colour
        self.gestures.aim_at("sketch")
        chooser.show_recent(sketch.recent)
        chooser.show_palette(())
        sketch.palette(chooser.show_palette)
        corner = well.mapToGlobal(QPoint(0, well.height() + 8))
        chooser.open_at(sketch.colour, corner)

    def _on_enter(self) -> None:
        if self._canvas.collage.put_down():
            return
        if not self.gestures.finish() and self._canvas.fills.current is not None:
            self._accept()

    def _accept(self) -> None:
        goes_on = self._canvas.document.busy_with
        self._canvas.fills.accept()
        if goes_on:
            words = _("Accepted as soon as this is done: {what}")
            self.message.emit(words.format(what=goes_on))

    def _on_asked(self) -> None:
        """Give the keys to the view: Enter, Esc, O and the arrows are for what comes."""
        if self.bar.words.hasFocus():
            self.desk.view.setFocus()

    def _on_accepted(self, accepted: "Accepted") -> None:
        outside = accepted.changed_outside
        if accepted.grew:
            size = self._canvas.document.size
            words = _("Accepted · the picture is {size} now, and unchanged within")
            self.message.emit(words.format(size=size))
            self.desk.view.setFocus()
            return
        self.message.emit(
            _("Accepted · 0 pixels changed outside the mask")
            if not outside
            else _("Accepted · {n} pixels changed outside the mask").format(n=outside)
        )
        self.desk.view.setFocus()

    def _open_menu(self, at: QPoint) -> None:
        menu = self.shared.actions.menu(self.desk)
        self.shared.actions.fill(
            menu,
            (
                "mask_invert",
                "mask_clear",
                "mask_all",
                "",
                "mask_grow",
                "mask_shrink",
                "mask_feather",
                "",
                "fills_discard",
                "",
                "mask_load",
                "mask_save",
                "",
                "target_switch",
                "target_depth",
                "depth_estimate",
                "depth_load",
                "depth_swap",
                "",
                "sketch_colour",
                "sketch_merge",
                "sketch_clear",
                "",
                "view_rotate",
                "view_rotate_back",
                "view_mirror",
                "",
                "canvas_open",
                "canvas_documents",
                "canvas_keep",
                "canvas_save",
            ),
        )
        menu.popup(at)


class _Shell(QWidget):
    """Holds the desk, once it is built."""

    def __init__(self) -> None:
        super().__init__()
        self._desk: CanvasDesk | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("stage")

    @property
    def foot(self) -> int:
        """How much of its lower end notices leave free."""
        return self._desk.foot if self._desk is not None else 0

    def show_desk(self, desk: "CanvasDesk") -> None:
        """Fill it."""
        self._desk = desk
        column = self.layout()
        assert column is not None
        column.addWidget(desk)
