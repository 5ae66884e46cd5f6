"""Stars, tags and albums: the log is the truth, and the index says what all logs say."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kandinsky_desktop.domain.library import (
    ALBUM,
    STARS,
    TAG,
    Mark,
    album_key,
    clean_label,
    mark_in,
    tag_key,
)
from kandinsky_desktop.store import act_log, fingerprints, library_index
from kandinsky_desktop.store.act_log import ActLog
from kandinsky_desktop.store.library_index import Index, Root, open_index, open_reader
from tests.library import indexed, quick, rescan


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "index.db"


def read(index: Index, paths: list[Path]) -> list[str]:
    """Let the index know what files hold, and return it."""
    contents = [fingerprints.of_file(path) for path in paths]
    reader = open_reader(index.path)
    ids = library_index.ids_of(reader, paths)
    reader.close()
    index.set_contents([(ids[path], one) for path, one in zip(paths, contents, strict=True)])
    return contents


def take(index: Index, roots: list[Root]) -> None:
    for root in roots:
        for _change in index.take_acts(root, root.path):
            pass


def said(index: Index, path: Path) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    reader = open_reader(index.path)
    found = library_index.details(reader, library_index.ids_of(reader, [path])[path])
    reader.close()
    assert found is not None
    return found.stars, found.tags, found.albums


def write(log: ActLog, key: str, value: int, *contents: str) -> None:
    log.append(Mark(key, value, contents).act)


def test_marks_are_taken_once_and_read_on(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 3)
    index, roots = indexed(place, shelf)
    one, other, _third = read(index, paths)
    log = ActLog(shelf, "a" * 12)
    write(log, STARS, 4, one, other)
    write(log, tag_key("cats"), 1, one)
    write(log, album_key("Summer"), 1, one, other)
    take(index, roots)
    assert said(index, paths[0]) == (4, ("cats",), ("Summer",))
    assert said(index, paths[1]) == (4, (), ("Summer",))
    write(log, STARS, 0, one)
    write(log, tag_key("cats"), 0, one)
    changes = list(index.take_acts(roots[0], shelf))
    assert len(changes) == 1
    assert len(changes[0].altered) == 1
    assert said(index, paths[0]) == (0, (), ("Summer",))
    assert not list(index.take_acts(roots[0], shelf))
    reader = open_reader(place)
    assert library_index.labels(reader, ALBUM) == [("Summer", 2)]
    assert library_index.labels(reader, TAG) == []


def test_marks_that_come_before_the_pictures_count_for_them(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 1)
    write(ActLog(shelf, "a" * 12), STARS, 3, fingerprints.of_file(paths[0]))
    index, roots = indexed(place, shelf)
    take(index, roots)
    assert said(index, paths[0])[0] == 0  # what it holds is not known yet
    read(index, paths)
    assert said(index, paths[0])[0] == 3


def test_a_renamed_and_a_copied_picture_have_its_stars(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 1)
    index, roots = indexed(place, shelf)
    (content,) = read(index, paths)
    write(ActLog(shelf, "a" * 12), STARS, 5, content)
    take(index, roots)
    moved = paths[0].rename(shelf / "other name.png")
    copy = shelf / "copy.png"
    copy.write_bytes(moved.read_bytes())
    rescan(index, roots)
    read(index, [copy])
    assert said(index, moved)[0] == said(index, copy)[0] == 5
    reader = open_reader(place)
    ids = library_index.ids_of(reader, [moved, copy])
    assert library_index.duplicates(reader) == [tuple(sorted(ids.values()))]


def test_a_mark_goes_before_what_xmp_says(shelf: Path, place: Path) -> None:
    path = quick(shelf, 1)[0]
    path.with_suffix(".xmp").write_text(
        '<x xmp:Rating="4"><dc:subject><rdf:Bag><rdf:li>cats</rdf:li></rdf:Bag></dc:subject>'
    )
    index, roots = indexed(place, shelf)
    (content,) = read(index, [path])
    assert said(index, path) == (4, ("cats",), ())
    log = ActLog(shelf, "a" * 12)
    write(log, STARS, 1, content)
    write(log, tag_key("cats"), 0, content)
    take(index, roots)
    assert said(index, path) == (1, (), ())
    reader = open_reader(place)
    assert library_index.labelled(reader, TAG, "cats") == []


def test_the_later_act_holds_whoever_wrote_it_and_in_whatever_order_it_is_read(
    shelf: Path, place: Path, tmp_path: Path
) -> None:
    """Two devices' logs, read forwards, backwards and in pieces, make the same."""
    contents = [f"{number:024x}" for number in range(4)]
    dice = Random(7)
    lines: dict[str, list[dict[str, Any]]] = {"a" * 12: [], "b" * 12: []}
    for number in range(200):
        key = dice.choice([STARS, tag_key("x"), album_key("y")])
        value = dice.randint(0, 5) if key == STARS else dice.randint(0, 1)
        act = {**Mark(key, value, (dice.choice(contents),)).act, "at": dice.randint(1, 60)}
        lines[dice.choice(list(lines))].append(act)
        del number
    shelf.mkdir()
    made = []
    for order in (["a" * 12, "b" * 12], ["b" * 12, "a" * 12]):
        index, _aside = open_index(tmp_path / f"{order[0]}.db")
        folder = tmp_path / order[0]
        folder.mkdir()
        for device in order:
            for act in lines[device] if order[0][0] == "a" else lines[device][::-1]:
                ActLog(folder, device).append(act)
            root = index.set_root("m" * 12, folder, away=False)
            take(index, [root])
        made.append(index.base.execute("SELECT * FROM mark ORDER BY 1, 2").fetchall())
    assert made[0] == made[1]
    assert made[0]


def test_a_log_that_was_replaced_is_read_from_its_start(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 1)
    index, roots = indexed(place, shelf)
    (content,) = read(index, paths)
    log = ActLog(shelf, "a" * 12)
    for stars in range(6):
        write(log, STARS, stars, content)
    take(index, roots)
    log.path.unlink()
    write(ActLog(shelf, "a" * 12), STARS, 2, content)
    take(index, roots)
    assert said(index, paths[0])[0] == 2


def test_what_is_torn_garbled_or_of_a_newer_version_is_left_out(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 1)
    index, roots = indexed(place, shelf)
    (content,) = read(index, paths)
    log = ActLog(shelf, "a" * 12)
    write(log, STARS, 3, content)
    with log.path.open("ab") as file:
        file.write(b"garbage\n00000000 {}\n")
        file.write(act_log._line({"at": 1, "set": 5, "key": "stars", "value": 1}))
        file.write(act_log._line({"at": 9**30, "set": [content], "key": "stars", "value": 1}))
        file.write(b"0123456")
    take(index, roots)
    assert said(index, paths[0])[0] == 3
    with log.path.open("ab") as file:
        file.write(b"\n")
    write(log, STARS, 5, content)
    take(index, roots)
    assert said(index, paths[0])[0] == 5
    newer = json.dumps({"format": 99, "birth": "x", "at": 1}).encode()
    import zlib

    other = log.path.with_name(f"notes-{'b' * 12}.log")
    other.write_bytes(b"%08x %s\n" % (zlib.crc32(newer), newer))
    take(index, roots)
    assert said(index, paths[0])[0] == 5


@settings(max_examples=200, deadline=None)
@given(
    act=st.dictionaries(
        st.sampled_from(["set", "key", "value", "at", "trash"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.text(max_size=6),
            st.lists(st.one_of(st.text(max_size=4), st.just("0" * 24)), max_size=3),
            st.sampled_from(["stars", "tag:a", "album:", "tag:\n"]),
        ),
    )
)
def test_no_act_breaks_it(act: dict[str, Any]) -> None:
    mark = mark_in(act)
    if mark is not None:
        assert mark.act["set"] == list(mark.contents)
        assert all(len(content) == 24 for content in mark.contents)


def test_labels_are_one_clean_line() -> None:
    assert clean_label(" my\n  cats\0 \u202e ") == "my cats"
    assert tag_key("x" * 999) == "tag:" + "x" * 200
    mark = Mark(album_key("Ünïcode 猫"), 1, ("0" * 24,))
    assert mark_in({**mark.act, "at": 5}) == Mark(mark.key, 1, mark.contents, 5)


def test_ten_thousand_pictures_are_tagged_by_one_act(shelf: Path, place: Path) -> None:
    paths = quick(shelf, 1)
    index, roots = indexed(place, shelf)
    (content,) = read(index, paths)
    contents = (content, *(f"{number:024x}" for number in range(10_000)))
    write(ActLog(shelf, "a" * 12), tag_key("many"), 1, *contents)
    assert len(act_log.logs(shelf)) == 1
    take(index, roots)
    assert said(index, paths[0])[1] == ("many",)
