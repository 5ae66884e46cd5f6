"""What a job gets of the document, and what becomes of its results."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import LayerLook
from kandinsky_desktop.domain.region import Box, region_around
from kandinsky_desktop.raster import edges
from kandinsky_desktop.raster.layer import Pixels, halved
from kandinsky_desktop.state.context_frame import JobFiles, WholeFiles
from kandinsky_desktop.store import pictures
from tests.state.canvas import Canvas, noise, saved


@pytest.fixture
def masked(canvas: Canvas, tmp_path: Path) -> Canvas:
    """A picture of 300 × 270 with a soft stroke on its mask."""
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.frame.set_limits(native=64, largest=256, multiple=16)
    canvas.stroke(size=40, hardness=0.2)
    canvas.settle()
    return canvas


def pixels_of(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.array(image)


def result(files: JobFiles, seed: int = 5) -> Image.Image:
    """Paint anew what the mask takes, as the engine would."""
    size = files.region.box.size
    source = pixels_of(files.picture)
    inside = edges.grown(pixels_of(files.mask), files.edges.grow) > 0
    source[inside] = np.asarray(noise((size.width, size.height), seed=seed))[inside]
    return Image.fromarray(source)


def test_the_frame_is_the_region_that_the_engine_would_take(masked: Canvas) -> None:
    box = masked.editor.mask_box
    assert box is not None
    limits = {"native": 64, "largest": 256, "multiple": 16}
    assert masked.frame.region == region_around(box, Size(300, 270), padding=32, **limits)
    masked.frame.set_padding(5)
    assert masked.frame.region == region_around(box, Size(300, 270), padding=5, **limits)


def test_a_frame_by_hand_holds_the_mask_and_stays_in_the_picture(masked: Canvas) -> None:
    box = masked.editor.mask_box
    assert box is not None
    told = list[int]()
    masked.frame.changed.connect(lambda: told.append(1))
    masked.frame.drag(Box(-50, 40, 9000, 60))
    assert masked.frame.box == Box(0, box.top, 300, max(box.bottom, 60))
    assert (masked.frame.by_hand, bool(told)) == (True, True)
    masked.stroke([(150.0, 260.0)], size=10)
    masked.settle()
    frame = masked.frame.box
    assert frame is not None
    assert frame.bottom > 260  # it holds what is painted later
    masked.frame.reset()
    assert masked.frame.by_hand is False
    masked.editor.clear()
    masked.settle()
    masked.frame.drag(Box(0, 0, 10, 10))
    assert [masked.frame.region] == [None]  # there is no mask


def test_what_is_transparent_stays_so_to_the_bit_where_all_is_painted_anew(
    canvas: Canvas, tmp_path: Path
) -> None:
    logo, opacity = noise(), Image.new("L", (300, 270), 0)
    opacity.paste(255, (60, 50, 200, 180))
    logo.putalpha(opacity)
    canvas.open(saved(logo, tmp_path / "logo.png"))
    canvas.frame.set_limits(native=64, largest=256, multiple=16)
    canvas.sketch.press(240.0, 220.0)  # what is sketched beside it is seen, and so it stays
    canvas.sketch.release()
    seen = canvas.document.flattened()[..., 3].copy()
    assert (seen != np.asarray(opacity)).any()
    with canvas.told(canvas.frame.exported) as told:
        canvas.frame.export()
    files = told.args[0]
    assert isinstance(files, WholeFiles)
    across = files.region.work.width, files.region.work.height
    assert across != (300, 270)
    canvas.stage(noise(across, seed=9), files, tmp_path / "painted.png")
    canvas.staged.accept()
    assert np.array_equal(canvas.document.picture.pixels[..., 3], seen)
    assert not canvas.document.sketched


def test_the_files_of_a_job_are_the_document_s_bytes_in_the_box(masked: Canvas) -> None:
    files = masked.export()
    box = files.region.box
    assert (pixels_of(files.mask) == masked.document.mask.part(box)).all()
    assert (pixels_of(files.picture) == np.asarray(noise().crop(box.corners))).all()
    assert files.content == masked.document.document.content
    again = masked.export()
    assert (again.picture, again.mask) == (files.picture, files.mask)  # named by content
    masked.stroke([(100.0, 60.0)], size=10, erase=True)
    masked.settle()
    assert masked.export().mask != files.mask


def test_without_a_mask_there_is_nothing_to_paint_and_that_is_said(
    canvas: Canvas, tmp_path: Path
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.frame.export()
    assert "Paint the part first" in canvas.refusals[-1]


def test_a_disk_that_takes_no_files_is_said(masked: Canvas) -> None:
    (masked.root / "regions").parent.mkdir(exist_ok=True)
    (masked.root / "regions").touch()
    with masked.told(masked.frame.refused) as told:
        masked.frame.export()
    assert "regions" in told.args[0]


def test_an_accepted_fill_is_one_step_and_nothing_outside_changes(
    masked: Canvas, tmp_path: Path
) -> None:
    before, painted = masked.pixels().copy(), masked.document.mask.pixels.copy()
    files = masked.export()
    masked.stage(result(files), files, tmp_path / "one.png")
    fill = masked.staged.current
    assert fill is not None
    assert fill.changed_outside == 0
    with masked.told(masked.staged.accepted) as told:
        masked.staged.accept()
    accepted = told.args[0]
    after = masked.pixels()
    inside = np.zeros(before.shape[:2], bool)
    box = files.region.box
    part = painted[box.top : box.bottom, box.left : box.right]
    inside[box.top : box.bottom, box.left : box.right] = edges.grown(part, 4) > 0
    changed = (after != before).any(2)
    assert not changed[~inside].any()
    assert (accepted.changed, accepted.changed_outside) == (int(changed.sum()), 0)
    assert masked.document.document.accepted[0].box == box
    assert masked.staged.fills == ()
    assert not masked.document.mask.pixels.any()  # it has done its work
    masked.document.undo()
    assert (masked.pixels() == before).all()
    assert (masked.document.mask.pixels == painted).all()
    assert masked.document.document.accepted == ()
    masked.document.redo()
    assert (masked.pixels() == after).all()


def test_a_result_that_changed_what_it_should_not_is_told_and_not_taken_over(
    masked: Canvas, tmp_path: Path
) -> None:
    before = masked.pixels().copy()
    files = masked.export()
    spoiled = result(files)
    corner = spoiled.getpixel((0, 0))
    assert isinstance(corner, tuple)
    spoiled.putpixel((0, 0), (corner[0] ^ 1, corner[1], corner[2]))
    masked.stage(spoiled, files, tmp_path / "one.png")
    assert masked.staged.current is not None
    assert masked.staged.current.changed_outside == 1
    masked.staged.accept()
    box = files.region.box
    assert (masked.pixels()[box.top, box.left] == before[box.top, box.left]).all()


def test_transparency_stays_where_nothing_is_painted_anew(canvas: Canvas, tmp_path: Path) -> None:
    canvas.open(saved(noise(mode="RGBA"), tmp_path / "cat.png"))
    canvas.stroke(size=40)
    canvas.settle()
    before = canvas.pixels().copy()
    files = canvas.export()
    source = pixels_of(files.picture)
    assert source.shape[2] == 4
    inside = edges.grown(pixels_of(files.mask), files.edges.grow) > 0
    source[inside] = (1, 2, 3, 255)
    canvas.stage(Image.fromarray(source), files, tmp_path / "one.png")
    canvas.staged.accept()
    after, box = canvas.pixels(), files.region.box
    part = after[box.top : box.bottom, box.left : box.right]
    assert (part[inside] == (3, 2, 1, 255)).all()
    kept = np.ones(after.shape[:2], bool)
    kept[box.top : box.bottom, box.left : box.right] = ~inside
    assert (after[kept] == before[kept]).all()


def test_results_are_stepped_through_chosen_and_discarded(masked: Canvas, tmp_path: Path) -> None:
    staged, files, told = masked.staged, masked.export(), list[Box]()
    staged.shown_changed.connect(told.append)
    for seed in (1, 2, 3):
        masked.stage(result(files, seed), files, tmp_path / f"{seed}.png")
    first, second, third = staged.fills
    seen = [staged.current]
    for by in (-1, 1, 1):
        staged.step(by)
        seen.append(staged.current)
    assert seen == [first, third, first, second]
    shown = []
    for act in (lambda: staged.show_original(True), lambda: staged.choose(0)):
        act()
        shown.append(staged.showing_original)
    assert shown == [True, False]
    staged.discard()
    assert (staged.fills, staged.current) == ((second, third), second)
    staged.discard_all()
    assert [*staged.fills] == []
    assert (tmp_path / "1.png").exists()
    assert set(told) == {files.region.box}
    staged.accept()
    staged.discard()
    staged.step(1)  # with none there is nothing to do
    assert masked.document.steps_done == 1


def test_a_fill_has_smaller_copies_to_be_shown_from(masked: Canvas, tmp_path: Path) -> None:
    files = masked.export()
    masked.stage(result(files), files, tmp_path / "one.png")
    assert masked.staged.current is not None
    layer = masked.staged.current.layer
    assert (layer.smaller(1) == halved(layer.pixels)).all()


@pytest.mark.parametrize("kind", ["nothing", "text", "size"])
def test_a_result_that_cannot_be_shown_is_said(masked: Canvas, tmp_path: Path, kind: str) -> None:
    files, path = masked.export(), tmp_path / "bad.png"
    if kind == "text":
        path.write_text("no picture")
    elif kind == "size":
        saved(noise((9, 9)), path)
    with masked.told(masked.staged.refused) as told:
        masked.staged.add(path, files)
    assert "bad.png" in told.args[0]


def test_results_of_a_document_that_was_closed_do_not_come_up(
    masked: Canvas, tmp_path: Path
) -> None:
    files = masked.export()
    path = saved(result(files), tmp_path / "one.png")
    masked.open(saved(noise(seed=9), tmp_path / "dog.png"))
    masked.staged.add(path, files)
    masked.written()
    masked.qtbot.wait(100)
    assert masked.staged.fills == ()


def test_a_preview_is_shown_until_a_result_is_there(masked: Canvas, tmp_path: Path) -> None:
    files = masked.export()
    masked.staged.show_preview(QImage(8, 8, QImage.Format.Format_RGB32), files.region.box)
    assert masked.staged.preview is not None
    masked.stage(result(files), files, tmp_path / "one.png")
    assert masked.staged.preview is None


def test_files_of_jobs_outlive_their_document(masked: Canvas) -> None:
    """Until no picture names them: tests/store/test_regions.py."""
    files = masked.export()
    masked.document.close(discard=True)
    masked.written()
    assert files.picture.exists()
    assert files.mask.exists()


def test_a_profile_goes_with_the_files_of_a_job(canvas: Canvas, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    canvas.open(saved(noise(), tmp_path / "cat.png", icc_profile=profile))
    canvas.stroke(size=40)
    canvas.settle()
    assert pictures.open_whole(canvas.export().picture).profile == profile


def test_a_fill_is_painted_from_the_sketch_and_takes_its_place(
    masked: Canvas, tmp_path: Path
) -> None:
    document = masked.document
    with document.step("Scribble"):
        document.sketch.changing(document.sketch.box)[...] = (20, 90, 200, 255)
    document.set_look(LayerLook(opacity=0.5), "Opacity")
    files = masked.export()
    box = files.region.box
    seen = document.flattened(box)
    assert (pixels_of(files.picture) == seen[..., 2::-1]).all()
    masked.stage(result(files), files, tmp_path / "result.png")
    assert masked.staged.current is not None
    inside = masked.staged.current.composite != 0
    with masked.told(masked.staged.accepted) as told:
        masked.staged.accept()
    assert told.args[0].changed_outside == 0
    now = document.flattened(box)
    assert (now[~inside] == seen[~inside]).all()
    assert (now[inside][:, 2::-1] == pixels_of(tmp_path / "result.png")[inside]).all()
    sketch = document.sketch.part(box)
    assert not sketch[inside].any()
    assert (sketch[~inside] == (20, 90, 200, 255)).all()
    document.undo()
    assert (document.flattened(box) == seen).all()
    document.set_look(LayerLook(visible=False), "Hide")  # what is hidden is not used up
    masked.stage(result(files), files, tmp_path / "again.png")
    masked.staged.accept()
    assert (document.sketch.pixels == (20, 90, 200, 255)).all()
