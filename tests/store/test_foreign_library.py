"""What others put into a library folder: pictures of other programs, XMP files, broken files."""

import os
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.library import NOT_ALLOWED
from kandinsky_desktop.store import fingerprints, library_index, pictures, thumbnail_store
from kandinsky_desktop.store.library_index import Index, open_reader
from kandinsky_desktop.store.scanning import Seen, facts
from tests.broken import broken, odd
from tests.library import indexed, plain_png, quick, rescan

LIMIT_S = 2.0  # for a file, by the issue; alone each takes some milliseconds
PARAMETERS = (
    "a yellow square\nNegative prompt: blurry\nSteps: 12, Sampler: Euler a, CFG scale: 5, Seed: 42,"
    " Size: 8x8, Model: any"
)
RATED = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmp:Rating="{stars}"><dc:subject>'
    "<rdf:Bag><rdf:li>cats &amp; dogs</rdf:li><rdf:li>holiday</rdf:li></rdf:Bag></dc:subject>"
    "</rdf:Description></x:xmpmeta>"
)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "index.db"


def details(index: Index, path: Path) -> library_index.Details:
    reader = open_reader(index.path)
    found = library_index.details(reader, library_index.ids_of(reader, [path])[path])
    reader.close()
    assert found is not None
    return found


def test_words_and_settings_of_another_program_are_known(shelf: Path, place: Path) -> None:
    path = shelf / "other.png"
    path.write_bytes(plain_png(("parameters", PARAMETERS)))
    index, _roots = indexed(place, shelf)
    found = details(index, path)
    assert (found.prompt, found.negative) == ("a yellow square", "blurry")
    assert (found.tool, found.model, found.scheduler) == ("A1111", "any", "Euler a")
    assert (found.steps, found.seed, found.broken) == (12, 42, "")


@pytest.mark.parametrize("ending", [".jpg", ".webp", ".avif", ".gif", ".bmp", ".tif"])
def test_other_kinds_of_pictures_are_known_by_their_size_and_name(
    ending: str, shelf: Path, place: Path
) -> None:
    path = shelf / f"IMG_2041 on the beach{ending.upper()}"
    Image.new("RGB", (24, 16)).save(path)
    index, _roots = indexed(place, shelf)
    found = details(index, path)
    assert (found.width, found.height, found.broken) == (24, 16, "")
    reader = open_reader(place)
    assert library_index.matching(reader, '"beach"') == str(found.id)


def test_a_photo_on_its_side_has_its_size_upright_and_its_words(shelf: Path, place: Path) -> None:
    path = shelf / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + PARAMETERS.encode("utf-16-be")
    Image.new("RGB", (24, 16)).save(path, exif=exif)
    index, _roots = indexed(place, shelf)
    found = details(index, path)
    assert (found.width, found.height, found.seed) == (16, 24, 42)


def test_texts_behind_the_pixels_are_found(shelf: Path, place: Path) -> None:
    plain, told = plain_png(), plain_png(("parameters", PARAMETERS))
    text = told[33 : 33 + len(told) - len(plain)]
    path = shelf / "behind.png"
    path.write_bytes(plain[:-12] + text + plain[-12:])
    index, _roots = indexed(place, shelf)
    assert details(index, path).seed == 42


@pytest.mark.parametrize("name", ["picture.png.xmp", "picture.xmp"])
def test_a_rating_beside_a_picture_is_read_and_followed(
    name: str, shelf: Path, place: Path
) -> None:
    path = quick(shelf, 1)[0].rename(shelf / "picture.png")
    index, roots = indexed(place, shelf)
    assert details(index, path).stars == 0
    (shelf / name).write_text(RATED.format(stars=4))
    assert rescan(index, roots)
    found = details(index, path)
    assert (found.stars, found.tags) == (4, ("cats & dogs", "holiday"))
    reader = open_reader(place)
    assert library_index.labels(reader, "tag:") == [("cats & dogs", 1), ("holiday", 1)]
    assert library_index.labelled(reader, "tag:", "holiday") == [found.id]
    assert not rescan(index, roots)
    (shelf / name).write_text(RATED.format(stars=2))
    later = (shelf / name).stat().st_mtime_ns + 10**9
    os.utime(shelf / name, ns=(later, later))
    rescan(index, roots)
    assert details(index, path).stars == 2
    (shelf / name).unlink()
    rescan(index, roots)
    found = details(index, path)
    assert (found.stars, found.tags, found.prompt) == (0, (), "a red cat 0")


def test_a_rating_in_a_picture_is_read(shelf: Path, place: Path) -> None:
    path = shelf / "rated.png"
    path.write_bytes(plain_png(("XML:com.adobe.xmp", RATED.format(stars=3))))
    jpeg = shelf / "rated.jpg"
    Image.new("RGB", (8, 8)).save(jpeg, xmp=RATED.format(stars=5).encode())
    index, _roots = indexed(place, shelf)
    assert details(index, path).stars == 3
    assert (details(index, jpeg).stars, details(index, jpeg).tags[0]) == (5, "cats & dogs")


def test_fifty_broken_and_odd_files_each_have_their_reason_in_time(
    shelf: Path, place: Path
) -> None:
    good = quick(shelf, 1)[0]
    reasons = {}
    for name, data, reason in broken():
        (shelf / name).write_bytes(data)
        reasons[shelf / name] = reason
    for name, data in odd():
        (shelf / name).write_bytes(data)
        reasons[shelf / name] = ""
    assert len(reasons) >= 50
    os.mkfifo(shelf / "pipe.png")
    (shelf / "nowhere.png").symlink_to(shelf / "gone.png")
    (shelf / "itself.png").symlink_to(shelf / "itself.png")
    (shelf / "folder.png").mkdir()
    index, _roots = indexed(place, shelf)
    found = {path: details(index, path).broken for path in reasons}
    assert found == reasons
    assert details(index, good).broken == ""
    assert details(index, shelf / "html in words.png").prompt == (
        "<img src=file:///etc/passwd><b>x</b>"
    )
    assert details(index, shelf / "path tricks.png").prompt == "../../../etc/passwd[31m"
    assert not details(index, shelf / "odd sources.png").parents
    assert details(index, shelf / "two records.png").prompt == "a cat"


def test_no_broken_file_takes_two_seconds(shelf: Path) -> None:
    """To be read for the index, for its content and for a thumbnail, all in all."""
    files = [(name, data, reason) for name, data, reason in broken()]
    files += [(name, data, "") for name, data in odd()]
    thumbnail_store.of_image(Image.new("RGB", (8, 8)))  # Pillow is imported
    for name, data, reason in files:
        path = shelf / name
        path.write_bytes(data)
        about = path.stat()
        began = time.thread_time()
        seen = Seen(name, about.st_size, about.st_mtime_ns, about.st_ino, 0, 0)
        assert (facts(str(shelf), name, seen).broken or "") == reason
        fingerprints.of_file(path)
        try:
            thumbnail_store.make(path)
        except Unreadable:
            assert reason or name in ("wrong sum.png",), name
        assert time.thread_time() - began < LIMIT_S, name


def test_nothing_that_is_written_in_a_picture_is_opened(
    shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in odd():
        (shelf / name).write_bytes(data)
    opened: list[str] = []
    real, threads = os.open, threading.active_count()  # of tests before, that end by themselves

    def watch(path: str, *rest: int) -> int:
        opened.append(os.fspath(path))
        return real(path, *rest)

    monkeypatch.setattr(os, "open", watch)
    indexed(place, shelf)
    assert all(one.startswith(str(shelf.parent)) for one in opened)
    assert threading.active_count() < threads + 20


def test_what_a_disk_does_not_give_now_is_not_called_broken(
    shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = quick(shelf, 2)
    index, roots = indexed(place, shelf)
    later = paths[0].stat().st_mtime_ns + 10**9
    paths[0].write_bytes(paths[1].read_bytes())
    os.utime(paths[0], ns=(later, later))
    photo = shelf / "photo.jpg"
    Image.new("RGB", (8, 8)).save(photo)
    real = os.open

    def fail(path: str, *rest: int) -> int:
        if str(path).endswith(".png"):
            raise OSError(5, "Input/output error", str(path))
        return real(path, *rest)

    def fail_too(path: Path) -> None:
        raise Unreadable("gone", path) from OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        patch.setattr(pictures, "glance", fail_too)
        rescan(index, roots)
    assert details(index, paths[0]).prompt == "a red cat 0"  # as it was before it changed
    rescan(index, roots)
    assert details(index, paths[0]).prompt == "a red cat 1"
    assert details(index, photo).broken == ""


def test_a_file_that_must_not_be_read_says_so(
    shelf: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = quick(shelf, 1)[0]

    def refuse(path: str, *rest: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        index, _roots = indexed(place, shelf)
    assert details(index, path).broken == NOT_ALLOWED
