"""A board, a viewer and a library over a folder, with fused pictures to look at."""

from dataclasses import replace
from pathlib import Path

from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Conditioning
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import record, request


class Shelf:
    """What the states of the board stand on."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        self.folder, self.qtbot = folder, qtbot
        loader = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        self.editor = BoardEditor(background, loader, folder / "dropped", None)
        self.viewer = Viewer(background)
        self.library = BoardLibrary(
            background, self.editor, self.viewer, folder / "boards", folder / "kept"
        )
        self.refusals: list[str] = []
        self.library.refused.connect(self.refusals.append)

    def painted(self, name: str, conditioning: Conditioning, embedding: bytes = b"") -> Path:
        """Save a picture that was painted of this."""
        wanted = replace(request(), conditioning=conditioning)
        image = Image.new("RGB", (64, 64), "orange")
        made = pictures.finish(image, record(wanted), embedding)
        return pictures.save_as(made, self.folder / f"{name}.png")

    def fused(self, board: Board, name: str = "fused", embedding: bytes = b"") -> Path:
        """Save a picture that was fused of a board."""
        return self.painted(name, board.fusion, embedding)

    def look_at(self, picture: Path) -> None:
        """Look at a picture, and wait until it is read how it was made."""
        self.viewer.show_tile(Tile(picture))
        self.qtbot.waitUntil(lambda: self.viewer.record is not None)
