"""What came through: asked for each new picture, and found again."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Made, Measured, Memory, NotMeasured
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.wire import Measure
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.similarity_measurer import SimilarityMeasurer
from kandinsky_desktop.store import clip_similarity
from tests.fakes import request
from tests.trees import STARTER

CAT = Made(Path("/cat.png"), 0, 7)
BLIND = replace(STARTER.without("image_encoder", ""), name="blind", root=Path("/blind"))
BLEARY = replace(STARTER.without("image_processor", ""), name="bleary", root=Path("/bleary"))


@pytest.fixture
def measuring(background: Background, tmp_path: Path) -> SimilarityMeasurer:
    made = SimilarityMeasurer(background, tmp_path)
    made.set_models((STARTER, BLIND, BLEARY))
    return made


def test_each_new_picture_is_measured_by_the_model_that_painted_it(
    measuring: SimilarityMeasurer,
) -> None:
    wanted: list[Measure] = []
    measuring.measure_requested.connect(wanted.append)
    for model in ("", STARTER.name, "blind", "bleary", "gone"):
        measuring.on_made(Job(request(model=model)), CAT)
    measuring.on = False
    measuring.on_made(Job(request()), CAT)
    assert wanted == [Measure(CAT.path, STARTER.root)] * 2
    assert measuring.awaited == (CAT.path,)


def test_what_is_answered_is_told_and_no_longer_awaited(measuring: SimilarityMeasurer) -> None:
    told: list[object] = []
    measuring.measured.connect(lambda path, cosines: told.append((path, cosines)))
    measuring.not_measured.connect(lambda path, why: told.append((path, why)))
    measuring.on_made(Job(request()), CAT)
    measuring.on_event(Memory(1, 2, 3))
    measuring.on_event(Measured(CAT.path, (0.5,)))
    measuring.on_made(Job(request()), CAT)
    measuring.on_event(NotMeasured(CAT.path, "It was stopped."))
    assert told == [(CAT.path, (0.5,)), (CAT.path, "It was stopped.")]
    assert not measuring.awaited


def test_what_waits_is_stopped(measuring: SimilarityMeasurer) -> None:
    stopped: list[Path] = []
    measuring.stop_requested.connect(stopped.append)
    measuring.on_made(Job(request()), CAT)
    measuring.stop()
    assert stopped == [CAT.path]


def test_what_was_measured_before_is_found_again(
    measuring: SimilarityMeasurer, qtbot: QtBot, tmp_path: Path
) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"cat")
    clip_similarity.write(tmp_path, picture, (0.5, None))
    with qtbot.waitSignal(measuring.measured) as told:
        measuring.load(picture)
    assert told.args == [picture, (0.5, None)]
