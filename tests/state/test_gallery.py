"""The strip: pictures grow in their places, and stay where they were made."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Cancelled, Finished, Made, Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import request


@pytest.fixture
def gallery(background: Background, tmp_path: Path, qtmodeltester: ModelTester) -> Gallery:
    gallery = Gallery(background, ThumbnailLoader(background, Thumbnails(tmp_path / "cache")))
    qtmodeltester.check(gallery)  # and it goes on watching
    return gallery


def picture(folder: Path, name: str, colour: str = "red") -> Path:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(folder / name)
    return folder / name


def names(gallery: Gallery) -> list[str]:
    return [tile.name for tile in gallery.tiles]


RED_AND_BLUE = Preview(4, 2, (b"\xff\0\0" * 2 + b"\0\0\xff" * 2) * 2)


def test_pictures_grow_and_stay_where_they_grew(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "old.png")
    job = Job(request(count=3), made=(1,))
    gallery.on_job_started(job)
    assert [one.index for one in gallery.tiles[:2]] == [0, 2]
    gallery.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0, 2), RED_AND_BLUE))
    growing = gallery.tiles[1]
    assert growing.image is not None
    assert (growing.image.width(), growing.image.pixelColor(0, 0)) == (2, QColor("blue"))
    assert growing.share == 0.25

    gallery.on_picture_made(job, Made(tmp_path / "third.png", 2, 9))
    assert [one.path for one in gallery.tiles] == [
        None,
        tmp_path / "third.png",
        tmp_path / "old.png",
    ]
    assert gallery.tiles[1].image == growing.image  # until its thumbnail is read
    gallery.on_job_ended(job, Cancelled(job.id))
    assert names(gallery) == ["third", "old"]


def test_a_preview_gives_way_to_the_thumbnail(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    job, made = Job(request()), picture(tmp_path, "made.png", "#00ff00")
    gallery.on_job_started(job)
    gallery.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0,), RED_AND_BLUE))
    gallery.on_picture_made(job, Made(made, 0, 9))
    view = QObject()
    with qtbot.waitSignal(gallery.thumbnails.loaded):
        gallery.thumbnails.request(view, [made])
    image = gallery.tiles[0].image
    assert image is not None
    assert image.pixelColor(0, 0) == QColor("#00ff00")


def test_a_job_that_is_tried_again_has_its_places_once(gallery: Gallery, tmp_path: Path) -> None:
    job = Job(request(count=3))
    gallery.on_job_started(job)
    gallery.on_picture_made(job, Made(tmp_path / "first.png", 0, 9))
    gallery.on_job_ended(job, Cancelled(job.id))
    gallery.on_job_started(Job(job.request, job.id, made=(0,)))
    assert names(gallery) == ["In the making", "In the making", "first"]
    gallery.on_picture_made(job, Made(tmp_path / "second.png", 1, 9))
    gallery.on_job_ended(job, Finished(job.id))
    assert names(gallery) == ["second", "first"]


def test_a_picture_that_grew_nowhere_comes_first(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "old.png")
    gallery.on_picture_made(Job(request()), Made(tmp_path / "new.png", 0, 9))
    gallery.add(tmp_path / "old.png")  # is there already
    assert names(gallery) == ["new", "old"]


def test_steps_without_previews_change_nothing(gallery: Gallery) -> None:
    job = Job(request())
    gallery.on_job_started(job)
    gallery.on_stepped(job, Stepped("prior", 1, 4, 1.0, (0,)))
    assert gallery.tiles[0].image is None


def test_a_folder_is_listed_beside_what_grows(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("2026-01-01-a.png", "2026-01-02-b.png"):
        picture(tmp_path / "pictures", name)
    job = Job(request(count=2))
    gallery.on_job_started(job)
    gallery.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0, 1), RED_AND_BLUE))
    gallery.set_folder(tmp_path / "pictures")
    qtbot.waitUntil(lambda: gallery.rowCount() == 4)
    assert names(gallery)[2:] == ["2026-01-02-b", "2026-01-01-a"]
    assert [(tile.index, tile.image is not None) for tile in gallery.tiles[:2]] == [
        (0, True),
        (1, True),
    ]


def test_what_is_made_while_a_folder_is_listed_is_there_once(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    folder, job = tmp_path / "pictures", Job(request(count=3))
    early = picture(folder, "2026-01-01-early.png")
    gallery.on_job_started(job)
    gallery.set_folder(folder)
    gallery.on_picture_made(job, Made(early, 0, 9))  # listed too
    gallery.on_picture_made(job, Made(tmp_path / "elsewhere" / "late.png", 1, 9))  # not listed
    with qtbot.waitSignal(gallery.modelReset):
        pass
    assert names(gallery) == ["In the making", "late", "2026-01-01-early"]
    listed = picture(folder, "2026-01-02-listed.png")
    gallery.set_folder(folder)
    with qtbot.waitSignal(gallery.modelReset):
        pass
    gallery.on_picture_made(job, Made(listed, 2, 9))  # said after it was listed
    assert names(gallery) == ["2026-01-02-listed", "2026-01-01-early"]


def test_of_two_folders_the_one_that_was_asked_for_last_is_shown(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    picture(tmp_path / "one", "one.png")
    picture(tmp_path / "two", "two.png")
    gallery.set_folder(tmp_path / "one")
    gallery.set_folder(tmp_path / "two")
    qtbot.waitUntil(lambda: names(gallery) == ["two"])
    gallery._show(tmp_path / "one", [tmp_path / "one" / "one.png"], {})  # its listing took longer
    assert names(gallery) == ["two"]


def test_those_that_were_painted_together_are_found_by_one_of_them(
    gallery: Gallery, tmp_path: Path
) -> None:
    alone = picture(tmp_path, "alone.png")
    gallery.add(alone)
    jobs = [Job(request(count=3)) for _again in range(2)]  # the same request, painted twice
    paths: list[list[Path]] = []
    for number, job in enumerate(jobs):
        gallery.on_job_started(job)
        paths.append([picture(tmp_path, f"{number}-{index}.png") for index in range(3)])
        for index, path in enumerate(paths[-1]):
            gallery.on_picture_made(job, Made(path, index, 1))
        gallery.on_job_ended(job, Finished(job.id))
    for each in paths:
        for path in each:
            assert [tile.path for tile in gallery.together_with(path)] == each
    assert [tile.path for tile in gallery.together_with(alone)] == [alone]
    assert gallery.together_with(tmp_path / "unknown.png") == ()
    gallery.take_out(paths[0][1])
    assert [tile.path for tile in gallery.together_with(paths[0][2])] == [
        paths[0][0],
        paths[0][2],
    ]


def test_many_that_come_or_go_are_laid_out_once(gallery: Gallery, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number:03}.png" for number in range(90)]  # the newest first
    gallery.set_folder(tmp_path)
    for path in reversed(paths[1::2]):
        gallery.add(path)
    told: list[str] = []
    gallery.modelReset.connect(lambda: told.append("reset"))
    gallery.rowsInserted.connect(lambda: told.append("inserted"))
    gallery.rowsRemoved.connect(lambda: told.append("removed"))
    assert gallery.merge(tmp_path, (paths, {}))
    assert [tile.path for tile in gallery.tiles] == paths
    assert gallery.merge(tmp_path, (paths, {}))  # nothing came
    gone = frozenset(paths[10:80])
    assert gallery.beside(paths[9], gone) == paths[80]
    gallery.drop(gone)
    assert [tile.path for tile in gallery.tiles] == paths[:10] + paths[80:]
    assert told == ["reset", "reset"]
