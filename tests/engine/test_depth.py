"""Depth: near is white, from a file or as a model of the person's own estimates it."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageChops
from transformers import AutoImageProcessor, AutoModelForDepthEstimation

from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest, ModelProblem, Unreadable
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Img2Img, TextToImage
from kandinsky_desktop.engine import depth
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store.estimators import find_estimators
from kandinsky_desktop.store.models import find_models
from tests.engine import tiny
from tests.engine.sides import picture
from tests.engine.story import told

QUICK = Sampling(width=64, height=64, steps=2, guidance=3.0, prior_steps=2)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A picture of a room."""
    picture(80, 64).save(tmp_path / "room.png")
    return tmp_path / "room.png"


@pytest.fixture(params=["dpt", "depth anything"])
def seer(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tiny.write_estimator(tmp_path / "models" / "seer", request.param)


def test_a_map_is_estimated_as_the_library_shows_it(seer: Path, room: Path, tmp_path: Path) -> None:
    ours = depth.estimated(room, seer, tmp_path / "cache")
    processor = AutoImageProcessor.from_pretrained(seer, use_fast=False)
    network = AutoModelForDepthEstimation.from_pretrained(seer)
    with Image.open(room) as opened, torch.no_grad():
        inputs = processor(images=opened, return_tensors="pt")
        theirs = network(**inputs)
        (made,) = processor.post_process_depth_estimation(theirs, target_sizes=[(64, 80)])
    near = made["predicted_depth"]
    grey = (near - near.min()) / (near.max() - near.min()) * 255
    assert ours.mode == "L"
    assert ours.size == (80, 64)
    assert ours.getextrema() == (0, 255)
    assert np.abs(np.asarray(ours).astype(float) - grey.numpy()).max() <= 1


def test_an_estimated_map_is_a_file_that_is_made_once(
    engine: Engine, seer: Path, room: Path
) -> None:
    file = engine.estimate_depth(room, seer)
    with Image.open(file) as kept:
        assert (kept.mode, kept.size) == ("L", (80, 64))
    made = file.stat().st_mtime_ns
    assert engine.estimate_depth(room, seer) == file
    assert file.stat().st_mtime_ns == made


def test_an_estimator_whose_weights_are_a_variant_is_loaded(room: Path, tmp_path: Path) -> None:
    seer = tiny.write_estimator(tmp_path / "models" / "seer")
    before = depth.estimated(room, seer, tmp_path / "cache").tobytes()
    (seer / "model.safetensors").rename(seer / "model.fp16.safetensors")
    assert find_estimators((seer.parent,)) == ((seer,), ())
    assert depth.estimated(room, seer, tmp_path / "other").tobytes() == before


def test_near_is_white_also_where_metres_are_estimated(room: Path, tmp_path: Path) -> None:
    seer = tiny.write_estimator(tmp_path / "seer", "metres")
    ours = depth.estimated(room, seer, tmp_path / "cache")
    processor = AutoImageProcessor.from_pretrained(seer, use_fast=False)
    network = AutoModelForDepthEstimation.from_pretrained(seer)
    with Image.open(room) as opened, torch.no_grad():
        theirs = network(**processor(images=opened, return_tensors="pt"))
        (made,) = processor.post_process_depth_estimation(theirs, target_sizes=[(64, 80)])
    metres, grey = made["predicted_depth"].numpy(), np.asarray(ours)
    assert ours.getextrema() == (0, 255)
    assert metres[grey > 250].mean() < 1 < 10 < metres[grey < 5].mean()


def test_a_map_that_was_kept_with_far_white_is_not_taken(room: Path, tmp_path: Path) -> None:
    seer, cache = tiny.write_estimator(tmp_path / "seer", "metres"), tmp_path / "cache"
    made = depth.estimated(room, seer, cache)
    (kept,) = (cache / "depth").iterdir()
    old = kept.with_name(kept.name.removeprefix("near-"))
    kept.unlink()
    Image.new("L", made.size).save(old)
    assert depth.estimated(room, seer, cache).tobytes() == made.tobytes()


def test_a_map_is_kept_by_content_and_not_estimated_twice(
    seer: Path, room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = depth.estimated(room, seer, cache)
    copy = Path(shutil.copy(room, tmp_path / "copy.png"))
    with monkeypatch.context() as patched:
        patched.setattr(depth, "_estimate", lambda *given: pytest.fail("estimated again"))
        assert depth.estimated(copy, seer, cache).tobytes() == first.tobytes()
    (kept,) = (cache / "depth").iterdir()
    kept.write_bytes(b"damaged")
    assert depth.estimated(room, seer, cache).tobytes() == first.tobytes()
    shutil.rmtree(cache)
    assert depth.estimated(room, seer, cache).tobytes() == first.tobytes()
    shutil.rmtree(cache)
    cache.write_text("in the way")
    assert depth.estimated(room, seer, cache).tobytes() == first.tobytes()


def test_maps_that_are_kept_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "depth"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.png").write_bytes(bytes(1000))
        os.utime(folder / f"{number}.png", (number, number))
    monkeypatch.setattr(depth, "ON_DISK", 2500)
    Engine(tmp_path, 1).tidy()
    assert sorted(path.name for path in folder.iterdir()) == ["2.png", "3.png"]


def test_a_flipped_map_is_the_negative(room: Path, tmp_path: Path) -> None:
    plain, flipped = (depth.depth_map(room, None, tmp_path, flip=flip) for flip in (False, True))
    assert ImageChops.add(plain, flipped).getextrema() == (255, 255)


def test_a_control_image_has_eight_pixels_for_each_latent_cell(room: Path, tmp_path: Path) -> None:
    made = depth.control_image(depth.depth_map(room, None, tmp_path, flip=False), 16, 8)
    assert made.shape == (1, 3, 64, 128)
    assert 0 <= made.min() < made.max() <= 1
    assert torch.equal(made[:, 0], made[:, 2])


@pytest.mark.parametrize("size", [(1, 1), (900, 1), (6000, 3)])
def test_depth_of_a_picture_of_any_shape_is_estimated(
    seer: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    Image.new("RGB", size, "green").save(tmp_path / "thin.png")
    made = depth.estimated(tmp_path / "thin.png", seer, tmp_path / "cache")
    assert max(made.size) <= depth.LONGEST_SIDE


def test_estimators_are_found_among_models(seer: Path, starter: Path, tmp_path: Path) -> None:
    assert find_estimators((tmp_path / "nowhere", seer.parent, starter.parent)) == ((seer,), ())
    assert find_estimators((seer,)) == ((seer,), ())


def test_an_estimator_of_another_kind_is_told_and_not_taken(seer: Path) -> None:
    other = shutil.copytree(seer, seer.with_name("zoe"))
    config = json.loads((other / "config.json").read_text("utf-8"))
    config["architectures"] = ["ZoeDepthForDepthEstimation"]
    (other / "config.json").write_text(json.dumps(config), "utf-8")
    found = find_models((seer.parent,))
    assert found.estimators == (seer,)
    (said,) = found.problems
    assert said.startswith(f"{other} estimates depth as ZoeDepthForDepthEstimation")


def test_a_picture_follows_the_depth_of_another(
    engine: Engine, whole_22: Path, estimator: Path, room: Path
) -> None:
    plain = Paint(conditioning=Prompt("a cat"), sampling=QUICK)
    wanted = replace(plain, depth=Depth(path=room, estimate=True))
    story = told(engine, wanted, whole_22, estimators=(estimator,))
    others = [
        told(engine, other, whole_22, estimators=(estimator,)).images[0].tobytes()
        for other in (
            plain,
            replace(plain, depth=Depth(path=room)),
            replace(plain, depth=Depth(path=room, estimate=True, flip=True)),
        )
    ]
    assert len({story.images[0].tobytes(), *others}) == 4
    again = told(
        engine, wanted, whole_22, estimators=(estimator,), like=story.records[0].conditions
    )
    assert again.file(0) == story.file(0)


def test_depth_goes_with_a_fusion_and_a_picture_to_start_from(
    engine: Engine, whole_22: Path, room: Path
) -> None:
    fusion = Mix(ingredients=(Ingredient(Prompt("a cat")), Ingredient(ImagePrompt(room), 0.5)))
    start = Img2Img(path=room, strength=0.6)
    request = Paint(
        conditioning=fusion, task=start, depth=Depth(path=room), sampling=QUICK, count=2
    )
    assert len(told(engine, request, whole_22).images) == 2


def test_a_map_lies_over_the_picture_that_is_started_from(
    engine: Engine, whole_22: Path, tmp_path: Path
) -> None:
    wide, middle = tmp_path / "wide.png", tmp_path / "middle.png"
    picture(128, 64).save(wide)
    with Image.open(wide) as opened:
        opened.crop((32, 0, 96, 64)).save(middle)
    plain = Paint(conditioning=Prompt("a cat"), sampling=QUICK)
    for start in (TextToImage(), Img2Img(path=middle, strength=0.6)):
        request = replace(plain, task=start)
        own, cut = (
            told(engine, replace(request, depth=Depth(path=path)), whole_22).images[0]
            for path in (middle, wide)
        )
        assert own.tobytes() == cut.tobytes()


def lacking_config(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()


def broken_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(lacking_config, "lacks preprocessor_config.json"), (broken_weights, "breaks off")],
)
def test_an_estimator_that_is_not_whole_is_one_sentence(
    tmp_path: Path, room: Path, spoil: Callable[[Path], None], said: str
) -> None:
    folder = tiny.write_estimator(tmp_path / "seer")
    spoil(folder)
    with pytest.raises(ModelProblem, match=said) as caught:
        depth.estimated(room, folder, tmp_path / "cache")
    assert "\n" not in str(caught.value)


def test_what_is_missing_for_depth_is_said(
    engine: Engine, whole_22: Path, whole_21: Path, small: Path, room: Path
) -> None:
    request = Paint(
        conditioning=Prompt("a cat"), depth=Depth(path=room, estimate=True), sampling=QUICK
    )
    cases: tuple[tuple[Path, type[Exception], str], ...] = (
        (whole_22, ModelProblem, "put a DPT or Depth Anything folder"),
        (whole_21, InvalidRequest, "only models of Kandinsky 2.2 can"),
        (small, InvalidRequest, "its depth decoder is not in"),
    )
    for model, kind, said in cases:
        before = engine.loads
        with pytest.raises(kind, match=said):
            told(engine, request, model)
        assert engine.loads == before
    gone: Any = Depth(path=room.with_name("gone.png"))
    with pytest.raises(Unreadable, match="There is no file"):
        told(engine, replace(request, depth=gone), whole_22)


def test_an_estimator_that_went_is_missed_only_by_what_follows_an_estimated_depth(
    engine: Engine, whole_22: Path, room: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "stick" / "seer"
    words = Paint(conditioning=Prompt("a cat"), sampling=QUICK)
    given = replace(words, depth=Depth(path=room))
    for request in (words, given):
        assert told(engine, request, whole_22, estimators=(gone,)).images
    estimated = replace(words, depth=Depth(path=room, estimate=True))
    with pytest.raises(
        ModelProblem, match=r"stick.*where the depth estimator lies, cannot be read"
    ):
        told(engine, estimated, whole_22, estimators=(gone,))


def test_what_went_before_a_depth_is_estimated_is_one_sentence(
    engine: Engine, estimator: Path, room: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelProblem, match="where the depth estimator lies, cannot be read"):
        engine.estimate_depth(room, tmp_path / "gone")
    with pytest.raises(Unreadable, match="There is no file"):
        engine.estimate_depth(room.with_name("gone.png"), estimator)


def test_a_picture_follows_a_depth_map_whatever_its_movqs_factor_is(
    engine: Engine, room: Path, tmp_path: Path
) -> None:
    model = tiny.write(tmp_path / "quarter", tiny.Plan(movq=(32, 32, 32), depth=True))
    quick = replace(QUICK, width=48, height=32)
    wanted = Paint(conditioning=Prompt("a cat"), sampling=quick, depth=Depth(path=room))
    flipped = replace(wanted, depth=Depth(path=room, flip=True))
    one, other = (told(engine, asked, model).images[0] for asked in (wanted, flipped))
    assert one.size == other.size == (48, 32)
    assert one.tobytes() != other.tobytes()
