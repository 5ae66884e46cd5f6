"""Models are looked for in the background, and a prompt is counted in the words of one."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.models import Models, TokenMeter
from kandinsky_desktop.store.models import read_model


@pytest.fixture
def model(starter: Path) -> Model:
    model = read_model(starter)
    assert model is not None
    return model


def test_what_is_found_is_told_and_there(
    background: Background, qtbot: QtBot, starter: Path
) -> None:
    models = Models(background)
    assert not models.available.models
    with qtbot.waitSignal(models.found) as told:
        models.search((starter.parent,))
    assert told.args == [models.available]
    assert [model.name for model in models.available.models] == ["starter"]


def test_a_folder_that_was_named_for_models_and_has_none_is_said_with_what_it_lacks(
    background: Background, qtbot: QtBot, starter: Path, tmp_path: Path
) -> None:
    empty, wrong, inside = tmp_path / "empty", tmp_path / "wrong", tmp_path / "inside"
    empty.mkdir()
    (wrong / "flux").mkdir(parents=True)
    (wrong / "flux" / "flux1-dev.safetensors").touch()
    (wrong / "holidays").mkdir()
    shutil.copytree(starter / "decoder" / "unet", inside / "unet")
    models = Models(background)
    with qtbot.waitSignal(models.found):
        models.search((empty, wrong, inside, starter.parent))
    said = models.available.problems
    assert [model.name for model in models.available.models] == ["starter"]
    assert f"There is no model in {empty}: it is empty." in said
    of_wrong = next(one for one in said if str(wrong) in one)
    assert of_wrong.startswith(f"There is no model in {wrong}: flux: it holds single files such")
    assert "holidays" not in of_wrong
    assert any(str(inside) in one for one in said)


def test_a_search_for_missing_ones_is_told_only_if_one_of_them_is_there(
    background: Background, qtbot: QtBot, starter: Path
) -> None:
    models = Models(background)
    told: list[Any] = []
    models.found.connect(told.append)
    models.search_for((starter.parent,), frozenset({"another"}))
    models.search_for((starter.parent,), frozenset({"starter"}))  # no other begins meanwhile
    qtbot.waitUntil(lambda: not models._searching)
    assert not told
    for names in ({"starter"}, {""}):
        with qtbot.waitSignal(models.found):
            models.search_for((starter.parent,), frozenset(names))


def test_a_prompt_is_counted_with_the_marks_at_both_ends(
    background: Background, qtbot: QtBot, model: Model
) -> None:
    meter = TokenMeter(background)
    with qtbot.waitSignal(meter.counted) as told:
        meter.measure(model, "a red cat")
    assert told.args == [5, model.token_limit]


def test_of_many_changes_the_first_and_the_last_are_counted(
    background: Background, qtbot: QtBot, model: Model
) -> None:
    meter = TokenMeter(background)
    told: list[int] = []
    meter.counted.connect(lambda tokens, _limit: told.append(tokens))
    for words in range(1, 12):
        meter.measure(model, "cat " * words)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == [1 + 2, 11 + 2]


def test_a_tokenizer_that_cannot_be_read_stops_no_later_count(
    background: Background, qtbot: QtBot, model: Model, tmp_path: Path
) -> None:
    shutil.copytree(model.components["tokenizer"].folder, tmp_path / "tokenizer")
    for file in (tmp_path / "tokenizer").iterdir():
        file.write_bytes(b"?")
    broken = replace(model.components["tokenizer"], folder=tmp_path / "tokenizer")
    meter = TokenMeter(background)
    meter.measure(replace(model, components={**model.components, "tokenizer": broken}), "a cat")
    with qtbot.waitSignal(meter.counted) as told:
        meter.measure(model, "a cat")
    assert told.args == [4, model.token_limit]
