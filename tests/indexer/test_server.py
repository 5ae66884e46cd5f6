"""The indexer's process: what it is told, and what becomes of the index."""

import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.domain.indexing import (
    ActsWritten,
    Changed,
    Rebuild,
    Remember,
    Scan,
    WantThumbnails,
    Watch,
)
from kandinsky_desktop.domain.library import CUT_OFF, DAMAGED, HARMFUL, STARS, Mark, tag_key
from kandinsky_desktop.indexer.server import Server
from kandinsky_desktop.store import fingerprints, library_index, thumbnail_store
from kandinsky_desktop.store.act_log import ActLog
from kandinsky_desktop.store.channel import Channel
from kandinsky_desktop.store.library_index import place_in
from tests.indexer.hand import PATIENT_S, Hand, hand
from tests.library import picture, quick, record_of


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "library"


def details(one: Hand, path: Path) -> library_index.Details:
    reader = library_index.open_reader(place_in(one.library))
    try:
        found = library_index.details(reader, library_index.ids_of(reader, [path])[path])
        assert found is not None
        return found
    finally:
        reader.close()


def thumbnails(one: Hand, *ids: int) -> dict[int, thumbnail_store.Thumbnail]:
    reader = thumbnail_store.open_reader(one.library / thumbnail_store.NAME)
    try:
        return thumbnail_store.read(reader, ids)
    finally:
        reader.close()


def test_it_indexes_tells_and_follows_what_others_do(shelf: Path, library: Path) -> None:
    paths = quick(shelf / "a", 30)
    with hand(library) as one:
        one.watch(shelf)
        assert set(one.shown()) == set(paths)
        told = [said for said in one.reports if isinstance(said, Changed)]
        assert {number for said in told for number in said.added} == set(one.shown().values())
        assert told[0].is_new_file
        more = quick(shelf / "b" / "deep", 2, first=40)
        paths[0].unlink()
        moved = paths[1].rename(shelf / "b" / "renamed.png")
        one.until(one.holds(*paths[2:], *more, moved))
        shutil.rmtree(shelf / "a")
        one.until(one.holds(*more, moved))


def test_a_picture_that_was_made_is_there_when_it_is_told(shelf: Path, library: Path) -> None:
    shelf.mkdir()
    with hand(library) as one:
        one.watch(shelf)
        path = picture(shelf / "2026")
        one.say(Remember(path))
        one.until(one.holds(path))
        one.until(lambda: details(one, path).content == fingerprints.of_file(path))


def test_stars_and_tags_are_taken_from_the_log(shelf: Path, library: Path) -> None:
    path, other = quick(shelf, 2)
    content = fingerprints.of_file(path)
    log = ActLog(shelf, "0" * 12)
    shelf.joinpath(".kandinsky").mkdir()
    log.append(Mark(STARS, 3, (content,)).act)
    with hand(library) as one:
        one.watch(shelf)
        one.until(lambda: details(one, path).stars == 3)
        log.append(Mark(STARS, 5, (content,)).act)
        log.append(Mark(tag_key("cats"), True, (content,)).act)
        one.say(ActsWritten(shelf))
        one.until(lambda: details(one, path).tags == ("cats",))
        assert details(one, path).stars == 5
        number = one.shown()[path]
        one.until(lambda: any(number in said.altered for said in one.reports[1:]))
        assert (details(one, other).stars, details(one, other).tags) == (0, ())


def test_thumbnails_come_as_they_are_wanted(shelf: Path, library: Path) -> None:
    paths = quick(shelf, 12)
    with hand(library) as one:
        one.watch(shelf)
        ids = [one.shown()[path] for path in paths]
        one.say(WantThumbnails(tuple(ids[:6])))
        one.until(lambda: set(one.ready) >= set(ids[:6]))
        made = thumbnails(one, *ids[:6])
        assert set(made) == set(ids[:6])
        assert made[ids[0]].jpeg.startswith(b"\xff\xd8")
        one.say(WantThumbnails((ids[0],)))  # it is there already, and is said to be
        one.until(lambda: one.ready.count(ids[0]) >= 2)
        one.until(lambda: len(thumbnails(one, *ids)) == 12)  # others in spare time
        reader = library_index.open_reader(place_in(library))
        one.until(lambda: "-1" not in library_index.columns(reader, ["mean_color"])[0])
        reader.close()


def test_a_changed_picture_gets_another_thumbnail(shelf: Path, library: Path) -> None:
    path = picture(shelf, record_of(), number=1, name="one.png")
    with hand(library) as one:
        one.watch(shelf)
        one.until(lambda: bool(thumbnails(one, *one.shown().values())))
        before = thumbnails(one, *one.shown().values())
        changed = picture(shelf / ".x", record_of(), number=5)
        os.replace(changed, path)
        one.until(lambda: bool(thumbnails(one, *one.shown().values()))
                  and thumbnails(one, *one.shown().values()) != before)  # fmt: skip


def test_an_index_that_was_deleted_is_made_again_and_no_thumbnail_is_anothers(
    shelf: Path, library: Path
) -> None:
    paths = quick(shelf, 5)
    with hand(library) as one:
        one.watch(shelf)
        one.until(lambda: len(thumbnails(one, *one.shown().values())) == 5)
        before = {path: (number, thumbnails(one, number)[number].mean)
                  for path, number in one.shown().items()}  # fmt: skip
    place_in(library).unlink()
    paths[0].write_bytes(paths[1].read_bytes())
    with hand(library) as one:
        one.watch(shelf)
        one.until(lambda: len(thumbnails(one, *one.shown().values())) == 5)
        after = {path: (number, thumbnails(one, number)[number].mean)
                 for path, number in one.shown().items()}  # fmt: skip
    assert {path: after[path] for path in paths[1:]} == {path: before[path] for path in paths[1:]}
    shutil.rmtree(library)
    with hand(library) as one:
        one.watch(shelf)
        assert set(one.shown()) == set(paths)
        assert not one.problems


def test_it_is_rebuilt_when_told(shelf: Path, library: Path) -> None:
    paths = quick(shelf, 5)
    with hand(library) as one:
        one.watch(shelf)
        before = one.shown()
        one.settle(Rebuild())
        assert one.holds(*paths)()
        assert one.shown() == before


def test_what_was_overwritten_in_place_is_found_by_a_scan(shelf: Path, library: Path) -> None:
    path, other = quick(shelf, 2)
    with hand(library) as one:
        one.watch(shelf)
        path.write_bytes(other.read_bytes())
        one.say(Scan())
        one.until(lambda: details(one, path).prompt == "a red cat 1")


def test_a_picture_that_is_written_slowly_is_known_once_it_is_whole(
    shelf: Path, library: Path
) -> None:
    data = picture(shelf.parent / "elsewhere", record_of()).read_bytes()
    shelf.mkdir()
    path = shelf / "copied.png"
    with hand(library) as one:
        one.watch(shelf)
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            one.until(lambda: is_known_as_of_its_time(one, shelf))
            assert details(one, path).broken == CUT_OFF
            file.write(data[len(data) // 2 :])
        one.until(lambda: not details(one, path).broken)
        one.until(lambda: details(one, path).content == fingerprints.of_file(path))


def is_known_as_of_its_time(one: Hand, folder: Path) -> bool:
    with closing(library_index.open_reader(place_in(one.library))) as reader:
        rows = reader.execute("SELECT mtime_ns FROM folder").fetchall()
        found = bool(reader.execute("SELECT 1 FROM picture").fetchone())
    return found and (folder.stat().st_mtime_ns,) in rows


def test_nothing_that_is_read_of_a_picture_is_anothers_where_files_are_renamed_meanwhile(
    shelf: Path, library: Path
) -> None:
    one, other = (picture(shelf, name=f"{n}.png", number=n) for n in (1, 2))
    server = Server(Channel(BytesIO(), BytesIO()), library, library / "logs", 0)
    server._take(Watch((shelf,)))
    while not server._unread:
        server._do_a_piece()
    one = one.rename(shelf / "3.png")  # between what is listed and what is read
    other = other.rename(shelf / "1.png")
    server._read_contents()
    server._make(server._ahead, said=False)
    server._take(Scan())
    while server._scan_wanted is None or server._work or server._unread:
        server._do_a_piece()
    server._make([number for number, _version in server._open_index().versions()], said=False)
    index, store = server._open_index(), server._open_store()
    rows = index.base.execute("SELECT file, lower(hex(content)), id FROM picture")
    known = {file: (content, picture) for file, content, picture in rows}
    assert len(known) == 2
    for path in (one, other):
        content, number = known[path.name]
        assert content == fingerprints.of_file(path)
        (mean,) = store.base.execute(
            "SELECT mean FROM thumbnail WHERE id = ?", (number,)
        ).fetchone()
        assert mean == thumbnail_store.make(path).mean
    index.close()
    store.close()


def test_a_drive_that_leaves_takes_nothing_along_and_comes_back(
    shelf: Path, library: Path, tmp_path: Path
) -> None:
    paths = quick(shelf, 3)
    stays = quick(tmp_path / "usual", 1, first=8)
    with hand(library) as one:
        one.watch(tmp_path / "usual", shelf)
        numbers = one.shown()
        away = shelf.rename(tmp_path / "elsewhere")
        one.until(one.holds(*stays))
        shelf.mkdir()  # an empty mount point
        one.settle(Scan())
        assert one.holds(*stays)()
        shelf.rmdir()
        away.rename(shelf)
        one.until(one.holds(*stays, *paths))
        assert one.shown() == numbers


def test_a_picture_that_kills_it_is_left_alone_the_third_time(shelf: Path, library: Path) -> None:
    """And no other, whether it is read before or after."""
    good = [*quick(shelf, 2), *quick(shelf, 2, first=8)]
    bad = quick(shelf, 1, first=5)[0].rename(shelf / "harmful.png")
    for _time in range(2):
        with hand(library, "tests.indexer.child") as one:
            one.say(Watch((shelf,)))
            one.until(lambda: one.has_ended)
    with hand(library, "tests.indexer.child") as one:
        one.watch(shelf)
        one.until(lambda: details(one, bad).broken == HARMFUL)
        ids = [one.shown()[path] for path in good]
        one.until(lambda: thumbnails(one, *ids).keys() == set(ids))


def test_a_full_disk_puts_no_blame_on_a_picture(shelf: Path, library: Path) -> None:
    shelf.mkdir()
    Image.effect_noise((600, 600), 90).save(shelf / "noise.png")
    server = Server(Channel(BytesIO(), BytesIO()), library, library / "logs", 0)
    server._take(Watch((shelf,)))
    while not server._unread:
        server._do_a_piece()
    (number,), store = server._open_index().newest(9), server._open_store()
    (pages,) = store.base.execute("PRAGMA page_count").fetchone()
    for most in (pages, pages, pages, 10**6):  # it becomes full as a disk does
        store.base.execute(f"PRAGMA max_page_count={most}")
        server._guarded(lambda: server._make([number], said=False))
    assert not server._open_index().broken([number])
    assert not store.missing([number])
    server._open_index().close()
    store.close()


def test_a_picture_that_is_read_while_the_window_closes_is_not_to_blame(
    shelf: Path, library: Path
) -> None:
    slow = quick(shelf, 1)[0].rename(shelf / "endless.png")
    for _time in range(3):
        with hand(library, "tests.indexer.child") as one:
            one.say(Watch((shelf,)))
            one.until(lambda: tried(library) == [1])
            assert details(one, slow).broken == ""
            one.process.end(PATIENT_S)
            assert one.process.code == 0
        assert tried(library) == []


def tried(library: Path) -> list[int]:
    """Return how often each picture was begun whose reading has not ended."""
    try:
        with closing(thumbnail_store.open_reader(library / thumbnail_store.NAME)) as reader:
            return [times for (times,) in reader.execute("SELECT times FROM trying")]
    except sqlite3.OperationalError:
        return []  # it is being made


def test_it_ends_with_its_parent_and_when_told(shelf: Path, library: Path) -> None:
    quick(shelf, 3)
    with hand(library) as one:
        one.watch(shelf)
        one.process.end(PATIENT_S)
        assert one.process.code == 0
    with hand(library) as one:
        one.watch(shelf)
        os.kill(one.process.pid, signal.SIGTERM)
        one.until(lambda: one.has_ended)


def test_two_of_them_do_not_hurt_each_other(shelf: Path, library: Path) -> None:
    """As when a window is killed and another one starts before the first one's child is gone."""
    paths = quick(shelf, 200)
    with hand(library) as one, hand(library) as other:
        one.watch(shelf)
        other.watch(shelf)
        for each in (one, other):
            each.until(each.holds(*paths))
    base = sqlite3.connect(place_in(library))
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert base.execute("SELECT count(*) FROM picture").fetchone() == (200,)


def test_a_frozen_build_starts_it_by_a_flag(shelf: Path, library: Path) -> None:
    path = quick(shelf, 1)[0]
    with hand(library, "kandinsky_desktop", "--indexer") as one:
        one.watch(shelf)
        assert one.holds(path)()


def test_a_broken_picture_is_said_to_be_ready_and_is_not_tried_again(
    shelf: Path, library: Path
) -> None:
    path = quick(shelf, 1)[0]
    data = bytearray(path.read_bytes())
    at = data.index(b"IDAT")
    data[at + 6 : at + 20] = bytes(14)
    path.write_bytes(data)
    with hand(library) as one:
        one.watch(shelf)
        number = one.shown()[path]
        one.say(WantThumbnails((number,)))
        one.until(lambda: number in one.ready)
        one.until(lambda: details(one, path).broken == DAMAGED)
        one.reports.clear()
        one.say(WantThumbnails((number,)))
        one.until(lambda: number in one.ready)


def test_acts_on_a_folder_that_takes_no_file_are_read_from_ours(shelf: Path, library: Path) -> None:
    path = quick(shelf, 1)[0]
    content = fingerprints.of_file(path)
    with hand(library) as one:
        one.watch(shelf)
        mark = json.loads((shelf / ".kandinsky" / "library.json").read_text())["mark"]
        ours = library / "logs" / mark
        ours.mkdir(parents=True)
        ActLog(ours, "0" * 12).append(Mark(STARS, 4, (content,)).act)
        one.say(ActsWritten(shelf))
        one.until(lambda: details(one, path).stars == 4)


def test_a_folder_that_is_watched_no_more_is_shown_no_more(
    shelf: Path, library: Path, tmp_path: Path
) -> None:
    one_shelf, other = quick(shelf, 2), quick(tmp_path / "other", 2, first=7)
    with hand(library) as one:
        one.watch(shelf, tmp_path / "other")
        assert one.holds(*one_shelf, *other)()
        one.watch(shelf)
        assert one.holds(*one_shelf)()
        assert all(path.exists() for path in other)
        one.watch(shelf, tmp_path / "other")
        assert one.holds(*one_shelf, *other)()
