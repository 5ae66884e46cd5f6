"""Leads from a picture to its file in another format: asks, and lets it be exported."""

import os
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.state.exporter import Exporter, ExportHabits, ExportPlan, export_plan
from kandinsky_desktop.store.exporting import Facts, free_name
from kandinsky_desktop.ui.save_as import SaveAsDialog
from kandinsky_desktop.ui.theme import Theme


class Saving:
    """Opens the dialog for a picture and passes what is asked in it to the exporter."""

    def __init__(self, theme: Theme, exporter: Exporter, parent: QWidget) -> None:
        self._theme, self._exporter, self._parent = theme, exporter, parent

    def ask(self, source: Path, image: QImage | None = None) -> None:
        """Ask how a picture is to be saved, once it is known what there is to be said of it."""
        self._exporter.look_at(source, lambda facts: self._open(source, facts, image))

    def _open(self, source: Path, facts: Facts, image: QImage | None) -> None:
        dialog = SaveAsDialog(self._theme, facts, self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_picture(image)
        shown: list[ExportPlan] = []  # what the person sees and agrees to

        def show() -> None:
            name, folder = dialog.name.text().strip(), dialog.folder.text().strip()
            shown[:] = [export_plan(source, facts, folder, name, dialog.options)]
            dialog.show_plan(shown[0])

        def save() -> None:
            dialog.show_saving()
            self._exporter.export(source, shown[0], dialog.accept, dialog.show_failure)

        dialog.changed.connect(show)
        dialog.save_requested.connect(save)
        habits = self._exporter.habits
        folder = folder_after(habits)
        ending = habits.options.target.endings[0]
        dialog.begin(folder, free_name(Path(folder), facts.name, ending), habits.options)
        dialog.open()


def folder_after(habits: ExportHabits) -> str:
    """Return where to save next: where it was done last, else where people keep pictures."""
    if os.path.isdir(habits.folder):
        return habits.folder
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return place if os.path.isdir(place) else str(Path.home())
