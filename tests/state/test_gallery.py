"""The strip: pictures grow in their places, and lie where the library has them."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Cancelled, Finished, Made, Preview, Stepped
from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.library import Change
from kandinsky_desktop.state import gallery as gallery_module
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.gallery import MOST, Gallery
from kandinsky_desktop.state.library_making import LibraryMaking
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store import library_index
from kandinsky_desktop.store.library_index import open_reader
from kandinsky_desktop.store.scanning import look_at
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import request
from tests.library import indexed, picture, quick, record_of, rescan, watch
from tests.moments import apart
from tests.state.strip import strip_of


@pytest.fixture
def gallery(background: Background, tmp_path: Path, qtmodeltester: ModelTester) -> Gallery:
    gallery = strip_of(background, tmp_path)
    qtmodeltester.check(gallery)  # and it goes on watching
    return gallery


def plain(folder: Path, name: str, colour: str = "red") -> Path:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(folder / name)
    return apart(folder / name)


def names(gallery: Gallery) -> list[str]:
    return [tile.name for tile in gallery.tiles]


class Kept:
    """The strip over a real index, which lies behind what is done until it is told to follow."""

    def __init__(self, home: Path, background: Background, qtbot: QtBot) -> None:
        self.qtbot, self.folder, self.place = qtbot, home / "pictures", home / "index.db"
        self.folder.mkdir()
        self.background = background
        self.index, self.roots = indexed(self.place, self.folder)
        self.scans = 0
        self.begin()

    def begin(self) -> None:
        """Begin as after a restart."""
        loader = ThumbnailLoader(self.background, Thumbnails(self.place.parent / "cache"))
        self.making = LibraryMaking()
        self.strip = Gallery(self.background, loader, self.making, lambda: open_reader(self.place))
        self.gone: list[frozenset[Path]] = []
        self.strip.gone.connect(self.gone.append)
        self.look()

    def look(self) -> None:
        with self.qtbot.waitSignal(self.strip.listed):
            self.strip.set_folder(self.folder)

    def follow(self, change: Change | None = None) -> None:
        """Bring the index to what lies in the folder, and tell the strip."""
        change = rescan(self.index, self.roots) if change is None else change
        self.scans += 1
        with self.qtbot.waitSignal(self.strip.listed):
            self.strip.on_changed(
                Changed(change.added, change.removed, change.altered, scans=self.scans)
            )

    def is_read(self) -> bool:
        """Say whether it is being read, and wait for the end of it."""
        was_reading = self.strip.is_reading
        self.qtbot.waitUntil(lambda: not self.strip.is_reading)
        return was_reading

    def paint(self, words: str, count: int = 1) -> list[Path]:
        """Let a job paint, as the engine does."""
        job = Job(record_of(words, count=count).request)
        self.making.on_job_started(job)
        paths = []
        for index in range(count):
            paths.append(apart(picture(self.folder, record_of(words, count=count, index=index))))
            self.making.on_picture_made(job, Made(paths[-1], index, 9))
        self.making.on_job_ended(job, Finished(job.id))
        return paths

    @property
    def files(self) -> list[Path]:
        return list(reversed(self.strip.files))

    @property
    def indexed(self) -> list[Path]:
        with closing(open_reader(self.place)) as base:
            return [one.path for one in library_index.newest(base, MOST)]


@pytest.fixture
def kept(
    tmp_path: Path, background: Background, qtbot: QtBot, qtmodeltester: ModelTester
) -> Iterator[Kept]:
    kept = Kept(tmp_path, background, qtbot)
    qtmodeltester.check(kept.strip)
    yield kept
    qtbot.waitUntil(lambda: not kept.strip.is_reading)
    kept.index.close()


RED_AND_BLUE = Preview(4, 2, (b"\xff\0\0" * 2 + b"\0\0\xff" * 2) * 2)


def test_pictures_grow_and_stay_where_they_grew(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "old.png")
    job = Job(request(count=3), made=(1,))
    gallery.making.on_job_started(job)
    assert [one.index for one in gallery.tiles[:2]] == [0, 2]
    gallery.making.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0, 2), RED_AND_BLUE))
    growing = gallery.tiles[1]
    assert growing.image is not None
    assert (growing.image.width(), growing.image.pixelColor(0, 0)) == (2, QColor("blue"))
    assert growing.share == 0.25

    gallery.making.on_picture_made(job, Made(tmp_path / "third.png", 2, 9))
    assert [one.path for one in gallery.tiles] == [
        None,
        tmp_path / "third.png",
        tmp_path / "old.png",
    ]
    assert gallery.tiles[1].image == growing.image  # until its thumbnail is read
    gallery.making.on_job_ended(job, Cancelled(job.id))
    assert names(gallery) == ["third", "old"]


def test_a_preview_gives_way_to_the_thumbnail(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    job, made = Job(request()), plain(tmp_path, "made.png", "#00ff00")
    gallery.making.on_job_started(job)
    gallery.making.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0,), RED_AND_BLUE))
    gallery.making.on_picture_made(job, Made(made, 0, 9))
    view = QObject()
    with qtbot.waitSignal(gallery.thumbnails.loaded):
        gallery.thumbnails.request(view, [made])
    image = gallery.tiles[0].image
    assert image is not None
    assert image.pixelColor(0, 0) == QColor("#00ff00")


def test_a_job_that_is_tried_again_has_its_places_once(gallery: Gallery, tmp_path: Path) -> None:
    job = Job(request(count=3))
    gallery.making.on_job_started(job)
    gallery.making.on_picture_made(job, Made(tmp_path / "first.png", 0, 9))
    gallery.making.on_job_ended(job, Cancelled(job.id))
    gallery.making.on_job_started(Job(job.request, job.id, made=(0,)))
    assert names(gallery) == ["In the making", "In the making", "first"]
    gallery.making.on_picture_made(job, Made(tmp_path / "second.png", 1, 9))
    gallery.making.on_job_ended(job, Finished(job.id))
    assert names(gallery) == ["first", "second"]


def test_a_picture_that_grew_nowhere_comes_first(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add(tmp_path / "old.png")
    gallery.making.on_picture_made(Job(request()), Made(tmp_path / "new.png", 0, 9))
    gallery.add(tmp_path / "old.png")  # is there already
    assert names(gallery) == ["new", "old"]


def test_steps_without_previews_change_nothing(gallery: Gallery) -> None:
    job = Job(request())
    gallery.making.on_job_started(job)
    gallery.making.on_stepped(job, Stepped("prior", 1, 4, 1.0, (0,)))
    assert gallery.tiles[0].image is None


def test_a_folder_is_listed_beside_what_grows(
    gallery: Gallery, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("2026-01-01-a.png", "2026-01-02-b.png"):
        plain(tmp_path / "pictures", name)
    job = Job(request(count=2))
    gallery.making.on_job_started(job)
    gallery.making.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0, 1), RED_AND_BLUE))
    gallery.set_folder(tmp_path / "pictures")
    qtbot.waitUntil(lambda: gallery.rowCount() == 4)
    assert names(gallery)[2:] == ["2026-01-02-b", "2026-01-01-a"]
    assert [(tile.index, tile.image is not None) for tile in gallery.tiles[:2]] == [
        (0, True),
        (1, True),
    ]


def test_those_that_were_painted_together_are_found_by_one_of_them(
    gallery: Gallery, tmp_path: Path
) -> None:
    alone = plain(tmp_path, "alone.png")
    gallery.add(alone)
    jobs = [Job(request(count=3)) for _again in range(2)]  # the same request, painted twice
    paths: list[list[Path]] = []
    for number, job in enumerate(jobs):
        gallery.making.on_job_started(job)
        paths.append([plain(tmp_path, f"{number}-{index}.png") for index in range(3)])
        for index, path in enumerate(paths[-1]):
            gallery.making.on_picture_made(job, Made(path, index, 1))
        gallery.making.on_job_ended(job, Finished(job.id))
    for each in paths:
        for path in each:
            assert [tile.path for tile in gallery.together_with(path)] == each
    assert [tile.path for tile in gallery.together_with(alone)] == [alone]
    assert gallery.together_with(tmp_path / "unknown.png") == ()
    gallery.take_out([paths[0][1]])
    assert [tile.path for tile in gallery.together_with(paths[0][2])] == [
        paths[0][0],
        paths[0][2],
    ]


def test_it_is_the_first_of_the_index_in_its_order(kept: Kept, tmp_path: Path) -> None:
    quick(kept.folder, MOST + 40)
    elsewhere = quick(tmp_path / "more", 3, first=MOST + 40)
    kept.roots = watch(kept.index, kept.folder, tmp_path / "more")
    kept.follow()
    assert len(kept.files) == MOST
    assert kept.files[:3] == elsewhere[::-1]  # of all folders of the library
    assert kept.files == kept.indexed
    kept.begin()
    assert kept.files == kept.indexed


def test_what_is_painted_is_there_at_once_and_once_when_the_index_knows_it(kept: Kept) -> None:
    (old,) = kept.paint("an old one")
    kept.follow()
    cats = kept.paint("a cat", 3)
    (dog,) = kept.paint("a dog")
    assert kept.files == [dog, *cats, old]
    before = kept.strip.tiles
    kept.follow()
    assert kept.files == [dog, *cats, old]
    assert [one.batch for one in kept.strip.tiles] == [one.batch for one in before]  # open stacks
    kept.begin()
    assert kept.files == [dog, *cats, old]
    assert [one.index for one in kept.strip.together_with(cats[1])] == [0, 1, 2]


def test_what_is_deleted_is_gone_though_the_index_lists_it_and_comes_back(kept: Kept) -> None:
    cats = kept.paint("a cat", 3)
    (dog,) = kept.paint("a dog")
    kept.follow()
    held = kept.strip.take_out([cats[1], dog])
    kept.look()  # the file is there yet
    assert kept.files == [cats[0], cats[2]]
    aside = [one.rename(kept.place.parent / one.name) for one in (cats[1], dog)]
    kept.strip.settle([cats[1], dog])
    kept.look()  # the index still knows it
    assert kept.files == [cats[0], cats[2]]
    for one in aside:
        one.rename(kept.folder / one.name)
    kept.strip.put_back(held)
    assert kept.files == [dog, *cats]
    kept.follow()
    assert kept.files == [dog, *cats]
    assert not kept.gone


def test_what_is_read_while_a_file_leaves_shows_it_no_more(kept: Kept) -> None:
    cat, dog = kept.paint("a cat") + kept.paint("a dog")
    kept.follow()
    with kept.qtbot.waitSignal(kept.strip.listed):
        kept.strip.read()
        kept.strip.take_out([cat])
        cat.unlink()
        kept.strip.settle([cat])
    assert kept.files == [dog]
    assert not kept.gone
    Image.new("RGB", (8, 8)).save(cat)  # another one of that name
    kept.follow()
    assert sorted(kept.files) == sorted([cat, dog])


def test_what_was_met_while_it_left_does_not_come_back(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat, dog, fox = kept.paint("a cat") + kept.paint("a dog") + kept.paint("a fox")
    kept.follow()
    met, read = Event(), gallery_module._read

    def telling(*given: Any) -> Any:
        found = read(*given)
        met.set()
        return found

    monkeypatch.setattr(gallery_module, "_read", telling)
    with kept.qtbot.waitSignal(kept.strip.listed):
        kept.strip.read()
        assert met.wait(60)
        kept.strip.take_out([cat])
        cat.unlink()
        kept.strip.settle([cat])
        kept.strip.rename(fox, fox.rename(kept.folder / "renamed.png"))
    kept.making.on_job_started(Job(request()))  # so that all is laid out anew
    assert kept.files == [kept.folder / "renamed.png", dog]
    assert not kept.gone
    met.clear()
    with kept.qtbot.waitSignal(kept.strip.listed):
        kept.strip.read()
        assert met.wait(60)
        kept.strip.take_out([dog])
        kept.strip.put_back({dog: None})  # it could not be deleted, and where it was nobody says
        kept.strip.settle([dog])
    assert kept.files == [kept.folder / "renamed.png", dog]


def test_what_comes_and_goes_outside_is_seen_by_the_index(kept: Kept) -> None:
    cat, dog, fox = kept.paint("a cat") + kept.paint("a dog") + kept.paint("a fox")
    kept.follow()
    os.utime(cat, (1_700_000_000, 1_700_000_000))
    owl = picture(kept.folder, record_of("an owl"), name="2026-01-01-120000-an-owl-1.png")
    dog.unlink()
    kept.follow()
    assert set(kept.files) == {fox, owl, cat}
    assert kept.files == kept.indexed
    assert kept.gone == [{dog}]
    fox.rename(kept.folder / "renamed.png")
    kept.follow()
    assert kept.files == kept.indexed


@pytest.mark.parametrize("lies", ["there is none", "it is empty", "it is damaged", "it is partial"])
def test_without_a_whole_index_the_folder_is_listed_as_it_would_be_in_one(
    kept: Kept, lies: str
) -> None:
    cats = kept.paint("a cat", 3)
    (dog,) = kept.paint("a dog")
    foreign = kept.folder / "holiday.jpg"
    Image.new("RGB", (8, 8)).save(foreign)
    os.utime(foreign, (1_700_000_000, 1_700_000_000))
    match lies:
        case "there is none":
            kept.place = kept.place.with_name("nowhere.db")
        case "it is damaged":
            kept.place = kept.place.with_name("damaged.db")
            kept.place.write_bytes(b"SQLite format 3\0" + bytes(4096))
        case "it is partial":
            look_at(kept.index, kept.roots, dog)
        case _:
            assert lies == "it is empty"
    kept.begin()
    assert kept.files == [dog, *cats, foreign]
    assert [one.index for one in kept.strip.together_with(cats[1])] == [0, 1, 2]


def test_an_index_that_is_not_kept_up_to_date_hides_nothing(kept: Kept) -> None:
    quick(kept.folder, MOST)
    kept.follow()
    new = picture(kept.folder, record_of("new"))
    kept.begin()
    assert kept.files[0] != new  # the indexer looks for it
    with kept.qtbot.waitSignal(kept.strip.listed):
        kept.strip.on_index_problem()
    assert kept.files[0] == new


def test_the_folder_is_listed_while_another_index_is_filled(kept: Kept) -> None:
    cat, dog = kept.paint("a cat") + kept.paint("a dog")
    kept.follow()
    kept.begin()
    kept.follow()
    kept.place = kept.place.with_name("made-anew.db")
    library_index.open_index(kept.place)[0].close()
    with kept.qtbot.waitSignal(kept.strip.listed):
        kept.strip.on_changed(Changed(scans=kept.scans, is_new_file=True))
    assert kept.files == [dog, cat]


def test_a_folder_whose_disk_is_away_loses_no_picture(kept: Kept) -> None:
    (cat,) = kept.paint("a cat")
    kept.follow()
    away = kept.folder.rename(kept.folder.with_name("away"))
    kept.folder.mkdir()
    kept.look()
    assert (kept.files, kept.gone) == ([], [])
    kept.folder.rmdir()
    away.rename(kept.folder)
    kept.look()
    assert (kept.files, kept.gone) == ([cat], [])


def test_it_is_read_again_for_the_newest_alone(kept: Kept) -> None:
    paths = quick(kept.folder, MOST + 2)
    kept.follow()
    with closing(open_reader(kept.place)) as base:
        ids = library_index.ids_of(base, paths)
    old, old_too, new, scans = ids[paths[0]], ids[paths[1]], ids[paths[-1]], kept.scans
    kept.strip.on_changed(Changed((old,), (old_too,), (old,), scans=scans))
    assert not kept.is_read()
    for changed in (
        Changed(added=(old, new), scans=scans),
        Changed(removed=(old, new), scans=scans),
        Changed(altered=(old, new), scans=scans),
        Changed(scans=scans + 1),
        Changed(scans=scans + 1, is_new_file=True),
    ):
        kept.strip.on_changed(changed)
        assert kept.is_read()


def test_however_many_are_painted_it_stays_short(gallery: Gallery, tmp_path: Path) -> None:
    resets: list[None] = []
    gallery.modelReset.connect(lambda: resets.append(None))
    gallery.add(*(tmp_path / f"{number}.png" for number in range(3 * MOST)))
    assert gallery.rowCount() == MOST
    assert names(gallery)[0] == str(3 * MOST - 1)
    assert len(resets) == 1
    job = Job(request())
    gallery.making.on_job_started(job)
    assert (gallery.rowCount(), len(resets)) == (MOST + 1, 2)
    for step in range(20):  # of which none lays anything out anew
        gallery.making.on_stepped(job, Stepped("decoder", step, 20, 1.0, (0,), RED_AND_BLUE))
    assert len(resets) == 2


def test_two_folders_follow_each_other(gallery: Gallery, tmp_path: Path, qtbot: QtBot) -> None:
    plain(tmp_path / "one", "one.png")
    plain(tmp_path / "two", "two.png")
    gallery.set_folder(tmp_path / "one")
    gallery.set_folder(tmp_path / "two")
    qtbot.waitUntil(lambda: not gallery.is_reading)
    assert names(gallery) == ["two"]
