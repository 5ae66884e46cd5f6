"""The menu of a picture: what can be done with it, wherever it is shown."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.four_up import ACTS


class PictureMenu(QMenu):
    """Offers what can be done with one picture. It goes when it is closed."""

    again_requested = Signal(object)  # pathlib.Path, here and below
    start_requested = Signal(object)
    vary_requested = Signal(object)
    meaning_requested = Signal(object)
    acted = Signal(str, object)  # "subtly", "strongly" or "large"; Path
    copy_requested = Signal(object)
    folder_requested = Signal(object)

    def __init__(self, path: Path, parent: QWidget, *, fuses: bool) -> None:
        """With `fuses`, the model in use can take pictures' meanings."""
        super().__init__(parent)
        again = self.addAction(_("Use these settings again"))
        again.triggered.connect(lambda: self.again_requested.emit(path))
        start = self.addAction(_("Start from this"))
        start.triggered.connect(lambda: self.start_requested.emit(path))
        vary = self.addAction(_("Vary this"))
        vary.triggered.connect(lambda: self.vary_requested.emit(path))
        vary.setVisible(fuses)
        meaning = self.addAction(_("Lay its meaning on the board"))
        meaning.setToolTip(_("As it was painted; or hold Alt while you drop the picture there."))
        meaning.triggered.connect(lambda: self.meaning_requested.emit(path))
        meaning.setVisible(fuses)
        for name, _text, tip, _said in ACTS[:-1]:
            self.addAction(_(tip)).triggered.connect(
                lambda _on=False, name=name: self.acted.emit(name, path)
            )
        self.addAction(_("Copy")).triggered.connect(lambda: self.copy_requested.emit(path))
        folder = self.addAction(_("Show in its folder"))
        folder.triggered.connect(lambda: self.folder_requested.emit(path))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
