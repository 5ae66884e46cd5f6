"""What is done to pictures of the gallery that are chosen."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.library import ALBUM, TAG
from kandinsky_desktop.state.library_details import PictureDetails
from kandinsky_desktop.state.pictures import as_files
from kandinsky_desktop.ui.controls import plain_words
from kandinsky_desktop.ui.folders import show_folder
from kandinsky_desktop.ui.gallery.chosen_pictures import ChosenPictures
from kandinsky_desktop.ui.gallery.export_dialog import ExportDialog
from kandinsky_desktop.ui.gallery.large import Large
from kandinsky_desktop.ui.gallery.name_dialog import NameDialog
from kandinsky_desktop.ui.gallery.parts import Parts
from kandinsky_desktop.ui.room import Shared

MENU_ABOVE = 8  # the button that opens it


class PictureActs(QObject):
    """Stars, labels, deletion, copies and files of what is chosen."""

    told = Signal(str)  # what was done
    refused = Signal(str)  # why something was not done
    left = Signal()  # a dialog: the focus goes back

    def __init__(
        self, shared: Shared, parts: Parts, chosen: ChosenPictures, large: Large, widget: QWidget
    ) -> None:
        """Menus and dialogs lie over `widget`."""
        super().__init__(widget)
        self._shared, self._library = shared, shared.state.library
        self._parts, self._chosen, self._large, self._widget = parts, chosen, large, widget

    def give_stars(self, stars: int) -> None:
        """Give so many stars; 0 takes them away."""
        self._library.set_stars(self._chosen.ids(), stars)
        if self._parts.shown is self._parts.page:
            self._parts.details.show_stars(stars)

    def delete(self) -> None:
        """Move them to the trash; the one beside them is current then."""
        chosen, grid = self._not_needed(self._chosen.ids()), self._parts.grid
        if not chosen:
            return
        if self._parts.shown is self._parts.family:
            self._large.close()
        boxed = self._parts.shown is self._parts.box
        rows = grid.chosen_rows
        after = rows[-1].stop if rows else grid.currentIndex().row() + 1
        ids = self._library.results.ids
        beside = int(ids[after]) if after < len(ids) else None
        if beside is None and rows and rows[0].start:
            beside = int(ids[rows[0].start - 1])
        self._library.trash(chosen)
        if beside is not None:
            grid.go_to(beside)
        if boxed:
            row = None if beside is None else self._library.results.row_of(beside)
            if row is None:
                self._parts.box.close_box()
            else:
                self._large.open_box()

    def _not_needed(self, ids: list[int]) -> list[int]:
        """Return those that no job in the queue needs; of the others it is said why they stay."""
        jobs = self._shared.state.job_queue.jobs.entries
        needed = {path for entry in jobs for path in entry.job.request.files}
        if not needed:
            return ids
        paths = self._library.view.paths(ids)
        kept = [path for path in paths.values() if path in needed]
        if kept:
            self.refused.emit(self.needed(kept[0]))
        return [one for one in ids if paths.get(one) not in needed]

    def needed(self, path: Path) -> str:
        """Return why a file must stay as it is, as a sentence: a job needs it."""
        return self._shared.actions.refusal("delete", path)

    def lay_on_board(self) -> None:
        """Lay them on the fusion board, and go there."""
        paths = self._library.paths(self._chosen.ids())
        if self._shared.state.board_editor.add_files(tuple(paths)):
            self._shared.actions.trigger("room_fusion")

    def copy(self) -> None:
        """Copy them as files; one as a picture, too."""
        paths = self._library.paths(self._chosen.ids())
        data = as_files(paths)
        if len(paths) == 1:
            image = self._shared.state.full_pictures.image(paths[0])
            if image is not None:
                data.setImageData(image)
        QGuiApplication.clipboard().setMimeData(data)
        self.told.emit(_("Copied"))

    def copy_words(self, words: str) -> None:
        """Copy words of the panel."""
        QGuiApplication.clipboard().setText(words)
        short = words if len(words) <= 60 else _("all that is known of it")
        self.told.emit(_("Copied: {what}").format(what=" ".join(short.split())))

    def export(self) -> None:
        """Save them elsewhere."""
        paths = self._library.paths(self._chosen.ids())
        if len(paths) == 1:
            self._shared.actions.trigger("save_as", paths[0])
        elif paths:
            dialog = ExportDialog(
                self._shared.theme,
                self._shared.state.batch_export,
                paths,
                self._shared.state.exporter.habits,
                self._widget,
            )
            dialog.remembered.connect(self._shared.state.exporter.remember)
            dialog.done_in.connect(self._tell_exported)
            self._open_dialog(dialog)

    def _tell_exported(self, folder: Path, words: str) -> None:
        self._shared.texts.notify_done(words, _("Show in folder"), partial(show_folder, folder))

    # -- names

    def open_labels(self, kind: str, point: QPoint | None = None) -> None:
        """Open the albums, or the tags: what is chosen is put into one, or taken out."""
        chosen = self._chosen.ids()
        if not chosen:
            return
        library = self._library
        known = library.albums() if kind == "album" else library.tags()
        having = library.view.labels_among(ALBUM if kind == "album" else TAG, chosen)
        menu = self._shared.actions.menu(self._widget)
        add = library.add_to_album if kind == "album" else library.add_tag
        remove = library.remove_from_album if kind == "album" else library.remove_tag
        for one in known:
            action = menu.addAction(plain_words(one.name))
            action.setCheckable(True)
            all_have_it = having.get(one.name) == len(chosen)
            action.setChecked(all_have_it)
            act = remove if all_have_it else add
            action.triggered.connect(partial(_call, act, chosen, one.name))
        if having and len(chosen) > 1:
            words = _("Take out of") if kind == "album" else _("Take off")
            within = menu.addMenu(words)
            for one in (label for label in known if label.name in having):
                out = within.addAction(plain_words(one.name))
                out.triggered.connect(partial(_call, remove, chosen, one.name))
        if known:
            menu.addSeparator()
        new = menu.addAction(_("New album…") if kind == "album" else _("New tag…"))
        names = [one.name for one in known]
        new.triggered.connect(lambda: self._ask_label(kind, chosen, names))
        place = self._place_for(menu.sizeHint().height()) if point is None else point
        menu.open_at(place, by_key=point is None)

    def _place_for(self, height: int) -> QPoint:
        """Return where a menu opens: above the bar's button, or at the current cell."""
        button, grid = self._parts.page.bar.buttons["gallery_album"], self._parts.grid
        if button.isVisible():
            return button.mapToGlobal(QPoint(0, -height - MENU_ABOVE))
        return grid.viewport().mapToGlobal(grid.visualRect(grid.currentIndex()).center())

    def _ask_label(self, kind: str, chosen: Sequence[int], known: Sequence[str]) -> None:
        album = kind == "album"
        dialog = NameDialog(
            _("Put into an album") if album else _("Put a tag on"),
            _("Name of the album") if album else _("The tag"),
            _("Put in") if album else _("Put on"),
            known,
            self._widget,
        )
        add = self._library.add_to_album if album else self._library.add_tag
        dialog.named.connect(lambda name: add(chosen, name))
        self._open_dialog(dialog)

    def ask_name(self, details: PictureDetails) -> None:
        """Ask for another name of a file, where the panel is not seen."""
        dialog = NameDialog(
            _("Rename"), _("Name of the file"), _("Rename"), (), self._widget,
            text=details.path.stem,
        )  # fmt: skip
        dialog.named.connect(lambda name: self._library.rename(details.id, name))
        self._open_dialog(dialog)

    def ask_search_name(self, text: str) -> None:
        """Ask for the name under which a search is kept."""
        dialog = NameDialog(_("Save this search"), _("Its name"), _("Save"), (), self._widget)
        dialog.named.connect(lambda name: self._library.save_search(name, text))
        self._open_dialog(dialog)

    def _open_dialog(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self.left)
        dialog.open()


def _call(act: Callable[[Sequence[int], str], None], chosen: Sequence[int], name: str) -> None:
    act(chosen, name)
