"""The laws of the grid's arithmetic, whatever its width, cells and sections."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect

from kandinsky_desktop.ui.gallery.geometry import EDGE, GAP, GridGeometry


@st.composite
def geometries(draw: st.DrawFn) -> GridGeometry:
    """Return a grid of up to some hundred cells in up to a dozen sections."""
    counts = draw(st.lists(st.integers(1, 40), max_size=12))
    starts = [sum(counts[:number]) for number in range(len(counts))] or [0]
    titled = draw(st.lists(st.booleans(), min_size=len(starts), max_size=len(starts)))
    return GridGeometry(
        draw(st.integers(60, 4000)),
        draw(st.integers(40, 400)),
        sum(counts),
        starts,
        titled,
        heading=draw(st.integers(20, 80)),
    )


@given(geometries())
def test_what_lies_at_the_place_of_a_row_is_that_row(grid: GridGeometry) -> None:
    for row in range(grid.count):
        place = grid.place(row)
        for point in (place.topLeft(), place.center(), place.bottomRight()):
            assert grid.row_at(point.x(), point.y()) == row
        for x, y in (
            (place.left() - 1, place.top()),
            (place.left(), place.top() - 1),
            (place.right() + 1, place.bottom()),
            (place.right(), place.bottom() + 1),
        ):
            assert grid.row_at(x, y) is None


@given(geometries())
def test_no_two_cells_or_headings_overlap_and_all_lie_inside(grid: GridGeometry) -> None:
    heads = [head.place for head in grid.heads_between(0, grid.height)]
    places = [grid.place(row) for row in range(grid.count)]
    inside = QRect(0, 0, max(grid.width, 2 * EDGE + 1), grid.height)
    for one in (*heads, *places):
        assert inside.contains(one)
    lines: dict[int, list[QRect]] = {}
    for place in places:
        lines.setdefault(place.top(), []).append(place)
    for line in lines.values():
        assert len(line) <= grid.columns
        for one, other in pairwise(line):
            assert one.right() + GAP <= other.left()
    tops = sorted([*lines, *(head.top() for head in heads)])
    bottoms = {top: top + grid.side for top in lines} | {
        head.top(): head.top() + grid.heading for head in heads
    }
    assert len(tops) == len(set(tops))
    assert all(bottoms[one] <= other for one, other in pairwise(tops))


@given(geometries(), st.integers(-200, 30_000), st.integers(0, 3000))
def test_what_a_stretch_touches_is_all_that_is_seen_there(
    grid: GridGeometry, top: int, high: int
) -> None:
    seen = QRect(0, top, 5000, high + 1)
    touched = {row for row in range(grid.count) if grid.place(row).intersects(seen)}
    asked = grid.rows_between(top, top + high)
    assert touched <= set(asked)
    assert set(grid.rows_in(seen)) == touched
    assert len(asked) <= len(touched) + 2 * grid.columns  # a line more at each end
    heads = {head.section for head in grid.heads_between(0, grid.height)}
    assert {head.section for head in grid.heads_between(top, top + high)} <= heads


@given(geometries(), st.integers(0, 10**6))
def test_sections_part_the_rows(grid: GridGeometry, at: int) -> None:
    if not grid.count:
        return
    row = at % grid.count
    assert row in grid.rows_of(grid.section_of(row))
    assert grid.first_row_at(grid.place(row).center().y()) == row - grid.column_of(row)


@given(geometries(), st.integers(0, 10**6), st.integers(-30, 30))
def test_up_and_down_lead_line_by_line_and_back(grid: GridGeometry, at: int, lines: int) -> None:
    if not grid.count:
        return
    row = at % grid.count
    column = grid.column_of(row)
    there = grid.moved(row, lines, column)
    assert 0 <= there < grid.count
    assert (there > row) == (there != row and lines > 0)
    assert grid.column_of(there) <= column or there == row
    tops = sorted({grid.place(one).top() for one in range(grid.count)})
    line = tops.index(grid.place(row).top())
    assert tops.index(grid.place(there).top()) == min(max(0, line + lines), len(tops) - 1)


@given(st.integers(100, 4000), st.integers(40, 400))
def test_cells_are_at_least_as_wide_as_asked_and_end_at_the_edge(width: int, side: int) -> None:
    grid = GridGeometry(width, side, 100)
    room = width - 2 * EDGE
    assert grid.side >= min(side, room)
    assert abs(grid.left(grid.columns - 1) + grid.side - (EDGE + room)) <= 1
    assert (grid.columns + 1) * (side + GAP) - GAP > room


def test_six_columns_stand_where_the_draft_has_them() -> None:
    grid = GridGeometry(912, 130, 35, (0, 24), (True, True))
    assert (grid.columns, grid.side) == (6, 134)
    assert grid.place(0) == QRect(24, 50, 134, 134)
    assert grid.place(5).right() == 912 - 24 - 1
