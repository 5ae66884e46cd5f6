"""The trash: nothing is lost at any step, and what cannot be done is said in one sentence."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import TrashFailed
from kandinsky_desktop.store import act_log, fingerprints
from kandinsky_desktop.store.trash import Doomed, Trash, Trashed, contents, version_of
from tests.crashes import Crash, injected
from tests.mounts import FULL, on_disk

CONTENT = b"a picture, whole"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
def trash(tmp_path: Path) -> Trash:
    return again(tmp_path)


def again(tmp_path: Path) -> Trash:
    """Return the trash as the next start of the program has it."""
    return Trash(tmp_path / "data" / "device", tmp_path / "data" / "libraries.json")


def picture(folder: Path, name: str = "cat.png", content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_picture_is_restored_whole_with_its_times(trash: Trash, pictures: Path) -> None:
    path = picture(pictures)
    before = path.stat()
    trashed = trash.delete(path, pictures)
    assert not path.exists()
    assert trashed.path.parent == pictures / ".kandinsky" / "trash"
    assert trash.restore(trashed) == path
    assert path.read_bytes() == CONTENT
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert contents(pictures) == []


def test_the_log_says_where_it_lay_and_what_it_was(trash: Trash, pictures: Path) -> None:
    path = picture(pictures / "sub")
    content = fingerprints.of_file(path)
    trashed = trash.delete(path, pictures)
    (log,) = act_log.logs(pictures)
    ((_place, act),) = act_log.read(log)
    assert act == {
        "at": trashed.at_us,
        "trash": trashed.path.name,
        "from": "sub/cat.png",
        "content": content,
    }


def test_what_is_in_the_trash_is_known_after_a_restart(
    trash: Trash, pictures: Path, tmp_path: Path
) -> None:
    made = [trash.delete(picture(pictures, f"{n}.png"), pictures) for n in range(3)]
    assert again(tmp_path).listing(pictures) == made[::-1]


def test_a_picture_from_elsewhere_goes_to_the_trash_of_its_own_folder(
    trash: Trash, pictures: Path, tmp_path: Path
) -> None:
    path = picture(tmp_path / "downloads")
    trashed = trash.delete(path, pictures)
    assert trashed.path.parent == tmp_path / "downloads" / ".kandinsky" / "trash"
    assert not (pictures / ".kandinsky").exists()
    assert again(tmp_path).listing(pictures) == [trashed]


def test_pictures_of_one_name_lie_side_by_side_in_the_trash(trash: Trash, pictures: Path) -> None:
    for content in (b"one", b"two", b"three"):
        trash.delete(picture(pictures, content=content), pictures)
    found = trash.listing(pictures)
    assert {one.path.read_bytes() for one in found} == {b"one", b"two", b"three"}
    for one in found:
        trash.restore(one)
    lying = {path.name: path.read_bytes() for path in pictures.glob("*.png")}
    assert sorted(lying) == ["cat-2.png", "cat-3.png", "cat.png"]
    assert set(lying.values()) == {b"one", b"two", b"three"}


def test_what_has_taken_the_name_meanwhile_stays(trash: Trash, pictures: Path) -> None:
    trashed = trash.delete(picture(pictures), pictures)
    other = picture(pictures, content=b"another")
    assert trash.restore(trashed) == pictures / "cat-2.png"
    assert other.read_bytes() == b"another"


def test_a_subfolder_that_is_gone_is_made_again(trash: Trash, pictures: Path) -> None:
    trashed = trash.delete(picture(pictures / "sub"), pictures)
    (pictures / "sub").rmdir()
    assert trash.restore(trashed).read_bytes() == CONTENT


def test_a_library_folder_that_was_moved_takes_its_trash_along(
    trash: Trash, pictures: Path
) -> None:
    trash.delete(picture(pictures), pictures)
    moved = pictures.rename(pictures.with_name("moved"))
    (trashed,) = trash.listing(moved)
    assert trash.restore(trashed) == moved / "cat.png"


def test_a_name_as_long_as_the_disk_takes_is_restored(trash: Trash, pictures: Path) -> None:
    name = "к" * 125 + ".png"
    trashed = trash.delete(picture(pictures, name), pictures)
    assert trash.listing(pictures) == [trashed]
    assert trash.restore(trashed).name == name


def test_a_link_is_deleted_and_restored_as_a_link(trash: Trash, pictures: Path) -> None:
    target = picture(pictures, "target.png")
    link = pictures / "link.png"
    link.symlink_to(target)
    trashed = trash.delete(link, pictures)
    assert target.exists()
    assert trash.restore(trashed).is_symlink()
    assert contents(pictures) == []


def test_where_a_disk_numbers_no_files_none_is_taken_for_another(
    trash: Trash, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "samestat", lambda one, other: True)
    trashed = trash.delete(picture(pictures), pictures)
    (pictures / "cat.png").write_bytes(b"another")
    assert trash.listing(pictures) == [trashed]
    place = trash.restore(trashed)
    assert (place.name, place.read_bytes()) == ("cat-2.png", CONTENT)
    assert (pictures / "cat.png").read_bytes() == b"another"


@pytest.mark.parametrize("lost", ["gone", "nonsense", "outside", "absolute"])
def test_without_a_log_pictures_come_back_under_their_names(
    trash: Trash, pictures: Path, lost: str
) -> None:
    trashed = trash.delete(picture(pictures), pictures)
    (log,) = act_log.logs(pictures)
    if lost == "gone":
        log.unlink()
    else:
        origin = {"nonsense": 7, "outside": "../../x.png", "absolute": "/x.png"}[lost]
        act_log.ActLog(pictures, "f" * 12).append({"trash": trashed.path.name, "from": origin})
    (found,) = trash.listing(pictures)
    assert trash.restore(found) == pictures / "cat.png"


def test_a_damaged_list_of_folders_hides_only_the_others(
    trash: Trash, pictures: Path, tmp_path: Path
) -> None:
    trashed = trash.delete(picture(pictures), pictures)
    (tmp_path / "data" / "libraries.json").write_text('{"format": 1, "folders": 3}')
    assert again(tmp_path).listing(pictures) == [trashed]


def test_emptying_is_final(trash: Trash, pictures: Path) -> None:
    trashed = trash.delete(picture(pictures), pictures)
    trash.empty([trashed])
    assert contents(pictures) == []
    with pytest.raises(TrashFailed, match=r"“cat\.png” is not in the trash any more"):
        trash.restore(trashed)


def sidecar(folder: Path, name: str) -> Path:
    """Return an XMP file that was written a minute ago."""
    path = picture(folder, name, b"<x:xmpmeta/>")
    ago = time.time() - 60
    os.utime(path, (ago, ago))
    return path


def test_xmp_files_go_with_the_picture_that_is_deleted_for_good(
    trash: Trash, pictures: Path
) -> None:
    beside = [sidecar(pictures, name) for name in ("cat.png.xmp", "cat.xmp")]
    trashed = trash.delete(picture(pictures), pictures)
    assert all(one.exists() for one in beside)
    trash.empty([trashed])
    assert not any(one.exists() for one in beside)


@pytest.mark.parametrize(
    ("other", "stays"),
    [
        ("cat.NEF", {"cat.xmp"}),
        ("cat.jpg", {"cat.xmp"}),
        ("CAT.png", {"cat.xmp", "cat.png.xmp"}),
        ("cat.png", {"cat.xmp", "cat.png.xmp"}),
        ("catalogue.png", set()),
    ],
)
@pytest.mark.parametrize("is_in_trash", [False, True])
def test_an_xmp_file_that_another_file_has_too_stays(
    trash: Trash, pictures: Path, other: str, stays: set[str], is_in_trash: bool
) -> None:
    beside = [sidecar(pictures, name) for name in ("cat.png.xmp", "cat.xmp")]
    trashed = trash.delete(picture(pictures), pictures)
    second = picture(pictures, other)
    if is_in_trash:
        trash.delete(second, pictures)
    trash.empty([trashed])
    assert {one.name for one in beside if one.exists()} == stays


def test_an_xmp_file_that_was_written_since_the_picture_was_deleted_stays(
    trash: Trash, pictures: Path
) -> None:
    trashed = trash.delete(picture(pictures), pictures)
    later = picture(pictures, "cat.xmp", b"<x:xmpmeta/>")
    trash.empty([trashed])
    assert later.exists()


def test_without_a_log_no_xmp_file_goes(trash: Trash, pictures: Path) -> None:
    beside = sidecar(pictures, "cat.xmp")
    trash.delete(picture(pictures), pictures)
    for log in act_log.logs(pictures):
        log.unlink()
    trash.empty(contents(pictures))
    assert (beside.exists(), contents(pictures)) == (True, [])


def test_an_xmp_file_of_a_picture_that_is_back_under_another_name_stays(
    trash: Trash, pictures: Path
) -> None:
    beside = sidecar(pictures, "cat.xmp")
    trashed = trash.delete(picture(pictures), pictures)
    trash.restore(trashed)
    (pictures / "cat.png").rename(pictures / "lion.png")
    trash.empty([trashed])
    assert beside.exists()


# -- a crash at every step


def steps_of(act: Callable[[], object]) -> int:
    with injected(0) as counted:
        act()
    return counted.count


def test_a_crash_at_any_step_of_deleting_loses_nothing(tmp_path: Path) -> None:
    first = tmp_path / "counted"
    path = picture(first / "pictures")
    steps = steps_of(lambda: again(first).delete(path, path.parent))
    assert steps >= 12
    for step in range(1, steps + 1):
        home = tmp_path / str(step)
        path = picture(home / "pictures")
        with injected(step) as death, pytest.raises(Crash):
            again(home).delete(path, path.parent)
        assert death.dead
        trash = again(home)
        listed = trash.listing(path.parent)
        assert path.exists() != bool(listed), f"step {step}"
        if listed:
            assert [one.origin for one in listed] == [path]
            assert trash.restore(listed[0]) == path
        assert path.read_bytes() == CONTENT
        trashed = trash.delete(path, path.parent)  # all goes on
        assert trash.listing(path.parent) == [trashed]
        assert not path.exists()


@pytest.mark.parametrize("taken", [False, True])
def test_a_crash_at_any_step_of_restoring_loses_nothing(tmp_path: Path, taken: bool) -> None:
    def deleted(home: Path) -> Trashed:
        path = picture(home / "pictures")
        trashed = again(home).delete(path, path.parent)
        if taken:
            path.write_bytes(b"another")
        return trashed

    trashed = deleted(tmp_path / "counted")
    steps = steps_of(lambda: again(tmp_path / "counted").restore(trashed))
    assert steps >= 6
    for step in range(1, steps + 1):
        home = tmp_path / str(step)
        trashed = deleted(home)
        with injected(step) as death, pytest.raises(Crash):
            again(home).restore(trashed)
        assert death.dead
        trash, pictures = again(home), home / "pictures"
        for one in trash.listing(pictures):
            trash.restore(one)
        whole = [path.read_bytes() for path in pictures.glob("*.png")]
        assert sorted(whole) == sorted([CONTENT, *([b"another"] if taken else [])]), f"step {step}"
        assert list((pictures / ".kandinsky" / "trash").iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_an_error_at_any_step_is_one_sentence_and_nothing_half_done(
    tmp_path: Path, number: int
) -> None:
    first = tmp_path / "counted"
    path = picture(first / "pictures")
    steps = steps_of(lambda: again(first).delete(path, path.parent))
    refused = 0
    for step in range(1, steps + 1):
        home = tmp_path / str(step)
        path = picture(home / "pictures")
        trash = again(home)
        try:
            with injected(step, OSError(number, os.strerror(number))):
                trash.delete(path, path.parent)
        except TrashFailed as error:
            refused += 1
            said = str(error)
            assert "“cat.png”" in said
            assert str(tmp_path) not in said
            assert said.endswith(".")
            assert path.read_bytes() == CONTENT
            assert trash.listing(path.parent) == []
        else:
            assert [one.origin for one in trash.listing(path.parent)] == [path]
    assert refused >= 5


# -- what cannot be done


def test_a_file_that_changed_meanwhile_stays(trash: Trash, pictures: Path) -> None:
    path = picture(pictures)
    seen = version_of(path)
    path.write_bytes(b"painted over by another program")
    with pytest.raises(TrashFailed, match=r"“cat\.png” was changed by another program"):
        trash.delete(path, pictures, seen)
    assert path.exists()
    trash.delete(path, pictures, version_of(path))


def test_a_file_that_changes_while_it_is_read_stays(
    trash: Trash, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(pictures)

    def hashed(path: Path) -> str:
        path.write_bytes(b"longer than it was before")
        return "0"

    monkeypatch.setattr(fingerprints, "of_file", hashed)
    with pytest.raises(TrashFailed, match="was changed by another program"):
        trash.delete(path, pictures)
    assert path.exists()


def test_a_file_that_vanished_is_said_to_be_gone(trash: Trash, pictures: Path) -> None:
    with pytest.raises(TrashFailed, match=r"^“cat\.png” is not there any more: it was moved"):
        trash.delete(pictures / "cat.png", pictures)
    with pytest.raises(TrashFailed, match=r"^“cat\.png” is not there any more"):
        trash.delete(pictures.parent / "away" / "cat.png", pictures)


ON_A_DISK = """
import subprocess, sys
from pathlib import Path
from kandinsky_desktop.domain.errors import TrashFailed
from kandinsky_desktop.store.trash import Trash

folder = Path(sys.argv[1])
trash = Trash(folder.parent / "device", folder.parent / "libraries.json")
path = folder / "cat.png"
path.write_bytes(b"a picture, whole")
for _disk in ("full", "read-only"):
    try:
        trash.delete(path, folder)
    except TrashFailed as error:
        print(error)
    assert path.read_bytes() == b"a picture, whole" and trash.listing(folder) == []
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
"""


def test_a_full_and_a_read_only_disk_are_one_sentence_each(tmp_path: Path) -> None:
    command = on_disk(
        FULL, tmp_path / "disk", [sys.executable, "-c", ON_A_DISK, str(tmp_path / "disk")]
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    full, read_only = done.stdout.splitlines()
    assert full.startswith("The disk is full, so “cat.png” stays where it is: make room")
    assert read_only == "The folder “disk” must not be written to, so “cat.png” stays where it is."


def test_what_lies_in_the_trash_is_not_deleted_again(trash: Trash, pictures: Path) -> None:
    trashed = trash.delete(picture(pictures), pictures)
    with pytest.raises(TrashFailed, match="is in the trash already"):
        trash.delete(trashed.path, pictures)


# -- many at once


def several(folder: Path) -> list[Path]:
    """Return pictures in two folders, each unlike the others."""
    places = (folder, folder, folder / "sub")
    return [picture(place, f"{n}.png", b"%d" % n) for n, place in enumerate(places)]


def lying(pictures: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in pictures.rglob("*.png") if path.is_file())


def test_many_are_one_line_of_the_log_and_come_back_each_to_its_place(
    trash: Trash, pictures: Path, tmp_path: Path
) -> None:
    paths = several(pictures)
    made = trash.delete_all([Doomed(path) for path in paths], pictures)
    (log,) = act_log.logs(pictures)
    assert len(list(act_log.read(log))) == 1
    listed = again(tmp_path).listing(pictures)
    assert sorted(listed, key=lambda one: one.origin) == made
    assert trash.restore_all(listed) == [one.origin for one in listed]
    assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2"]
    assert contents(pictures) == []


def test_many_of_one_name_lie_side_by_side_where_clocks_are_coarse(
    trash: Trash, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    paths = [picture(pictures / name, content=name.encode()) for name in "abc"]
    became = trash.delete_all([Doomed(path) for path in paths], pictures)
    trashed = [one for one in became if isinstance(one, Trashed)]
    assert [one.path.read_bytes() for one in trashed] == [b"a", b"b", b"c"]
    assert trash.restore_all(trashed) == paths
    assert [path.read_bytes() for path in paths] == [b"a", b"b", b"c"]


def test_what_is_known_of_a_file_is_not_read_again_unless_it_changed(
    trash: Trash, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, third = several(pictures)
    seen = [version_of(path) for path in (one, other)]
    other.write_bytes(b"painted over")
    monkeypatch.setattr(fingerprints, "of_file", lambda path: "read")
    became = trash.delete_all(
        [Doomed(one, seen[0], "known"), Doomed(other, seen[1], "known"), Doomed(third)], pictures
    )
    assert isinstance(became[1], TrashFailed)
    assert other.exists()
    assert [one.content for one in became if isinstance(one, Trashed)] == ["known", "read"]


def test_what_cannot_be_moved_stays_alone(trash: Trash, pictures: Path) -> None:
    paths = several(pictures)
    paths[1].unlink()
    became = trash.delete_all([Doomed(path) for path in paths], pictures)
    assert "“1.png” is not there any more" in str(became[1])
    assert [one.origin for one in became if isinstance(one, Trashed)] == [paths[0], paths[2]]


def test_a_crash_at_any_step_of_deleting_many_loses_none(tmp_path: Path) -> None:
    def doomed(home: Path) -> list[Doomed]:
        return [Doomed(path) for path in several(home / "pictures")]

    first = tmp_path / "counted"
    every = doomed(first)
    steps = steps_of(lambda: again(first).delete_all(every, first / "pictures"))
    assert steps >= 14
    for step in range(1, steps + 1):
        home = tmp_path / str(step)
        every, pictures = doomed(home), home / "pictures"
        with injected(step) as death, pytest.raises(Crash):
            again(home).delete_all(every, pictures)
        assert death.dead
        trash = again(home)
        assert lying(pictures) == [b"0", b"1", b"2"], f"step {step}"
        listed = trash.listing(pictures)
        origins = {one.origin for one in listed}
        assert origins == {one.path for one in every if not one.path.exists()}
        assert trash.restore_all(listed) == [one.origin for one in listed]
        assert all(one.path.exists() for one in every)


def test_a_crash_at_any_step_of_restoring_many_loses_none(tmp_path: Path) -> None:
    def deleted(home: Path) -> list[Trashed]:
        paths = several(home / "pictures")
        became = again(home).delete_all([Doomed(path) for path in paths], home / "pictures")
        return [one for one in became if isinstance(one, Trashed)]

    made = deleted(tmp_path / "counted")
    steps = steps_of(lambda: again(tmp_path / "counted").restore_all(made))
    assert steps >= 8
    for step in range(1, steps + 1):
        home = tmp_path / str(step)
        made = deleted(home)
        with injected(step) as death, pytest.raises(Crash):
            again(home).restore_all(made)
        assert death.dead
        trash, pictures = again(home), home / "pictures"
        trash.restore_all(trash.listing(pictures))
        assert lying(pictures) == [b"0", b"1", b"2"], f"step {step}"
        assert list((pictures / ".kandinsky" / "trash").iterdir()) == []


def test_a_full_disk_keeps_all_of_them_with_one_sentence_each(tmp_path: Path) -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    paths = several(tmp_path / "pictures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", lambda *_given: (_ for _ in ()).throw(error))
        became = again(tmp_path).delete_all([Doomed(p) for p in paths], tmp_path / "pictures")
    assert all("The disk is full" in str(one) for one in became)
    assert lying(tmp_path / "pictures") == [b"0", b"1", b"2"]
    assert all(path.exists() for path in paths)
