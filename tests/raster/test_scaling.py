"""Masks at another size."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.raster.scaling import resized


@given(some.integers(1, 90), some.integers(1, 90), some.integers(1, 255))
def test_one_grey_stays_that_grey_at_any_size(wide: int, tall: int, grey: int) -> None:
    whole = np.full((40, 30), grey, np.uint8)
    assert (resized(whole, wide, tall) == grey).all()
    part = whole.copy()
    part[7:, :] = 0
    assert set(np.unique(resized(part, wide, tall))) <= {0, grey}


@given(some.integers(1, 30), some.integers(0, 29), some.sampled_from([3, 90, 254, 255]))
def test_no_stroke_of_a_pixel_is_lost_or_fainter(wide: int, column: int, grey: int) -> None:
    mask = np.zeros((40, 30), np.uint8)
    mask[:, column] = grey
    small = resized(mask, wide, 5)
    assert (small.max(axis=1) == grey).all()


def test_what_is_black_and_white_stays_so() -> None:
    mask = np.where(np.random.default_rng(1).random((40, 30)) < 0.1, 255, 0).astype(np.uint8)
    for size in ((30, 40), (7, 9), (61, 50)):
        assert set(np.unique(resized(mask, *size))) <= {0, 255}
