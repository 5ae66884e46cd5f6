"""Pictures for the forms: read before they are taken, and small images of those that are shown."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.image_import import ImageImport, Said
from kandinsky_desktop.state.thumbnails import MaskThumbnail, ThumbnailLoader
from kandinsky_desktop.store import foreign_metadata
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


def test_a_picture_whose_words_cannot_be_read_says_nothing(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: Path) -> None:
        raise ArithmeticError

    monkeypatch.setattr(foreign_metadata, "words_of", broken)
    said = list[Said]()
    imports.look_into(picture(tmp_path / "cat.png"), said.append)
    qtbot.waitUntil(lambda: bool(said))  # else what is pasted would go nowhere
    assert said == [Said()]


def test_what_cannot_be_read_is_refused_and_not_taken(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot
) -> None:
    taken = list[Path]()
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with qtbot.waitSignal(imports.refused):
        imports.import_file(tmp_path / "bad.png", taken.append)
    assert not taken


def test_a_mask_of_another_size_is_offered_to_be_stretched_and_shown_so(
    imports: ImageImport, tmp_path: Path, qtbot: QtBot
) -> None:
    cat, mask, taken = picture(tmp_path / "cat.png", side=16), tmp_path / "mask.png", list[Path]()
    Image.new("L", (8, 4), 255).save(mask)
    with qtbot.waitSignal(imports.fit_offered) as offered:
        imports.import_mask(mask, taken.append, Inpaint(path=cat, masks=()))
    assert (offered.args[0], taken) == (mask, [])
    imports.import_mask(mask, taken.append, Inpaint(path=cat, masks=(), fit_mask=True))
    qtbot.waitUntil(lambda: bool(taken))
    as_it_is, stretched = MaskThumbnail(mask), MaskThumbnail(mask, cat)
    imports.request_thumbnails([as_it_is, stretched])
    qtbot.waitUntil(lambda: None not in (imports.image_of(as_it_is), imports.image_of(stretched)))
    images = imports.image_of(as_it_is), imports.image_of(stretched)
    assert [(one.width(), one.height()) for one in images if one] == [(8, 4), (16, 16)]
    picture(cat, side=32)  # another size now: the mask is stretched anew when it is shown
    imports.request_thumbnails([])
    with qtbot.waitSignal(imports.thumbnail_loaded):
        imports.request_thumbnails([stretched])
    again = imports.image_of(stretched)
    assert again is not None
    assert again.width() == 32


def test_a_picture_of_pixels_becomes_a_file(imports: ImageImport, qtbot: QtBot) -> None:
    pixels, taken = QImage(4, 4, QImage.Format.Format_RGB32), list[Path]()
    pixels.fill(QColor("#00ff00"))
    imports.import_image(pixels, lambda path: imports.import_file(path, taken.append))
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
