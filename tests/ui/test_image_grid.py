from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.ui.create.image_grid import grid_boxes


def test_a_grid_leaves_the_room_it_was_asked_for() -> None:
    boxes = grid_boxes(4, Size(128, 96), Size(700, 500), margin=24, gap=8, foot=30, wide=300)
    assert boxes[0].size == boxes[3].size
    assert boxes[1].left - boxes[0].left == 308
    assert boxes[2].top - boxes[0].bottom == 38
    assert boxes[3].bottom + 30 <= 500 - 24
    alone = grid_boxes(1, Size(10, 10), Size(60, 50), margin=24, gap=8, foot=0, wide=0)
    assert alone == [Box(29, 24, 31, 26)]
