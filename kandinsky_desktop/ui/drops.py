"""Drags over the window and pictures that are pasted: where they may go, and that they get there.

The window's drags are heard before its widgets hear them. What a widget takes by itself (a well,
the board) is left to it; all else goes to a place that the room named, so that nothing is dropped
in vain and no field for words gets the address of a file.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Signal
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent, QDropEvent, QWindow
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.image_import import Said
from kandinsky_desktop.ui.drop_acts import DropActs, Offer
from kandinsky_desktop.ui.drop_overlay import DropOverlay, Place
from kandinsky_desktop.ui.image_inputs import ImageInputs
from kandinsky_desktop.ui.mime import Carried, DroppedImages, accept_copy, carried, images_in
from kandinsky_desktop.ui.room import Shared
from kandinsky_desktop.ui.rooms import Rooms

TYPED = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox)
KINDS = QEvent.Type


class Drops(QObject):
    """Lights places during a drag, and gives what is dropped or pasted to one of them."""

    refused = Signal(str)  # why something was not taken

    def __init__(
        self, shared: Shared, rooms: Rooms, inputs: ImageInputs, workspace: QWidget
    ) -> None:
        super().__init__(workspace)
        self._shared, self._rooms, self._inputs = shared, rooms, inputs
        self._workspace = workspace
        self._window: QWindow | None = None
        self.acts = DropActs(shared.state, shared.actions, inputs, self)
        self.overlay = DropOverlay(shared.theme, workspace)
        self.source_of: Callable[[QDropEvent], QObject | None] = QDropEvent.source
        self._carried: Carried | None = None
        self._source: QObject | None = None  # where a drag within the window began
        self._pending: Offer | None = None  # what was read while a place was under the hand
        self._entered = False  # whether a widget thinks that the drag is over it
        workspace.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._workspace:
            if event.type() is KINDS.Show:
                self._watch(self._workspace.window().windowHandle())
            return False
        match event.type():
            case KINDS.DragEnter:
                assert isinstance(event, QDragMoveEvent)
                self._begin(event)
                return self._move(event)
            case KINDS.DragMove:
                assert isinstance(event, QDragMoveEvent)
                return self._move(event)
            case KINDS.Drop:
                assert isinstance(event, QDropEvent)
                return self._drop(event)
            case KINDS.DragLeave:
                self._end()
            case _:
                pass
        return False

    def paste(self, data: QMimeData) -> None:
        """Take what was copied: at once where only one thing can be meant, else ask what."""
        dropped, about = images_in(data), carried(data)
        if about is None or not self._take_plans(dropped):
            return
        if not about.files:
            self._paste(dropped, about, Said())
            return

        def ask(said: Said) -> None:
            self._paste(dropped, about, said)

        self._shared.state.image_import.look_into(dropped.paths[0], ask)

    def _paste(self, dropped: DroppedImages, about: Carried, said: Said) -> None:
        if dropped.words:
            about = Carried(words=True)
        places = self._rooms.current.places(Offer(about, said, self.acts))
        if not places:
            self.refused.emit(_("Nothing can be pasted here."))
        elif len(places) == 1 or places[0].through:
            places[0].take(dropped)
        else:
            menu = self._shared.actions.menu(self._workspace)
            for place in places:
                menu.addAction(place.words).triggered.connect(
                    lambda _on=False, place=place: place.take(dropped)
                )
            menu.setActiveAction(menu.actions()[0])
            widget = places[0].widget
            middle = widget.rect().center() - QPoint(*(menu.sizeHint() / 2).toTuple())
            menu.popup(widget.mapToGlobal(middle))

    # -- a drag

    def _watch(self, window: QWindow | None) -> None:
        if window is not None and window is not self._window:
            self._window = window
            window.installEventFilter(self)

    def _begin(self, event: QDropEvent) -> None:
        """Light the places for what is dragged, and read what the file says of itself."""
        self._end()
        source, about = self.source_of(event), carried(event.mimeData())
        if about is None or isinstance(source, TYPED):
            return
        if source is not None and isinstance(source.parent(), TYPED):
            return
        self._carried, self._source = about, source
        self._show(Offer(about, Said(), self.acts))
        if len(about.files) != 1 or about.are_plans:
            return
        if any(place.takes_folders for place in self.overlay.places):
            return

        def add(said: Said) -> None:
            if self._carried is not about or said == Said():
                return
            offer = Offer(about, said, self.acts)
            if said.refusal or self.overlay.stays(self.overlay.lit):
                self._show(offer)
            else:
                self._pending = offer  # nothing moves under the hand

        self._shared.state.image_import.look_into(about.files[0], add)

    def _show(self, offer: Offer) -> None:
        self._pending = None
        room = self._rooms.current
        refusal = offer.carried.refusal or offer.said.refusal
        if refusal:
            places = [
                Place("refused", refusal, "image-off", room.widget, _keep_out, possible=False)
            ]
        elif offer.carried.are_plans:
            places = [Place("open", _("Open it"), "folder-open", room.widget, self.acts.open_plans)]
        else:
            places = [*room.places(offer), *self._inputs.places(offer)]
        self.overlay.show_places([place for place in places if not self._is_from(place)])

    def _is_from(self, place: Place) -> bool:
        """Whether a drag began on a place: let go there, it was no drag."""
        source = self._source
        if place.through or not isinstance(source, QWidget):
            return False
        return place.widget is source or place.widget.isAncestorOf(source)

    def _move(self, event: QDropEvent) -> bool:
        """Light the place under the hand; whether no widget is to hear of it."""
        if self._carried is None:
            return False
        if QApplication.activeModalWidget() is not None:
            event.ignore()
            return True
        point = self._workspace.mapFrom(self._workspace.window(), event.position().toPoint())
        place, own = self._target(point)
        self.overlay.light(place)
        if self._pending is not None and self.overlay.stays(place):
            self._show(self._pending)
        if own:
            self._entered = True
            return False
        self._leave_widget()
        if place is None and self._source is not None:
            event.ignore()
        else:
            accept_copy(event)
        return True

    def _drop(self, event: QDropEvent) -> bool:
        """Give what is dropped to the place under the hand; whether no widget is to hear of it."""
        about = self._carried
        if about is None:
            return False
        taken = self._move(event)
        place, data, outside = self.overlay.lit, event.mimeData(), self._source is None
        if not taken:
            self._end()
            return False
        if event.isAccepted() and place is not None and place.takes_folders:
            self._end()
            place.take(DroppedImages(paths=about.files))
        elif event.isAccepted():
            dropped = images_in(data)
            self._end()
            if outside:
                self._workspace.activateWindow()
            if self._take_plans(dropped):
                if place is None:
                    self.refused.emit(_("Nothing can be dropped here."))
                else:
                    place.take(dropped)
        self._end()
        return True

    def _target(self, point: QPoint) -> tuple[Place | None, bool]:
        """Return where a drop at a point would go, and whether a widget takes it by itself."""
        place = self.overlay.place_at(point)
        if place is not None and not place.through:
            return place, False
        over = self._workspace.childAt(point)
        typed = _within(over, TYPED)
        if self._carried is not None and self._carried.are_plans:
            return next(iter(self.overlay.places), None), False  # no well opens them
        if typed and self._carried is not None and self._carried.words:
            return None, True
        if place is not None and not typed:
            return place, _hears(place.widget, over)
        usual = next((one for one in self.overlay.places), None)
        if typed:
            return usual, False
        if _takes_drops(over, self._workspace):
            return None, True
        return (usual if self._source is None else None), False

    def _take_plans(self, dropped: DroppedImages) -> bool:
        """Open what is a plan and say what is refused; whether something is left to be taken."""
        if dropped.refused:
            self.refused.emit(" ".join(dropped.refused))
        if dropped.boards or dropped.requests:
            self.acts.open_plans(dropped)
            return False
        return dropped.usable

    def _leave_widget(self) -> None:
        """Let the widget that heard of the drag know that it is elsewhere now."""
        if self._entered and self._window is not None:
            self._entered = False
            about, self._carried = self._carried, None  # so that this filter keeps out of it
            self._window.removeEventFilter(self)
            QApplication.sendEvent(self._window, QDragLeaveEvent())
            self._window.installEventFilter(self)
            self._carried = about

    def _end(self) -> None:
        self._carried = self._source = self._pending = None
        self._entered = False
        self.overlay.light(None)
        self.overlay.show_places([])


def _keep_out(dropped: DroppedImages) -> None:
    """Take nothing: it was said why."""
    del dropped


def _within(widget: QWidget | None, kinds: tuple[type, ...]) -> bool:
    """Whether a widget is, or lies in, one of some kinds."""
    while widget is not None and not isinstance(widget, kinds):
        widget = widget.parentWidget()
    return widget is not None


def _hears(widget: QWidget, over: QWidget | None) -> bool:
    """Whether a drag over a widget is heard by another that it lies in, or is itself.

    What floats over a view that scrolls is no part of what it shows.
    """
    heard = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    return over is not None and (over is heard or heard.isAncestorOf(over))


def _takes_drops(widget: QWidget | None, top: QWidget) -> bool:
    while widget is not None and widget is not top:
        if widget.acceptDrops():
            return True
        widget = widget.parentWidget()
    return False
