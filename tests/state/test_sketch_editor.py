"""Painting colours over the picture: strokes, smudging, fills; no stroke is fuller than set."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.colours import coloured
from kandinsky_desktop.state.palette import palette_of
from tests.state.canvas import PLACES, Canvas, noise, saved

RED, BLUE = (200, 30, 10), (10, 40, 230)


@pytest.fixture
def sketched(canvas: Canvas, tmp_path: Path) -> Canvas:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.sketch.set_colour(RED)
    return canvas


def draw(
    canvas: Canvas, *places: tuple[float, float], smudge: bool = False, **brush: object
) -> None:
    canvas.sketch.set_brush(**brush)  # type: ignore[arg-type]
    assert canvas.sketch.press(*places[0], smudge=smudge)
    canvas.sketch.move([(*place, 1.0) for place in places[1:]])
    canvas.sketch.release()


def opacity_of(canvas: Canvas) -> np.ndarray:
    return canvas.document.sketch.pixels[..., 3]


def test_a_stroke_is_what_the_mask_s_brush_paints_in_the_colour_in_hand(sketched: Canvas) -> None:
    canvas = sketched
    look: dict[str, Any] = {"size": 34.0, "hardness": 0.3, "opacity": 0.6}
    canvas.stroke(PLACES, **look)
    draw(canvas, *PLACES, **look)
    mask, sketch = canvas.document.mask.pixels, canvas.document.sketch.pixels
    empty = np.zeros_like(sketch)
    assert (sketch == coloured(empty, (RED[2], RED[1], RED[0], 255), mask)).all()
    assert opacity_of(canvas).max() <= round(0.6 * 255)
    assert canvas.document.step_names == ("Brush", "Colour")
    draw(canvas, (20.0, 200.0), (280.0, 30.0), (20.0, 30.0), **look)  # over itself
    again = opacity_of(canvas)
    assert again.max() <= round(255 * (1 - 0.4 * 0.4)) + 1  # two strokes, not many dabs
    assert canvas.sketch.recent == (RED,)
    before = sketch.copy()
    canvas.sketch.press(5.0, 5.0)
    canvas.sketch.move([(200.0, 200.0, 1.0)])
    assert (sketch != before).any()
    canvas.sketch.cancel()
    assert (sketch == before).all()
    draw(canvas, (150.0, 20.0), (150.0, 260.0), size=60.0, hardness=1.0, opacity=1.0, erase=True)
    assert not opacity_of(canvas)[100, 130:170].any()
    assert canvas.document.undo_name == "Eraser"
    canvas.document.undo()
    assert (sketch == before).all()
    canvas.document.go_to(1)
    assert not sketch.any()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.integers(0, 999), some.lists(some.floats(0.01, 1.0), min_size=1, max_size=4))
def test_a_stroke_in_any_pieces_is_the_same_stroke(
    sketched: Canvas, seed: int, sizes: list[float]
) -> None:
    """However a hand's points are told: many in one event, or each in one of its own."""
    rng = np.random.default_rng(seed)
    places = [(float(x), float(y)) for x, y in rng.uniform(-60, 340, (7, 2))]
    look: dict[str, Any] = {
        "size": 4 + 90 * sizes[0],
        "hardness": float(rng.random()),
        "opacity": sizes[-1],
    }
    draw(sketched, *places, **look)
    at_once = sketched.document.sketch.pixels.copy()
    sketched.document.undo()
    assert not sketched.document.sketch.pixels.any()
    sketched.sketch.press(*places[0])
    for place in places[1:]:
        sketched.sketch.move([(*place, 1.0)])
    sketched.sketch.release()
    assert (sketched.document.sketch.pixels == at_once).all()
    sketched.document.undo()


def test_shapes_and_fills_take_the_colour_and_give_it_back(
    sketched: Canvas, tmp_path: Path
) -> None:
    canvas = sketched
    whole = Image.new("RGB", (1200, 1000), "white")
    whole.paste((0, 90, 0), (0, 0, 600, 1000))
    canvas.open(saved(whole, tmp_path / "halves.png"))
    path = QPainterPath()
    path.addRect(QRectF(100, 100, 200, 300))
    canvas.sketch.fill_path(path, name="Rectangle")
    assert (opacity_of(canvas)[100:400, 100:300] == 255).all()
    assert opacity_of(canvas).sum() == 255 * 300 * 200
    canvas.sketch.set_colour(BLUE)
    canvas.sketch.set_brush(opacity=0.5)
    canvas.sketch.fill_alike(900, 10, 8, contiguous=True)  # what is seen: the white half
    canvas.settle()
    assert canvas.document.sketch.pixels[500, 900].tolist() == [115, 20, 5, 128]
    assert not opacity_of(canvas)[500, 590]
    canvas.sketch.fill_alike(150, 150, 8, contiguous=False, how="subtract")  # the sketch is seen
    canvas.settle()
    assert opacity_of(canvas)[200, 200] == 127
    assert canvas.document.undo_name == "Fill by colour"
    canvas.document.go_to(0)
    canvas.sketch.set_brush(opacity=1.0)
    canvas.sketch.fill_gradient((0.0, 0.0), (1200.0, 0.0))
    canvas.settle()
    row = opacity_of(canvas)[10].astype(int)
    assert (row[0], row[600], row[-1]) == (255, pytest.approx(127, abs=1), 0)
    assert (np.diff(row) <= 0).all()
    assert canvas.sketch.recent == (BLUE, RED)
    before = canvas.document.flattened()
    canvas.sketch.merge()
    assert (canvas.document.picture.pixels == before).all()
    assert not canvas.document.sketched
    canvas.document.undo()
    canvas.sketch.clear()
    assert not opacity_of(canvas).any()
    assert canvas.document.undo_name == "Clear the sketch"


def test_smudging_carries_what_is_seen_and_leaves_the_rest(canvas: Canvas, tmp_path: Path) -> None:
    halves = Image.new("RGB", (300, 200), (250, 250, 250))
    halves.paste((0, 0, 0), (0, 0, 150, 200))
    canvas.open(saved(halves, tmp_path / "halves.png"))
    picture = canvas.pixels().copy()
    draw(canvas, (120.0, 100.0), (200.0, 100.0), smudge=True, size=40.0, hardness=0.8)
    seen = canvas.document.flattened().astype(int)
    assert seen[100, 165, 0] < 120  # the dark was carried into the light
    assert (np.diff(seen[100, 150:215, 0]) >= -1).all()  # less and less
    assert (seen[10] == picture[10]).all()
    assert (canvas.pixels() == picture).all()  # the picture itself is as it was
    assert canvas.document.step_names == ("Smudge",)
    canvas.document.undo()
    assert not canvas.document.sketched
    draw(canvas, (20.0, 20.0), (60.0, 60.0), smudge=True, size=30.0)  # all alike: nothing to see
    assert (canvas.document.flattened() == picture).all()


def test_colours_are_picked_from_what_is_seen(sketched: Canvas) -> None:
    canvas = sketched
    told: list[tuple[int, int, int]] = []
    canvas.sketch.colour_changed.connect(lambda: told.append(canvas.sketch.colour))
    canvas.sketch.pick(40.2, 30.9)
    assert canvas.sketch.colour == noise().getpixel((40, 30))
    draw(canvas, (40.0, 30.0), size=30.0, hardness=1.0)
    painted = canvas.sketch.colour
    canvas.sketch.set_colour(BLUE)
    canvas.sketch.pick(40.0, 30.0)
    assert canvas.sketch.colour == painted
    canvas.sketch.pick(-3.0, 30.0)
    canvas.sketch.pick(3.0, 900.0)
    assert canvas.sketch.colour == painted
    assert told[-2:] == [BLUE, painted]
    found: list[object] = []
    canvas.sketch.palette(found.append)
    canvas.wait_until(lambda: bool(found))
    assert found == [palette_of(canvas.document.picture.smaller(1), alpha=False)]


def test_a_palette_holds_what_takes_most_room_first_and_nothing_twice() -> None:
    pixels = np.full((90, 90, 4), 255, np.uint8)
    pixels[:30] = (200, 100, 0, 255)
    pixels[30:40] = (0, 0, 90, 255)
    pixels[40:44] = (0, 0, 96, 255)  # nearly the same
    assert palette_of(pixels, alpha=False) == ((255, 255, 255), (0, 100, 200), (90, 0, 0))
    pixels[44:, :, 3] = 0
    assert (255, 255, 255) not in palette_of(pixels, alpha=True)
    pixels[..., 3] = 0
    assert palette_of(pixels, alpha=True) == ()


def test_who_paints_on_a_hidden_sketch_sees_it_again(sketched: Canvas) -> None:
    canvas = sketched
    draw(canvas, *PLACES)
    canvas.sketch.set_look(visible=False)
    assert canvas.document.undo_name == "Hide the sketch"
    canvas.sketch.merge()  # what is hidden is no part of the picture
    assert canvas.document.undo_name == "Hide the sketch"
    draw(canvas, (9.0, 9.0))
    assert canvas.document.document.sketch.visible
    assert canvas.document.step_names[-2:] == ("Show the sketch", "Colour")
    for share in (0.9, 0.5, 0.2):
        canvas.sketch.set_look(opacity=share)
    assert canvas.document.step_names[-1] == "Opacity of the sketch"
    assert canvas.document.step_names[-2] == "Colour"
    assert canvas.document.document.sketch.strength == 51


def test_a_press_is_refused_while_something_else_goes_on(sketched: Canvas) -> None:
    assert sketched.document.begin_step("Other")
    assert not sketched.sketch.press(1.0, 1.0)
    sketched.sketch.move([(5.0, 5.0, 1.0)])
    sketched.sketch.release()
    sketched.document.cancel_step()
    assert not sketched.document.sketched
    box = Box(0, 0, 9, 9)
    assert (sketched.document.flattened(box) == sketched.document.picture.part(box)).all()
