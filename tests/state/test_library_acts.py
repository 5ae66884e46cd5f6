"""Acts on pictures, and an index that has not seen yet what they did to files."""

import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.library import STARS, Mark, act_of
from kandinsky_desktop.state import library_acts
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import fingerprints, library_index, xmp_text
from kandinsky_desktop.store.act_log import ActLog
from tests import library

XMP = '<x xmp:Rating="4"><dc:subject><rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag></dc:subject></x>'


def test_what_got_another_name_is_acted_on_before_the_index_knows_it(
    tmp_path: Path, background: Background, qtbot: QtBot
) -> None:
    path = library.picture(tmp_path / "pictures", library.record_of("a dog"))
    index, roots = library.indexed(tmp_path / "index.db", path.parent)
    (dog,) = index.ids_below(roots[0])
    find = library_acts.find_places(lambda: library_index.open_reader(index.path))
    stars = {dog: 0}
    acts = library_acts.LibraryActs(
        background, find, lambda _key, _ids: stars, tmp_path / "device", tmp_path / "logs"
    )
    refused: list[str] = []
    acts.refused.connect(refused.append)

    def names() -> list[str]:
        qtbot.waitUntil(lambda: not acts.is_busy)
        return [one.stem for one in path.parent.glob("*.png")]

    for name in ("hund", "hound"):
        acts.rename(dog, name)
    assert names() == ["hound"]
    acts.set_stars([dog], 3)  # its content was not read yet
    assert names() == ["hound"]
    assert acts.undo_words.startswith("3 stars")
    library.rescan(index, roots)
    acts.rename(dog, "chien")
    assert names() == ["chien"]
    for _step in range(4):
        acts.undo()
    assert names() == [path.stem]
    assert not refused
    index.close()


@pytest.mark.parametrize("kind", ["{name}.png.xmp", "{name}.xmp"])
@pytest.mark.parametrize("is_shared", [False, True])
def test_what_lies_beside_a_picture_gets_its_name_too(
    tmp_path: Path, background: Background, qtbot: QtBot, kind: str, is_shared: bool
) -> None:
    """Its stars and keywords stay, and so does its place: also with undo, and for others' files."""
    path = library.picture(tmp_path / "pictures", library.record_of("a dog"), name="dog.png")
    folder = path.parent
    (folder / kind.format(name="dog")).write_text(XMP.format("tame"))
    if is_shared:
        (folder / "dog.raw").write_text("a raw picture")
    before = {one.name for one in folder.iterdir() if one.is_file()}
    index, roots = library.indexed(tmp_path / "index.db", folder)
    (dog,) = index.ids_below(roots[0])
    acts = library_acts.LibraryActs(
        background,
        library_acts.find_places(lambda: library_index.open_reader(index.path)),
        lambda _key, _ids: {dog: 4},
        tmp_path / "device",
        tmp_path / "logs",
    )

    def check(name: str) -> None:
        qtbot.waitUntil(lambda: not acts.is_busy)
        library.rescan(index, roots)
        reader = library_index.open_reader(index.path)
        found = library_index.details(reader, dog)
        reader.close()
        assert found is not None
        assert (found.path.name, found.stars, found.tags) == (name, 4, ("tame",))
        assert index.ids_below(roots[0]) == (dog,)

    acts.rename(dog, "hound")
    check("hound.png")
    if is_shared and "png" not in kind:
        assert (folder / "dog.xmp").exists()  # the raw picture's
    acts.undo()
    check("dog.png")
    assert {one.name for one in folder.iterdir() if one.is_file()} == before
    index.close()


def test_what_lies_under_a_new_name_already_is_not_written_over(tmp_path: Path) -> None:
    old, new = tmp_path / "dog.png", tmp_path / "hound.png"
    (tmp_path / "dog.xmp").write_text(XMP.format("tame"))
    (tmp_path / "hound.xmp").write_text(XMP.format("wild"))
    xmp_text.follow(old, new)
    assert (tmp_path / "hound.xmp").read_text() == XMP.format("wild")
    assert (tmp_path / "dog.xmp").read_text() == XMP.format("tame")


def test_an_act_replaces_one_that_a_clock_put_in_the_future(
    tmp_path: Path, background: Background, qtbot: QtBot
) -> None:
    """As where two systems share a machine, and one takes its clock for another zone's."""
    path = library.picture(tmp_path / "pictures", library.record_of("a dog"))
    other = library.picture(tmp_path / "pictures", library.record_of("a cat"))
    index, roots = library.indexed(tmp_path / "index.db", path.parent)
    dog, cat = (number_of(index, one) for one in (path, other))
    both = tuple(fingerprints.of_file(one) for one in (path, other))
    index.set_contents(list(zip((dog, cat), both, strict=True)))
    ahead = time.time_ns() // 1000 + 8 * 3_600_000_000
    elsewhere = ActLog(path.parent, "0123456789ab")
    elsewhere.append(act_of([Mark(STARS, 5, both)]), after=ahead)
    acts = library_acts.LibraryActs(
        background,
        library_acts.find_places(lambda: library_index.open_reader(index.path)),
        lambda _key, ids: dict.fromkeys(ids, 5),
        tmp_path / "device",
        tmp_path / "logs",
    )

    def stars() -> list[int]:
        qtbot.waitUntil(lambda: not acts.is_busy)
        list(index.take_acts(roots[0], path.parent))
        reader = library_index.open_reader(index.path)
        found = [library_index.details(reader, one) for one in (dog, cat)]
        reader.close()
        return [-1 if one is None else one.stars for one in found]

    seen = [stars()]
    acts.set_stars([dog], 2)
    acts.set_stars([dog], 1)  # before the index knows of the first
    seen.append(stars())
    acts.set_stars([cat], 3)
    acts.undo()
    seen.append(stars())
    elsewhere.append(act_of([Mark(STARS, 4, both[:1])]), after=ahead + 10)
    seen.append(stars())
    assert seen == [[5, 5], [1, 5], [1, 5], [4, 5]]
    index.close()


def number_of(index: library_index.Index, path: Path) -> int:
    """Return the id of a picture in the index."""
    ((number,),) = index.base.execute("SELECT id FROM picture WHERE file = ?", (path.name,))
    return int(number)
