"""The first screen: what it offers, that none of its words is cut, and what its tiles do."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.families.kandinsky2.profile import FULL_PROMPTS
from kandinsky_desktop.domain.model import ModelProfile
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.store.places import prompt_picture
from kandinsky_desktop.ui.create.found_models import FoundModel
from kandinsky_desktop.ui.create.welcome import LIFT, ROOM, WORDS, Welcome
from kandinsky_desktop.ui.theme import Theme
from tests.trees import STARTER

PROFILE = STARTER.profile
ALONE = replace(PROFILE, prompts=FULL_PROMPTS, pictures="")


@pytest.fixture
def welcome(theme: Theme, qapp: QApplication) -> Iterator[Welcome]:
    theme.apply("light", 100, motion=True)
    made = Welcome(theme)
    theme.dress(made)
    made.resize(912, 610)
    made.show_profile(PROFILE)
    made.show()
    qapp.processEvents()
    yield made
    made.deleteLater()


def test_each_suggestion_of_the_starter_has_a_picture_that_it_painted() -> None:
    paths = [prompt_picture(PROFILE.pictures, prompt) for prompt in PROFILE.prompts]
    assert len(paths) == 5
    for prompt, path in zip(PROFILE.prompts, paths, strict=True):
        assert read_record(path).request.words == prompt
        assert read_record(path).model == "starter"
    assert sum(path.stat().st_size for path in paths) < 150_000


def test_five_tiles_of_160_stand_in_the_middle(welcome: Welcome) -> None:
    cards = [tile.card.translated(tile.pos()) for tile in welcome.suggestions]
    assert [card.width() for card in cards] == [160] * 5
    assert [card.left() for card in cards] == [24 + number * 176 for number in range(5)]
    assert len({(card.top(), card.height()) for card in cards}) == 1


def test_words_alone_stand_in_the_same_place(welcome: Welcome, qapp: QApplication) -> None:
    before = [tile.geometry() for tile in welcome.suggestions]
    welcome.show_profile(replace(PROFILE, pictures=""))
    assert [tile.geometry() for tile in welcome.suggestions] == before


def test_other_models_are_named_at_the_foot_as_far_as_there_is_room(
    welcome: Welcome, qapp: QApplication
) -> None:
    before = [tile.geometry() for tile in welcome.suggestions]
    assert not welcome.found.isVisible()
    chosen: list[str] = []
    welcome.found.chosen.connect(chosen.append)
    models = [
        FoundModel(f"org/{number}", f"Kandinsky {number}", "768 × 768, slower", "It is slower.")
        for number in range(5)
    ]
    welcome.show_found(models)
    assert [tile.geometry() for tile in welcome.suggestions] == before
    assert len(welcome.found.buttons) == 3
    for wide, shown in ((912, 3), (560, 1), (300, 0)):
        welcome.resize(wide, 610)
        qapp.processEvents()
        seen = [one for one in welcome.found.buttons if one.isVisible()]
        assert len(seen) == shown
        assert welcome.rect().contains(welcome.found.geometry())
        assert all(one.width() >= one.sizeHint().width() for one in (*seen, welcome.found.more))
    welcome.resize(912, 320)  # the tiles need it
    assert not welcome.found.isVisible()
    welcome.resize(912, 610)
    first = welcome.found.buttons[0]
    assert first.text() == "Kandinsky 0 · 768 × 768, slower"
    first.click()
    assert chosen == ["org/0"]


@pytest.mark.parametrize("profile", [PROFILE, ALONE], ids=["pictures", "words alone"])
@pytest.mark.parametrize("text_size", [90, 100, 125, 150])
def test_no_word_is_cut_at_any_size(
    welcome: Welcome, theme: Theme, qapp: QApplication, text_size: int, profile: ModelProfile
) -> None:
    theme.apply("light", text_size, motion=True)
    welcome.show_profile(profile)
    for wide, high in ((912, 610), (688, 510), (615, 440), (821, 330), (1528, 880)):
        welcome.resize(wide, high)
        qapp.processEvents()
        there = [tile for tile in welcome.suggestions if tile.isVisible()]
        assert len(there) == 5 or (len(there) > 1 and text_size * 900 > 100 * wide)
        for tile in there:
            place = tile.words_place
            needed = tile.fontMetrics().boundingRect(place, WORDS, tile.text())
            assert needed.height() <= place.height()
            assert needed.width() <= place.width()
            assert welcome.rect().contains(tile.geometry().adjusted(0, ROOM, 0, -ROOM))
        for words in (welcome._title, welcome._line):
            assert words.heightForWidth(words.width()) <= words.height()
            assert words.geometry().bottom() < welcome.suggestions[0].geometry().top() + ROOM


def hover(widget: Welcome, number: int) -> None:
    tile = widget.suggestions[number]
    at = QPointF(tile.rect().center())
    QApplication.sendEvent(tile, QEnterEvent(at, at, QPointF(tile.mapToGlobal(QPoint()))))


def test_a_tile_is_lifted_by_the_cursor_unless_motion_is_reduced(
    welcome: Welcome, theme: Theme
) -> None:
    tile = welcome.suggestions[1]
    lying = tile.card
    hover(welcome, 1)
    tile._lift.setCurrentTime(tile._lift.duration())
    assert tile.card == lying.translated(0, -LIFT)
    QApplication.sendEvent(tile, QEvent(QEvent.Type.Leave))
    tile._lift.setCurrentTime(tile._lift.duration())
    assert tile.card == lying
    theme.motion = False
    hover(welcome, 1)
    tile._lift.setCurrentTime(tile._lift.duration() // 2)
    assert tile.card == lying


def test_a_tile_is_chosen_by_mouse_and_by_key_and_shows_the_focus(welcome: Welcome) -> None:
    chosen: list[str] = []
    welcome.chosen.connect(chosen.append)
    tile = welcome.suggestions[2]
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Space)
    assert chosen == ["a rainbow", "a rainbow"]
    ring = tile.card.toRect().center()
    ring.setX(round(tile.card.left()) - 1)
    welcome.activateWindow()
    assert QTest.qWaitForWindowActive(welcome, 60_000)
    tile.setFocus()
    shown = tile.grab().toImage()
    assert shown.pixelColor(ring) == welcome._theme.colour("accent")


def test_the_wash_behind_is_faint_and_goes_on_below(welcome: Welcome, theme: Theme) -> None:
    ground = welcome.grab().toImage()
    stage = theme.colour("stage")
    for x, y in ((20, 20), (890, 10), (800, 420), (456, 560)):
        seen = ground.pixelColor(x, y)
        for part in ("red", "green", "blue"):
            assert abs(getattr(seen, part)() - getattr(stage, part)()) < 0.25 * 255
    below = welcome.ground_below(98).toImage()
    assert (below.width(), below.height()) == (912, 98)
    ground = welcome.grab().toImage()
    at_the_seam = [ground.pixelColor(x, 609).lightness() for x in (100, 500, 900)]
    assert [below.pixelColor(x, 0).lightness() for x in (100, 500, 900)] == pytest.approx(
        at_the_seam, abs=3
    )
    theme.apply("contrast", 100, motion=True)
    assert welcome.grab().toImage().pixelColor(20, 20) == theme.colour("stage")
    theme.apply("light", 100, motion=True)
