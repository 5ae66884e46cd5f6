"""Fusions of a batch in the middle of the board: all that are there, and none that is not."""

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage

from kandinsky_desktop.ui.fusion.result_grid import number_at, together

PLACES = [QPointF(0.2, 0.2), QPointF(0.8, 0.2), QPointF(0.2, 0.8), QPointF(0.8, 0.8)]
COLOURS = ["#ff0000", "#00ff00", "#0000ff", "#ffff00"]


def filled(colour: str) -> QImage:
    image = QImage(16, 16, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


@pytest.mark.parametrize("count", [2, 3, 4])
def test_of_four_those_that_are_left_are_seen_and_opened(count: int) -> None:
    whole = together([filled(colour) for colour in COLOURS[:count]])
    assert whole is not None
    for place, (number, colour) in zip(PLACES, enumerate(COLOURS), strict=True):
        there = whole.pixelColor(
            round(place.x() * whole.width()), round(place.y() * whole.height())
        )
        assert (there.alpha() > 0) == (number < count)
        assert number_at(place, count) == (number if number < count else None)
        if number < count:
            assert there.name() == colour


def test_of_one_and_of_many_the_first_is_seen_and_opened() -> None:
    for count in (1, 9):
        whole = together([filled(COLOURS[0])] * count)
        assert whole is not None
        assert whole.size() == filled(COLOURS[0]).size()
        assert number_at(PLACES[3], count) == 0
    assert number_at(PLACES[0], 0) is None
