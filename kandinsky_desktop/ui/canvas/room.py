"""The canvas room: a mask is painted on a picture, fills come back and wait, one is accepted.

Its parts need numpy, which the first sight of the window must not wait for: they are built when the
room is entered first.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kandinsky_desktop.domain import brush
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store import canvas_folders
from kandinsky_desktop.ui.actions import Focus, Subject, nothing
from kandinsky_desktop.ui.canvas.bar import CanvasBar
from kandinsky_desktop.ui.canvas.panel import COLOURS, USUAL, CanvasPanel
from kandinsky_desktop.ui.canvas.tools import ACTIONS, TOOLS
from kandinsky_desktop.ui.controls import CollapsibleSection
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.picture_files import ask_picture
from kandinsky_desktop.ui.room import Room, Shared
from kandinsky_desktop.ui.save_target import ask_target

if TYPE_CHECKING:
    from kandinsky_desktop.state.staged_fills import Accepted
    from kandinsky_desktop.ui.canvas.desk import CanvasDesk
    from kandinsky_desktop.ui.canvas.gestures import Gestures
    from kandinsky_desktop.ui.drop_acts import Offer

TURN = 15.0  # degrees
RESHAPED = 8  # pixels by which a painted mask is grown, shrunk or feathered at a time
MOST_EARLIER = 12  # documents in the menu


class CanvasRoom(Room):
    """Changes a part of a picture."""

    name = "canvas"
    title = N_("Canvas")
    icon = "brush"
    keys = ("Ctrl+2",)
    makes_task = True

    desk: "CanvasDesk"
    gestures: "Gestures"

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        self._canvas, self._draft = shared.state.canvas, shared.state.draft
        self._built = False
        self._colour, self._veiled = COLOURS[0][0], True
        self.bar: CanvasBar = CanvasBar(shared.theme)
        self.widget = self._shell = _Shell()
        self._add_actions()
        self.panel = CanvasPanel(shared.theme, shared.actions)
        self.history = CollapsibleSection(
            shared.theme, _("History"), self.panel.history, is_open=False
        )
        shared.inspector.add_section(self.panel)
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
        self._canvas.recover()
        self._show()

    @override
    def leave(self) -> None:
        self.gestures.cancel()
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
        self._canvas.ask()
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
            self._keep()
        return self._canvas.is_open

    @override
    def escape(self) -> bool:
        if self.gestures.cancel():
            return True
        if self._canvas.is_open and self._canvas.document.busy:
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
        return [Place("canvas", words, "brush", self.widget, self._take)]

    def open_picture(self, path: Path) -> None:
        """Open a picture, or an OpenRaster document."""
        self._canvas.open(path)

    # -- building

    def _add_actions(self) -> None:
        does = {
            "canvas_open": (self._choose, None),
            "canvas_save": (self._save, self._none_open),
            "fills_discard": (lambda: self._canvas.fills.discard_all(), self._none_waits),
            "canvas_keep": (self._keep, self._none_open),
            "mask_show": (self._toggle_veil, self._none_open),
            "mask_invert": (lambda: self._canvas.editor.invert(), self._none_open),
            "mask_clear": (lambda: self._canvas.editor.clear(), self._none_open),
            "mask_all": (lambda: self._canvas.editor.select_all(), self._none_open),
            "mask_grow": (lambda: self._canvas.editor.grow_by(RESHAPED), self._none_open),
            "mask_shrink": (lambda: self._canvas.editor.shrink_by(RESHAPED), self._none_open),
            "mask_feather": (lambda: self._canvas.editor.feather_by(RESHAPED), self._none_open),
            "mask_load": (self._load_mask, self._none_open),
            "mask_save": (self._save_mask, self._none_open),
            "brush_smaller": (lambda: self._resize_brush(-1), self._none_open),
            "brush_larger": (lambda: self._resize_brush(1), self._none_open),
            "view_rotate": (lambda: self.desk.view.rotate(TURN), self._none_open),
            "view_rotate_back": (lambda: self.desk.view.rotate(-TURN), self._none_open),
            "view_mirror": (lambda: self.desk.view.mirror(), self._none_open),
        }
        for tool in TOOLS:

            def choose(name: str = tool.name) -> None:
                self.gestures.choose(name)
                self._show_tool()

            does[f"tool_{tool.name}"] = (choose, self._none_open)
        for action in ACTIONS:
            self.shared.actions.add(action, *does[action.name])

    def _none_open(self) -> str:
        return "" if self._canvas.is_open else _("Open a picture first.")

    def _none_waits(self) -> str:
        if self._canvas.is_open and self._canvas.fills.current is not None:
            return ""
        return _("No fill waits.")

    def _build(self) -> None:
        """Build the parts that need numpy."""
        if self._built:
            return
        from kandinsky_desktop.ui.canvas.desk import CanvasDesk
        from kandinsky_desktop.ui.canvas.gestures import Gestures
        from kandinsky_desktop.ui.canvas.view import hear_all_moves

        self._built = True
        hear_all_moves()
        self._canvas.wake()
        self.desk = CanvasDesk(self.shared.theme, self.shared.actions)
        self.gestures = Gestures(self._canvas.editor, self)
        self._shell.show_desk(self.desk)
        for part in (self.desk, self.panel):
            self.shared.actions.listen(part, Focus.CANVAS, Subject.NOTHING, nothing)
        self._connect_document()
        self._connect_view()
        self._connect_panel()
        self._show_open()
        self._show_brush()

    def _connect_bar(self) -> None:
        bar = self.bar
        bar.changed.connect(self._draft.set_option)
        bar.changed.connect(lambda name, text: self.shared.state.preloader.ask())
        bar.left.connect(self._draft.finish_edit)
        bar.open_requested.connect(self._choose_document)
        self._draft.edit_finished.connect(bar.words.forget_undo)

    def _connect_document(self) -> None:
        canvas, view = self._canvas, self.desk.view
        document, editor, frame, fills = (
            canvas.document,
            canvas.editor,
            canvas.frame,
            canvas.fills,
        )
        document.opened.connect(self._show_open)
        document.closed.connect(self._show_open)
        document.changed.connect(view.refresh)
        document.history_changed.connect(self._show_history)
        document.amended.connect(self._show_mask)
        document.saved.connect(lambda path: self.message.emit(_saved(path)))
        document.put_away.connect(self._tell_kept)
        document.remarked.connect(self.shared.texts.notify_remark)
        editor.settled.connect(self._show_mask)
        editor.brush_changed.connect(self._show_brush)
        editor.size_differs.connect(self._offer_fit)
        editor.remarked.connect(self.shared.texts.notify_remark)
        frame.changed.connect(self._show_mask)
        fills.changed.connect(self._show_fills)
        fills.shown_changed.connect(self._show_shown)
        fills.accepted.connect(self._on_accepted)
        canvas.submitted.connect(self._on_asked)

    def _connect_view(self) -> None:
        desk, view, gestures = self.desk, self.desk.view, self.gestures
        canvas = self._canvas
        view.pressed.connect(gestures.press)
        view.moved.connect(gestures.move)
        view.hovered.connect(gestures.hover)
        view.released.connect(gestures.release)
        view.cancelled.connect(gestures.cancel)
        view.double_clicked.connect(lambda x, y: gestures.double_click())
        view.size_turned.connect(self._resize_brush)
        view.zoomed.connect(self._show_scale)
        view.frame_dragged.connect(canvas.frame.drag)
        view.frame_reset.connect(canvas.frame.reset)
        view.enter_pressed.connect(self._on_enter)
        view.step_requested.connect(canvas.fills.step)
        view.original_held.connect(canvas.fills.show_original)
        view.menu_requested.connect(self._open_menu)
        gestures.outline_changed.connect(view.show_outline)
        desk.row.chosen.connect(canvas.fills.choose)
        desk.row.accept_requested.connect(canvas.fills.accept)
        desk.row.discard_requested.connect(canvas.fills.discard)
        desk.row.keep_requested.connect(self._keep)
        desk.row.menu_requested.connect(self._open_menu)
        desk.options.brush_changed.connect(
            lambda name, value: canvas.editor.set_brush(**{name: value})
        )
        desk.options.tolerance_changed.connect(self._set_tolerance)
        desk.options.contiguous_changed.connect(self._set_contiguous)
        desk.view_bar.closer_requested.connect(view.closer)
        desk.view_bar.farther_requested.connect(view.farther)
        desk.view_bar.fit_requested.connect(view.fit)
        desk.view_bar.actual_requested.connect(view.actual)
        desk.open_requested.connect(self._choose)

    def _connect_panel(self) -> None:
        panel, canvas = self.panel, self._canvas
        panel.edges_changed.connect(self._set_edges)
        panel.padding_changed.connect(self._set_padding)
        panel.strength_changed.connect(lambda value: canvas.set_fill(strength=value))
        panel.count_changed.connect(lambda count: self._draft.set_option("count", count))
        panel.colour_changed.connect(self._set_colour)
        panel.action_requested.connect(self.shared.actions.trigger)
        panel.frame_reset_requested.connect(canvas.frame.reset)
        panel.step_chosen.connect(canvas.document.go_to)

    # -- what is shown

    def _show_sections(self, *, on: bool) -> None:
        self.panel.setVisible(on)
        self.history.setVisible(on)

    def _show_defaults(self) -> None:
        self.panel.show_mask(0.0, USUAL.grow, USUAL.feather)
        self.panel.show_fill(self._canvas.settings.strength, USUAL.padding, by_hand=False)
        self.panel.show_colour(self._colour)
        self.panel.allow(on=False)

    def _show(self) -> None:
        self._show_draft()
        self._show_verb()
        self.changed.emit()

    def _show_draft(self) -> None:
        values = self._draft.values
        self.bar.show_words(values.prompt)
        self.panel.show_count(values.count)

    def _show_verb(self) -> None:
        waits = self._canvas.is_open and self._canvas.fills.current is not None
        strength = self._canvas.settings.strength
        words = N_("Fill again") if waits else N_("Fill") if strength >= 1 else N_("Refine")
        self.bar.show_verb(words, quiet=waits)

    def _show_open(self) -> None:
        canvas = self._canvas
        on = canvas.is_open
        self.desk.show_open(on=on)
        self.panel.allow(on=on)
        if on:
            self.desk.view.show_layers(canvas.document.picture, canvas.editor.used)
            self.gestures.choose("brush")
        else:
            self.desk.view.show_layers(None, None)
        self._show_mask()
        self._show_history()
        self._show_fills()
        self._show_tool()
        if on and self.widget.isVisible():
            self.desk.view.setFocus()

    def _show_mask(self) -> None:
        canvas = self._canvas
        if not canvas.is_open:
            return
        editor, view = canvas.editor, self.desk.view
        before = view.mask_box
        view.show_mask(editor.used, editor.mask_box)
        view.show_frame(canvas.frame.box)
        for box in (before, editor.mask_box):
            if box is not None:
                view.refresh(box)
        self.panel.show_mask(editor.share, editor.grow, editor.feather)
        self.panel.show_fill(
            canvas.settings.strength, canvas.frame.padding, by_hand=canvas.frame.by_hand
        )
        self.panel.show_colour(self._colour)
        self.changed.emit()

    def _show_history(self) -> None:
        canvas = self._canvas
        if canvas.is_open:
            document = canvas.document
            self.panel.show_history(document.step_names, document.steps_done)
            self.history.set_summary(
                document.step_names[document.steps_done - 1] if document.steps_done else _("empty")
            )
        self.shared.actions.refresh()
        self.changed.emit()

    def _show_fills(self) -> None:
        canvas = self._canvas
        fills = canvas.fills
        current = fills.current
        self.desk.row.show_fills(
            [self.desk.small(one.layer) for one in fills.fills],
            fills.index,
            current.changed_outside if current is not None else 0,
        )
        self.desk.update()
        self._show_shown()
        self._show_tool()
        self._show_verb()
        self.changed.emit()

    def _show_shown(self, _box: object = None) -> None:
        """Show the current fill in its place, the original while that is held, or a preview."""
        fills, view = self._canvas.fills, self.desk.view
        current = None if fills.showing_original else fills.current
        view.show_fill(
            current.layer if current is not None else None,
            current.box if current is not None else None,
        )
        view.show_waiting(fills.current is not None)
        image, box = fills.preview if fills.preview is not None else (None, None)
        view.show_preview(image, box)

    def _show_tool(self) -> None:
        tool, desk = self.gestures.tool, self.desk
        waits = self._canvas.is_open and self._canvas.fills.current is not None
        desk.tools.show_tool(tool)
        desk.tools.show_veil(self._veiled)
        desk.options.show_tool(tool, waits=waits)
        desk.options.show_alike(self.gestures.tolerance, contiguous=self.gestures.contiguous)
        desk.view.set_panning(tool == "hand")
        size = self._canvas.editor.brush.size if tool in ("brush", "eraser") else None
        desk.view.show_brush(size)
        desk.arrange()

    def _show_brush(self) -> None:
        brush_now = self._canvas.editor.brush
        self.desk.options.show_brush(brush_now)
        if self.gestures.tool in ("brush", "eraser"):
            self.desk.view.show_brush(brush_now.size)

    def _show_scale(self, scale: float) -> None:
        self.gestures.scale = scale
        self.desk.view_bar.show_scale(scale)

    # -- what is done

    def _take(self, dropped: DroppedImages) -> None:
        """Open what was dropped or pasted."""
        if dropped.paths:
            self.open_picture(dropped.paths[0])
        elif dropped.images:
            self._canvas.document.open_image(dropped.images[0], _("Pasted picture"))

    def _choose(self) -> None:
        chosen = self._ask_picture(_("Open a picture"), besides=(".ora",))
        if chosen is not None:
            self.open_picture(chosen)

    def _ask_picture(self, title: str, *, besides: tuple[str, ...] = ()) -> Path | None:
        folder = self.shared.state.preferences.pictures
        return ask_picture(self.widget, title, folder, besides=besides)

    def _save(self) -> None:
        document = self._canvas.document
        start = document.path or Path(document.document.title or "canvas").with_suffix(".ora")
        chosen = ask_target(self.widget, _("Save the document"), start, ".ora")
        if chosen is not None:
            document.save(chosen)

    def _choose_document(self) -> None:
        """Offer the documents that were left, above what opens a file."""
        earlier = self._canvas.earlier(MOST_EARLIER)
        if not earlier:
            self._choose()
            return
        menu = self.shared.actions.menu(self.widget)
        self.shared.actions.fill(menu, ("canvas_open",))
        menu.addSeparator()
        menu.addAction(_("Go on with")).setEnabled(False)
        for folder, title in earlier:
            menu.addAction(title, partial(self._canvas.resume, folder))
        corner = self.bar.open.mapToGlobal(QPoint(0, -menu.sizeHint().height()))
        menu.popup(corner)

    def _tell_kept(self, folder: Path) -> None:
        title = canvas_folders.title_of(folder)
        self.shared.texts.notify_kept(title, partial(self._canvas.resume, folder))

    def _keep(self) -> None:
        self._canvas.keep(self.shared.state.preferences.pictures, self._on_kept)

    def _on_kept(self, path: Path) -> None:
        self.shared.state.gallery.add(path)
        self.message.emit(_("Saved among your pictures"))

    def _load_mask(self) -> None:
        chosen = self._ask_picture(_("Load a mask"))
        if chosen is not None:
            self._canvas.editor.load(chosen)

    def _save_mask(self) -> None:
        chosen = ask_target(self.widget, _("Save the mask"), Path("mask.png"), ".png")
        if chosen is not None:
            self._canvas.editor.save(chosen)

    def _offer_fit(self, path: Path, sentence: str) -> None:
        """Ask in a menu how a mask of another size is to lie; beside it nothing is done."""
        load = self._canvas.editor.load
        menu = self.shared.actions.menu(self.desk)
        menu.setToolTip(sentence)
        menu.addAction(_("The mask is of another size than the picture.")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(_("Stretch it over the picture"), lambda: load(path, place="fit"))
        menu.addAction(_("Put it in the middle"), lambda: load(path, place="centre"))
        menu.addAction(_("Leave the mask as it is"))
        half = QPoint(menu.sizeHint().width() // 2, menu.sizeHint().height() // 2)
        menu.popup(self.desk.mapToGlobal(self.desk.rect().center() - half))

    def _toggle_veil(self) -> None:
        self._veiled = not self._veiled
        self.desk.view.show_veil(self._colour, on=self._veiled)
        self.desk.tools.show_veil(self._veiled)

    def _set_colour(self, colour: str) -> None:
        self._colour = colour
        self.desk.view.show_veil(colour, on=self._veiled)

    def _set_edges(self, name: str, value: int) -> None:
        if self._canvas.is_open:
            if name == "grow":
                self._canvas.editor.set_edges(grow=value)
            else:
                self._canvas.editor.set_edges(feather=value)

    def _set_padding(self, value: int) -> None:
        if self._canvas.is_open:
            self._canvas.frame.set_padding(value)

    def _set_tolerance(self, value: int) -> None:
        self.gestures.tolerance = value
        self.desk.options.show_alike(value, contiguous=self.gestures.contiguous)

    def _set_contiguous(self, on: bool) -> None:
        self.gestures.contiguous = on

    def _resize_brush(self, by: int) -> None:
        now = self._canvas.editor.brush.size
        self._canvas.editor.set_brush(size=brush.larger(now) if by > 0 else brush.smaller(now))

    def _on_enter(self) -> None:
        if not self.gestures.finish() and self._canvas.fills.current is not None:
            self._canvas.fills.accept()

    def _on_asked(self) -> None:
        """Give the keys to the view: Enter, Esc, O and the arrows are for what comes."""
        if self.bar.words.hasFocus():
            self.desk.view.setFocus()

    def _on_accepted(self, accepted: "Accepted") -> None:
        outside = accepted.changed_outside
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
                "view_rotate",
                "view_rotate_back",
                "view_mirror",
                "",
                "canvas_open",
                "canvas_keep",
                "canvas_save",
            ),
        )
        menu.popup(at)


def _saved(path: Path) -> str:
    return _("Saved as {name}").format(name=path.name)


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
