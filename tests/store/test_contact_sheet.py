"""Several pictures as one file."""

from io import BytesIO

import pytest
from PIL import Image

from kandinsky_desktop.store import contact_sheet


def frames(count: int, side: int = 16) -> list[Image.Image]:
    return [Image.new("RGB", (side, side), (10 * number, 0, 200)) for number in range(count)]


@pytest.mark.parametrize(("count", "columns", "size"), [(9, 10, (176, 16)), (25, 5, (96, 96))])
def test_a_sheet_lies_in_rows(count: int, columns: int, size: tuple[int, int]) -> None:
    with Image.open(BytesIO(contact_sheet.sheet(frames(count), columns))) as sheet:
        assert sheet.size == size
        assert sheet.getpixel((0, 0)) == (0, 0, 200)
        row, column = divmod(count - 1, columns)
        assert sheet.getpixel((20 * column, 20 * row)) == (10 * (count - 1), 0, 200)


def test_large_frames_are_made_smaller() -> None:
    with Image.open(BytesIO(contact_sheet.sheet(frames(2, 1000)))) as sheet:
        assert sheet.size == (
            2 * contact_sheet.LONGEST_SIDE + contact_sheet.GAP,
            contact_sheet.LONGEST_SIDE,
        )


@pytest.mark.parametrize("suffix", contact_sheet.FILMS)
def test_a_film_moves(suffix: str) -> None:
    with Image.open(BytesIO(contact_sheet.film(frames(5), suffix))) as film:
        assert film.n_frames == 5  # type: ignore[attr-defined]
        assert film.info["loop"] == 0
