"""The wash and the shadows: painted, not composed of effects."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from kandinsky_desktop.ui.shadow import LAYERS, Kind, paint_shadow
from kandinsky_desktop.ui.theme_tokens import CONTRAST, DARK, LIGHT, ThemeTokens
from kandinsky_desktop.ui.wash import Wash

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_frame_is_of_its_moment_and_of_half_the_size(dark: bool) -> None:
    wash = Wash(dark=dark)
    first = wash.frame(538, 400, 0.0)
    assert (first.width(), first.height()) == (269, 200)
    assert wash.frame(538, 400, 0.0) == first
    assert wash.frame(538, 400, 4.0) != first


def test_it_moves_slowly() -> None:
    """From one frame to the next hardly a pixel changes by much."""
    wash = Wash(dark=False)
    one, other = wash.frame(200, 200, 1.0), wash.frame(200, 200, 1.1)
    apart = [
        abs(one.pixelColor(x, y).lightness() - other.pixelColor(x, y).lightness())
        for x in range(0, 100, 3)
        for y in range(0, 100, 3)
    ]
    assert sum(apart) / len(apart) < 1
    assert max(apart) < 90  # at the edge of a thin line


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_calm_ground_leaves_the_middle_free_for_words(dark: bool) -> None:
    ground = Wash(dark=dark).calm(912, 708)
    assert (ground.width(), ground.height()) == (456, 354)
    middle = [ground.pixelColor(x, y).lightness() for x in range(180, 300, 5) for y in (90, 100)]
    assert max(middle) - min(middle) < 20


def shadowed(tokens: ThemeTokens, kind: Kind) -> QImage:
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    painter = QPainter(image)
    paint_shadow(painter, tokens, QRectF(100, 100, 100, 100), 8, kind)
    painter.end()
    return image


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda one: one.name)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_shadow_is_darkest_at_the_edge_and_ends_where_it_says(
    tokens: ThemeTokens, kind: Kind
) -> None:
    image = shadowed(tokens, kind)
    below = [image.pixelColor(150, y).lightness() for y in range(200, 300)]
    assert below == sorted(below)
    assert below[0] < 250
    reach = max(down + reach for down, reach in LAYERS[kind])
    assert all(light == 255 for light in below[reach:])
    left = [image.pixelColor(x, 150).lightness() for x in range(100)]
    right = [image.pixelColor(299 - x, 150).lightness() for x in range(100)]
    assert max(abs(a - b) for a, b in zip(left, right, strict=True)) <= 1


def test_the_shadow_of_a_low_bar_is_that_of_a_high_card() -> None:
    lights = []
    for high in (40, 300):
        image = QImage(300, 400, QImage.Format.Format_RGB32)
        image.fill(QColor("#FFFFFF"))
        painter = QPainter(image)
        paint_shadow(painter, LIGHT, QRectF(40, 40, 220, high), 8)
        painter.end()
        lights.append([image.pixelColor(150, 40 + high + y).lightness() for y in range(30)])
    assert lights[0] == lights[1]


def test_high_contrast_has_no_shadow() -> None:
    plain = QImage(300, 300, QImage.Format.Format_RGB32)
    plain.fill(Qt.GlobalColor.white)
    assert shadowed(CONTRAST, "resting") == plain
