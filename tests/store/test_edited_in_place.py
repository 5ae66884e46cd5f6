"""Marks are carried to what another program saved over a picture, and to nothing else."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from kandinsky_desktop.domain.library import STARS, Mark, album_key, tag_key
from kandinsky_desktop.store import fingerprints, library_index
from kandinsky_desktop.store.act_log import ActLog
from kandinsky_desktop.store.library_index import Index, open_index
from kandinsky_desktop.store.scanning import look_at
from tests.library import hashed, plain_png, rescan, watch

LATER_NS = 10_000_000_000
XMP = '<x xmp:Rating="{}"/>'


class Desk:
    """A library folder, and its index at work."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder / "pictures", folder / "index.db"
        self.folder.mkdir()
        self.log = ActLog(self.folder, "0" * 12)
        self.index: Index = open_index(self.place)[0]
        self.roots = watch(self.index, self.folder)

    def save(self, name: str, number: int, stars: int = 0, *, rating: int | None = None) -> Path:
        """Save a picture over what is there; with a mark, if it is given stars."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        xmp = [] if rating is None else [("XML:com.adobe.xmp", XMP.format(rating))]
        path.write_bytes(plain_png(*xmp, number=number))
        if stars:
            self.mark(path, STARS, stars)
        return path

    def mark(self, path: Path, key: str, value: int) -> None:
        self.log.append(Mark(key, value, (fingerprints.of_file(path),)).act)

    def look(self) -> None:
        """Scan, read contents and acts, as the indexer does."""
        rescan(self.index, self.roots)
        hashed(self.index)
        self.read()

    def read(self) -> None:
        for root in self.roots:
            list(self.index.take_acts(root, root.path))

    def carry(self) -> int:
        """Carry what is to be carried, as indexer and window do; return how many marks were."""
        carried = 0
        while found := self.index.to_carry(time.time_ns() + LATER_NS):
            for root, marks in found.items():
                ActLog(root.path, "f" * 12).repeat([one.act | {"at": one.at_us} for one in marks])
                carried += sum(len(one.contents) for one in marks)
            self.read()
        return carried

    def of(self, name: str) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
        """Return the stars, tags and albums of a picture."""
        with_ = library_index.ids_of(self.index.base, [self.folder / name])
        found = library_index.details(self.index.base, with_[self.folder / name])
        assert found is not None
        return found.stars, found.tags, found.albums

    def stars(self, *names: str) -> list[int]:
        return [self.of(name)[0] for name in names]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path)
    yield one
    one.index.close()


def over(path: Path, number: int) -> None:
    """Save as careful programs do: into another file, and rename it over the picture."""
    new = path.with_name(f".{path.name}.tmp")
    new.write_bytes(plain_png(number=number))
    os.replace(new, path)


def in_place(path: Path, number: int) -> None:
    path.write_bytes(plain_png(number=number))


@pytest.mark.parametrize("edit", [over, in_place])
@pytest.mark.parametrize("is_told", [False, True])
def test_what_is_edited_keeps_its_marks(
    desk: Desk, edit: Callable[[Path, int], None], *, is_told: bool
) -> None:
    path = desk.save("a.png", 1, stars=5)
    desk.save("copy.png", 1)
    desk.mark(path, tag_key("tame"), 1)
    desk.mark(path, tag_key("wild"), 1)
    desk.mark(path, tag_key("wild"), 0)
    desk.mark(path, album_key("dogs"), 1)
    desk.look()
    marked = (5, ("tame",), ("dogs",))
    assert desk.of("a.png") == marked
    edit(path, 2)
    if is_told:
        look_at(desk.index, desk.roots, path)
    desk.look()
    assert desk.of("a.png") == (0, (), ())
    assert desk.carry() == 4
    assert desk.of("a.png") == desk.of("copy.png") == marked
    edit(path, 3)
    desk.look()
    desk.carry()
    assert desk.of("a.png") == marked
    edit(path, 1)  # back to what it was
    desk.look()
    assert desk.carry() == 0
    assert desk.of("a.png") == marked
    assert desk.index.base.execute("SELECT count(*) FROM former").fetchone() == (0,)
    desk.index.clear()
    edit(path, 3)
    desk.look()
    assert desk.of("a.png") == marked  # made anew, the index knows of it


def test_edited_while_the_indexer_was_stopped_in_between(desk: Desk) -> None:
    path = desk.save("a.png", 1, stars=5)
    desk.look()
    in_place(path, 2)
    rescan(desk.index, desk.roots)  # and killed before it was read
    desk.index.close()
    in_place(path, 3)
    desk.index = open_index(desk.place)[0]
    desk.look()
    assert desk.carry() == 1
    assert desk.stars("a.png") == [5]


def renamed(folder: Path, first: Path, second: Path) -> None:
    first.rename(folder / "x.png")
    second.rename(first)
    (folder / "x.png").rename(second)


def copied(folder: Path, first: Path, second: Path) -> None:
    shutil.copyfile(first, folder / ".x")
    shutil.copyfile(second, first)
    shutil.copyfile(folder / ".x", second)


@pytest.mark.parametrize("swap", [renamed, copied])
@pytest.mark.parametrize("inner", ["a.png", "deep/a.png"])
@pytest.mark.parametrize("is_told", [False, True])
def test_names_that_are_swapped_carry_nothing(
    desk: Desk, swap: Callable[[Path, Path, Path], None], inner: str, *, is_told: bool
) -> None:
    first, second = desk.save(inner, 1, stars=5), desk.save("b.png", 2)
    desk.look()
    swap(desk.folder, first, second)
    if is_told:
        look_at(desk.index, desk.roots, first)
        hashed(desk.index)
    desk.look()
    assert desk.carry() == 0
    assert desk.stars(inner, "b.png") == [0, 5]


def test_names_that_move_up_carry_nothing(desk: Desk) -> None:
    paths = [desk.save(f"{number}.png", number, stars=number % 3) for number in range(1, 7)]
    desk.look()
    paths[0].unlink()
    for before, path in pairwise(paths):
        path.rename(before)
    desk.look()
    assert desk.carry() == 0
    assert desk.stars(*(path.name for path in paths[:-1])) == [2, 0, 1, 2, 0]


def test_a_new_picture_where_another_was_gets_nothing(desk: Desk) -> None:
    """As with programs that count up: they give a number again whose picture was moved away."""
    gone, moved = desk.save("a.png", 1, stars=5), desk.save("b.png", 2, stars=4)
    desk.look()
    gone.unlink()
    desk.look()
    desk.save("a.png", 3)
    moved.rename(desk.folder / "best.png")
    desk.save("b.png", 4)
    desk.look()
    assert desk.carry() == 0
    assert desk.stars("a.png", "b.png", "best.png") == [0, 0, 4]


def test_nothing_is_carried_to_a_picture_that_the_library_has(desk: Desk) -> None:
    first, second = desk.save("a.png", 1, stars=5), desk.save("b.png", 2)
    desk.look()
    shutil.copyfile(second, first)
    desk.look()
    assert desk.carry() == 0
    assert desk.stars("a.png", "b.png") == [0, 0]


@pytest.mark.parametrize(("ages_s", "stars"), [((20, 10), 5), ((10, 20), 0), ((7200, 3600), 0)])
def test_a_picture_that_gets_the_name_of_another(
    desk: Desk, ages_s: tuple[int, int], stars: int
) -> None:
    """One that was written just now may be an edit, which was seen under its temporary name."""
    path, other = desk.save("a.png", 1, stars=5), desk.save("b.png", 2)
    for one, age in zip((path, other), ages_s, strict=True):
        os.utime(one, (time.time() - age, time.time() - age))
    desk.look()
    other.replace(path)
    desk.look()
    assert desk.carry() == bool(stars)
    assert desk.stars("a.png") == [stars]


def test_a_copy_of_what_was_edited_hinders_nothing(desk: Desk) -> None:
    path = desk.save("a.png", 1, stars=5)
    desk.look()
    in_place(path, 2)
    time.sleep(0.02)  # so that it is the younger one
    shutil.copyfile(path, desk.folder / "new.png")
    desk.look()
    desk.carry()
    assert desk.stars("a.png", "new.png") == [5, 5]


def test_what_is_marked_of_the_new_content_holds(desk: Desk) -> None:
    """Also no stars; and what a clock put in the future does not hold against it."""
    paths = [desk.save(f"{number}.png", number) for number in range(2)]
    ahead = time.time_ns() // 1000 + 8 * 3_600_000_000
    both = tuple(map(fingerprints.of_file, paths))
    desk.log.append(Mark(STARS, 5, both).act, after=ahead)
    desk.mark(paths[0], tag_key("tame"), 1)
    desk.look()
    for number, path in enumerate(paths):
        in_place(path, 10 + number)
    ActLog(desk.folder, "1" * 12).append(Mark(STARS, 0, (fingerprints.of_file(paths[0]),)).act)
    desk.look()
    desk.carry()
    assert desk.of("0.png") == (0, ("tame",), ())
    ActLog(desk.folder, "2" * 12).append(Mark(STARS, 1, (fingerprints.of_file(paths[1]),)).act)
    desk.read()
    assert desk.stars("0.png", "1.png") == [0, 1]


def test_two_devices_that_carry_agree(desk: Desk) -> None:
    path = desk.save("a.png", 1, stars=5)
    desk.look()
    in_place(path, 2)
    desk.look()
    (marks,) = desk.index.to_carry(time.time_ns() + LATER_NS).values()
    desk.carry()
    desk.mark(path, STARS, 2)
    other = ActLog(desk.folder, "1" * 12)
    other.repeat([one.act | {"at": one.at_us} for one in marks])
    desk.read()
    assert desk.stars("a.png") == [2]


def test_stars_that_the_other_program_set_hold(desk: Desk) -> None:
    kept = desk.save("kept.png", 1, stars=5, rating=2)
    rated = desk.save("rated.png", 2, stars=5, rating=2)
    unrated = desk.save("unrated.png", 3, stars=4)
    desk.mark(rated, tag_key("tame"), 1)
    desk.look()
    desk.save(kept.name, 11, rating=2)
    desk.save(rated.name, 12, rating=3)
    desk.save(unrated.name, 13, rating=0)
    desk.look()
    desk.carry()
    assert desk.stars("kept.png", "rated.png", "unrated.png") == [5, 3, 4]
    assert desk.of("rated.png")[1] == ("tame",)


def test_it_waits_until_a_file_is_whole_and_rests(desk: Desk) -> None:
    path = desk.save("a.png", 1, stars=5)
    desk.look()
    data = plain_png(number=2)
    path.write_bytes(data[:-30])
    desk.look()
    assert desk.carry() == 0
    path.write_bytes(data)
    desk.look()
    assert not desk.index.to_carry(time.time_ns())
    assert desk.carry() == 1
    assert desk.stars("a.png") == [5]
