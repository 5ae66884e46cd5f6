"""Pictures that take the place of the grid: one seen large, a slide show, two compared."""

import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.errors import Unreadable, brief
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.parents import Parent, parents_of
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.state.library_details import PictureDetails
from kandinsky_desktop.store import parents
from kandinsky_desktop.ui.gallery.compare import Side
from kandinsky_desktop.ui.gallery.parts import Parts


class Large(QObject):
    """Opens the lightbox and the comparison on what is chosen, and goes back to the grid."""

    left = Signal()  # the grid is to be seen again
    refused = Signal(str)  # why two pictures are not compared
    walked = Signal(object)  # int: the picture where somebody left its family
    alone_requested = Signal()  # the window with nothing but the picture, or as before

    def __init__(self, library: Library, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._library, self._parts = library, parts
        self._is_alone = self._own_alone = False
        self._picture: int | None = None  # that is seen large
        parts.box.closed.connect(self._leave_box)
        parts.box.showed.connect(self._on_box_showed)
        library.results.modelReset.connect(self._follow)
        library.results.rowsInserted.connect(self._follow)
        library.results.rowsRemoved.connect(self._follow)

    def close(self) -> bool:
        """Go back to the grid from what took its place; whether something had."""
        parts, shown = self._parts, self._parts.shown
        if shown is parts.box:
            parts.box.close_box()
        elif shown is parts.compare:
            parts.compare.close_box()
        elif shown is parts.family:
            details = parts.details.details
            self.left.emit()
            if details is not None:
                self.walked.emit(details.id)
        elif shown is parts.trash and not parts.trash.leave_question():
            self.left.emit()
        return shown in (parts.box, parts.compare, parts.family, parts.trash)

    def show_alone(self, alone: bool) -> None:
        """Follow that the window shows nothing but the picture, or more again."""
        self._is_alone = alone
        if not alone:
            self._own_alone = False
            self.close()
        elif self._parts.shown is self._parts.page:
            self.open_box()

    def open_box(self) -> None:
        """Show the current picture large, with nothing around it."""
        details = self._parts.details.details
        if self._parts.shown is self._parts.family:
            self.close()
            if details is None or self._parts.grid.current_id != details.id:
                return  # it is still looked for: the search did not show it
        box, row = self._parts.box, self._parts.grid.currentIndex().row()
        results, thumbnails = self._library.results, self._library.thumbnails
        if row < 0 or not results.rowCount():
            return

        def title_of(number: int) -> str:
            return str(results.index(number, 0).data() or "")

        self._parts.show(box)
        box.open_on(
            results.rowCount(),
            row,
            path_of=results.path,
            small_of=lambda number: thumbnails.image(int(results.ids[number])),
            title_of=title_of,
            stars_of=lambda number: results.index(number, 0).data(results.StarsRole) or 0,
        )
        box.view.setFocus()
        if not self._is_alone:
            self._own_alone = True
            self.alone_requested.emit()

    def begin_slides(self) -> None:
        """Show one after the other."""
        if self._parts.shown is not self._parts.box:
            self.open_box()
        self._parts.box.toggle_slides()

    def _on_box_showed(self, number: int) -> None:
        """Let the keys act on what is shown, so that it is current when the grid comes back."""
        ids = self._library.results.ids
        if self._parts.shown is self._parts.box and number < len(ids):
            self._picture = int(ids[number])
            self._parts.grid.go_to(self._picture)

    def _follow(self) -> None:
        """Stay with the picture that is seen while others come and go; it gone, with the next."""
        box, count = self._parts.box, self._library.results.rowCount()
        if self._parts.shown is not box or self._picture is None:
            return
        row = self._library.results.row_of(self._picture)
        if row is not None:
            box.follow(count, row)
        elif count:
            box.follow(count, min(box.number, count - 1))
            box.show_number(box.number)
        else:
            box.close_box()

    def _leave_box(self) -> None:
        self.left.emit()
        if self._own_alone:
            self._own_alone = False
            self.alone_requested.emit()

    # -- two beside each other

    def compare(self) -> None:
        """Compare the two that are chosen, or one with what it came from."""
        rows = [row for rows in self._parts.grid.chosen_rows for row in rows]
        results = self._library.results
        if self._parts.shown is self._parts.compare:
            self._parts.compare.next_mode()
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
        details = self._parts.details.details
        before = None if details is None else self._before(details)
        if details is None or before is None:
            return
        parent, path = before
        try:
            path = path or parents.found(parent, details.path)
        except Unreadable as error:
            self.refused.emit(brief(error))
            return
        side = Side(path, parent.title, parent.offset)
        self._open_compare(side, Side(details.path, _("this picture")))

    def no_comparison(self) -> str:
        """Return why nothing can be compared now, as a sentence; empty if it can."""
        parts = self._parts
        if parts.grid.chosen_count == 2 or parts.shown is parts.compare:
            return ""
        details = parts.details.details
        if parts.grid.chosen_count == 1 and details is not None and self._before(details):
            return ""
        return _("Choose two pictures, or one that came from another.")

    def _open_compare(self, left: Side, right: Side) -> None:
        self.close()
        self._parts.show(self._parts.compare)
        self._parts.compare.open_on(left, right)
        self._parts.compare.one.setFocus()

    def _before(self, details: PictureDetails) -> tuple[Parent, Path | None] | None:
        """Return what a picture came from first of all, and where it lies in the library.

        Where it lies outside of it, that is looked for when it is wanted: it may be another now.
        """
        record = details.record
        if record is None:
            return None
        for parent in parents_of(record.request, record.index, record.sources):
            ids = [
                one.ids[0] for one in details.parents if one.ids and one.content == parent.content
            ]
            known = self._library.paths(ids[:1]) if ids and parent.content else []
            if known:
                return parent, known[0]
            beside = details.path.parent / parent.path.name
            if os.path.isfile(parent.path) or os.path.isfile(beside):
                return parent, None
        return None
