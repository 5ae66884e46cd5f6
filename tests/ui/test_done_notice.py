"""Told when it is done: at the end of the queue, to who looks elsewhere, and if it is wanted."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Cancelled, Failed, Finished, Made, Progressed
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.ui.done_notice import DoneNotice
from tests.fakes import request
from tests.trees import STARTER


class Told:
    """A queue, and what the desktop is told of it."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.queue = JobQueue()
        self.queue.set_models((STARTER,))
        self.preferences = Preferences(folder / "settings.json", Settings(), background)
        self.notice = DoneNotice(self.window, self.queue, self.preferences, background)
        self.said: list[tuple[str, str, bool]] = []
        self.progress: list[float | None] = []
        self.beeps = 0
        self.notice._desktop = self  # type: ignore[assignment]

    def tell(self, title: str, words: str, *, sound: bool) -> None:
        self.said.append((title, words, sound))

    def show_progress(self, share: float | None) -> None:
        self.progress.append(share)

    def withdraw(self) -> None:
        self.said.clear()

    def beep(self) -> None:
        self.beeps += 1

    def finish(self, job: Job) -> None:
        for index in range(job.request.count):
            self.queue.on_event(Progressed(job.id, Made(Path(f"{index}.png"), index, 7)))
        self.queue.on_event(Finished(job.id))


@pytest.fixture
def told(
    tmp_path: Path, background: Background, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Told:
    told = Told(tmp_path, background, qtbot)
    monkeypatch.setattr(QApplication, "beep", told.beep)
    return told


def test_one_job_is_told_by_its_words_and_number(told: Told) -> None:
    told.finish(told.queue.submit(request("a red cat", count=4)))
    told.finish(told.queue.submit(request("a dog")))
    assert told.said == [
        ("a red cat", "4 pictures are done.", False),
        ("a dog", "1 picture is done.", False),
    ]
    assert told.beeps == 0
    assert told.progress[-1] is None


def test_a_queue_is_told_at_its_end(told: Told) -> None:
    jobs = [told.queue.submit(request(name, count=2)) for name in ("one", "two", "three")]
    for job in jobs:
        told.finish(job)
    assert told.said == [("Kandinsky Desktop", "6 pictures are done.", False)]


def test_a_failure_is_told_at_once_and_a_cancel_never(told: Told) -> None:
    first, second = (told.queue.submit(request(name)) for name in ("one", "two"))
    told.queue.on_event(Failed(first.id, "Too big."))
    assert told.said == [("one", "It could not be painted.", False)]
    told.queue.cancel(second.id)
    told.queue.on_event(Cancelled(second.id))
    assert len(told.said) == 1


def test_both_are_settings(told: Told) -> None:
    told.preferences.set(sound_when_done=True)
    told.finish(told.queue.submit(request("a red cat")))
    assert (told.said[-1][2], told.beeps) == (True, 1)
    told.preferences.set(notice_when_done=False)
    told.finish(told.queue.submit(request("a dog")))
    assert (len(told.said), told.beeps) == (1, 2)
    told.preferences.set(sound_when_done=False)
    told.finish(told.queue.submit(request("a fox")))
    assert (len(told.said), told.beeps) == (1, 2)


def test_who_looks_at_the_window_is_told_nothing(told: Told, qtbot: QtBot) -> None:
    told.window.show()
    told.window.activateWindow()
    qtbot.waitUntil(lambda: not told.notice.away)
    told.finish(told.queue.submit(request("a red cat")))
    assert not told.said
