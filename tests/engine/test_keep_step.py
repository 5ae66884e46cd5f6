"""Keep this step: what the decoder predicts there is the result, said in the record, made again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kandinsky_desktop.domain.events import Progress, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint
from kandinsky_desktop.engine.engine import Engine
from tests.engine.story import Story, told
from tests.engine.tiny import SIDE
from tests.fakes import request


class Wish:
    """Someone who wants the decoder's step that is there, once for each of the turns it names.

    A turn is the number of a piece, counted through all batches, and a step of it.
    """

    def __init__(self, *turns: tuple[int, int]) -> None:
        self._turns, self._piece, self._wished = turns, -1, False

    def hear(self, progress: Progress) -> bool:
        if isinstance(progress, Stepped) and progress.stage == "decoder":
            self._piece += progress.step == 1
            self._wished = (self._piece, progress.step) in self._turns
        return False

    def take(self) -> bool:
        edited, self._wished = self._wished, False
        return edited


def kept(engine: Engine, job: Job | Paint, model: Path, *turns: tuple[int, int]) -> Story:
    wish = Wish(*turns)
    return told(engine, job, model, stop_at=wish.hear, keep_step=wish.take)


def again(engine: Engine, story: Story, model: Path, index: int = 0) -> Story:
    record = story.records[index]
    others = tuple(other for other in range(record.request.count) if other != index)
    return told(engine, Job(record.request, made=others), model, like=record.conditions)


def wide(request: Paint, picture: Path, **changes: Any) -> Paint:
    """Return the request for a canvas of three pieces."""
    return replace(
        request, task=Outpaint(path=picture, right=SIDE * 7 // 4, overlap=SIDE // 4), **changes
    )


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "square.png"
    Image.effect_noise((64, 64), 60).convert("RGB").save(path)
    return path


def test_the_loop_ends_there_and_the_record_says_so(engine: Engine, model: Path) -> None:
    whole = told(engine, request(), model)
    story = kept(engine, request(), model, (0, 2))
    assert [one.step for one in story.steps("decoder")] == [1, 2]
    assert story.records[0].conditions.kept_steps == (2,)
    assert whole.records[0].conditions.kept_steps == ()
    assert story.images[0].tobytes() != whole.images[0].tobytes()
    assert again(engine, story, model).file(0) == story.file(0)
    assert again(engine, whole, model).file(0) == whole.file(0)


@pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")
@pytest.mark.parametrize("scheduler", LABELS)
def test_it_comes_again_with_any_scheduler(engine: Engine, small: Path, scheduler: str) -> None:
    story = kept(engine, request(steps=3, scheduler=scheduler), small, (0, 2))
    assert story.records[0].conditions.kept_step() == 2
    assert again(engine, story, small).file(0) == story.file(0)


def test_the_last_step_is_no_kept_step(engine: Engine, model: Path) -> None:
    story = kept(engine, request(), model, (0, 4))
    assert story.records[0].conditions.kept_steps == ()
    assert story.file(0) == told(engine, request(), model).file(0)


def test_of_several_batches_only_the_one_that_runs_is_kept(engine: Engine, model: Path) -> None:
    whole = told(engine, request(count=6), model)
    story = kept(engine, request(count=6), model, (0, 3))
    assert [one.step for one in story.steps("decoder")] == [1, 2, 3, 1, 2, 3, 4]
    assert [record.conditions.kept_step() for record in story.records.values()] == [3] * 4 + [0] * 2
    assert story.file(5) == whole.file(5)
    for index in (2, 5):
        assert again(engine, story, model, index).file(index) == story.file(index)


def test_of_several_pieces_only_the_one_that_runs_is_kept(
    engine: Engine, model: Path, picture: Path
) -> None:
    wanted = wide(request(count=2), picture)
    story = kept(engine, wanted, model, (1, 2))
    assert [one.step for one in story.steps("decoder")] == [1, 2, 3, 4, 1, 2, 1, 2, 3, 4]
    assert story.records[0].conditions.kept_steps == (0, 2, 0)
    assert again(engine, story, model, 1).file(1) == story.file(1)


def test_each_of_several_pieces_can_be_kept(engine: Engine, model: Path, picture: Path) -> None:
    story = kept(engine, wide(request(), picture), model, (0, 3), (1, 1))
    assert story.records[0].conditions.kept_steps == (3, 1, 0)
    assert again(engine, story, model).file(0) == story.file(0)


@pytest.mark.parametrize("start", [Img2Img, Inpaint])
def test_what_must_stay_stays(
    engine: Engine, model: Path, picture: Path, tmp_path: Path, start: Any
) -> None:
    mask = tmp_path / "mask.png"
    Image.new("L", (64, 64)).save(mask)
    with Image.open(mask) as image:
        image.paste(255, (16, 16, 48, 48))
        image.save(mask)
    masks = {"masks": (mask,)} if start is Inpaint else {}
    wanted = replace(request(steps=8), task=start(path=picture, strength=0.8, **masks))
    story = kept(engine, wanted, model, (0, 3))
    assert story.records[0].conditions.kept_step() == 3
    assert story.records[0].changed_outside == 0
    assert again(engine, story, model).file(0) == story.file(0)


def test_a_wish_that_comes_before_the_loop_is_for_no_step(engine: Engine, model: Path) -> None:
    wishes = [True]

    def take() -> bool:
        return bool(wishes) and wishes.pop()

    story = told(engine, request(), model, keep_step=take)
    assert not wishes
    assert len(story.steps("decoder")) == 4
