"""The cache of small tensors: bounded, shared, and of no harm when it is gone or the disk full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kandinsky_desktop.store.embeddings import IN_MEMORY, EmbeddingCache
from kandinsky_desktop.store.leftovers import ABANDONED_S
from tests.mounts import FULL, on_disk

HAMMER = """
import sys
from pathlib import Path
from kandinsky_desktop.store.embeddings import EmbeddingCache
folder, own = Path(sys.argv[1]), sys.argv[2]
for turn in range(200):
    cache = EmbeddingCache(folder)  # nothing in memory: all is read from disk
    for key in ("shared-00", f"own-{own}"):
        cache.write(key, key.encode() * 1000)
    data = EmbeddingCache(folder).read("shared-00")
    assert data in (None, b"shared-00" * 1000), data
    if turn % 20 == 0:
        cache.prune(limit=9500)
    if turn % 7 == 0:
        cache.forget("shared-00")
"""
ON_A_FULL_DISK = """
import sys
from pathlib import Path
from kandinsky_desktop.store.embeddings import EmbeddingCache
cache = EmbeddingCache(Path(sys.argv[1]))
for number in range(40):
    cache.write(f"key-{number:02}", bytes(1000))
assert all(cache.read(f"key-{number:02}") == bytes(1000) for number in range(40))
cache.prune()
left = [path.name for path in Path(sys.argv[1]).rglob("*") if path.is_file()]
assert len(left) < 40 and all(name.endswith(".safetensors") for name in left), left
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "embeddings"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_is_kept_is_read_again_also_by_another_process(folder: Path) -> None:
    cache = EmbeddingCache(folder)
    assert cache.read("text-ab") is None
    cache.write("text-ab", b"bytes")
    assert cache.read("text-ab") == EmbeddingCache(folder).read("text-ab") == b"bytes"
    cache.forget("text-ab")
    assert cache.read("text-ab") is None
    assert not files(folder)
    cache.forget("text-ab")


def test_memory_is_bounded_and_the_disk_still_knows(folder: Path) -> None:
    cache = EmbeddingCache(folder)
    for number in range(5):
        cache.write(f"key-{number}", bytes([number]) * (IN_MEMORY // 3))
    assert cache._near_bytes <= IN_MEMORY
    assert list(cache._near) == ["key-2", "key-3", "key-4"]
    assert cache.read("key-0") == bytes(IN_MEMORY // 3)
    assert list(cache._near) == ["key-3", "key-4", "key-0"]


def test_the_disk_is_bounded_and_what_was_not_read_for_longest_goes_first(folder: Path) -> None:
    cache = EmbeddingCache(folder)
    for number in range(4):
        cache.write(f"key-{number}", bytes(1000))
        (path,) = folder.glob(f"*/key-{number}.*")
        os.utime(path, (number + 1, number + 1))
    assert EmbeddingCache(folder).read("key-0")  # from disk, now
    cache.prune(limit=2500)
    assert files(folder) == ["key-0.safetensors", "key-3.safetensors"]
    cache.prune(limit=2500)
    assert len(files(folder)) == 2


def test_what_a_killed_process_left_half_written_goes(folder: Path) -> None:
    cache = EmbeddingCache(folder)
    cache.write("key-00", b"whole")
    old, new = (folder / "00" / f".kandinsky-{number}-1.part" for number in (1, 2))
    for half in (old, new):
        half.write_bytes(b"ha")
    os.utime(old, (1, new.stat().st_mtime - ABANDONED_S - 1))
    cache.prune()
    assert files(folder) == [new.name, "key-00.safetensors"]


def test_without_its_folder_it_is_only_slow(folder: Path) -> None:
    cache = EmbeddingCache(folder)
    cache.prune()
    cache.write("key-0", b"bytes")
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    folder.rmdir()
    assert cache.read("key-0") == b"bytes"  # in memory
    assert EmbeddingCache(folder).read("key-0") is None
    cache.write("key-1", b"bytes")
    assert EmbeddingCache(folder).read("key-1") == b"bytes"


def test_two_processes_at_once_read_nothing_half(folder: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, str(folder), own], stderr=subprocess.PIPE, text=True
        )
        for own in ("11", "22")
    ]
    for one in both:
        _out, said = one.communicate(timeout=60)
        assert one.returncode == 0, said
    left = files(folder)
    assert left
    assert all(name.endswith(".safetensors") for name in left)


def test_a_full_disk_costs_only_what_is_not_kept(folder: Path) -> None:
    command = [sys.executable, "-c", ON_A_FULL_DISK, str(folder)]
    done = subprocess.run(
        on_disk(FULL, folder, command), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stderr  # said in the log
