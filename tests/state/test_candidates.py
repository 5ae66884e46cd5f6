"""A sheet of ideas: sketched one at a time, out of a job's way, and painted in full when chosen."""

from pathlib import Path
from uuid import UUID

import pytest

from kandinsky_desktop.domain.events import (
    Cancelled,
    Failed,
    Finished,
    Preview,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.wire import Run, Sketch
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.candidates import AT_ONCE, Candidates
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import request
from tests.trees import STARTER

GREY = Preview(2, 1, bytes(6))


class Sheet:
    """The ideas, and what they asked of the worker."""

    def __init__(self, folder: Path, background: Background) -> None:
        self.session = JobQueue()
        self.session.set_models((STARTER,))
        loader = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        live = LivePreview(
            self.session,
            DraftState(Draft()),
            BoardEditor(background, loader, folder, None),
            Preferences(folder / "settings.json", Settings(), background),
        )
        self.ideas = Candidates(self.session, live)
        self.orders: list[Sketch] = []
        self.stops: list[UUID] = []
        self.runs: list[Run] = []
        self.reasons: list[str] = []
        self.ideas.order_requested.connect(self.orders.append)
        self.ideas.stop_requested.connect(self.stops.append)
        self.ideas.failed.connect(self.reasons.append)
        self.session.order_requested.connect(self.runs.append)

    @property
    def last(self) -> Job:
        return self.orders[-1].job

    def begin(self) -> None:
        self.ideas.begin(request("a red cat", steps=20), STARTER)

    def finish(self) -> None:
        """Let the sketch in hand come to its end."""
        job = self.last.id
        self.ideas.on_event(Sketched(job, GREY, 1.0))
        self.ideas.on_event(Finished(job))


@pytest.fixture
def sheet(background: Background, tmp_path: Path) -> Sheet:
    return Sheet(tmp_path, background)


def test_ideas_are_sketched_one_after_the_other_until_all_are_there(sheet: Sheet) -> None:
    sheet.begin()
    assert (sheet.ideas.is_open, sheet.ideas.text) == (True, "a red cat")
    for number in range(AT_ONCE):
        assert len(sheet.orders) == number + 1
        assert sheet.last.request == sheet.ideas.items[number].sketch
        sheet.finish()
    assert sheet.ideas.done == AT_ONCE == len(sheet.orders)
    seeds = {one.whole.sampling.prior_seed for one in sheet.ideas.items}
    assert len(seeds) == AT_ONCE
    sheet.ideas.more()
    assert len(sheet.ideas.items) == 2 * AT_ONCE
    assert sheet.last.request == sheet.ideas.items[AT_ONCE].sketch


def test_an_idea_is_sketched_in_fewer_steps_than_it_is_painted_in(sheet: Sheet) -> None:
    sheet.begin()
    first = sheet.ideas.items[0]
    assert first.sketch.sampling.steps < first.whole.sampling.steps == 20
    assert first.sketch.sampling.seed == first.whole.sampling.seed


def test_an_idea_grows_as_its_steps_are_told(sheet: Sheet) -> None:
    sheet.begin()
    grown: list[int] = []
    sheet.ideas.image_changed.connect(grown.append)
    stepped = Stepped("decoder", 1, 8, 0.1, (0,), GREY)
    sheet.ideas.on_event(Progressed(sheet.last.id, stepped))
    assert grown == [0]
    assert sheet.ideas.items[0].image is not None
    assert not sheet.ideas.items[0].done


def test_a_job_comes_first_and_the_idea_that_it_stopped_is_begun_again(sheet: Sheet) -> None:
    sheet.begin()
    stopped = sheet.last
    job = sheet.session.submit(request("a lion"))
    sheet.ideas.on_event(Cancelled(stopped.id))  # as the engine answers
    assert len(sheet.orders) == 1
    sheet.session.on_event(Finished(job.id))
    assert len(sheet.orders) == 2
    assert sheet.last.request == stopped.request


def test_while_nobody_looks_nothing_is_sketched(sheet: Sheet) -> None:
    sheet.begin()
    first = sheet.last
    sheet.ideas.set_active(False)
    assert sheet.stops == [first.id]
    sheet.ideas.on_event(Sketched(first.id, GREY, 1.0))  # too late: it was not waited for
    assert not sheet.ideas.done
    assert len(sheet.orders) == 1
    sheet.ideas.set_active(True)
    assert sheet.last.request == first.request


def test_those_chosen_are_queued_in_full_and_the_sheet_closes(sheet: Sheet) -> None:
    sheet.begin()
    wanted = [sheet.ideas.items[number].whole for number in (2, 5)]
    sheet.ideas.queue_chosen([2, 5])
    assert not sheet.ideas.is_open
    assert not sheet.ideas.items
    assert sheet.stops == [sheet.last.id]
    assert [entry.job.request for entry in sheet.session.jobs.entries] == wanted


def test_one_that_fails_closes_the_sheet_and_says_why(sheet: Sheet) -> None:
    sheet.begin()
    sheet.ideas.on_event(Failed(sheet.last.id, "There is no memory."))
    assert sheet.reasons == ["There is no memory."]
    assert not sheet.ideas.is_open
