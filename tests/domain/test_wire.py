"""Messages through a file in memory: whole ones come back, all others are refused."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.errors import Garbled, InvalidRequest
from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    DepthEstimated,
    DepthNotEstimated,
    Event,
    Failed,
    Finished,
    Loading,
    Made,
    Measured,
    Memory,
    NotMeasured,
    NotSaved,
    Planned,
    Preview,
    Progressed,
    Saved,
    Started,
    Stepped,
    Unsaved,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import SEEDS, Sampling
from kandinsky_desktop.domain.wire import (
    Cancel,
    EstimateDepth,
    KeepStep,
    Measure,
    Order,
    Run,
    SaveTo,
    Shutdown,
    StopMeasuring,
    Wake,
)
from tests.fakes import text_to_image

job = uuid4()
cat = text_to_image(
    "кот 🐈 קֶטֶל\n\t\0",
    negative_prior="fog",
    negative_decoder='"{}"',
    count=3,
    shared_prior_seed=True,
    model="mine",
    sampling=Sampling(guidance=3.25, prior_seed=SEEDS - 1),
)


def on_the_wire(*messages: Order | Event) -> BytesIO:
    stream = BytesIO()
    for message in messages:
        wire.send(stream, message)
    stream.seek(0)
    return stream


def raw(message: Any, tail: bytes = b"") -> BytesIO:
    text = json.dumps(message).encode()
    return BytesIO(wire.LENGTHS.pack(len(text), len(tail)) + text + tail)


def test_orders_arrive_as_they_were_sent() -> None:
    sent: list[Order] = [
        Wake(),
        Run(Job(cat, made=(0, 2)), Path("/models/mine \udcff"), Path("pictures"), previews=False),
        Cancel(job),
        KeepStep(job),
        SaveTo(Path("/elsewhere")),
        Measure(Path("cat.png"), Path("/models/mine")),
        EstimateDepth(Path("cat.png"), Path("/models/seer")),
        StopMeasuring(Path("cat.png")),
        Shutdown(),
    ]
    assert list(wire.orders(on_the_wire(*sent))) == sent


def test_events_arrive_as_they_were_sent() -> None:
    sent: list[Event] = [
        Started(job),
        Progressed(job, Loading("prior", 1, 2)),
        Progressed(job, Planned(25, 100, 4)),
        Progressed(job, Stepped("prior", 1, 2, 0.25, (0,))),
        Progressed(job, Stepped("decoder", 2, 2, 1.0, (0, 1), Preview(4, 2, bytes(range(24))))),
        Progressed(job, Made(Path("cat.png"), 1, 42)),
        Progressed(job, Unsaved(1, "cat.png", Path("/full"), "No space left.")),
        Finished(job),
        Failed(job, "Too big."),
        Failed(job, "Gone.", died=True),
        Failed(job, "Gone.", away=True),
        Cancelled(job),
        Awake("cpu", "A processor", 3),
        Memory(1, 2, 3),
        Saved(Path("cat.png"), 1),
        NotSaved("Still full.", 2),
        Measured(Path("cat.png"), (0.5, None, 1.0)),
        NotMeasured(Path("cat.png"), "It was stopped."),
        DepthEstimated(Path("cat.png"), Path("/cache/depth.png")),
        DepthNotEstimated(Path("cat.png"), "It is no picture."),
    ]
    assert list(wire.events(on_the_wire(*sent))) == sent


@given(
    prompt=some.text(some.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
    guidance=some.floats(1, 30),
    seed=some.integers(0, SEEDS - 1),
    made=some.lists(some.integers(0, 63)).map(tuple),
)
def test_any_request_arrives_as_it_was_sent(
    prompt: str, guidance: float, seed: int, made: tuple[int, ...]
) -> None:
    sampling = Sampling(guidance=guidance, seed=seed)
    sent = Run(Job(text_to_image(prompt, sampling=sampling), made=made), Path("/m"), Path("p"))
    assert list(wire.orders(on_the_wire(sent))) == [sent]


@pytest.mark.parametrize(
    "garble",
    [
        lambda whole: whole[:3],
        lambda whole: whole[:-1],
        lambda whole: whole[:8] + b"?" + whole[9:],
        lambda whole: wire.LENGTHS.pack(2**20 + 1, 0) + whole[8:],
        lambda whole: wire.LENGTHS.pack(2, 2**25 + 1) + whole[8:],
        lambda whole: b"Loading weights: 100%",
        lambda whole: raw([]).getvalue().replace(b"[]", b"\xff\xfe"),
        lambda whole: wire.LENGTHS.pack(200_000, 0) + b"[" * 200_000,
    ],
    ids=[
        "half a start",
        "cut off",
        "no JSON",
        "long JSON",
        "long tail",
        "a print",
        "bytes",
        "deep",
    ],
)
def test_what_is_no_message_is_refused(garble: Callable[[bytes], bytes]) -> None:
    stream = BytesIO(garble(on_the_wire(Started(job)).getvalue()))
    with pytest.raises(Garbled):
        list(wire.events(stream))


@given(some.binary(max_size=200))
def test_no_bytes_at_all_raise_anything_else(data: bytes) -> None:
    for read in (wire.events, wire.orders):
        try:
            list(read(BytesIO(data)))
        except Garbled:
            pass


def stepped(**changes: Any) -> dict[str, Any]:
    step = {"type": "Stepped", "stage": "prior", "step": 1, "of": 2, "seconds": 1, "batch": [0]}
    return {"type": "Progressed", "job": str(job), "progress": step | changes}


PREVIEW = {"type": "Preview", "width": 1, "height": 1, "pixels": {"type": "bytes", "size": 4}}


@pytest.mark.parametrize(
    "message",
    [
        [],
        {},
        None,
        {"type": "Path", "path": "/"},
        {"type": "Shutdown"},
        {"type": "Cancelled", "job": "not a UUID"},
        {"type": "Cancelled", "job": 7},
        {"type": "Cancelled"},
        {"type": "Cancelled", "job": str(job), "why": "an unknown field"},
        {"type": "Saved", "path": 7, "left": 0},
        stepped(type="Finished"),
        stepped(step="1"),
        stepped(step=True),
        stepped(step=1.0),
        stepped(stage="dreaming"),
        stepped(stage=[]),
        stepped(batch=["0"]),
        stepped(batch={}),
        stepped(preview=PREVIEW | {"pixels": {"type": "bytes", "size": 9}}),
        stepped(preview=PREVIEW | {"pixels": {"type": "bytes", "size": -1}}),
        stepped(preview=PREVIEW | {"pixels": {"type": "bytes", "size": 3}}),
        stepped(preview=PREVIEW | {"pixels": "tail"}),
        stepped(),
    ],
    ids=lambda message: json.dumps(message).replace(str(job), "ID"),
)
def test_what_is_no_event_is_refused(message: Any) -> None:
    with pytest.raises(Garbled):
        list(wire.events(raw(message, tail=b"tail")))
    assert list(wire.events(raw(stepped(preview=PREVIEW), tail=b"tail")))


def test_limits_hold_for_what_arrives() -> None:
    request = {
        "type": "Paint",
        "conditioning": {"type": "Prompt", "text": "a cat"},
        "sampling": {"type": "Sampling", "steps": 10_000},
    }
    message = {"type": "Run", "job": {"type": "Job", "request": request}}
    with pytest.raises(InvalidRequest, match="Steps must lie between"):
        list(wire.orders(raw(message | {"model": "/m", "pictures": "/p"})))


def test_too_long_a_message_is_not_even_sent() -> None:
    stream = BytesIO()
    preview = Preview(1, 1, bytes(wire.LONGEST_TAIL + 1))
    with pytest.raises(Garbled, match="too long"):
        wire.send(stream, Progressed(job, Stepped("prior", 1, 1, 1.0, (0,), preview)))
    assert not stream.getvalue()
