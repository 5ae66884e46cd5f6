"""The main job on the model model: every step reported, every seed kept, stopped when told."""

import shutil
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageChops
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.activations import Attention
from kandinsky_desktop.domain.errors import (
    InvalidRequest,
    ModelProblem,
    OutOfMemory,
    Unreadable,
)
from kandinsky_desktop.domain.events import Loading, PhaseRan, Planned, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.operations import Denoise
from kandinsky_desktop.domain.record import Record, Saving
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, Task
from kandinsky_desktop.engine import attention, movq
from kandinsky_desktop.engine.context import PhaseInputs
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.execute import RUNS
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine.story import Story, told
from tests.fakes import MULTIPLE, request


def planned(story: Story) -> tuple[int, int, int]:
    """Return the steps of both stages and the pictures that were announced."""
    return story.planned.prior_steps, story.planned.decoder_steps, story.planned.pictures


def test_every_step_of_both_stages_is_reported(engine: Engine, starter: Path) -> None:
    told(engine, request("an old bird"), starter)  # what is fitted once for each MoVQ is fitted
    engine.put_models_away()
    story = told(engine, request("a new bird", count=2), starter)
    kinds = [type(one) for one in story.said if not isinstance(one, PhaseRan)]
    before, painting = [*[Loading] * 2, *[Stepped] * 6], [Loading, *[Stepped] * 4, Loading]
    assert kinds == [Planned, *before, *painting]
    assert planned(story) == (6, 4, 2)
    assert story.planned.peak_bytes > 10**6
    ran = [one.operation for one in story.said if isinstance(one, PhaseRan)]
    conditioned = ["ReadEmbedding", "EncodePrompt", "SamplePrior", "SamplePrior"]
    assert ran == [*conditioned, "Denoise", *["DecodePixels", "Deliver"] * 2]
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


def test_what_was_loaded_is_kept_for_the_next_job(engine: Engine, model: Path) -> None:
    told(engine, request("a new hamburger"), model)
    before = engine.loads
    assert told(engine, request("another hamburger"), model).loaded == []
    assert engine.loads == before


def test_without_previews_the_picture_is_the_same(engine: Engine, model: Path) -> None:
    seen = told(engine, request(), model)
    unseen = told(engine, request(), model, previews=False)
    assert all(one.preview is None for one in unseen.steps("decoder"))
    assert unseen.file(0) == seen.file(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"prior_seed": 2},
        {"seed": 2},
        {"prior_guidance": 4.0},
        {"guidance": 1.0},
        {"prior_steps": 4},
        {"scheduler": "DDIMScheduler"},
        {"negative_prior": "blue"},
        {"negative_decoder": "blue"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_everything_asked_for_counts(engine: Engine, model: Path, changes: dict[str, Any]) -> None:
    before = told(engine, request(), model).images[0]
    after = told(engine, request(**changes), model).images[0]
    assert ImageChops.difference(before, after).getbbox()


def test_any_picture_of_a_batch_is_made_again_alone(engine: Engine, model: Path) -> None:
    batch = told(engine, request(count=6), model)
    assert [record.conditions.batch for record in batch.records.values()] == [
        *[(0, 1, 2, 3)] * 4,
        *[(4, 5)] * 2,
    ]
    for index in (2, 5):
        record = batch.records[index]
        others = tuple(other for other in range(6) if other != index)
        engine.put_models_away()
        again = told(engine, Job(record.request, made=others), model, like=record.conditions)
        assert sorted(again.images) == [index]
        assert again.file(index) == batch.file(index)


def test_a_retry_makes_only_what_is_missing(engine: Engine, model: Path) -> None:
    batch = told(engine, request(count=6), model)
    retry = told(engine, Job(request(count=6), made=(0, 1, 2, 4)), model)
    assert sorted(retry.images) == [3, 5]
    assert retry.planned.pictures == 2
    assert all(retry.file(index) == batch.file(index) for index in (3, 5))
    late = told(engine, Job(request(count=6), made=(0, 1, 2, 3, 5)), model)
    assert {one.batch for one in late.steps("decoder")} == {(4, 5)}
    assert late.file(4) == batch.file(4)


def test_only_what_is_wanted_is_decoded_and_handed_over_at_once(
    engine: Engine, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode, story = movq.decode, []

    def note(network: Any, latents: torch.Tensor, mode: str) -> Image.Image:
        story.append("decoded")
        return decode(network, latents, mode)

    def deliver(image: Image.Image, record: Record, meaning: bytes) -> None:
        story.append(f"delivered {record.index}")

    monkeypatch.setattr(movq, "decode", note)
    job = Job(request(count=4), made=(0, 2))
    engine.run(job, model, lambda progress: None, deliver)
    assert story == ["decoded", "delivered 1", "decoded", "delivered 3"]


def test_where_nothing_is_missing_nothing_is_done(engine: Engine, model: Path) -> None:
    for shared_prior_seed in (False, True):
        job = Job(request(count=2, shared_prior_seed=shared_prior_seed), made=(0, 1))
        assert told(engine, job, model).said == []


def test_alone_a_picture_is_very_nearly_the_same(engine: Engine, model: Path) -> None:
    batch = told(engine, request(count=3), model)
    sampling = batch.records[2].request.sampling
    alone = request(prior_seed=sampling.prior_seed + 2, seed=sampling.seed + 2)
    image = told(engine, alone, model).images[0]
    assert max(ImageChops.difference(image, batch.images[2]).tobytes()) <= 2


def test_one_idea_is_sampled_once_and_painted_often(engine: Engine, model: Path) -> None:
    story = told(engine, request("a new boat", count=5, shared_prior_seed=True), model)
    assert planned(story) == (3, 8, 5)
    assert len(story.steps("prior")) == 3
    assert {record.prior_seed for record in story.records.values()} == {1}
    assert len({image.tobytes() for image in story.images.values()}) == 5
    record = story.records[4]
    again = told(engine, Job(record.request, made=(0, 1, 2, 3)), model, like=record.conditions)
    assert again.file(4) == story.file(4)


def test_seeds_wrap_around(engine: Engine, model: Path) -> None:
    story = told(engine, request(count=2, seed=2**32 - 1), model)
    assert story.records[1].seed == 0


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
    tmp_path: Path, model: Path, stop_at: Any
) -> None:
    engine = Engine(tmp_path / "cache", 1)
    story = told(engine, request(count=2), model, stop_at=stop_at)
    assert stop_at(story.said[-1])
    assert not story.images
    whole = told(Engine(tmp_path / "other", 1), request(count=2), model)
    assert told(engine, request(count=2), model).file(1) == whole.file(1)


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


def test_an_empty_folder_is_a_model_that_was_taken_away(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ModelProblem, match=f"{tmp_path.name}, where the model lies, is not there"):
        told(engine, request(), tmp_path)


def test_a_tiny_kandinsky_2_2_runs_by_the_same_code(engine: Engine, kandinsky: Path) -> None:
    story = told(engine, request(width=128, count=2), kandinsky)
    assert story.images[1].size == (128, 64)
    assert story.records[1].model == "Kandinsky 2.2"
    preview = story.steps("decoder")[0].preview
    assert preview is not None
    assert (preview.width, preview.height) == (64, 16)


@pytest.mark.parametrize("text", ["", "кот", "קֶטֶל", "🐈‍⬛", "cat " * 2500, "a\0b", "\n"])
def test_any_text_can_be_painted(engine: Engine, model: Path, text: str) -> None:
    wanted = request(f"a {text}", negative_prior=text, negative_decoder=text)
    assert 0 in told(engine, wanted, model).images


def test_other_weights_in_the_same_folder_are_seen(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    mine = shutil.copytree(model, tmp_path / "mine")
    before = told(engine, request(), mine)
    weights = mine / "decoder" / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.bias"] += 0.05
    save_file(tensors, weights, {"format": "pt"})
    after = told(engine, request(), mine)
    assert after.loaded == ["unet"]
    assert after.images[0].tobytes() != before.images[0].tobytes()
    assert after.records[0].fingerprint != before.records[0].fingerprint


def test_threads_are_those_recorded_and_then_our_own_again(model: Path, cache: Path) -> None:
    engine = Engine(cache, 1)
    record = told(engine, request(steps=1, prior_steps=2), model).records[0]
    assert record.conditions.threads == 1
    two = replace(record.conditions, threads=2)
    assert (
        told(engine, request(steps=1, prior_steps=2), model, like=two).records[0].conditions == two
    )
    assert engine.conditions(model, two) == two
    assert told(engine, request(steps=1, prior_steps=2), model).records[0].conditions.threads == 1
    assert torch.get_num_threads() == 1


EVERY_WAY = [  # to denoise one picture
    "resident",
    "resident",  # with nothing beside it
    "split guidance",
    "partly streamed",
    "streamed",
    "split guidance, partly streamed",
    "split guidance, streamed",
]


def failing(
    monkeypatch: pytest.MonkeyPatch, fail: Callable[[], None], times: int = 99, step: int = 0
) -> list[str]:
    """Let the denoiser's network fail so often at a call; return what modes were tried."""
    tried: list[str] = []
    run = RUNS["kandinsky2"][Denoise]

    def greedy(operation: Denoise, given: PhaseInputs) -> Any:
        tried.append(given.fit.name)
        if len(tried) > times:
            return run(operation, given)
        calls = [0]

        def call(module: torch.nn.Module, inputs: Any) -> None:
            del module, inputs
            calls[0] += 1
            if calls[0] > (step if len(tried) == 1 else 0):
                fail()

        hook = given.networks["unet"].register_forward_pre_hook(call)
        try:
            return run(operation, given)
        finally:
            hook.remove()

    runs = {**RUNS["kandinsky2"], Denoise: greedy}
    monkeypatch.setitem(RUNS, "kandinsky2", runs)
    return tried


def greedy() -> None:
    torch.empty(2**55, dtype=torch.uint8)


def test_too_little_memory_is_a_sentence(
    engine: Engine, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = failing(monkeypatch, greedy)
    with pytest.raises(OutOfMemory, match="choose a smaller size"):
        told(engine, request(), model)
    assert tried == EVERY_WAY


def test_after_too_little_memory_none_is_held(
    model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, lent = Engine(cache, 1), list[weakref.ref[torch.nn.Module]]()
    resident = engine._models._resident

    def note() -> None:
        lent.extend(
            weakref.ref(network) for key, network in resident.items()
            if key.component.kind == "unet"
        )  # fmt: skip
        greedy()

    held: list[bool] = []

    def look(device: Device) -> None:
        held.extend(one() is not None for one in lent[-1:])

    monkeypatch.setattr(Device, "empty_cache", look)
    failing(monkeypatch, note)
    with pytest.raises(OutOfMemory):
        told(engine, request(), model)
    assert held
    assert not held[-1]  # when the driver is to have it back, it is free


@pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")  # diffusers' own
@pytest.mark.parametrize(
    ("times", "saving", "far"),
    [
        (1, (), 0),
        (2, (Saving("split guidance", 3),), 2),
        (3, (Saving("", 0, 3),), 2),
        (4, (Saving("split guidance", 3, 3),), 2),
        (5, (), 0),  # streamed: the same bits
        (6, (), 0),
    ],
)
@pytest.mark.parametrize("scheduler", ["DDPMScheduler", "UniPCMultistepScheduler"])
def test_where_memory_ran_out_the_loop_goes_on_at_its_step(
    engine: Engine,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    saving: tuple[Saving, ...],
    far: int,
    scheduler: str,
) -> None:
    wanted = request(count=3, steps=5, scheduler=scheduler)
    whole = told(engine, wanted, model)
    with monkeypatch.context() as patched:
        tried = failing(patched, greedy, times=times, step=3)
        story = told(engine, wanted, model)
    assert len(tried) == times + 1
    assert [one.step for one in story.steps("decoder")] == [1, 2, 3, 4, 5]
    for index in range(3):
        apart = ImageChops.difference(story.images[index], whole.images[index]).tobytes()
        assert max(apart) <= far
        record = story.records[index]
        assert record.conditions.batch == (0, 1, 2)
        assert record.conditions.saving == saving
        others = tuple(other for other in range(3) if other != index)
        again = told(engine, Job(wanted, made=others), model, like=record.conditions)
        assert again.file(index) == story.file(index)


class AllScores(SimulatedDevice):
    """Holds all scores of attention, as Apple's GPU does."""

    @property
    def attention(self) -> Attention:
        return "math"


def test_a_picture_whose_attention_went_in_chunks_is_made_again_so(
    model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "CHUNK_BYTES", 7 * 256)  # a few rows each
    engine, wanted = Engine(cache, 1, AllScores(2**30)), request(steps=4)
    with monkeypatch.context() as patched:
        tried = failing(patched, greedy, times=2, step=2)
        story = told(engine, wanted, model)
    assert tried[-1] == "chunked attention"
    (record,) = story.records.values()
    assert record.conditions.saving == (Saving("", chunks_from=2),)
    chunks = list[bool]()
    enter = attention.chunked.__enter__

    def note(one: attention.chunked) -> Any:
        chunks.append(True)
        return enter(one)

    monkeypatch.setattr(attention.chunked, "__enter__", note)
    again = told(engine, wanted, model, like=record.conditions)
    assert again.file(0) == story.file(0)
    assert len(chunks) == 2  # from the step on from which it was so
    told(engine, wanted, model)
    assert len(chunks) == 2


@pytest.mark.parametrize(
    ("start", "advice"),
    [
        (Inpaint(path=Path("a.png"), masks=(Path("m.png"),)), "paint a smaller part"),
        (Outpaint(path=Path("a.png"), right=8), "ran out of memory: close other programs"),
    ],
)
def test_no_other_size_is_advised_where_none_is_used(
    engine: Engine, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Task,
    advice: str,
) -> None:  # fmt: skip
    Image.new("RGB", (64, 64), "red").save(tmp_path / "a.png")
    Image.new("L", (64, 64), 255).save(tmp_path / "m.png")
    failing(monkeypatch, greedy)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutOfMemory, match=advice):
        told(engine, replace(request(), task=start), model)


@pytest.mark.parametrize(
    "words", ["MPS backend out of memory (MPS allocated: 9 GB)", "Invalid buffer size: 16.00 GiB"]
)
def test_too_little_memory_of_an_apple_is_a_sentence_too(
    engine: Engine, model: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def fail() -> None:
        raise RuntimeError(words)

    tried = failing(monkeypatch, fail)
    with pytest.raises(OutOfMemory, match="choose a smaller size"):
        told(engine, request(), model)
    assert tried == EVERY_WAY


def test_other_errors_fly(engine: Engine, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    tried = failing(monkeypatch, fail)
    with pytest.raises(RuntimeError, match="a bug"):
        told(engine, request(), model)
    assert len(tried) == 1


def test_the_first_picture_of_many_is_there_before_the_last_is_thought_of(
    tmp_path: Path, model: Path
) -> None:
    wanted = request("a new idea for each", count=10)
    story, heard = told(Engine(tmp_path / "other", 1), wanted, model), list[str]()
    Engine(tmp_path / "cache", 1).run(
        Job(wanted),
        model,
        lambda one: heard.append(one.stage) if isinstance(one, Stepped) else None,
        lambda image, record, meaning: heard.append(f"picture {record.index}"),
    )
    said = [one for number, one in enumerate(heard) if one not in heard[number - 1 : number]]
    batches = [[f"picture {index}" for index in batch] for batch in (range(4), range(4, 8), (8, 9))]
    expected = ["prior", "decoder", *batches[0], "prior"]
    for batch in batches[1:]:
        expected += ["decoder", *batch]
    assert said == expected
    assert heard.count("prior") == story.planned.prior_steps == 10 * 3


def test_a_file_that_was_replaced_while_the_job_ran_is_one_sentence(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    mask = tmp_path / "m.png"
    Image.new("RGB", (64, 64), "red").save(tmp_path / "a.png")
    Image.new("L", (64, 64), 255).save(mask)
    start = Inpaint(path=tmp_path / "a.png", masks=(mask,))
    wanted = replace(request("a cat that takes a while"), task=start)

    def replace_it(progress: object) -> bool:
        if isinstance(progress, Stepped):
            Image.new("L", (64, 64), 200).save(mask)
        return False

    with pytest.raises(Unreadable, match=r"m\.png was changed while the job ran: start the job"):
        told(engine, wanted, model, stop_at=replace_it)


def test_a_picture_that_was_replaced_while_the_job_ran_was_read_before(
    engine: Engine, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    Image.effect_noise((64, 64), 60).convert("RGB").save(path)
    wanted = replace(request("a dog that takes a while"), task=Img2Img(path=path))

    def replace_it(progress: object) -> bool:
        if isinstance(progress, Stepped):
            Image.new("RGB", (64, 64), "red").save(path)
        return False

    before = path.read_bytes()
    story = told(engine, wanted, model, stop_at=replace_it)
    path.write_bytes(before)
    assert told(engine, wanted, model).file(0) == story.file(0)
