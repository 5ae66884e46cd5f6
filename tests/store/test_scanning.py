"""The index follows what lies in the library's folders."""

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.library import INGREDIENT, SOURCE
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.indexer.watching import Watching
from kandinsky_desktop.store import fingerprints, library_index, pictures, scanning, trash
from kandinsky_desktop.store.library_index import Index, open_reader
from kandinsky_desktop.store.scanning import look_at
from tests import request_strategies
from tests.library import (
    everything,
    hashed,
    indexed,
    picture,
    plain_png,
    quick,
    record_of,
    rescan,
    watch,
)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "index.db"


def names(index: Index) -> list[str]:
    rows = index.base.execute("SELECT file FROM picture ORDER BY file")
    return [file for (file,) in rows]


def details_of(index: Index, path: Path) -> library_index.Details:
    reader = open_reader(index.path)
    try:
        found = library_index.details(reader, library_index.ids_of(reader, [path])[path])
    finally:
        reader.close()
    assert found is not None
    return found


def test_a_picture_of_ours_is_known_with_all_that_it_says(shelf: Path, place: Path) -> None:
    record = record_of(
        "a red cat", index=1, count=2, seed=41, prior_seed=6, steps=20, scheduler="DDIMScheduler"
    )
    path = picture(shelf / "2026", record)
    index, _roots = indexed(place, shelf)
    found = details_of(index, path)
    assert (found.path, found.width, found.height) == (path, 16, 16)
    assert (found.prompt, found.negative) == ("a red cat", "")
    assert (found.model, found.task, found.scheduler) == (
        "kandinsky-2.2",
        "text-to-image",
        "DDIMScheduler",
    )
    assert (found.seed, found.prior_seed, found.steps) == (record.seed, record.prior_seed, 20)
    assert (found.broken, found.stars, found.tool) == ("", 0, "")
    assert abs(found.made_ms / 1000 - path.stat().st_mtime) < 1


def test_pictures_of_one_request_are_one_stack(shelf: Path, place: Path) -> None:
    for number in range(3):
        picture(shelf, record_of(index=number, count=3), number=number)
    picture(shelf, record_of("alone"))
    index, _roots = indexed(place, shelf)
    rows = index.base.execute("SELECT stack, place FROM picture ORDER BY place, stack").fetchall()
    stacks = [stack for stack, _place in rows if stack is not None]
    assert len(stacks) == 3
    assert len(set(stacks)) == 1
    assert sorted(place for stack, place in rows if stack is not None) == [0, 1, 2]


@given(data=some.data())
@settings(max_examples=40)
def test_a_request_says_the_stack_that_its_files_will_say(
    tmp_path: Path, data: some.DataObject
) -> None:
    paths = [tmp_path / "a.png", Path(os.fsdecode(b"/a/\xff \\u00e9 \xc3\xa4.png"))]
    request = data.draw(request_strategies.requests(paths, paths, [tmp_path / "a.safetensors"]))
    record = replace(record_of(), request=request, index=0)
    path = picture(tmp_path, record)
    stack = scanning.listed(path).stack
    path.unlink()
    assert stack == (pictures.stack_of(request) if request.count > 1 else 0)


def test_a_folder_is_listed_as_an_index_lists_it(shelf: Path, place: Path) -> None:
    quick(shelf, 30)
    for number in range(3):
        picture(shelf, record_of(index=number, count=3), number=number)
    (shelf / "torn.png").write_bytes(b"torn")
    (shelf / "notes.txt").write_text("no picture")
    Image.new("RGB", (8, 8)).save(shelf / ".hidden.png")
    Image.new("RGB", (8, 8)).save(shelf / "photo.JPG")
    picture(shelf / "below", record_of("of another folder"))
    index, _roots = indexed(place, shelf)
    reader = open_reader(index.path)
    of_index = [one for one in library_index.newest(reader, 99) if one.path.parent == shelf]
    reader.close()
    assert len(of_index) == 35
    assert scanning.newest_in(shelf, 99) == of_index
    assert scanning.newest_in(shelf, 4) == of_index[:4]
    assert scanning.listed(of_index[5].path) == of_index[5]
    assert scanning.newest_in(shelf / "nowhere", 4) == []


def test_the_newest_are_found_without_looking_at_all(place: Path, shelf: Path) -> None:
    quick(shelf, 30)
    index, roots = indexed(place, shelf)
    reader = open_reader(index.path)
    newest = library_index.newest(reader, 10)
    assert [one.path for one in newest] == sorted(shelf.glob("*.png"), reverse=True)[:10]
    looked: list[None] = []
    reader.set_progress_handler(lambda: looked.append(None), 1)
    library_index.newest(reader, 3)
    few = len(looked)
    quick(shelf, 300, first=30)
    rescan(index, roots)
    looked.clear()
    library_index.newest(reader, 3)
    assert len(looked) < 1.5 * few
    index.set_root(roots[0].mark, shelf, away=True)
    assert library_index.newest(reader, 10) == []
    reader.close()


def test_the_seeds_are_those_of_the_record_for_every_kind_of_series(
    shelf: Path, place: Path
) -> None:
    from kandinsky_desktop.domain.conditioning import Interpolation

    series = Interpolation(start=Prompt("a"), end=Prompt("b"))
    records = [
        record_of(index=3, count=4, seed=2**32 - 2, prior_seed=5),
        record_of(index=3, count=4, shared_prior_seed=True, prior_seed=5),
        record_of(index=2, count=4, conditioning=series, seed=9, prior_seed=9),
    ]
    paths = [picture(shelf, record, number=place) for place, record in enumerate(records)]
    index, _roots = indexed(place, shelf)
    for path, record in zip(paths, records, strict=True):
        found = details_of(index, path)
        assert (found.seed, found.prior_seed) == (record.seed, record.prior_seed)


def test_parents_and_children_are_found_by_content(shelf: Path, place: Path) -> None:
    mother = picture(shelf, record_of("mother"), number=1)
    father = picture(shelf, record_of("father"), number=2)
    contents = tuple(map(fingerprints.of_file, (mother, father)))
    mix = Mix(ingredients=(Ingredient(ImagePrompt(mother)), Ingredient(Prompt("and words"))))
    child = picture(
        shelf,
        record_of(conditioning=mix, task=Img2Img(path=father), sources=contents),
        number=3,
    )
    index, _roots = indexed(place, shelf)
    hashed(index)
    found = details_of(index, child)
    assert found.task == "fusion image-to-image"
    assert found.prompt == "and words"
    assert {(one.content, one.role) for one in found.parents} == {
        (contents[0], INGREDIENT),
        (contents[1], SOURCE),
    }
    reader = open_reader(place)
    wanted = library_index.ids_of(reader, [mother, child])
    assert found.parents[0].ids == (wanted[mother],)
    assert details_of(index, mother).children[0].ids == (wanted[child],)


def test_a_fusion_of_pictures_alone_is_called_after_them(shelf: Path, place: Path) -> None:
    names = ("2026-11-23-172054-a-rainbow-42.png", "rocket.png")
    parts = tuple(Ingredient(ImagePrompt(Path("/pictures", name))) for name in names)
    path = picture(shelf, record_of(conditioning=Mix(ingredients=parts)))
    index, _roots = indexed(place, shelf)
    assert details_of(index, path).prompt == "a rainbow and rocket"


def test_what_came_went_and_changed_is_told(shelf: Path, place: Path) -> None:
    paths = quick(shelf / "a", 5)
    index, roots = indexed(place, shelf)
    assert not rescan(index, roots)
    paths[0].unlink()
    later = paths[1].stat().st_mtime_ns + 10**9
    paths[1].write_bytes(paths[2].read_bytes())
    os.utime(paths[1], ns=(later, later))
    more = quick(shelf / "b", 1, words="a blue dog", first=9)
    change = rescan(index, roots)
    assert len(change.removed) + len(change.altered) >= 2
    assert names(index) == sorted([*(path.name for path in paths[1:]), more[0].name])
    assert details_of(index, paths[1]).prompt == "a red cat 2"
    reader = open_reader(place)
    assert library_index.matching(reader, '"blue"*') == str(
        library_index.ids_of(reader, more)[more[0]]
    )


def test_a_renamed_picture_keeps_its_id_and_what_is_known_of_it(shelf: Path, place: Path) -> None:
    path = quick(shelf, 1)[0]
    index, roots = indexed(place, shelf)
    hashed(index)
    before = details_of(index, path)
    (shelf / "deep").mkdir()
    moved = path.rename(shelf / "deep" / "my cat.png")
    change = rescan(index, roots)
    assert (change.added, change.removed, change.altered) == ((), (), (before.id,))
    after = details_of(index, moved)
    assert (after.id, after.content) == (before.id, before.content)
    assert before.content


def test_a_renamed_picture_without_what_lay_beside_it_keeps_its_id(
    shelf: Path, place: Path
) -> None:
    path = quick(shelf, 1)[0]
    beside = shelf / f"{path.name}.xmp"
    beside.write_text('<x xmp:Rating="3"/>')
    index, roots = indexed(place, shelf)
    before = details_of(index, path)
    moved = path.rename(shelf / "2023-cat.png")
    rescan(index, roots)
    after = details_of(index, moved)
    assert (before.stars, after.id, after.stars) == (3, before.id, 0)
    beside.rename(shelf / f"{moved.name}.xmp")
    rescan(index, roots)
    again = details_of(index, moved)
    assert (again.id, again.stars, len(names(index))) == (before.id, 3, 1)


def test_a_name_in_other_letters_is_no_second_picture_where_disks_take_both_for_one(
    shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = picture(shelf, name="Cat.png")
    index, roots = indexed(place, shelf)

    def is_there(path: Path) -> bool:
        return Path(path).name.lower() in {name.lower() for name in os.listdir(shelf)}

    old.rename(shelf / "cat.png")
    (shelf / "cat.xmp").write_text("<x/>")  # so that it is read anew
    monkeypatch.setattr(os.path, "exists", is_there)
    rescan(index, roots)
    assert names(index) == ["cat.png"]


def test_a_file_with_two_names_that_is_written_anew_is_no_damage(shelf: Path, place: Path) -> None:
    both = [shelf / "a" / "cat.png", shelf / "b" / "cat.png"]
    picture(both[0].parent, name="cat.png")
    both[1].parent.mkdir()
    os.link(*both)
    index, roots = indexed(place, shelf)
    both[0].write_bytes(plain_png(number=2, side=24))
    for path in both:
        look_at(index, roots, path)
    assert [details_of(index, path).width for path in both] == [24, 24]
    assert index.is_whole


def test_a_record_of_odd_values_hides_no_other_picture(shelf: Path, place: Path) -> None:
    record = file_format.encode(record_of())
    record["conditions"]["candidate"] = 1.5
    shelf.mkdir()
    (shelf / "odd.png").write_bytes(plain_png(("kandinsky", json.dumps(record))))
    picture(shelf, name="cat.png")
    index, _roots = indexed(place, shelf)
    assert names(index) == ["cat.png", "odd.png"]
    assert details_of(index, shelf / "odd.png").prompt == ""


def test_a_folder_that_has_a_pictures_name_now_is_no_picture(shelf: Path, place: Path) -> None:
    path = picture(shelf, name="cat.png")
    index, roots = indexed(place, shelf)
    path.unlink()
    path.mkdir()
    rescan(index, roots)
    assert names(index) == []


def test_two_names_that_were_swapped_are_both_right(shelf: Path, place: Path) -> None:
    one, other = quick(shelf, 2)
    index, roots = indexed(place, shelf)
    one.rename(shelf / "x.png")
    other.rename(one)
    (shelf / "x.png").rename(other)
    rescan(index, roots)
    assert details_of(index, one).prompt == "a red cat 1"
    assert details_of(index, other).prompt == "a red cat 0"
    assert len(names(index)) == 2


def test_hidden_files_and_folders_and_links_to_folders_are_not_entered(
    shelf: Path, place: Path, tmp_path: Path
) -> None:
    quick(shelf / ".kandinsky" / "trash", 1)
    quick(shelf / ".hidden", 1)
    quick(tmp_path / "elsewhere", 1)
    (shelf / "link").symlink_to(tmp_path / "elsewhere")
    (shelf / "round").symlink_to(shelf)
    seen = quick(shelf / "seen", 1)
    (shelf / "seen" / ".part.png").write_bytes(b"")
    index, _roots = indexed(place, shelf)
    assert names(index) == [seen[0].name]


def test_one_picture_that_was_just_made_is_looked_at_alone(shelf: Path, place: Path) -> None:
    shelf.mkdir()
    index, roots = indexed(place, shelf)
    path = picture(shelf / "2026")
    assert len(look_at(index, roots, path).added) == 1
    assert details_of(index, path).prompt == "a red cat"
    path.unlink()
    assert len(look_at(index, roots, path).removed) == 1
    assert not names(index)
    assert not look_at(index, roots, shelf / ".kandinsky" / "trash" / "x.png")
    assert not look_at(index, roots, shelf.parent / "x.png")


def test_only_the_folders_that_changed_are_looked_through(shelf: Path, place: Path) -> None:
    from kandinsky_desktop.store.scanning import scan

    first, second = quick(shelf / "a", 2), quick(shelf / "b", 2, first=2)
    quick(shelf / "a" / "deep", 1, first=5)
    index, roots = indexed(place, shelf)
    first[0].unlink()
    second[0].unlink()
    new = quick(shelf / "a" / "new" / "newer", 1, first=7)
    for _step in scan(index, roots, only=[shelf / "a"]):
        pass
    assert first[0].name not in names(index)
    assert second[0].name in names(index)
    assert new[0].name in names(index)
    shutil.rmtree(shelf / "a" / "deep")
    for _step in scan(index, roots, only=[shelf / "a"]):
        pass
    assert len(names(index)) == 4
    shutil.rmtree(shelf / "a")
    for _step in scan(index, roots, only=[shelf]):
        pass
    assert len(names(index)) == 2


def test_a_folder_that_cannot_be_read_loses_nothing(
    shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(shelf / "a", 2)
    index, roots = indexed(place, shelf)
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("a"):
            raise PermissionError(13, "no", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert not rescan(index, roots)
    assert len(names(index)) == 2


def test_a_folder_is_known_as_of_its_time_unless_it_changed_just_now(
    shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a clock that is far ahead too: else it would be listed again and again for ever."""
    monkeypatch.setattr(scanning, "SETTLED_NS", 500 * 10**9)  # however long it takes here
    now = time.time_ns()
    for name, away_s in (("just now", 0), ("long ago", -1000), ("ahead", 1000)):
        quick(shelf / name, 1)
        when = now + away_s * 10**9
        os.utime(shelf / name, ns=(when, when))
    index, _roots = indexed(place, shelf)
    rows = index.base.execute("SELECT path, mtime_ns <> 0 FROM folder WHERE path <> ''").fetchall()
    assert dict(rows) == {"just now": 0, "long ago": 1, "ahead": 1}


def test_a_library_within_another_has_its_pictures_for_itself(shelf: Path, place: Path) -> None:
    quick(shelf, 1)
    quick(shelf / "inner", 2, first=1)
    index, _roots = indexed(place, shelf, shelf / "inner")
    rows = index.base.execute(
        "SELECT f.root, count(*) FROM picture p JOIN folder f ON f.id = p.folder GROUP BY 1"
    ).fetchall()
    assert sorted(count for _root, count in rows) == [1, 2]


def test_what_comes_into_a_library_within_another_is_listed_once(shelf: Path, place: Path) -> None:
    inner = shelf / "inner"
    outside = quick(shelf, 1)
    inside = quick(inner, 1, first=1) + quick(inner / "deep", 1, first=2)
    index, roots = indexed(place, shelf, inner)
    inside += quick(inner, 1, first=3) + quick(inner / "deep", 1, first=4)
    for _step in scanning.scan(index, roots, only=[inner, inner / "deep", shelf]):
        pass
    assert names(index) == sorted(path.name for path in (*outside, *inside))


def test_a_folder_that_becomes_a_library_is_no_more_listed_in_the_one_around_it(
    shelf: Path, place: Path
) -> None:
    """Even where its pictures are not simply moved, since they are read anew."""
    inner = shelf / "inner"
    one, other = quick(inner, 2)
    inner.joinpath(f"{one.name}.xmp").write_text('<x xmp:Rating="3"/>')
    index, _roots = indexed(place, shelf)
    roots = watch(index, shelf, inner)
    os.utime(other)
    rescan(index, roots)
    assert names(index) == [one.name, other.name]
    assert details_of(index, one).stars == 3
    assert len(everything(index)["folder"]) == 2  # both libraries, and no folder twice


def test_times_and_numbers_that_no_signed_64_bits_hold_stop_nothing(
    shelf: Path, place: Path, tmp_path: Path
) -> None:
    """A clock that was wrong says the year 2400; some disks number files by 64 random bits."""
    far, usual = quick(shelf / "far", 2)
    beside = shelf / "far" / f"{usual.name}.xmp"
    beside.write_text('<x xmp:Rating="3"/>')
    when = 13_569_465_600 * 10**9
    for path in (far, beside, shelf / "far"):
        os.utime(path, ns=(when, when))
    if far.stat().st_mtime_ns != when:
        pytest.skip("this disk knows no such times")
    index, roots = indexed(place, shelf)
    assert names(index) == [far.name, usual.name]
    assert details_of(index, usual).stars == 3
    assert not rescan(index, roots)
    watching = Watching(0)
    watching.know(index, roots)
    assert shelf / "far" not in watching.look()
    seen = trash.version_of(far)
    assert (
        index.base.execute(
            "SELECT size, mtime_ns FROM picture WHERE file = ?", (far.name,)
        ).fetchone()
        == seen
    )
    trash.Trash(tmp_path / "device", tmp_path / "libraries").delete(far, shelf, seen)
    assert not look_at(index, roots, far).added
    times = {"st_mtime_ns": 1}
    numbered = os.stat_result((0o100644, 2**64 - 5, 1, 1, 0, 0, 99, 0, 0, 0), times)
    assert scanning._seen("cat.png", numbered, 0).inode == -5


def test_names_in_no_encoding_are_known_too(shelf: Path, place: Path) -> None:
    path = quick(shelf, 1)[0]
    odd = Path(os.fsdecode(os.fsencode(shelf) + b"/caf\xe9.png"))
    path.rename(odd)
    index, roots = indexed(place, shelf)
    assert details_of(index, odd).path == odd
    assert not rescan(index, roots)


def test_the_newest_is_there_first_and_ids_follow_time(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 5)
    indexed(place, shelf)
    reader = open_reader(place)
    found = library_index.ids_of(reader, paths)
    assert sorted(paths, key=found.__getitem__) == paths
    (ids,) = library_index.columns(reader, ["id"])
    assert list(map(int, ids.split(","))) == sorted(found.values())


def test_an_index_made_anew_is_equal(shelf: Path, place: Path, tmp_path: Path) -> None:
    """However it came to be: by steps, with renames and changes between, or at once."""
    paths = quick(shelf / "a", 6)
    index, roots = indexed(place, shelf)
    paths[0].rename(shelf / "moved.png")
    paths[1].unlink()
    quick(shelf / "b", 3, first=8)
    Image.new("RGB", (3, 3)).save(shelf / "plain.png")
    (shelf / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    rescan(index, roots)
    hashed(index)
    fresh, _roots = indexed(tmp_path / "fresh.db", shelf)
    hashed(fresh)
    assert everything(index) == everything(fresh)


def test_no_pixel_is_read(shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(shelf, 3)

    def refuse(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr(pictures, "open_rgb", refuse)
    monkeypatch.setattr(Image, "open", refuse)
    index, _roots = indexed(place, shelf)
    assert len(names(index)) == 3
