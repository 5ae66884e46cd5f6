"""The list of pictures: found by their files, dragged as files, quick however many there are."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.modeltest import ModelTester

from kandinsky_desktop.domain.events import Cancelled, Made, Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state import pictures
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.pictures import PictureListModel, Tile, split
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import request
from tests.state.strip import strip_of

GREY = Preview(1, 1, b"\x80\x80\x80")


@pytest.fixture
def gallery(background: Background, tmp_path: Path) -> Gallery:
    return strip_of(background, tmp_path)


def rows(gallery: Gallery) -> list[int | None]:
    """Return where each file is found, in the order of the rows."""
    return [gallery.row_of(tile.path) for tile in gallery.tiles if tile.path]


def test_each_file_is_found_in_its_row_whatever_comes_and_goes(
    gallery: Gallery, qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(gallery)
    for number in range(4):
        gallery.add(Path(f"{number}.png"))
    assert rows(gallery) == [0, 1, 2, 3]
    job = Job(request(count=3))
    gallery.making.on_job_started(job)
    assert rows(gallery) == [3, 4, 5, 6]
    gallery.making.on_picture_made(job, Made(Path("new.png"), 1, 9))
    assert (gallery.row_of(Path("new.png")), gallery.row_of(Path("none.png"))) == (2, None)
    gallery.making.on_job_ended(job, Cancelled(job.id))
    assert rows(gallery) == [0, 1, 2, 3, 4]
    assert [tile.name for tile in gallery.tiles] == ["new", "3", "2", "1", "0"]


def test_files_can_be_dragged_out_and_growing_ones_not(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "cat.png")
    gallery.making.on_job_started(Job(request()))
    growing, made = gallery.index(0, 0), gallery.index(1, 0)
    assert not gallery.flags(growing) & Qt.ItemFlag.ItemIsDragEnabled
    assert gallery.flags(made) & Qt.ItemFlag.ItemIsDragEnabled
    urls = gallery.mimeData([growing, made]).urls()
    assert [url.toLocalFile() for url in urls] == [str(tmp_path / "cat.png")]


def test_each_entry_says_what_it_is(gallery: Gallery) -> None:
    gallery.add(Path("a red cat.png"))
    job = Job(request())
    gallery.making.on_job_started(job)
    roles = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
    said = [gallery.data(gallery.index(row, 0), role) for row in (0, 1) for role in roles]
    assert said == ["In the making", "In the making", "a red cat", "a red cat"]
    gallery.making.on_stepped(job, Stepped("decoder", 2, 5, 1.0, (0,), GREY))
    assert gallery.data(gallery.index(0, 0), Qt.ItemDataRole.ToolTipRole) == "In the making: 40 %"
    assert gallery.data(gallery.index(0, 0), Gallery.TileRole) == gallery.tiles[0]


def test_previews_of_pictures_that_nobody_looks_at_are_released(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_PREVIEWS", 3)
    for number in range(5):
        job = Job(request())
        gallery.making.on_job_started(job)
        gallery.making.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0,), GREY))
        gallery.making.on_picture_made(job, Made(Path(f"{number}.png"), 0, 9))
        gallery.making.on_job_ended(job, Cancelled(job.id))
    assert [tile.image is not None for tile in gallery.tiles] == [True, True, True, False, False]


def test_no_event_takes_longer_among_thirty_thousand(
    background: Background, tmp_path: Path
) -> None:
    model = PictureListModel(ThumbnailLoader(background, Thumbnails(tmp_path)))

    def events_s(count: int) -> float:
        """Return the processor time of a job's events and of the look for its pictures."""
        job = Job(request(count=4))
        making = [Tile(job=job.id, index=index) for index in range(4)]
        model._reset([*making, *(Tile(path=Path(f"{number}.png")) for number in range(count))])
        begin = time.process_time()
        for step in range(25):
            model._show_previews(job.id, Stepped("decoder", step, 25, 1.0, (0,), GREY))
        for index in range(4):
            path = Path(f"{job.id}-{index}.png")
            assert model._finish((job.id, index), path)
            assert model.row_of(path) == index
        assert model.row_of(Path("none.png")) is None
        return time.process_time() - begin

    few = min(events_s(0) for _turn in range(5))
    many = min(events_s(30_000) for _turn in range(5))
    assert many < 3 * few + 0.002  # a look through all takes fifty times as long


def test_a_row_of_previews_is_split_into_its_pictures() -> None:
    red, blue = split(Preview(4, 2, (b"\xff\0\0" * 2 + b"\0\0\xff" * 2) * 2), 2)
    assert red.format() == QImage.Format.Format_RGB888
    assert (red.pixelColor(1, 1), blue.pixelColor(0, 1)) == (QColor("red"), QColor("blue"))
