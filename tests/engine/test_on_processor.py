"""The last way of a card: the processor, in the machine's memory."""

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.domain.events import PhaseRan, Planned, Progress, Stepped
from kandinsky_desktop.domain.record import Conditions, Saving
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine import tiny
from tests.engine.story import Story, told
from tests.fakes import request

ROOMY, TIGHT = 2**30, 50_000
WANTED = request("a red cat", steps=3, prior_steps=2, width=32, height=32)
CLOSE = 2  # levels of 255 in any pixel: rounding
NEARLY = 25  # levels in the mean: a random network in bf16 blows up the last bit of its input


def device(limit: int = ROOMY, host: int = ROOMY) -> SimulatedDevice:
    return SimulatedDevice(limit, machine_bytes=host)


def ways_of(story: Story) -> dict[str, str]:
    return {one.operation: one.mode for one in story.said if isinstance(one, PhaseRan) and one.mode}


def furthest(one: Story, other: Story) -> int:
    pairs = [(np.asarray(one.images[i], int), np.asarray(other.images[i], int)) for i in one.images]
    return max(int(np.abs(first - second).max()) for first, second in pairs)


def pixels(story: Story) -> bytes:
    return b"".join(story.images[index].tobytes() for index in sorted(story.images))


def shrinking_at(step: int, card: SimulatedDevice) -> Callable[[Progress], bool]:
    def squeeze(progress: Progress) -> bool:
        if isinstance(progress, Stepped) and progress.stage == "decoder" and progress.step == step:
            card.limit_bytes = TIGHT
        return False

    return squeeze


@pytest.fixture(scope="module")
def stable_diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_stable_diffusion(tmp_path_factory.mktemp("stable") / "model")


@pytest.mark.parametrize("model", ["small", "stable_diffusion"])
def test_what_has_no_room_on_a_card_is_painted_by_the_processor(
    model: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root: Path = request.getfixturevalue(model)
    whole = told(Engine(tmp_path / "whole", 1, device()), WANTED, root, previews=False)
    assert whole.records[0].conditions.on_processor == ()
    card = device(TIGHT)
    engine = Engine(tmp_path / "tight", 1, card)
    story = told(engine, WANTED, root)  # its previews are made there too
    assert ways_of(story)["Denoise"] == "on the processor"
    assert card.peak_bytes() <= TIGHT
    assert furthest(story, whole) <= CLOSE
    conditions = story.records[0].conditions
    assert "EncodePrompt" in conditions.on_processor
    assert conditions.saving[0].processor_from == 0
    assert not engine._host_models.is_warm  # the machine has its memory back

    again = told(
        Engine(tmp_path / "again", 1, device()), WANTED, root, previews=False, like=conditions
    )
    assert pixels(again) == pixels(story)
    assert again.records[0].conditions.on_processor == tuple(
        one for one in conditions.on_processor if one != "FitPreview"
    )
    # what was made there is no output of the card, and is not taken for one
    assert pixels(told(engine, WANTED, root, previews=False)) == pixels(story)
    card.limit_bytes = card.label_bytes = ROOMY
    assert pixels(told(engine, WANTED, root, previews=False)) == pixels(whole)


def test_a_loop_goes_to_the_processor_in_mid_run_and_again_so_from_its_record(
    small: Path, tmp_path: Path
) -> None:
    whole = told(Engine(tmp_path / "whole", 1, device()), WANTED, small, previews=False)
    card = device()
    engine = Engine(tmp_path / "one", 1, card)
    story = told(engine, WANTED, small, previews=False, stop_at=shrinking_at(2, card))
    assert [one.step for one in story.steps("decoder")] == [1, 2, 3]  # none was taken twice
    conditions = story.records[0].conditions
    assert conditions.saving[0].processor_from == 2
    assert conditions.on_processor == ("DecodePixels",)
    assert furthest(story, whole) <= CLOSE

    roomy = Engine(tmp_path / "two", 1, device())
    again = told(roomy, WANTED, small, previews=False, like=conditions)
    assert [one.step for one in again.steps("decoder")] == [1, 2, 3]
    assert again.records[0].conditions == conditions
    assert pixels(again) == pixels(story)
    engine.put_models_away()
    roomy.put_models_away()
    gc.collect()
    assert card.allocated == 0


def test_numbers_in_half_precision_are_widened_there_and_narrowed_again(
    small: Path, tmp_path: Path
) -> None:
    here = told(Engine(tmp_path / "here", 1, device()), WANTED, small, previews=False)
    half = replace(here.records[0].conditions, dtype="bfloat16")
    engine = Engine(tmp_path / "half", 1, device())
    narrow = told(engine, WANTED, small, previews=False, like=half)
    parts = ("EncodePrompt", "DecodePixels", "SamplePrior")
    for since, elsewhere in ((1, parts), (-1, parts), (0, ())):
        like = replace(half, on_processor=elsewhere, saving=(Saving("", 0, -1, since),))
        story = told(engine, WANTED, small, previews=False, like=like)
        assert story.records[0].conditions.dtype == "bfloat16"
        ways = ways_of(story)
        assert {one for one, way in ways.items() if way == "on the processor"} == {
            *elsewhere,
            *(("Denoise",) if since >= 0 else ()),
        }
        off = np.asarray(story.images[0], float) - np.asarray(narrow.images[0], float)
        assert 0 < np.abs(off).mean() < NEARLY


def test_where_the_machine_has_no_room_either_a_sentence_says_so(
    small: Path, tmp_path: Path
) -> None:
    card = device(TIGHT, host=10_000)
    engine = Engine(tmp_path / "one", 1, card)
    with pytest.raises(OutOfMemory, match=r"^32 × 32 needs .* of memory, and 0 MB is there: "):
        told(engine, WANTED, small, previews=False)
    card.limit_bytes = card.label_bytes = ROOMY
    assert told(engine, WANTED, small, previews=False).images  # the next job runs


TRIES = 40  # more plans than there are ways


class Endless(Exception):
    """A job is planned again and again."""


def not_for_ever(
    then: Callable[[Progress], bool] = lambda one: False,
) -> Callable[[Progress], bool]:
    tries = []

    def counted(progress: Progress) -> bool:
        if isinstance(progress, Planned):
            tries.append(progress)
            if len(tries) > TRIES:
                raise Endless
        return then(progress)

    return counted


@pytest.mark.parametrize(
    "elsewhere",
    [
        lambda then: replace(then, on_processor=("DecodePixels",)),
        lambda then: replace(then, saving=(Saving("", 0, -1, 1),)),
    ],
    ids=["a phase", "a loop"],
)
def test_a_picture_of_a_larger_machine_ends_in_a_sentence(
    elsewhere: Callable[[Conditions], Conditions], small: Path, tmp_path: Path
) -> None:
    here = told(Engine(tmp_path / "here", 1, device()), WANTED, small, previews=False)
    like = elsewhere(here.records[0].conditions)
    engine = Engine(tmp_path / "smaller", 1, device(host=10_000))
    with pytest.raises(OutOfMemory, match=r"^The machine ran out of memory: choose a smaller"):
        told(engine, WANTED, small, previews=False, like=like, stop_at=not_for_ever())


def test_where_the_machine_has_no_room_for_a_loop_that_the_card_gives_up_it_says_what_is_needed(
    small: Path, tmp_path: Path
) -> None:
    card = device(host=10_000)
    engine = Engine(tmp_path / "one", 1, card)
    with pytest.raises(OutOfMemory, match=r"^32 × 32 needs .* of memory, and 0 MB is there: "):
        told(engine, WANTED, small, previews=False, stop_at=not_for_ever(shrinking_at(2, card)))
