"""The tile that all lists of pictures and jobs paint, by its pixels."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyle

from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.tile import TileContent, TileStyle, paint_tile

SIDE = 80
GROUND, RED = QColor("#202020"), QColor("#FF0000")
PLAIN = TileStyle(radius=6, ring=3, focus=1)
IDEA = TileStyle(radius=8, ring=4, focus=1.5, focus_when_selected=True, badge=True)
MIDDLE, CORNER = QPoint(SIDE // 2, SIDE // 2), QPoint(0, 0)
LEFT = QPoint(4, SIDE // 2)  # on the edge of the tile
NONE, SELECTED = QStyle.StateFlag.State_None, QStyle.StateFlag.State_Selected
FOCUSED = QStyle.StateFlag.State_HasFocus


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


def painted(
    theme: Theme,
    content: TileContent,
    state: QStyle.StateFlag = NONE,
    style: TileStyle = PLAIN,
) -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_tile(painter, theme, QRectF(4, 4, SIDE - 8, SIDE - 8), style, content, state)
    painter.end()
    return image


def picture(width: int, height: int) -> QImage:
    """Return a picture that is red in its middle square and blue beside it."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("blue"))
    side = min(width, height)
    for x in range((width - side) // 2, (width + side) // 2):
        for y in range((height - side) // 2, (height + side) // 2):
            image.setPixelColor(x, y, RED)
    return image


def count(image: QImage, colour: QColor) -> int:
    points = (QPoint(x, y) for x in range(SIDE) for y in range(SIDE))
    return sum(image.pixelColor(point) == colour for point in points)


def test_a_place_without_a_picture_is_a_rounded_square(theme: Theme) -> None:
    image = painted(theme, TileContent(ground=GROUND))
    assert image.pixelColor(MIDDLE) == GROUND
    assert image.pixelColor(CORNER) == image.pixelColor(QPoint(4, 4)) == QColor("white")


@pytest.mark.parametrize("size", [(16, 16), (40, 20), (20, 60), (300, 200)])
def test_the_middle_of_a_picture_fills_it(theme: Theme, size: tuple[int, int]) -> None:
    image = painted(theme, TileContent(ground=GROUND, image=picture(*size)))
    assert image.pixelColor(MIDDLE) == RED
    assert count(image, QColor("blue")) == 0


def test_what_is_in_the_making_has_a_dotted_line(theme: Theme) -> None:
    accent = theme.colour("accent")
    plain = painted(theme, TileContent(ground=GROUND))
    growing = painted(theme, TileContent(ground=GROUND, in_the_making=True))
    ringed = painted(theme, TileContent(ground=GROUND), SELECTED)
    assert count(plain, accent) == 0 < count(growing, accent) < count(ringed, accent)


def test_a_ring_is_round_the_selected_and_another_round_the_focused(theme: Theme) -> None:
    accent = theme.colour("accent")
    outlined = TileContent(ground=GROUND, outline=QColor("#00FF00"))
    plain, selected = painted(theme, outlined), painted(theme, outlined, SELECTED)
    assert plain.pixelColor(LEFT) != accent
    assert selected.pixelColor(LEFT) == accent
    assert painted(theme, outlined, FOCUSED) not in (plain, selected)
    assert painted(theme, outlined, SELECTED | FOCUSED) == selected


def test_where_several_are_chosen_they_are_ticked_off_and_the_focus_shows_too(
    theme: Theme,
) -> None:
    content = TileContent(ground=GROUND)
    selected = painted(theme, content, SELECTED, IDEA)
    badge = QPoint(SIDE - 4 - 30 + 3, 4 + 8 + 11)
    assert selected.pixelColor(badge) == theme.colour("accent")
    assert painted(theme, content, NONE, IDEA).pixelColor(badge) == GROUND
    assert painted(theme, content, SELECTED | FOCUSED, IDEA) != selected


def test_a_caption_gives_way_to_the_picture(theme: Theme) -> None:
    empty, captioned = TileContent(ground=GROUND), TileContent(ground=GROUND, caption="50 %")
    assert painted(theme, captioned) != painted(theme, empty)
    shown = [painted(theme, replace(one, image=picture(8, 8))) for one in (empty, captioned)]
    assert shown[0] == shown[1]


def test_its_share_of_progress_is_a_bar_along_the_lower_edge(theme: Theme) -> None:
    accent, track = theme.colour("accent"), theme.colour("track")
    image = painted(theme, TileContent(ground=GROUND, share=0.5))
    row = SIDE - 4 - 2
    assert image.pixelColor(SIDE // 4, row) == accent
    assert image.pixelColor(3 * SIDE // 4, row) == track
    assert count(painted(theme, TileContent(ground=GROUND)), track) == 0


def test_words_are_cut_to_the_tile(theme: Theme) -> None:
    long = TileContent(ground=GROUND, title="a red cat " * 9, detail="9 pictures " * 9)
    image = painted(theme, long)
    assert image != painted(theme, TileContent(ground=GROUND))
    for x in range(SIDE - 12, SIDE - 6):
        assert all(image.pixelColor(x, y) == GROUND for y in range(12, SIDE - 12))


def test_the_painter_is_left_as_it_was(theme: Theme) -> None:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = (painter.font(), painter.pen(), painter.renderHints())
    content = TileContent(ground=GROUND, image=picture(8, 8), title="x", share=1.0)
    paint_tile(painter, theme, QRectF(0, 0, SIDE, SIDE), IDEA, content, SELECTED)
    assert (painter.font(), painter.pen(), painter.renderHints()) == before
    assert not painter.hasClipping()
    painter.end()
