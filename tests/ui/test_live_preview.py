"""Live previews on the board: real weights, the real engine, and nothing left behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.events import Cancelled, Finished, Progressed, Sketched, Stepped
from kandinsky_desktop.store import places
from kandinsky_desktop.store.pictures import read_record
from tests.fakes import NATIVE, QUICK, text_to_image
from tests.ui.board import board_of, drop, files, fuse, text
from tests.ui.driver import Driver

LEFT = Qt.MouseButton.LeftButton


class Eye(QObject):
    """Sees what the middle of the board shows."""

    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self.images: list[QImage] = []
        driver.state.live_preview.image_changed.connect(self.images.append)


@pytest.fixture
def driver(unhurried: Driver) -> Driver:
    """A prior that takes long enough to come in between, and a sketch in fewer steps than a job."""
    return unhurried


@pytest.fixture
def pair(driver: Driver) -> list[Path]:
    """Lie on the board: two pictures whose preview was made."""
    paths = []
    for name, colour in (("a cat", "orange"), ("a tiger", "brown")):
        path = places.dropped() / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64), colour).save(path)
        paths.append(path)
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    drop(driver, files(paths))
    driver.until(lambda: len(sketched(driver)) == 1)
    driver.until(lambda: not driver.state.live_preview.running)
    return paths


def sketched(driver: Driver) -> list[Sketched]:
    return [event for event in driver.events if isinstance(event, Sketched)]


def test_of_five_quick_changes_only_the_last_is_previewed_and_nothing_is_saved(
    driver: Driver, pair: list[Path]
) -> None:
    assert driver.fusion.tools.live.isChecked()  # the starter is small
    view = driver.fusion.board
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Right)
    driver.events.clear()
    for _press in range(5):
        QTest.keyClick(view, Qt.Key.Key_Down)
    driver.until(lambda: bool(sketched(driver)) and not driver.state.live_preview.running)
    assert board_of(driver).cards[0].weight == pytest.approx(0.75)
    ends = [event for event in driver.events if isinstance(event, Finished | Cancelled)]
    assert isinstance(ends[-1], Finished)
    assert len(sketched(driver)) == 1
    assert not driver.steps("prior")
    assert not set(driver.loads()) - {"unet", "movq"}  # no encoder looks again
    assert not driver.pictures()
    assert not driver.state.gallery.tiles
    assert driver.session.jobs.rowCount() == 0
    assert not list((places.cache() / "steps").glob("*"))


def test_a_sweep_of_weights_runs_the_decoder_alone(driver: Driver, pair: list[Path]) -> None:
    driver.events.clear()
    weights = [number / 20 for number in range(1, 20, 3)]
    done: list[float] = []
    for weight in weights:
        done.append(weight)
        driver.state.board_editor.set_board(board_of(driver).balanced({1: weight, 2: 1 - weight}))
        driver.until(lambda: len(sketched(driver)) == len(done))
    assert len({event.preview.pixels for event in sketched(driver)}) == len(weights)
    assert not driver.steps("prior")
    assert len(driver.steps("decoder")) == len(weights) * 8
    assert not driver.loads()


def test_a_card_let_go_is_previewed_as_it_lies(driver: Driver, pair: list[Path]) -> None:
    eye, view = Eye(driver), driver.fusion.board
    driver.until(lambda: view.still)
    driver.events.clear()
    start = view.mapFromScene(view.item_of(1).pos())
    end = view.mapFromScene(view.item_of(1).pos() * 0.8)
    viewport = view.viewport()
    QTest.mousePress(viewport, LEFT, pos=start)
    for part in range(1, 6):
        QTest.mouseMove(viewport, start + (end - start) * part / 5)
    driver.qtbot.wait(50)
    assert not driver.steps("decoder")  # the hand still has it
    QTest.mouseRelease(viewport, LEFT, pos=end)
    driver.until(lambda: bool(sketched(driver)))
    assert len(driver.steps("decoder")) == 8
    assert len(eye.images) == 9
    assert (eye.images[-1].width(), eye.images[-1].height()) == (NATIVE, NATIVE)
    assert not driver.steps("prior")


def test_new_words_are_read_once(driver: Driver, pair: list[Path]) -> None:
    driver.events.clear()
    said = driver.at_steps("prior", lambda: driver.state.live_preview.text)
    drop(driver, text("gold"))
    driver.until(lambda: bool(sketched(driver)))
    assert set(said) == {"Finding the idea"}
    assert len(driver.steps("prior")) == 25
    driver.events.clear()
    driver.state.board_editor.set_board(board_of(driver).weighed(3, 0.5))
    driver.until(lambda: bool(sketched(driver)))
    assert not driver.steps("prior")


def test_the_picture_is_the_one_that_was_previewed(driver: Driver, pair: list[Path]) -> None:
    seed = driver.state.draft.values.sampling.seed
    eye = Eye(driver)
    path = fuse(driver)
    record = read_record(path)
    assert record.seed == seed
    assert record.request.sampling.steps == 20
    driver.qtbot.wait(300)
    assert not eye.images  # no preview paints over it
    assert driver.fusion.board.preview_text == ""
    assert read_record(fuse(driver)).seed != seed  # another one of the same board


def test_a_job_stops_the_preview_and_is_followed_by_it(driver: Driver, pair: list[Path]) -> None:
    long_idea(driver)
    drop(driver, text("a panda"))
    driver.until(lambda: bool(driver.steps("prior")))
    job = driver.session.submit(text_to_image("a lion", sampling=QUICK))
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    ends = [event for event in driver.events if isinstance(event, Finished | Cancelled)]
    assert isinstance(ends[0], Cancelled)
    assert ends[1] == Finished(job.id)
    driver.until(lambda: bool(sketched(driver)))
    assert len(driver.pids) == 1


def long_idea(driver: Driver) -> None:
    """Let the next preview last until something comes in between, and forget the ones before."""
    driver.state.draft.set_sampling(prior_steps=300)
    driver.until(lambda: not driver.state.live_preview.busy)
    driver.events.clear()


def test_an_engine_that_dies_of_a_preview_is_there_for_the_next(
    driver: Driver, pair: list[Path]
) -> None:
    long_idea(driver)
    drop(driver, text("a panda"))
    driver.until(lambda: bool(driver.steps("prior")))
    driver.kill_engine()
    driver.until(lambda: "preview" in driver.workspace.notices.sentences)
    assert "stopped unexpectedly" in driver.workspace.notices.sentences["preview"]
    driver.state.board_editor.set_board(board_of(driver).weighed(1, 0.5))
    driver.until(lambda: bool(sketched(driver)))
    assert "preview" not in driver.workspace.notices.sentences
    assert len(driver.pids) == 2


def test_the_switch_is_remembered(start: Callable[[], Driver]) -> None:
    first = start()
    first.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    first.click(first.fusion.tools.live)
    drop(first, text("a cat"))
    first.qtbot.wait(200)
    assert not any(isinstance(event, Progressed) for event in first.events)
    first.close()
    second = start()
    assert not second.fusion.tools.live.isChecked()


def test_an_ingredient_that_goes_while_it_is_previewed_is_a_sentence(
    driver: Driver, pair: list[Path]
) -> None:
    pair[0].unlink()
    driver.state.board_editor.set_board(board_of(driver).weighed(1, 0.4))
    driver.until(lambda: "preview" in driver.workspace.notices.sentences)
    assert "There is no file" in driver.workspace.notices.sentences["preview"]
    assert len(board_of(driver).cards) == 2
    driver.state.board_editor.set_board(board_of(driver).replaced(1, Prompt("a cat")))
    driver.until(lambda: "preview" not in driver.workspace.notices.sentences)
    assert any(isinstance(one, Stepped) for one in driver.steps("decoder"))
