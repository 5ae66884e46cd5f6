"""The frame at 1280 × 800: each part lies where it is drawn."""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.driver import Driver


def place(driver: Driver, widget: QWidget) -> tuple[int, int, int, int]:
    """Return where a widget lies in the window: left, top, width, height."""
    corner = widget.mapTo(driver.window, QPoint())
    return corner.x(), corner.y(), widget.width(), widget.height()


def test_the_frame_lies_where_it_is_drawn(driver: Driver) -> None:
    driver.window.resize(1280, 800)
    workspace, create = driver.workspace, driver.create
    QApplication.processEvents()
    assert place(driver, workspace.rail)[2] == 72
    assert place(driver, workspace.inspector) == (984, 0, 296, 708)
    assert place(driver, workspace.strip) == (0, 708, 1280, 64)
    assert place(driver, workspace.status) == (0, 772, 1280, 28)
    assert place(driver, create.prompt.composer) == (96, 622, 864, 54)
    assert create.prompt.run_button.size().toTuple() == (132, 40)
    driver.generate("a rocket", count=4)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 4)
    assert place(driver, create.row) == (72, 570, 912, 40)
    assert (place(driver, create.row.bar)[1], place(driver, create.row.bar)[3]) == (570, 40)
    driver.state.viewer.show_alone(0)
    QApplication.processEvents()
    left, top, _width, _height = place(driver, create.stage)
    shown = create.stage.place.translated(left, top)
    assert shown.toRect() == QRect(259, 20, 538, 538)
    driver.workspace.notices.notify("one", "Something was done.", grave=False)
    QApplication.processEvents()
    assert create.stage.place.translated(left, top) == shown
    driver.workspace.rooms.enter("fusion")
    QApplication.processEvents()
    assert place(driver, driver.fusion.board) == (72, 0, 912, 610)
