"""The library's folders are known by their marks: a drive that is away loses nothing."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from kandinsky_desktop.store import atomic_file, library_folders, library_index
from kandinsky_desktop.store.library_folders import Found, find, load, save
from kandinsky_desktop.store.library_index import Index, Root, open_index, open_reader
from kandinsky_desktop.store.scanning import is_at_hand
from tests.library import quick, rescan


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return open_index(tmp_path / "cache" / "index.db")[0]


def found(index: Index, *paths: Path) -> list[Found]:
    return find(paths, index.roots(), partial(is_at_hand, index))


def taken(index: Index, *paths: Path) -> list[Root]:
    """Find folders and let the index know, as the indexer does."""
    every = found(index, *paths)
    return [index.set_root(one.mark, one.path, away=one.away) for one in every]


def count(index: Index) -> int:
    return int(index.base.execute("SELECT count(*) FROM picture").fetchone()[0])


def shown(index: Index) -> int:
    reader = open_reader(index.path)
    (ids,) = library_index.columns(reader, ["id"])
    reader.close()
    return len(ids.split(",")) if ids else 0


def test_a_new_folder_gets_a_mark_and_keeps_it(index: Index, tmp_path: Path) -> None:
    quick(tmp_path / "a", 1)
    (first,) = taken(index, tmp_path / "a")
    (again,) = taken(index, tmp_path / "a")
    assert (first.mark, first.away) == (again.mark, False)
    assert (tmp_path / "a" / ".kandinsky" / "library.json").is_file()


def test_an_empty_mount_point_deletes_nothing(index: Index, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    quick(drive, 3)
    rescan(index, taken(index, drive))
    away = drive.rename(tmp_path / "unplugged")
    for here in (False, True):  # the mount point is gone; or it is there, and empty
        if here:
            drive.mkdir()
        roots = taken(index, drive)
        assert [root.away for root in roots] == [True]
        assert not rescan(index, roots)
        assert (count(index), shown(index)) == (3, 0)
    drive.rmdir()
    away.rename(drive)
    roots = taken(index, drive)
    assert [root.away for root in roots] == [False]
    assert not rescan(index, roots)
    assert shown(index) == 3


def test_a_folder_that_was_emptied_by_hand_is_empty(index: Index, tmp_path: Path) -> None:
    for path in quick(tmp_path / "a", 3):
        rescan(index, taken(index, tmp_path / "a"))
        path.unlink()
    rescan(index, taken(index, tmp_path / "a"))
    assert count(index) == 0


def test_another_drive_at_the_same_place_is_another_library(index: Index, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    quick(drive, 3)
    (first,) = taken(index, drive)
    rescan(index, [first])
    drive.rename(tmp_path / "first")
    quick(drive, 1, first=9)
    (second,) = taken(index, drive)
    assert (second.mark != first.mark, second.away) == (True, False)


def test_a_drive_that_is_mounted_elsewhere_is_the_same(index: Index, tmp_path: Path) -> None:
    quick(tmp_path / "d", 3)
    (first,) = taken(index, tmp_path / "d")
    rescan(index, [first])
    (tmp_path / "d").rename(tmp_path / "e")
    roots = taken(index, tmp_path / "d", tmp_path / "e")
    assert [(root.mark, root.path) for root in roots] == [(first.mark, tmp_path / "e")]
    assert not rescan(index, roots)
    assert shown(index) == 3


def test_a_copied_folder_is_another_library(index: Index, tmp_path: Path) -> None:
    quick(tmp_path / "a", 2)
    taken(index, tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    roots = taken(index, tmp_path / "a", tmp_path / "b")
    assert len({root.mark for root in roots}) == 2
    rescan(index, roots)
    assert shown(index) == 4
    assert [root.mark for root in taken(index, tmp_path / "a", tmp_path / "b")] == [
        root.mark for root in roots
    ]


def test_a_lost_mark_is_written_again(index: Index, tmp_path: Path) -> None:
    quick(tmp_path / "a", 2)
    (first,) = taken(index, tmp_path / "a")
    rescan(index, [first])
    shutil.rmtree(tmp_path / "a" / ".kandinsky")
    assert taken(index, tmp_path / "a") == [first]
    (tmp_path / "a" / ".kandinsky" / "library.json").write_text("{ torn")
    assert taken(index, tmp_path / "a") == [first]


def test_a_folder_that_takes_no_file_is_known_by_its_path(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(tmp_path / "a", 2)

    def refuse(*rest: object, **more: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(atomic_file, "write", refuse)
    roots = taken(index, tmp_path / "a")
    assert taken(index, tmp_path / "a") == roots
    rescan(index, roots)
    assert shown(index) == 2
    assert library_folders.log_folder(roots[0], tmp_path / "logs") == tmp_path / "a"
    monkeypatch.setattr("os.access", lambda *rest: False)
    assert library_folders.log_folder(roots[0], tmp_path / "logs") == (
        tmp_path / "logs" / roots[0].mark
    )


def test_a_folder_that_is_not_there_yet_is_taken_once_it_is(index: Index, tmp_path: Path) -> None:
    (first,) = taken(index, tmp_path / "a")
    assert first.away
    quick(tmp_path / "a", 2)
    (second,) = taken(index, tmp_path / "a")
    assert (second.away, second.id) == (False, first.id)


def test_the_list_of_folders_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "library.json"
    assert load(file) == ()
    save(file, [tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert load(file) == (tmp_path / "a", tmp_path / "b")
    file.write_text('{"format": 1, "folders": 5}')
    assert load(file) == ()
