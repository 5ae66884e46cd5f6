"""Borders by hand: dragged, undone, painted window by window, accepted."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.state.expansion import BorderFiles, Expansion
from tests.state.canvas import Canvas, noise, saved


@pytest.fixture
def expansion(canvas: Canvas, tmp_path: Path) -> Expansion:
    canvas.open(saved(noise((128, 96)), tmp_path / "cat.png"))
    made = Expansion(canvas.background, canvas.document)
    made.refused.connect(canvas.refusals.append)
    made.set_limits(native=128, largest=256, multiple=16)
    return made


def exported(canvas: Canvas, expansion: Expansion) -> BorderFiles:
    with canvas.told(expansion.exported) as told:
        expansion.export()
    files = told.args[0]
    assert isinstance(files, BorderFiles)
    return files


def test_each_drag_is_one_step_and_its_windows_are_shown_while_it_goes_on(
    canvas: Canvas, expansion: Expansion
) -> None:
    document, heard = canvas.document, list[int]()
    expansion.changed.connect(lambda: heard.append(len(expansion.windows)))
    for right in (130, 200, 260):
        expansion.drag(Box(0, 0, right, 96))
    assert (heard, document.step_names) == ([1, 2, 3], ())
    boxes = [Box(64, 0, 192, 96), Box(128, 0, 256, 96), Box(132, 0, 260, 96)]
    assert expansion.windows == boxes
    expansion.release()
    expansion.release()
    assert document.step_names == ("Borders",)
    assert expansion.size == Size(260, 96)
    expansion.drag(Box(-40, -30, 260, 96))
    assert [box.left < 0 or box.top < 0 for box in expansion.windows].count(True) >= 2
    assert expansion.cancel()
    assert not expansion.cancel()
    assert expansion.borders == Borders(right=132)
    document.undo()
    assert not expansion.any
    assert expansion.regions == []
    expansion.drag(Box(-8, 0, 128, 96))
    expansion.release()
    assert document.step_names == ("Borders",)
    assert expansion.borders == Borders(left=8)
    document.undo()
    document.redo()
    assert expansion.borders == Borders(left=8)
    expansion.set(Borders(left=8))
    assert document.steps_done == 1  # typing what stands there is no step


def test_beyond_the_limits_a_sentence_is_said_once_and_the_last_borders_stay(
    canvas: Canvas, expansion: Expansion
) -> None:
    expansion.drag(Box(0, 0, 400, 96))
    for right in (40_000, 50_000):
        expansion.drag(Box(0, 0, right, 96))
    assert expansion.borders == Borders(right=272)
    assert canvas.refusals == []
    expansion.release()
    assert len(canvas.refusals) == 1
    expansion.set(Borders(left=32_700))
    assert "32828 × 96 pixels" in canvas.refusals[1]
    expansion.set(Borders(left=20_000, bottom=20_000))
    assert "at most 100 million" in canvas.refusals[2]
    assert expansion.borders == Borders(right=272)


def test_a_picture_that_grew_waits_and_is_accepted_in_one_step(
    canvas: Canvas, expansion: Expansion, tmp_path: Path
) -> None:
    document, staged = canvas.document, canvas.staged
    canvas.stroke()
    mask, before = document.mask.pixels.tobytes(), document.picture.pixels.copy()
    borders = Borders(left=16, top=8, right=40)
    expansion.set(borders)
    files = exported(canvas, expansion)
    with Image.open(files.picture) as picture:
        assert picture.tobytes() == noise((128, 96)).tobytes()
    grown = Image.new("RGB", (184, 104), "orange")
    grown.paste(noise((128, 96)), (16, 8))
    with canvas.told(staged.changed):
        staged.add(saved(grown, tmp_path / "grown.png"), files)
    fill = staged.current
    assert fill is not None
    assert (fill.box, fill.changed_outside, fill.borders) == (Box(-16, -8, 168, 96), 0, borders)
    with canvas.told(staged.accepted) as told:
        staged.accept()
    assert told.args[0].changed == 184 * 104 - 128 * 96
    assert document.step_names[-1] == "Expand"
    assert document.size == Size(184, 104)
    inner = Box(16, 8, 144, 104)
    assert (document.picture.part(inner) == before).all()
    assert document.mask.part(inner).tobytes() == mask  # it is for the next fill
    assert (document.picture.pixels[:8, :, :3] == (0, 165, 255)).all()
    assert not expansion.any
    assert not staged.fills
    canvas.settle()
    assert canvas.frame.box is not None
    assert document.picture.box.holds(canvas.frame.box)
    document.undo()
    assert (document.size, expansion.borders) == (Size(128, 96), borders)
    assert (document.picture.pixels == before).all()
    document.undo()
    expansion.drag(Box(0, 0, 128, 120))
    expansion.release()
    assert expansion.borders == Borders(bottom=24)


def test_one_pixel_that_changed_within_is_counted(
    canvas: Canvas, expansion: Expansion, tmp_path: Path
) -> None:
    expansion.set(Borders(right=8))
    files = exported(canvas, expansion)
    grown = Image.new("RGB", (136, 96))
    grown.paste(noise((128, 96)), (0, 0))
    grown.putpixel((127, 95), (1, 2, 3))
    with canvas.told(canvas.staged.changed):
        canvas.staged.add(saved(grown, tmp_path / "grown.png"), files)
    assert canvas.staged.current is not None
    assert canvas.staged.current.changed_outside == 1
    with canvas.told(canvas.staged.refused) as told:
        canvas.staged.add(saved(noise((99, 99)), tmp_path / "other.png"), files)
    assert "99 × 99 pixels" in told.args[0]


def test_previews_stay_until_the_same_window_is_painted_again(
    canvas: Canvas, expansion: Expansion
) -> None:
    expansion.set(Borders(right=132))
    first, second, third = expansion.windows
    images = {box: QImage(4, 4, QImage.Format.Format_RGB32) for box in (first, second, third)}
    for box in (first, second, third):
        expansion.show_preview(images[box], box)
    assert [*expansion.previews] == [first, second, third]
    expansion.show_preview(images[first], first)  # of the next picture
    assert [*expansion.previews] == [first]
    expansion.show_preview(images[first], Box(0, 0, 5, 5))
    assert [*expansion.previews] == [first]
    canvas.document.undo()
    assert expansion.previews == {}
    assert np.shape(canvas.pixels())[:2] == (96, 128)
