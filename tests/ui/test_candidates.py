"""Choose first, paint later: ideas sketched by the real engine, those chosen painted in full."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.events import Sketched
from kandinsky_desktop.domain.wire import Sketch
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.ui.create.candidate_sheet import best_columns
from tests.fakes import NATIVE
from tests.ui.driver import Driver

CONTROL = Qt.KeyboardModifier.ControlModifier


def begin(driver: Driver) -> None:
    driver.type("a red cat")
    driver.press(Qt.Key.Key_I, CONTROL)
    assert driver.create.sheet.isVisible()


def test_chosen_ideas_are_painted_in_full_with_their_own_seeds(driver: Driver) -> None:
    driver.state.draft.set_sampling(steps=10)  # more than those of a sketch
    begin(driver)
    ideas, sheet = driver.state.candidates, driver.create.sheet
    assert not sheet.paint.isEnabled()
    driver.until(lambda: ideas.done == 9)
    assert not driver.pictures()  # nothing of them is kept
    assert len({bytes(one.image.constBits()) for one in ideas.items if one.image}) == 9
    wanted = [ideas.items[number].whole.sampling for number in (1, 2)]
    view = sheet.view
    assert view.hasFocus()
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert sheet.chosen_numbers == [1, 2]
    assert sheet.paint.text() == "Paint 2 ideas"
    driver.events.clear()
    QTest.keyClick(view, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    driver.until(lambda: len(driver.pictures()) == 2 and driver.idle())
    assert not driver.steps("prior")  # their points are known
    assert not sheet.isVisible()
    records = [read_record(driver.session.pictures / name) for name in driver.pictures()]
    seeds = {(one.prior_seed, one.seed) for one in records}
    assert seeds == {(one.prior_seed, one.seed) for one in wanted}
    assert {one.request.sampling.steps for one in records} == {10}
    assert all(one.request.words == "a red cat" for one in records)
    for name in driver.pictures():
        with Image.open(driver.session.pictures / name) as image:
            assert image.size == (NATIVE, NATIVE)


def test_sketches_know_the_estimators_of_depth_as_jobs_do(driver: Driver) -> None:
    wanted = (Path("/an/estimator"),)
    driver.session.estimators = wanted
    orders: list[Sketch] = []
    driver.state.candidates.order_requested.connect(orders.append)
    begin(driver)
    driver.until(lambda: bool(orders))
    assert orders[0].estimators == wanted


def test_a_job_comes_first_and_the_sheet_goes_on(driver: Driver) -> None:
    begin(driver)
    ideas = driver.state.candidates
    driver.until(lambda: ideas.done >= 2)
    driver.session.submit(driver.state.draft.current_request())
    driver.until(lambda: len(driver.pictures()) == 1)
    driver.until(lambda: ideas.done == 9)
    driver.click(driver.create.sheet.more)
    assert len(ideas.items) == 18
    driver.until(lambda: ideas.done >= 10)
    driver.press(Qt.Key.Key_Escape)
    assert not ideas.is_open
    assert not driver.create.sheet.isVisible()
    driver.events.clear()
    driver.qtbot.wait(300)
    # one may have been done when it was told to stop
    assert len([event for event in driver.events if isinstance(event, Sketched)]) <= 1


def test_no_sheet_begins_without_words_and_it_waits_while_nobody_looks(driver: Driver) -> None:
    assert not driver.create.prompt.ideas.isEnabled()
    driver.type("a rainbow")
    driver.click(driver.create.prompt.ideas)
    ideas = driver.state.candidates
    driver.until(lambda: ideas.done >= 1)
    driver.press(Qt.Key.Key_3, CONTROL)
    done = ideas.done
    driver.qtbot.wait(300)
    assert ideas.done == done
    driver.press(Qt.Key.Key_1, CONTROL)
    driver.until(lambda: ideas.done > done)
    assert driver.create.sheet.isVisible()
    driver.generate("a panda")
    assert not ideas.is_open
    driver.until(lambda: len(driver.pictures()) == 1)


@pytest.mark.parametrize(
    ("count", "wide", "high", "columns"), [(9, 880, 540, 3), (4, 880, 540, 2), (9, 1500, 500, 5)]
)
def test_ideas_stand_as_large_as_they_can_with_no_gap_where_that_is_as_large(
    count: int, wide: int, high: int, columns: int
) -> None:
    assert best_columns(count, QSize(wide, high)) == columns
