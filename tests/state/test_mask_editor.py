"""Painting the mask, and the mask as it will be used."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster import edges, fills
from kandinsky_desktop.raster.layer import Pixels, box_of
from kandinsky_desktop.state.path_coverage import box_of as box_of_path
from kandinsky_desktop.state.path_coverage import coverage
from tests.state.canvas import PLACES, Canvas, noise, saved


@pytest.fixture
def painted(canvas: Canvas, tmp_path: Path) -> Canvas:
    """A picture of 300 × 270 with a stroke on its mask."""
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke(size=40)
    canvas.settle()
    return canvas


def mask_of(canvas: Canvas) -> Pixels:
    return canvas.document.mask.pixels


def rectangle(left: float, top: float, width: float, height: float) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(left, top, width, height))
    return path


def test_a_stroke_covers_its_way_and_nothing_far_from_it(painted: Canvas) -> None:
    mask = mask_of(painted)
    for x, y in PLACES:
        assert mask[int(y), int(x)] == 255
    assert not mask[150:].any()
    assert painted.document.step_names == ("Brush",)


def test_a_cancelled_stroke_never_was(painted: Canvas) -> None:
    before, used = mask_of(painted).copy(), painted.editor.used.pixels.copy()
    painted.editor.press(200, 200)
    painted.editor.move([(250, 250, 1.0), (270, 200, 1.0), (200, 260, 1.0)])
    assert (mask_of(painted) != before).any()
    painted.editor.cancel()
    painted.settle()
    assert (mask_of(painted) == before).all()
    assert (painted.editor.used.pixels == used).all()
    assert painted.document.step_names == ("Brush",)


def test_a_stroke_beside_the_picture_is_no_step(painted: Canvas) -> None:
    painted.stroke([(-500.0, 20.0), (-900.0, 1e9)])
    assert painted.document.step_names == ("Brush",)


def test_with_shift_a_line_goes_from_where_the_last_stroke_ended(painted: Canvas) -> None:
    painted.editor.set_brush(size=6, hardness=1)
    painted.editor.press(20, 200)
    painted.editor.release()
    painted.editor.press(220, 250, straight=True)
    painted.editor.release()
    mask = mask_of(painted)
    for share in (0, 0.25, 0.5, 0.9, 1):
        assert mask[int(200 + 50 * share), int(20 + 200 * share)] == 255
    assert painted.document.steps_done == 3


def test_the_rubber_of_a_pen_erases_whatever_is_set(painted: Canvas) -> None:
    painted.editor.press(60, 40, erase=True)
    painted.editor.release()
    assert mask_of(painted)[40, 60] == 0
    assert painted.document.undo_name == "Eraser"
    assert not painted.editor.brush.erase


def test_a_brush_beyond_its_limits_is_refused_and_stays(painted: Canvas) -> None:
    with pytest.raises(InvalidRequest, match="Hardness"):
        painted.editor.set_brush(hardness=3.0)
    assert painted.editor.brush.hardness <= 1


@pytest.mark.parametrize("how", ["add", "subtract", "replace", "intersect"])
def test_shapes_are_put_into_the_mask(painted: Canvas, how: str) -> None:
    before = mask_of(painted).astype(int)
    shape = np.zeros_like(before)
    shape[30:90, 50:200] = 255
    painted.editor.fill_path(rectangle(50, 30, 150, 60), how)  # type: ignore[arg-type]
    expected = {
        "add": np.maximum(before, shape),
        "subtract": np.minimum(before, 255 - shape),
        "replace": shape,
        "intersect": np.minimum(before, shape),
    }[how]
    assert (mask_of(painted) == expected).all()
    painted.document.undo()
    assert (mask_of(painted) == before).all()


@given(some.floats(-20, 90), some.floats(-20, 90), some.floats(0.5, 60), some.floats(0.5, 60))
def test_a_shape_s_grey_is_how_much_of_each_pixel_it_covers(
    left: float, top: float, width: float, height: float
) -> None:
    inside = Box(0, 0, 100, 100)
    path = rectangle(left, top, width, height)
    box = box_of_path(path, inside)
    got = np.zeros((100, 100))
    got[box.top : box.bottom, box.left : box.right] = coverage(path, box)
    x = np.clip(np.arange(1, 101), left, left + width) - np.clip(np.arange(100), left, left + width)
    y = np.clip(np.arange(1, 101), top, top + height) - np.clip(np.arange(100), top, top + height)
    assert np.abs(got - y[:, None] * x * 255).max() <= 20  # Qt counts in sixteenths


def test_a_lasso_that_crosses_itself_has_no_holes() -> None:
    path = QPainterPath()
    star = [(50, 5), (80, 95), (5, 35), (95, 35), (20, 95)]
    path.addPolygon(QPolygonF([QPointF(*point) for point in star]))
    path.closeSubpath()
    assert coverage(path, Box(0, 0, 100, 100))[50, 50] == 255


@pytest.mark.parametrize("contiguous", [True, False])
def test_filling_by_colour_takes_what_is_alike(
    canvas: Canvas, tmp_path: Path, contiguous: bool
) -> None:
    picture = Image.new("RGB", (300, 270), "white")
    for left in (20, 100):
        picture.paste((10, 20, 30), (left, 20, left + 40, 60))
    picture.putpixel((25, 25), (12, 22, 28))
    canvas.open(saved(picture, tmp_path / "cat.png"))
    canvas.editor.fill_alike(30, 30, 2, contiguous=contiguous)
    mask = mask_of(canvas)
    assert mask[20:60, 20:60].all()
    assert mask[20:60, 100:140].all() == (not contiguous)
    assert int((mask > 0).sum()) == (1600 if contiguous else 3200)


def test_large_fills_go_to_a_thread_and_come_back_the_same(canvas: Canvas, tmp_path: Path) -> None:
    picture = Image.effect_noise((1500, 900), 30).convert("RGB")
    canvas.open(saved(picture, tmp_path / "cat.png"))
    canvas.editor.fill_alike(700, 400, 60, contiguous=True)
    assert canvas.document.busy
    canvas.settle()
    pixels = canvas.document.picture.pixels
    expected = fills.connected(fills.alike(pixels, 700, 400, 60), 700, 400)
    assert (mask_of(canvas) == expected).all()
    canvas.editor.fill_gradient((0, 0), (1500, 0), how="intersect")
    canvas.settle()
    assert canvas.document.step_names == ("Fill by colour", "Gradient")
    assert (mask_of(canvas) <= expected).all()


def test_a_click_beside_the_picture_fills_nothing(painted: Canvas) -> None:
    for x, y in ((-1, 5), (300, 5), (5, 270)):
        painted.editor.fill_alike(x, y, 255, contiguous=False)
    assert painted.document.step_names == ("Brush",)


def test_a_gradient_is_painted_over_all_of_it(painted: Canvas) -> None:
    painted.editor.fill_gradient((0, 0), (300, 0))
    assert (mask_of(painted) == fills.gradient((270, 300), (0, 0), (300, 0))).all()


def test_all_none_and_the_other_way_round(painted: Canvas) -> None:
    before = mask_of(painted).copy()
    painted.editor.invert()
    assert (mask_of(painted) == ~before).all()
    painted.editor.select_all()
    assert (mask_of(painted) == 255).all()
    painted.editor.clear()
    assert not mask_of(painted).any()
    assert painted.document.step_names == ("Brush", "Invert", "Select all", "Clear")
    painted.editor.clear()  # there is nothing to clear
    assert painted.document.steps_done == 4


@pytest.mark.parametrize("radius", [1, 7, 20])
def test_growing_shrinking_and_feathering_are_those_of_the_whole_mask(
    painted: Canvas, radius: int
) -> None:
    before = mask_of(painted).copy()
    acts = {
        edges.grown: painted.editor.grow_by,
        edges.shrunk: painted.editor.shrink_by,
        edges.feathered: painted.editor.feather_by,
    }
    for work, act in acts.items():
        act(radius)
        painted.settle()
        assert (mask_of(painted) == work(before, radius)).all()
        painted.document.undo()


def test_the_used_mask_is_the_painted_one_grown_and_feathered(painted: Canvas) -> None:
    for grow, feather in ((4, 8), (0, 0), (0, 20), (30, 0)):
        painted.editor.set_edges(grow, feather)
        painted.settle()
        used = edges.feathered(edges.grown(mask_of(painted), grow), feather)
        assert (painted.editor.used.pixels == used).all()
        assert painted.editor.mask_box == box_of(used)
        assert painted.editor.share == pytest.approx((used > 0).mean())
    assert painted.document.steps_done == 1  # no undo steps
    painted.editor.clear()
    painted.settle()
    assert painted.editor.mask_box is None
    assert painted.editor.share == 0
    assert not painted.editor.used.pixels.any()


acts = some.lists(
    some.one_of(
        some.tuples(
            some.just("stroke"),
            some.lists(
                some.tuples(some.floats(-30, 330), some.floats(-30, 300)), min_size=1, max_size=4
            ),
            some.booleans(),
        ),
        some.tuples(some.sampled_from(["undo", "redo", "invert", "clear", "edges", "cancel"])),
    ),
    max_size=6,
)


@settings(max_examples=25)
@given(acts=acts)
def test_after_any_acts_the_mask_shown_is_the_mask_used(
    painted: Canvas, acts: list[tuple[object, ...]]
) -> None:
    editor = painted.editor
    for number, act in enumerate(acts):
        match act:
            case ("stroke", places, erase):
                painted.stroke(places, size=30, erase=erase)  # type: ignore[arg-type]
            case ("undo",):
                painted.document.undo()
            case ("redo",):
                painted.document.redo()
            case ("edges",):
                editor.set_edges(number % 3 * 5, number % 2 * 9)
            case ("cancel",):
                editor.press(100, 100)
                editor.move([(200, 100, 1), (150, 200, 1)])
                editor.cancel()
            case (name,):
                getattr(editor, str(name))()
    painted.settle()
    used = edges.feathered(edges.grown(mask_of(painted), editor.grow), editor.feather)
    assert (editor.used.pixels == used).all()


def test_a_stroke_is_seen_while_it_is_drawn(painted: Canvas) -> None:
    painted.editor.set_edges(0, 10)
    painted.settle()
    painted.editor.press(200, 200)
    painted.editor.move([(210, 200, 1.0), (220, 200, 1.0), (230, 200, 1.0)])
    assert painted.editor.used.pixels[200, 205] == 255
    with painted.told(painted.editor.settled):  # the hand rests
        pass
    assert 0 < painted.editor.used.pixels[200, 200 - 19] < 255
    painted.editor.move([(240, 200, 1.0), (250, 200, 1.0)])
    painted.editor.release()


def test_a_mask_is_saved_and_loaded_to_the_bit(painted: Canvas, tmp_path: Path) -> None:
    painted.editor.set_brush(hardness=0.1)
    painted.stroke([(200.0, 200.0), (240.0, 220.0)], size=60)
    before = mask_of(painted).copy()
    painted.editor.save(tmp_path / "mask.png")
    painted.wait_until((tmp_path / "mask.png").is_file)
    painted.editor.clear()
    painted.editor.load(tmp_path / "mask.png")
    painted.settle()
    assert (mask_of(painted) == before).all()
    assert painted.document.undo_name == "Load mask"


def test_a_mask_is_saved_as_it_was_when_that_was_asked_for(painted: Canvas, tmp_path: Path) -> None:
    before, go_on = mask_of(painted).copy(), Event()
    for _thread in range(2):
        painted.background.read(lambda: go_on.wait(60), lambda _told: None)
    painted.editor.save(tmp_path / "mask.png")
    painted.editor.invert()
    go_on.set()
    painted.wait_until((tmp_path / "mask.png").is_file)
    with Image.open(tmp_path / "mask.png") as image:
        assert (np.asarray(image) == before).all()


@pytest.mark.parametrize("place", ["refuse", "fit", "centre"])
def test_a_mask_of_another_size_is_asked_about(painted: Canvas, tmp_path: Path, place: str) -> None:
    path = saved(Image.new("L", (100, 90), 255), tmp_path / "small.png")
    before = mask_of(painted).copy()
    asked = list[object]()
    painted.editor.size_differs.connect(lambda of, size: asked.extend((of, size)))
    painted.editor.load(path, place=place)
    painted.settle()
    if place == "refuse":
        assert asked == [path, Size(100, 90)]
        assert (mask_of(painted) == before).all()
    elif place == "fit":
        assert (mask_of(painted) == 255).all()
    else:
        assert box_of(mask_of(painted)) == Box(100, 90, 200, 180)


@pytest.mark.parametrize("by", ["alpha", "luminance", "auto"])
def test_the_shape_may_be_in_the_transparency_or_the_brightness(
    painted: Canvas, tmp_path: Path, by: str
) -> None:
    image = noise(mode="RGBA")
    alpha = Image.new("L", image.size, 255)
    alpha.paste(100, (10, 10, 60, 60))
    image.putalpha(alpha)
    painted.editor.load(saved(image, tmp_path / "a.png"), by=by)
    painted.settle()
    grey = image.convert("RGB").convert("L")
    wanted = np.asarray(grey) if by == "luminance" else 255 - np.asarray(alpha)
    assert (mask_of(painted) == wanted).all()


@pytest.mark.parametrize("kind", ["nothing", "folder", "empty", "text", "opaque"])
def test_what_is_no_mask_is_refused_and_the_mask_stays(
    painted: Canvas, tmp_path: Path, kind: str
) -> None:
    path, before = tmp_path / "bad.png", mask_of(painted).copy()
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no mask")
    elif kind == "opaque":
        saved(noise(), path)
    with painted.told(painted.document.refused) as told:
        painted.editor.load(path, by="alpha")
    assert "bad.png" in told.args[0]
    assert (mask_of(painted) == before).all()
    assert not painted.document.busy
