"""What is asked to be loaded while a prompt is typed, and how often."""

from pathlib import Path

from kandinsky_desktop.domain.events import Finished
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.domain.wire import Prepare
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.preloader import Preloader
from tests.fakes import request
from tests.trees import FULL, STARTER


def test_each_model_and_kind_of_request_is_asked_for_once_of_a_process() -> None:
    queue, draft, asked = JobQueue(), DraftState(), list[Prepare]()
    preloader = Preloader(queue, draft)
    preloader.order_requested.connect(asked.append)
    preloader.ask()  # there is no model yet
    draft.use_model(STARTER)
    preloader.ask()  # there are no words yet
    assert not asked
    for words in ("a", "a c", "a cat"):
        draft.set(prompt=words)
        preloader.ask()
    assert [(one.model, one.request.words) for one in asked] == [(STARTER.root, "a")]
    draft.set(task=Img2Img(path=Path("/a.png")))
    preloader.ask()
    draft.use_model(FULL)
    preloader.ask()
    assert len(asked) == 3
    preloader.on_engine_started(7)
    preloader.ask()
    assert len(asked) == 4


def test_while_a_job_runs_nothing_is_asked_for() -> None:
    queue, draft, asked = JobQueue(), DraftState(), list[Prepare]()
    queue.set_models((STARTER,))
    draft.use_model(STARTER)
    draft.set(prompt="a cat")
    preloader = Preloader(queue, draft)
    preloader.order_requested.connect(asked.append)
    job = queue.submit(request())
    preloader.ask()
    assert not asked
    queue.on_event(Finished(job.id))
    preloader.ask()
    assert len(asked) == 1
