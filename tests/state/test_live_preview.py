"""Live previews: the last change's only, never out of date, never in a job's way."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.events import (
    Cancelled,
    Failed,
    Finished,
    Loading,
    Planned,
    Preview,
    Progressed,
    Sketched,
    Stepped,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.wire import Run, Sketch
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.draft import Draft, DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import request
from tests.trees import FULL, STARTER

PAIR = Board().laid(Prompt("a cat")).laid(Prompt("a tiger"))


def grey(shade: int) -> Preview:
    return Preview(2, 1, bytes([shade] * 6))


class Desk:
    """A board, what its previews asked of the worker, and what they showed."""

    def __init__(self, folder: Path, background: Background, model: Model = STARTER) -> None:
        self.session = JobQueue()
        self.draft = DraftState(Draft())
        self.preferences = Preferences(folder / "settings.json", Settings(), background)
        thumbnails = ThumbnailLoader(background, Thumbnails(folder / "thumbnails"))
        self.fusing = BoardEditor(background, thumbnails, folder, None)
        self.live = LivePreview(self.session, self.draft, self.fusing, self.preferences)
        self.orders: list[Sketch] = []
        self.stops: list[UUID] = []
        self.runs: list[Run] = []
        self.shades: list[int] = []
        self.reasons: list[str] = []
        self.live.order_requested.connect(self.orders.append)
        self.live.stop_requested.connect(self.stops.append)
        self.live.image_changed.connect(self.see)
        self.live.failed.connect(self.reasons.append)
        self.session.order_requested.connect(self.runs.append)
        self.session.set_models((model,))
        self.draft.use_model(model)
        self.live.set_active(True)
        self.settle()

    def see(self, image: QImage) -> None:
        self.shades.append(image.pixelColor(0, 0).red())

    def settle(self) -> None:
        QCoreApplication.processEvents()

    def let(self, board: Board) -> None:
        """Let a board lie there, and the hand go."""
        self.fusing.set_board(board)
        self.settle()

    def weigh(self, weight: float) -> None:
        self.let(self.fusing.board.weighed(1, weight))

    def step(self, job: Job, shade: int) -> None:
        stepped = Stepped("decoder", 1, 8, 0.01, (0,), grey(shade))
        self.live.on_event(Progressed(job.id, stepped))

    @property
    def last(self) -> Job:
        return self.orders[-1].job

    @property
    def weights(self) -> list[float]:
        """The first weight of each sketch that was ordered."""
        return [order.job.request.conditioning.ingredients[0].weight for order in self.orders]  # type: ignore[union-attr]

    def whole(self) -> Paint:
        """What the big button would send."""
        plain = self.draft.make_request(words=False, fresh=not self.live.previewed)
        return self.fusing.request(plain)


@pytest.fixture
def desk(background: Background, tmp_path: Path) -> Desk:
    return Desk(tmp_path, background)


def test_a_settled_change_asks_for_a_fast_picture_of_the_same_seed(desk: Desk) -> None:
    side = STARTER.native
    desk.draft.set(count=4)
    desk.draft.set_sampling(steps=40, width=2 * side, height=2 * side, seed=7)
    desk.let(PAIR)
    (order,) = desk.orders
    sampling = order.job.request.sampling
    assert (sampling.width, sampling.height, sampling.steps) == (side, side, 8)
    assert (sampling.seed, sampling.prior_steps) == (7, 25)
    assert order.job.request.count == 1
    assert order.model == STARTER.root
    assert order.job.request.conditioning == PAIR.fusion


def test_a_card_in_the_hand_asks_for_nothing_until_it_is_let_go(desk: Desk) -> None:
    desk.let(PAIR)
    desk.live.on_event(Finished(desk.last.id))
    for weight in (1.1, 1.2, 1.3):
        desk.fusing.set_board(desk.fusing.board.weighed(1, weight), lasting=False)
        desk.settle()
    assert desk.weights == [1.0]
    desk.fusing.finish_edit()
    desk.settle()
    assert desk.weights == [1.0, 1.3]


def test_changes_meanwhile_collapse_into_the_last(desk: Desk) -> None:
    desk.let(PAIR)
    first = desk.last
    for weight in (0.2, 0.4, 0.6):
        desk.weigh(weight)
    assert desk.stops == [first.id]  # told once, at the first of them
    assert desk.weights == [1.0]
    desk.live.on_event(Cancelled(first.id))
    assert desk.weights == [1.0, 0.6]
    desk.live.on_event(Finished(desk.last.id))
    assert len(desk.orders) == 2


def test_what_is_out_of_date_is_not_shown(desk: Desk) -> None:
    desk.let(PAIR)
    first = desk.last
    desk.step(first, 10)
    desk.weigh(0.5)
    desk.step(first, 20)
    desk.live.on_event(Sketched(first.id, grey(30)))
    desk.live.on_event(Finished(first.id))  # it was done before it heard
    desk.step(first, 40)
    desk.step(desk.last, 50)
    desk.live.on_event(Sketched(desk.last.id, grey(60)))
    assert desk.shades == [10, 50, 60]


def test_a_change_that_changes_nothing_asks_for_nothing(desk: Desk) -> None:
    desk.let(PAIR)
    desk.draft.set(count=3, prompt="something else")
    desk.let(PAIR.laid(Prompt("people")).muted(3))
    assert len(desk.orders) == 1
    desk.draft.set_sampling(guidance=7.0)
    desk.settle()
    assert len(desk.stops) == 1


def test_who_wants_no_steps_sees_the_whole_preview(desk: Desk) -> None:
    desk.session.previews = False
    desk.let(PAIR)
    desk.step(desk.last, 10)
    desk.live.on_event(Sketched(desk.last.id, grey(20)))
    assert desk.shades == [20]


def test_it_says_how_far_it_is_and_when_words_are_read(desk: Desk) -> None:
    def say(progress: Loading | Planned | Stepped) -> tuple[str, float]:
        desk.live.on_event(Progressed(desk.last.id, progress))
        return desk.live.text, desk.live.share

    desk.let(PAIR)
    assert desk.live.running
    assert say(Loading("unet", 1, 1)) == ("Loading the decoder", 0)
    assert say(Planned(2, 2, 1))[1] == 0
    assert say(Stepped("prior", 1, 2, 0.1, (0,))) == ("Finding the idea", 0.25)
    say(Stepped("prior", 2, 2, 0.1, (0,)))
    assert say(Stepped("decoder", 1, 2, 0.1, (0,), grey(1))) == ("Preview", 0.75)
    desk.live.on_event(Finished(desk.last.id))
    assert not desk.live.running


def test_a_job_comes_first_and_the_preview_after_it(desk: Desk) -> None:
    desk.let(PAIR)
    first = desk.last
    job = desk.session.submit(request("a lion"))
    assert desk.stops == [first.id]
    assert [order.job for order in desk.runs] == [job]  # it does not wait for the sketch
    desk.step(first, 10)
    desk.live.on_event(Cancelled(first.id))
    desk.weigh(0.3)
    desk.weigh(0.4)
    assert len(desk.orders) == 1
    assert not desk.shades
    desk.session.on_event(Finished(job.id))
    assert desk.weights == [1.0, 0.4]


def test_a_preview_that_was_stopped_for_a_job_comes_again(desk: Desk) -> None:
    desk.let(PAIR)
    job = desk.session.submit(request("a lion"))
    next_ = desk.session.submit(request("a dog"))
    desk.live.on_event(Cancelled(desk.last.id))
    desk.session.on_event(Finished(job.id))
    assert len(desk.orders) == 1  # another job waits, and runs first
    desk.session.on_event(Finished(next_.id))
    assert desk.weights == [1.0, 1.0]
    assert desk.orders[0].job.request == desk.orders[1].job.request


def test_the_fusion_itself_takes_the_place_of_its_preview(desk: Desk) -> None:
    desk.let(PAIR)
    seed = desk.last.request.sampling.seed
    desk.live.on_event(Finished(desk.last.id))
    before = desk.live.previewed
    whole = desk.whole()
    assert whole.sampling.seed == seed  # so that it looks like its preview
    job = desk.session.submit(whole)
    assert (before, desk.live.previewed) == (True, False)
    desk.session.on_event(Finished(job.id))
    desk.settle()
    assert len(desk.orders) == 1  # nothing paints over it
    again = desk.whole()  # another one of the same fusion has other seeds
    job = desk.session.submit(again)
    desk.settle()
    desk.session.on_event(Finished(job.id))
    desk.settle()
    assert again.sampling.seed != seed
    assert len(desk.orders) == 1
    desk.weigh(0.5)
    assert desk.last.request.sampling.seed == again.sampling.seed


def test_nothing_is_previewed_where_nobody_looks(desk: Desk) -> None:
    desk.live.set_active(False)
    desk.let(PAIR)
    assert not desk.orders
    desk.live.set_active(True)
    desk.weigh(0.5)
    desk.live.set_active(False)
    assert desk.stops == [desk.last.id]


def test_a_board_that_came_back_is_previewed_where_nothing_of_it_is_seen(desk: Desk) -> None:
    desk.live.set_active(False)
    desk.let(PAIR)
    desk.live.set_active(True)  # its picture is there
    desk.settle()
    assert not desk.orders
    desk.live.set_active(False)
    desk.live.set_active(True, empty=True)
    desk.settle()
    assert len(desk.orders) == 1


def test_a_board_that_cannot_be_fused_stops_it(desk: Desk) -> None:
    desk.let(PAIR)
    desk.let(PAIR.muted(1).muted(2))
    assert desk.stops == [desk.last.id]
    desk.live.on_event(Cancelled(desk.last.id))
    assert len(desk.orders) == 1
    desk.fusing.undo()
    desk.settle()
    assert len(desk.orders) == 2


def test_a_failure_is_told_and_the_next_preview_takes_it_back(desk: Desk) -> None:
    desk.let(PAIR)
    desk.live.on_event(Failed(desk.last.id, "There is no file /cat.png."))
    assert desk.reasons == ["There is no file /cat.png."]
    desk.draft.set(count=3)
    desk.settle()
    assert len(desk.orders) == 1  # the same is not tried again
    desk.weigh(0.5)
    desk.live.on_event(Sketched(desk.last.id, grey(1)))
    assert desk.reasons[-1] == ""


def test_what_failed_is_tried_again_by_whoever_asks_for_it(desk: Desk) -> None:
    """By the switch, and by coming back to where nothing is seen: its files may be there again."""
    desk.let(PAIR)
    for again in range(2):
        desk.live.on_event(Failed(desk.last.id, "There is no file /cat.png."))
        if again:
            desk.live.set_active(False)
            desk.live.set_active(True, empty=True)
        else:
            desk.live.set_on(False)
            desk.live.set_on(True)
        desk.settle()
        assert len(desk.orders) == 2 + again
    desk.live.on_event(Sketched(desk.last.id, grey(1)))
    desk.live.on_event(Finished(desk.last.id))
    desk.live.set_on(False)
    desk.live.set_on(True)
    assert len(desk.orders) == 3  # it is shown


def test_the_switch_is_kept_and_follows_the_model_unless_told(
    background: Background, tmp_path: Path
) -> None:
    small, large = Desk(tmp_path, background), Desk(tmp_path, background, FULL)
    assert small.live.on
    assert not large.live.on
    for desk in (small, large):
        for on in (False, True, False):
            desk.live.set_on(on)
            assert desk.live.on == on
    assert small.preferences.settings.live == "never"
    assert large.preferences.settings.live == "small"
    large.live.set_on(True)
    assert large.preferences.settings.live == "always"
    small.let(PAIR)
    assert not small.orders
    small.live.set_on(True)
    assert len(small.orders) == 1
    small.live.set_on(False)
    assert small.stops == [small.last.id]


def test_a_large_model_is_previewed_smaller(background: Background, tmp_path: Path) -> None:
    desk = Desk(tmp_path, background, replace(FULL, root=Path("/full")))
    desk.live.set_on(True)
    desk.draft.set_sampling(width=1024, height=512)
    desk.let(PAIR)
    sampling = desk.last.request.sampling
    assert sampling.width * sampling.height <= 512 * 512 * 1.1
    assert sampling.width > sampling.height
    assert sampling.width % 64 == 0
    assert sampling.steps == 12
    assert desk.orders[0].model == Path("/full")
