"""The library: memory follows acts at once and the index when it is told, and nothing is lost."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Finished, Made
from kandinsky_desktop.domain.indexing import Changed
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.library import Change
from kandinsky_desktop.state import library_arrangement, library_columns
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.library_details import PictureDetails
from kandinsky_desktop.store import act_log, pictures, saved_searches
from kandinsky_desktop.store.thumbnail_store import ThumbnailStore, of_image
from kandinsky_desktop.store.trash import Trashed
from tests.fakes import request
from tests.library import colored, picture, plain_png, record_of
from tests.state.library_desk import Shelf


@pytest.fixture
def shelf(tmp_path: Path, background: Background, qtbot: QtBot) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path, background, qtbot)
    yield shelf
    shelf.close()


def fill(shelf: Shelf, *words: str) -> None:
    """Save a picture for each, the first one the newest."""
    for number, one in enumerate(reversed(words)):
        name = f"2026-01-{number + 1:02}-120000-{one.replace(' ', '-')}-1.png"
        picture(shelf.folder, record_of(one, seed=number), number=number, name=name)


def age(shelf: Shelf) -> None:
    """Let the files be as old as their names say."""
    for day, path in enumerate(sorted(shelf.folder.glob("*.png")), 1):
        os.utime(path, (time.mktime((2026, 1, day, 12, 0, 0, 0, 0, -1)),) * 2)


def test_what_lies_in_the_folder_is_shown_newest_first(
    shelf: Shelf, qtmodeltester: ModelTester
) -> None:
    fill(shelf, "a red cat", "a blue dog", "a green fox")
    shelf.library.wake()
    qtmodeltester.check(shelf.library.results)
    shelf.open()
    assert shelf.shown == ["a red cat", "a blue dog", "a green fox"]
    assert [one.pictures for one in shelf.library.results.sections] == [1, 1, 1]


def test_acts_that_wait_are_done_before_the_program_ends(shelf: Shelf) -> None:
    fill(shelf, "a red cat", "a blue dog", "a green fox")
    shelf.open()
    library = shelf.library
    for words, stars in (("a red cat", 3), ("a blue dog", 4), ("a green fox", 5)):
        library.set_stars(shelf.ids(words), stars)
    library.add_tag(shelf.ids("a red cat"), "tame")
    library.rename(shelf.ids("a blue dog")[0], "rex")
    assert library.acts.is_busy
    library.end()
    written = [act for path in act_log.logs(shelf.folder) for _place, act in act_log.read(path)]
    assert len(written) == 4
    assert (shelf.folder / "rex.png").exists()


def test_days_are_named_anew_when_another_begins(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shelf, "a red cat", "a blue dog")
    shelf.open()
    monkeypatch.setattr(
        library_arrangement, "titles_of_days", lambda days: [f"{day[2]} ago" for day in days]
    )
    shelf.library.day.changed.emit()
    shelf.rest()
    assert [one.title for one in shelf.library.results.sections] == ["2 ago", "1 ago"]


def test_who_looks_at_rows_is_told_that_the_index_was_made_anew(shelf: Shelf, qtbot: QtBot) -> None:
    fill(shelf, "a red cat", "a blue dog")
    shelf.open()
    with qtbot.waitSignal(shelf.library.results.dataChanged) as told:
        shelf.library.on_changed(Changed(is_new_file=True))
    assert [index.row() for index in told.args[:2]] == [0, 1]
    shelf.rest()


def test_an_index_that_is_read_anew_takes_no_act_back(shelf: Shelf) -> None:
    """At each start its process says that it may be another file: what was done is ahead of it."""
    fill(shelf, "cat", "dog", "fox")
    shelf.open()
    shelf.indexer.is_slow = True
    library = shelf.library
    library.set_stars(shelf.ids("cat"), 5)
    library.add_tag(shelf.ids("dog"), "tame")
    shelf.rest()
    shelf.move(lambda: library.trash(shelf.ids("fox")))
    for step in (lambda: None, shelf.indexer.catch_up, shelf.indexer.hash_all):
        step()
        shelf.rest()
        library.on_changed(Changed(is_new_file=True))
        shelf.rest()
        assert shelf.shown == ["cat", "dog"]
        assert shelf.stars("cat", "dog") == [5, 0]
        assert [(one.name, one.count) for one in library.tags()] == [("tame", 1)]
    shelf.in_step()


def test_a_search_finds_words_and_stars_and_what_is_typed_last_wins(shelf: Shelf) -> None:
    fill(shelf, "a red cat", "a red dog", "a green fox")
    shelf.open()
    for text in ("gre", "blue", "red"):
        shelf.library.search(text)
    shelf.rest()
    assert shelf.shown == ["a red cat", "a red dog"]
    euler = record_of("a tree", scheduler="EulerAncestralDiscreteScheduler")
    picture(shelf.folder, euler, number=9)
    shelf.indexer.scan()
    shelf.library.search('scheduler:"euler a"')  # as people read it
    shelf.rest()
    assert shelf.shown == ["a tree"]
    shelf.library.search("red -cat")
    shelf.rest()
    assert shelf.shown == ["a red dog"]
    shelf.library.set_stars(shelf.ids("a red dog"), 4)
    shelf.library.search("stars:4+")
    shelf.rest()
    assert shelf.shown == ["a red dog"]


def test_stars_are_in_the_log_then_in_memory_then_in_the_index(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog", "fox")
    shelf.open()
    shelf.indexer.is_slow = True
    shelf.library.set_stars(shelf.ids("cat", "fox"), 5)
    shelf.rest()
    (log,) = act_log.logs(shelf.folder)
    ((_place, act),) = act_log.read(log)
    assert (act["key"], act["value"], len(act["set"])) == ("stars", 5, 2)
    assert shelf.stars("cat", "dog", "fox") == [5, 0, 5]
    shelf.indexer.hash_all()  # the index knows of contents, and not yet of the stars
    shelf.rest()
    assert shelf.stars("cat", "dog", "fox") == [5, 0, 5]
    shelf.indexer.catch_up()
    shelf.rest()
    assert shelf.stars("cat", "dog", "fox") == [5, 0, 5]
    shelf.in_step()


def test_details_follow_an_act_before_the_index_does(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog")
    shelf.open()
    shelf.indexer.is_slow = True
    cat = shelf.ids("cat")
    shelf.library.set_stars(cat, 3)
    shelf.library.add_to_album(cat, "Pets & <b>more</b>")
    shelf.library.add_tag(cat, "red")
    shelf.rest()
    found: list[PictureDetails | None] = []
    for number in shelf.ids("cat", "dog"):
        shelf.library.details(number, found.append)
    shelf.qtbot.waitUntil(lambda: len(found) == 2)
    said = {one.words: (one.stars, one.albums, one.tags) for one in found if one is not None}
    assert said == {"cat": (3, ("Pets & <b>more</b>",), ("red",)), "dog": (0, (), ())}


def test_every_act_is_a_step_in_words_and_undo_takes_back_each(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog")
    shelf.open()
    shelf.indexer.hash_all()
    library, (cat, dog) = shelf.library, shelf.ids("cat", "dog")
    library.set_stars([cat], 2)
    library.set_stars([cat, dog], 5)
    library.add_tag([cat], "pets")
    library.add_to_album([cat, dog], "My pets")
    library.rename(dog, "hound")
    shelf.rest()
    assert library.acts.undo_words.endswith("is called “hound”")
    assert [(one.name, one.count) for one in library.albums()] == [("My pets", 2)]
    assert [(one.name, one.count) for one in library.tags()] == [("pets", 1)]
    for words, names in (
        ('album:"my pets"', 2),
        ("my pet", 2),  # a plain word finds tags and albums, too
        ('"pets"', 2),
        ("pets cat", 1),
        ("pet -cat", 1),
        ("-my", 0),
    ):
        library.search(words)
        shelf.rest()
        assert len(shelf.shown) == names, words
    library.search('album:"my pets"')
    shelf.rest()
    for _step in range(4):
        library.undo()
    shelf.rest()
    assert (shelf.stars("cat", "dog"), library.albums(), library.tags()) == ([2, 0], (), ())
    assert shelf.shown == []
    library.undo()
    for _step in range(5):
        library.redo()
    shelf.rest()
    assert shelf.stars("cat", "dog") == [5, 5]
    assert [one.name for one in library.paths([dog])] == ["hound.png"]
    assert len(shelf.shown) == 2
    shelf.in_step()
    assert not shelf.problems


def test_stars_are_for_what_a_file_holds_now_whatever_the_index_knows_of_it(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog")
    shelf.open()
    shelf.indexer.hash_all()
    shelf.rest()
    path = shelf.folder / "2026-01-02-120000-cat-1.png"
    path.write_bytes(pictures.finish(colored(7), record_of("cat")).data)  # no folder's time says so
    shelf.library.set_stars(shelf.ids("cat"), 4)
    shelf.rest()
    shelf.library.scan_wanted.emit()
    shelf.indexer.hash_all()
    shelf.rest()
    assert shelf.stars("cat", "dog") == [4, 0]
    shelf.in_step()


def test_pictures_that_are_the_same_have_their_stars_together(shelf: Shelf) -> None:
    fill(shelf, "cat")
    (path,) = shelf.folder.glob("*.png")
    (shelf.folder / "copy.png").write_bytes(path.read_bytes())
    shelf.open()
    shelf.indexer.hash_all()
    shelf.rest()
    ((one, other),) = shelf.library.duplicates()
    shelf.library.set_stars([one], 3)
    shelf.rest()
    assert shelf.library.view.stars(other) == 3
    shelf.library.group_by("duplicates")
    shelf.rest()
    assert [section.pictures for section in shelf.library.results.sections] == [2]
    shelf.library.search("dog")
    shelf.rest()
    assert shelf.library.results.sections == ()


def test_what_looks_alike_is_shown_together(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog", "fox")
    shelf.open()
    ids = shelf.ids("cat", "dog", "fox")
    store = ThumbnailStore(shelf.place.with_name("thumbs.db"))
    noise = [Image.effect_noise((64, 64), 90).convert("RGB") for _ in range(2)]
    nearly = noise[0].copy()
    nearly.putpixel((5, 5), (0, 0, 0))
    looks = (noise[0], noise[1], nearly)
    made = [(one, of_image(look.copy()), 0) for one, look in zip(ids, looks, strict=True)]
    store.keep(made)
    shelf.library.group_by("alike")
    shelf.rest()
    assert sorted(shelf.shown) == ["cat", "fox"]
    store.close()


def test_many_go_into_the_trash_as_one_step_and_come_back(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog", "fox", "owl")
    shelf.open()
    shelf.library.set_stars(shelf.ids("dog"), 3)
    shelf.rest()
    gone = shelf.ids("dog", "fox")
    shelf.move(lambda: shelf.library.trash(gone))
    shelf.qtbot.waitUntil(lambda: len(shelf.shown) == 2)
    shelf.rest()
    assert len(list(shelf.folder.glob("*.png"))) == 2
    shelf.in_step()
    assert shelf.library.changed_at is not None
    shelf.library.undo()
    shelf.qtbot.waitUntil(lambda: len(shelf.shown) == 4)
    shelf.rest()
    assert shelf.stars("cat", "dog", "fox") == [0, 3, 0]
    assert shelf.ids("dog", "fox") == gone
    shelf.indexer.hash_all()
    shelf.rest()
    shelf.in_step()
    shelf.move(lambda: shelf.library.redo())
    shelf.qtbot.waitUntil(lambda: len(shelf.shown) == 2)
    shelf.rest()
    found: list[Trashed] = []
    shelf.library.trashed(found.extend)
    shelf.qtbot.waitUntil(lambda: len(found) == 2)
    shelf.library.restore(found)
    shelf.qtbot.waitUntil(lambda: len(shelf.shown) == 4)
    shelf.rest()
    assert len(list(shelf.folder.glob("*.png"))) == 4
    assert shelf.trashing.changed_at is None
    assert not shelf.problems + shelf.said


def test_what_is_put_back_stays_while_the_index_still_loses_it(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog")
    shelf.open()
    shelf.indexer.is_slow = True
    shelf.move(lambda: shelf.library.trash(shelf.ids("dog")))
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat"])
    shelf.library.undo()
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat", "dog"])
    shelf.indexer.catch_up()
    shelf.rest()
    assert shelf.shown == ["cat", "dog"]
    shelf.in_step()


def test_what_is_deleted_again_before_the_index_knows_it_is_back_is_gone(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog")
    shelf.open()
    shelf.move(lambda: shelf.library.trash(shelf.ids("dog")))
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat"])
    shelf.rest()
    shelf.indexer.is_slow = True
    shelf.library.undo()
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat", "dog"])
    shelf.move(lambda: shelf.library.redo())
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat"])
    shelf.indexer.catch_up()
    shelf.rest()
    assert shelf.shown == ["cat"]
    shelf.in_step()


def test_what_was_put_back_and_then_deleted_elsewhere_is_gone(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog")
    shelf.open()
    shelf.indexer.is_slow = True
    shelf.move(lambda: shelf.library.trash(shelf.ids("dog")))
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat"])
    shelf.library.undo()
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["cat", "dog"])
    shelf.indexer.catch_up()  # nothing has changed for the index
    shelf.rest()
    next(shelf.folder.glob("*dog*")).unlink()
    shelf.indexer.scan()
    shelf.rest()
    assert shelf.shown == ["cat"]
    shelf.in_step()


def test_stars_that_another_program_gives_beside_a_picture_are_shown(shelf: Shelf) -> None:
    """They stand in an XMP file; what the picture itself holds is known by then."""
    fill(shelf, "cat", "dog")
    cat = next(shelf.folder.glob("*cat*"))
    beside, xmp = cat.with_suffix(".xmp"), '<x xmp:Rating="{}"/>'
    beside.write_text(xmp.format(2))
    shelf.open()
    shelf.indexer.hash_all()
    shelf.library.set_stars(shelf.ids("dog"), 3)
    shelf.rest()
    shelf.library.on_changed(Changed(is_new_file=True))  # all is read, as at the next start
    shelf.rest()
    assert shelf.stars("cat", "dog") == [2, 3]
    for path in (beside, next(shelf.folder.glob("*dog*")).with_suffix(".xmp")):
        path.write_text(xmp.format(5) + " ")
    shelf.indexer.scan()
    shelf.rest()
    assert shelf.stars("cat", "dog") == [5, 3]  # what is given here goes before
    shelf.in_step()
    shelf.library.search("stars:5")
    shelf.rest()
    assert shelf.shown == ["cat"]


def test_another_file_of_a_deleted_ones_name_is_not_taken_for_it(shelf: Shelf) -> None:
    fill(shelf, "cat")
    (path,) = shelf.folder.glob("*.png")
    shelf.open()
    shelf.move(lambda: shelf.trashing.delete(path))
    shelf.rest()
    picture(shelf.folder, record_of("dog"), name=path.name)
    shelf.indexer.scan()
    shelf.rest()
    assert shelf.shown == ["dog"]
    shelf.indexer.is_slow = True
    shelf.move(lambda: shelf.trashing.delete(path))
    shelf.rest()
    assert shelf.shown == []
    shelf.move(shelf.trashing.undo)
    shelf.indexer.catch_up()
    shelf.rest()
    assert shelf.shown == ["dog"]
    shelf.in_step()


def test_a_batch_is_one_row_that_opens_and_closes(shelf: Shelf) -> None:
    fill(shelf, "cat")
    for index in range(3):
        name = f"2026-03-01-12000{index}-owl-{index}.png"
        record = record_of("owl", index=index, count=3, seed=7)
        picture(shelf.folder, record, number=50 + index, name=name)
    shelf.open()
    results = shelf.library.results
    assert shelf.shown == ["owl", "cat"]
    assert results.data(results.index(0, 0), results.StackRole) == 3
    first = results.data(results.index(0, 0), results.IdRole)
    (dragged,) = [results.mimeData([results.index(0, 0)])]
    assert [url.fileName()[-9:] for url in dragged.urls()] == [f"owl-{n}.png" for n in range(3)]
    shelf.library.open_stack(first)
    shelf.rest()
    assert shelf.shown == ["owl"] * 3 + ["cat"]
    assert tuple(results.ids[:3].tolist()) == shelf.library.members(first)
    assert [results.data(results.index(r, 0), results.OpenStackRole) for r in range(4)] == [
        *[first] * 3,
        0,
    ]
    shelf.move(lambda: shelf.library.trash([first]))  # it stays open without its first
    shelf.qtbot.waitUntil(lambda: len(shelf.shown) == 3)
    shelf.library.close_stack(int(results.ids[0]))
    shelf.rest()
    assert shelf.shown == ["owl", "cat"]


def test_a_row_stands_for_those_of_a_batch_that_were_found(shelf: Shelf) -> None:
    fill(shelf, "cat")
    for index in range(4):
        name = f"2026-03-01-12000{index}-owl-{index}.png"
        picture(
            shelf.folder, record_of("owl", index=index, count=4, seed=7), number=index, name=name
        )
    shelf.open()
    results = shelf.library.results
    every = shelf.library.members(int(results.ids[0]))
    assert results.members_at(0) == every
    shelf.library.set_stars(every[1:3], 5)
    shelf.library.add_to_album((every[3], every[1]), "night")
    shelf.rest()
    shelf.library.search("stars:5")
    shelf.rest()
    assert results.index(0, 0).data(results.StackRole) == 2
    assert results.members_at(0) == every[1:3]
    urls = results.mimeData([results.index(0, 0)]).urls()
    assert [url.fileName()[-9:] for url in urls] == ["owl-1.png", "owl-2.png"]
    shelf.library.search("")
    shelf.library.group_by("album")
    shelf.rest()
    assert [results.members_at(row) for row in range(2)] == [
        (every[1], every[3]),
        (every[0], every[2]),
    ]
    assert results.members_at(2) == (int(results.ids[2]),)


def test_what_is_in_the_making_comes_first_until_the_index_knows_it(shelf: Shelf) -> None:
    fill(shelf, "cat")
    shelf.open()
    shelf.indexer.is_slow = True
    job = Job(request("an owl", count=2))
    making = shelf.library.making
    making.on_job_started(job)
    assert len(shelf.shown) == 3
    assert shelf.library.results.sections[0].pictures == 2
    record = record_of("an owl", index=0, count=2)
    path = pictures.save(pictures.finish(colored(9), record), shelf.folder)
    making.on_picture_made(job, Made(path, 0, 1))
    assert shelf.shown[0] == "an owl"
    shelf.library.search("cat")
    shelf.rest()
    assert shelf.shown == ["cat"]
    shelf.library.search("")
    shelf.rest()
    shelf.indexer.catch_up()
    shelf.qtbot.waitUntil(lambda: len(making.entries) == 1)
    shelf.rest()
    assert shelf.shown[1:] == ["an owl", "cat"]
    making.on_job_ended(job, Finished(job.id))
    assert shelf.shown == ["an owl", "cat"]


def test_pictures_with_a_folder_of_their_own_stay_out(shelf: Shelf, tmp_path: Path) -> None:
    shelf.open()
    job = Job(request("a fill"), folder=tmp_path)
    shelf.library.making.on_job_started(job)
    shelf.library.making.on_picture_made(job, Made(tmp_path / "x.png", 0, 1))
    assert shelf.shown == []


def test_another_name_is_seen_everywhere_at_once_and_nothing_is_missed(shelf: Shelf) -> None:
    fill(shelf, "cat", "dog", "fox")
    age(shelf)
    shelf.open()
    shelf.gallery.set_folder(shelf.folder)
    shelf.qtbot.waitUntil(lambda: len(shelf.gallery.files) == 3)
    gone: list[object] = []
    shelf.outside.gone.connect(gone.append)
    old = shelf.gallery.files[1]

    def follow(path: Path) -> None:
        """Check that it is shown where it was, before the index knows of it and then."""
        shelf.rest()
        assert shelf.gallery.files[1] == path
        shelf.gallery.read()
        shelf.qtbot.waitUntil(lambda: not shelf.gallery.is_reading)
        assert shelf.gallery.files[1] == path
        shelf.move(lambda: shelf.trashing.delete(path))
        shelf.rest()
        assert shelf.shown == ["cat", "fox"]
        shelf.move(shelf.trashing.undo)
        shelf.indexer.catch_up()
        shelf.look()
        assert shelf.gallery.files[1] == shelf.viewer.path == path

    shelf.viewer.look_at(old)
    shelf.indexer.is_slow = True
    shelf.library.rename(shelf.ids("dog")[0], "hound")
    follow(old.with_name("hound.png"))
    shelf.indexer.is_slow = True
    shelf.library.undo()
    follow(old)
    assert not gone


def test_a_name_given_while_the_one_before_is_read_is_kept(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shelf, "cat", "dog")
    age(shelf)
    shelf.open()
    (dog,) = shelf.ids("dog")
    go_on, read = Event(), library_columns.read_rows

    def slow(*given: Any) -> Any:
        found = read(*given)
        assert go_on.wait(60)
        return found

    monkeypatch.setattr(library_columns, "read_rows", slow)
    for name in ("hound", "rex"):
        shelf.library.rename(dog, name)
        shelf.qtbot.waitUntil(lambda: not shelf.library.acts.is_busy)
        shelf.indexer.is_slow = True  # it knows of the first alone
    go_on.set()
    shelf.rest()
    shelf.indexer.tell(Change(altered=(dog,)))  # of something else
    shelf.rest()
    (path,) = shelf.library.paths([dog])
    assert path.name == "rex.png"
    shelf.move(lambda: shelf.trashing.delete(path))
    shelf.rest()
    assert shelf.shown == ["cat"]
    shelf.move(shelf.trashing.undo)
    shelf.indexer.catch_up()
    shelf.rest()
    assert (shelf.shown, shelf.library.paths([dog])) == (["cat", "dog"], [path])
    shelf.in_step()


def test_files_from_outside_come_and_go(shelf: Shelf) -> None:
    fill(shelf, "cat")
    shelf.open()
    picture(shelf.folder, record_of("dog"), number=7, name="2026-09-09-120000-dog-1.png")
    shelf.indexer.scan()
    shelf.rest()
    assert shelf.shown == ["dog", "cat"]
    next(shelf.folder.glob("*cat*")).unlink()
    shelf.indexer.scan()
    shelf.rest()
    assert shelf.shown == ["dog"]
    shelf.in_step()


def test_details_say_the_request_every_number_and_the_family(shelf: Shelf) -> None:
    fill(shelf, "cat")
    shelf.open()
    found: list[PictureDetails | None] = []
    shelf.library.details(shelf.ids("cat")[0], found.append)
    shelf.qtbot.waitUntil(lambda: bool(found))
    (details,) = found
    assert details is not None
    assert details.record is not None
    said = {fact.name: fact.value for fact in details.facts}
    assert said["Seed"] == str(details.record.seed)
    assert said["Size"] == "16 × 16"
    assert "Guidance" in said


def test_pictures_of_other_programs_say_all_and_are_found_by_it(shelf: Shelf) -> None:
    said = (
        "a yellow <b>square</b>\nNegative prompt: blurry\nSteps: 12, Sampler: Euler a,"
        " CFG scale: 5, Seed: 42, Size: 512x768, Model: any, Denoising strength: 0.4, Clip skip: 2,"
        " Extra: ../../etc/passwd, Version: v1"
    )
    xmp = (
        '<rdf:Description xmp:Rating="4"><dc:subject><rdf:Bag><rdf:li>holiday &amp; sea</rdf:li>'
        "</rdf:Bag></dc:subject></rdf:Description>"
    )
    path = shelf.folder / "other.png"
    path.write_bytes(plain_png(("parameters", said), ("XML:com.adobe.xmp", xmp), number=1, side=24))
    (shelf.folder / "photo.png").write_bytes(plain_png(number=2))
    fill(shelf, "cat")
    shelf.open()
    words = "a yellow <b>square</b>"
    number = shelf.ids(words)[0]
    for text in ("squ", "seed:42", "steps:12", "model:any", 'sampler:"euler a"',
                  "tool:a1111",
                 "size:24x24", "stars:4", "tag:holiday", "negative:blurry"):  # fmt: skip
        shelf.library.search(text)
        shelf.rest()
        assert shelf.shown == [words], text
    found: list[PictureDetails | None] = []
    shelf.library.details(number, found.append)
    shelf.qtbot.waitUntil(lambda: bool(found))
    details = found.pop()
    assert details is not None
    assert (details.words, details.negative, details.unread) == (words, "blurry", "")
    assert (details.stars, details.tags) == (4, ("holiday & sea",))
    facts = {fact.name: fact.value for fact in details.facts}
    assert {name: facts[name] for name in list(facts)[:-3]} == {
        "Model": "any", "Size": "24 × 24", "Seed": "42", "Steps": "12", "Guidance": "5",
        "Scheduler": "Euler a", "Strength": "0.4", "Painted at": "512 × 768", "Made by": "A1111",
        "Clip skip": "2", "Extra": "../../etc/passwd", "Version": "v1",
    }  # fmt: skip
    shelf.library.search("photo")
    shelf.rest()
    shelf.library.details(int(shelf.library.results.ids[0]), found.append)
    shelf.qtbot.waitUntil(lambda: bool(found))
    details = found.pop()
    assert details is not None
    assert (details.foreign, details.request, details.unread) == (None, None, "")


def test_searches_are_kept_under_a_name(shelf: Shelf) -> None:
    shelf.open()
    shelf.library.save_search("Cats", "cat stars:3+")
    shelf.library.save_search("Cats", "cat")
    shelf.library.save_search(" ", "cat")
    assert [(one.name, one.text) for one in shelf.library.saved_searches()] == [("Cats", "cat")]
    assert len(shelf.problems) == 1
    file = shelf.place.parent.parent / "searches.json"

    def is_written() -> bool:
        return file.exists() and saved_searches.load(file) == shelf.library.saved_searches()

    shelf.qtbot.waitUntil(is_written)


def test_a_folder_is_added_and_removed(shelf: Shelf, tmp_path: Path) -> None:
    picture(tmp_path / "more", record_of("owl"))
    shelf.open()
    shelf.library.add_folder(tmp_path / "more")
    shelf.qtbot.waitUntil(lambda: shelf.shown == ["owl"])
    shelf.library.add_folder(tmp_path / "more")
    assert shelf.problems
    assert shelf.library.folders == (shelf.folder, tmp_path / "more")
