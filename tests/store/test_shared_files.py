"""Files that hold the same become one with two names: whole at every moment, or untouched."""

import errno
import os
from pathlib import Path

import pytest

from kandinsky_desktop.store import shared_files
from kandinsky_desktop.store.shared_files import LEAST, NotLinked, Pair, bytes_on_disk, link, pairs
from tests.hub_files import cached

DATA = bytes(range(256)) * (LEAST // 256)
NAME = "model.safetensors"


def written(folder: Path, data: bytes = DATA) -> Path:
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(data)
    return folder / NAME


@pytest.fixture
def two(tmp_path: Path) -> Pair:
    one, other = (written(tmp_path / name) for name in ("one", "other"))
    return Pair(one, other, len(DATA))


def untouched(pair: Pair) -> bool:
    names = [path.name for path in sorted(pair.file.parent.iterdir())]
    whole = pair.file.read_bytes() == DATA == pair.kept.read_bytes()
    return whole and names == [NAME] and not pair.kept.samefile(pair.file)


def test_equal_files_become_one_and_count_once(two: Pair) -> None:
    assert bytes_on_disk([two.kept, two.file]) == 2 * len(DATA)
    assert list(pairs([two.kept, two.file])) == [two]
    assert untouched(two)
    counted: list[int] = []
    assert link(two, counted.append)
    assert sum(counted) == len(DATA)
    assert two.kept.samefile(two.file)
    assert two.file.read_bytes() == DATA
    assert [path.name for path in two.file.parent.iterdir()] == [NAME]
    assert bytes_on_disk([two.kept, two.file, two.file]) == len(DATA)
    assert list(pairs([two.kept, two.file])) == []


def test_files_that_differ_in_one_byte_stay_apart(tmp_path: Path) -> None:
    one = written(tmp_path / "one")
    other = written(tmp_path / "other", DATA[:-1] + b"\0")
    pair = Pair(one, other, len(DATA))
    assert not link(pair)
    assert not one.samefile(other)
    assert other.read_bytes() == DATA[:-1] + b"\0"
    assert list(pairs([one, other])) == []


def test_small_files_and_links_are_left_alone(tmp_path: Path) -> None:
    small = [written(tmp_path / name, DATA[:-1]) for name in "ab"]
    large = written(tmp_path / "c")
    (tmp_path / "link").symlink_to(large)
    assert list(pairs([*small, large, tmp_path / "link"])) == []


def test_the_hubs_cache_is_kept_and_never_written(tmp_path: Path) -> None:
    source = written(tmp_path / "a source")
    blobs = []
    for name in ("org/one", "org/two"):
        repository = cached(tmp_path / "hub", source.parent, name)
        blobs += list((repository / "blobs").iterdir())
    for order in ([source, *blobs], [*blobs, source]):
        (pair,) = pairs(order)
        assert pair.file == source
        assert pair.kept in blobs
    assert link(pair)
    assert not blobs[0].samefile(blobs[1])


def test_where_links_cannot_be_made_it_is_said(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*names: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)
    with pytest.raises(NotLinked, match=r"stays: no link to .* can be made"):
        link(two)
    assert untouched(two)


def test_other_permissions_are_not_taken_over(two: Pair) -> None:
    two.file.chmod(0o600)
    two.kept.chmod(0o644)
    with pytest.raises(NotLinked, match="other permissions"):
        link(two)
    assert untouched(two)


def test_what_changes_while_it_is_compared_stays(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = shared_files.is_equal

    def changing(one: Path, other: Path, on_bytes: object) -> bool:
        same = compare(one, other)
        with other.open("r+b") as file:
            file.write(b"new")
        os.utime(other, ns=(1, 1))
        return same

    monkeypatch.setattr(shared_files, "is_equal", changing)
    with pytest.raises(NotLinked, match="changed meanwhile"):
        link(two)
    assert two.file.read_bytes()[:3] == b"new"
    assert not two.kept.samefile(two.file)


class Killed(BaseException):
    """As if the program ended here."""


@pytest.mark.parametrize("step", ["link", "unlink", "replace"])
def test_killed_at_any_change_both_files_are_whole(
    two: Pair, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each change to the disk may be the last one, and the next try goes on."""

    def killed(*given: object, **how: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(os if step == "link" else Path, step, killed)
        with pytest.raises(Killed):
            link(two)
    assert two.file.read_bytes() == DATA == two.kept.read_bytes()
    assert link(two)
    assert two.kept.samefile(two.file)
    assert [path.name for path in two.file.parent.iterdir()] == [NAME]


def test_stopped_while_comparing_nothing_is_changed(two: Pair) -> None:
    def stop(count: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        link(two, stop)
    assert untouched(two)
