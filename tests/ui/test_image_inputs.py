"""Starts and meanings that are more than words: dropped, pasted, chosen, and really painted."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPlainTextEdit, QSlider, QWidget

from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Prompt
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint, Task, TextToImage
from kandinsky_desktop.state.draft import PictureAndPrompt
from kandinsky_desktop.state.thumbnails import MaskThumbnail
from kandinsky_desktop.store import places
from kandinsky_desktop.store.pictures import read_embedding, read_record
from kandinsky_desktop.ui.image_drop_target import ImageDropTarget
from kandinsky_desktop.ui.mime import DroppedImages
from tests.engine import tiny
from tests.fakes import NATIVE
from tests.ui.driver import Driver, child

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
ALL_FOLDS = (1, 1, 0, 1, 1)


@pytest.fixture
def cat(driver: Driver) -> Path:
    return painted(driver.session.pictures / "cat.png", (64, 64))


@pytest.fixture
def hole(cat: Path, tmp_path: Path) -> Path:
    mask = Image.new("L", (64, 64))
    ImageDraw.Draw(mask).rectangle((20, 20, 43, 43), fill=255)
    mask.save(tmp_path / "hole.png")
    return tmp_path / "hole.png"


def painted(path: Path, size: tuple[int, int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, "skyblue")
    ImageDraw.Draw(image).ellipse((8, 8, 56, 48), fill="orange")
    image.save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def drop(target: QWidget, path: Path) -> None:
    """Drag a file over a well or a fold and let it go there."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    point = target.rect().center()
    enter = QDragEnterEvent(point, COPY, data, LEFT, NONE)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(point), COPY, data, LEFT, NONE))


def pick(combo: QComboBox, place: int) -> None:
    """Go to an entry of a list with the keyboard."""
    combo.setFocus()
    for _step in range(abs(place - combo.currentIndex())):
        down = place > combo.currentIndex()
        QTest.keyClick(combo, Qt.Key.Key_Down if down else Qt.Key.Key_Up)
    assert combo.currentIndex() == place


def put(driver: Driver, target: ImageDropTarget, path: Path) -> None:
    drop(target, path)
    driver.until(lambda: target.path == path)


def _shows(target: ImageDropTarget, path: Path) -> bool:
    return target.isVisible() and target.path == path


def generated(driver: Driver) -> tuple[Path, Record]:
    """Press the button and wait for the picture."""
    before = set(driver.session.pictures.glob("*.png"))
    driver.until(lambda: driver.create.prompt.run_button.isEnabled())
    driver.click(driver.create.prompt.run_button)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == len(before) + 1)
    (path,) = set(driver.session.pictures.glob("*.png")) - before
    return path, read_record(path)


def refusal(driver: Driver) -> str:
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    return driver.workspace.notices.sentences["refused"]


def test_the_first_look_is_calm(driver: Driver) -> None:
    assert driver.workspace.inspector.sections[:5] == (0, 0, 0, 0, 0)
    sources = driver.workspace.inputs
    assert not any(target.isVisible() for target in sources.start.findChildren(ImageDropTarget))
    assert not any(target.isVisible() for target in sources.meaning.findChildren(ImageDropTarget))


def test_a_dropped_picture_is_started_from(driver: Driver, cat: Path) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    start = driver.workspace.inputs.start
    pick(start.kind.combo, 1)
    assert driver.state.draft.values.task == Img2Img(path=Path())
    driver.type("an orange")
    assert "picture to start from" in driver.create.prompt.run_button.toolTip()
    put(driver, start.picture, cat)
    assert "cat.png" in start.picture.accessibleName()
    slider = child(start.rows[Img2Img].numbers["strength"], QSlider)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)  # in steps of 0.05
    path, record = generated(driver)
    assert record.request.task == Img2Img(path=cat, strength=0.25)
    assert len(driver.steps("decoder")) < 10  # of 20: the rest is the picture
    with Image.open(cat) as source:
        began = np.asarray(source.convert("RGB").resize((NATIVE, NATIVE)), int)
    assert np.abs(pixels(path) - began).mean() < 60


def test_a_picture_can_be_dropped_on_a_fold_that_is_closed(driver: Driver, cat: Path) -> None:
    sources = driver.workspace.inputs
    drop(sources.task_section, cat)
    driver.until(partial(_shows, sources.start.picture, cat))
    drop(sources.conditioning_section, cat)
    driver.until(partial(_shows, sources.meaning.picture, cat))
    values = driver.state.draft.values
    assert (values.task, values.image_conditioning) == (Img2Img(path=cat), ImagePrompt(cat))


def test_a_hole_is_filled_and_nothing_else_changes(driver: Driver, cat: Path, hole: Path) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    start = driver.workspace.inputs.start
    pick(start.kind.combo, 2)
    driver.type("a hamburger")
    put(driver, start.picture, cat)
    assert "mask first" in driver.create.prompt.run_button.toolTip()
    put(driver, start.mask_target, hole)
    start.rows[Inpaint].numbers["grow"]._field.setValue(0)
    assert not driver.workspace.inspector._width.isEnabled()
    path, record = generated(driver)
    assert record.request.task == Inpaint(path=cat, masks=(hole,), grow=0)
    assert record.changed_outside == 0
    changed = (pixels(path) != pixels(cat)).any(axis=2)
    white = pixels(hole)[..., 0] > 0
    assert changed[white].any()
    assert not changed[~white].any()


def test_a_canvas_grows_around_a_picture(driver: Driver, cat: Path) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    start = driver.workspace.inputs.start
    pick(start.kind.combo, 3)
    driver.type("an orange")
    put(driver, start.picture, cat)
    assert "how many pixels" in driver.create.prompt.run_button.toolTip()
    start.rows[Outpaint].numbers["right"]._field.setValue(32)
    path, record = generated(driver)
    assert isinstance(record.request.task, Outpaint)
    assert pixels(path).shape == (64, 96, 3)
    assert (pixels(path)[:, :56] == pixels(cat)[:, :56]).all()
    driver.until(lambda: "from cat.png · 96 × 64" in driver.create.row.words)


def test_a_picture_is_varied_without_a_word(driver: Driver, cat: Path) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    meaning = driver.workspace.inputs.meaning
    pick(meaning.kind.combo, 1)
    assert not driver.create.prompt.prompt.isEnabled()
    put(driver, meaning.picture, cat)
    driver.until(lambda: "Not read" in driver.create.prompt._hint.text())
    assert not isinstance(QApplication.focusWidget(), QPlainTextEdit)
    path, record = generated(driver)
    assert record.request.conditioning == ImagePrompt(cat)
    assert not driver.steps("prior")
    assert driver.loads().count("image_encoder") == 1

    pick(meaning.kind.combo, 2)  # the picture stays, and words lead it
    driver.type("a hamburger")
    meaning.strength.numbers["strength"].changed.emit(0.8)
    _path, record = generated(driver)
    assert record.request.conditioning == ImagePrompt(cat, "a hamburger", strength=0.8)

    pick(meaning.kind.combo, 3)
    put(driver, meaning.picture, path)  # one of ours
    _path, record = generated(driver)
    assert record.request.conditioning == ImageEmbedding(path)

    alone = path.with_name("mine.safetensors")  # the meaning by itself
    alone.write_bytes(b64decode(read_embedding(path)))
    put(driver, meaning.picture, alone)
    _path, record = generated(driver)
    assert record.request.conditioning == ImageEmbedding(alone)
    pick(meaning.kind.combo, 1)
    driver.workspace.notices.drop("refused")
    drop(meaning.picture, alone)  # what a picture is wanted for, it is not
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)


def test_ideas_are_chosen_among_and_a_picture_is_led_away_from(driver: Driver, cat: Path) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    meaning = driver.workspace.inputs.meaning
    meaning.ideas.numbers["candidates"]._field.setValue(4)
    pick(meaning.away_kind.combo, 1)
    put(driver, meaning.away, cat)
    driver.type("a red cat")
    _path, record = generated(driver)
    assert (record.request.candidates, record.request.negative) == (4, ImagePrompt(cat))
    assert record.score is not None


def test_what_cannot_be_read_is_said_and_nothing_is_lost(
    driver: Driver, cat: Path, hole: Path, tmp_path: Path
) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    start = driver.workspace.inputs.start
    pick(start.kind.combo, 2)
    driver.type("a hamburger")
    put(driver, start.picture, cat)
    put(driver, start.mask_target, hole)
    before = driver.state.draft.values

    torn = tmp_path / "torn.png"
    torn.write_bytes(cat.read_bytes()[:-60])
    drop(start.picture, torn)
    assert torn.name in refusal(driver)
    driver.workspace.notices.drop("refused")

    small = tmp_path / "small.png"
    Image.new("L", (32, 48), "white").save(small)
    drop(start.mask_target, small)
    assert "32 × 48" in refusal(driver)
    assert "64 × 64" in refusal(driver)
    driver.workspace.notices.drop("refused")

    drop(start.picture, tmp_path / "gone.png")
    assert "gone.png" in refusal(driver)
    assert driver.state.draft.values == before
    assert start.picture.path == cat
    assert not driver.session.jobs.entries

    driver.workspace.notices.drop("refused")
    drop(start.mask_target, small)
    refusal(driver)
    stretch = driver.workspace.notices.button("refused")
    assert stretch is not None
    driver.click(stretch)
    fitted = Inpaint(path=cat, masks=(small,), fit_mask=True)
    assert driver.state.draft.values.task == fitted
    shown = MaskThumbnail(small, cat)
    driver.until(lambda: driver.state.image_import.image_of(shown) is not None)


def test_what_does_not_fit_later_is_one_sentence_of_the_engine(
    driver: Driver, cat: Path, hole: Path, tmp_path: Path
) -> None:
    wide = painted(tmp_path / "wide.png", (96, 64))
    driver.state.draft.set(task=Inpaint(path=wide, masks=(hole,)))
    driver.type("a hamburger")
    driver.click(driver.create.prompt.run_button)
    driver.until(lambda: driver.idle() and bool(driver.workspace.notices.sentences))
    [sentence] = driver.workspace.notices.sentences.values()
    assert "The mask is 64 × 64 pixels, but the picture 96 × 64" in sentence
    assert driver.state.draft.values.task == Inpaint(path=wide, masks=(hole,))


def test_a_well_is_filled_and_emptied_with_the_keyboard(driver: Driver, cat: Path) -> None:
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    target = driver.workspace.inputs.start.picture
    pick(driver.workspace.inputs.start.kind.combo, 1)
    target.ask_file = lambda: cat
    target.setFocus()
    QTest.keyClick(target, Qt.Key.Key_Space)
    driver.until(lambda: target.path == cat)
    QTest.keyClick(target, Qt.Key.Key_Delete)
    assert target.path == Path()
    button = driver.workspace.notices.button("cleared")
    assert button is not None
    driver.click(button)
    assert target.path == cat
    driver.click(target.clear)
    assert target.path == Path()

    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    target.setFocus()
    QTest.keyClick(target, Qt.Key.Key_V, CTRL)
    driver.until(lambda: target.path != Path())
    assert target.path.parent == places.dropped()
    QGuiApplication.clipboard().setText("only words")
    QTest.keyClick(target, Qt.Key.Key_V, CTRL)
    assert "Words are no picture" in refusal(driver)


def test_the_menu_of_a_picture_starts_from_it_in_each_way_and_goes_where_work_goes_on(
    driver: Driver, tmp_path: Path
) -> None:
    draft, start = driver.state.draft, driver.workspace.inputs.start
    cat, dog = (painted(tmp_path / f"{name}.png", (64, 64)) for name in ("cat", "dog"))
    actions = driver.workspace.action_set
    for name, path, task, focus in (
        ("start_from", cat, Img2Img(path=cat), driver.create.prompt.prompt),
        ("expand", cat, Outpaint(path=cat), start.rows[Outpaint]),
        ("start_from", dog, Img2Img(path=dog), driver.create.prompt.prompt),
    ):
        driver.workspace.rail.settings.setFocus()
        actions.trigger(name, path)
        driver.until(partial(_starts, driver, task))
        driver.until(partial(_focused, focus))
        reached = QApplication.focusWidget()
        assert reached is not None
        assert reached.visibleRegion().boundingRect().height() > reached.height() // 2
    draft.undo()
    assert draft.values.task == Outpaint(path=cat)
    actions.trigger("fill", dog)  # a hole is painted on the canvas
    driver.until(lambda: driver.state.canvas.is_open)
    assert driver.workspace.rooms.current.name == "canvas"
    assert draft.values.task == Outpaint(path=cat)


def _starts(driver: Driver, task: Task) -> bool:
    return driver.state.draft.values.task == task


def _focused(widget: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is widget or (focus is not None and widget.isAncestorOf(focus))


def test_depth_is_followed_where_it_can_be_estimated_and_else_it_says_why(
    driver: Driver, tmp_path: Path
) -> None:
    cat, actions = painted(tmp_path / "cat.png", (64, 64)), driver.workspace.action_set
    assert "Depth can be estimated once" in actions.refusal("follow_depth", cat)
    driver.state.models._there = replace(
        driver.state.models.available, estimators=(tmp_path / "dpt",)
    )
    assert not actions.refusal("follow_depth", cat)
    actions.trigger("follow_depth", cat)
    driver.until(lambda: driver.state.draft.values.depth == Depth(path=cat, estimate=True))
    assert driver.state.draft.undo_name == "Depth map"
    driver.state.draft.undo()
    assert driver.state.draft.values.depth is None


def test_all_of_it_outlasts_the_sitting(start: Callable[[], Driver], tmp_path: Path) -> None:
    first = start()
    cat = painted(tmp_path / "cat.png", (64, 64))
    first.state.draft.set(
        task=Outpaint(path=cat, left=16),
        image_conditioning=PictureAndPrompt(cat, strength=0.6),
        negative=ImagePrompt(cat),
    )
    first.state.draft.set_sampling(eta=0.5, guidance_from=0.25)
    values = first.state.draft.values
    first.workspace.inspector.open_folds((0, 0, 0, 1, 1))
    first.close()
    second = start()
    assert second.state.draft.values == values
    assert second.workspace.inspector.sections[:5] == (0, 0, 0, 1, 1)
    sources = second.workspace.inputs
    second.until(lambda: sources.start.picture.path == cat)
    assert sources.start.rows[Outpaint].numbers["left"].value == 16
    assert sources.meaning.away.path == cat


def test_all_of_it_is_taken_over_from_a_picture(driver: Driver, cat: Path, hole: Path) -> None:
    draft = driver.state.draft
    draft.set(
        prompt="a hamburger",
        task=Inpaint(path=cat, masks=(hole,), feather=2),
        image_conditioning=PictureAndPrompt(cat, strength=0.6),
        negative=ImagePrompt(cat),
    )
    draft.set_sampling(steps=3, guidance_to=0.75)
    _path, record = generated(driver)
    draft.set(prompt="", task=TextToImage(), image_conditioning=None, negative=None)
    draft.set_sampling(guidance_to=1.0)
    driver.until(lambda: driver.state.viewer.record is not None)
    before = draft.values
    driver.press(Qt.Key.Key_R, CTRL)
    again, was = draft.make_request(), record.request
    prior, detail = was.sampling.prior_seed, was.sampling.seed  # they are left free
    assert replace(again, sampling=replace(again.sampling, prior_seed=prior, seed=detail)) == was
    assert driver.create.prompt.prompt.toPlainText() == "a hamburger"
    driver.press(Qt.Key.Key_Z, CTRL)
    assert draft.values == before
    assert driver.create.prompt.prompt.toPlainText() == ""


def test_a_step_is_kept(driver: Driver) -> None:
    keep = driver.create.row.keep
    assert not keep.isVisible()
    driver.generate("a red cat", steps=100)
    driver.until(keep.isVisible)
    driver.click(keep)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    assert not keep.isVisible()
    record = read_record(driver.session.pictures / driver.pictures()[0])
    assert 0 < record.conditions.kept_step() < 100


def test_a_model_that_lacks_the_encoder_says_so_where_a_picture_is_wanted(
    start: Callable[[], Driver], tmp_path: Path
) -> None:
    root = tiny.write(places.user_models() / "blind", tiny.SMALL)
    for file in sorted((root / "prior" / "image_encoder").rglob("*"), reverse=True):
        file.unlink()
    (root / "prior" / "image_encoder").rmdir()
    driver = start()
    assert driver.state.draft.values.model == "blind"
    combo = driver.workspace.inputs.meaning.kind.combo
    assert "image encoder" in combo.itemData(1, Qt.ItemDataRole.ToolTipRole)
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)  # over those that cannot be
    assert driver.state.draft.values.image_conditioning == ImageEmbedding(Path())
    cat = painted(tmp_path / "cat.png", (64, 64))
    driver.workspace.inputs.conditioning_section.images_received.emit(DroppedImages((cat,)))
    assert "image encoder" in refusal(driver)


def test_a_model_that_words_alone_lead_takes_no_other_meaning(start: Callable[[], Driver]) -> None:
    tiny.write_stable_diffusion(places.user_models() / "diffusion")
    driver = start()
    assert driver.state.draft.values.model == "diffusion"
    meaning = driver.workspace.inputs.meaning
    for combo in (meaning.kind.combo, meaning.away_kind.combo):
        entries = [combo.model().index(place, 0) for place in range(combo.count())]
        can = [bool(entry.flags() & Qt.ItemFlag.ItemIsEnabled) for entry in entries]
        assert can == [True, *[False] * (combo.count() - 1)]
        last = combo.itemData(combo.count() - 1, Qt.ItemDataRole.ToolTipRole)
        assert "led by words alone" in last


def test_depth_is_offered_where_the_model_can_and_estimated_where_one_can(
    start: Callable[[], Driver], tmp_path: Path
) -> None:
    tiny.write(places.user_models() / "deep", tiny.WHOLE_22)
    tiny.write(places.user_models() / "shallow")
    cat = painted(tmp_path / "cat.png", (64, 64))
    driver = start()
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    panel = driver.workspace.inputs.start
    assert driver.state.draft.values.model == "deep"
    driver.click(panel.follow)
    estimate = panel.depth_rows.switches["estimate"]
    assert not estimate.isEnabled()
    assert "Depth Anything folder" in panel._lacking.text()
    put(driver, panel.map, cat)
    driver.click(panel.depth_rows.switches["flip"])
    driver.state.draft.set_sampling(width=64, height=64, steps=2, prior_steps=2)
    driver.type("a cat")
    _path, record = generated(driver)
    assert record.request.depth == Depth(path=cat, flip=True)

    tiny.write_estimator(places.user_models() / "estimator")
    driver.workspace.models_requested.emit()
    driver.until(estimate.isEnabled)
    assert not panel._lacking.isVisible()
    driver.click(estimate)
    _path, record = generated(driver)
    assert record.request.depth == Depth(path=cat, flip=True, estimate=True)

    driver.workspace.models.use("shallow")
    assert "cannot follow a depth map" in driver.create.prompt.run_button.toolTip()
    driver.click(panel.follow)  # it can still be taken back
    assert not panel.follow.isVisible()
    assert driver.create.prompt.run_button.isEnabled()


def test_decoder_prompt_texts_are_for_2_1(start: Callable[[], Driver]) -> None:
    tiny.write(places.user_models() / "old", tiny.WHOLE_21)
    driver = start()
    driver.workspace.inspector.open_folds(ALL_FOLDS)
    anchors = driver.workspace.inputs.meaning.anchors
    assert anchors.isVisible()
    QTest.keyClicks(anchors.texts["decoder_prompt"], "a photo")
    assert driver.state.draft.values.decoder_prompt == "a photo"
    driver.workspace.inputs.start.kind.chosen.emit(Img2Img)
    rows = driver.workspace.inputs.start.rows[Img2Img]
    assert rows.switches["old_noise"].isVisible()
    anchors.texts["decoder_prompt"].clear()
    driver.workspace.models.use("starter")
    assert not anchors.isVisible()
    assert not rows.switches["old_noise"].isVisible()


def test_any_start_goes_with_the_board(driver: Driver, cat: Path) -> None:
    driver.press(Qt.Key.Key_3, CTRL)
    assert driver.workspace.inputs.task_section.isVisible()
    assert not driver.workspace.inputs.conditioning_section.isVisible()
    driver.state.board_editor.add_card(Prompt("a cat"))
    driver.state.draft.set_task_kind(Img2Img)
    button = driver.fusion.bar.run_button
    assert "picture to start from" in button.toolTip()
    assert not button.isEnabled()
    driver.state.draft.start_from(cat)
    assert button.isEnabled()
