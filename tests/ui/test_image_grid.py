from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.ui.create.image_grid import grid_boxes

AREA = Box(24, 20, 24 + 864, 20 + 538)  # of the stage, in a window of 1280 × 800


def test_four_are_two_by_two_and_nine_three_by_three() -> None:
    for count, side in ((1, 538), (4, 265), (9, 174)):
        boxes = grid_boxes(count, Size(128, 128), AREA, gap=8)
        assert {box.size for box in boxes} == {Size(side, side)}
        assert (boxes[0].left, boxes[0].top) == (187, 20)
        assert (boxes[-1].right, boxes[-1].bottom) == (187 + 538, 20 + 538)
        columns = round(count**0.5)
        if count > 1:
            assert boxes[1].left - boxes[0].right == 8
            assert boxes[columns].top - boxes[0].bottom == 8


def test_a_last_row_that_is_not_full_stands_in_the_middle() -> None:
    boxes = grid_boxes(5, Size(128, 128), AREA, gap=8)
    rows = sorted({box.top for box in boxes})
    last = [box for box in boxes if box.top == rows[-1]]
    assert len(last) == 2
    middle = (AREA.left + AREA.right) / 2
    assert abs((last[0].left + last[-1].right) / 2 - middle) <= 1


def test_pictures_of_another_shape_lie_within_the_area() -> None:
    for count in range(1, 12):
        for box in grid_boxes(count, Size(160, 96), AREA, gap=8):
            assert box.left >= AREA.left
            assert box.right <= AREA.right
            assert box.top >= AREA.top
            assert box.bottom <= AREA.bottom
