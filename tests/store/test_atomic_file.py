"""Files are there whole or not at all, also when many write at once."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import brief
from kandinsky_desktop.store import atomic_file

MANY = 25
WRITER = f"""
import sys
from pathlib import Path
from kandinsky_desktop.store import atomic_file
sys.stdin.read(1)
for number in range({MANY}):
    atomic_file.create(Path(sys.argv[1]), "same", ".png", sys.argv[2].encode() * 5000)
"""


def test_two_programs_never_take_the_same_name(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), letter], stdin=subprocess.PIPE
        )
        for letter in "ab"
    ]
    for writer in writers:  # both are running now, or will read this at once
        writer.communicate(b"!", timeout=60)
        assert writer.returncode == 0
    files = list(tmp_path.iterdir())
    assert {path.name for path in files} == {
        "same.png",
        *(f"same-{number}.png" for number in range(2, 2 * MANY + 1)),
    }
    wholes = Counter(path.read_bytes() for path in files)
    assert wholes == {b"a" * 5000: MANY, b"b" * 5000: MANY}


def test_nor_do_two_threads(tmp_path: Path) -> None:
    def write(letter: str) -> None:
        for _ in range(MANY):
            atomic_file.create(tmp_path, "same", ".png", letter.encode() * 5000)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, "ab"))
    wholes = Counter(path.read_bytes() for path in tmp_path.iterdir())
    assert wholes == {b"a" * 5000: MANY, b"b" * 5000: MANY}


def test_what_is_set_aside_never_takes_the_place_of_another(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    for content in (b"one", b"two", b"three"):
        file.write_bytes(content)
        assert atomic_file.set_aside(file, "bad").read_bytes() == content
        assert not file.exists()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "settings.json.bad": b"one",
        "settings.json.bad-2": b"two",
        "settings.json.bad-3": b"three",
    }
    with pytest.raises(FileNotFoundError):
        atomic_file.set_aside(file, "bad")


@pytest.mark.parametrize("lasting", [True, False])
def test_replacing_leaves_the_old_or_the_new(tmp_path: Path, lasting: bool) -> None:
    file = tmp_path / "deep" / "file"
    atomic_file.write(file, b"old", lasting=lasting)
    atomic_file.write(file, b"new", lasting=lasting)
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_and_no_half_file(
    tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    atomic_file.write(file, b"old")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr("os.fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        atomic_file.write(file, b"new")
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == b"old"


def test_a_ctrl_c_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        atomic_file.create(tmp_path, "cat", ".png", b"cat")
    assert not list(tmp_path.iterdir())


def test_a_disk_without_links_takes_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError(1, "Operation not permitted")  # FAT

    monkeypatch.setattr("os.link", refuse)
    first, second = (atomic_file.create(tmp_path, "cat", ".png", data) for data in (b"1", b"2"))
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert sorted(tmp_path.iterdir()) == [second, first]  # cat-2.png, cat.png


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("nul", "nul_.png"),
        ("CON", "CON_.png"),
        ("com1.a red cat", "com1_.a red cat.png"),
        ("console", "console.png"),
        ("a con", "a con.png"),
    ],
)
def test_no_name_is_that_of_a_device(tmp_path: Path, stem: str, name: str) -> None:
    assert atomic_file.create(tmp_path, stem, ".png", b"").name == name


def test_too_long_a_name_is_cut_between_characters(tmp_path: Path) -> None:
    first, second = (atomic_file.create(tmp_path, "猫" * 120, ".png", b"") for _ in range(2))
    assert first.name == "猫" * 83 + ".png"
    assert second.name == "猫" * 83 + "-2.png"


def test_the_longest_name_a_disk_takes_is_taken(tmp_path: Path) -> None:
    file = tmp_path / ("🐈" * 62 + ".png")  # 252 bytes
    atomic_file.write(file, b"cat")
    assert file.read_bytes() == b"cat"


def test_an_error_is_about_the_file_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "cat.png").mkdir()
    with pytest.raises(OSError, match=r"cat\.png") as refused:
        atomic_file.write(tmp_path / "cat.png", b"cat")
    assert brief(refused.value).startswith("cat.png: ")
    assert ".part" not in str(refused.value)


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_so_it_is_where_nothing_can_be_begun() -> None:
    with pytest.raises(OSError, match=r"cat\.png") as refused:
        atomic_file.write(Path("/proc/self/cat.png"), b"cat")
    assert brief(refused.value).startswith("cat.png: ")
