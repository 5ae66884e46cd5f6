"""Four pictures, two by two, and what leads on from each: by mouse, by keyboard, by menu."""

import random
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.domain.variations import STRENGTHS
from kandinsky_desktop.store.pictures import read_record
from tests.ui.driver import Driver
from tests.ui.test_clip_similarity import bars
from tests.ui.test_fusion import drop, text


def four(driver: Driver) -> list[Path]:
    """Paint four and wait until they are on the stage."""
    driver.generate("a red cat", count=4)
    driver.until(lambda: len(driver.pictures()) == 4 and driver.idle())
    paths = [sight.path for sight in driver.state.viewer.images]
    return [path for path in paths if path is not None]


def choose(driver: Driver, path: Path, words: str) -> None:
    """Choose in the menu of a picture what has these words in it."""
    menu = driver.workspace.picture_actions.menu(path, driver.workspace)
    (action,) = [one for one in menu.actions() if words in one.text()]
    action.trigger()


def made_after(driver: Driver, before: list[str], count: int) -> list[Path]:
    driver.until(lambda: len(driver.pictures()) == len(before) + count and driver.idle())
    return [driver.session.pictures / name for name in set(driver.pictures()) - set(before)]


def apart(one: Path, other: Path) -> float:
    """Return how far two pictures are from each other, pixel by pixel."""
    with Image.open(one) as first, Image.open(other) as second:
        pixels = [np.asarray(image.convert("RGB"), dtype=float) for image in (first, second)]
    return float(np.abs(pixels[0] - pixels[1]).mean())


def test_four_stand_two_by_two_with_a_row_under_each(driver: Driver) -> None:
    paths = four(driver)
    places = driver.create.stage.places
    assert [places[0].top() == one.top() for one in places] == [True, True, False, False]
    assert [places[0].left() == one.left() for one in places] == [True, False, True, False]
    rows = driver.create.four_up.rows
    assert len(rows) == len(paths) == 4
    for row, place in zip(rows, places, strict=True):
        assert row.geometry().top() >= place.bottom()
        assert row.isVisible()
    driver.state.viewer.show_alone(0)
    assert not driver.create.four_up.rows


def test_subtle_variations_keep_more_than_strong_ones(driver: Driver) -> None:
    random.seed(4)  # the seeds that are rolled: with some, three pictures are alike by chance
    paths = four(driver)
    distances = {}
    for how in STRENGTHS:
        driver.state.viewer.show_tile(driver.state.gallery.tiles[-1])
        before = driver.pictures()
        choose(driver, paths[2], how)
        made = made_after(driver, before, 4)
        records = [read_record(path) for path in made]
        assert all(
            one.request.task == Img2Img(path=paths[2], strength=STRENGTHS[how]) for one in records
        )
        assert all(one.request.conditioning == Prompt("a red cat") for one in records)
        assert {one.prior_seed for one in records} == {read_record(paths[2]).prior_seed}
        assert len({path.read_bytes() for path in made}) == 4
        distances[how] = [apart(path, paths[2]) for path in made]
    others = [apart(path, paths[2]) for path in paths if path != paths[2]]
    means = [sum(distances[how]) / 4 for how in ("subtly", "strongly")]
    assert means[0] < means[1] < max(others)


def test_the_keyboard_goes_from_the_stage_along_the_rows(driver: Driver) -> None:
    paths = four(driver)
    driver.create.stage.setFocus()
    said = []
    for _press in range(4):
        driver.press(Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert isinstance(focus, QToolButton)
        said.append(focus.accessibleName())
    assert said == [
        "Vary picture 1 subtly",
        "Vary picture 1 strongly",
        "Make picture 1 large",
        "Remix picture 1",
    ]
    driver.press(Qt.Key.Key_Backtab)
    before = driver.pictures()
    driver.press(Qt.Key.Key_Space)
    (made,) = made_after(driver, before, 1)
    with Image.open(made) as large, Image.open(paths[0]) as small:
        assert large.size == (2 * small.width, 2 * small.height)
    assert read_record(made).seed == read_record(paths[0]).seed
    choose(driver, made, "Larger")
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "no larger ones" in driver.workspace.notices.sentences["refused"]


def test_a_remix_takes_over_what_the_picture_was_made_with(driver: Driver) -> None:
    paths = four(driver)
    driver.type("something else")
    driver.click(driver.create.four_up.rows[1].buttons["remix"])
    driver.until(lambda: driver.state.draft.values.prompt == "a red cat")
    assert driver.state.draft.values.sampling.seed == read_record(paths[1]).seed


def test_four_fusions_stand_in_the_middle_of_the_board_and_one_is_picked(driver: Driver) -> None:
    driver.state.preferences.set(live="never", measure=False)
    driver.state.draft.set(count=4)
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    drop(driver, text("a cat"))
    drop(driver, text("a panda"))
    driver.click(driver.fusion.bar.run_button)
    driver.until(lambda: len(driver.pictures()) == 4 and driver.idle())
    paths = [sight.path for sight in driver.state.viewer.images]
    view = driver.fusion.board
    driver.until(lambda: view.still)
    right_below = view.mapFromScene(QPointF(60, 60))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=right_below)
    assert driver.state.viewer.path == paths[3]
    driver.until(lambda: set(bars(driver)) == {"measure"})


def test_what_is_no_picture_of_ours_is_said(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", (64, 64)).save(path)
    choose(driver, path, "subtly")
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "does not say how it was made" in driver.workspace.notices.sentences["refused"]
    assert driver.idle()
