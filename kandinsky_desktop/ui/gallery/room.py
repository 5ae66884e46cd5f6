"""The gallery room: everything ever made, found in a moment, and what is done to it.

Its parts need numpy, which the first sight of the window must not wait for: they are built when the
room is entered first.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.actions import Focus, Subject, nothing
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.gallery.acts import ACTIONS, MENU_OF_MANY, MENU_OF_ONE, OWN_KEYS
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.room import Room, Shared

if TYPE_CHECKING:
    from kandinsky_desktop.ui.drop_acts import Offer
    from kandinsky_desktop.ui.gallery.chosen_pictures import ChosenPictures
    from kandinsky_desktop.ui.gallery.compare import Compare
    from kandinsky_desktop.ui.gallery.details import DetailsPanel
    from kandinsky_desktop.ui.gallery.empty import EmptyLibrary
    from kandinsky_desktop.ui.gallery.finding import Finding
    from kandinsky_desktop.ui.gallery.grid import PictureGrid
    from kandinsky_desktop.ui.gallery.large import Large
    from kandinsky_desktop.ui.gallery.lightbox import Lightbox
    from kandinsky_desktop.ui.gallery.looked_at import LookedAt
    from kandinsky_desktop.ui.gallery.page import FamilyPage, GalleryPage
    from kandinsky_desktop.ui.gallery.parts import Parts
    from kandinsky_desktop.ui.gallery.picture_acts import PictureActs
    from kandinsky_desktop.ui.gallery.trash_desk import TrashDesk

BREATH_MS = 60  # between two parts that are imported
BAR_ABOVE = 16  # the lower edge


class GalleryRoom(Room):
    """Looks through the library."""

    name = "gallery"
    title = N_("Gallery")
    icon = "images"
    keys = ("Ctrl+4",)
    has_strip = False

    parts: "Parts"  # these are there once it is built
    chosen: "ChosenPictures"
    large: "Large"
    acts: "PictureActs"
    finding: "Finding"
    looked_at: "LookedAt"
    trash: "TrashDesk"

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        self._library = shared.state.library
        self._built = self._is_entered = self._is_trash_wanted = False
        self._awaited: int | None = None  # a picture that is gone to once it is found
        self._settled: int | None = None  # what became of the chosen one that was in the making
        self.widget = self._shell = _Shell()
        self.side_panel = self._side = _Shell()
        self._modules = ["grid", "page", "compare", "details", "empty", "lightbox", "parts"]
        self._modules += ["finding", "large", "looked_at", "picture_acts", "trash_desk"]
        self._add_actions()
        self._library.told.connect(self.message)
        self._library.problem.connect(self.refused)
        self._library.changed.connect(self.changed)

    @property
    def page(self) -> "GalleryPage":
        """The search and the grid."""
        return self.parts.page

    @property
    def grid(self) -> "PictureGrid":
        """The pictures."""
        return self.parts.grid

    @property
    def box(self) -> "Lightbox":
        """One picture, large."""
        return self.parts.box

    @property
    def compare(self) -> "Compare":
        """Two pictures beside each other."""
        return self.parts.compare

    @property
    def family(self) -> "FamilyPage":
        """What a picture came from, and what came of it."""
        return self.parts.family

    @property
    def empty(self) -> "EmptyLibrary":
        """What is shown before there is a picture."""
        return self.parts.empty

    @property
    def details(self) -> "DetailsPanel":
        """What is known of the picture that is chosen."""
        return self.parts.details

    # -- the room

    @override
    def prepare(self) -> None:
        if not self._library.is_awake:
            self._library.prepare(self._import_next)

    @property
    def is_ready(self) -> bool:
        """Whether its parts are built and the library is in memory."""
        return self._built and self._library.view.is_loaded

    def _import_next(self) -> None:
        """Import one of the parts, then let the window breathe, in the end build them."""
        if self._built:
            return
        if self._modules:
            import_module(f"kandinsky_desktop.ui.gallery.{self._modules.pop(0)}")
            QTimer.singleShot(BREATH_MS, self, self._import_next)
        else:
            self._build()

    @override
    def enter(self) -> None:
        self._is_entered = True
        self._library.scan_wanted.emit()
        if self._library.is_awake:
            self._show()
        else:
            self._library.prepare(self._show)  # the window goes on meanwhile

    def _show(self) -> None:
        """Show what is there, unless somebody has left again."""
        if self._is_entered:
            waited = self._shell.hasFocus() and not self._built
            self._build()
            self.finding.show_count()
            if self._is_trash_wanted:
                self._show_trash()
            elif waited:
                self.focus()

    def _open_trash(self) -> None:
        """Show what was deleted, from wherever one is."""
        self._is_trash_wanted = True
        if self._built and self._is_entered:
            self._show_trash()
        else:
            self.shared.actions.trigger("room_gallery")

    def _show_trash(self) -> None:
        self._is_trash_wanted = False
        self.large.close()
        self.parts.show(self.parts.trash)
        self.trash.look()
        self.focus()

    @override
    def leave(self) -> None:
        self._is_entered = False
        if self._built:
            self.parts.trash.leave_question()
            self.large.close()

    @override
    def focus(self) -> None:
        if self._built:
            shown = self.parts.shown
            if shown is self.page:
                self.grid.setFocus()
            elif shown is self.empty:
                self.empty.paint_button.setFocus()
            elif shown is self.box:
                self.box.view.setFocus()
            elif shown is self.compare:
                self.compare.take_focus()
            elif shown is self.family:
                self.family.take_focus()
            elif shown is self.parts.trash:
                self.parts.trash.view.setFocus()
        else:
            self._shell.setFocus()

    @override
    def focus_words(self) -> None:
        if self._built:
            self.large.close()
            self.page.search.field.setFocus()
            self.page.search.field.selectAll()

    @property
    @override
    def picture(self) -> Path | None:
        if not self._built or self.parts.shown is self.parts.trash:
            return None
        if self.parts.shown is self.box:
            return self.box.path
        if self.parts.shown is self.family:
            return None if self.details.details is None else self.details.details.path
        row = self.grid.currentIndex().row()
        one = self.grid.chosen_count == 1 and row >= 0
        return self._library.results.path(row) if one else None

    @property
    @override
    def changed_at(self) -> float | None:
        return self._library.changed_at

    @property
    @override
    def undone_at(self) -> float | None:
        return self._library.undone_at

    @override
    def undo(self) -> None:
        self._library.acts.undo()

    @override
    def redo(self) -> None:
        self._library.acts.redo()

    @override
    def save(self) -> bool:
        if self._none_chosen():
            return False
        self.acts.export()
        return True

    @override
    def escape(self) -> bool:
        if not self._built:
            return False
        if self.details.escape() or self.large.close():
            self.focus()
            return True
        if self.chosen.cells > 1:
            self.grid.clearSelection()
            self.focus()
            return True
        return self.page.search.clear()

    @override
    def show_alone(self, alone: bool) -> None:
        if self._built:
            self.large.show_alone(alone)

    @override
    def places(self, offer: "Offer") -> list[Place]:
        files = offer.carried.files
        if files and all(file.is_dir() for file in files):
            words = _("Add the folder to the gallery")
            widget, add = self.widget, self._add_folders
            return [Place("folder", words, "folder-plus", widget, add, takes_folders=True)]
        if not offer.carried.picture or not files:
            return []
        words = (
            _("Copy them into your pictures") if offer.several else _("Copy it into your pictures")
        )
        return [Place("import", words, "folder-plus", self.widget, self._copy_in)]

    # -- building

    def _add_actions(self) -> None:
        does: dict[str, tuple[Callable[[], object], Callable[[], str] | None]] = {
            "gallery_view": (lambda: self.large.open_box(), self._none_current),
            "gallery_slides": (lambda: self.large.begin_slides(), self._none_current),
            "gallery_compare": (lambda: self.large.compare(), self._no_comparison),
            "gallery_family": (lambda: self.looked_at.show_family(), self._no_family),
            "gallery_board": (lambda: self.acts.lay_on_board(), self._none_chosen),
            "gallery_album": (lambda: self.acts.open_labels("album"), self._none_chosen),
            "gallery_tag": (lambda: self.acts.open_labels("tag"), self._none_chosen),
            "gallery_export": (lambda: self.acts.export(), self._none_chosen),
            "gallery_copy": (lambda: self.acts.copy(), self._none_chosen),
            "gallery_rename": (self._rename, self._cannot_rename),
            "gallery_delete": (lambda: self.acts.delete(), self._none_chosen),
            "gallery_search": (self.focus_words, None),
            "gallery_none": (self._choose_nothing, None),
        }
        for number in range(6):
            give = partial(self._give_stars, number)
            does[f"gallery_stars_{number}"] = (give, self._none_chosen)
        for action in ACTIONS:
            self.shared.actions.add(action, *does[action.name])
        self.shared.actions.bind_instead("copy", self._copy_instead)
        self.shared.actions.bind("deleted_pictures", self._open_trash)

    def _build(self) -> None:
        """Build the parts that need numpy."""
        if self._built:
            return
        from kandinsky_desktop.state.deleted_pictures import DeletedPictures
        from kandinsky_desktop.ui.gallery.chosen_pictures import ChosenPictures
        from kandinsky_desktop.ui.gallery.finding import Finding
        from kandinsky_desktop.ui.gallery.large import Large
        from kandinsky_desktop.ui.gallery.looked_at import LookedAt
        from kandinsky_desktop.ui.gallery.parts import build
        from kandinsky_desktop.ui.gallery.picture_acts import PictureActs
        from kandinsky_desktop.ui.gallery.trash_desk import TrashDesk

        self._library.wake()
        library, actions = self._library, self.shared.actions
        state = self.shared.state
        deleted = DeletedPictures(state.gallery.thumbnails, state.card_titles.read)
        self.parts = parts = build(self.shared, lambda: self.picture, deleted)
        self.trash = TrashDesk(state.trashing, state.preferences, deleted, parts.trash, self)
        self.chosen = ChosenPictures(library, parts)
        self.large = Large(library, parts, self)
        self.acts = PictureActs(self.shared, parts, self.chosen, self.large, self.widget)
        self.finding = Finding(library, parts, self)
        full_pictures = self.shared.state.full_pictures
        self.looked_at = LookedAt(library, full_pictures, parts, lambda: self.picture, self)
        self._built = True
        self._shell.show_widget(parts.pages)
        self._side.show_widget(parts.details)
        for part in (parts.grid, parts.box, parts.compare, parts.family, parts.details):
            picture = lambda: self.picture  # noqa: E731 - asked for when a key is heard
            actions.listen(part, Focus.PICTURES, Subject.PICTURE, picture, without=OWN_KEYS)
            actions.listen(part, Focus.GALLERY, Subject.NOTHING, nothing)
        self._connect_page()
        self._connect_others()
        self._show_chosen()

    def _connect_page(self) -> None:
        page, grid, search = self.page, self.grid, self.page.search
        search.side_changed.connect(grid.set_side)
        search.save_requested.connect(self.acts.ask_search_name)
        search.left.connect(self._go_to_grid)
        search.folder_requested.connect(self._choose_folder)
        search.trash_requested.connect(lambda: self.shared.actions.trigger("deleted_pictures"))
        page.bar.closed.connect(self._choose_nothing)
        grid.side_changed.connect(search.show_side)
        grid.chosen_changed.connect(self._show_chosen)
        grid.opened.connect(self._open)
        grid.viewed.connect(lambda _picture: self.large.open_box())
        grid.search_requested.connect(self.focus_words)
        grid.menu_requested.connect(self._open_menu)
        self.parts.pages.currentChanged.connect(self._on_page)

    def _connect_others(self) -> None:
        details, parts = self.details, self.parts
        self.finding.showed.connect(self._on_found)
        self.finding.replaced.connect(self.focus)
        self.looked_at.read.connect(self.shared.actions.refresh)
        self.large.left.connect(self._show_page)
        self.large.walked.connect(self._go_to)
        self.large.refused.connect(self.refused)
        self.large.alone_requested.connect(self._toggle_alone)
        self.acts.told.connect(self.message)
        self.acts.refused.connect(self.refused)
        self.acts.left.connect(self.focus)
        parts.box.menu_requested.connect(self._open_menu)
        parts.trash.closed.connect(self._show_page)
        parts.compare.closed.connect(self._show_page)
        parts.compare.problem.connect(self.refused)
        parts.family.closed.connect(self.large.close)
        parts.family.view.chosen.connect(self._go_to)
        parts.empty.paint_requested.connect(lambda: self.shared.actions.trigger("room_create"))
        parts.empty.folder_requested.connect(self._choose_folder)
        self._library.view.settled.connect(self._on_settled)
        details.stars_given.connect(self._give_stars)
        details.renamed.connect(self._take_name)
        details.relative_chosen.connect(self._go_to)
        details.family_requested.connect(self.looked_at.show_family)
        details.copied.connect(self.acts.copy_words)
        details.opened.connect(self.large.open_box)
        details.labels_requested.connect(self.acts.open_labels)
        details.more.clicked.connect(self._open_more)

    # -- what is shown and chosen

    def _show_page(self) -> None:
        self.parts.show(self.page)
        self.finding.show_count()
        self.focus()

    def _toggle_alone(self) -> None:
        self.shared.actions.trigger("alone")
        self.focus()

    def _on_found(self) -> None:
        """Follow what was found, and go to what was awaited."""
        awaited = self._awaited
        if self.page.search.text:
            self._awaited = None
        elif awaited is not None and self._library.results.row_of(awaited) is not None:
            self._awaited = None
            self.grid.go_to(awaited)
        self._choose_settled()
        self._want_panel()
        self.shared.actions.refresh()

    def _on_settled(self, pictures: dict[int, int]) -> None:
        """Remember what became of the one picture in the making that is chosen."""
        if self.chosen.cells == 1 and (here := self.grid.chosen_ids[0]) in pictures:
            self._settled = pictures[here]

    def _choose_settled(self) -> None:
        """Choose it, or the stack that it lies in, unless something else was chosen meanwhile."""
        settled, results = self._settled, self._library.results
        if settled is None:
            return
        if self.chosen.cells:
            self._settled = None
            return
        for one in (settled, *self._library.view.members(settled)):
            if results.row_of(one) is not None:
                self._settled = None
                self.grid.choose((one,), one)
                return

    def _want_panel(self) -> None:
        """Show the panel beside what it says something of."""
        wanted = not self.finding.is_empty and self.parts.shown is not self.parts.trash
        if self.wants_panel is not wanted:
            self.wants_panel = wanted
            self.changed.emit()

    def _show_chosen(self) -> None:
        """Show what is chosen in the panel and on the bar."""
        cells, count = self.chosen.cells, self.chosen.count
        self.page.bar.show_chosen(cells, count)
        self.grid.set_bar(on=cells > 1)
        self._reserve()
        picture = self.grid.current_id
        if cells > 1:
            self.looked_at.look_at_several(cells, count)
        elif cells == 0 or picture is None:
            self.looked_at.look_at_none()
        elif picture != self.looked_at.picture:
            self.looked_at.look_at(picture)
        self.shared.actions.refresh()

    def _on_page(self) -> None:
        self._reserve()
        self._want_panel()
        self.shared.actions.refresh()

    def _reserve(self) -> None:
        """Keep notices off the bar of what is chosen, and off the buttons of the trash."""
        shown, foot = self.parts.shown, 0
        if self.page.bar.is_up and shown is self.page:
            foot = self.page.bar.height() + BAR_ABOVE
        elif shown is self.parts.trash:
            foot = self.parts.trash.foot
        self._shell.reserve(foot)

    def _open(self, picture: int) -> None:
        """Open a stack, close the one that is open, or look at a picture."""
        results = self._library.results
        row = results.row_of(picture)
        if row is None:
            return
        index = results.index(row, 0)
        if index.data(results.OpenStackRole) == picture:
            self._library.close_stack(picture)
        elif (index.data(results.StackRole) or 1) > 1 and not index.data(results.OpenStackRole):
            self._library.open_stack(picture)
        else:
            self.large.open_box()

    def _go_to(self, picture: int) -> None:
        """Go to a picture of the family, wherever it lies: its stack opens, the search ends."""
        walking = self.parts.shown is self.family
        if self._library.results.row_of(picture) is None:
            self._library.open_stack(picture)
        if self._library.results.row_of(picture) is None and self.page.search.text:
            self.page.search.clear()
            self._awaited = picture  # until everything is found
        if not walking:
            self.grid.go_to(picture)
        if self.looked_at.picture != picture:
            self.looked_at.look_at(picture)
        if not walking:
            self.grid.setFocus()

    # -- acts

    def _none_current(self) -> str:
        there = self._built and self.grid.current_id is not None
        return "" if there else _("Choose a picture first.")

    def _none_chosen(self) -> str:
        there = self._built and (
            self.chosen.cells > 0 or self.parts.shown in (self.box, self.family)
        )
        if not there:
            return _("Choose a picture first.")
        return "" if self.chosen.any else _("It is still being painted.")

    def _no_family(self) -> str:
        several = self._built and self.parts.shown is self.page and self.chosen.cells > 1
        return _("Choose one picture.") if several else self._none_chosen()

    def _not_one(self) -> str:
        if self._built and self.chosen.cells == 1 and self.details.details is not None:
            return ""
        return _("Choose one picture.")

    def _cannot_rename(self) -> str:
        path = self.picture if self._built else None
        return self._not_one() or ("" if path is None else self.acts.needed(path))

    def _no_comparison(self) -> str:
        return self.large.no_comparison() if self._built else _("Choose two pictures.")

    def _give_stars(self, stars: int) -> None:
        self.acts.give_stars(stars)

    def _choose_nothing(self) -> None:
        if self._built:
            self.grid.clearSelection()
            self.focus()

    def _copy_instead(self) -> bool:
        """Copy several, where there is no one picture to be copied; whether it was so."""
        here = self._built and self.widget.isVisible() and self.chosen.cells > 0
        if here:
            self.acts.copy()
        return here

    def _rename(self) -> None:
        """Let the name be typed in the panel, or in a dialog where that is not seen."""
        details = self.details.details
        if self.details.isVisible():
            self.details.begin_rename()
        elif details is not None:
            self.acts.ask_name(details)

    def _take_name(self, name: str) -> None:
        if self.looked_at.picture is not None:
            self._library.rename(self.looked_at.picture, name)
        self.focus()

    def _open_menu(self, point: QPoint) -> None:
        """Open what can be done with what is chosen."""
        menu = self.shared.actions.menu(self.widget)
        path = self.picture
        if self.chosen.cells > 1 and self.parts.shown is self.page:
            for number, group in enumerate(MENU_OF_MANY):
                self.shared.actions.fill(menu, ("", *group) if number else group)
        elif path is not None:
            for group in MENU_OF_ONE:
                self.shared.actions.fill(menu, (*group, ""))
            self.shared.actions.fill_picture(menu, path)
        if menu.actions():
            menu.open_at(point)
        else:
            menu.deleteLater()
            self.refused.emit(self._none_chosen() or _("The picture is not there any more."))

    def _open_more(self) -> None:
        button = self.details.more
        self._open_menu(button.mapToGlobal(QPoint(0, button.height() + 4)))

    def _go_to_grid(self) -> None:
        self.grid.setFocus()
        if self.grid.current_id is not None and not self.chosen.cells:
            self.grid.go_to(self.grid.current_id)

    # -- folders, and files from outside

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self.widget, _("Add a folder of pictures"))
        if chosen:
            self._library.add_folder(Path(chosen))

    def _add_folders(self, dropped: DroppedImages) -> None:
        for folder in dropped.paths:
            self._library.add_folder(folder)

    def _copy_in(self, dropped: DroppedImages) -> None:
        self.shared.state.batch_export.copy_in(
            dropped.paths,
            self.shared.state.preferences.pictures,
            self._library.remember_wanted.emit,
            self.message.emit,
            self.refused.emit,
        )


class _Shell(QWidget):
    """Nothing yet, or what was built."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.foot = 0  # that notices leave free
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def reserve(self, foot: int) -> None:
        """Let notices stand so far above the lower edge."""
        if foot != self.foot:
            self.foot = foot
            self.updateGeometry()

    def show_widget(self, widget: QWidget) -> None:
        """Show what was built."""
        self._column.addWidget(widget)
        self.setFocusProxy(widget)
