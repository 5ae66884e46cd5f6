"""The row under the stage: the wait in words, and what leads on from a picture, by any hand."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QRectF, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.domain.variations import STRENGTHS
from kandinsky_desktop.store.pictures import read_record
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.create.actions_row import BESIDE, LAST_WORDS, ActionsRow
from kandinsky_desktop.ui.theme import Theme
from tests.ui.board import bars, drop, text
from tests.ui.driver import Driver, child
from tests.ui.fits import settle


def four(driver: Driver, side: int = 64) -> list[Path]:
    """Paint four and wait until they are on the stage."""
    driver.state.draft.set_sampling(width=side, height=side)
    driver.generate("a red cat", count=4)
    driver.until(lambda: len(driver.pictures()) == 4 and driver.idle())
    paths = [sight.path for sight in driver.state.viewer.images]
    return [path for path in paths if path is not None]


def choose(driver: Driver, path: Path, words: str) -> None:
    """Choose something in the menu of a picture."""
    menu = driver.workspace.picture_actions.menu(path, driver.workspace)
    (action,) = [one for one in menu.actions() if one.text() == words]
    action.trigger()


def made_after(driver: Driver, before: list[str], count: int) -> list[Path]:
    driver.until(lambda: len(driver.pictures()) == len(before) + count and driver.idle())
    return [driver.session.pictures / name for name in set(driver.pictures()) - set(before)]


def apart(one: Path, other: Path) -> float:
    """Return how far two pictures are from each other, pixel by pixel."""
    with Image.open(one) as first, Image.open(other) as second:
        pixels = [np.asarray(image.convert("RGB"), dtype=float) for image in (first, second)]
    return float(np.abs(pixels[0] - pixels[1]).mean())


@pytest.fixture
def row(theme: Theme, qapp: QApplication) -> Iterator[ActionsRow]:
    theme.apply("light", 100, motion=True)
    actions = ActionSet(theme, theme)
    for action in actions.table:
        actions.bind(action.name, print)
    row = ActionsRow(theme, actions, lambda: Path("a.png"))
    theme.dress(row)
    row.resize(912, row.height())
    row.show()
    actions.refresh()
    qapp.processEvents()
    yield row
    row.deleteLater()


def seen(row: ActionsRow) -> list[QWidget]:
    return [one for one in row.children() if isinstance(one, QWidget) and one.isVisible()]


@pytest.mark.parametrize("text_size", [90, 100, 125, 150])
def test_nothing_in_the_row_is_cut_or_lies_over_another(
    row: ActionsRow, theme: Theme, qapp: QApplication, text_size: int
) -> None:
    theme.apply("light", text_size, motion=False)
    for wide in (320, 480, 640, 688, 759, 912, 1528):
        check_row(row, theme, qapp, wide)
        row.show_comparison(("what it started from", "the picture before"), 0, on=True)
        check_row(row, theme, qapp, wide, comparing=True)
        row.show_comparison((), 0, on=False)
    theme.apply("light", 100, motion=True)


def check_row(
    row: ActionsRow, theme: Theme, qapp: QApplication, wide: int, *, comparing: bool = False
) -> None:
    row.show_actions("2 of 4", "a rocket")
    row.show_scale(2.5, zoomed=True)
    row.resize(wide, row.height())
    qapp.processEvents()
    places = sorted((one.geometry() for one in seen(row)), key=lambda one: one.left())
    for one, other in pairwise(places):
        assert one.right() < other.left()
    assert row.rect().contains(places[0].united(places[-1]))
    buttons = [button for button in row.buttons.values() if button.isVisible()]
    assert len(buttons) == len(row.buttons) or wide < theme.px(760 if comparing else 600)
    assert row.more.isVisible()  # what is not in the bar is in its menu
    for button in (*buttons, row.more):
        assert button.width() >= button.sizeHint().width()
        assert row.bar.rect().contains(button.geometry())
    worded = [name for name, one in row.buttons.items() if one.toolButtonStyle() == BESIDE]
    usual = [name for name in row.buttons if name not in LAST_WORDS]
    lost = [name for name in usual if name not in worded]
    assert lost == usual[len(usual) - len(lost) :]  # the last ones lose theirs first
    assert lost == usual or worded == [name for name in row.buttons if name not in lost]
    if not row.narrow:
        assert abs(row.bar.geometry().center().x() - row.rect().center().x()) <= 1


def test_the_tools_stand_where_they_stand_whatever_the_row_shows(row: ActionsRow) -> None:
    row.show_actions("", "a rocket, 20 steps")
    tools, high = (row.compare.geometry(), row.alone.geometry()), row.height()
    row.show_actions("12 of 13", "another rocket, 20 steps, and so on")
    row.show_scale(2.5, zoomed=True)
    bar = row.bar.geometry()
    row.show_comparison(("what it started from", "the picture before"), 1, on=True)
    assert (row.compare.geometry(), row.alone.geometry()) == tools
    assert row.bar.geometry() == bar
    assert row.against.isVisible()
    assert row.against.toolTip() == "Compared with: the picture before"
    chosen: list[int] = []
    row.against_chosen.connect(chosen.append)
    titles = row.against.menu().actions()
    assert [one.text() for one in titles] == ["What it started from", "The picture before"]
    titles[0].trigger()
    assert chosen == [0]
    row.show_comparison(("what it started from",), 0, on=True)
    assert not row.against.isVisible()  # there is nothing to choose, and the picture says it
    row.show_comparison((), 0, on=False)
    assert not row.against.isVisible()
    row.show_wait("Loading the decoder")
    assert row.words == "Loading the decoder"
    row.allow_keep(True)
    row.clear()
    assert row.height() == high
    assert row.words == ""


def test_the_words_of_a_wait_stand_in_the_middle_and_stay_there(row: ActionsRow) -> None:
    row.show_wait("Waking the engine, a few seconds")
    [words] = seen(row)
    before = words.geometry()
    assert abs(before.center().x() - row.rect().center().x()) <= 1
    needed = words.fontMetrics().horizontalAdvance(row.words)
    assert needed <= words.width()
    row.allow_keep(True)
    assert words.geometry() == before
    assert not before.intersects(row.keep.geometry())


def test_how_large_it_is_shown_is_said_only_while_it_is_zoomed(row: ActionsRow) -> None:
    row.show_actions("", "a rocket")
    row.show_scale(4.2, zoomed=False)
    scale = child(row, QToolButton, "scale")
    assert not scale.isVisible()
    row.show_scale(2.0, zoomed=True)
    assert scale.isVisible()
    assert scale.text() == "200 %"
    asked: list[str] = []
    row.fit_requested.connect(lambda: asked.append("fit"))
    row.actual_requested.connect(lambda: asked.append("actual"))
    for action in scale.menu().actions()[:2]:
        action.trigger()
    assert asked == ["fit", "actual"]


def test_four_stand_two_by_two_and_nothing_moves_between_the_wait_four_and_one(
    driver: Driver,
) -> None:
    create, stage = driver.create, driver.create.stage
    driver.state.draft.set(count=4)
    driver.type("a red cat")
    place = QRectF()

    def check() -> None:
        around = stage.places[0].united(stage.places[-1])
        assert around == (place or around)
        assert create.row.isVisible()
        assert create.row.geometry().bottom() == create.widget.rect().bottom()

    said = driver.at_steps("prior", lambda: create.row.words)
    driver.send()
    place = stage.places[0].united(stage.places[-1])
    assert place.top() == 20
    assert create.row.y() - 12 - place.bottom() in (0, 1)  # an odd pixel is left over
    check()
    assert create.row.words in ("Starting", "Waking the engine, a few seconds")
    driver.until(lambda: bool(driver.steps("decoder")))
    assert {words.partition(",")[0] for words in said} == {"Finding the idea"}
    check()
    driver.until(lambda: len(driver.pictures()) == 4 and driver.idle())
    check()
    assert create.row.where == "1 of 4"
    places = stage.places
    assert [places[0].top() == one.top() for one in places] == [True, True, False, False]
    assert [places[0].left() == one.left() for one in places] == [True, False, True, False]
    driver.workspace.notices.notify("one", "Something happened. " * 4, "Do it", lambda: None)
    driver.until(lambda: driver.workspace.notices.geometry().bottom() < create.row.y())
    settle()
    check()
    driver.workspace.notices.drop("one")
    check()
    driver.state.viewer.show_alone(1)
    check()
    assert create.row.where == "2 of 4"
    driver.press(Qt.Key.Key_Escape)
    check()
    assert len(stage.images) == 4


def test_subtle_variations_keep_more_than_strong_ones(driver: Driver) -> None:
    random.seed(4)  # the seeds that are rolled: with some, three pictures are alike by chance
    paths = four(driver)
    distances = {}
    for how in STRENGTHS:
        driver.state.viewer.show_tile(driver.state.gallery.tiles[-1])
        before = driver.pictures()
        choose(driver, paths[2], {"subtly": "Vary subtly", "strongly": "Vary"}[how])
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


def test_the_keyboard_chooses_a_picture_and_goes_on_to_the_bar(driver: Driver) -> None:
    paths = four(driver, 128)  # the model's best: twice as large is the most
    stage = driver.create.stage
    stage.setFocus()
    driver.press(Qt.Key.Key_Down)
    assert driver.state.viewer.current_path == paths[2]
    assert driver.create.row.where == "3 of 4"
    said = []
    for _press in range(3):
        driver.press(Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert isinstance(focus, QToolButton)
        said.append(focus.text().strip())
    assert said == ["Vary", "Larger", "Edit \u25be"]
    driver.press(Qt.Key.Key_Backtab)
    before = driver.pictures()
    driver.press(Qt.Key.Key_Space)
    (made,) = made_after(driver, before, 1)
    with Image.open(made) as large, Image.open(paths[2]) as small:
        assert large.size == (2 * small.width, 2 * small.height)
    assert read_record(made).seed == read_record(paths[2]).seed
    choose(driver, made, "Larger")
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "no larger ones" in driver.workspace.notices.sentences["refused"]


def test_the_mouse_chooses_a_picture_and_the_bar_varies_it(driver: Driver) -> None:
    paths = four(driver)
    stage = driver.create.stage
    QTest.mouseClick(stage, Qt.MouseButton.LeftButton, pos=stage.places[1].center().toPoint())
    assert len(stage.images) == 4
    before = driver.pictures()
    driver.click(driver.create.row.buttons["vary"])
    made = made_after(driver, before, 4)
    tasks = {read_record(path).request.task for path in made}
    assert tasks == {Img2Img(path=paths[1], strength=STRENGTHS["strongly"])}


def test_a_letter_varies_what_is_on_the_stage_and_types_in_the_prompt(driver: Driver) -> None:
    paths = four(driver)
    driver.type("a v")
    assert driver.create.prompt.prompt.toPlainText() == "a v"
    driver.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)  # no words are chosen
    assert QApplication.clipboard().mimeData().urls() == [QUrl.fromLocalFile(str(paths[0]))]
    driver.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    driver.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "a v"
    driver.create.stage.setFocus()
    driver.press(Qt.Key.Key_Right)
    values, before = driver.state.draft.values, driver.pictures()
    driver.press(Qt.Key.Key_V, Qt.KeyboardModifier.ShiftModifier)
    made = made_after(driver, before, 4)
    tasks = {read_record(path).request.task for path in made}
    assert tasks == {Img2Img(path=paths[1], strength=STRENGTHS["subtly"])}
    assert driver.state.draft.values == values  # nothing of the form is touched
    assert driver.create.prompt.prompt.isEnabled()


def test_one_is_opened_and_its_settings_are_used_again(driver: Driver) -> None:
    paths = four(driver)
    driver.type("something else")
    stage = driver.create.stage
    QTest.mouseDClick(stage, Qt.MouseButton.LeftButton, pos=stage.places[1].center().toPoint())
    assert driver.state.viewer.path == paths[1]
    QTest.keyClick(stage, Qt.Key.Key_Backspace)
    assert len(stage.images) == 4
    driver.create.stage.setFocus()
    driver.press(Qt.Key.Key_Return)
    assert driver.state.viewer.path == paths[1]
    driver.until(lambda: driver.state.viewer.record is not None)
    driver.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
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
    choose(driver, path, "Vary")
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "does not say how it was made" in driver.workspace.notices.sentences["refused"]
    assert driver.idle()


def test_over_a_zoomed_picture_all_of_the_row_has_a_ground(row: ActionsRow, theme: Theme) -> None:
    row.show_actions("2 of 4", "a rocket")

    def ground() -> str:
        beside = row.compare.geometry().topRight()  # between the two tools
        return row.grab().toImage().pixelColor(beside).name()

    raised = theme.colour("raised").name()
    row.show_scale(4.2, zoomed=False)
    assert ground() != raised
    row.show_scale(2.0, zoomed=True)
    assert ground() == raised


def test_in_a_wide_window_the_row_begins_and_ends_above_the_composer(
    row: ActionsRow, theme: Theme, qapp: QApplication
) -> None:
    for wide in (912, 1500, 2200):
        row.resize(wide, row.height())
        qapp.processEvents()
        edge = max(24, (wide - 1040) // 2)
        assert row.alone.geometry().right() + 1 == wide - edge
        assert row._place.geometry().left() - edge < 12
