"""Models besides the one that ships: found by their configs, chosen in the window, painted with."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kandinsky_desktop.store import places
from kandinsky_desktop.store.pictures import read_record
from tests.engine import tiny
from tests.hub_files import NAME, ORG, cached
from tests.ui.driver import Driver
from tests.ui.fits import settle


def test_a_kandinsky_among_my_models_is_chosen_and_paints(start: Callable[[], Driver]) -> None:
    tiny.write(places.user_models() / "mine", tiny.KANDINSKY)
    driver = start()
    combo = driver.workspace.inspector._model
    driver.until(lambda: combo.count() == 2)
    assert driver.state.draft.values.model == "mine"  # the person's own comes first
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert driver.state.draft.values.model == "starter"
    assert driver.state.draft.values.sampling.steps == 20
    QTest.keyClick(combo, Qt.Key.Key_Up)
    model = driver.state.draft.model
    assert model is not None
    assert (model.name, model.width, model.factor) == ("mine", 1280, 8)
    assert driver.workspace.inspector._width.singleStep() == 64
    for text_size in (100, 120, 150):  # its prompts are longer than those of the starter
        driver.state.preferences.set(text_size=text_size)
        settle()
        for button in driver.create.welcome.suggestions:
            assert button.isVisible()
            assert button.width() >= button.sizeHint().width()
    driver.state.preferences.set(text_size=100)
    QTest.keyClick(combo, Qt.Key.Key_Down)
    with driver.qtbot.waitSignal(driver.state.models.found):
        driver.workspace.models_requested.emit()  # looked for again, the one in use stays shown
    assert (combo.currentData(), driver.state.draft.values.model) == ("starter", "starter")
    QTest.keyClick(combo, Qt.Key.Key_Up)
    driver.type("a red cat " * 20)
    driver.until(lambda: "of 77 tokens" in driver.create.prompt._hint.text())
    driver.generate("a red cat", steps=3, prior_steps=3)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    record = read_record(driver.session.pictures / driver.pictures()[0])
    assert record.model == "mine"
    assert driver.loads().count("image_encoder") == 1
    driver.send()
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 2)
    assert driver.loads().count("image_encoder") == 1


def test_a_broken_model_is_named_and_the_starter_goes_on(start: Callable[[], Driver]) -> None:
    root = tiny.write(places.user_models() / "torn", tiny.KANDINSKY)
    weights = root / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    good = weights.read_bytes()
    weights.write_bytes(good[:-1000])
    driver = start()
    [sentence] = driver.workspace.notices.sentences.values()
    assert "breaks off" in sentence
    assert str(weights) in sentence
    assert driver.state.draft.values.model == "starter"

    weights.write_bytes(good)
    driver.workspace.models_requested.emit()
    driver.until(lambda: driver.workspace.inspector._model.count() == 2)
    assert not driver.workspace.notices.sentences


def test_a_stable_diffusion_paints_and_what_it_lacks_is_not_shown(
    start: Callable[[], Driver],
) -> None:
    tiny.write_stable_diffusion(places.user_models() / "diffusion")
    driver = start()
    workspace, draft = driver.workspace, driver.state.draft
    driver.until(lambda: workspace.inspector._model.count() == 2)
    assert draft.values.model == "diffusion"
    workspace.inspector.without.split.setChecked(True)
    workspace.inspector.open_folds((1, 0, 0))
    led = [
        workspace.rail._rooms["fusion"],
        driver.create.prompt.ideas,
        workspace.inspector.without.each["negative_prior"],
        workspace.inputs.conditioning_section,
        workspace.inspector._idea,
        workspace.inspector.pictures.switches["shared_prior_seed"],
    ]
    assert not [widget for widget in led if widget.isVisible()]
    driver.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert workspace.rooms.current is driver.create
    assert "cannot mix meanings" in " ".join(workspace.notices.sentences.values())
    driver.press(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert "has no prior" in " ".join(workspace.notices.sentences.values())
    draft.set(
        prompt="a dog", negative_prior="fog", negative_decoder="a dog", candidates=4
    )  # as with another model
    assert not draft.problem
    driver.generate("a cat", steps=3)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    record = read_record(driver.session.pictures / driver.pictures()[0])
    assert record.model == "diffusion"
    assert record.request.negative_prior == ""
    assert record.request.negative_decoder == "a dog"
    assert not driver.steps("prior")
    assert len(driver.steps("decoder")) == 3
    menu = workspace.picture_actions.menu(driver.session.pictures / driver.pictures()[0], workspace)
    assert menu.actions()[0].isEnabled()  # it can be varied: that is led by its words
    refused = {one.text(): one.toolTip() for one in menu.actions() if not one.isEnabled()}
    assert "cannot mix meanings" in refused["To the board"]

    combo = workspace.inspector._model
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert draft.values.model == "starter"
    assert [widget for widget in led if widget.isVisible()] == led
    assert workspace.inspector.without.each["negative_prior"].toPlainText() == "fog"
    workspace.rooms.enter("fusion")
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Up)
    assert workspace.rooms.current is driver.create


def test_what_would_wash_out_the_starters_pictures_is_offered_for_others_alone(
    start: Callable[[], Driver],
) -> None:
    tiny.write(places.user_models() / "mine", tiny.KANDINSKY)
    driver = start()
    rows, models = driver.workspace.inspector.sampling, driver.workspace.inspector._model
    driver.until(lambda: models.count() == 2)
    schedulers, switch = rows.choices["scheduler"], rows.switches["thresholding"]
    place = schedulers.findData("p_sampler")
    model, tip = schedulers.model(), Qt.ItemDataRole.ToolTipRole

    def offered() -> bool:
        return bool(model.flags(model.index(place, 0)) & Qt.ItemFlag.ItemIsEnabled)

    assert offered()
    assert schedulers.itemData(place, tip) == "As the original program's p_sampler."
    assert switch.isEnabled()
    models.setFocus()
    QTest.keyClick(models, Qt.Key.Key_Down)
    assert driver.state.draft.values.model == "starter"
    assert not offered()
    assert "washes out what starter paints" in schedulers.itemData(place, tip)
    assert not switch.isEnabled()
    assert "Dynamic thresholding washes out what starter paints" in switch.toolTip()
    driver.state.draft.set_sampling(scheduler="HeunDiscreteScheduler")
    assert switch.toolTip() == "This scheduler holds nothing back, or does so of its own accord."


def test_a_first_start_begins_with_the_starter_and_names_what_else_is_here(
    start: Callable[[], Driver], starter: Path
) -> None:
    """Models in other programs' cache are offered, with what this machine can do with each."""
    for part in ("prior", "decoder"):
        cached(places.hub_cache(), starter / part, f"{ORG}/kandinsky-2-2-{part}")
    driver = start()
    found = driver.create.welcome.found
    assert driver.state.draft.values.model == "starter"
    driver.until(lambda: bool(found.buttons) and " · " in found.buttons[0].text())
    (button,) = found.buttons
    assert button.text() == f"{NAME} · 128 × 128"
    assert button.toolTip() == "On this machine: 128 × 128; all of it fits into the memory."
    before = sorted(places.hub_cache().rglob("*"))
    driver.click(button)
    assert driver.state.draft.values.model == NAME
    assert [one.text() for one in found.buttons] == ["starter · 128 × 128"]
    assert sorted(places.hub_cache().rglob("*")) == before
    assert not driver.workspace.notices.sentences


def test_a_model_of_ones_own_is_begun_with_and_the_starter_is_a_click_away(
    start: Callable[[], Driver],
) -> None:
    """Who put a model among their own wants to paint with it."""
    tiny.write(places.user_models() / "mine", tiny.KANDINSKY)
    driver = start()
    found = driver.create.welcome.found
    driver.until(lambda: bool(found.buttons) and " · " in found.buttons[0].text())
    assert driver.state.draft.values.model == "mine"
    (button,) = found.buttons
    assert button.text() == "Starter model · 128 × 128"
    driver.click(button)
    assert driver.state.draft.values.model == "starter"
    assert [one.text().partition(" · ")[0] for one in found.buttons] == ["mine"]


def test_an_eclipse_prior_beside_a_kandinsky_is_chosen_and_paints(
    start: Callable[[], Driver],
) -> None:
    root = tiny.write(places.user_models() / "mine", tiny.SMALL)
    tiny.write_eclipse(root / "eclipse", tiny.SMALL)
    driver = start()
    combo = driver.workspace.inspector._model
    driver.until(lambda: combo.count() == 3)
    assert driver.state.draft.values.model == "mine"
    assert driver.create.prompt.ideas.isVisible()
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert driver.state.draft.values.model == "mine ECLIPSE"
    assert not driver.create.prompt.ideas.isVisible()
    driver.generate("a red cat", steps=2)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    assert read_record(driver.session.pictures / driver.pictures()[0]).model == "mine ECLIPSE"
    assert {"eclipse_prior", "unet"} <= set(driver.loads())
    assert "prior" not in driver.loads()
