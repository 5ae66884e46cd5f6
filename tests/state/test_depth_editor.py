"""The depth of the picture: painted, estimated, loaded, kept, and given to jobs as it is seen."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image
from PySide6.QtGui import QPainterPath

from kandinsky_desktop.domain.borders import Borders
from kandinsky_desktop.domain.document import DepthLook
from kandinsky_desktop.domain.events import DepthEstimated, DepthNotEstimated
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.wire import EstimateDepth
from kandinsky_desktop.engine.depth import depth_map
from kandinsky_desktop.raster.layer import Pixels
from kandinsky_desktop.state.context_frame import JobFiles, WholeFiles
from kandinsky_desktop.state.expansion import Expansion
from tests.state.canvas import Canvas, noise, saved

SEER = Path("/models/seer")


@pytest.fixture
def depth(canvas: Canvas, tmp_path: Path) -> Canvas:
    canvas.open(saved(noise((140, 110)), tmp_path / "cat.png"))
    canvas.frame.set_limits(native=64, largest=256, multiple=8)
    return canvas


def pixels(canvas: Canvas) -> Pixels:
    return canvas.document.depth.pixels.copy()


def exported(canvas: Canvas) -> JobFiles | WholeFiles:
    with canvas.told(canvas.frame.exported) as told:
        canvas.frame.export()
    files = told.args[0]
    assert isinstance(files, JobFiles | WholeFiles)
    return files


def loaded(canvas: Canvas, image: Image.Image, path: Path) -> None:
    canvas.depth.load(saved(image, path))
    canvas.settle()


def test_a_brush_brings_nearer_and_an_eraser_farther_by_their_opacity(depth: Canvas) -> None:
    editor, document = depth.depth, depth.document
    assert document.document.depth == DepthLook()
    for erase, opacity, name, grey in (
        (False, 1.0, "Nearer", 255),
        (True, 0.5, "Farther", 128),
        (True, 1.0, "Farther", 0),
    ):
        editor.set_brush(size=40, hardness=1.0, opacity=opacity)
        editor.press(50, 50, erase=erase)
        editor.move([(60, 50, 1.0)])
        editor.release()
        assert document.undo_name == name
        assert document.depth.pixels[50, 55] == grey
        assert document.document.depth.counts
    document.undo()
    document.undo()
    document.undo()
    assert not document.document.depth.there
    assert not pixels(depth).any()
    editor.press(50, 50)
    editor.cancel()
    assert not document.document.depth.there


def test_near_and_far_are_swapped_and_swapped_back(depth: Canvas, tmp_path: Path) -> None:
    depth.depth.swap()  # there is none
    assert depth.document.steps_done == 0
    loaded(depth, noise((70, 55), "L"), tmp_path / "map.png")  # of another size: stretched
    before = pixels(depth)
    assert before.shape == (110, 140)
    depth.depth.swap()
    assert (pixels(depth) == 255 - before).all()
    depth.depth.swap()
    assert (pixels(depth) == before).all()
    depth.depth.clear()
    assert not depth.document.document.depth.there
    assert not pixels(depth).any()
    depth.document.undo()
    assert (pixels(depth) == before).all()
    depth.depth.set_look(opacity=0.3)
    depth.depth.set_look(opacity=0.4)
    depth.depth.set_look(visible=False)
    depth.depth.set_used(False)
    names = depth.document.step_names[-3:]
    assert names == ("Opacity of the depth", "Hide the depth", "Do not follow the depth")
    look = depth.document.document.depth
    assert (look.opacity, look.strength, look.counts) == (0.4, 0.0, False)


acts = some.lists(
    some.sampled_from(["stroke", "erase", "swap", "path", "gradient", "alike", "undo", "redo"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts, some.integers(0, 80), some.integers(0, 60), some.booleans())
def test_it_reaches_the_engine_as_it_is_shown(
    depth: Canvas, acts: list[str], x: int, y: int, masked: bool
) -> None:
    editor, document = depth.depth, depth.document
    document.go_to(0)
    editor.set_look(opacity=0.3)  # a step: nothing of another example can be done again
    path = QPainterPath()
    path.addEllipse(x, y, 50, 40)
    editor.set_brush(size=30, hardness=0.2, opacity=0.7)
    for act in acts:
        match act:
            case "stroke" | "erase":
                editor.press(x, y, erase=act == "erase")
                editor.move([(x + 30, y + 20, 1.0)])
                editor.release()
            case "swap":
                editor.swap()
            case "path":
                editor.fill_path(path)
            case "gradient":
                editor.fill_gradient((x, y), (x + 50, y + 50))
            case "alike":
                editor.fill_alike(x, y, 90, contiguous=False)
            case "undo":
                document.undo()
            case _:
                document.redo()
        depth.settle()
    if masked:
        depth.stroke([(x, y), (x + 20, y + 10)], size=12.0)
        depth.settle()
    assert document.says_all == document.document.depth.there
    if not document.document.depth.there and not masked:
        return  # nothing says what is to be painted
    files = exported(depth)
    box = files.region.box
    assert isinstance(files, JobFiles if masked else WholeFiles)
    if not document.document.depth.there:
        assert files.depth is None
        return
    assert files.depth is not None
    given_ = np.asarray(depth_map(files.depth, None, files.depth.parent, flip=False))
    assert (given_ == document.depth.part(box)).all()
    assert masked or box == document.picture.box
    editor.set_used(False)
    assert not document.says_all
    assert not masked or exported(depth).depth is None


def test_along_a_depth_alone_the_picture_counts_or_does_not(depth: Canvas, tmp_path: Path) -> None:
    loaded(depth, noise((140, 110), "L"), tmp_path / "map.png")
    extrema = []
    for blank in (False, True):
        with depth.told(depth.frame.exported) as told:
            depth.frame.export(blank=blank)
        with Image.open(told.args[0].picture) as picture:
            assert picture.size == (told.args[0].region.work.width, told.args[0].region.work.height)
            extrema.append(picture.convert("L").getextrema())
    assert extrema[0] != extrema[1] == (127, 127)


def test_it_outlives_a_crash_and_a_save(depth: Canvas, tmp_path: Path) -> None:
    document = depth.document
    loaded(depth, noise((140, 110), "L"), tmp_path / "map.png")
    depth.depth.set_look(opacity=0.25)
    shown = pixels(depth)
    depth.written()
    shutil.copytree(document.folder, tmp_path / "crashed")
    with depth.told(document.saved):
        document.save(tmp_path / "cat.ora")
    look = document.document.depth
    depth.recover(tmp_path / "crashed")
    assert (pixels(depth) == shown).all()
    assert document.document.depth == look
    depth.open(tmp_path / "cat.ora")
    assert (pixels(depth) == shown).all()
    assert document.document.depth == look
    assert (depth.pixels()[..., ::-1][..., 1:] == np.asarray(noise((140, 110)))).all()
    assert depth.remarks == []


def test_an_estimate_is_asked_for_once_and_taken_where_it_belongs(
    depth: Canvas, tmp_path: Path
) -> None:
    editor, asked = depth.depth, list[EstimateDepth]()
    editor.estimate_requested.connect(asked.append)
    editor.estimate()
    assert "put a DPT or Depth Anything folder" in depth.refusals[0]
    editor.estimators = (SEER,)
    editor.estimate()
    editor.estimate()
    depth.wait_until(lambda: bool(asked))
    with Image.open(asked[0].picture) as picture:
        assert picture.tobytes() == noise((140, 110)).tobytes()
    found = saved(noise((140, 110), "L", seed=3), tmp_path / "map.png")
    editor.on_event(DepthEstimated(tmp_path / "another.png", found))
    depth.wait_until(lambda: editor.awaited)
    editor.on_event(DepthEstimated(asked[0].picture, found))
    depth.settle()
    assert (pixels(depth) == np.asarray(noise((140, 110), "L", seed=3))).all()
    assert depth.document.step_names == ("Estimate the depth",)
    editor.estimate()
    depth.wait_until(lambda: len(asked) == 2)
    editor.on_event(DepthNotEstimated(asked[1].picture, "It is too dark."))
    assert depth.refusals[1:] == ["It is too dark."]
    assert len(asked) == 2
    editor.estimate()
    depth.wait_until(lambda: len(asked) == 3)
    depth.document.undo()
    depth.open(saved(noise((99, 99)), tmp_path / "dog.png"))
    editor.on_event(DepthEstimated(asked[2].picture, found))
    depth.settle()
    assert not depth.document.document.depth.there


def test_borders_are_painted_along_a_depth_that_goes_on_at_its_sides(
    depth: Canvas, tmp_path: Path
) -> None:
    expansion = Expansion(depth.background, depth.document)
    expansion.set_limits(native=64, largest=256, multiple=8)
    loaded(depth, noise((140, 110), "L"), tmp_path / "map.png")
    expansion.set(Borders(left=20, bottom=7))
    with depth.told(expansion.exported) as told:
        expansion.export()
    with Image.open(told.args[0].depth) as map_:
        along = np.asarray(map_)
    shown = pixels(depth)
    assert along.shape == (117, 160)
    assert (along[:110, 20:] == shown).all()
    assert (along[:110, :20] == shown[:, :1]).all()
    assert (along[110:, 20:] == shown[-1]).all()
    assert Box(0, 0, 160, 117).size == expansion.size
