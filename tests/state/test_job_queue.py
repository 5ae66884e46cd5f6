"""The session: one job at a time, in the order the person wants, none of them lost."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.events import (
    Awake,
    Cancelled,
    Failed,
    Finished,
    Loading,
    Made,
    PhaseRan,
    Planned,
    Progress,
    Progressed,
    Started,
    Stepped,
    Unsaved,
)
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.paths import with_file_renamed
from kandinsky_desktop.domain.plan_inputs import UNLIMITED
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.domain.wire import Run
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.state.job_queue import COMPONENTS, JobQueue
from kandinsky_desktop.store.models import Found
from tests.fakes import request
from tests.trees import EVERY, STARTER


class Desk:
    """A session, and what it asked of the worker and told the window."""

    def __init__(self, models: tuple[Model, ...] = (STARTER,)) -> None:
        self.session = JobQueue()
        self.session.pictures = Path("/pictures")
        self.orders: list[Run] = []
        self.cancels: list[UUID] = []
        self.keeps: list[UUID] = []
        self.said: list[str] = []
        self.ends: list[object] = []
        self.session.order_requested.connect(self.orders.append)
        self.session.cancel_requested.connect(self.cancels.append)
        self.session.keep_step_requested.connect(self.keeps.append)
        self.session.activity_changed.connect(self.said.append)
        self.session.job_ended.connect(lambda job, event: self.ends.append(event))
        if models:
            self.session.set_models(models)

    @property
    def prompts(self) -> list[str]:
        return [entry.job.request.words for entry in self.session.jobs.entries]

    @property
    def run(self) -> list[str]:
        return [order.job.request.words for order in self.orders]


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk()


def test_the_worker_gets_one_job_at_a_time(desk: Desk) -> None:
    one, two = (desk.session.submit(request(prompt)) for prompt in ("one", "two"))
    assert desk.orders == [Run(one, STARTER.root, Path("/pictures"), True)]
    desk.session.on_event(Finished(one.id))
    assert desk.orders[1].job == two
    desk.session.on_event(Failed(two.id, "Too big."))
    assert desk.prompts == ["two"]  # it may be tried again


def test_the_worker_is_told_who_estimates_depth(desk: Desk) -> None:
    desk.session.set_estimators(Found((), (), (Path("/models/dpt"),)))
    desk.session.submit(request("one"))
    assert desk.orders[0].estimators == (Path("/models/dpt"),)


def test_pictures_carry_their_meaning_unless_it_is_not_wanted(desk: Desk) -> None:
    jobs = [desk.session.submit(request(prompt)) for prompt in ("one", "two")]
    desk.session.keep_embeddings = False
    desk.session.on_event(Finished(jobs[0].id))
    assert [order.keep_embedding for order in desk.orders] == [True, False]


def test_jobs_wait_for_the_models_to_be_known(qtbot: QtBot) -> None:
    desk = Desk(models=())
    desk.session.submit(request())
    assert not desk.orders
    desk.session.set_models((STARTER,))
    assert len(desk.orders) == 1


def test_each_job_gets_its_own_model(qtbot: QtBot) -> None:
    other = replace(STARTER, name="other", root=Path("/other"))
    desk = Desk(models=(STARTER, other))
    job = desk.session.submit(request(model="other"))
    desk.session.on_event(Finished(job.id))
    desk.session.submit(request(model=""))
    assert [order.model for order in desk.orders] == [Path("/other"), STARTER.root]


def test_a_job_for_a_model_that_went_waits_for_it_and_the_next_runs(desk: Desk) -> None:
    waits: list[str] = []
    desk.session.model_missing.connect(lambda job, why: waits.append(why))
    desk.session.pause(True)
    gone = desk.session.submit(request("one", model="gone"))
    two = desk.session.submit(request("two"))
    assert not waits
    desk.session.pause(False)
    assert desk.run == ["two"]
    entry = desk.session.jobs.find(gone.id)
    assert entry is not None
    assert entry.status is JobStatus.WAITING
    assert waits == [entry.note] == ["The model 'gone' is not there any more."]
    assert desk.session.missing_models == {"gone"}
    desk.session.set_models((STARTER, replace(STARTER, name="gone", root=Path("/gone"))))
    assert not desk.session.missing_models
    assert not desk.session.jobs.waiting[0].note
    desk.session.on_event(Finished(two.id))
    assert [order.model for order in desk.orders] == [STARTER.root, Path("/gone")]


AWAY = "/stick/mine, where the model lies, is not there any more."


@pytest.mark.parametrize("name", ["mine", ""])
def test_a_job_whose_model_is_taken_away_goes_on_when_it_is_back(qtbot: QtBot, name: str) -> None:
    mine = replace(STARTER, name="mine", root=Path("/stick/mine"))
    desk = Desk(models=(mine, STARTER))
    job = desk.session.submit(request("one", count=2, model=name))
    other = desk.session.submit(request("two", model=STARTER.name))
    desk.session.on_event(Progressed(job.id, Made(Path("1.png"), 0, 7)))
    desk.session.on_event(Failed(job.id, AWAY, away=True))
    assert desk.ends == [Failed(job.id, AWAY, away=True)]
    entry = desk.session.jobs.find(job.id)
    assert entry is not None
    assert (entry.status, entry.note) == (JobStatus.WAITING, AWAY)
    assert desk.run == ["one", "two"]  # the other model is there
    late = desk.session.submit(request("three", model="mine"))
    desk.session.set_models((STARTER,))
    desk.session.on_event(Finished(other.id))
    assert desk.run == ["one", "two"]
    assert [one.note for one in desk.session.jobs.waiting if one.job == late] == [AWAY]
    desk.session.set_models((mine, STARTER))
    assert desk.orders[-1].model == mine.root
    assert (desk.orders[-1].job.id, desk.orders[-1].job.missing) == (job.id, (1,))


def test_a_job_that_was_stopped_does_not_wait_for_its_model(desk: Desk) -> None:
    job = desk.session.submit(request("one"))
    desk.session.cancel(job.id)
    desk.session.on_event(Failed(job.id, AWAY, away=True))
    assert desk.session.jobs.entries[0].status is JobStatus.FAILED
    assert not desk.session.missing_models


def test_a_restored_queue_is_paused_and_goes_on_when_told(desk: Desk) -> None:
    jobs = Job(request("one", count=4), made=(0, 2)), Job(request("two"))
    desk.session.restore_jobs(jobs)
    assert desk.session.paused
    assert not desk.orders
    desk.session.pause(False)
    assert desk.orders[0].job == jobs[0]
    assert desk.orders[0].job.missing == (1, 3)


def test_nothing_restored_is_nothing_paused(desk: Desk) -> None:
    desk.session.restore_jobs(())
    assert not desk.session.paused


def test_a_retry_makes_only_what_is_missing(desk: Desk) -> None:
    job = desk.session.submit(request(count=3))
    desk.session.on_event(Progressed(job.id, Made(Path("/one.png"), 1, 7)))
    desk.session.on_event(Failed(job.id, "The engine stopped.", died=True))
    desk.session.retry(job.id)
    assert desk.orders[1].job == Job(job.request, job.id, made=(1,))
    desk.session.retry(job.id)  # it runs: no second time
    assert len(desk.orders) == 2


def test_a_waiting_or_failed_job_is_dropped_at_once(desk: Desk) -> None:
    running, waiting = (desk.session.submit(request(prompt)) for prompt in ("one", "two"))
    desk.session.cancel(waiting.id)
    assert desk.prompts == ["one"]
    desk.session.on_event(Failed(running.id, "Too big."))
    desk.session.cancel(running.id)
    assert desk.prompts == []
    assert desk.cancels == [waiting.id, running.id]  # what they left on disk may go


def test_the_running_job_ends_when_the_worker_says_so(desk: Desk) -> None:
    job = desk.session.submit(request())
    desk.session.cancel_running()
    assert desk.cancels == [job.id]
    assert desk.session.stopping
    desk.session.on_event(Progressed(job.id, Stepped("prior", 1, 3, 0.1, (0,))))
    assert desk.said == []  # it says that it stops, not that it goes on
    desk.session.on_event(Cancelled(job.id))
    assert desk.prompts == []
    desk.session.cancel_running()
    assert len(desk.cancels) == 1


def test_a_job_says_that_the_engine_is_being_woken_until_it_is(desk: Desk) -> None:
    desk.session.on_engine_started(7)
    job = desk.session.submit(request())
    desk.session.on_event(Started(job.id))
    assert desk.said == ["Waking the engine, a few seconds"]
    desk.session.on_event(Awake("cpu", "A processor", 1))
    assert desk.said[-1] == "Starting"
    desk.session.on_event(Progressed(job.id, Loading("unet", 1, 1)))
    assert desk.said[-1] == "Loading the decoder"


def test_a_job_for_which_an_engine_is_started_says_so_too(desk: Desk) -> None:
    """As after one that died: the worker says that the job is begun, and then starts another."""
    job = desk.session.submit(request())
    desk.session.on_event(Started(job.id))
    desk.session.on_engine_started(7)
    assert desk.said == ["Starting", "Waking the engine, a few seconds"]
    desk.session.on_event(Awake("cpu", "A processor", 1))
    assert desk.said[-1] == "Starting"


def test_a_machine_with_less_than_the_reserve_is_not_taken_for_one_without_a_limit(
    desk: Desk,
) -> None:
    desk.session.on_event(Awake("cpu", "A processor", 1, budget_bytes=0))
    assert desk.session.estimates.budget == 0
    desk.session.on_event(Awake("cpu", "A processor", 1))
    assert desk.session.estimates.budget == UNLIMITED


def test_a_step_is_kept_only_while_the_decoder_steps(desk: Desk) -> None:
    def say(*said: Progress) -> None:
        for progress in said:
            desk.session.on_event(Progressed(job.id, progress))
            desk.session.keep_step()

    job = desk.session.submit(request())
    desk.session.keep_step()
    say(Loading("unet", 1, 1), Planned(3, 4, 1), Stepped("prior", 1, 3, 0.1, (0,)))
    assert not desk.keeps
    say(Stepped("decoder", 1, 4, 0.1, (0,)))
    assert desk.keeps == [job.id]
    desk.session.keep_step()  # once is enough
    say(Stepped("decoder", 4, 4, 0.1, (0,)), Made(Path("/one.png"), 0, 7))
    assert len(desk.keeps) == 1
    desk.session.on_event(Progressed(job.id, Stepped("decoder", 1, 4, 0.1, (1,))))
    desk.session.cancel_running()
    say(Stepped("decoder", 2, 4, 0.1, (1,)))
    desk.session.on_event(Cancelled(job.id))
    desk.session.keep_step()
    assert len(desk.keeps) == 1


def test_the_order_is_the_persons(desk: Desk) -> None:
    jobs = {
        prompt: desk.session.submit(request(prompt)) for prompt in ("one", "two", "three", "four")
    }
    desk.session.run_next(jobs["four"].id)
    assert desk.prompts == ["one", "four", "two", "three"]
    desk.session.jobs.move(jobs["two"].id, 99)
    desk.session.run_next(jobs["one"].id)  # it runs already
    assert desk.prompts == ["one", "four", "three", "two"]
    desk.session.on_event(Finished(jobs["one"].id))
    assert desk.run == ["one", "four"]


def test_a_pause_lets_the_running_job_end(desk: Desk) -> None:
    one = desk.session.submit(request("one"))
    desk.session.submit(request("two"))
    desk.session.pause(True)
    assert not desk.cancels
    desk.session.on_event(Finished(one.id))
    assert desk.run == ["one"]
    desk.session.pause(False)
    assert desk.run == ["one", "two"]


def test_it_says_what_the_job_does(desk: Desk) -> None:
    job = desk.session.submit(request(prior_steps=2, steps=2))
    for event in (
        Started(job.id),
        Progressed(job.id, Planned(2, 2, 1)),
        Progressed(job.id, Loading("prior", 1, 2)),
        Progressed(job.id, Loading("image_encoder", 1, 1)),
        Progressed(job.id, Stepped("prior", 2, 2, 0.1, (0,))),
        Progressed(job.id, Stepped("decoder", 1, 2, 0.1, (0,))),
    ):
        desk.session.on_event(event)
    assert desk.said == [
        "Starting",
        "Loading the prior",
        "Loading the image encoder, once",
        "Finding the idea, step 2 of 2",
        "Painting, step 1 of 2",
    ]
    entry = desk.session.jobs.running
    assert entry is not None
    assert entry.share == pytest.approx(0.5)  # two of four, none of them timed well enough yet


def test_what_an_old_process_says_moves_nobody(desk: Desk) -> None:
    desk.session.submit(request())
    desk.session.on_event(Finished(Job(request()).id))
    assert len(desk.session.jobs.entries) == 1


def test_an_unsaved_picture_is_told(desk: Desk, qtbot: QtBot) -> None:
    job = desk.session.submit(request())
    unsaved = Unsaved(0, "cat.png", Path("/full"), "It is full.")
    with qtbot.waitSignal(desk.session.picture_unsaved) as told:
        desk.session.on_event(Progressed(job.id, unsaved))
    assert told.args == [unsaved]


def ran(desk: Desk, job: Job, **seconds: float) -> None:
    """Tell of phases that ran in so many seconds, at the size of a request for one picture."""
    sampling = job.request.sampling
    pixels = sampling.width * sampling.height
    for name, dropped in seconds.items():
        network, calls, size = {
            "SamplePrior": ("prior", sampling.prior_steps, 0),
            "Denoise": ("unet", sampling.steps, pixels),
            "DecodePixels": ("movq", 1, pixels),
            "Deliver": ("", 1, pixels),
        }[name]
        told = PhaseRan(name, network, size, calls, dropped)
        desk.session.on_event(Progressed(job.id, told))


def test_a_job_is_timed_by_the_phases_of_earlier_ones(desk: Desk) -> None:
    job = desk.session.submit(request())
    assert desk.session.seconds_for(request()) is None
    ran(desk, job, SamplePrior=6.0, Denoise=8.0, DecodePixels=1.0)
    assert desk.session.seconds_for(request()) is None  # not all that it is made of was timed
    ran(desk, job, Deliver=0.5)
    assert desk.session.seconds_for(request()) == pytest.approx(15.5)
    steps = request().sampling.steps
    assert desk.session.seconds_for(request(steps=2 * steps)) == pytest.approx(23.5)
    desk.session.on_event(Finished(job.id))
    assert desk.session.seconds_for(request()) == pytest.approx(9.5)  # its embedding is cached
    assert desk.session.seconds_for(request(prior_seed=99)) == pytest.approx(15.5)
    wide = request(width=2 * request().sampling.width)
    assert desk.session.seconds_for(wide) == pytest.approx(19.0)
    job = desk.session.submit(request(prior_seed=99))
    desk.session.on_event(Progressed(job.id, Planned(3, 4, 1)))
    desk.session.on_event(Progressed(job.id, Stepped("prior", 1, 3, 2.0, (0,))))
    assert desk.session.pace.left(0) is not None


def test_a_request_that_cannot_be_planned_has_no_time(desk: Desk, tmp_path: Path) -> None:
    job = desk.session.submit(request())
    ran(desk, job, SamplePrior=6.0, Denoise=8.0, DecodePixels=1.0, Deliver=0.5)
    gone = replace(request(), task=Img2Img(path=tmp_path / "gone.png"))
    assert desk.session.seconds_for(gone) is None
    assert desk.session.seconds_for(replace(request(), model="not here")) is None


def test_each_network_of_each_family_has_a_name_while_it_is_loaded(desk: Desk) -> None:
    kinds = {one.kind for model in EVERY for one in model.components.values()}
    others = {"scheduler", "tokenizer", "decoder_tokenizer", "t5_tokenizer", "image_processor"}
    networks = kinds - {*others, "file"}
    assert networks == set(COMPONENTS)
    job = desk.session.submit(request())
    for kind in networks:
        desk.session.on_event(Progressed(job.id, Loading(kind, 1, 1)))


def test_what_was_taken_out_is_put_back_where_it_was_and_goes_on(desk: Desk) -> None:
    offers: list[tuple[str, ...]] = []
    desk.session.dropped.connect(
        lambda entries: offers.append(tuple(one.job.request.words for one in entries))
    )
    jobs = [desk.session.submit(request(prompt)) for prompt in ("one", "two", "three", "four")]
    desk.session.drop((jobs[1].id, jobs[3].id))
    desk.session.drop((jobs[2].id,))
    assert desk.prompts == ["one"]
    assert offers == [("two", "four"), ("two", "four", "three")]
    desk.session.put_back()
    assert desk.prompts == ["one", "two", "three", "four"]
    assert [entry.job for entry in desk.session.jobs.entries] == jobs  # by their old names
    assert offers[-1] == ()
    desk.session.put_back()  # once is enough
    assert len(desk.prompts) == 4


def test_a_job_that_was_stopped_goes_on_with_the_pictures_it_has(desk: Desk) -> None:
    job = desk.session.submit(request("one", count=2))
    desk.session.submit(request("two"))
    desk.session.cancel_running()
    desk.session.on_event(Progressed(job.id, Made(Path("/one.png"), 0, 7)))
    assert desk.session.kept == (desk.session.jobs.entries[1].job,)
    desk.session.on_event(Cancelled(job.id))
    assert desk.run == ["one", "two"]
    desk.session.put_back()
    assert desk.prompts == ["two", "one"]
    desk.session.on_event(Finished(desk.orders[1].job.id))
    assert desk.orders[2].job == Job(job.request, job.id, made=(0,))


def test_put_back_before_it_has_stopped_it_goes_on_at_once(desk: Desk) -> None:
    job = desk.session.submit(request("one"))
    desk.session.submit(request("two"))
    desk.session.cancel_running()
    desk.session.put_back()
    assert len(desk.session.kept) == 2  # also if the program ends before it has stopped
    desk.session.on_event(Cancelled(job.id))
    assert desk.run == ["one", "one"]
    desk.session.cancel_running()
    desk.session.put_back()
    desk.session.cancel_running()  # no, after all
    desk.session.on_event(Cancelled(job.id))
    assert desk.run == ["one", "one", "two"]


def test_after_a_while_what_was_dropped_is_forgotten(desk: Desk) -> None:
    forgotten: list[UUID] = []
    offers: list[int] = []
    desk.session.forget_requested.connect(forgotten.append)
    desk.session.dropped.connect(lambda entries: offers.append(len(entries)))
    jobs = [desk.session.submit(request(prompt)) for prompt in ("one", "two", "three")]
    desk.session.drop((jobs[1].id,))
    desk.session.cancel(jobs[2].id)  # by the program
    assert (desk.session._regret.interval(), desk.session._regret.isActive()) == (12_000, True)
    desk.session.forget_dropped()
    assert forgotten == [jobs[1].id, jobs[2].id]
    assert offers == [1, 0]
    desk.session.put_back()
    assert desk.prompts == ["one"]


def test_one_that_ends_before_it_can_be_stopped_is_not_offered(desk: Desk) -> None:
    offers: list[int] = []
    desk.session.dropped.connect(lambda entries: offers.append(len(entries)))
    job = desk.session.submit(request("one"))
    desk.session.cancel_running()
    desk.session.on_event(Finished(job.id))
    assert offers == [1, 0]
    desk.session.put_back()
    assert desk.prompts == []


def _read(desk: Desk) -> list[Path]:
    return [path for entry in desk.session.jobs.entries for path in entry.job.request.files]


def test_jobs_follow_a_picture_to_its_new_name(desk: Desk) -> None:
    old, new = Path("/pictures/cat.png"), Path("/pictures/tom.png")
    like = request(task=Img2Img(path=old, strength=0.5))
    running, failed, _waiting = (desk.session.submit(like) for _ in range(3))
    desk.session.on_event(Failed(running.id, "No."))
    running, failed = failed, running
    dropped = desk.session.submit(like)
    desk.session.drop((dropped.id,))
    desk.session.rename(old, new)
    assert desk.orders[-1].job == running
    assert sorted(_read(desk)) == [old, new, new]  # what runs has begun by the old one
    desk.session.put_back()
    assert sorted(_read(desk)) == [old, new, new, new]
    desk.session.on_event(Failed(running.id, "There is no file."))
    assert _read(desk) == [new] * 4
    assert desk.orders[-1].job.request.files == (new,)


def test_a_job_follows_pictures_on_muted_cards_of_its_board_too(desk: Desk) -> None:
    """Else its pictures' boards would no more be known as theirs."""
    old, new = Path("/pictures/cat.png"), Path("/pictures/tom.png")
    board = Board().laid(Prompt("gold")).laid(ImagePrompt(old)).muted(2)
    desk.session.submit(request())
    fusion = replace(request(), conditioning=board.fusion)
    waiting, dropped = (desk.session.submit(fusion, board=board) for _ in range(2))
    desk.session.drop((dropped.id,))
    desk.session.rename(old, new)
    desk.session.put_back()
    kept = [job.board for job in desk.session.kept if job.id in (waiting.id, dropped.id)]
    assert kept == [board.replaced(2, ImagePrompt(new))] * 2


@pytest.mark.parametrize("told_first", [False, True])
def test_a_job_that_a_new_name_was_too_late_for_begins_again(
    desk: Desk, *, told_first: bool
) -> None:
    """The engine reads files once it is awake, and masks when it comes to them."""
    old, new = Path("/pictures/cat.png"), Path("/pictures/tom.png")
    job = desk.session.submit(request(task=Img2Img(path=old, strength=0.5)))
    later = desk.session.submit(request("later"))
    no_file = Failed(job.id, "There is no file cat.png.", lost=(old,))
    if told_first:
        desk.session.on_event(no_file)
        desk.session.on_event(Finished(later.id))
        desk.session.rename(old, new)
    else:
        desk.session.rename(old, new)
        desk.session.on_event(no_file)
    assert desk.orders[-1].job == replace(job, request=with_file_renamed(job.request, old, new))
    desk.session.rename(new, old)
    desk.session.on_event(Failed(job.id, "There is no memory."))  # for another reason
    assert desk.session.jobs.entries[-1].note == "There is no memory."
    waits = [event.away for event in desk.ends if isinstance(event, Failed)]
    assert waits == [not told_first, False]


def test_a_job_that_is_stopped_comes_back_by_the_new_name(desk: Desk) -> None:
    old, new = Path("/pictures/cat.png"), Path("/pictures/tom.png")
    job = desk.session.submit(request(task=Img2Img(path=old, strength=0.5)))
    desk.session.cancel_running()
    desk.session.rename(old, new)
    desk.session.on_event(Cancelled(job.id))
    desk.session.put_back()
    assert desk.orders[-1].job.request.files == (new,)


def test_who_submits_to_a_paused_queue_is_told(desk: Desk) -> None:
    held: list[bool] = []
    desk.session.held.connect(lambda: held.append(True))
    desk.session.restore_jobs((Job(request()),))
    assert not held  # that is said in other words
    desk.session.submit(request())
    assert held == [True]
    desk.session.pause(False)
    desk.session.submit(request())
    desk.session.pause(True)
    desk.session.submit(request())
    assert held == [True]  # something runs
