"""The gallery room: everything ever made, found in a moment, and what is done to it.

Its parts need numpy, which the first sight of the window must not wait for: they are built when the
room is entered first.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.parents import parents_of
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.pictures import as_files
from kandinsky_desktop.store.places import prompt_picture
from kandinsky_desktop.ui.actions import Focus, Subject, nothing
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.folders import show_folder
from kandinsky_desktop.ui.gallery.acts import ACTIONS, MENU_OF_MANY, MENU_OF_ONE, OWN_KEYS
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.room import Room, Shared

if TYPE_CHECKING:
    from kandinsky_desktop.state.library_details import PictureDetails
    from kandinsky_desktop.ui.drop_acts import Offer
    from kandinsky_desktop.ui.gallery.compare import Compare
    from kandinsky_desktop.ui.gallery.details import DetailsPanel
    from kandinsky_desktop.ui.gallery.empty import EmptyLibrary
    from kandinsky_desktop.ui.gallery.grid import PictureGrid
    from kandinsky_desktop.ui.gallery.lightbox import Lightbox
    from kandinsky_desktop.ui.gallery.page import FamilyPage, GalleryPage

BREATH_MS = 60  # between two parts that are imported
SOON_MS = 60  # until details are read: arrows that are held lead past many
BAR_ABOVE = 16  # the lower edge
WHOLE_MS = 250  # until the whole picture is read for the panel
SAMPLE = "a tiger on a blue background"  # what a first picture would look like
ICON = {"album": "folder-plus", "tag": "tag"}


class GalleryRoom(Room):
    """Looks through the library."""

    name = "gallery"
    title = N_("Gallery")
    icon = "images"
    keys = ("Ctrl+4",)
    has_strip = False

    page: "GalleryPage"
    box: "Lightbox"
    compare: "Compare"
    family: "FamilyPage"
    empty: "EmptyLibrary"
    details: "DetailsPanel"

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        self._library = shared.state.library
        self._built = self._alone = self._own_alone = False
        self.widget = self._shell = _Shell()
        self.side_panel = self._side = _Shell()
        self._parts = ["grid", "page", "compare", "details", "empty", "lightbox"]
        self._details_of: int | None = None  # the picture whose details are awaited or shown
        self._searched = False  # whether what comes next is another result
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._read_details)
        self._whole = QTimer(self)
        self._whole.setSingleShot(True)
        self._whole.setInterval(WHOLE_MS)
        self._whole.timeout.connect(self._read_whole)
        self._add_actions()
        self._library.told.connect(self.message)
        self._library.problem.connect(self.refused)
        self._library.changed.connect(self.changed)

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
        if self._parts:
            import_module(f"kandinsky_desktop.ui.gallery.{self._parts.pop(0)}")
            QTimer.singleShot(BREATH_MS, self, self._import_next)
        else:
            self._build()

    @override
    def enter(self) -> None:
        self._build()
        self._library.scan_wanted.emit()
        self._show_count()

    @override
    def leave(self) -> None:
        if self._built:
            self._close_pages()

    @override
    def focus(self) -> None:
        if self._built:
            shown = self._pages.currentWidget()
            if shown is self.page:
                self.grid.setFocus()
            elif shown is self.empty:
                self.empty.paint_button.setFocus()
            elif shown is self.box:
                self.box.view.setFocus()

    @override
    def focus_words(self) -> None:
        if self._built:
            self._close_pages()
            self.page.search.field.setFocus()
            self.page.search.field.selectAll()

    @property
    @override
    def picture(self) -> Path | None:
        if not self._built:
            return None
        if self._pages.currentWidget() is self.box:
            return self.box.path
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
        self._export()
        return True

    @override
    def escape(self) -> bool:
        if not self._built:
            return False
        if self.details.escape() or self._close_pages():
            self.focus()
            return True
        if self.grid.chosen_count > 1:
            self.grid.clearSelection()
            self.focus()
            return True
        return self.page.search.clear()

    @override
    def show_alone(self, alone: bool) -> None:
        self._alone = alone
        if not alone and self._built:
            self._own_alone = False
            self._close_pages()
        elif alone and self._pages.currentWidget() is self.page:
            self._open_box()

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
            "gallery_view": (self._open_box, self._none_current),
            "gallery_slides": (self._begin_slides, self._none_current),
            "gallery_compare": (self._compare, self._no_comparison),
            "gallery_family": (self._show_family, self._none_current),
            "gallery_board": (self._lay_on_board, self._none_chosen),
            "gallery_album": (partial(self._open_labels, "album"), self._none_chosen),
            "gallery_tag": (partial(self._open_labels, "tag"), self._none_chosen),
            "gallery_export": (self._export, self._none_chosen),
            "gallery_copy": (self._copy, self._none_chosen),
            "gallery_rename": (self._rename, self._not_one),
            "gallery_delete": (self._delete, self._none_chosen),
            "gallery_search": (self.focus_words, None),
            "gallery_none": (self._choose_nothing, None),
        }
        for number in range(6):
            give = partial(self._give_stars, number)
            does[f"gallery_stars_{number}"] = (give, self._none_chosen)
        for action in ACTIONS:
            self.shared.actions.add(action, *does[action.name])
        self.shared.actions.bind_instead("copy", self._copy_instead)

    def _build(self) -> None:
        """Build the parts that need numpy."""
        if self._built:
            return
        from kandinsky_desktop.ui.gallery.compare import Compare
        from kandinsky_desktop.ui.gallery.details import DetailsPanel
        from kandinsky_desktop.ui.gallery.empty import EmptyLibrary
        from kandinsky_desktop.ui.gallery.lightbox import Lightbox
        from kandinsky_desktop.ui.gallery.page import FamilyPage, GalleryPage

        self._built = True
        self._library.wake()
        theme, actions, state = self.shared.theme, self.shared.actions, self.shared.state
        results, thumbnails = self._library.results, self._library.thumbnails
        self.page = GalleryPage(theme, actions, results, thumbnails)
        self.grid: PictureGrid = self.page.grid
        self.box = Lightbox(theme, state.full_pictures)
        self.compare = Compare(theme, state.full_pictures)
        self.family = FamilyPage(theme)
        self.empty = EmptyLibrary(theme)
        self.empty.show_sample(QImage(str(prompt_picture("starter", SAMPLE))))
        self.details = DetailsPanel(theme, actions, lambda: self.picture, thumbnails.image)
        self._pages = QStackedWidget()
        for page in (self.page, self.box, self.compare, self.family, self.empty):
            self._pages.addWidget(page)
        self._shell.show_widget(self._pages)
        self._pages.currentChanged.connect(lambda _at: self._reserve())
        self._side.show_widget(self.details)
        for part in (self.grid, self.box, self.compare, self.family, self.details):
            picture = lambda: self.picture  # noqa: E731 - asked for when a key is heard
            actions.listen(part, Focus.PICTURES, Subject.PICTURE, picture, without=OWN_KEYS)
            actions.listen(part, Focus.GALLERY, Subject.NOTHING, nothing)
        self._connect_page()
        self._connect_others()
        self._show_labels()
        self._show_chosen()

    def _connect_page(self) -> None:
        page, grid, search = self.page, self.grid, self.page.search
        library = self._library
        search.searched.connect(self._search)
        search.side_changed.connect(grid.set_side)
        search.grouped.connect(self._group)
        search.save_requested.connect(self._ask_search_name)
        search.removed.connect(library.remove_search)
        search.left.connect(self._go_to_grid)
        search.folder_requested.connect(self._choose_folder)
        search.folder_removed.connect(library.remove_folder)
        search.trash_requested.connect(lambda: self.shared.actions.trigger("deleted_pictures"))
        library.folders_changed.connect(self._show_labels)
        page.cleared.connect(search.clear)
        page.bar.closed.connect(self._choose_nothing)
        grid.side_changed.connect(search.show_side)
        grid.chosen_changed.connect(self._show_chosen)
        grid.opened.connect(self._open)
        grid.viewed.connect(lambda _picture: self._open_box())
        grid.menu_requested.connect(self._open_menu)
        library.results_changed.connect(self._on_results)
        library.results.modelReset.connect(self._show_count)
        library.results.rowsInserted.connect(self._show_count)
        library.results.rowsRemoved.connect(self._show_count)
        library.results.dataChanged.connect(self._on_data)
        library.loaded.connect(self._show_count)
        library.busy.connect(self._show_busy)
        library.labels_changed.connect(self._show_labels)
        library.searches_changed.connect(self._show_labels)
        library.thumbnails.ready.connect(self._on_thumbnails)

    def _connect_others(self) -> None:
        details, state = self.details, self.shared.state
        self.box.closed.connect(self._leave_box)
        self.box.showed.connect(self._on_box_showed)
        self.box.menu_requested.connect(self._open_menu)
        self.compare.closed.connect(self._show_page)
        self.compare.problem.connect(self.refused)
        self.family.closed.connect(self._show_page)
        self.family.view.chosen.connect(self._go_to)
        self.empty.paint_requested.connect(partial(self._enter, "create"))
        self.empty.folder_requested.connect(self._choose_folder)
        details.stars_given.connect(self._give_stars)
        details.renamed.connect(self._take_name)
        details.relative_chosen.connect(self._go_to)
        details.family_requested.connect(self._show_family)
        details.copied.connect(self._copy_words)
        details.opened.connect(self._open_box)
        details.labels_requested.connect(self._open_labels)
        details.more.clicked.connect(self._open_more)
        state.full_pictures.came.connect(self._on_whole)

    # -- what is found

    def _search(self, text: str) -> None:
        self._searched = True
        self._library.search(text)

    def _group(self, grouping: str) -> None:
        self._searched = True
        self._library.group_by(grouping)

    def _on_results(self, count: int, ms: float) -> None:
        del count, ms
        if self._searched:
            self._searched = False
            self.grid.to_top()
        self._show_count()

    def _show_count(self) -> None:
        """Say how many there are, and invite to a first one where there is none."""
        if not self._built:
            return
        count, text = self._library.results.pictures, self.page.search.text
        self.page.search.show_count(count, found=bool(text))
        rows = self._library.results.rowCount()
        words = _("Nothing is called so.") if text and not rows else ""
        self.page.show_nothing(words)
        is_empty = not rows and not text and self._library.view.is_loaded
        shown = self._pages.currentWidget()
        if is_empty and shown is self.page:
            self._pages.setCurrentWidget(self.empty)
        elif not is_empty and shown is self.empty:
            self._pages.setCurrentWidget(self.page)
        if self.wants_panel is is_empty:
            self.wants_panel = not is_empty
            self.changed.emit()
        self.shared.actions.refresh()

    def _show_busy(self, words: str) -> None:
        if words:
            self.page.search.show_busy(words)
        else:
            self._show_count()

    def _show_labels(self) -> None:
        """Offer albums, tags and saved searches to be looked for."""
        if self._built:
            library = self._library
            self.page.search.offer(
                [(one.name, one.text) for one in library.saved_searches()],
                [one.name for one in library.albums()],
                [one.name for one in library.tags()],
            )
            self.page.search.offer_folders(library.folders[1:])  # the first is one's own

    def _ask_search_name(self, text: str) -> None:
        from kandinsky_desktop.ui.gallery.name_dialog import NameDialog

        dialog = NameDialog(_("Save this search"), _("Its name"), _("Save"), (), self.widget)
        dialog.named.connect(lambda name: self._library.save_search(name, text))
        self._open_dialog(dialog)

    # -- what is chosen

    def _has_choice(self) -> bool:
        return self.grid.chosen_count > 0

    def _chosen(self) -> list[int]:
        """The ids of all that is chosen, those in closed stacks too, without what is being made."""
        results = self._library.results
        if self._pages.currentWidget() is self.box:
            picture = int(results.ids[self.box.number])
            return [picture] if picture >= 0 else []
        found: dict[int, None] = {}
        for picture, count, is_open in self._cells():
            members = self._library.members(picture) if count > 1 and not is_open else ()
            found.update(dict.fromkeys(members or (picture,)))
        return list(found)

    def _cells(self) -> Iterator[tuple[int, int, bool]]:
        """Yield of each chosen cell its picture, how many it stands for, and if its stack is open.

        Of what is in the making nothing can be done.
        """
        results = self._library.results
        found, making = results.found, len(results.making)
        for rows in self.grid.chosen_rows:
            part = slice(max(0, rows.start - making), max(0, rows.stop - making))
            columns = (found.ids[part], found.counts[part], found.stacks[part] != 0)
            yield from zip(*(one.tolist() for one in columns), strict=True)

    def _show_chosen(self) -> None:
        """Show what is chosen in the panel and on the bar."""
        cells = self.grid.chosen_count
        self.page.bar.show_chosen(cells, self._count_chosen())
        self.grid.set_bar(on=cells > 1)
        self._reserve()
        picture = self.grid.current_id
        if cells > 1:
            self._details_of = None
            self.details.show_several(cells, self._count_chosen())
        elif cells == 0 or picture is None:
            self._details_of = None
            self.details.show_none()
        elif picture != self._details_of:
            self._look_at(picture)
        self.shared.actions.refresh()

    def _reserve(self) -> None:
        """Keep notices off the bar of what is chosen, while it is there."""
        there = self.page.bar.is_up and self._pages.currentWidget() is self.page
        self._shell.reserve(self.page.bar.height() + BAR_ABOVE if there else 0)

    def _count_chosen(self) -> int:
        """How many pictures are chosen, with those in closed stacks."""
        return sum(1 if is_open else count for _picture, count, is_open in self._cells())

    def _look_at(self, picture: int) -> None:
        self._details_of = picture
        row = self.grid.currentIndex()
        title = str(row.data() or "") if row.isValid() else ""
        self.details.show_soon(title, self._library.thumbnails.image(picture))
        self._soon.start()
        self._whole.start()

    def _read_details(self) -> None:
        picture = self._details_of
        if picture is not None and picture >= 0:
            self._library.details(picture, partial(self._take_details, picture))

    def _take_details(self, picture: int, details: "PictureDetails | None") -> None:
        if picture != self._details_of or details is None:
            return
        self.details.show_details(details)
        kin = [one.ids[0] for one in (*details.parents, *details.children) if one.ids]
        self.grid.wish_beside([*kin, picture])
        if self._pages.currentWidget() is self.family:
            self._fill_family(details)

    def _read_whole(self) -> None:
        path = self.picture
        panel = self._pages.currentWidget() is self.page and self.details.isVisible()
        if path is not None and panel and self._details_of is not None:
            self.shared.state.full_pictures.want((path,))

    def _on_whole(self, path: Path) -> None:
        details = self.details.details
        if details is not None and details.path == path:
            image = self.shared.state.full_pictures.image(path)
            if image is not None:
                self.details.complete(image)

    def _on_thumbnails(self, ids: Sequence[int]) -> None:
        self.details.refresh_images()
        self.family.view.refresh()
        if self._details_of in ids and self.details.details is None:
            image = self._library.thumbnails.image(self._details_of or 0)
            if image is not None:
                self.details.complete(image)

    def _on_data(self) -> None:
        """Follow stars that were given, and what was read anew."""
        if self._pages.currentWidget() is self.box:
            self.box.show_caption()
        details = self.details.details
        row = None if details is None else self._library.results.row_of(details.id)
        if row is not None:
            index = self._library.results.index(row, 0)
            self.details.show_stars(index.data(self._library.results.StarsRole) or 0)
            self._soon.start()

    # -- other pages

    def _show_page(self) -> None:
        self._pages.setCurrentWidget(self.page)
        self._show_count()
        self.focus()

    def _close_pages(self) -> bool:
        """Go back to the grid from what took its place; whether something had."""
        shown = self._pages.currentWidget()
        if shown is self.box:
            self.box.close_box()
        elif shown is self.compare:
            self.compare.close_box()
        elif shown is self.family:
            self._show_page()
        return shown in (self.box, self.compare, self.family)

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
            self._open_box()

    def _open_box(self) -> None:
        """Show the current picture large, with nothing around it."""
        row = self.grid.currentIndex().row()
        results, thumbnails = self._library.results, self._library.thumbnails
        if row < 0 or not results.rowCount():
            return

        def title_of(number: int) -> str:
            return str(results.index(number, 0).data() or "")

        self._pages.setCurrentWidget(self.box)
        self.box.open_on(
            results.rowCount(),
            row,
            path_of=results.path,
            small_of=lambda number: thumbnails.image(int(results.ids[number])),
            title_of=title_of,
            stars_of=lambda number: results.index(number, 0).data(results.StarsRole) or 0,
        )
        self.box.view.setFocus()
        if not self._alone:
            self._own_alone = True
            self.shared.actions.trigger("alone")
            self.box.view.setFocus()

    def _begin_slides(self) -> None:
        if self._pages.currentWidget() is not self.box:
            self._open_box()
        self.box.toggle_slides()

    def _on_box_showed(self, number: int) -> None:
        """Let the keys act on what is shown, so that it is current when the grid comes back."""
        ids = self._library.results.ids
        if self._pages.currentWidget() is self.box and number < len(ids):
            self.grid.go_to(int(ids[number]))

    def _leave_box(self) -> None:
        self._show_page()
        if self._own_alone:
            self._own_alone = False
            self.shared.actions.trigger("alone")
        self.focus()

    def _compare(self) -> None:
        """Compare the two that are chosen, or one with what it came from."""
        from kandinsky_desktop.ui.gallery.compare import Side

        rows = [row for rows in self.grid.chosen_rows for row in rows]
        results = self._library.results
        if self._pages.currentWidget() is self.compare:
            self.compare.next_mode()
            return
        if len(rows) == 2:
            paths = [results.path(row) for row in rows]
            titles = [str(results.index(row, 0).data() or "") for row in rows]
            if titles[0] == titles[1]:
                titles = [path.stem if path else "" for path in paths]
            first, second = paths
            if first is not None and second is not None:
                self._open_compare(Side(first, titles[0]), Side(second, titles[1]))
            return
        details = self.details.details
        before = None if details is None else self._before(details)
        if details is not None and before is not None:
            self._open_compare(before, Side(details.path, _("this picture")))

    def _open_compare(self, left: object, right: object) -> None:
        from kandinsky_desktop.ui.gallery.compare import Side

        assert isinstance(left, Side)
        assert isinstance(right, Side)
        self._close_pages()
        self._pages.setCurrentWidget(self.compare)
        self.compare.open_on(left, right)
        self.compare.one.setFocus()

    def _before(self, details: "PictureDetails") -> "object | None":
        """Return what a picture came from first of all, and where it lay in it."""
        from kandinsky_desktop.ui.gallery.compare import Side

        record = details.record
        if record is None:
            return None
        for parent in parents_of(record.request, record.index, record.sources):
            ids = [
                one.ids[0] for one in details.parents if one.ids and one.content == parent.content
            ]
            found = self._library.paths(ids[:1]) if ids and parent.content else []
            path = found[0] if found else parent.path
            if path.is_file():
                return Side(path, parent.title, parent.offset)
        return None

    def _no_comparison(self) -> str:
        if not self._built:
            return _("Choose two pictures.")
        if self.grid.chosen_count == 2 or self._pages.currentWidget() is self.compare:
            return ""
        details = self.details.details
        if self.grid.chosen_count == 1 and details is not None and self._before(details):
            return ""
        return _("Choose two pictures, or one that came from another.")

    def _show_family(self) -> None:
        details = self.details.details
        if details is None:
            return
        self._pages.setCurrentWidget(self.family)
        self._fill_family(details)

    def _fill_family(self, details: "PictureDetails") -> None:
        from kandinsky_desktop.ui.gallery.details import kinship, relatives, title_of
        from kandinsky_desktop.ui.gallery.family import Relative

        me = Relative(details.id, _("this picture"))
        image_of = self._library.thumbnails.image
        parents, children = relatives(details.parents), relatives(details.children)
        self.family.view.show_family(parents, me, children, image_of)
        self.family.title.setText(title_of(details)[:80])
        alone = _("It came from no other picture, and none came of it.")
        there = bool(parents or children)
        self.family.about.setText(kinship(details) if there else alone)

    def _go_to(self, picture: int) -> None:
        """Go to a picture of the family, wherever it lies: its stack opens, the search ends."""
        walking = self._pages.currentWidget() is self.family
        if self._library.results.row_of(picture) is None:
            self._library.open_stack(picture)
        if self._library.results.row_of(picture) is None and self.page.search.text:
            self._awaited = picture
            self.page.search.clear()
        if not walking:
            self.grid.go_to(picture)
        if self._details_of != picture:
            self._look_at(picture)
        if not walking:
            self.grid.setFocus()

    # -- acts

    def _none_current(self) -> str:
        there = self._built and self.grid.current_id is not None
        return "" if there else _("Choose a picture first.")

    def _none_chosen(self) -> str:
        there = self._built and (self._has_choice() or self._pages.currentWidget() is self.box)
        return "" if there else _("Choose a picture first.")

    def _not_one(self) -> str:
        if self._built and self.grid.chosen_count == 1 and self.details.details is not None:
            return ""
        return _("Choose one picture.")

    def _choose_nothing(self) -> None:
        if self._built:
            self.grid.clearSelection()
            self.focus()

    def _give_stars(self, stars: int) -> None:
        self._library.set_stars(self._chosen(), stars)
        if self._pages.currentWidget() is self.page:
            self.details.show_stars(stars)

    def _delete(self) -> None:
        chosen = self._chosen()
        if not chosen:
            return
        boxed = self._pages.currentWidget() is self.box
        rows = self.grid.chosen_rows
        after = rows[-1].stop if rows else self.grid.currentIndex().row() + 1
        ids = self._library.results.ids
        beside = int(ids[after]) if after < len(ids) else None
        if beside is None and rows and rows[0].start:
            beside = int(ids[rows[0].start - 1])
        self._library.trash(chosen)
        if beside is not None:
            self.grid.go_to(beside)
        if boxed:
            row = None if beside is None else self._library.results.row_of(beside)
            if row is None:
                self.box.close_box()
            else:
                self._open_box()

    def _lay_on_board(self) -> None:
        paths = self._library.paths(self._chosen())
        self.shared.state.board_editor.add_files(tuple(paths))
        self._enter("fusion")

    def _copy_instead(self) -> bool:
        """Copy several, where there is no one picture to be copied; whether it was so."""
        here = self._built and self.widget.isVisible() and self._has_choice()
        if here:
            self._copy()
        return here

    def _copy(self) -> None:
        paths = self._library.paths(self._chosen())
        data = as_files(paths)
        if len(paths) == 1:
            image = self.shared.state.full_pictures.image(paths[0])
            if image is not None:
                data.setImageData(image)
        QGuiApplication.clipboard().setMimeData(data)
        self.message.emit(_("Copied"))

    def _copy_words(self, words: str) -> None:
        QGuiApplication.clipboard().setText(words)
        short = words if len(words) <= 60 else _("all that is known of it")
        self.message.emit(_("Copied: {what}").format(what=" ".join(short.split())))

    def _rename(self) -> None:
        self.details.begin_rename()

    def _take_name(self, name: str) -> None:
        if self._details_of is not None:
            self._library.rename(self._details_of, name)
        self.grid.setFocus()

    def _export(self) -> None:
        paths = self._library.paths(self._chosen())
        if len(paths) == 1:
            self.shared.actions.trigger("save_as", paths[0])
        elif paths:
            self._open_export(paths)

    def _open_export(self, paths: Sequence[Path]) -> None:
        from kandinsky_desktop.ui.gallery.export_dialog import ExportDialog

        dialog = ExportDialog(self.shared.theme, self.shared.state.batch_export, paths, self.widget)
        dialog.done_in.connect(self._tell_exported)
        self._open_dialog(dialog)

    def _tell_exported(self, folder: Path, words: str) -> None:
        self.shared.texts.notify_done(words, _("Show in folder"), partial(show_folder, folder))

    def _open_labels(self, kind: str, point: QPoint | None = None) -> None:
        """Open the albums, or the tags: what is chosen is put into one, or taken out."""
        chosen = self._chosen()
        if not chosen:
            return
        library, details = self._library, self.details.details
        known = library.albums() if kind == "album" else library.tags()
        has: tuple[str, ...] = ()
        if details is not None and len(chosen) == 1:
            has = details.albums if kind == "album" else details.tags
        menu = self.shared.actions.menu(self.widget)
        add = library.add_to_album if kind == "album" else library.add_tag
        remove = library.remove_from_album if kind == "album" else library.remove_tag
        for one in known:
            action = menu.addAction(one.name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(one.name in has)
            act = remove if one.name in has else add
            action.triggered.connect(partial(_call, act, chosen, one.name))
        if known and len(chosen) > 1:
            words = _("Take out of") if kind == "album" else _("Take off")
            within = menu.addMenu(words)
            for one in known:
                out = within.addAction(one.name.replace("&", "&&"))
                out.triggered.connect(partial(_call, remove, chosen, one.name))
        if known:
            menu.addSeparator()
        new = menu.addAction(_("New album…") if kind == "album" else _("New tag…"))
        names = [one.name for one in known]
        new.triggered.connect(lambda: self._ask_label(kind, chosen, names))
        if point is None:
            button = self.page.bar.buttons["gallery_album"]
            shown = button.isVisible()
            at = button if shown else self.grid.viewport()
            above = QPoint(0, -menu.sizeHint().height() - 8)
            place = self.grid.visualRect(self.grid.currentIndex()).center()
            point = at.mapToGlobal(above if shown else place)
        menu.open_at(point)

    def _ask_label(self, kind: str, chosen: Sequence[int], known: Sequence[str]) -> None:
        from kandinsky_desktop.ui.gallery.name_dialog import NameDialog

        album = kind == "album"
        dialog = NameDialog(
            _("Put into an album") if album else _("Put a tag on"),
            _("Name of the album") if album else _("The tag"),
            _("Put in") if album else _("Put on"),
            known,
            self.widget,
        )
        add = self._library.add_to_album if album else self._library.add_tag
        dialog.named.connect(lambda name: add(chosen, name))
        self._open_dialog(dialog)

    def _open_dialog(self, dialog: object) -> None:
        from PySide6.QtWidgets import QDialog

        assert isinstance(dialog, QDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self.focus)
        dialog.open()

    def _open_menu(self, point: QPoint) -> None:
        """Open what can be done with what is chosen."""
        menu = self.shared.actions.menu(self.widget)
        path = self.picture
        if self.grid.chosen_count > 1 and self._pages.currentWidget() is self.page:
            for number, group in enumerate(MENU_OF_MANY):
                self.shared.actions.fill(menu, ("", *group) if number else group)
        elif path is not None:
            for group in MENU_OF_ONE:
                self.shared.actions.fill(menu, (*group, ""))
            self.shared.actions.fill_picture(menu, path)
        menu.open_at(point)

    def _open_more(self) -> None:
        button = self.details.more
        self._open_menu(button.mapToGlobal(QPoint(0, button.height() + 4)))

    # -- folders, and other rooms

    def _enter(self, room: str) -> None:
        self.shared.actions.trigger(f"room_{room}")

    def _go_to_grid(self) -> None:
        self.grid.setFocus()
        if self.grid.current_id is not None and not self._has_choice():
            self.grid.go_to(self.grid.current_id)

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


def _call(act: Callable[[Sequence[int], str], None], chosen: Sequence[int], name: str) -> None:
    act(chosen, name)
