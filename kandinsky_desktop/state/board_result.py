"""What the middle of the board shows: its own preview or what was fused from it, nothing else.

The viewer follows what a person looks at, anywhere; this follows the board. A picture belongs to it
as long as all that was fused lies there, muted or not, whatever its weight.
"""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.conditioning import Mix, Source
from kandinsky_desktop.domain.paths import with_file_renamed
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.state.viewer import ViewedImage, Viewer


class BoardResult(QObject):
    """Keeps the last result of the board, while the person looks at other pictures too."""

    changed = Signal()

    def __init__(
        self, viewer: Viewer, live: LivePreview, fusing: BoardEditor, boards: BoardLibrary
    ) -> None:
        super().__init__()
        self._viewer, self._live = viewer, live
        self._editor, self._boards = fusing, boards
        self._fused: tuple[ViewedImage, ...] = ()
        self._mix: Mix | None = None  # what they are of
        self._record: Record | None = None  # of one alone
        self._follows = False  # whether they are what the viewer shows
        self._preview: QImage | None = None
        self._preview_mix: Mix | None = None
        self._originals: dict[Source, Source] = {}  # of copies that lay there instead of lost files
        self._before: tuple[QImage | None, ...] = ()  # shown until one of them has a picture
        viewer.replaced.connect(self._on_replaced)
        viewer.changed.connect(self._on_image)
        viewer.record_changed.connect(self._on_record)
        live.image_changed.connect(self._on_preview)
        fusing.changed.connect(self._on_board)
        boards.changed.connect(self._on_board)

    @property
    def images(self) -> tuple[QImage | None, ...]:
        """What is shown: a preview, or the pictures of one job as far as they are there."""
        if self._preview is not None:
            return (self._preview,)
        fused = tuple(one.image for one in self._fused)
        return fused if any(fused) else self._before

    @property
    def is_preview(self) -> bool:
        """Whether a preview is shown that is newer than what was painted."""
        return self._preview is not None

    @property
    def mix(self) -> Mix | None:
        """What is shown was fused from this; None: nothing is shown."""
        return self._mix if self._preview is None else self._preview_mix

    @property
    def path(self) -> Path | None:
        """The file of the one painted picture that is shown."""
        alone = len(self._fused) == 1 and self._preview is None
        return self._fused[0].path if alone else None

    @property
    def record(self) -> Record | None:
        """How the one painted picture was made, once that is read."""
        return None if self._preview is not None else self._record

    def original(self, source: Source) -> Source:
        """Return what a card is a copy of, if its own file is lost; else what is on it."""
        original = self._boards.original(source)  # known while the fused picture is looked at
        if original != source:
            self._originals[source] = original
        return self._originals.get(source, source)

    def open(self, number: int) -> None:
        """Look at one of several alone."""
        if self._preview is not None or len(self._fused) < 2:
            return
        if self._follows:
            self._viewer.show_alone(number)
        elif (path := self._fused[number].path) is not None:
            self._viewer.show_tile(Tile(path=path, image=self._fused[number].image))

    def show_all(self) -> bool:
        """Look again at all that belong to the one that is shown; False if it is alone."""
        return self._follows and self._preview is None and self._viewer.show_group()

    def take_out(self, path: Path) -> None:
        """Show a picture no more that is deleted, if it is shown. Its siblings stay."""
        if self._follows or all(one.path != path for one in self._fused):
            return
        self._fused = tuple(one for one in self._fused if one.path != path)
        if not self._fused:
            self._mix = self._record = None
            self._before = ()
        self.changed.emit()

    def rename(self, old: Path, new: Path) -> None:
        """Follow that a picture's file has another name, before the board does."""
        self._fused = tuple(
            replace(one, path=new) if one.path == old else one for one in self._fused
        )
        self._mix = with_file_renamed(self._mix, old, new)
        self._preview_mix = with_file_renamed(self._preview_mix, old, new)
        self._originals = {
            with_file_renamed(copy, old, new): with_file_renamed(source, old, new)
            for copy, source in self._originals.items()
        }

    def _on_replaced(self) -> None:
        self._follows = False
        self._look()

    def _on_record(self, record: Record | None) -> None:
        if record is None:
            return
        if self._follows:  # it may have been changed on the board since
            self._record = record
            self.changed.emit()
        else:
            self._look()

    def _on_image(self, number: int) -> None:
        del number
        if self._follows:
            self._fused = self._viewer.images
            self.changed.emit()

    def _on_preview(self, image: QImage) -> None:
        conditioning = self._live.conditioning
        if isinstance(conditioning, Mix) and self._is_ours(conditioning):  # it may be late
            self._preview, self._preview_mix = image, conditioning
            self.changed.emit()

    def _on_board(self) -> None:
        """Drop what does not belong to the board any more."""
        before = self.mix
        if self._preview_mix is not None and not self._is_ours(self._preview_mix):
            self._preview = self._preview_mix = None
        if self._mix is not None and not self._is_ours(self._mix):
            self._fused, self._mix, self._record, self._before = (), None, None, ()
            self._follows = False
        if self.mix is None:
            self._look()
        if self.mix != before:
            self.changed.emit()

    def _look(self) -> None:
        """Take over what the viewer shows, if it was fused from the board."""
        conditioning = self._viewer.conditioning
        if not isinstance(conditioning, Mix) or not self._is_ours(conditioning):
            return
        self._before = self.images
        self._preview = self._preview_mix = None
        self._fused, self._mix = self._viewer.images, conditioning
        self._record, self._follows = self._viewer.record, True
        self.changed.emit()

    def _is_ours(self, fusion: Mix) -> bool:
        cards = self._editor.board.cards
        left = [{card.source, self.original(card.source)} for card in cards]
        for one in fusion.ingredients:
            place = next((n for n, sources in enumerate(left) if one.source in sources), None)
            if place is None:
                return False
            del left[place]
        return True
