"""What came through of the cards: measured by the real engine, asked for and found again."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.store import clip_similarity, places
from tests.ui.board import bars, board_of, drop, files, fuse, measured, text
from tests.ui.driver import Driver


def knows(driver: Driver, picture: Path) -> bool:
    return any(one.path == picture for one in measured(driver))


def board_without_live(driver: Driver) -> None:
    driver.state.preferences.set(live="never")
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)


def test_a_cat_and_a_tiger_come_through_by_their_weights(unhurried: Driver) -> None:
    driver = unhurried
    board_without_live(driver)
    driver.state.draft.set(prior_seed_locked=True, seed_locked=True)
    driver.state.draft.set_sampling(seed=5)
    paths: list[Path] = []
    for words in ("a red cat", "a tiger on a blue background"):
        driver.state.board_editor.set_board(Board().laid(Prompt(words)))
        paths.append(fuse(driver))
    driver.state.board_editor.set_board(Board())
    drop(driver, files(paths))
    found = []
    for weights in ((1.0, 0.0), (0.5, 0.5), (0.0, 1.0)):
        driver.state.board_editor.set_board(
            board_of(driver).balanced({1: weights[0], 2: weights[1]})
        )
        fused = fuse(driver)
        driver.until(partial(knows, driver, fused))
        found.append(measured(driver)[-1].cosines)
        assert bars(driver) == [f"{cosine:.2f}" for cosine in found[-1] if cosine is not None]
    cats, tigers = zip(*found, strict=True)
    assert cats[0] > cats[1] > cats[2]
    assert tigers[0] < tigers[1] < tigers[2]


def test_a_preview_has_no_bars_and_a_kept_picture_gets_its_own_back(
    start: Callable[[], Driver],
) -> None:
    first = start()
    first.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    drop(first, text("a cat"))
    drop(first, text("a panda"))
    driver = first
    fuse(driver)
    driver.until(lambda: bool(measured(driver)))
    shown = bars(driver)
    assert all("0." in one for one in shown)
    view = driver.fusion.board
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.accessibleDescription().endswith(f"came through {shown[0]}")
    QTest.keyClick(view, Qt.Key.Key_Down)  # the board is live on the starter
    driver.until(lambda: bars(driver) == ["", ""])
    first.close()

    second = start()
    second.until(lambda: len(second.state.gallery.tiles) == 1)
    second.state.viewer.show_tile(second.state.gallery.tiles[0])
    second.until(lambda: second.state.viewer.record is not None)
    second.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    second.until(lambda: bars(second) == shown)
    assert not measured(second)


@pytest.mark.parametrize("by", ["a click", "a key"])
def test_measuring_can_be_left_to_a_wish(driver: Driver, by: str) -> None:
    board_without_live(driver)
    driver.state.preferences.set(measure=False)
    drop(driver, text("a cat"))
    drop(driver, text("a panda"))
    fused = fuse(driver)
    driver.until(lambda: bars(driver) == ["measure", "measure"])
    view = driver.fusion.board
    driver.until(lambda: view.still)
    before = board_of(driver)
    if by == "a click":
        driver.click(driver.fusion.panel.through.measure)
    else:
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_Right)
        QTest.keyClick(view, Qt.Key.Key_C)
    assert bars(driver) == ["measuring", "measuring"]
    driver.until(lambda: bool(measured(driver)))
    (event,) = measured(driver)
    assert event.path == fused
    assert clip_similarity.read(places.clip_similarity(), fused) == event.cosines
    assert all("0." in one for one in bars(driver))
    assert board_of(driver) == before


def test_what_cannot_be_measured_is_said(driver: Driver) -> None:
    board_without_live(driver)
    driver.state.preferences.set(measure=False)
    drop(driver, text("a cat"))
    fused = fuse(driver)
    driver.until(lambda: bars(driver) == ["measure"])
    fused.write_bytes(b"no picture")
    driver.click(driver.fusion.panel.through.measure)
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "It cannot be measured" in driver.workspace.notices.sentences["refused"]
    assert bars(driver) == ["measure"]
