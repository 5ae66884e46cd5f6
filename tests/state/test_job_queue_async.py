"""Awaiting pictures on the Qt loop."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import Cancelled, Failed, Finished, Made, OfJob, Progressed
from kandinsky_desktop.domain.wire import Run
from kandinsky_desktop.state.job_queue import JobQueue
from tests.fakes import request
from tests.trees import STARTER


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    loop = qasync.QEventLoop(qapp)
    yield loop
    loop.close()


def answering(loop: asyncio.AbstractEventLoop, *kinds: type[OfJob]) -> JobQueue:
    """Return a session whose worker answers at once with these."""
    session = JobQueue()

    def answer(run: Run) -> None:
        for kind in kinds:
            match kind.__name__:
                case "Progressed":
                    event: OfJob = Progressed(run.job.id, Made(Path("/cat.png"), 0, 7))
                case "Failed":
                    event = Failed(run.job.id, "Too big.")
                case _:
                    event = Finished(run.job.id) if kind is Finished else Cancelled(run.job.id)
            loop.call_soon(session.on_event, event)

    session.order_requested.connect(answer)
    session.set_models((STARTER,))
    return session


def test_a_flow_may_await_its_pictures(loop: asyncio.AbstractEventLoop) -> None:
    session = answering(loop, Progressed, Finished)
    assert loop.run_until_complete(session.make(request())) == (Path("/cat.png"),)


def test_a_failed_job_raises_where_it_is_awaited(loop: asyncio.AbstractEventLoop) -> None:
    session = answering(loop, Failed)
    with pytest.raises(KandinskyError, match="Too big"):
        loop.run_until_complete(session.make(request()))


def test_a_cancelled_job_cancels_who_awaits_it(loop: asyncio.AbstractEventLoop) -> None:
    session = answering(loop, Cancelled)
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(session.make(request()))
