"""What a fusion leads to: its meaning as a card of its own, and how long the mixture is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Mix
from kandinsky_desktop.store import places
from kandinsky_desktop.store.pictures import read_record
from tests.engine import tiny
from tests.ui.board import board_of, drop, files, fuse, text
from tests.ui.driver import Driver

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
ALT = Qt.KeyboardModifier.AltModifier


def drop_with_alt(driver: Driver, data: QMimeData) -> None:
    viewport = driver.fusion.board.viewport()
    point = QPoint(20, viewport.height() - 20)
    QApplication.sendEvent(viewport, QDragEnterEvent(point, COPY, data, LEFT, ALT))
    QApplication.sendEvent(viewport, QDropEvent(QPointF(point), COPY, data, LEFT, ALT))


@pytest.fixture
def fused(driver: Driver) -> Path:
    driver.state.preferences.set(live="never", measure=False)
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    driver.state.draft.set(prior_seed_locked=True, seed_locked=True)
    driver.state.draft.set_sampling(seed=5)
    drop(driver, text("a cat"))
    drop(driver, text("a panda"))
    return fuse(driver)


@pytest.mark.parametrize("by", ["a drop with Alt", "the menu"])
def test_a_fusion_s_meaning_is_a_card_that_paints_it_again(
    driver: Driver, fused: Path, by: str
) -> None:
    driver.state.board_editor.set_board(Board())
    if by == "the menu":
        menu = driver.workspace.picture_actions.menu(fused, driver.workspace)
        (action,) = [one for one in menu.actions() if one.text() == "To the board"]
        action.trigger()
    else:
        drop_with_alt(driver, files([fused]))
    driver.until(lambda: len(board_of(driver).cards) == 1)
    assert board_of(driver).cards[0].source == ImageEmbedding(fused)
    view = driver.fusion.board
    view.choose(1)
    assert "its meaning" in view.accessibleDescription()
    again = fuse(driver)
    with Image.open(fused) as one, Image.open(again) as other:
        assert one.tobytes() == other.tobytes()


def test_what_carries_no_meaning_is_said_and_the_board_stays(
    driver: Driver, fused: Path, tmp_path: Path
) -> None:
    before = board_of(driver)
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 64)).save(photo)
    drop_with_alt(driver, files([photo]))
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "does not carry its meaning" in driver.workspace.notices.sentences["refused"]
    assert board_of(driver) == before
    drop(driver, files([photo]))
    assert board_of(driver).cards[-1].source == ImagePrompt(photo)


def test_the_decoder_prompt_text_of_2_1_stands_beside_a_fusion(start: Callable[[], Driver]) -> None:
    tiny.write(places.user_models() / "old", tiny.WHOLE_21)
    driver = start()
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    drop(driver, text("a cat"))
    driver.fusion.more.set_open(True)
    driver.fusion.more.set_open(True)
    anchors = driver.fusion.panel.anchors
    assert anchors.isVisible()
    QTest.keyClicks(anchors.texts["decoder_prompt"], "a photo")
    request = driver.state.board_editor.request(driver.state.draft.current_request(words=False))
    assert request.decoder_prompt == "a photo"
    assert isinstance(request.conditioning, Mix)
    anchors.texts["decoder_prompt"].clear()
    driver.workspace.models.use("starter")
    assert not anchors.isVisible()


def test_the_gauge_shows_how_long_the_mixture_is(driver: Driver, fused: Path) -> None:
    panel = driver.fusion.panel
    driver.until(lambda: driver.state.embedding_norm.ratio is not None)
    plain = driver.state.embedding_norm.ratio
    assert plain is not None
    assert panel.gauge.words == f"{100 * plain:.0f} % of the usual"
    driver.state.board_editor.set_board(Board(cards=board_of(driver).cards, restore=True))
    restored = fuse(driver)
    assert read_record(restored).request.conditioning.restore  # type: ignore[union-attr]
    driver.until(lambda: driver.state.embedding_norm.ratio == pytest.approx(1.0, abs=0.001))
    assert panel.gauge.words == "100 % of the usual"
    driver.state.preferences.set(live="always")  # a preview says it too
    driver.state.board_editor.set_board(Board(cards=board_of(driver).cards))
    driver.until(lambda: driver.state.embedding_norm.ratio == pytest.approx(plain, abs=0.001))
