"""What a process left that was killed while it saved goes, and nothing else does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kandinsky_desktop.domain.indexing import Scan
from kandinsky_desktop.store import atomic_file, leftovers
from kandinsky_desktop.store.leftovers import ABANDONED_S
from tests.indexer.hand import hand
from tests.library import indexed, picture, rescan

SAVER = """
import os, sys
from pathlib import Path
from kandinsky_desktop.store import atomic_file

def linger(handle):
    print("written", flush=True)
    sys.stdin.read()

atomic_file.os.fsync = linger  # all is written then, and it has no name yet
atomic_file.create(Path(sys.argv[1]), "a red cat", ".png", b"no whole picture" * 1000)
"""


@contextmanager
def saving(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Lend a process that is in the middle of saving a picture; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        try:
            yield process
        finally:
            process.kill()


def killed_while_saving(folder: Path) -> Path:
    """Return what such a process left."""
    before = set(folder.iterdir())
    with saving(folder):
        pass
    (left,) = set(folder.iterdir()) - before
    return left


def age(path: Path, seconds: float = ABANDONED_S + 60) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_a_killed_process_left_goes_once_it_is_old(tmp_path: Path) -> None:
    left = killed_while_saving(tmp_path)
    assert leftovers.found_in([tmp_path]) == [left]
    assert leftovers.remove([left]) == 0
    age(left, ABANDONED_S - 60)
    assert leftovers.remove([left]) == 0
    age(left)
    assert leftovers.remove([left]) == 1
    assert not left.exists()
    assert leftovers.remove([left]) == 0


def test_what_a_living_process_writes_stays_however_long_it_takes(tmp_path: Path) -> None:
    later = time.time() + 100 * ABANDONED_S
    with saving(tmp_path) as process:
        left = leftovers.found_in([tmp_path])
        assert [atomic_file.writer_of(path.name) for path in left] == [process.pid]
        assert leftovers.remove(left, now=later) == 0
    assert leftovers.remove(left, now=later) == 1


def test_a_process_that_got_the_number_since_is_another_one(tmp_path: Path) -> None:
    left = tmp_path / f".kandinsky-{os.getpid()}-1.part"
    left.write_bytes(b"half")
    age(left, 10 * 365 * 24 * 3600)  # this process is not so old
    assert leftovers.remove([left]) == 1


@pytest.mark.parametrize(
    "name",
    [
        "kandinsky-7-7.part",
        ".kandinsky-7-7.part.png",
        ".kandinsky-7.part",
        ".kandinsky-07-7.part",
        ".kandinsky-7-x.part",
        ".kandinsky-7-7.part~",
        ".kandinsky-٧-7.part",
        ".kandinsky-99999999999-7.part",
        ".KANDINSKY-7-7.part",
        "cat.png.part",
    ],
)
def test_nobody_elses_file_goes(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"mine")
    age(file)
    assert leftovers.found_in([tmp_path]) == []
    assert leftovers.remove([file]) == 0
    assert file.exists()


def test_nor_a_folder_or_a_link_of_that_name(tmp_path: Path) -> None:
    folder, link, mine = (
        tmp_path / ".kandinsky-7-7.part",
        tmp_path / ".kandinsky-7-8.part",
        tmp_path / "mine",
    )
    folder.mkdir()
    mine.write_bytes(b"mine")
    link.symlink_to(mine)
    for path in (folder, mine):
        age(path)
    os.utime(link, (1, 1), follow_symlinks=False)
    assert leftovers.remove([folder, link]) == 0
    assert folder.is_dir()
    assert link.is_symlink()


def test_what_cannot_be_removed_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f".kandinsky-{2**31 - 1}-{number}.part" for number in (1, 2)]
    for path in paths:
        path.write_bytes(b"half")
        age(path)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == paths[0]:
            raise PermissionError(path)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert leftovers.remove(paths) == 1
    assert [path.exists() for path in paths] == [True, False]


def test_a_scan_of_a_library_removes_them_in_all_its_folders(tmp_path: Path) -> None:
    shelf = tmp_path / "pictures"
    kept = picture(shelf / "2026")
    index, roots = indexed(tmp_path / "index.db", shelf)
    foreign = shelf / ".hidden"
    foreign.mkdir()
    left = [killed_while_saving(one) for one in (shelf, shelf / "2026", shelf / ".kandinsky")]
    other = killed_while_saving(foreign)  # in a hidden folder that is not ours nothing is touched
    for path in (*left, other):
        age(path)
    assert not rescan(index, roots).removed
    assert [path.exists() for path in left] == [False, False, False]
    assert other.exists()
    assert kept.exists()


def test_the_indexer_removes_what_a_killed_engine_left(tmp_path: Path) -> None:
    shelf = tmp_path / "pictures"
    kept = picture(shelf)
    left = killed_while_saving(shelf)
    with hand(tmp_path / "library") as one:
        one.watch(shelf)
        assert left.exists()  # another machine might be writing it
        age(left)
        one.settle(Scan())
        one.until(lambda: not left.exists())
        assert one.holds(kept)()
