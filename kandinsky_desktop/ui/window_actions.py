"""What concerns the window as a whole: its theme, its dialogs, the picture alone, its end."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store import places
from kandinsky_desktop.ui.about import AboutDialog
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.folders import show_folder
from kandinsky_desktop.ui.main_layout import MainLayout
from kandinsky_desktop.ui.models_dialog import ModelsDialog
from kandinsky_desktop.ui.preferences import PreferencesDialog
from kandinsky_desktop.ui.room import Room, Shared
from kandinsky_desktop.ui.rooms import Rooms
from kandinsky_desktop.ui.shortcut_sheet import ShortcutSheet


class WindowActions(QObject):
    """Does the actions of the window, and puts changed settings in force."""

    models_requested = Signal()  # look for models again
    model_chosen = Signal(str)  # the name of one

    def __init__(self, shared: Shared, rooms: Rooms, layout: MainLayout, parent: QObject) -> None:
        super().__init__(parent)
        self._theme, self._state, self._rooms, self._layout = (
            shared.theme,
            shared.state,
            rooms,
            layout,
        )
        self._texts, self._actions = shared.texts, shared.actions
        bind = shared.actions.bind
        bind("queue", layout.toggle_queue)
        bind("options", layout.toggle_options)
        bind("theme", self._toggle_theme)
        bind("settings", self._open_settings)
        bind("alone", self._toggle_alone)
        bind("models", self._show_models)
        bind("help_pages", self._show_help)
        bind("about", self._say_what_this_is)
        bind("keys", partial(self._show_keys, shared.actions))
        bind("escape", self._escape)
        bind("quit", lambda: self._window.close())
        self._state.preferences.changed.connect(self._on_settings)
        self._alone: Room | None = None  # the room whose picture is shown alone
        self._before = Qt.WindowState.WindowNoState  # of the window
        self._focus: QWidget | None = None  # before, too
        rooms.entered.connect(self._on_room)

    @property
    def _window(self) -> QWidget:
        return self._layout.window()

    def _escape(self) -> None:
        """Leave what is open: the picture alone, then what the room has open; else stop the job."""
        if self._alone is not None:
            self._leave_alone()
        elif not self._rooms.current.escape():
            self._state.job_queue.cancel_running()

    def _toggle_theme(self) -> None:
        other = "light" if self._theme.tokens.name == "dark" else "dark"
        self._state.preferences.set(theme=other)

    def _toggle_alone(self) -> None:
        """Show the picture alone, or everything again."""
        if self._alone is None:
            self._show_alone()
        else:
            self._leave_alone()

    def _show_alone(self) -> None:
        window, room = self._window, self._rooms.current
        self._alone, self._before = room, window.windowState()
        self._focus = QApplication.focusWidget()
        self._layout.show_alone(True)
        room.show_alone(True)
        window.setWindowState(self._before | Qt.WindowState.WindowFullScreen)
        window.installEventFilter(self)

    def _leave_alone(self) -> None:
        """Show everything as it was: the window's state, its size, the panels, the focus."""
        window, room, focus = self._window, self._alone, self._focus
        self._alone = self._focus = None
        window.removeEventFilter(self)
        window.setWindowState(self._before)
        self._layout.show_alone(False)
        if room is not None:
            room.show_alone(False)
        if focus is not None and isValid(focus) and focus.isVisible():
            focus.setFocus()

    def _on_room(self, room: Room) -> None:
        """Show all of another room: what is done there may want its panels."""
        if self._alone not in (None, room):
            self._leave_alone()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice where the desktop ends the full screen, or where the window is closed in it."""
        ended = event.type() is QEvent.Type.WindowStateChange and not self._window.isFullScreen()
        if self._alone is not None and (ended or event.type() is QEvent.Type.Close):
            self._leave_alone()
        return super().eventFilter(watched, event)

    @property
    def _places(self) -> dict[str, str]:
        """The paths in use, each by what it is for."""
        return {
            _("Pictures"): str(self._state.preferences.pictures),
            _("Models"): str(places.user_models()),
            _("Log"): str(places.log_file("window")),
        }

    def _open_settings(self) -> None:
        dialog = PreferencesDialog(
            self._theme, self._state.preferences.settings, self._places, self._layout
        )
        dialog.changed.connect(self._state.preferences.replace)
        dialog.changed.connect(lambda _settings: dialog.show_places(self._places))
        dialog.trash_requested.connect(dialog.accept)
        dialog.trash_requested.connect(partial(self._actions.trigger, "deleted_pictures"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_keys(self, actions: ActionSet) -> None:
        sheet = ShortcutSheet(self._theme, actions.table, self._layout)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _show_models(self) -> None:
        models = self._state.models
        dialog = ModelsDialog(
            self._theme,
            models,
            self._state.verification,
            self._state.conversion,
            self._state.job_queue.estimates.capability,
            places.user_models(),
            self._layout,
        )
        dialog.show_in_use(self._state.draft.values.model)
        dialog.look_requested.connect(self.models_requested)
        dialog.use_requested.connect(self.model_chosen)
        self._state.memory_plan.changed.connect(dialog.on_planned)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_help(self) -> None:
        from kandinsky_desktop.store import help_pages  # nothing else needs them
        from kandinsky_desktop.ui.help_dialog import HelpDialog

        dialog = HelpDialog(self._theme, help_pages.pages(), self._layout)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _say_what_this_is(self) -> None:
        from kandinsky_desktop.store import licences  # nothing else needs it

        dialog = AboutDialog(self._theme, licences.own(), licences.third_party(), self._layout)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_settings(self, before: Settings, now: Settings) -> None:
        state = self._state
        self._theme.apply(now.theme, now.text_size, motion=now.motion)
        state.job_queue.previews = now.previews
        state.job_queue.keep_embeddings = now.keep_embeddings
        state.job_queue.pictures = state.preferences.pictures
        state.similarity_measurer.on = now.measure
        if not now.measure:
            state.similarity_measurer.stop()
        if before.models != now.models:
            self.models_requested.emit()
        if before.pictures != now.pictures:
            self._change_folder(places.pictures(before.pictures), state.preferences.pictures)

    def _change_folder(self, before: Path, now: Path) -> None:
        """Show the pictures of another folder, and say what became of the others."""
        gallery = self._state.gallery
        count = sum(path.parent == before for path in gallery.files)
        gallery.set_folder(now)
        self._texts.withdraw_folder_away()
        self._texts.notify_other_folder(before, now, count, lambda: show_folder(before))
        self._state.outside.look()
