"""What other programs do to the pictures is seen and said, and nothing of it is taken for ours."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.outside import AWAY, EMPTY
from tests.fakes import request
from tests.state.library_desk import Shelf


class Told:
    """What the window would say."""

    def __init__(self, desk: Shelf) -> None:
        self.gone: list[str] = []
        self.away: list[str] = []
        self.back = 0
        desk.outside.gone.connect(self._on_gone)
        desk.outside.folder_away.connect(lambda folder, why: self.away.append(why))
        desk.outside.folder_back.connect(self._on_back)

    def _on_gone(self, paths: tuple[Path, ...]) -> None:
        self.gone += [path.stem for path in paths]

    def _on_back(self) -> None:
        self.back += 1


class Seen(Shelf):
    """A desk whose index follows the folder."""

    def look(self) -> None:
        """Let the indexer look at what other programs did, and the window; wait for both."""
        self.indexer.watch((self.folder,))
        self.qtbot.waitUntil(lambda: not self.gallery.is_reading)
        super().look()


@pytest.fixture
def desk(
    tmp_path: Path, background: Background, qtbot: QtBot, qtmodeltester: ModelTester
) -> Iterator[Seen]:
    desk = Seen(tmp_path, background, qtbot)
    desk.library.start()
    with qtbot.waitSignal(desk.gallery.listed):
        desk.gallery.set_folder(desk.folder)
    qtbot.waitUntil(lambda: bool(desk.indexer.roots))
    qtmodeltester.check(desk.gallery)
    yield desk
    desk.close()


@pytest.fixture
def told(desk: Seen) -> Told:
    return Told(desk)


def age(desk: Seen, names: str) -> None:
    """Let files be old, the first the newest."""
    for number, name in enumerate(names):
        when = 1_700_000_000 - number
        os.utime(desk.path(name), (when, when))


def test_a_file_deleted_outside_leaves_strip_and_stage_and_is_said(desk: Seen, told: Told) -> None:
    desk.fill("cba")
    desk.viewer.look_at(desk.path("b"))
    desk.look()
    assert told.gone == []
    desk.path("b").unlink()
    desk.look()
    assert (desk.names, desk.seen, told.gone) == ("ac", "c", ["b"])
    desk.look()
    assert told.gone == ["b"]  # once


def test_of_four_and_of_a_film_the_others_stay(desk: Seen, told: Told) -> None:
    desk.end(desk.four())
    desk.studio.whole()
    frame = desk.film.made[2]
    desk.path("b").unlink()
    frame.unlink()
    desk.look()
    assert desk.seen == "acd"
    assert [one.path is not None for one in desk.film.frames] == [True, True, False, True]
    assert set(told.gone) == {"b", frame.stem}


def test_what_is_deleted_here_is_not_said_to_be_deleted_outside(desk: Seen, told: Told) -> None:
    desk.fill("cba")
    desk.look()
    desk.outside.look()
    desk.delete("b")
    desk.look()
    desk.undo()
    desk.look()
    assert (desk.names, told.gone) == ("abc", [])


def test_what_comes_from_outside_is_listed_where_its_age_belongs(desk: Seen, told: Told) -> None:
    desk.fill("dba")
    age(desk, "abd")
    desk.look()
    Image.new("RGB", (8, 8), "red").save(desk.path("c"))
    age(desk, "abcd")
    desk.look()
    assert desk.names == "abcd"
    assert told.gone == []


def test_what_comes_while_pictures_are_made_is_listed_behind_them(desk: Seen) -> None:
    desk.fill("a")
    desk.look()
    job = Job(request())
    desk.making.on_job_started(job)
    Image.new("RGB", (8, 8), "red").save(desk.path("x"))
    desk.look()
    assert [tile.path is None for tile in desk.gallery.tiles] == [True, False, False]
    desk.end(job)
    assert sorted(desk.names) == ["a", "x"]


def test_a_file_that_is_renamed_is_the_same_under_another_name(desk: Seen, told: Told) -> None:
    desk.fill("cba")
    desk.look()
    desk.path("b").rename(desk.path("x"))
    age(desk, "axc")
    desk.look()
    assert desk.names == "axc"
    assert told.gone == ["b"]


def test_a_folder_that_was_renamed_is_away_until_it_is_back(desk: Seen, told: Told) -> None:
    desk.fill("ba")
    desk.viewer.look_at(desk.path("a"))
    desk.look()
    moved = desk.folder.rename(desk.folder.with_name("moved"))
    desk.look()
    desk.look()
    assert (desk.names, told.gone) == ("", [])
    assert desk.seen == "a"  # what is looked at stays in sight
    assert told.away == [AWAY]
    moved.rename(desk.folder)
    desk.look()
    assert (sorted(desk.names), told.back) == (["a", "b"], 1)


def test_a_disk_that_was_taken_out_leaves_an_empty_folder_and_comes_back(
    desk: Seen, told: Told, tmp_path: Path
) -> None:
    desk.fill("ba")
    desk.look()
    away = tmp_path / "away"
    shutil.copytree(desk.folder, away)
    shutil.rmtree(desk.folder)
    desk.folder.mkdir()
    desk.look()
    desk.look()
    assert (desk.names, told.gone, told.away) == ("", [], [EMPTY])
    shutil.copytree(away, desk.folder, dirs_exist_ok=True)
    desk.look()
    assert (sorted(desk.names), told.back) == (["a", "b"], 1)


def test_a_folder_that_cannot_be_read_is_away(desk: Seen, told: Told) -> None:
    desk.fill("a")
    desk.look()
    shutil.rmtree(desk.folder)
    desk.folder.write_text("a file")
    desk.look()
    assert told.away == ["pictures: Not a directory"]


def test_a_folder_that_is_not_made_yet_is_not_missed(desk: Seen, told: Told) -> None:
    shutil.rmtree(desk.folder)
    desk.look()
    assert told.away == []


def test_a_folder_that_was_chosen_and_is_not_there_at_the_start_is_said(
    desk: Seen, told: Told
) -> None:
    shutil.rmtree(desk.folder)
    desk.outside.start()
    desk.qtbot.waitUntil(lambda: bool(told.away))
