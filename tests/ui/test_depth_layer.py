"""The depth over a picture in the canvas room: the real window, the real engine, real events."""

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.task import Img2Img
from tests.state.canvas import noise, saved
from tests.ui.canvas_painter import CTRL, LEFT, NONE, Key, Painter
from tests.ui.driver import Driver


def test_depth_is_painted_seen_swapped_by_a_key_and_followed(
    driver: Driver, tmp_path: Path
) -> None:
    painter = Painter(driver)
    white = Image.new("RGB", (128, 128), "white")
    painter.open(saved(white, tmp_path / "white.png"))
    canvas, room, view = painter.canvas, painter.room, painter.room.desk.view
    document, panel = canvas.document, room.depth_panel
    assert not panel.isVisible()

    def seen(x: float, y: float) -> int:
        QApplication.processEvents()
        shot, at = view.grab().toImage(), painter.at(x, y)
        ratio = view.devicePixelRatioF()
        point = QPoint(round(at.x() * ratio), round(at.y() * ratio))
        return shot.pixelColor(point).red()

    def stroke() -> None:
        QTest.mousePress(view, LEFT, NONE, painter.at(40, 64))
        QTest.mouseMove(view, painter.at(80, 64))
        QTest.mouseRelease(view, LEFT, NONE, painter.at(80, 64))

    painter.key(Key.Key_D)
    driver.until(lambda: room.gestures.target == "depth")
    assert panel.isVisible()
    assert not panel.buttons["depth_swap"].isEnabled()
    canvas.depth.set_brush(size=40, hardness=1.0, opacity=1.0)
    stroke()
    depth = document.depth.pixels
    assert (depth[64, 45], depth[10, 10]) == (255, 0)
    assert document.undo_name == "Nearer"
    assert not document.mask.pixels.any()
    driver.until(lambda: abs(seen(10, 10) - 102) <= 2)  # white under black of 60 %
    assert seen(45, 64) == 255
    painter.key(Key.Key_N)
    depth = document.depth.pixels
    assert (depth[64, 45], depth[10, 10]) == (0, 255)
    driver.until(lambda: abs(seen(45, 64) - 102) <= 2)
    panel.opacity_changed.emit(1.0)
    driver.until(lambda: seen(45, 64) == 0)
    painter.key(Key.Key_Z, CTRL)
    painter.key(Key.Key_Z, CTRL)
    assert document.depth.pixels[64, 45] == 255
    driver.click(panel.buttons["depth_swap"])
    painter.key(Key.Key_Q)
    assert not document.document.depth.visible
    driver.until(lambda: seen(45, 64) == 255)
    shown = document.depth.pixels.copy()
    assert room.problem == "Type what you want to see first."
    assert room.bar.run_button.accessibleName() == "Paint anew"
    painter.fill("a red cat", 1)
    fill = canvas.fills.current
    assert fill is not None
    assert fill.record is not None
    request = fill.record.request
    assert isinstance(request.task, Img2Img)
    assert request.depth is not None
    with Image.open(request.depth.path) as followed:
        assert (np.asarray(followed) == shown).all()
    assert fill.box == document.picture.box
    assert room.gestures.tool == "brush"
    painter.key(Key.Key_Return)
    assert (document.picture.pixels[..., :3] != 255).any()
    assert (document.depth.pixels == shown).all()
    painter.key(Key.Key_D)
    driver.until(lambda: room.gestures.target == "mask")


def test_a_map_of_another_size_is_stretched_and_a_hole_is_painted_along_its_part(
    driver: Driver, tmp_path: Path
) -> None:
    painter = Painter(driver)
    painter.open(saved(noise((256, 192)), tmp_path / "cat.png"))
    canvas = painter.canvas
    canvas.depth.load(saved(noise((64, 48), "L"), tmp_path / "map.png"))
    driver.until(lambda: canvas.document.document.depth.there)
    canvas.editor.set_brush(size=30, hardness=1.0)
    painter.stroke((60, 60), (100, 60))
    driver.until(lambda: canvas.editor.is_settled)
    box = canvas.frame.box
    assert box is not None
    painter.fill("a red cat", 1)
    fill = canvas.fills.current
    assert fill is not None
    assert fill.record is not None
    assert fill.record.request.depth is not None
    assert fill.changed_outside == 0
    with Image.open(fill.record.request.depth.path) as followed:
        assert (np.asarray(followed) == canvas.document.depth.part(box)).all()
