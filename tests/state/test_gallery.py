"""The strip: pictures grow in their places, and stay where they were made."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Cancelled, Made, Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import Gallery, Tile, split
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import request


@pytest.fixture
def gallery(background: Background, tmp_path: Path, qtmodeltester: ModelTester) -> Gallery:
    gallery = Gallery(background, Thumbnails(tmp_path / "cache"))
    qtmodeltester.check(gallery)  # and it goes on watching
    return gallery


def picture(folder: Path, name: str, colour: str = "red") -> Path:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (300, 300), colour).save(folder / name)
    return folder / name


def tile(gallery: Gallery, row: int) -> Tile:
    shown: Tile = gallery.data(gallery.index(row, 0), Gallery.TileRole)
    return shown


RED_AND_BLUE = Preview(4, 2, (b"\xff\0\0" * 2 + b"\0\0\xff" * 2) * 2)


def test_pictures_grow_and_stay_where_they_grew(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "old.png")
    job = Job(request(count=3), made=(1,))
    gallery.on_job_started(job)
    assert [one.index for one in gallery.tiles[:2]] == [0, 2]
    gallery.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0, 2), RED_AND_BLUE))
    growing = gallery.tiles[1].image
    assert growing is not None
    assert (growing.width(), growing.pixelColor(0, 0).blue()) == (2, 255)

    gallery.on_picture_made(job, Made(tmp_path / "third.png", 2, 9))
    assert [one.path for one in gallery.tiles] == [
        None,
        tmp_path / "third.png",
        tmp_path / "old.png",
    ]
    gallery.on_job_ended(job, Cancelled(job.id))
    assert [one.name for one in gallery.tiles] == ["third", "old"]


def test_a_picture_that_grew_nowhere_comes_first(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "old.png")
    gallery.on_picture_made(Job(request()), Made(tmp_path / "new.png", 0, 9))
    assert [one.name for one in gallery.tiles] == ["new", "old"]


def test_steps_without_previews_change_nothing(gallery: Gallery) -> None:
    job = Job(request())
    gallery.on_job_started(job)
    gallery.on_stepped(job, Stepped("prior", 1, 4, 1.0, (0,)))
    assert gallery.tiles[0].image is None


def test_a_folder_is_listed_beside_what_grows(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    names = ["2026-01-01-a.png", "2026-01-02-b.png"]
    for name in names:
        picture(tmp_path / "pictures", name)
    gallery.on_job_started(Job(request()))
    gallery.set_folder(tmp_path / "pictures")
    qtbot.waitUntil(lambda: gallery.rowCount() == 3)
    assert [one.name for one in gallery.tiles[1:]] == ["2026-01-02-b", "2026-01-01-a"]


def test_a_thumbnail_is_read_when_it_is_first_looked_at(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    gallery.add(picture(tmp_path, "cat.png"))
    gallery.add(tmp_path / "vanished.png")  # costs a line in the log
    assert all(one.image is None for one in gallery.tiles)
    assert tile(gallery, 1).image is None  # asked for now
    assert tile(gallery, 0).image is None
    qtbot.waitUntil(lambda: gallery.tiles[1].image is not None)
    image = tile(gallery, 1).image
    assert image is not None
    assert (image.width(), image.height()) == (256, 256)
    assert tile(gallery, 0).image is None


def test_pictures_can_be_dragged_out_and_growing_ones_not(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "cat.png")
    gallery.on_job_started(Job(request()))
    growing, made = gallery.index(0, 0), gallery.index(1, 0)
    assert not gallery.flags(growing) & Qt.ItemFlag.ItemIsDragEnabled
    assert gallery.flags(made) & Qt.ItemFlag.ItemIsDragEnabled
    urls = gallery.mimeData([growing, made]).urls()
    assert [url.toLocalFile() for url in urls] == [str(tmp_path / "cat.png")]


def test_a_row_of_previews_is_split_into_its_pictures() -> None:
    red, blue = split(RED_AND_BLUE, 2)
    assert red.format() == QImage.Format.Format_RGB888
    assert (red.pixelColor(1, 1).red(), blue.pixelColor(0, 1).blue()) == (255, 255)
