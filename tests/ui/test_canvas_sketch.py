"""Sketching in the canvas room as a person does: the real window, keys, mouse and colours."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QColorDialog

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.state.image_import import Said
from kandinsky_desktop.ui.canvas.colour_chooser import name_of
from kandinsky_desktop.ui.drop_acts import Offer
from kandinsky_desktop.ui.mime import DroppedImages, carried
from tests.ui.canvas_painter import Painter
from tests.ui.driver import Driver

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
Key = Qt.Key
TEAL = (0, 128, 128)


@pytest.fixture
def painter(driver: Driver) -> Painter:
    return Painter(driver)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    image = Image.new("RGB", (256, 192), "white")
    ImageDraw.Draw(image).ellipse((40, 40, 200, 160), fill="teal")
    image.save(path)
    return path


def drag(painter: Painter, *points: tuple[float, float], keys: Qt.KeyboardModifier = NONE) -> None:
    view = painter.room.desk.view
    QTest.mousePress(view, LEFT, keys, painter.at(*points[0]))
    for point in points[1:]:
        QTest.mouseMove(view, painter.at(*point))
    QTest.mouseRelease(view, LEFT, keys, painter.at(*points[-1]))
    painter.driver.until(lambda: not painter.canvas.document.busy)


def test_colours_are_painted_picked_hidden_and_merged_by_hand(
    painter: Painter, photo: Path
) -> None:
    painter.open(photo)
    room, canvas = painter.room, painter.canvas
    desk, sketch = room.desk, canvas.document.sketch.pixels
    assert not room.sketch_panel.isVisible()
    assert not desk.tools.buttons["smudge"].isVisible()
    painter.key(Key.Key_S)
    assert (room.gestures.target, desk.options.target.buttons["sketch"].isChecked()) == (
        "sketch",
        True,
    )
    assert room.sketch_panel.isVisible()
    assert desk.tools.buttons["smudge"].isVisible()
    assert desk.options.colour.isVisible()
    canvas.sketch.set_brush(size=20, hardness=1.0)
    drag(painter, (100, 100), keys=ALT)  # held Alt picks
    assert canvas.sketch.colour == TEAL
    assert not sketch.any()
    assert room.panel._strength.value == 100
    drag(painter, (20, 20), (90, 20))
    assert sketch[20, 50].tolist() == [128, 128, 0, 255]
    assert canvas.refines
    assert room.panel._strength.value == round(100 * canvas.strength) == 60
    assert not painter.mask.any()
    size = canvas.sketch.brush.size
    painter.key(Key.Key_BracketRight)
    assert canvas.sketch.brush.size > size
    assert canvas.editor.brush.size != canvas.sketch.brush.size
    painter.key(Key.Key_Q)
    assert not canvas.document.document.sketch.visible
    painter.key(Key.Key_Q)
    painter.key(Key.Key_S)
    assert room.gestures.target == "mask"
    assert room.sketch_panel.isVisible()  # there is something to be seen of it
    painter.stroke((150, 60), (180, 60))
    assert painter.mask.any()
    before = painter.mask.copy()
    painter.key(Key.Key_U)  # what is only of the sketch leads there
    assert (room.gestures.target, room.gestures.tool) == ("sketch", "smudge")
    drag(painter, (60, 20), (60, 60))
    assert canvas.document.undo_name == "Smudge"
    painter.key(Key.Key_I)
    drag(painter, (250, 180))
    assert canvas.sketch.colour == (255, 255, 255)
    room.sketch_panel._opacity.changed.emit(50)
    assert canvas.document.document.sketch.opacity == 0.5
    seen = canvas.document.flattened()
    painter.key(Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(canvas.document.picture.pixels, seen)
    assert not sketch.any()
    painter.driver.press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert sketch.any()
    painter.key(Key.Key_Delete)
    assert not sketch.any()
    assert np.array_equal(painter.mask, before)
    lay_a_picture_over(painter, photo)


def lay_a_picture_over(painter: Painter, photo: Path) -> None:
    """Drop a second picture, and move, scale, put down and undo it by hand and keys."""
    room, collage = painter.room, painter.canvas.collage
    names = [place.name for place in room.places(offer_of(painter, photo))]
    assert names == ["layer", "canvas"]
    room.places(offer_of(painter, photo))[0].take(DroppedImages(paths=(photo,)))
    painter.driver.until(lambda: collage.layer is not None)
    box = collage.box
    assert box == Box(13, 9, 243, 182)
    drag(painter, (100, 100), (110, 90), (120, 95))
    assert collage.box == box.moved(20, -5)
    drag(painter, (263, 177), (148, 91))  # a corner keeps its shape
    small = collage.box
    assert small is not None
    assert (small.left, small.top) == (33, 4)
    assert abs(small.size.width / small.size.height - 230 / 173) < 0.02
    painter.key(Key.Key_Left)
    painter.key(Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert collage.box == small.moved(-1, 10)
    painter.key(Key.Key_Return)
    assert [collage.box] == [None]
    assert painter.canvas.document.undo_name == "Put the picture down"
    painter.driver.press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert collage.box == small.moved(-1, 10)
    painter.key(Key.Key_Escape)
    assert [collage.box] == [None]
    assert painter.canvas.document.undo_name == "Take the picture away"


def offer_of(painter: Painter, path: Path) -> Offer:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    about = carried(data)
    assert about is not None
    return Offer(about, Said(), painter.driver.workspace.drops.acts)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_a_colour_is_chosen_with_the_keys_alone(painter: Painter, photo: Path) -> None:
    painter.open(photo)
    room, sketch = painter.room, painter.canvas.sketch
    chooser = room.chooser
    sketch.set_colour((1, 2, 3))
    painter.key(Key.Key_B)
    painter.key(Key.Key_S)
    drag(painter, (20, 20), (40, 20))
    painter.key(Key.Key_K)
    assert chooser.isVisible()
    painter.driver.until(lambda: len(chooser.swatches) > 4)
    offered = [one.colour for one in chooser.swatches]
    assert offered[0] == (1, 2, 3)
    assert TEAL in offered
    assert all(one.accessibleName() == name_of(one.colour) for one in chooser.swatches)
    QTest.keyClick(chooser, Key.Key_Right)
    QTest.keyClick(chooser, Key.Key_Return)
    assert not chooser.isVisible()
    assert sketch.colour == offered[1]
    assert room.desk.options.colour.colour == offered[1]
    painter.key(Key.Key_K)
    chooser._field.setFocus()
    chooser._field.setText("no such thing")
    QTest.keyClick(chooser._field, Key.Key_Return)
    assert "no such thing" in chooser._wrong.text()
    assert chooser.isVisible()
    for typed, wanted in (
        ("ff8000", (255, 128, 0)),
        ("#102030", (16, 32, 48)),
        ("red", (255, 0, 0)),
    ):
        chooser._field.setFocus()
        chooser._field.setText(typed)
        QTest.keyClick(chooser._field, Key.Key_Return)
        assert sketch.colour == wanted
        painter.key(Key.Key_K)
    QTest.keyClick(chooser, Key.Key_Escape)
    assert not chooser.isVisible()
    painter.key(Key.Key_K)
    chooser._more.click()
    dialog = room.widget.findChild(QColorDialog)
    assert dialog is not None
    dialog.colorSelected.emit(dialog.currentColor())
    dialog.close()
    assert sketch.colour == (255, 0, 0)
