"""By how much a picture grows on each side."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.borders import Borders, border_regions
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.region import Box

widths = some.integers(0, 300)
borders = some.builds(Borders, left=widths, top=widths, right=widths, bottom=widths)


@given(borders, some.integers(1, 300), some.integers(1, 300))
def test_borders_are_what_lies_around_a_picture(grown: Borders, width: int, height: int) -> None:
    picture = Size(width, height)
    around = grown.around(picture)
    assert Borders.between(picture, around) == grown
    assert around.size == grown.grown(picture)
    assert grown.any == (around != Box(0, 0, width, height))


def test_a_box_within_a_picture_adds_nothing() -> None:
    assert not Borders.between(Size(64, 64), Box(3, 3, 60, 64)).any


@pytest.mark.parametrize(
    ("grown", "said"),
    [
        (Borders(left=32_768), r"32832 × 64 pixels; .* at most 32768 a side"),
        (Borders(right=9936, bottom=9937), r"10000 × 10001 pixels; at most 100 million"),
    ],
)
def test_too_large_a_canvas_is_refused(grown: Borders, said: str) -> None:
    sizes = {"overlap": 64, "native": 512, "largest": 1024, "multiple": 64}
    with pytest.raises(InvalidRequest, match=said):
        border_regions(Size(64, 64), grown, **sizes)
    with pytest.raises(InvalidRequest, match="Left"):
        Borders(left=-1)
