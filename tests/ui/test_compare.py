"""Before and after in the window: by button and keys, with what a picture came from."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.store import fingerprints, pictures, places
from tests.fakes import record, request
from tests.ui.driver import Driver
from tests.ui.screen_pixels import colours_of

RED, BLACK = "#ff0000", "#000000"


@pytest.fixture
def varied(start: Callable[[], Driver], tmp_path: Path) -> Driver:
    """The program with a black picture on the stage that was started from a red one."""
    parent = tmp_path / "parent.png"
    Image.new("RGB", (64, 64), "red").save(parent)
    asked = replace(request("a cat"), task=Img2Img(path=parent))
    made = replace(record(asked), sources=(fingerprints.of_file(parent),))
    black = Image.new("RGB", (64, 64))
    child = pictures.save(pictures.finish(black, made), places.pictures(""))
    driver = start()
    driver.state.viewer.show_tile(Tile(path=child))
    driver.until(lambda: driver.create.row.compare.isEnabled())
    driver.until(lambda: colours_of(driver.create.stage) == [BLACK, BLACK])
    driver.create.stage.setFocus()
    return driver


def test_the_button_and_c_compare_with_the_start_and_esc_leaves(varied: Driver) -> None:
    stage, row = varied.create.stage, varied.create.row
    tools = row.compare.geometry()
    ways: tuple[Callable[[], None], ...] = (
        lambda: varied.click(row.compare),
        lambda: QTest.keyClick(stage, Qt.Key.Key_C),
    )
    for way in ways:
        way()
        varied.until(lambda: colours_of(stage) == [RED, BLACK])
        assert row.compare.isChecked()
        assert row.against.toolTip() == "Compared with: what it started from"
        assert row.compare.geometry() == tools
        varied.press(Qt.Key.Key_Escape)
        assert colours_of(stage) == [BLACK, BLACK]
        assert not row.compare.isChecked()
        assert row.compare.isEnabled()


def test_a_held_key_shows_the_start_in_the_picture_s_place(varied: Driver) -> None:
    stage = varied.create.stage
    QTest.keyPress(stage, Qt.Key.Key_O)
    varied.until(lambda: colours_of(stage) == [RED, RED])
    QTest.keyRelease(stage, Qt.Key.Key_O)
    assert colours_of(stage) == [BLACK, BLACK]
    varied.create.row.compare.setFocus()  # wherever the focus goes meanwhile
    QTest.keyPress(varied.create.row.compare, Qt.Key.Key_O)
    assert colours_of(stage) == [RED, RED]
    QTest.keyRelease(varied.workspace.strip.view, Qt.Key.Key_O)
    assert colours_of(stage) == [BLACK, BLACK]


def test_a_start_that_is_gone_is_said_beside_the_picture(varied: Driver, tmp_path: Path) -> None:
    (tmp_path / "parent.png").unlink()
    varied.click(varied.create.row.compare)
    varied.until(lambda: "refused" in varied.workspace.notices.sentences)
    assert "is not there any more" in varied.workspace.notices.sentences["refused"]
    assert not varied.create.row.compare.isChecked()
    QApplication.processEvents()
    assert colours_of(varied.create.stage) == [BLACK, BLACK]
