"""What is done on the canvas while long work goes on: it waits its turn, and nothing is lost."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.events import DepthEstimated
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.state.collage import Collage
from kandinsky_desktop.state.depth_editor import DepthEditor
from kandinsky_desktop.state.expansion import Expansion
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.state.sketch_editor import SketchEditor
from tests.state.canvas import Canvas, noise, saved

LARGE = (1200, 1000)  # is worked on in a thread
FIRST = [(100.0, 100.0), (300.0, 250.0)]
SECOND = [(200.0, 600.0), (500.0, 400.0), (600.0, 700.0)]


@pytest.fixture
def large(canvas: Canvas, tmp_path: Path) -> Canvas:
    canvas.open(saved(noise(LARGE), tmp_path / "cat.png"))
    return canvas


def fill(canvas: Canvas) -> None:
    canvas.editor.fill_alike(5, 5, 60, contiguous=False)


def draw_and_invert(canvas: Canvas) -> None:
    canvas.stroke(FIRST, size=40)
    canvas.editor.invert()
    canvas.stroke(SECOND, size=20)


def test_strokes_and_acts_follow_long_work_in_the_order_of_the_hand(
    large: Canvas, tmp_path: Path
) -> None:
    fill(large)
    large.settle()
    draw_and_invert(large)
    names, mask = large.document.step_names, large.document.mask.pixels.copy()
    large.open(tmp_path / "cat.png")
    fill(large)
    assert large.document.busy
    draw_and_invert(large)
    assert large.document.busy
    assert not large.document.step_names
    large.wait_until(lambda: large.document.step_names == names)
    assert (large.document.mask.pixels == mask).all()


@pytest.mark.parametrize("target", ["mask", "sketch", "depth"])
def test_a_stroke_in_hand_as_long_work_ends_goes_on(large: Canvas, target: str) -> None:
    editors: dict[str, MaskEditor | SketchEditor | DepthEditor]
    editors = {"mask": large.editor, "sketch": large.sketch, "depth": large.depth}
    editor, layer = editors[target], getattr(large.document, target)
    editor.set_brush(size=30.0)
    fill(large)
    assert editor.press(*FIRST[0])
    editor.move([(*FIRST[1], 1.0)])
    assert not editor.press(5, 5)  # one hand, one stroke
    large.wait_until(lambda: editor.stroking)
    editor.move([(*SECOND[0], 1.0)])
    editor.release()
    assert len(large.document.step_names) == 2
    for x, y in (*FIRST, SECOND[0]):
        assert layer.pixels[int(y), int(x)].any()


def test_a_cancelled_stroke_is_not_drawn_afterwards(large: Canvas) -> None:
    fill(large)
    large.stroke(FIRST, size=9)
    large.editor.press(*SECOND[0])
    large.editor.cancel()
    large.wait_until(lambda: len(large.document.step_names) == 2)
    large.qtbot.wait(50)
    assert large.document.step_names == ("Fill by colour", "Brush")
    assert not large.editor.stroking


def test_what_was_drawn_stays_when_long_work_is_cancelled(large: Canvas) -> None:
    fill(large)
    large.stroke(FIRST, size=9)
    large.document.cancel_work()
    large.wait_until(lambda: large.document.step_names == ("Brush",))


def test_undo_takes_back_what_was_drawn_during_long_work(large: Canvas) -> None:
    fill(large)
    before = time.monotonic()
    large.stroke(FIRST, size=9)
    asked = large.document.changed_at
    assert asked is not None  # so undo is for the canvas, not for what was changed elsewhere before
    assert asked >= before
    large.document.undo()
    large.stroke(SECOND, size=9)
    large.document.undo()
    large.document.redo()
    large.settle()
    large.wait_until(lambda: large.document.steps_done == 2)
    large.qtbot.wait(50)
    assert large.document.step_names == ("Fill by colour", "Brush")
    assert large.document.mask.pixels[int(SECOND[0][1]), int(SECOND[0][0])] == 255


def test_a_layer_is_shown_as_was_asked_during_long_work(large: Canvas) -> None:
    fill(large)
    large.sketch.set_look(opacity=0.5)
    large.sketch.set_look(visible=False)
    large.depth.set_used(not large.document.document.depth.used)
    was = large.document.document.depth.used
    large.wait_until(lambda: large.document.document.depth.used != was)
    look = large.document.document.sketch
    assert (look.opacity, look.visible) == (0.5, False)


def test_a_stroke_has_the_colour_and_the_brush_that_it_was_drawn_with(large: Canvas) -> None:
    large.sketch.set_colour((200, 10, 20))
    large.sketch.set_brush(size=30.0)
    fill(large)
    large.sketch.press(*FIRST[0])
    large.sketch.release()
    large.sketch.set_colour((0, 0, 255))
    large.sketch.set_brush(size=2.0)
    large.wait_until(lambda: len(large.document.step_names) == 2)
    x, y = map(int, FIRST[0])
    assert large.document.sketch.pixels[y, x + 8].tolist() == [20, 10, 200, 255]


def close(canvas: Canvas, _tmp_path: Path) -> None:
    canvas.document.close(discard=False)


def open_another(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise((50, 40)), tmp_path / "dog.png"))


@pytest.mark.parametrize("leave", [close, open_another])
def test_what_waits_is_done_before_the_document_is_left(
    large: Canvas, tmp_path: Path, leave: Callable[[Canvas, Path], None]
) -> None:
    folder = large.document.folder
    fill(large)
    large.stroke(FIRST, size=9)
    fill(large)  # takes long: it is not begun any more
    large.stroke(SECOND, size=9)
    leave(large, tmp_path)
    large.settle()
    large.recover(folder)
    assert large.document.step_names == ("Brush", "Brush")
    assert large.document.mask.pixels[int(SECOND[0][1]), int(SECOND[0][0])] == 255


def test_an_estimated_depth_that_comes_during_long_work_is_taken_after_it(
    large: Canvas, tmp_path: Path
) -> None:
    large.depth.estimators = (tmp_path / "estimator",)
    with large.told(large.depth.estimate_requested) as told:
        large.depth.estimate()
    found = saved(Image.new("L", LARGE, 77), tmp_path / "depth.png")
    fill(large)
    assert large.document.busy
    large.depth.on_event(DepthEstimated(told.args[0].picture, found))
    large.wait_until(lambda: len(large.document.step_names) == 2)
    assert np.unique(large.document.depth.pixels).tolist() == [77]


def test_a_fill_that_is_accepted_during_long_work_becomes_a_step_after_it(
    large: Canvas, tmp_path: Path
) -> None:
    large.stroke(FIRST, size=40)
    large.settle()
    files = large.export()
    size = files.region.box.size.width, files.region.box.size.height
    large.stage(noise(size, seed=5), files, tmp_path / "a fill.png")
    before = large.document.picture.pixels.copy()
    fill(large)
    large.staged.accept()
    large.staged.accept()
    assert (large.refusals, len(large.staged.fills)) == ([], 1)  # it is still seen
    large.stroke(SECOND, size=9)
    large.wait_until(lambda: len(large.document.step_names) == 4)
    assert large.document.step_names == ("Brush", "Fill by colour", "Fill", "Brush")
    assert not large.staged.fills
    assert (large.document.picture.pixels != before).any()
    large.document.go_to(2)
    assert (large.document.picture.pixels == before).all()


def test_a_fill_that_is_discarded_before_its_turn_is_not_accepted(
    large: Canvas, tmp_path: Path
) -> None:
    large.stroke(FIRST, size=40)
    large.settle()
    files = large.export()
    size = files.region.box.size.width, files.region.box.size.height
    large.stage(noise(size, seed=5), files, tmp_path / "a fill.png")
    fill(large)
    large.staged.accept()
    large.staged.discard()
    large.wait_until(lambda: not large.document.busy)
    large.qtbot.wait(50)
    assert large.document.step_names == ("Brush", "Fill by colour")


def test_borders_are_seen_at_once_during_long_work_and_kept_after_it(large: Canvas) -> None:
    expansion = Expansion(large.background, large.document)
    expansion.refused.connect(large.refusals.append)
    expansion.set_limits(native=512, largest=768, multiple=16)
    fill(large)
    expansion.drag(Box(0, 0, 1300, 1000))
    assert expansion.borders == Borders(right=100)
    expansion.release()
    assert (expansion.borders, large.document.step_names) == (Borders(right=100), ())
    expansion.set(Borders(left=50))
    assert expansion.borders == Borders(left=50)
    large.wait_until(lambda: len(large.document.step_names) == 3)
    assert large.document.step_names == ("Fill by colour", "Borders", "Borders")
    assert (expansion.borders, large.refusals) == (Borders(left=50), [])
    large.document.undo()
    assert expansion.borders == Borders(right=100)


def test_a_picture_is_moved_and_put_down_during_long_work(large: Canvas, tmp_path: Path) -> None:
    collage = Collage(large.background, large.document)
    collage.place_file(saved(noise((80, 60), seed=2), tmp_path / "over.png"))
    large.wait_until(lambda: collage.box is not None)
    box = collage.box
    assert box is not None
    fill(large)
    collage.drag(box.moved(30, 5))
    collage.release()
    collage.nudge(1, 0)
    collage.nudge(1, 0)
    assert collage.box == box.moved(32, 5)
    assert large.document.busy
    assert collage.put_down()
    assert collage.box is not None  # it is seen until then
    large.wait_until(lambda: collage.box is None)
    assert large.document.step_names[1:] == (
        "Fill by colour", "Move the picture", "Nudge the picture", "Put the picture down",
    )  # fmt: skip
    assert large.document.sketch.painted_box() == box.moved(32, 5)


def test_where_a_picture_was_to_lie_is_forgotten_with_the_document(
    large: Canvas, tmp_path: Path
) -> None:
    collage, folder = Collage(large.background, large.document), large.document.folder
    collage.place_file(saved(noise((80, 60), seed=2), tmp_path / "over.png"))
    large.wait_until(lambda: collage.box is not None)
    box = collage.box
    assert box is not None
    fill(large)
    collage.nudge(1, 0)
    large.document.close(discard=False)
    assert [collage.box] == [None]
    large.recover(folder)
    assert collage.box == box.moved(1, 0)


def test_steps_are_gone_back_to_after_long_work(large: Canvas) -> None:
    large.stroke(FIRST, size=9)
    large.stroke(SECOND, size=9)
    fill(large)
    large.document.go_to(1)
    large.wait_until(lambda: large.document.steps_done == 1)
    assert large.document.step_names == ("Brush", "Brush", "Fill by colour")
