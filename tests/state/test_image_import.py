"""Pictures for the forms: read before they are taken, and small images of those that are shown."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.image_import import ImageImport
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails


@pytest.fixture
def imports(background: Background, tmp_path: Path) -> ImageImport:
    thumbnails = ThumbnailLoader(background, Thumbnails(tmp_path / "cache"))
    return ImageImport(background, thumbnails, tmp_path / "dropped")


def picture(path: Path, colour: str = "red", side: int = 8) -> Path:
    Image.new("RGB", (side, side), colour).save(path)
    return path


def colour_of(imports: ImageImport, path: Path) -> str:
    image = imports.image_of(path)
    return "" if image is None else image.pixelColor(0, 0).name()


def test_what_is_taken_has_its_small_image_at_once(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot
) -> None:
    path, seen = picture(tmp_path / "cat.png"), list[str]()
    imports.import_file(path, lambda taken: seen.append(colour_of(imports, taken)))
    qtbot.waitUntil(lambda: bool(seen))
    assert (seen, imports.size_of(path)) == (["#ff0000"], Size(8, 8))


def test_a_file_that_was_painted_over_is_shown_as_it_is_now(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot
) -> None:
    path, taken = picture(tmp_path / "cat.png"), list[Path]()
    imports.import_file(path, taken.append)
    qtbot.waitUntil(lambda: bool(taken))
    imports.request_thumbnails([path])
    picture(path, "blue", side=16)
    with qtbot.waitSignal(imports.imported):
        imports.import_file(path, taken.append)
    assert (colour_of(imports, path), imports.size_of(path)) == ("#0000ff", Size(16, 16))


def test_what_cannot_be_read_or_fits_not_is_refused_and_not_taken(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot
) -> None:
    taken, reasons = list[Path](), list[str]()
    imports.refused.connect(reasons.append)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    imports.import_file(tmp_path / "bad.png", taken.append)
    small = picture(tmp_path / "small.png")
    large = picture(tmp_path / "large.png", side=16)
    imports.import_file(small, taken.append, alike=large)
    qtbot.waitUntil(lambda: len(reasons) == 2)
    assert not taken


def test_a_picture_of_pixels_becomes_a_file(imports: ImageImport, qtbot: QtBot) -> None:
    pixels, taken = QImage(4, 4, QImage.Format.Format_RGB32), list[Path]()
    pixels.fill(QColor("#00ff00"))
    imports.import_image(pixels, taken.append)
    qtbot.waitUntil(lambda: bool(taken))
    assert taken[0].is_file()
    assert colour_of(imports, taken[0]) == "#00ff00"


def test_only_pictures_that_are_shown_are_said(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot
) -> None:
    one, other = picture(tmp_path / "one.png"), picture(tmp_path / "other.png", "blue")
    with qtbot.waitSignal(imports.thumbnail_loaded):
        imports.request_thumbnails([one])
    imports.request_thumbnails([])
    with qtbot.assertNotEmitted(imports.thumbnail_loaded):
        taken: list[Path] = []
        imports.import_file(other, taken.append)
        qtbot.waitUntil(lambda: bool(taken))
