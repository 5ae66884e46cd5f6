"""What the canvas opens, saves and keeps, and where people are asked for it."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import canvas_folders
from kandinsky_desktop.ui.canvas.documents import DocumentsDialog
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.picture_files import ask_picture
from kandinsky_desktop.ui.room import Shared
from kandinsky_desktop.ui.save_target import ask_target

MOST_EARLIER = 12  # documents in the menu


class CanvasFiles(QObject):
    """Asks for files, and hands them to the canvas; menus and dialogs belong to a widget."""

    message = Signal(str)  # what was done

    def __init__(self, shared: Shared, widget: QWidget) -> None:
        super().__init__(widget)
        self._shared, self._widget = shared, widget
        self._canvas = shared.state.canvas

    def open(self, path: Path) -> None:
        """Open a picture, or an OpenRaster document."""
        self._canvas.open(path)

    def take(self, dropped: DroppedImages) -> None:
        """Open what was dropped or pasted."""
        if dropped.paths:
            self.open(dropped.paths[0])
        elif dropped.images:
            self._canvas.document.open_image(dropped.images[0], _("Pasted picture"))

    def lay(self, dropped: DroppedImages) -> None:
        """Lay what was dropped or pasted over the picture; a document of its own is opened."""
        if dropped.paths and dropped.paths[0].suffix.lower() == ".ora":
            self.open(dropped.paths[0])
            return
        goes_on = self._canvas.document.busy_with
        if dropped.paths:
            self._canvas.collage.place_file(dropped.paths[0])
        elif dropped.images:
            self._canvas.collage.place_image(dropped.images[0])
        if goes_on:
            words = _("Laid over the picture as soon as this is done: {what}")
            self.message.emit(words.format(what=goes_on))

    def choose(self) -> None:
        """Ask for a picture or a document, and open it."""
        chosen = self._ask_picture(_("Open a picture"), besides=(".ora",))
        if chosen is not None:
            self.open(chosen)

    def choose_document(self, button: QWidget) -> None:
        """Offer, above a button, the documents that were left, above what opens a file."""
        earlier = self._canvas.earlier(MOST_EARLIER)
        if not earlier:
            self.choose()
            return
        menu = self._shared.actions.menu(self._widget)
        self._shared.actions.fill(menu, ("canvas_open",))
        menu.addSeparator()
        menu.addAction(_("Go on with")).setEnabled(False)
        titles = [title for _folder, title in earlier]
        for folder, title in earlier:
            alone = titles.count(title) == 1
            words = title if alone else f"{title} · {_when(canvas_folders.used_at(folder))}"
            menu.addAction(words, partial(self._canvas.resume, folder))
        menu.addSeparator()
        self._shared.actions.fill(menu, ("canvas_documents",))
        menu.popup(button.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def show_documents(self) -> None:
        """Show all documents in a dialog, where they can be deleted, too."""
        self._canvas.wake()
        documents = self._canvas.documents
        dialog = DocumentsDialog(self._shared.theme, self._widget.window())
        documents.listed.connect(dialog.show_documents)
        documents.deleted.connect(dialog.show_deleted)
        documents.restored.connect(dialog.show_restored)
        documents.refused.connect(dialog.show_refused)
        dialog.open_requested.connect(lambda one: self._canvas.resume(one.folder))
        dialog.delete_requested.connect(documents.delete)
        dialog.undo_requested.connect(documents.undo)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_note("", undo=documents.can_undo)
        documents.look()
        dialog.open()

    def save(self) -> None:
        """Ask for a file, and save the document there."""
        document = self._canvas.document
        self._canvas.collage.put_down()
        start = document.path or Path(document.document.title or "canvas").with_suffix(".ora")
        chosen = ask_target(self._widget, _("Save the document"), start, ".ora")
        if chosen is not None:
            document.when_free(lambda: document.save(chosen))

    def tell_saved(self, path: Path) -> None:
        """Say that the document was saved."""
        self.message.emit(_("Saved as {name}").format(name=path.name))

    def tell_kept(self, folder: Path) -> None:
        """Say that a document whose place another takes can be opened again."""
        title = canvas_folders.title_of(folder)
        self._shared.texts.notify_kept(title, partial(self._canvas.resume, folder))

    def keep(self) -> None:
        """Save the picture as it is now among the pictures."""
        self._canvas.keep(self._shared.state.preferences.pictures, self._on_kept)

    def load_mask(self) -> None:
        """Ask for a picture, and load the mask from it."""
        chosen = self._ask_picture(_("Load a mask"))
        if chosen is not None:
            self._canvas.editor.load(chosen)

    def load_depth(self) -> None:
        """Ask for a picture, and load the depth from it."""
        chosen = self._ask_picture(_("Load a depth map"))
        if chosen is not None:
            self._canvas.depth.load(chosen)

    def save_mask(self) -> None:
        """Ask for a file, and save the painted mask there."""
        chosen = ask_target(self._widget, _("Save the mask"), Path("mask.png"), ".png")
        if chosen is not None:
            self._canvas.editor.save(chosen)

    def offer_fit(self, path: Path, mask: Size) -> None:
        """Ask in a menu how a mask of another size is to lie; beside it nothing is done."""
        load = self._canvas.editor.load
        menu = self._shared.actions.menu(self._widget)
        sizes = _("The mask is {mask}, the picture {picture}.").format(
            mask=mask, picture=self._canvas.document.size
        )
        menu.addAction(sizes).setEnabled(False)
        menu.addSeparator()
        menu.addAction(_("Stretch it over the picture"), lambda: load(path, place="fit"))
        menu.addAction(_("Put it in the middle"), lambda: load(path, place="centre"))
        menu.addAction(_("Leave the mask as it is"))
        half = QPoint(menu.sizeHint().width() // 2, menu.sizeHint().height() // 2)
        menu.popup(self._widget.mapToGlobal(self._widget.rect().center() - half))

    def _ask_picture(self, title: str, *, besides: tuple[str, ...] = ()) -> Path | None:
        folder = self._shared.state.preferences.pictures
        return ask_picture(self._widget, title, folder, besides=besides)

    def _on_kept(self, path: Path) -> None:
        self._shared.state.gallery.add(path)
        self.message.emit(_("Saved among your pictures"))


def _when(seconds: float) -> str:
    form = QLocale.FormatType.ShortFormat
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(round(seconds)), form)
