"""A second picture over the first: moved, scaled, undone, brought back, put down in order."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import collages, colours
from kandinsky_desktop.raster.layer import Layer, Pixels
from kandinsky_desktop.state.collage import Collage
from tests.state.canvas import Canvas, noise, saved


@pytest.fixture
def collage(canvas: Canvas, tmp_path: Path) -> Collage:
    made = Collage(canvas.background, canvas.document)
    made.refused.connect(canvas.refusals.append)
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    return made


def laid(canvas: Canvas, collage: Collage, image: Image.Image, path: Path) -> Box:
    count = len(canvas.document.step_names)
    collage.place_file(saved(image, path))
    canvas.wait_until(lambda: len(canvas.document.step_names) > count)
    assert collage.box is not None
    return collage.box


def test_a_picture_is_laid_moved_scaled_undone_and_put_down(
    canvas: Canvas, collage: Collage, tmp_path: Path
) -> None:
    document = canvas.document
    before = document.picture.pixels.copy()
    box = laid(canvas, collage, noise((80, 60), "RGBA", seed=2), tmp_path / "over.png")
    assert box == Box(110, 105, 190, 165)  # in the middle, at its own size
    assert collage.layer is not None
    collage.drag(box.moved(30, 5))
    collage.drag(box.moved(40, -20))
    assert collage.box == box.moved(40, -20)
    collage.release()
    for _time in range(5):
        collage.nudge(1, 0)
    collage.scale(larger=True)
    collage.scale(larger=False)
    moved = collage.box
    assert moved is not None
    assert abs(moved.size.width - 80) <= 1
    done = ["Lay a picture over", "Move the picture", "Nudge the picture", "Scale the picture"]
    assert list(document.step_names) == done
    document.undo()
    document.undo()
    assert collage.box == box.moved(40, -20)
    document.undo()
    document.undo()
    assert [collage.box, collage.layer] == [None, None]
    document.redo()
    document.redo()
    assert collage.box == box.moved(40, -20)
    assert (document.picture.pixels == before).all()
    assert not document.sketched
    assert collage.put_down()
    assert [collage.box] == [None]
    there = box.moved(40, -20)
    over = colours.multiplied(np.asarray(noise((80, 60), "RGBA", seed=2))[..., [2, 1, 0, 3]])
    assert (document.sketch.part(there) == over).all()
    assert document.undo_name == "Put the picture down"
    document.undo()
    assert collage.box == there
    assert not document.sketched
    assert collage.take_away()
    assert not collage.take_away()
    assert not collage.put_down()
    document.undo()
    assert collage.box == there


def test_it_is_where_it_was_after_a_crash_and_its_file_is_its_own(
    canvas: Canvas, collage: Collage, tmp_path: Path
) -> None:
    path = tmp_path / "over.png"
    box = laid(canvas, collage, noise((80, 60), seed=2), path)
    collage.nudge(-7, 9)
    path.unlink()
    folder = canvas.document.folder
    canvas.document.close(discard=False)
    assert collage.box is None
    canvas.written()
    again = Collage(canvas.background, canvas.document)
    canvas.recover(folder)
    canvas.wait_until(lambda: again.layer is not None)
    assert again.box == box.moved(-7, 9)
    assert canvas.document.step_names == ("Lay a picture over", "Nudge the picture")
    with canvas.told(canvas.document.saved):
        canvas.document.save(tmp_path / "a.ora")
    canvas.open(tmp_path / "a.ora")
    assert again.box is None  # it is put down before a file is written, or is not in it


def test_a_large_one_is_made_to_fit_and_the_next_puts_the_last_one_down(
    canvas: Canvas, collage: Collage, tmp_path: Path
) -> None:
    box = laid(canvas, collage, Image.new("RGB", (900, 300), "red"), tmp_path / "wide.png")
    assert box == Box(15, 90, 285, 180)
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(0x123456)
    collage.place_image(image)
    canvas.wait_until(lambda: "Put the picture down" in canvas.document.step_names)
    assert (canvas.document.sketch.part(box) == (0, 0, 255, 255)).all()
    assert collage.box == Box(140, 130, 160, 140)
    (tmp_path / "no.png").write_text("no picture")
    collage.place_file(tmp_path / "no.png")
    canvas.wait_until(lambda: bool(canvas.refusals))
    assert "no.png" in canvas.refusals[-1]
    assert collage.box == Box(140, 130, 160, 140)
    collage.drag(Box(-500, -500, -400, -400))  # beside the picture: nothing of it is seen
    collage.release()
    before = canvas.document.sketch.pixels.copy()
    assert collage.put_down()
    assert (canvas.document.sketch.pixels == before).all()


def pixels_of(rng: np.random.Generator, wide: int, high: int) -> Pixels:
    pixels = colours.multiplied(rng.integers(0, 256, (high, wide, 4), np.uint8))
    pixels[rng.random((high, wide)) < 0.3] = 0
    return pixels


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.integers(0, 2**32 - 1), some.integers(-60, 320), some.integers(-60, 290))
def test_putting_down_is_painting_in_order(seed: int, left: int, top: int) -> None:
    """Of pictures at their own size, wherever they lie, beside laying one after the other."""
    rng = np.random.default_rng(seed)
    sketch = Layer(Size(300, 270), 4, premultiplied=True)
    expected = np.zeros((270, 300, 4), np.uint8)
    for turn in range(3):
        wide, high = (int(side) for side in rng.integers(1, 120, 2))
        pixels = pixels_of(rng, wide, high)
        layer = Layer(Size(wide, high), 4, premultiplied=True)
        layer.changing(layer.box)[...] = pixels
        place = Box(left, top, left + wide, top + high).moved(11 * turn, -7 * turn)
        there = place.within(sketch.box)
        if there.empty:
            continue
        collages.put_over(sketch, there, collages.scaled(layer, place, there))
        at = there.moved(-place.left, -place.top)
        under = expected[there.top : there.bottom, there.left : there.right]
        under[...] = colours.over(under, pixels[at.top : at.bottom, at.left : at.right])
    assert (sketch.pixels == expected).all()


@given(some.integers(0, 2**32 - 1), some.floats(0.2, 4.0))
def test_a_part_of_a_scaled_picture_is_the_part_of_the_whole(seed: int, by: float) -> None:
    rng = np.random.default_rng(seed)
    layer = Layer(Size(60, 40), 4, premultiplied=True)
    layer.changing(layer.box)[...] = pixels_of(rng, 60, 40)
    place = Box(0, 0, max(4, round(60 * by)), max(4, round(40 * by)))
    whole = collages.scaled(layer, place, place)
    part = Box(1, 2, place.right - 1, place.bottom - 1)
    inner = collages.scaled(layer, place, part)
    assert (inner == whole[2:-1, 1:-1]).all()
    assert (whole[..., :3] <= whole[..., 3:]).all()
