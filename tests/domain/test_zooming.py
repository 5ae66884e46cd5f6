from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.zooming import (
    CRISP,
    HIGHEST,
    LOWEST,
    STOPS,
    ViewTransform,
    at_rest,
    halvings,
    next_stop,
    previous_stop,
)

HALF = 0.5 + 1e-6
zooms = st.floats(LOWEST, HIGHEST)
quarters = st.sampled_from((0.0, 90.0, 180.0, 270.0))
angles = quarters | st.floats(0, 360, exclude_max=True)
sides = st.integers(1, 20_000)
sizes = st.builds(Size, sides, sides)
whole = st.integers(-100_000, 100_000)
ratios = st.sampled_from((1.0, 1.25, 1.5, 1.75, 2.0, 3.0))
coordinates = st.floats(-4000, 4000)
points = st.tuples(coordinates, coordinates)
views = st.builds(
    ViewTransform, sizes, zoom=zooms, left=whole, top=whole, rotation=angles, mirrored=st.booleans()
)
upright = st.builds(lambda view, angle: replace(view, rotation=angle), views, quarters)


def near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= HALF for a, b in zip(one, other, strict=True))


@given(views, points, ratios)
def test_screen_to_picture_to_screen_comes_back_within_half_a_device_pixel(
    view: ViewTransform, widget: tuple[float, float], ratio: float
) -> None:
    at = widget[0] * ratio, widget[1] * ratio
    assert near(view.to_view(*view.to_picture(*at)), at)


@given(views, points, zooms, st.floats(-720, 720))
def test_zoom_rotation_and_mirror_leave_what_is_under_the_cursor_there(
    view: ViewTransform, at: tuple[float, float], zoom: float, degrees: float
) -> None:
    point = view.to_picture(*at)
    for other in (view.zoomed(zoom, at), view.rotated(degrees, at), view.flipped(at)):
        assert near(other.to_view(*point), at)
        assert isinstance(other.left, int)
        assert isinstance(other.top, int)


@given(upright)
def test_the_edges_of_an_upright_picture_are_whole_device_pixels(view: ViewTransform) -> None:
    width, height = view.picture.width, view.picture.height
    for corner in ((0, 0), (width, 0), (0, height), (width, height)):
        for coordinate in view.to_view(*corner):
            assert coordinate == pytest.approx(round(coordinate), abs=1e-6)
    extent = view.extent if view.rotation in (0, 180) else view.extent.swapped
    assert view.bounds.size == extent


@given(upright, zooms.map(at_rest))
def test_at_rest_from_two_on_all_pixels_of_the_picture_are_alike(
    view: ViewTransform, zoom: float
) -> None:
    view = replace(view, zoom=zoom)
    assert view.crisp == (zoom >= CRISP or zoom == 1)
    if view.crisp:
        for number in range(min(view.picture.width, 5)):
            x, y = view.to_view(number, 0)
            assert (x, y) == (round(x), round(y))


@given(sizes, angles, st.booleans(), st.integers(0, 3000), st.integers(0, 3000))
def test_what_is_fitted_is_in_the_middle_and_touches_two_sides(
    size: Size, angle: float, mirrored: bool, width: int, height: int
) -> None:
    area = Box(30, 40, 30 + max(1, width), 40 + max(1, height))
    view = ViewTransform(size, rotation=angle, mirrored=mirrored).fitted(area)
    bounds = view.bounds
    slack = 0 if view.upright else 2  # sides are rounded, also those that are not upright
    across = area.size.width - bounds.size.width
    down = area.size.height - bounds.size.height
    assert -slack <= min(across, down) <= slack
    assert abs(bounds.left - area.left - (area.right - bounds.right)) <= 1
    assert abs(bounds.top - area.top - (area.bottom - bounds.bottom)) <= 1


@given(views, st.integers(1, 3000), st.integers(1, 3000))
def test_the_picture_covers_the_middle_of_the_view_wherever_it_was_moved(
    view: ViewTransform, width: int, height: int
) -> None:
    middle = width / 2, height / 2
    clamped = view.clamped(Size(width, height))
    x, y = clamped.to_picture(*middle)
    nearest = min(view.picture.width, max(0, x)), min(view.picture.height, max(0, y))
    assert near(clamped.to_view(*nearest), middle)
    if near(view.to_picture(*middle), (view.picture.width / 2, view.picture.height / 2)):
        assert clamped == view


@given(views)
def test_four_quarters_or_two_mirrors_are_none(view: ViewTransform) -> None:
    upright = replace(view, rotation=0.0)
    turned = upright
    for _quarter in range(4):
        turned = turned.rotated(90, (100, 100))
    assert turned == upright
    assert upright.flipped((7, 7)).flipped((7, 7)) == upright


@given(views, points)
def test_a_mirror_swaps_left_and_right_on_the_screen_only(
    view: ViewTransform, point: tuple[float, float]
) -> None:
    x, y = view.to_view(*point)
    mirrored_x, mirrored_y = view.flipped((0, 0)).to_view(*point)
    assert near((mirrored_x, mirrored_y), (-x, y))


@given(st.floats(0.001, 1))
def test_the_copy_that_is_shown_has_about_as_many_pixels_as_the_screen(zoom: float) -> None:
    pixels_a_pixel = 0.5 ** halvings(zoom) / zoom
    assert 0.84 <= pixels_a_pixel <= 1.7
    assert halvings(1 / zoom) == 0


@given(zooms)
def test_stops_lead_from_five_percent_to_thirty_two_and_back(zoom: float) -> None:
    closer, farther = next_stop(zoom), previous_stop(zoom)
    assert closer is None or zoom < closer == at_rest(closer)
    assert farther is None or zoom > farther == at_rest(farther)
    assert (closer is None) == (zoom >= HIGHEST * (1 - 1e-9))
    assert (farther is None) == (zoom <= LOWEST * (1 + 1e-9))
    assert (STOPS[0], STOPS[-1]) == (0.05, 32)
    assert 1.0 in STOPS


def test_a_fitted_picture_may_ask_for_whole_pixels() -> None:
    view = ViewTransform(Size(128, 128))
    assert view.fitted(Box(0, 0, 500, 600)).zoom == 500 / 128
    assert view.fitted(Box(0, 0, 500, 600), whole=True).zoom == 3
    assert view.fitted(Box(0, 0, 200, 600), whole=True).zoom == 200 / 128
