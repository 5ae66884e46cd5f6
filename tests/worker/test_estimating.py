"""Estimating depth for the window: answered once, whatever becomes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import DepthEstimated, DepthNotEstimated, OfDepth
from kandinsky_desktop.domain.wire import EstimateDepth
from tests.worker.child import child_command
from tests.worker.desk import PATIENT_MS, Desk, desk_with

SEER = Path("/models/seer")


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path()) as desk:
        yield desk


def test_each_picture_gets_one_answer_though_the_process_dies(desk: Desk) -> None:
    def answers() -> list[OfDepth]:
        return [event for event in desk.events if isinstance(event, OfDepth)]

    names = "cat", "unknown", "broken", "deadly", "dog"
    for name in names:  # the process is started by the first
        desk.estimate_requested.emit(EstimateDepth(Path(f"{name}.png"), SEER))
    desk.qtbot.waitUntil(lambda: len(answers()) >= len(names), timeout=PATIENT_MS)
    said = {event.path.stem: event for event in answers()}
    assert len(answers()) == len(said) == len(names)
    assert said["cat"] == DepthEstimated(Path("cat.png"), SEER / "cat.png")
    for name, why in (("unknown", "is unknown"), ("broken", "The log has the details")):
        event = said[name]
        assert isinstance(event, DepthNotEstimated)
        assert why in event.reason
    for name in ("deadly", "dog"):  # the process died of the one, and so never heard the other
        assert said[name] == DepthNotEstimated(Path(f"{name}.png"), "The engine stopped.")
    desk.estimate_requested.emit(EstimateDepth(Path("sea.png"), SEER))
    desk.qtbot.waitUntil(lambda: len(answers()) > len(names), timeout=PATIENT_MS)
    assert answers()[-1] == DepthEstimated(Path("sea.png"), SEER / "sea.png")
