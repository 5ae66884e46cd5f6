"""The document in use: opened, undone, journalled, recovered, saved."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtGui import QColor, QImage

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import AcceptedFill, LayerLook, Undoable
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.colours import flattened, multiplied
from kandinsky_desktop.state import document_files
from kandinsky_desktop.store import journal, openraster, pictures
from tests.state.canvas import Canvas, noise, saved


def test_a_picture_opens_with_its_own_bytes_beside_a_journal(
    canvas: Canvas, tmp_path: Path
) -> None:
    path = saved(noise(), tmp_path / "cat.png")
    canvas.open(path)
    document = canvas.document
    assert (document.size.width, document.size.height) == (300, 270)
    assert (document.document.title, document.document.source) == ("cat.png", path)
    assert not document.modified
    assert (document.folder / "picture.png").read_bytes() == path.read_bytes()
    bgr = np.asarray(noise())[..., ::-1]
    assert (canvas.pixels()[..., :3] == bgr).all()
    assert not document.mask.pixels.any()


@pytest.mark.parametrize("kind", ["nothing", "folder", "empty", "text", "large"])
def test_what_is_no_picture_is_refused_and_what_is_open_stays(
    canvas: Canvas, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke()
    path = tmp_path / "bad.png"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no picture")
    elif kind == "large":
        saved(Image.new("1", (32_769, 1)), path)
    with canvas.told(canvas.document.refused) as told:
        canvas.document.open_file(path)
    assert "bad.png" in told.args[0]
    assert canvas.document.document.title == "cat.png"
    assert canvas.document.mask.pixels.any()
    assert not canvas.document.busy
    assert canvas.document.unfinished() == []


@pytest.mark.parametrize("size", [(20_000, 800), (1, 1), (255, 257)])
def test_long_and_tiny_pictures_open(canvas: Canvas, tmp_path: Path, size: tuple[int, int]) -> None:
    canvas.open(saved(Image.new("RGB", size, "red"), tmp_path / "long.png"))
    canvas.stroke([(0.5, 0.5), (30.0, 40.0)], size=20)
    assert canvas.document.mask.pixels.any()
    canvas.document.undo()
    assert not canvas.document.mask.pixels.any()


def test_a_gif_opens_with_its_first_frame_and_that_is_said(canvas: Canvas, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    canvas.open(tmp_path / "a.gif")
    assert canvas.pixels()[0, 0, :3].tolist() == [0, 0, 255]
    assert "first frame" in canvas.remarks[0]


def test_pixels_from_the_clipboard_open_and_are_not_saved_yet(canvas: Canvas) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    with canvas.told(canvas.document.opened):
        canvas.document.open_image(image, "Pasted")
    assert canvas.pixels()[5, 5].tolist() == [30, 20, 10, 255]
    assert canvas.document.modified
    assert canvas.document.document.title == "Pasted"


def test_strokes_are_undone_and_redone_by_their_names(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    document, states = canvas.document, [canvas.document.mask.pixels.copy()]
    for number in range(4):
        canvas.stroke(size=20 + number, erase=number == 2)
        states.append(document.mask.pixels.copy())
    canvas.editor.invert()
    states.append(document.mask.pixels.copy())
    assert document.step_names == ("Brush", "Brush", "Eraser", "Brush", "Invert")
    assert (document.undo_name, document.redo_name, document.steps_done) == ("Invert", "", 5)
    for state in reversed(states[:-1]):
        document.undo()
        assert (document.mask.pixels == state).all()
    assert not document.can_undo
    for state in states[1:]:
        document.redo()
        assert (document.mask.pixels == state).all()
    document.go_to(2)
    assert (document.mask.pixels == states[2]).all()
    assert (document.steps_done, document.redo_name) == (2, "Eraser")
    document.go_to(5)
    assert (document.mask.pixels == states[5]).all()
    document.go_to(-3)
    assert document.steps_done == 0


def test_an_error_within_a_step_takes_it_back(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))

    def broken() -> None:
        with canvas.document.step("Half"):
            canvas.document.mask.changing(Box(0, 0, 50, 50))[...] = 255
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert not canvas.document.mask.pixels.any()
    assert not canvas.document.can_undo
    with canvas.document.step("Whole"):
        canvas.document.mask.changing(Box(0, 0, 50, 50))[...] = 255
        with pytest.raises(InvalidRequest, match="wait"), canvas.document.step("Within"):
            pass
    assert canvas.document.step_names == ("Whole",)


def test_what_changed_is_told_in_boxes(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.editor.set_edges(0, 0)
    canvas.settle()
    boxes = list[Box]()
    canvas.document.changed.connect(boxes.append)
    before = canvas.document.mask.pixels.copy()
    canvas.stroke(size=30)
    told = np.zeros_like(before, bool)
    for box in boxes:
        told[box.top : box.bottom, box.left : box.right] = True
    assert not (canvas.document.mask.pixels != before)[~told].any()


def test_after_a_crash_it_is_as_it_was_with_what_was_undone(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke(size=40)
    canvas.editor.invert()
    canvas.document.undo()
    canvas.editor.set_edges(grow=2, feather=11)
    with canvas.document.step("Paint"):
        canvas.document.picture.changing(Box(5, 5, 260, 20))[...] = 7
    canvas.written()
    mask, picture = canvas.document.mask.pixels.copy(), canvas.pixels().copy()
    crashed = Path(shutil.copytree(canvas.document.folder, tmp_path / "canvas" / "crashed"))
    assert canvas.document.unfinished() == [crashed]
    canvas.recover(crashed)
    assert (canvas.document.mask.pixels == mask).all()
    assert (canvas.pixels() == picture).all()
    assert (canvas.editor.grow, canvas.editor.feather) == (2, 11)
    assert canvas.document.document.title == "cat.png"
    assert canvas.document.modified
    assert canvas.document.step_names == ("Brush", "Paint")


def full(*_words: object) -> int:
    raise OSError(28, "No space left on device")


State = tuple[bytes, bytes, bytes, Undoable]


def state_of(canvas: Canvas) -> State:
    document = canvas.document
    mask, picture, sketch = document.mask, document.picture, document.sketch
    pixels = (layer.pixels.tobytes() for layer in (mask, picture, sketch))
    return *pixels, document.document.undoable  # type: ignore[return-value]


def walked(canvas: Canvas) -> list[State]:
    """Return what it is at each step, from the first to the last, and go back to where it was."""
    here, states = canvas.document.steps_done, list[State]()
    for done in range(len(canvas.document.step_names) + 1):
        canvas.document.go_to(done)
        states.append(state_of(canvas))
    canvas.document.go_to(here)
    return states


def do_something(canvas: Canvas, rng: random.Random) -> None:
    document = canvas.document
    left, top = rng.randrange(280), rng.randrange(250)
    box = Box(left, top, left + rng.randrange(1, 90), top + rng.randrange(1, 90))
    match rng.choice(["paint", "sketch", "look", "fill", "undo", "undo", "redo", "edges"]):
        case "paint":
            with document.step(f"Paint {rng.randrange(99)}"):
                document.mask.changing(box)[...] = rng.randrange(256)
        case "sketch":
            with document.step(f"Sketch {rng.randrange(99)}"):
                document.sketch.changing(box)[...] = rng.randrange(256)
        case "look":
            look = LayerLook(opacity=rng.random(), visible=rng.random() < 0.7)
            document.set_look(look, "Opacity", on=rng.random() < 0.5)
        case "fill":
            with document.step("Fill"):
                document.picture.changing(box)[...] = rng.randrange(256)
                document.accept(AcceptedFill(box=box))
        case "undo":
            document.undo()
        case "redo":
            document.redo()
        case "edges":
            canvas.editor.set_edges(grow=rng.randrange(60))


@pytest.mark.parametrize("rewritten", [False, True])
@pytest.mark.parametrize("seed", [1, 3, 8])
def test_after_a_crash_all_can_be_undone_and_done_again_as_before(
    canvas: Canvas, tmp_path: Path, seed: int, rewritten: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rewritten:  # now and then it is written anew, and keeps what is newest
        monkeypatch.setattr(journal, "REWRITE_BYTES", 20_000)
        monkeypatch.setattr(journal, "KEPT_BYTES", 10_000)
    rng = random.Random(seed)
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    for _time in range(60):
        do_something(canvas, rng)
    canvas.written()
    crashed = Path(shutil.copytree(canvas.document.folder, tmp_path / "canvas" / "crashed"))
    now, names, done = state_of(canvas), canvas.document.step_names, canvas.document.steps_done
    states = walked(canvas)
    canvas.recover(crashed)
    assert state_of(canvas) == now
    found = canvas.document.step_names
    lost = len(names) - len(found)
    assert found == names[lost:]
    assert canvas.document.steps_done == done - lost
    assert walked(canvas) == states[lost:]
    assert 0 < lost < len(names) if rewritten else lost == 0
    canvas.stroke(size=30)
    assert canvas.document.undo_name == "Brush"


def test_after_a_record_that_the_disk_did_not_take_no_crash_brings_half_a_step_back(
    canvas: Canvas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke(size=40)
    canvas.written()
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "_write", full)
        canvas.editor.invert()
        canvas.wait_until(lambda: bool(canvas.refusals))
    canvas.stroke([(5.0, 5.0)], size=9)
    after = canvas.document.mask.pixels.copy()
    canvas.editor.select_all()
    canvas.written()
    crashed = Path(shutil.copytree(canvas.document.folder, tmp_path / "canvas" / "crashed"))
    canvas.recover(crashed)
    assert canvas.document.step_names == ("Select all",)
    canvas.document.undo()
    assert (canvas.document.mask.pixels == after).all()


def test_it_grows_by_its_borders_in_one_step_and_outlives_a_crash_at_each_size(
    canvas: Canvas, tmp_path: Path
) -> None:
    canvas.open(saved(noise((300, 270)), tmp_path / "cat.png"))
    canvas.stroke()
    document, moves = canvas.document, list[tuple[int, int]]()
    document.resized.connect(lambda right, down: moves.append((right, down)))
    document.amend(frame=Box(10, 10, 90, 90))
    fill = AcceptedFill(box=Box(5, 5, 9, 9))
    with document.step("Fill"):
        document.accept(fill)
    borders, inner = Borders(left=40, right=9, bottom=300), Box(40, 0, 340, 270)
    document.set_borders(borders)
    assert (document.undo_name, document.document.borders) == ("Borders", borders)
    pixels, mask = document.picture.pixels.tobytes(), document.mask.pixels.tobytes()
    with document.step("Grow"):
        document.grow(borders)
        document.picture.changing(Box(0, 0, 40, 570))[...] = 200
    assert document.size == Size(349, 570)
    assert document.picture.part(inner).tobytes() == pixels
    assert document.mask.part(inner).tobytes() == mask
    grown = document.document
    assert (grown.size, grown.origin, grown.borders) == (Size(349, 570), (40, 0), Borders())
    assert grown.accepted[0].box == Box(45, 5, 49, 9)
    assert grown.frame == Box(50, 10, 130, 90)
    large = document.picture.pixels.tobytes()
    assert document.begin_step("Grow")
    document.grow(borders)
    document.cancel_step()
    assert document.picture.pixels.tobytes() == large
    assert document.document == grown
    crashes = [tmp_path / name for name in ("large", "small", "again")]

    def crash(folder: Path) -> None:
        canvas.settle()
        canvas.written()
        shutil.copytree(document.folder, folder)

    canvas.stroke([(330, 500), (345, 560)])
    crash(crashes[0])
    document.undo()
    document.undo()
    assert (document.picture.pixels.tobytes(), document.mask.pixels.tobytes()) == (pixels, mask)
    assert (document.document.borders, document.document.origin) == (borders, (0, 0))
    assert (document.document.accepted, document.document.frame) == ((fill,), Box(10, 10, 90, 90))
    crash(crashes[1])
    document.redo()
    assert document.picture.pixels.tobytes() == large
    assert document.document == grown
    crash(crashes[2])
    assert moves == [(40, 0), (40, 0), (-40, 0), (-40, 0), (40, 0)]
    sizes, frames = [(349, 570), (300, 270), (349, 570)], [(50, 130), (10, 90), (50, 130)]
    for folder, size, across, colours in zip(
        crashes, sizes, frames, [large, pixels, large], strict=True
    ):
        canvas.recover(folder)
        assert (document.size.width, document.size.height) == size
        assert document.picture.pixels.tobytes() == colours
        assert document.document.accepted[0].box.size == Size(4, 4)
        assert document.document.frame == Box(across[0], 10, across[1], 90)
        assert document.mask.pixels.any()
    canvas.recover(crashes[0])
    assert document.step_names == ("Brush",)  # those before it grew are of another size
    document.undo()
    with canvas.told(document.saved):
        document.save(tmp_path / "grown.ora")
    colours = document.picture.pixels[..., :3].tobytes()
    canvas.open(tmp_path / "grown.ora")
    assert document.picture.pixels[..., :3].tobytes() == colours
    assert (document.document.origin, document.size) == ((40, 0), Size(349, 570))


def test_a_torn_journal_gives_all_but_the_torn_step_and_can_be_gone_on_with(
    canvas: Canvas, tmp_path: Path
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke(size=40)
    first = canvas.document.mask.pixels.copy()
    canvas.editor.invert()
    canvas.document.close(discard=False)
    canvas.written()
    (folder,) = canvas.document.unfinished()
    notes = folder / "journal"
    notes.write_bytes(notes.read_bytes()[:-3])
    canvas.recover(folder)
    assert (canvas.document.mask.pixels == first).all()
    canvas.stroke([(5.0, 5.0)], size=9)
    canvas.written()
    assert journal.read(notes).done[-1].name == "Brush"


@pytest.mark.parametrize("broken", ["no picture", "another picture", "no record"])
def test_a_folder_that_cannot_be_recovered_is_said(
    canvas: Canvas, tmp_path: Path, broken: str
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    folder = canvas.document.folder
    canvas.document.close(discard=False)
    canvas.written()
    if broken == "no record":  # the journal was never begun: the picture is there
        (folder / "journal").write_bytes(b"")
        canvas.recover(folder)
        assert canvas.document.size.width == 300
        return
    (folder / "picture.png").unlink()
    if broken == "another picture":
        saved(noise((9, 9)), folder / "picture.png")
    with canvas.told(canvas.document.refused) as told:
        canvas.document.recover(folder)
    assert folder.name in told.args[0]
    assert canvas.document.unfinished() == [folder]  # nothing is thrown away


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_an_opening_that_is_cancelled_leaves_nothing_behind_and_touches_nothing(
    canvas: Canvas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bool, late: bool
) -> None:
    """`left`: what is opened was left by a crash; `late`: it was read by the time of the cancel."""
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke()
    canvas.written()
    crashed = Path(shutil.copytree(canvas.document.folder, tmp_path / "canvas" / "crashed"))
    notes = crashed / "journal"
    notes.write_bytes(notes.read_bytes() + b"torn")
    before = notes.read_bytes()
    reading, go_on = Event(), Event()
    name = ("from_journal" if left else "from_file") if late else "pictures.open_whole"
    read: Any = document_files
    for part in name.split("."):
        read = getattr(read, part)

    def slow(*words: Any) -> Any:
        found = read(*words)
        reading.set()
        go_on.wait()
        return found

    monkeypatch.setattr(f"{document_files.__name__}.{name}", slow)
    if left:
        canvas.document.recover(crashed)
    else:
        canvas.document.open_file(saved(noise(), tmp_path / "dog.png"))
    assert reading.wait(30)
    canvas.document.cancel_work()
    go_on.set()
    canvas.background.read(lambda: None, lambda _none: None)
    canvas.settle()
    canvas.wait_until(lambda: canvas.document.unfinished() == [crashed])
    canvas.written()
    assert canvas.document.document.title == "cat.png"
    assert canvas.refusals == []
    assert notes.read_bytes() == (before[:-4] if left and late else before)


def test_what_was_opened_last_comes_back_first(canvas: Canvas, tmp_path: Path) -> None:
    folders = []
    for name in ("cat.png", "dog.png"):
        canvas.open(saved(noise(), tmp_path / name))
        canvas.stroke(size=9)
        folders.append(canvas.document.folder)
        canvas.document.close(discard=False)
        canvas.written()
    os.utime(folders[0] / "journal", (1, 1))
    assert canvas.document.unfinished() == folders[::-1]
    canvas.recover(folders[0])
    canvas.document.close(discard=False)
    assert canvas.document.unfinished() == folders


def test_closed_for_good_nothing_is_left(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    folder = canvas.document.folder
    canvas.document.close(discard=True)
    canvas.written()
    assert not canvas.document.is_open
    assert not folder.exists()


def test_saved_as_openraster_it_opens_as_it_was(canvas: Canvas, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(noise(mode="RGBA"), tmp_path / "cat.png", icc_profile=profile)
    canvas.open(path)
    assert canvas.document.picture.alpha
    canvas.stroke(size=40, hardness=0.2)
    modified = [canvas.document.modified]
    with canvas.told(canvas.document.saved):
        canvas.document.save(tmp_path / "cat.ora")
    assert [*modified, canvas.document.modified] == [True, False]
    found = openraster.read(tmp_path / "cat.ora")
    assert found.picture_data == path.read_bytes()
    assert found.original is None
    assert found.document.source is None  # nobody else learns where it lay
    mask, picture = canvas.document.mask.pixels.copy(), canvas.pixels().copy()
    canvas.open(tmp_path / "cat.ora")
    assert (canvas.document.mask.pixels == mask).all()
    assert (canvas.pixels() == picture).all()
    assert canvas.document.profile == profile
    assert canvas.document.path == tmp_path / "cat.ora"


def test_a_changed_picture_is_saved_with_its_profile_and_the_file_that_was_opened(
    canvas: Canvas, tmp_path: Path
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(noise(), tmp_path / "cat.jpg", icc_profile=profile)
    canvas.open(path)
    with canvas.document.step("Paint"):
        canvas.document.picture.changing(Box(5, 5, 9, 9))[..., :3] = 7
    for name in ("one.ora", "two.ora"):  # the second from the first
        with canvas.told(canvas.document.saved):
            canvas.document.save(tmp_path / name)
        found = openraster.read(tmp_path / name)
        assert found.picture.profile == profile
        assert found.original == (".jpg", path.read_bytes())
        assert found.picture.colours.getpixel((6, 6)) == (7, 7, 7)
        canvas.open(tmp_path / name)


def test_of_two_saves_the_later_one_is_what_lies_there(
    canvas: Canvas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, later = Event(), Event()

    def slow(path: Path, *rest: Any) -> None:
        if first.is_set():
            write(path, *rest)
            later.set()
        else:
            first.set()
            later.wait(0.5)  # a second one that does not wait for this overtakes it
            write(path, *rest)

    write = openraster.write
    monkeypatch.setattr(openraster, "write", slow)
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    told: list[Path] = []
    canvas.document.saved.connect(told.append)
    canvas.document.save(tmp_path / "cat.ora")
    canvas.wait_until(first.is_set)
    canvas.stroke()
    canvas.document.save(tmp_path / "cat.ora")
    canvas.wait_until(lambda: len(told) == 2)
    mask = openraster.read(tmp_path / "cat.ora").mask
    assert mask is not None
    assert mask.getbbox() is not None
    assert not canvas.document.modified


def scribble(canvas: Canvas, box: Box, seed: int = 3) -> None:
    """Paint noise into the sketch, as one step."""
    rng = np.random.default_rng(seed)
    with canvas.document.step("Scribble"):
        pixels = canvas.document.sketch.changing(box)
        pixels[...] = multiplied(rng.integers(0, 256, pixels.shape, np.uint8))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_sketch_is_a_layer_of_its_own_that_is_saved_and_opened_again(
    canvas: Canvas, tmp_path: Path, mode: str
) -> None:
    canvas.open(saved(noise(mode=mode), tmp_path / "cat.png"))
    document, box = canvas.document, Box(30, 40, 280, 262)
    told: list[float] = []
    document.amended.connect(lambda: told.append(document.document.sketch.opacity))
    assert [document.sketched] == [False]
    scribble(canvas, box)
    assert [document.sketched] == [True]
    for opacity in (0.7, 0.6, 0.4):
        document.set_look(LayerLook(opacity=opacity), "Opacity", on=True)
    assert document.step_names == ("Scribble", "Opacity")
    document.undo()
    document.redo()
    assert told == [0.7, 0.6, 0.4, 1.0, 0.4]
    seen, whole, sketch = document.flattened(box), document.flattened(), document.sketch.pixels
    before = document.picture.part(box)
    expected = flattened(before, document.sketch.part(box), 102, alpha=mode == "RGBA")
    assert (seen == expected).all()
    assert (whole[30:] != document.picture.pixels[30:]).any()
    whole[box.top : box.bottom, box.left : box.right] = before
    assert (whole == document.picture.pixels).all()
    sketch = sketch.copy()
    with canvas.told(document.saved):
        document.save(tmp_path / "cat.ora")
    with zipfile.ZipFile(tmp_path / "cat.ora") as file:
        image = Image.open(BytesIO(file.read("mergedimage.png"))).convert(mode)
        order = [2, 1, 0, 3][: len(mode)]
        assert (np.asarray(image)[40:262, 30:280] == seen[..., order]).all()
    canvas.open(tmp_path / "cat.ora")
    assert (document.sketch.pixels == sketch).all()
    assert document.document.sketch == LayerLook(opacity=0.4)
    assert (document.flattened(box) == seen).all()
    assert canvas.remarks == []
    folder = document.folder
    document.set_look(LayerLook(opacity=0.4, visible=False), "Hide")
    document.close(discard=False)
    canvas.written()
    canvas.recover(folder)
    assert (document.sketch.pixels == sketch).all()
    assert [document.sketched] == [False]
    assert (document.flattened() == document.picture.pixels).all()


def test_a_save_that_fails_says_so_and_loses_nothing(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke()
    (tmp_path / "file").touch()
    with canvas.told(canvas.document.refused) as told:
        canvas.document.save(tmp_path / "file" / "cat.ora")
    assert "stays" in told.args[0]
    assert canvas.document.modified
    assert canvas.document.can_undo


def test_a_full_disk_is_said_and_the_journal_catches_up(
    canvas: Canvas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "_write", full)
        with canvas.told(canvas.document.refused) as told:
            canvas.stroke(size=40)
        assert "safe from a crash" in told.args[0]
    canvas.stroke([(200.0, 200.0)], size=10)
    mask = canvas.document.mask.pixels.copy()
    folder = canvas.document.folder
    canvas.document.close(discard=False)
    canvas.written()
    canvas.recover(folder)
    assert (canvas.document.mask.pixels == mask).all()


def test_a_document_comes_back_only_after_all_of_it_was_written(
    canvas: Canvas, tmp_path: Path
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    folder = canvas.document.folder
    canvas.background.write(lambda: time.sleep(0.3))  # as a large step is compressed
    canvas.stroke(size=40)
    mask = canvas.document.mask.pixels.copy()
    canvas.open(saved(noise(seed=1), tmp_path / "dog.png"))
    canvas.recover(folder)
    assert np.array_equal(canvas.document.mask.pixels, mask)
    assert canvas.document.step_names == ("Brush",)


@pytest.mark.parametrize("grown", [False, True])
def test_what_a_full_disk_did_not_take_is_written_as_the_document_is_put_away(
    canvas: Canvas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grown: bool
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "_write", full)
        with canvas.told(canvas.document.refused):
            if grown:
                with canvas.document.step("Grow"):
                    canvas.document.grow(Borders(left=40))
            else:
                canvas.stroke(size=40)
    about, mask = canvas.document.document, canvas.document.mask.pixels.copy()
    folder = canvas.document.folder
    canvas.document.close(discard=False)
    canvas.written()
    canvas.recover(folder)
    assert canvas.document.document == about
    assert np.array_equal(canvas.document.mask.pixels, mask)
    assert canvas.document.modified


def test_older_steps_are_packed_in_a_thread(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(Image.new("RGB", (4096, 2048)), tmp_path / "large.png"))
    states = [canvas.document.mask.pixels.copy()]
    for _time in range(12):
        canvas.editor.invert()
        canvas.stroke([(50.0, 50.0), (900.0, 1000.0)], size=100)
        states.append(canvas.document.mask.pixels.copy())
    canvas.wait_until(lambda: canvas.document.held_bytes < 80 * 2**20)
    for state in reversed(states[:-1]):
        canvas.document.undo()
        canvas.document.undo()
        assert (canvas.document.mask.pixels == state).all()


def test_long_work_can_be_cancelled_and_nothing_comes_of_it(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise((1200, 1000)), tmp_path / "cat.png"))
    canvas.editor.fill_alike(5, 5, 200, contiguous=True)
    assert (canvas.document.busy, canvas.document.busy_with) == (True, "Fill by colour")
    canvas.document.cancel_work()
    assert (canvas.document.busy, canvas.document.busy_with) == (False, "")
    canvas.stroke([(5.0, 5.0)], size=9)
    canvas.qtbot.wait(300)
    assert canvas.document.step_names == ("Brush",)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills by a signal")
@pytest.mark.parametrize(
    "strokes", [3, 8, *(pytest.param(number, marks=pytest.mark.soak) for number in range(1, 60, 6))]
)
def test_killed_while_painting_no_finished_stroke_is_lost(
    canvas: Canvas, tmp_path: Path, strokes: int
) -> None:
    path = saved(noise((700, 600)), tmp_path / "cat.png")
    command = [sys.executable, "-m", "tests.state.painter", str(path), str(tmp_path / "killed")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= strokes:
                break
        os.kill(child.pid, signal.SIGKILL)
        begun = max([strokes, *map(int, child.stdout.read().split())])
    (folder,) = (tmp_path / "killed").iterdir()
    canvas.recover(folder)
    found = state_of(canvas)
    canvas.open(path)
    for done in range(begun + 2):
        if done >= begun and state_of(canvas) == found:
            return  # all strokes before the one that had begun are there
        paint_stroke(canvas, done)
    pytest.fail("a stroke is lost")


def paint_stroke(canvas: Canvas, number: int) -> None:
    random = np.random.default_rng(number)
    places = [(float(x), float(y)) for x, y in random.uniform(0, 600, (6, 2))]
    if number % 2:
        canvas.sketch.set_brush(size=float(20 + number % 50))
        assert canvas.sketch.press(*places[0])
        canvas.sketch.move([(*place, 1.0) for place in places[1:]])
        canvas.sketch.release()
    else:
        canvas.stroke(places, size=float(20 + number % 50), erase=number % 3 == 2)


def test_a_picture_s_own_size_and_words_are_told_from_its_file(tmp_path: Path) -> None:
    assert pictures.open_whole(saved(noise(), tmp_path / "a.png")).as_it_is
    assert not pictures.open_whole(saved(noise(), tmp_path / "a.jpg")).as_it_is
