"""Models that waiting jobs lack: looked for until they are there, and nothing else is disturbed."""

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Failed
from kandinsky_desktop.state import missing_models
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.missing_models import MissingModels
from kandinsky_desktop.state.models import Models
from kandinsky_desktop.store.models import Found
from tests.fakes import request


def test_a_job_goes_on_when_its_models_folder_is_back(
    qtbot: QtBot,
    background: Background,
    starter: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(missing_models, "FIRST_MS", 20)
    folder, away = tmp_path / "stick", tmp_path / "pulled out"
    shutil.copytree(starter, folder / "mine")
    models, queue = Models(background), JobQueue()
    found: list[Found] = []
    orders: list[object] = []
    models.found.connect(found.append)
    models.found.connect(lambda found: queue.set_models(found.models))
    queue.order_requested.connect(orders.append)
    watch = MissingModels(queue, models, lambda: (folder,))
    models.search((folder,))
    qtbot.waitUntil(lambda: bool(found))

    job = queue.submit(request(model="mine"))
    folder.rename(away)
    queue.on_event(Failed(job.id, "It is gone.", away=True))
    assert queue.jobs.entries[0].status is JobStatus.WAITING
    qtbot.wait(200)
    assert (len(found), len(orders)) == (1, 1)  # nothing was said while it was away
    away.rename(folder)
    qtbot.waitUntil(lambda: len(orders) == 2)
    assert len(found) == 2
    qtbot.wait(100)
    assert len(found) == 2  # nothing is looked for any more
    del watch
