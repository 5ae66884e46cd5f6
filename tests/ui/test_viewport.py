from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QNativeGestureEvent,
    QPainter,
    QPointingDevice,
    QTransform,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.domain.zooming import HIGHEST, LOWEST, STOPS, ViewTransform
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.viewport import Viewport

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier
PICTURE = Size(400, 300)
ORANGE, TEAL = QColor("orange"), QColor("teal")


class Plain(Viewport):
    """Paints one colour, and another before it."""

    before = False

    @override
    def paint_picture(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, PICTURE.width, PICTURE.height, ORANGE)

    @override
    def paint_before(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, PICTURE.width, PICTURE.height, TEAL)

    @property
    @override
    def divided(self) -> bool:
        return self.before

    @property
    def lying(self) -> ViewTransform:
        assert self.view is not None
        return self.view


@pytest.fixture
def viewport(qapp: QApplication) -> Iterator[Plain]:
    theme = Theme(qapp)
    viewport = Plain(theme)
    viewport.resize(600, 500)
    viewport.show_size(PICTURE)
    viewport.show()
    qapp.processEvents()
    yield viewport
    viewport.close()
    theme.deleteLater()


def turn_wheel(viewport: Viewport, at: QPointF, turned: int) -> None:
    where = QPointF(viewport.mapToGlobal(at))
    event = QWheelEvent(
        at,
        where,
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def pinch(viewport: Viewport, kind: Qt.NativeGestureType, value: float, at: QPointF) -> None:
    where = QPointF(viewport.mapToGlobal(at))
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(kind, device, 2, at, at, where, value, QPointF())
    QApplication.sendEvent(viewport, event)


def drag(viewport: Viewport, button: Qt.MouseButton, start: QPoint, by: QPoint) -> None:
    QTest.mousePress(viewport, button, NONE, start)
    QTest.mouseMove(viewport, start + by / 2)
    QTest.mouseMove(viewport, start + by)
    QTest.mouseRelease(viewport, button, NONE, start + by)


def colour_at(viewport: Viewport, x: int, y: int) -> QColor:
    return viewport.grab().toImage().pixelColor(x, y)


@pytest.mark.parametrize("turned", [120, -120, 15, -15])
def test_the_wheel_zooms_about_the_cursor(viewport: Plain, turned: int) -> None:
    viewport.actual()
    at = QPointF(220, 180)
    point = viewport.lying.to_picture(220, 180)
    for _turn in range(5):
        before = viewport.scale
        turn_wheel(viewport, at, turned)
        assert (viewport.scale > before) == (turned > 0)
        x, y = viewport.lying.to_view(*point)
        assert abs(x - 220) <= 3  # each zoom brings the corner to a whole device pixel
        assert abs(y - 180) <= 3


def test_from_two_on_the_zoom_is_whole_and_each_notch_and_every_trackpad_gets_on(
    viewport: Plain,
) -> None:
    viewport.actual()
    zooms = []
    for _notch in range(30):
        turn_wheel(viewport, QPointF(300, 250), 120)
        zooms.append(viewport.scale)
    assert zooms[-1] == HIGHEST
    coarse = [zoom for zoom in zooms if zoom >= 2]
    assert all(zoom == int(zoom) for zoom in coarse)
    assert len(set(zooms)) == zooms.index(HIGHEST) + 1
    for _tick in range(150):
        turn_wheel(viewport, QPointF(300, 250), -16)
    assert viewport.scale < 1
    for _notch in range(30):
        turn_wheel(viewport, QPointF(300, 250), -120)
    assert viewport.scale == LOWEST


def test_a_double_click_looks_closer_at_that_point_and_another_one_at_all_of_it(
    viewport: Plain,
) -> None:
    at = QPoint(200, 300)
    for large in (False, True):
        viewport.show_size(Size(1200, 1000) if large else Size(100, 80))
        fitted = viewport.scale
        point = viewport.lying.to_picture(*viewport.to_device(QPointF(at)))
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
        assert viewport.scale == (1.0 if large else pytest.approx(2 * fitted, rel=0.1))
        now = viewport.lying.to_picture(*viewport.to_device(QPointF(at)))
        assert now == pytest.approx(point, abs=1)
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
        assert viewport.fits


def test_closer_and_farther_go_from_stop_to_stop(viewport: Plain) -> None:
    fitted = viewport.scale
    viewport.closer()
    assert viewport.scale == next(stop for stop in STOPS if stop > fitted)
    for _press in STOPS:
        viewport.closer()
    assert viewport.scale == HIGHEST
    for _press in STOPS:
        viewport.farther()
    assert viewport.scale == LOWEST


def test_beyond_the_stops_lies_what_fits(viewport: Plain) -> None:
    for size in (Size(40_000, 30_000), Size(8, 6)):
        viewport.show_size(size)
        fitted = viewport.scale
        assert not LOWEST <= fitted <= HIGHEST
        viewport.actual()
        for _press in STOPS:
            viewport.farther() if fitted < 1 else viewport.closer()
        assert viewport.fits
        assert viewport.scale == fitted
        turn_wheel(viewport, QPointF(300, 250), 120 if fitted < 1 else -120)
        assert viewport.scale == (LOWEST if fitted < 1 else HIGHEST)


def test_a_pinch_zooms_freely_and_comes_to_rest_at_its_end(viewport: Plain) -> None:
    at = QPointF(300, 250)
    viewport.actual()
    pinch(viewport, Qt.NativeGestureType.ZoomNativeGesture, 1.3, at)
    assert viewport.scale == pytest.approx(2.3)
    smooth = viewport.smooth
    assert smooth
    pinch(viewport, Qt.NativeGestureType.EndNativeGesture, 0, at)
    assert (viewport.scale, viewport.smooth) == (2, False)
    pinch(viewport, Qt.NativeGestureType.SmartZoomNativeGesture, 0, at)
    assert viewport.fits
    pinch(viewport, Qt.NativeGestureType.EndNativeGesture, 0, at)
    assert viewport.fits


@pytest.mark.parametrize(
    ("button", "space"), [(LEFT, False), (MIDDLE, False), (LEFT, True), (MIDDLE, True)]
)
def test_a_drag_moves_what_was_zoomed(viewport: Plain, button: Qt.MouseButton, space: bool) -> None:
    if space:
        QTest.keyPress(viewport, Qt.Key.Key_Space)
        viewport.before = True  # and the divider, where the drag begins, does not move
    fitted = viewport.place
    drag(viewport, button, QPoint(300, 250), QPoint(30, -20))
    assert viewport.place == fitted
    viewport.actual()
    before = viewport.lying
    drag(viewport, button, QPoint(300, 250), QPoint(30, -20))
    assert viewport.lying == before.moved(30, -20)
    QTest.keyRelease(viewport, Qt.Key.Key_Space)


def test_a_wheel_in_the_middle_of_a_drag_does_not_make_the_picture_jump(viewport: Plain) -> None:
    viewport.actual()
    point = viewport.lying.to_picture(300, 250)
    QTest.mousePress(viewport, LEFT, NONE, QPoint(300, 250))
    QTest.mouseMove(viewport, QPoint(320, 240))
    turn_wheel(viewport, QPointF(320, 240), 120)
    QTest.mouseMove(viewport, QPoint(330, 260))
    QTest.mouseRelease(viewport, LEFT, NONE, QPoint(330, 260))
    x, y = viewport.lying.to_view(*point)
    assert viewport.scale == 1.25
    assert abs(x - 330) <= 0.5
    assert abs(y - 260) <= 0.5


def test_the_arrow_keys_move_what_was_zoomed_until_it_would_be_lost(viewport: Plain) -> None:
    viewport.actual()
    before = viewport.lying
    QTest.keyClick(viewport, Qt.Key.Key_Left)
    assert viewport.lying == before.moved(40, 0)
    for _press in range(30):
        QTest.keyClick(viewport, Qt.Key.Key_Left)
    assert viewport.place.left() == 300  # the middle of the view


def test_a_fitted_picture_fits_however_it_is_turned_and_whatever_the_size(viewport: Plain) -> None:
    assert viewport.scale == (600 - 48) / 400
    viewport.rotate(90)
    assert viewport.scale == (500 - 48) / 400
    assert viewport.lying.bounds.size == Size(339, 452)
    viewport.mirror()
    assert viewport.lying.mirrored
    viewport.resize(300, 300)
    assert viewport.scale == (300 - 48) / 400
    viewport.show_size(PICTURE)
    assert viewport.lying.rotation == 0


def test_what_was_in_the_middle_stays_there_when_the_widget_grows(viewport: Plain) -> None:
    viewport.actual()
    viewport.pan(QPointF(-50, 30))
    point = viewport.lying.to_picture(300, 250)
    viewport.resize(720, 560)
    QApplication.processEvents()
    assert viewport.lying.to_picture(360, 280) == point


def test_what_was_zoomed_before_it_is_first_shown_stays_in_its_place(viewport: Plain) -> None:
    early = Plain(viewport._theme)
    early.resize(600, 500)
    early.show_size(PICTURE)
    early.actual()
    lying = early.lying
    early.show()
    QApplication.processEvents()
    assert early.lying == lying
    early.close()


def test_another_size_of_the_picture_keeps_its_zoom_and_its_middle(viewport: Plain) -> None:
    viewport.actual()
    viewport.rotate(90)
    viewport.pan(QPointF(-50, 30))
    x, y = viewport.lying.to_picture(300, 250)
    viewport.change_size(Size(800, 600))
    assert viewport.lying.to_picture(300, 250) == (2 * x, 2 * y)
    assert (viewport.scale, viewport.lying.rotation) == (1, 90)


def test_the_divider_is_dragged_over_the_picture_however_it_is_turned(viewport: Plain) -> None:
    viewport.before = True
    viewport.rotate(180)
    place = viewport.place.toRect()
    middle = place.center()
    assert colour_at(viewport, middle.x() - 20, middle.y() - 60) == TEAL
    assert colour_at(viewport, middle.x() + 20, middle.y() - 60) == ORANGE
    drag(viewport, LEFT, middle, QPoint(-100, 0))
    assert colour_at(viewport, middle.x() - 20, middle.y() - 60) == ORANGE
    assert colour_at(viewport, middle.x() - 120, middle.y() - 60) == TEAL
    viewport.center_divider()
    assert colour_at(viewport, middle.x() - 20, middle.y() - 60) == TEAL


def test_no_picture_is_no_error(viewport: Plain) -> None:
    viewport.show_size(None)
    for act in (viewport.fit, viewport.actual, viewport.closer, viewport.mirror):
        act()
    viewport.rotate(90)
    drag(viewport, LEFT, QPoint(300, 250), QPoint(30, -20))
    turn_wheel(viewport, QPointF(300, 250), 120)
    pinch(viewport, Qt.NativeGestureType.ZoomNativeGesture, 0.3, QPointF(300, 250))
    QTest.keyClick(viewport, Qt.Key.Key_Plus)
    assert viewport.view is None
    assert viewport.place.isEmpty()
    assert colour_at(viewport, 300, 250) == viewport._theme.colour("stage")


def test_who_wants_whole_pixels_has_them_in_what_is_fitted_too(viewport: Plain) -> None:
    class Crisp(Plain):
        @property
        @override
        def fits_crisp(self) -> bool:
            return True

    crisp = Crisp(viewport._theme)
    crisp.resize(600, 500)
    for size, zoom in ((Size(100, 100), 4), (Size(400, 400), 452 / 400)):
        crisp.show_size(size)
        viewport.show_size(size)
        assert (crisp.scale, crisp.smooth) == (zoom, zoom < 2)
        assert (viewport.scale, viewport.smooth) == (452 / size.width, True)


@settings(max_examples=30)
@given(
    st.builds(
        ViewTransform,
        st.just(PICTURE),
        zoom=st.floats(LOWEST, HIGHEST),
        left=st.integers(-500, 500),
        top=st.integers(-500, 500),
        rotation=st.floats(0, 359),
        mirrored=st.booleans(),
    )
)
def test_qt_maps_as_the_arithmetic_does(view: ViewTransform) -> None:
    transform = QTransform(*view.matrix)
    back, invertible = transform.inverted()
    assert invertible
    for x, y in ((0.0, 0.0), (400.0, 0.0), (17.5, 300.0)):
        mapped = transform.map(QPointF(x, y))
        assert mapped.toTuple() == pytest.approx(view.to_view(x, y), abs=1e-6)
        assert back.map(mapped).toTuple() == pytest.approx((x, y), abs=1e-6)


def test_any_angle_shows_all_of_a_fitted_picture(viewport: Plain) -> None:
    viewport.rotate(30)
    place = viewport.place
    assert (
        viewport.rect()
        .adjusted(24, 24, -24, -24)
        .adjusted(-1, -1, 1, 1)
        .contains(place.toAlignedRect())
    )
    x, y = (int(one) for one in viewport.lying.to_view(PICTURE.width / 2, PICTURE.height / 2))
    assert colour_at(viewport, x, y) == ORANGE
    outside = viewport.lying.to_view(PICTURE.width / 2, -10)
    assert colour_at(viewport, int(outside[0]), int(outside[1])) != ORANGE
