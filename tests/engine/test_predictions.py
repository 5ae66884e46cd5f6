"""What is predicted of a phase against what it takes, in every way, by the engine's own account.

The networks are the starter model's: small, but real ones. The account knows the tensors that
torch's operations return on a processor; nothing here is a measurement of a graphics card.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from kandinsky_desktop.domain import planning
from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.memory import Fit
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine.sides import picture
from tests.engine.story import told
from tests.fakes import STARTER, request

CLOSE = 0.03
ROUNDED = (
    2**19
)  # bytes: what a loop holds beside its calls, and a card rounds up to 512 for each weight
SIDE = 256
ROOMY = 2**40

WAYS = [
    ("Denoise", 1, "resident"),
    ("Denoise", 1, "split guidance"),
    ("Denoise", 1, "streamed"),
    ("Denoise", 1, "partly streamed"),
    ("Denoise", 1, "split guidance, streamed"),
    ("Denoise", 1, "split guidance, partly streamed"),
    ("Denoise", 3, "resident"),
    ("Denoise", 3, "row by row"),
    ("Denoise", 3, "row by row, split guidance"),
    ("Denoise", 3, "row by row, split guidance, streamed"),
    ("SamplePrior", 1, "resident"),
    ("SamplePrior", 1, "streamed"),
    ("EncodePrompt", 1, "resident"),
    ("EncodePrompt", 1, "streamed"),
    ("EncodePixels", 1, "resident"),
    ("EncodePixels", 1, "banded"),
    ("DecodePixels", 1, "resident"),
    ("DecodePixels", 1, "banded"),
    ("DecodePixels", 1, "tiled"),
]


UNGUIDED = [
    (1, "resident"),
    (1, "streamed"),
    (1, "partly streamed"),
    (3, "resident"),
    (3, "row by row"),
]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "start.png"
    picture(SIDE, SIDE).save(path)
    return path


@pytest.mark.parametrize(
    ("operation", "count", "name", "guidance"),
    [
        *((*way, 4.0) for way in WAYS),
        *(("Denoise", *way, 1.0) for way in UNGUIDED),
    ],
)
def test_a_phase_takes_what_is_predicted(
    operation: str,
    count: int,
    name: str,
    guidance: float,
    start: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def chosen(every: list[Fit], skipped: int = 0) -> Fit:
        del skipped
        whole = name.replace("partly streamed", "streamed")
        found = next((one for one in every if one.name == whole), every[0])
        if found.name != name and found.held == 0:
            half = found.whole // 2
            return replace(found, held=half, weights=found.weights + half)
        return found

    device = SimulatedDevice(ROOMY)
    monkeypatch.setattr(planning, "best_of", chosen)
    asked = {"width": SIDE, "height": SIDE, "steps": 2, "prior_steps": 2, "guidance": guidance}
    wanted = request("a cat", count=count, **asked)
    if operation == "EncodePixels":
        wanted = replace(wanted, task=Img2Img(path=start, strength=0.5))
    story = told(Engine(tmp_path, 1, device), wanted, STARTER, previews=False)
    ran = [one for one in story.said if isinstance(one, PhaseRan) and one.operation == operation]
    assert ran
    for one in ran:
        assert one.mode == name
        assert one.memory is not None
        assert one.memory.peak == pytest.approx(one.memory.predicted, rel=CLOSE, abs=ROUNDED)
