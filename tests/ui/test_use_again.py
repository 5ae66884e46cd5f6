"""Use again: it says what it did, can be undone from anywhere, and leads to other pictures."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.state.origins import read_origin
from kandinsky_desktop.store import boards, places
from kandinsky_desktop.store.pictures import read_record
from tests.library import picture, plain_png, record_of
from tests.ui.driver import Driver

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def cat(driver: Driver) -> Path:
    """A picture that was painted, after which other words were typed."""
    driver.generate("a red cat", count=1)
    driver.until(lambda: len(driver.pictures()) == 1 and driver.idle())
    driver.until(lambda: driver.state.viewer.record is not None)
    driver.type("a blue dog")
    return driver.session.pictures / driver.pictures()[0]


def focusable(driver: Driver) -> dict[str, QWidget]:
    """Return where the focus may be."""
    inspector = driver.workspace.inspector
    return {
        "prompt": driver.create.prompt.prompt,
        "stage": driver.create.stage,
        "strip": driver.workspace.strip.view,
        "slider": inspector.numbers["guidance"],
        "without": inspector.without.both,
        "rail": driver.workspace.rail.settings,
    }


def test_it_is_undone_by_ctrl_z_wherever_the_focus_is(driver: Driver, cat: Path) -> None:
    del cat
    draft, prompt = driver.state.draft, driver.create.prompt.prompt
    for place, widget in focusable(driver).items():
        prompt.setFocus()
        before = draft.values
        driver.press(Qt.Key.Key_R, CTRL)
        assert draft.values.prompt == prompt.toPlainText() == "a red cat", place
        widget.setFocus()
        driver.press(Qt.Key.Key_Z, CTRL)
        assert draft.values == before, place
        assert prompt.toPlainText() == "a blue dog"


def test_it_says_so_and_its_button_undoes_it_as_long_as_that_is_the_last_change(
    driver: Driver, cat: Path
) -> None:
    del cat
    draft, notices = driver.state.draft, driver.workspace.notices
    driver.press(Qt.Key.Key_R, CTRL)
    assert notices.sentences["taken"] == "Settings taken over"
    button = notices.button("taken")
    assert button is not None
    assert button.text() == "Undo"
    driver.click(button)
    assert draft.values.prompt == "a blue dog"
    driver.press(Qt.Key.Key_R, CTRL)
    assert "taken" in notices.sentences
    draft.set_sampling(steps=9)
    assert "taken" not in notices.sentences
    assert draft.values.prompt == "a red cat"


def test_what_is_painted_next_is_another_picture_of_the_same_words(
    driver: Driver, cat: Path
) -> None:
    driver.press(Qt.Key.Key_R, CTRL)
    driver.send()
    driver.until(lambda: len(driver.pictures()) == 2 and driver.idle())
    first, second = (read_record(cat.parent / name) for name in driver.pictures())
    assert first.request.words == second.request.words
    assert first.seed != second.seed
    assert "repeated" not in driver.workspace.notices.sentences


def test_the_same_picture_again_is_said_as_it_is_painted(driver: Driver, cat: Path) -> None:
    del cat
    draft, notices = driver.state.draft, driver.workspace.notices
    driver.press(Qt.Key.Key_R, CTRL)
    draft.set(prior_seed_locked=True, seed_locked=True)
    driver.send()
    said = notices.sentences["repeated"]
    assert said == "The same picture again: its seeds are locked."
    driver.until(lambda: len(driver.pictures()) == 2 and driver.idle())
    button = notices.button("repeated")
    assert button is not None
    driver.click(button)
    assert not draft.locked
    assert "repeated" not in notices.sentences
    draft.undo()
    draft.set_sampling(steps=5)  # something was changed: it is another one
    driver.send()
    assert "repeated" not in notices.sentences


def test_a_part_of_it_is_used_and_all_else_stays(driver: Driver, cat: Path) -> None:
    draft = driver.state.draft
    record = read_record(cat)
    draft.set_sampling(width=64, height=64, seed=77, prior_seed=78, steps=9)
    act = driver.workspace.action_set.trigger
    before = draft.values
    act("use_words", cat)
    driver.until(lambda: draft.values.prompt == "a red cat")
    assert draft.values.sampling == before.sampling
    driver.press(Qt.Key.Key_Z, CTRL)
    assert draft.values == before
    act("use_size", cat)
    own = record.request.sampling
    driver.until(lambda: draft.size == Size(own.width, own.height))
    assert (draft.values.prompt, draft.values.sampling.steps) == ("a blue dog", 9)
    driver.press(Qt.Key.Key_Z, CTRL)
    act("use_all_but_seeds", cat)
    driver.until(lambda: draft.values.prompt == "a red cat")
    sampling = draft.values.sampling
    assert (sampling.seed, sampling.prior_seed) == (77, 78)
    assert sampling.steps == record.request.sampling.steps
    driver.press(Qt.Key.Key_Z, CTRL)
    assert draft.values == before


def test_a_picture_of_pictures_has_no_words_to_take(
    driver: Driver, cat: Path, tmp_path: Path
) -> None:
    draft, notices = driver.state.draft, driver.workspace.notices
    cats = (Ingredient(ImagePrompt(cat), 0.6), Ingredient(Prompt("oil painting"), 0.4))
    fused = picture(
        tmp_path, record_of(conditioning=Mix(ingredients=cats), negative=ImagePrompt(cat))
    )
    led = picture(tmp_path, record_of(conditioning=ImagePrompt(cat, "in snow", "", 0.5)))
    driver.workspace.action_set.trigger("use_words", fused)
    driver.until(lambda: notices.sentences.get("taken") == "It says no words")
    assert draft.values.prompt == "a blue dog"
    origin, _record = read_origin(fused)
    assert not origin.has_words
    driver.workspace.action_set.trigger("use_words", led)
    driver.until(lambda: draft.values.prompt == "in snow")
    away = picture(tmp_path, record_of("a red cat", negative=ImagePrompt(cat)))
    draft.set(negative_decoder="fog")
    driver.workspace.action_set.trigger("use_words", away)
    driver.until(lambda: draft.values.prompt == "a red cat")
    assert draft.values.negative_decoder == ""


def test_what_another_program_says_is_used_as_far_as_we_have_it(
    driver: Driver, cat: Path, tmp_path: Path
) -> None:
    del cat
    path = tmp_path / "other.png"
    said = (
        "a <b>yellow</b> square\nNegative prompt: blurry\nSteps: 12, Sampler: Euler a,"
        " CFG scale: 3, Seed: 4242, Size: 64x64, Model: theirs, Version: v1.10"
    )
    path.write_bytes(plain_png(("parameters", said)))
    draft, notices = driver.state.draft, driver.workspace.notices
    act = driver.workspace.action_set.trigger
    before = draft.values
    act("use_again", path)
    driver.until(lambda: draft.values.prompt == "a <b>yellow</b> square")
    sampling = draft.values.sampling
    assert (sampling.seed, sampling.steps, sampling.guidance) == (4242, 12, 3)
    assert sampling.scheduler == "EulerAncestralDiscreteScheduler"
    taken = "Settings of A1111 taken over. Not taken over: model theirs."
    assert notices.sentences["taken"] == taken
    driver.press(Qt.Key.Key_Z, CTRL)
    assert draft.values == before
    act("use_size", path)
    driver.until(lambda: draft.size == Size(64, 64))
    driver.press(Qt.Key.Key_Z, CTRL)
    act("use_words", path)
    driver.until(lambda: draft.values.negative_decoder == "blurry")
    assert draft.values.sampling == before.sampling
    driver.press(Qt.Key.Key_Z, CTRL)
    driver.state.viewer.look_at(path)
    driver.until(lambda: driver.state.viewer.is_read)
    actions = driver.workspace.action_set
    assert actions.refusal("use_again", path) == ""
    assert "another program" in actions.refusal("vary", path)
    path.write_bytes(plain_png())
    act("use_again", path)
    driver.until(lambda: "refused" in notices.sentences)
    assert "does not say how it was made" in notices.sentences["refused"]
    assert draft.values == before


def test_of_a_fusion_it_is_undone_in_one_go_and_not_offered_once_a_card_was_weighed(
    driver: Driver, tmp_path: Path
) -> None:
    laid = Board().laid(Prompt("a cat")).laid(Prompt("gold")).laid(Prompt("fog")).muted(3)
    fused = picture(tmp_path, record_of(conditioning=laid.fusion))
    boards.keep_for_picture(places.boards(), fused, laid)
    board, notices = driver.state.board_editor, driver.workspace.notices
    driver.workspace.action_set.trigger("use_again", fused)
    driver.until(lambda: "taken" in notices.sentences)
    driver.until(lambda: len(board.board.cards) == 3)  # the muted one comes from the disk
    button = notices.button("taken")
    assert button is not None
    driver.click(button)
    assert board.board == Board()
    driver.workspace.action_set.trigger("use_again", fused)
    driver.until(lambda: "taken" in notices.sentences and len(board.board.cards) == 3)
    board.weigh(1, 1.4)
    assert "taken" not in notices.sentences
