"""Thumbnails of the library, and pictures that look alike."""

import sqlite3
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from kandinsky_desktop.store import near_duplicates, thumbnail_store
from kandinsky_desktop.store.thumbnail_store import Thumbnail, ThumbnailStore, make, open_reader

ONE = Thumbnail(b"jpeg", 0x102030, -5)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "thumbs.db"


def drawn(seed: int, side: int = 300) -> Image.Image:
    dice = np.random.default_rng(seed)
    image = Image.fromarray(dice.integers(0, 255, (4, 4, 3), dtype=np.uint8)).resize((side, side))
    ImageDraw.Draw(image).ellipse(tuple(map(int, sorted(dice.integers(0, side, 4)))), fill="red")
    return image


def test_a_thumbnail_is_small_and_says_its_colour(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (800, 400), (16, 32, 48)).save(path)
    made = make(path)
    assert Image.open(BytesIO(made.jpeg)).size == (256, 128)
    assert made.mean == 0x102030
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(path)
    assert make(path).mean == 0xFFFFFF


def test_a_large_photo_is_decoded_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    drawn(1, 2400).save(path)
    sizes = []
    real = Image.Image.thumbnail

    def watch(image: Image.Image, size: tuple[float, float]) -> None:
        sizes.append(image.size)
        real(image, size)

    monkeypatch.setattr(Image.Image, "thumbnail", watch)
    make(path)
    assert sizes == [(600, 600)]


def test_a_shrunk_thumbnail_is_as_a_whole_one_would_be(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    drawn(5, 1800).save(path)
    large = make(path)
    whole = thumbnail_store.of_image(drawn(5, 1800))
    assert large.look == whole.look
    ours, theirs = (
        np.asarray(Image.open(BytesIO(one.jpeg)).convert("RGB"), int) for one in (large, whole)
    )
    assert ours.shape == theirs.shape == (256, 256, 3)
    assert np.abs(ours - theirs).mean() < 1.5
    line = Image.new("RGB", (4000, 1), "red")
    line.save(path)
    assert Image.open(BytesIO(make(path).jpeg)).size == (256, 1)
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (2000, 1000)).save(path, exif=turned)
    assert Image.open(BytesIO(make(path).jpeg)).size == (128, 256)


def test_thumbnails_are_kept_and_read(place: Path) -> None:
    store = ThumbnailStore(place)
    store.keep([(7, ONE, 1), (9, ONE, 1)])
    reader = open_reader(place)
    assert thumbnail_store.read(reader, [7, 8, 9]) == {7: ONE, 9: ONE}
    assert store.missing([9, 8, 7, 6]) == [8, 6]
    store.remove([7])
    assert thumbnail_store.read(reader, [7, 9]) == {9: ONE}


def test_those_of_other_versions_of_files_are_deleted(place: Path) -> None:
    store = ThumbnailStore(place)
    store.keep([(1, ONE, 10), (2, ONE, 20), (3, ONE, 30)])
    assert store.reconcile([(1, 10), (2, 21), (4, 40)]) == [(1, 0x102030)]
    assert store.missing([1, 2, 3]) == [2, 3]


def test_the_oldest_make_room(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnail_store, "MOST", 10)
    monkeypatch.setattr(thumbnail_store, "EVICTED", 5)
    monkeypatch.setattr("time.time", lambda: 1.0)
    store = ThumbnailStore(place)
    store.keep([(number, ONE, 1) for number in range(8)])
    monkeypatch.setattr("time.time", lambda: 2.0)
    store.keep([(number, ONE, 1) for number in range(100, 104)])
    assert store.missing(range(8)) == [0, 1, 2, 3, 4]
    assert store.missing(range(100, 104)) == []


def test_tries_that_never_ended_are_counted(place: Path) -> None:
    store = ThumbnailStore(place)
    assert store.begin(5) == 0
    store.close()
    store = ThumbnailStore(place)
    assert store.begin(5) == 1
    store.keep([(5, ONE, 1)])
    assert store.begin(5) == 0
    store.give_up(5)
    assert store.begin(5) == 0


@pytest.mark.parametrize("data", [b"", b"no database" * 999, b"SQLite format 3\0" + bytes(9000)])
def test_a_damaged_store_is_made_anew(place: Path, data: bytes) -> None:
    ThumbnailStore(place).close()
    place.write_bytes(data)
    store = ThumbnailStore(place)
    store.keep([(1, ONE, 1)])
    assert thumbnail_store.read(open_reader(place), [1]) == {1: ONE}


def test_a_store_of_another_version_is_made_anew(place: Path) -> None:
    store = ThumbnailStore(place)
    store.keep([(1, ONE, 1)])
    store.base.execute("PRAGMA user_version=99")
    store.close()
    assert ThumbnailStore(place).missing([1]) == [1]


def test_no_reader_without_a_store(place: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        open_reader(place)


@pytest.mark.parametrize("version", [0, 99])
def test_no_reader_of_a_store_that_is_being_made(place: Path, version: int) -> None:
    store = ThumbnailStore(place)
    store.base.execute(f"PRAGMA user_version={version}")
    with pytest.raises(sqlite3.OperationalError, match="is being made"):
        open_reader(place)
    store.close()


def near(thumbnails: list[Thumbnail]) -> list[tuple[int, ...]]:
    return near_duplicates.groups(
        np.arange(len(thumbnails)),
        np.array([one.look for one in thumbnails], np.int64),
        np.array([one.mean for one in thumbnails], np.int64),
    )


def test_the_same_picture_in_other_sizes_and_kinds_is_near(tmp_path: Path) -> None:
    made = []
    for seed in range(40):
        made.append(thumbnail_store.of_image(drawn(seed)))
    small = drawn(3).resize((220, 220), Image.Resampling.LANCZOS)
    small.save(tmp_path / "a.jpg", quality=60)
    made.append(make(tmp_path / "a.jpg"))
    made.append(thumbnail_store.of_image(drawn(3).point(lambda value: min(255, value + 4))))
    assert near(made) == [(3, 40, 41)]


def test_what_was_compared_pair_by_pair_is_the_same() -> None:
    dice = np.random.default_rng(1)
    looks = dice.integers(-(2**63), 2**63 - 1, 400, dtype=np.int64)
    looks[200:] = looks[:200] ^ (1 << dice.integers(0, 62, 200)) ^ (1 << dice.integers(0, 62, 200))
    looks[350:] ^= 1 << dice.integers(0, 62, 50)
    means = dice.integers(0, 2**24, 400)
    means[200:300] = means[:100]
    leaders = list(range(400))
    for one in range(400):
        for other in range(one):
            bits = int(looks[one] ^ looks[other]) & 2**64 - 1
            colors = [abs((int(means[one]) >> s & 255) - (int(means[other]) >> s & 255))
                      for s in (0, 8, 16)]  # fmt: skip
            if bits.bit_count() <= near_duplicates.MOST_BITS and max(colors) <= 12:
                old, new = leaders[one], leaders[other]
                leaders = [new if leader == old else leader for leader in leaders]
    expected: dict[int, list[int]] = {}
    for number, leader in enumerate(leaders):
        expected.setdefault(leader, []).append(number)
    pairs = {tuple(group) for group in expected.values() if len(group) > 1}
    assert pairs
    assert set(near_duplicates.groups(np.arange(400), looks, means)) == pairs


def test_nothing_is_near_nothing() -> None:
    empty = np.empty(0, np.int64)
    assert near_duplicates.groups(empty, empty, empty) == []
