"""A job that was cut off goes on from its bookmark, and nobody can tell from its pictures."""

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.events import Progress, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.plan import Key
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint
from kandinsky_desktop.engine.checkpoints import (
    CheckpointInterval,
    Checkpoints,
    SchedulerState,
    generator_states,
)
from kandinsky_desktop.engine.checkpoints import (
    Progress as LoopProgress,
)
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import checkpoint_folders
from tests.engine.story import Story, told
from tests.engine.tiny import SIDE
from tests.fakes import request

ALWAYS = CheckpointInterval(every_s=0, share=math.inf)

# several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")


@pytest.fixture(scope="session")
def marking(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine that writes a bookmark at every step."""
    return Engine(tmp_path_factory.mktemp("marking"), 1, interval=ALWAYS)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "square.png"
    Image.effect_noise((64, 64), 60).convert("RGB").save(path)
    return path


def folder_of(engine: Engine, job: Job) -> Path:
    return checkpoint_folders.folder_of(engine._cache, job.id)


def at(piece: int, step: int) -> Callable[[Progress], bool]:
    """Return what is true at a step of a piece, counted through all batches."""
    seen = [-1]

    def stop(progress: Progress) -> bool:
        if not isinstance(progress, Stepped) or progress.stage != "decoder":
            return False
        seen[0] += progress.step == 1
        return seen[0] == piece and progress.step == step

    return stop


def cut_off(engine: Engine, job: Job, model: Path, piece: int, step: int) -> Story:
    return told(engine, job, model, stop_at=at(piece, step), resumable=True)


def steps(story: Story) -> list[int]:
    return [one.step for one in story.steps("decoder")]


@pytest.mark.parametrize("scheduler", LABELS)
def test_any_scheduler_goes_on_to_the_same_bits(
    marking: Engine, small: Path, scheduler: str
) -> None:
    wanted = request(steps=6, scheduler=scheduler, width=32, height=32)
    whole = told(marking, wanted, small)
    calls = len(steps(whole))
    for cut in (3, calls - 1):
        job = Job(wanted)
        assert steps(cut_off(marking, job, small, 0, cut)) == list(range(1, cut + 1))
        rest = told(marking, job, small, resumable=True)
        assert steps(rest) == list(range(cut + 1, calls + 1))
        assert rest.planned.decoder_steps == calls - cut
        assert rest.file(0) == whole.file(0)
        assert not folder_of(marking, job).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"scheduler": "DDIMScheduler", "eta": 1.0},
        {"thresholding": True},
        {"guidance": 1.0},
        {"guidance_from": 0.3, "guidance_to": 0.7},
        {"count": 3, "scheduler": "SASolverScheduler"},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_whatever_the_settings(marking: Engine, small: Path, changes: dict[str, Any]) -> None:
    wanted = request(steps=6, width=32, height=32, **changes)
    whole = told(marking, wanted, small)
    job = Job(wanted)
    cut_off(marking, job, small, 0, 3)
    rest = told(marking, job, small, resumable=True)
    assert steps(rest) == [4, 5, 6]
    assert all(rest.file(index) == whole.file(index) for index in whole.images)


def test_a_learned_variance_too(marking: Engine, learned: Path) -> None:
    job = Job(request(steps=5))
    whole = told(marking, job.request, learned)
    cut_off(marking, job, learned, 0, 2)
    assert told(marking, job, learned, resumable=True).file(0) == whole.file(0)


@pytest.mark.parametrize("start", [Img2Img, Inpaint])
def test_from_a_picture_or_a_hole(
    marking: Engine, model: Path, picture: Path, tmp_path: Path, start: Any
) -> None:
    mask = tmp_path / "mask.png"
    image = Image.new("L", (64, 64))
    image.paste(255, (16, 16, 48, 48))
    image.save(mask)
    masks = {"masks": (mask,)} if start is Inpaint else {}
    wanted = replace(request(steps=8), task=start(path=picture, strength=0.8, **masks))
    whole = told(marking, wanted, model)
    job = Job(wanted)
    cut_off(marking, job, model, 0, 3)
    rest = told(marking, job, model, resumable=True)
    assert steps(rest) == [4, 5, 6]
    assert rest.file(0) == whole.file(0)


@pytest.mark.parametrize(("piece", "step"), [(0, 2), (1, 1), (1, 4), (2, 3)])
def test_of_several_pieces_those_painted_are_not_painted_again(
    marking: Engine, model: Path, picture: Path, piece: int, step: int
) -> None:
    start = Outpaint(path=picture, right=SIDE * 7 // 4, overlap=SIDE // 4)
    wanted = replace(request(count=2), task=start)
    whole = told(marking, wanted, model)
    job = Job(wanted)
    cut_off(marking, job, model, piece, step)
    rest = told(marking, job, model, resumable=True)
    assert len(steps(rest)) == 12 - 4 * piece - step == rest.planned.decoder_steps
    assert all(rest.file(index) == whole.file(index) for index in (0, 1))
    assert not folder_of(marking, job).exists()


def test_a_piece_that_was_kept_early_is_still_said_to_be(
    marking: Engine, model: Path, picture: Path
) -> None:
    wanted = replace(request(), task=Outpaint(path=picture, right=SIDE * 7 // 4, overlap=SIDE // 4))
    early = [True]

    def first() -> bool:
        return early.pop() if early and job_runs else False

    job_runs: list[bool] = []

    def stop(progress: Progress) -> bool:
        job_runs.append(isinstance(progress, Stepped) and progress.stage == "decoder")
        job_runs[:] = [True] * any(job_runs)
        return third(progress)

    third, job = at(2, 1), Job(wanted)
    told(marking, job, model, stop_at=stop, keep_step=first, resumable=True)
    rest = told(marking, job, model, resumable=True)
    conditions = rest.records[0].conditions
    assert conditions.kept_steps == (1, 0, 0)
    assert rest.file(0) == told(marking, Job(wanted), model, like=conditions).file(0)


def test_of_several_batches_only_the_one_that_was_cut_off_goes_on(
    marking: Engine, model: Path
) -> None:
    wanted = request(count=6)
    whole, job = told(marking, wanted, model), Job(wanted)
    first = cut_off(marking, job, model, 1, 3)
    assert sorted(first.images) == [0, 1, 2, 3]
    rest = told(marking, replace(job, made=(0, 1, 2, 3)), model, resumable=True)
    assert steps(rest) == [4]
    assert all(rest.file(index) == whole.file(index) for index in (4, 5))


def test_after_the_last_step_only_the_decoding_is_left(marking: Engine, model: Path) -> None:
    job = Job(request(count=2))
    whole = told(marking, job.request, model)
    cut_off(marking, job, model, 0, 4)
    rest = told(marking, replace(job, made=(0,)), model, resumable=True)
    assert steps(rest) == []
    assert rest.file(1) == whole.file(1)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 9},
        {"prior_seed": 9},
        {"guidance": 5.0},
        {"prompt": "a blue cat"},
        {"negative_decoder": "fog"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_checkpoint_of_another_request_is_none(
    marking: Engine, model: Path, change: dict[str, Any]
) -> None:
    job = Job(request())
    cut_off(marking, job, model, 0, 3)
    other = replace(job, request=request(**change))
    story = told(marking, other, model, resumable=True)
    assert steps(story) == [1, 2, 3, 4]
    assert story.file(0) == told(marking, other.request, model).file(0)


def test_a_checkpoint_of_other_conditions_or_a_changed_picture_is_none(
    marking: Engine, model: Path, picture: Path
) -> None:
    job = Job(replace(request(steps=8), task=Img2Img(path=picture, strength=0.5)))
    cut_off(marking, job, model, 0, 2)
    record = told(marking, job.request, model).records[0]
    two = replace(record.conditions, threads=2)
    assert steps(told(marking, job, model, like=two, resumable=True)) == [1, 2, 3, 4]
    cut_off(marking, job, model, 0, 2)
    Image.new("RGB", (64, 64), "teal").save(picture)
    os.utime(picture, (1, 1))
    assert steps(told(marking, job, model, resumable=True)) == [1, 2, 3, 4]


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def of_another_shape(file: Path) -> None:
    with_about = load_with_about(file)
    tensors = load_file(file)
    save_file(tensors | {"latents": torch.zeros(1, 4, 3, 3)}, file, with_about)


def without_generators(file: Path) -> None:
    tensors = {name: one for name, one in load_file(file).items() if "generator" not in name}
    save_file(tensors, file, load_with_about(file))


def load_with_about(file: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        about: dict[str, str] = opened.metadata()
    return about


@pytest.mark.parametrize("harm", [cut_short, emptied, of_another_shape, without_generators])
def test_a_damaged_checkpoint_is_none(
    marking: Engine, model: Path, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    job = Job(request())
    cut_off(marking, job, model, 0, 3)
    (file,) = folder_of(marking, job).iterdir()
    harm(file)
    story = told(marking, job, model, resumable=True)
    assert steps(story) == [1, 2, 3, 4]
    assert story.file(0) == told(marking, job.request, model).file(0)
    assert "checkpoint" in caplog.text


def test_a_job_that_is_over_soon_writes_nothing(engine: Engine, model: Path) -> None:
    job = Job(request())
    seen: list[bool] = []

    def look(progress: Progress) -> bool:
        seen.append(folder_of(engine, job).exists())
        return False

    told(engine, job, model, stop_at=look, resumable=True)
    assert len(seen) > 4
    assert not any(seen)


def test_a_job_that_is_stopped_goes_on_at_the_very_step_it_had_reached(
    tmp_path: Path, small: Path
) -> None:
    engine = Engine(tmp_path, 1)  # which writes a bookmark every ten seconds
    job = Job(request(steps=6, width=32, height=32))
    cut_off(engine, job, small, 0, 4)
    story = told(engine, job, small, resumable=True)
    assert steps(story) == [5, 6]
    assert story.file(0) == told(engine, job.request, small).file(0)


def test_nothing_is_written_for_a_job_that_nobody_resumes(marking: Engine, model: Path) -> None:
    job = Job(request())
    told(marking, job, model, stop_at=at(0, 3))
    assert not folder_of(marking, job).exists()


class Clock:
    """A clock that goes on when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("kandinsky_desktop.engine.checkpoints.time.monotonic", lambda: self.now)


def progress(done: int = 1, **scheduler: Any) -> LoopProgress:
    states = generator_states([torch.Generator()])
    return LoopProgress(done, torch.zeros(1, 4, 2, 2), states, scheduler)


def test_it_is_written_every_ten_seconds_and_takes_a_fiftieth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, written = Clock(monkeypatch), list[Path]()
    checkpoints = Checkpoints(tmp_path)

    def slow(path: Path, data: bytes) -> None:
        written.append(path)
        clock.now += 2

    monkeypatch.setattr("kandinsky_desktop.engine.checkpoints.atomic_file.write", slow)

    def written_after(seconds: float) -> bool:
        clock.now += seconds
        written.clear()
        checkpoints.record(Key("a-loop"), progress())
        return bool(written)

    assert [written_after(9.9), written_after(0.2)] == [False, True]
    assert [written_after(80), written_after(10)] == [False, True]  # it took 2 seconds of 100


def test_a_disk_that_takes_none_costs_nothing_else(
    tmp_path: Path, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "steps").write_text("in the way")
    engine = Engine(tmp_path, 1, interval=ALWAYS)
    story = told(engine, Job(request()), model, resumable=True)
    assert 0 in story.images
    assert caplog.text.count("no checkpoint can be written") == 1


def test_a_scheduler_that_holds_something_strange_goes_on_in_memory_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Strange:
        value: Any = None

        def __init__(self) -> None:
            self.value = None

    scheduler, checkpoints = Strange(), Checkpoints(tmp_path, ALWAYS)
    state, key = SchedulerState(scheduler), Key("a-loop")
    scheduler.value = strange = object()
    for number in (1, 2):
        checkpoints.record(key, progress(number, **state.changed()))
    assert not list(tmp_path.iterdir())
    assert caplog.text.count("takes no checkpoint") == 1
    latest = checkpoints.latest(key, torch.zeros(1, 4, 2, 2))
    assert latest is not None
    assert (latest.done, latest.scheduler) == (2, {"value": strange})


def test_a_schedulers_state_is_what_changed_and_comes_back() -> None:
    class Scheduler:
        def __init__(self) -> None:
            self.sigmas, self.outputs, self.step, self.same = torch.arange(3.0), [None], 0, [1]

    scheduler = Scheduler()
    state = SchedulerState(scheduler)
    assert state.changed() == {}
    scheduler.outputs[0], scheduler.step = torch.ones(2), 1  # type: ignore[call-overload]
    changed = state.changed()
    assert set(changed) == {"outputs", "step"}
    scheduler.outputs[0], scheduler.step = torch.zeros(2), 2  # type: ignore[call-overload]
    state.restore(changed, torch.device("cpu"))
    assert scheduler.step == 1
    assert torch.equal(scheduler.outputs[0], torch.ones(2))  # type: ignore[arg-type]


def test_the_memory_format_of_latents_is_kept(tmp_path: Path) -> None:
    latents = torch.randn(1, 4, 8, 8).contiguous(memory_format=torch.channels_last)
    states, key = generator_states([torch.Generator()]), Key("a-loop")
    Checkpoints(tmp_path, ALWAYS).record(key, LoopProgress(3, latents, states, {}))
    again = Checkpoints(tmp_path).latest(key, torch.zeros(1, 4, 8, 8))
    assert again is not None
    assert torch.equal(again.latents, latents)
    assert again.latents.stride() == latents.stride()


def test_checkpoints_are_forgotten_and_old_ones_pruned(tmp_path: Path) -> None:
    old, new = Job(request()), Job(request())
    for job in (old, new):
        folder = checkpoint_folders.folder_of(tmp_path, job.id)
        Checkpoints(folder, ALWAYS).record(Key("a-loop"), progress())
    week_ago = checkpoint_folders.folder_of(tmp_path, old.id)
    os.utime(week_ago, (1, 1))
    checkpoint_folders.prune(tmp_path)
    assert list((tmp_path / "steps").iterdir()) == [checkpoint_folders.folder_of(tmp_path, new.id)]
    for _time in range(2):
        checkpoint_folders.forget(tmp_path, new.id)
    assert not list((tmp_path / "steps").iterdir())
    checkpoint_folders.prune(tmp_path / "nowhere")


def test_a_checkpoint_is_small(marking: Engine, model: Path) -> None:
    job = Job(request(scheduler="SASolverScheduler"))
    cut_off(marking, job, model, 0, 3)
    (file,) = folder_of(marking, job).iterdir()
    assert file.stat().st_size < 200_000
