"""Where things lie on the board: nothing is cut, nothing covers the middle."""

from math import pi

import pytest
from PySide6.QtCore import QPointF, QRectF

from kandinsky_desktop.ui.fusion.geometry import BAR, BoardGeometry, first_angles

DRAWN = BoardGeometry(width=912, height=612, cards=4)
LOW = BoardGeometry(width=912, height=504, cards=2, low=True)
VIEWS = [(912, 612, 1.0), (912, 504, 1.0), (660, 512, 1.0), (839, 300, 1.0), (825, 440, 1.5)]


def card_at(lies: BoardGeometry, point: QPointF) -> QRectF:
    place = QRectF(0, 0, lies.card, lies.card_height)
    place.moveCenter(point)
    return place


def test_the_board_is_as_it_was_drawn() -> None:
    approx = pytest.approx
    assert [DRAWN.ring(weight).x() / 912 for weight in (2, 1, 0)] == approx([0.305, 0.39, 0.475])
    assert [DRAWN.ring(weight).y() / 612 for weight in (2, 1, 0)] == approx([0.325, 0.40, 0.475])
    assert [LOW.ring(weight).x() / 912 for weight in (2, 1, 0)] == approx([0.295, 0.385, 0.475])
    assert [LOW.ring(weight).y() / 504 for weight in (2, 1, 0)] == approx([0.335, 0.40, 0.465])
    assert (DRAWN.middle.width(), LOW.middle.width()) == (280, 264)
    assert [BoardGeometry(width=912, height=612, cards=n).card for n in (2, 4, 12)] == [
        144,
        132,
        104,
    ]


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0, 1.99])
@pytest.mark.parametrize("angle", [-2.5, -0.7, 0.1, 1.5, 3.0])
def test_a_place_on_the_board_and_its_weight_are_one(weight: float, angle: float) -> None:
    back, direction = DRAWN.weight_at(DRAWN.place_of(weight, angle))
    assert back == pytest.approx(weight, abs=0.011)
    assert direction == pytest.approx(angle, abs=0.01)


@pytest.mark.parametrize(("width", "height", "scale"), VIEWS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 9, 24])
def test_no_card_is_cut_and_at_first_none_lies_on_the_middle(
    width: float, height: float, scale: float, count: int
) -> None:
    lies = BoardGeometry(width=width, height=height, cards=count, scale=scale)
    view = QRectF(-width / 2, -height / 2, width, height)
    middle = lies.middle.united(lies.middle_caption)
    assert view.contains(middle)
    for angle in first_angles(count):
        for weight in (0.0, 1.0, 2.0):
            assert view.contains(card_at(lies, lies.rest_of(weight, angle)))
        covered = middle & card_at(lies, lies.rest_of(1.0, angle))
        assert covered.width() * covered.height() <= 0.04 * middle.width() * middle.height()


@pytest.mark.parametrize("angle", [pi / 2, -pi / 2, 1.2, 2.0, 0.6])
@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_a_card_rests_on_its_ring_clear_of_the_controls(weight: float, angle: float) -> None:
    rest = DRAWN.rest_of(weight, angle)
    assert DRAWN.weight_at(rest)[0] == pytest.approx(weight, abs=0.03)
    assert abs(rest.y()) + DRAWN.card_height / 2 <= 612 / 2 - BAR + 1


@pytest.mark.parametrize(("width", "height", "scale"), VIEWS)
def test_four_cards_do_not_lie_on_each_other(width: float, height: float, scale: float) -> None:
    lies = BoardGeometry(width=width, height=height, cards=4, scale=scale)
    places = [card_at(lies, lies.rest_of(1.0, angle)) for angle in first_angles(4)]
    for number, one in enumerate(places):
        assert not any(one.intersects(other) for other in places[number + 1 :])


def test_two_face_each_other_and_more_stand_beside_the_middle() -> None:
    assert first_angles(2) == (pi, 0.0)
    for count in (3, 4, 5, 6, 7, 12, 24):
        angles = first_angles(count)
        assert len(set(angles)) == count
        assert all(abs(DRAWN.place_of(1.0, angle).x()) > 150 for angle in angles)
