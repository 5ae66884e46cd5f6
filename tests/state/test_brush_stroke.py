"""The stroke of a hand, the same on every layer: begun, drawn, ended, or as if it had not been."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.depth_editor import DepthEditor
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.state.sketch_editor import SketchEditor
from tests.state.canvas import Canvas, noise, saved

LAYERS = ("mask", "sketch", "depth")
Editor = MaskEditor | SketchEditor | DepthEditor


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def editor(canvas: Canvas, layer: str, tmp_path: Path) -> Editor:
    canvas.open(saved(noise((120, 100)), tmp_path / "cat.png"))
    editors: dict[str, Editor] = {
        "mask": canvas.editor,
        "sketch": canvas.sketch,
        "depth": canvas.depth,
    }
    editor = editors[layer]
    editor.set_brush(size=6, hardness=1, opacity=1)
    return editor


def painted(canvas: Canvas, layer: str) -> NDArray[np.bool_]:
    """Return where something was painted."""
    pixels: Pixels = getattr(canvas.document, layer).pixels
    where: NDArray[np.bool_] = pixels.reshape(*pixels.shape[:2], -1).max(axis=2) > 0
    return where


def strokes(editor: Editor) -> bool:
    return editor.stroking


def test_a_stroke_that_is_cancelled_leaves_only_where_a_line_begins(
    canvas: Canvas, layer: str, editor: Editor
) -> None:
    assert editor.press(10, 10)
    editor.move([(60.0, 50.0, 1.0)])
    assert strokes(editor)
    editor.cancel()
    assert not strokes(editor)
    assert not painted(canvas, layer).any()
    assert canvas.document.steps_done == 0
    editor.move([(90.0, 90.0, 1.0)])  # of no stroke
    assert editor.press(60, 90, straight=True)
    editor.release()
    rows, columns = np.nonzero(painted(canvas, layer))
    assert (rows.min() < 55, rows.max() > 85) == (True, True)
    assert (columns.min() > 50, columns.max() < 70) == (True, True)
    assert canvas.document.steps_done == 1


def test_only_one_stroke_is_drawn_and_one_that_has_ended_goes_on_no_more(
    canvas: Canvas, layer: str, editor: Editor
) -> None:
    assert editor.press(10, 10)
    assert not editor.press(80, 80)
    editor.release()
    before = painted(canvas, layer)
    editor.move([(80.0, 80.0, 1.0)])
    editor.release()
    editor.cancel()
    assert np.array_equal(painted(canvas, layer), before)
    assert canvas.document.steps_done == 1
    canvas.document.undo()
    assert not painted(canvas, layer).any()


def test_in_another_document_a_line_begins_where_it_is_pressed(
    canvas: Canvas,
    layer: str,
    editor: Editor,
    tmp_path: Path,
) -> None:
    editor.press(10, 10)
    editor.release()
    canvas.settle()
    canvas.open(saved(noise((120, 100), seed=1), tmp_path / "dog.png"))
    assert editor.press(90, 80, straight=True)
    editor.release()
    rows, columns = np.nonzero(painted(canvas, layer))
    assert (rows.min() > 70, columns.min() > 80) == (True, True)
