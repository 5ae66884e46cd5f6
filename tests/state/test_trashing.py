"""Deleting and bringing back: the lists at once, the disk behind them, and no step out of turn."""

import json
import os
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state import gallery
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.store.trash import Doomed, Trashed
from tests.fakes import request
from tests.state.picture_desk import Desk


@pytest.fixture
def desk(tmp_path: Path, background: Background, qtbot: QtBot, qtmodeltester: ModelTester) -> Desk:
    desk = Desk(tmp_path, background, qtbot)
    qtmodeltester.check(desk.gallery)  # and it goes on watching
    return desk


def test_the_next_of_the_strip_is_looked_at_and_undo_brings_back_what_was(desk: Desk) -> None:
    desk.fill("dcba")
    desk.viewer.look_at(desk.path("b"))
    desk.trashing.delete(desk.path("b"))
    assert (desk.names, desk.seen) == ("acd", "c")  # at once
    desk.qtbot.waitUntil(lambda: bool(desk.deleted))
    assert not desk.path("b").exists()
    desk.undo()
    assert (desk.names, desk.seen) == ("abcd", "b")
    assert desk.path("b").exists()
    assert not desk.said


def test_after_the_last_of_the_strip_comes_the_one_before_and_then_nothing(desk: Desk) -> None:
    desk.fill("ba")
    desk.viewer.look_at(desk.path("b"))
    desk.delete("b")
    assert desk.seen == "a"
    desk.delete("a")
    assert (desk.names, desk.viewer.images) == ("", ())
    desk.undo()
    assert (desk.names, desk.seen) == ("a", "a")


def test_several_deletions_are_several_steps_back_and_forth(desk: Desk) -> None:
    desk.fill("dcba")
    desk.delete("bca")
    assert desk.names == "d"
    seen = []
    for _step in range(3):
        desk.undo()
        seen.append(desk.names)
    assert seen == ["ad", "acd", "abcd"]
    assert desk.trashing.changed_at is None
    desk.trashing.redo()
    desk.trashing.redo()
    desk.qtbot.waitUntil(lambda: len(desk.deleted) == 5)
    assert desk.names == "ad"
    assert sorted(path.stem for path in desk.folder.glob("*.png")) == ["a", "d"]
    desk.undo()
    assert desk.names == "acd"


def test_a_new_picture_does_not_move_what_is_brought_back(desk: Desk) -> None:
    desk.fill("cba")
    desk.delete("b")
    desk.fill("xy")
    desk.undo()
    assert desk.names == "yxabc"


def test_undo_before_the_disk_has_done_it_ends_where_it_began(desk: Desk) -> None:
    desk.fill("cba")
    desk.trashing.delete(desk.path("b"))
    desk.trashing.undo()
    desk.qtbot.waitUntil(lambda: bool(desk.restored))
    assert desk.names == "abc"
    assert desk.path("b").exists()
    assert not desk.deleted
    desk.trashing.redo()
    desk.trashing.undo()
    desk.trashing.redo()
    desk.qtbot.waitUntil(lambda: len(desk.deleted) >= 1 and not desk.path("b").exists())
    desk.qtbot.wait(50)
    assert desk.names == "ac"
    assert not desk.said


def test_of_four_the_three_stay_and_undo_makes_them_four(desk: Desk) -> None:
    desk.end(desk.four())
    desk.viewer.set_current(2)
    desk.delete("c")
    assert (desk.seen, desk.viewer.current) == ("abd", 2)
    assert desk.viewer.current_path == desk.path("d")
    desk.undo()
    assert (desk.seen, desk.viewer.current) == ("abcd", 2)


def test_of_four_seen_one_by_one_the_next_is_seen(desk: Desk) -> None:
    desk.end(desk.four())
    desk.viewer.show_alone(3)
    desk.delete("d")
    assert (desk.seen, desk.viewer.position) == ("c", (3, 3))
    assert desk.viewer.show_group()
    assert desk.seen == "abc"


def test_all_four_leave_one_after_another_and_come_back(desk: Desk) -> None:
    desk.fill("e")
    desk.end(desk.four())
    desk.delete("abcd")
    assert (desk.names, desk.seen) == ("e", "e")
    for _step in range(4):
        desk.undo()
    assert desk.names == "abcde"
    assert desk.seen == "abcd"


def test_those_still_in_the_making_go_on_in_their_places(desk: Desk) -> None:
    job = Job(request(count=3))
    for shown in (desk.making, desk.viewer):
        shown.on_job_started(job)
    for number, name in ((0, "a"), (2, "c"), (1, "b")):
        if name == "b":
            desk.delete("a")
        Image.new("RGB", (8, 8), "red").save(desk.path(name))
        for shown in (desk.making, desk.viewer):
            shown.on_picture_made(job, Made(desk.path(name), number, 1))
    desk.end(job)
    assert desk.seen == "bc"
    desk.undo()
    assert desk.seen == "abc"


def test_a_deleted_picture_does_not_come_back_when_a_job_is_cancelled(desk: Desk) -> None:
    desk.fill("ba")
    desk.viewer.look_at(desk.path("a"))
    job = Job(request())
    for shown in (desk.making, desk.viewer):
        shown.on_job_started(job)
    desk.delete("a")
    desk.end(job)
    assert desk.seen == ""


def test_a_frame_of_a_film_leaves_its_place_empty(desk: Desk) -> None:
    desk.studio.whole()
    frame = desk.film.made[1]
    desk.trashing.delete(frame)
    desk.qtbot.waitUntil(lambda: bool(desk.deleted))
    assert [one.path is not None for one in desk.film.frames] == [True, False, True, True]
    assert desk.film.exports == ()
    desk.undo()
    assert desk.film.made[1] == frame
    assert desk.film.exports


def test_what_changed_meanwhile_stays_and_can_be_deleted_once_it_was_seen(desk: Desk) -> None:
    desk.fill("ba")
    thumbnails = desk.gallery.thumbnails
    thumbnails.request(desk.gallery, [desk.path("a")])
    desk.qtbot.waitUntil(lambda: thumbnails.get(desk.path("a")) is not None)
    desk.viewer.look_at(desk.path("a"))
    Image.new("RGB", (9, 9), "blue").save(desk.path("a"))
    desk.trashing.delete(desk.path("a"))
    desk.qtbot.waitUntil(lambda: bool(desk.said))
    assert "changed by another program" in desk.said[0]
    assert (desk.names, desk.seen) == ("ab", "a")
    assert desk.trashing.changed_at is None

    def is_blue() -> bool:
        image = desk.viewer.images[0].image
        return isinstance(image, QImage) and image.pixelColor(0, 0).name() == "#0000ff"

    desk.qtbot.waitUntil(is_blue)
    desk.delete("a")
    assert desk.names == "b"


def test_what_is_gone_is_said_and_its_tile_stays_away(desk: Desk) -> None:
    desk.fill("ba")
    desk.path("a").unlink()
    desk.trashing.delete(desk.path("a"))
    desk.qtbot.waitUntil(lambda: bool(desk.said))
    assert desk.said[0].startswith("“a.png” is not there any more")
    assert desk.names == "b"
    assert desk.trashing.changed_at is None


def test_what_took_the_name_meanwhile_stays_in_the_strip(desk: Desk) -> None:
    desk.fill("ba")
    desk.delete("a")
    desk.fill("a")
    desk.undo()
    assert [tile.name for tile in desk.gallery.tiles] == ["a", "a-2", "b"]
    assert desk.path("a").exists()
    assert desk.path("a-2").exists()


def test_what_the_trash_lists_is_brought_back_or_gone_for_good(desk: Desk) -> None:
    desk.fill("cba")
    desk.delete("ab")
    found: list[list[Trashed]] = []
    desk.trashing.list_deleted(found.append)
    desk.qtbot.waitUntil(lambda: bool(found))
    b, a = found[0]
    assert (a.origin, b.origin) == (desk.path("a"), desk.path("b"))
    desk.trashing.restore(a)
    desk.qtbot.waitUntil(lambda: desk.restored == [desk.path("a")])
    assert desk.names == "ac"
    with desk.qtbot.waitSignal(desk.trashing.emptied):
        desk.trashing.empty([b])
    assert not b.path.exists()
    assert desk.trashing.changed_at is None  # there is nothing left to bring back


def test_a_picture_of_an_earlier_sitting_is_brought_back(desk: Desk) -> None:
    desk.fill("cba")
    for number, name in enumerate("abc"):
        os.utime(desk.path(name), (1_700_000_000 - number,) * 2)
    trashed = desk.trash.delete(desk.path("b"), desk.folder)
    with desk.qtbot.waitSignal(desk.gallery.listed):
        desk.gallery.set_folder(desk.folder)
    assert desk.names == "ac"
    with desk.qtbot.waitSignal(desk.trashing.restored):
        desk.trashing.restore(trashed)
    assert (desk.names, desk.seen) == ("abc", "b")  # where its age belongs


def test_one_opened_from_elsewhere_gives_way_to_the_newest(desk: Desk, tmp_path: Path) -> None:
    desk.fill("ba")
    other = tmp_path / "other.png"
    Image.new("RGB", (8, 8), "red").save(other)
    desk.viewer.show_tile(Tile(path=other))
    desk.trashing.delete(other)
    assert desk.seen == "a"
    desk.qtbot.waitUntil(lambda: bool(desk.deleted))
    desk.undo()
    assert desk.seen == "other"


def test_one_that_is_older_than_all_of_the_strip_comes_back_to_the_stage_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "MOST", 3)
    for number, name in enumerate("abcd"):
        Image.new("RGB", (8, 8), "red").save(desk.path(name))
        os.utime(desk.path(name), (1_700_000_000 - number,) * 2)
    with desk.qtbot.waitSignal(desk.gallery.listed):
        desk.gallery.set_folder(desk.folder)
    assert desk.names == "abc"
    desk.delete("d")
    desk.undo()
    assert (desk.names, desk.seen) == ("abc", "d")
    desk.look()
    assert (desk.names, desk.seen) == ("abc", "d")


@pytest.mark.parametrize(("days", "left"), [(0, 2), (30, 1)])
def test_the_trash_is_emptied_by_age_if_that_is_wanted(desk: Desk, days: int, left: int) -> None:
    desk.fill("ba")
    desk.delete("ab")
    (log,) = desk.folder.glob(".kandinsky/notes-*.log")
    first, old, *rest = log.read_bytes().splitlines()
    act = json.loads(old[9:])
    act["at"] -= 31 * 86_400_000_000
    body = json.dumps(act).encode()
    aged = b"%08x %s" % (zlib.crc32(body), body)
    log.write_bytes(b"\n".join([first, aged, *rest, b""]))
    desk.preferences.set(trash_days=days)
    emptied: list[None] = []
    desk.trashing.emptied.connect(lambda: emptied.append(None))
    desk.trashing.empty_old()
    desk.qtbot.waitUntil(lambda: bool(emptied) or not days)
    listed: list[list[Trashed]] = []
    desk.trashing.list_deleted(listed.append)
    desk.qtbot.waitUntil(lambda: bool(listed))
    assert len(listed[0]) == left
    assert not desk.said


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the bin is the person's own")
def test_the_systems_bin_takes_pictures_and_gives_them_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    desk.preferences.set(system_bin=True)
    desk.fill("cba")
    one, two, three = map(desk.path, "abc")
    held = one.read_bytes()
    desk.trashing.delete(one)
    desk.qtbot.waitUntil(lambda: desk.deleted == [one])
    bin_ = tmp_path / "data" / "Trash"
    assert [path.read_bytes() for path in (bin_ / "files").iterdir()] == [held]
    assert desk.trash.listing(desk.folder) == []  # it is not in ours
    desk.trashing.undo()
    desk.qtbot.waitUntil(lambda: desk.restored == [one])
    assert one.read_bytes() == held
    assert [list((bin_ / part).iterdir()) for part in ("files", "info")] == [[], []]
    desk.trashing.delete_all([Doomed(two), Doomed(three), Doomed(desk.folder / "nobody.png")])
    desk.qtbot.waitUntil(lambda: len(desk.said) == 1)
    assert "“nobody.png” is not there any more" in desk.said[0]
    assert len(list((bin_ / "files").iterdir())) == 2
    desk.trashing.undo()
    desk.qtbot.waitUntil(lambda: two.exists() and three.exists())
    desk.trashing.redo()
    desk.qtbot.waitUntil(lambda: not two.exists() and not three.exists())
    for path in (bin_ / "files").iterdir():
        path.unlink()  # the system has emptied it
    desk.trashing.undo()
    desk.qtbot.waitUntil(lambda: len(desk.said) == 2)
    assert "not in the trash any more" in desk.said[1]
