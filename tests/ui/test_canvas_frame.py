"""The frame around what the model sees: where it says what it is."""

from hypothesis import given
from hypothesis import strategies as some
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPolygonF

from kandinsky_desktop.ui.canvas import frame
from kandinsky_desktop.ui.theme import Theme

FREE = QRectF(0, 0, 900, 500)
numbers = some.integers(-200, 1000)
sides = some.integers(1, 800)


@given(numbers, numbers, sides, sides, some.floats(0, 1), some.floats(0, 1))
def test_its_tag_hides_neither_the_mask_nor_a_bar_and_is_seen_whole(
    theme: Theme, x: int, y: int, wide: int, high: int, across: float, down: float
) -> None:
    place, bar = QRectF(x, y, wide, high), QRectF(16, 16, 44, 380)
    mask = QRectF(x, y, wide * across, high * down)
    mask.moveCenter(place.center())
    tag = frame.tag(place, FREE, [bar, mask], theme)
    if not tag.isEmpty():
        assert FREE.contains(tag)
        assert place.contains(tag) or not place.intersects(tag)
        assert not tag.intersects(mask)
        assert not tag.intersects(bar)
        region = frame.region(QPolygonF(place), tag)
        assert region.intersected(tag.toAlignedRect()).boundingRect() == tag.toAlignedRect()


def test_it_lies_under_the_frame_else_over_it_else_within_else_nowhere(theme: Theme) -> None:
    def tag(place: QRectF, *covered: QRectF) -> QRectF:
        return frame.tag(place, FREE, covered, theme)

    assert tag(QRectF(100, 100, 300, 200)).top() > 300
    assert tag(QRectF(100, 100, 300, 400)).bottom() < 100
    whole = QRectF(0, 0, 900, 500)
    assert whole.contains(tag(whole, QRectF(300, 200, 300, 100)))
    assert tag(whole, whole).isEmpty()
    assert tag(QRectF(100, 100, 40, 200)).isEmpty()
