"""The main job on the starter model: every step reported, every seed kept, stopped when told."""

import shutil
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageChops
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.errors import InvalidRequest, ModelProblem, OutOfMemory
from kandinsky_desktop.domain.events import Loading, Planned, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.start import Expand, Fill, Start
from kandinsky_desktop.engine import movq
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import TASKS, Engine
from kandinsky_desktop.engine.studio import Studio
from tests.engine.story import told
from tests.fakes import MULTIPLE, request


def test_every_step_of_both_stages_is_reported(engine: Engine, starter: Path) -> None:
    told(engine, request("an old bird"), starter)  # what is fitted once for each MoVQ is fitted
    engine.put_models_away()
    story = told(engine, request("a new bird", count=2), starter)
    kinds = [type(one) for one in story.said]
    before, painting = [*[Loading] * 2, *[Stepped] * 6], [Loading, *[Stepped] * 4, Loading]
    assert kinds == [Planned, *before, *painting]
    assert story.planned == Planned(prior_steps=6, decoder_steps=4, pictures=2)
    assert story.loaded == ["text_encoder", "prior", "unet", "movq"]
    prior, decoder = story.steps("prior"), story.steps("decoder")
    assert [(one.step, one.of, one.batch) for one in prior] == [
        (step, 3, (index,)) for index in (0, 1) for step in (1, 2, 3)
    ]
    assert [(one.step, one.of) for one in decoder] == [(step, 4) for step in (1, 2, 3, 4)]
    assert all(one.batch == (0, 1) for one in decoder)
    assert all(one.seconds > 0 for one in (*prior, *decoder))
    assert all(one.preview is None for one in prior)
    for one in story.steps("decoder"):
        assert one.preview is not None
        assert (one.preview.width, one.preview.height) == (64, 32)  # two pictures side by side
        assert len(one.preview.pixels) == 64 * 32 * 3
    assert sorted(story.images) == [0, 1]


def test_what_was_loaded_is_kept_for_the_next_job(engine: Engine, starter: Path) -> None:
    told(engine, request("a new hamburger"), starter)
    before = engine.loads
    assert told(engine, request("another hamburger"), starter).loaded == []
    assert engine.loads == before


def test_without_previews_the_picture_is_the_same(engine: Engine, starter: Path) -> None:
    seen = told(engine, request(), starter)
    unseen = told(engine, request(), starter, previews=False)
    assert all(one.preview is None for one in unseen.steps("decoder"))
    assert unseen.file(0) == seen.file(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"idea_seed": 2},
        {"detail_seed": 2},
        {"prior_guidance": 4.0},
        {"guidance": 1.0},
        {"prior_steps": 4},
        {"scheduler": "DDIMScheduler"},
        {"negative_prior": "blue"},
        {"negative_decoder": "blue"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_everything_asked_for_counts(
    engine: Engine, starter: Path, changes: dict[str, Any]
) -> None:
    before = told(engine, request(), starter).images[0]
    after = told(engine, request(**changes), starter).images[0]
    assert ImageChops.difference(before, after).getbbox()


def test_any_picture_of_a_batch_is_made_again_alone(engine: Engine, starter: Path) -> None:
    batch = told(engine, request(count=6), starter)
    assert [record.conditions.batch for record in batch.records.values()] == [
        *[(0, 1, 2, 3)] * 4,
        *[(4, 5)] * 2,
    ]
    for index in (2, 5):
        record = batch.records[index]
        others = tuple(other for other in range(6) if other != index)
        engine.put_models_away()
        again = told(engine, Job(record.request, made=others), starter, like=record.conditions)
        assert sorted(again.images) == [index]
        assert again.file(index) == batch.file(index)


def test_a_retry_makes_only_what_is_missing(engine: Engine, starter: Path) -> None:
    batch = told(engine, request(count=6), starter)
    retry = told(engine, Job(request(count=6), made=(0, 1, 2, 4)), starter)
    assert sorted(retry.images) == [3, 5]
    assert retry.planned.pictures == 2
    assert all(retry.file(index) == batch.file(index) for index in (3, 5))
    late = told(engine, Job(request(count=6), made=(0, 1, 2, 3, 5)), starter)
    assert {one.batch for one in late.steps("decoder")} == {(4, 5)}
    assert late.file(4) == batch.file(4)


def test_only_what_is_wanted_is_decoded_and_handed_over_at_once(
    engine: Engine, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode, story = movq.decode, []

    def note(network: Any, latents: torch.Tensor) -> Image.Image:
        story.append("decoded")
        return decode(network, latents)

    def deliver(image: Image.Image, record: Record, meaning: bytes) -> None:
        story.append(f"delivered {record.index}")

    monkeypatch.setattr(movq, "decode", note)
    job = Job(request(count=4), made=(0, 2))
    engine.run(job, starter, lambda progress: None, deliver)
    assert story == ["decoded", "delivered 1", "decoded", "delivered 3"]


def test_where_nothing_is_missing_nothing_is_done(engine: Engine, starter: Path) -> None:
    for one_idea in (False, True):
        job = Job(request(count=2, one_idea=one_idea), made=(0, 1))
        assert told(engine, job, starter).said == []


def test_alone_a_picture_is_very_nearly_the_same(engine: Engine, starter: Path) -> None:
    batch = told(engine, request(count=3), starter)
    sampling = batch.records[2].request.sampling
    alone = request(idea_seed=sampling.idea_seed + 2, detail_seed=sampling.detail_seed + 2)
    image = told(engine, alone, starter).images[0]
    assert max(ImageChops.difference(image, batch.images[2]).tobytes()) <= 2


def test_one_idea_is_sampled_once_and_painted_often(engine: Engine, starter: Path) -> None:
    story = told(engine, request("a new boat", count=5, one_idea=True), starter)
    assert story.planned == Planned(prior_steps=3, decoder_steps=8, pictures=5)
    assert len(story.steps("prior")) == 3
    assert {record.idea_seed for record in story.records.values()} == {1}
    assert len({image.tobytes() for image in story.images.values()}) == 5
    record = story.records[4]
    again = told(engine, Job(record.request, made=(0, 1, 2, 3)), starter, like=record.conditions)
    assert again.file(4) == story.file(4)


def test_seeds_wrap_around(engine: Engine, starter: Path) -> None:
    story = told(engine, request(count=2, detail_seed=2**32 - 1), starter)
    assert story.records[1].detail_seed == 0


@pytest.mark.parametrize(
    "stop_at",
    [
        lambda one: isinstance(one, Loading) and one.component == "text_encoder",
        lambda one: isinstance(one, Stepped) and one.stage == "prior" and one.step == 2,
        lambda one: isinstance(one, Loading) and one.component == "movq",
        lambda one: isinstance(one, Stepped) and one.stage == "decoder" and one.step == 3,
    ],
    ids=["loading", "prior", "loading the decoder", "decoder"],
)
def test_a_cancelled_job_says_nothing_more_and_the_next_one_runs(
    tmp_path: Path, starter: Path, stop_at: Any
) -> None:
    engine = Engine(tmp_path / "cache", 1)
    story = told(engine, request(count=2), starter, stop_at=stop_at)
    assert stop_at(story.said[-1])
    assert not story.images
    whole = told(Engine(tmp_path / "other", 1), request(count=2), starter)
    assert told(engine, request(count=2), starter).file(1) == whole.file(1)


def test_what_does_not_fit_is_refused_before_anything_is_loaded(
    engine: Engine, starter: Path
) -> None:
    engine.put_models_away()
    before = engine.loads
    with pytest.raises(InvalidRequest, match=f"72 is not; 64 and {64 + MULTIPLE} are"):
        told(engine, request(width=72), starter)
    assert engine.loads == before


@pytest.mark.parametrize("size", [(MULTIPLE, MULTIPLE), (128, MULTIPLE), (64, 96)])
def test_any_multiple_is_painted(engine: Engine, starter: Path, size: tuple[int, int]) -> None:
    wanted = request(width=size[0], height=size[1])
    assert told(engine, wanted, starter).images[0].size == size


def test_an_empty_folder_is_no_model(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ModelProblem, match="no Kandinsky"):
        told(engine, request(), tmp_path)


def test_a_tiny_kandinsky_2_2_runs_by_the_same_code(engine: Engine, kandinsky: Path) -> None:
    story = told(engine, request(width=128, count=2), kandinsky)
    assert story.images[1].size == (128, 64)
    assert story.records[1].model == "Kandinsky 2.2"
    preview = story.steps("decoder")[0].preview
    assert preview is not None
    assert (preview.width, preview.height) == (64, 16)


@pytest.mark.parametrize("text", ["", "кот", "קֶטֶל", "🐈‍⬛", "cat " * 2500, "a\0b", "\n"])
def test_any_text_can_be_painted(engine: Engine, starter: Path, text: str) -> None:
    wanted = request(f"a {text}", negative_prior=text, negative_decoder=text)
    assert 0 in told(engine, wanted, starter).images


def test_other_weights_in_the_same_folder_are_seen(
    engine: Engine, starter: Path, tmp_path: Path
) -> None:
    mine = shutil.copytree(starter, tmp_path / "mine")
    before = told(engine, request(), mine)
    weights = mine / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.bias"] += 0.05
    save_file(tensors, weights, {"format": "pt"})
    after = told(engine, request(), mine)
    assert after.loaded == ["unet"]
    assert after.images[0].tobytes() != before.images[0].tobytes()
    assert after.records[0].fingerprint != before.records[0].fingerprint


def test_threads_are_those_recorded_and_then_our_own_again(starter: Path, cache: Path) -> None:
    engine = Engine(cache, 1)
    record = told(engine, request(steps=1, prior_steps=2), starter).records[0]
    assert record.conditions.threads == 1
    two = replace(record.conditions, threads=2)
    assert (
        told(engine, request(steps=1, prior_steps=2), starter, like=two).records[0].conditions
        == two
    )
    assert engine.conditions(starter, two) == two
    assert told(engine, request(steps=1, prior_steps=2), starter).records[0].conditions.threads == 1
    assert torch.get_num_threads() == 1


def test_too_little_memory_is_a_sentence(
    engine: Engine, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(request: Paint, studio: Studio) -> None:
        torch.empty(2**55, dtype=torch.uint8)

    monkeypatch.setitem(TASKS, Paint, greedy)
    with pytest.raises(OutOfMemory, match="choose a smaller size"):
        told(engine, request(), starter)


def test_after_too_little_memory_none_is_held(
    starter: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, lent = Engine(cache, 1), []

    def greedy(request: Paint, studio: Studio) -> None:
        unet = studio.unet("decoder", 0)
        lent.append(weakref.ref(unet))
        torch.empty(2**55, dtype=torch.uint8)

    held: list[bool] = []
    monkeypatch.setattr(Device, "empty_cache", lambda device: held.append(lent[0]() is not None))
    monkeypatch.setitem(TASKS, Paint, greedy)
    with pytest.raises(OutOfMemory):
        told(engine, request(), starter)
    assert held == [False]  # when the driver is to have it back, it is free


@pytest.mark.parametrize(
    ("start", "advice"),
    [
        (Fill(path=Path("a.png"), masks=(Path("m.png"),)), "paint a smaller part"),
        (Expand(path=Path("a.png"), right=8), "ran out of memory: close other programs"),
    ],
)
def test_no_other_size_is_advised_where_none_is_used(
    engine: Engine, starter: Path, monkeypatch: pytest.MonkeyPatch, start: Start, advice: str
) -> None:
    def greedy(request: Paint, studio: Studio) -> None:
        torch.empty(2**55, dtype=torch.uint8)

    monkeypatch.setitem(TASKS, Paint, greedy)
    with pytest.raises(OutOfMemory, match=advice):
        told(engine, replace(request(), start=start), starter)


@pytest.mark.parametrize(
    "words", ["MPS backend out of memory (MPS allocated: 9 GB)", "Invalid buffer size: 16.00 GiB"]
)
def test_too_little_memory_of_an_apple_is_a_sentence_too(
    engine: Engine, starter: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def greedy(request: Paint, studio: Studio) -> None:
        raise RuntimeError(words)

    monkeypatch.setitem(TASKS, Paint, greedy)
    with pytest.raises(OutOfMemory, match="choose a smaller size"):
        told(engine, request(), starter)


def test_other_errors_fly(engine: Engine, starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: Paint, studio: Studio) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setitem(TASKS, Paint, broken)
    with pytest.raises(RuntimeError, match="a bug"):
        told(engine, request(), starter)


def test_there_is_a_task_for_every_request() -> None:
    assert set(TASKS) == {Paint}
