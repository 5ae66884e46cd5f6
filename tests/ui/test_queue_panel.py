"""The queue as a panel, by itself: jobs are dragged to another place, and each has its menu."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Failed, Finished
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.ui.actions import ActionSet
from kandinsky_desktop.ui.queue_actions import QueueActions
from kandinsky_desktop.ui.queue_panel import JOB, QueuePanel
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import request
from tests.trees import STARTER


class Shown:
    """A panel with a job that runs and some that wait."""

    def __init__(self, folder: Path, background: Background, theme: Theme, qtbot: QtBot) -> None:
        self.queue = JobQueue()
        self.queue.set_models((STARTER,))
        self.actions = ActionSet(theme, self.queue)
        QueueActions(self.queue, self.actions)
        loader = ThumbnailLoader(background, Thumbnails(folder))
        self.panel = QueuePanel(theme, self.queue.jobs, self.actions, loader)
        self.panel.moved.connect(self.queue.move)
        self.queue.changed.connect(self.actions.refresh)
        self.view = self.panel.view
        qtbot.addWidget(self.panel)
        self.jobs = [self.queue.submit(request(name)) for name in ("one", "two", "three", "four")]
        self.panel.resize(296, self.panel.needed)
        self.panel.show()
        QTest.qWait(1)

    @property
    def titles(self) -> list[str]:
        return [entry.title for entry in self.queue.jobs.entries]

    def edge(self, row: int) -> QPointF:
        """Return a point just below the upper edge of a row, where something can be put."""
        place = self.view.visualRect(self.queue.jobs.index(row, 0))
        return QPointF(place.center().x(), place.top() + 2)

    def drop(self, row: int, at: QPointF) -> None:
        """Let a job go that was dragged."""
        data = QMimeData()
        data.setData(JOB, self.queue.jobs.entries[row].job.id.bytes)
        about = Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        for event in (
            QDragEnterEvent(at.toPoint(), *about, none),
            QDragMoveEvent(at.toPoint(), *about, none),
            QDropEvent(at, *about, none),
        ):
            QApplication.sendEvent(self.view.viewport(), event)

    def menu(self, row: int) -> dict[str, bool]:
        """Open the menu of a job, and return its actions and whether they can be done now."""
        point = self.view.visualRect(self.queue.jobs.index(row, 0)).center()
        reason = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(reason, point, self.view.viewport().mapToGlobal(point))
        QApplication.sendEvent(self.view.viewport(), event)
        menu = self.panel.findChildren(QMenu)[-1]
        shown = {one.objectName(): one.isEnabled() for one in menu.actions() if one.objectName()}
        menu.close()
        return shown


@pytest.fixture
def shown(tmp_path: Path, background: Background, theme: Theme, qtbot: QtBot) -> Shown:
    theme.apply("light", 100, motion=False)
    return Shown(tmp_path / "cache", background, theme, qtbot)


def test_a_job_is_dragged_to_another_place_and_never_before_the_running_one(shown: Shown) -> None:
    shown.drop(3, shown.edge(1))
    assert shown.titles == ["one", "four", "two", "three"]
    shown.drop(1, shown.edge(3))
    assert shown.titles == ["one", "two", "four", "three"]
    shown.drop(2, shown.edge(0))
    assert shown.titles == ["one", "four", "two", "three"]
    shown.drop(1, QPointF(50, shown.view.height() - 2))  # below all
    assert shown.titles == ["one", "two", "three", "four"]


@pytest.mark.qt_log_ignore("This plugin does not support")  # what the offscreen one says of popups
def test_each_job_has_the_menu_of_what_can_be_done_with_it(shown: Shown) -> None:
    waiting = shown.menu(2)
    assert waiting == {
        "run_next": True,
        "move_up": True,
        "move_down": True,
        "retry": False,
        "remove_job": True,
        "clear_queue": True,
    }
    assert not shown.menu(0)["move_up"]  # it runs
    shown.queue.on_event(Failed(shown.jobs[0].id, "Too big."))
    row = next(row for row, title in enumerate(shown.titles) if title == "one")
    assert shown.menu(row)["retry"]


def test_the_queue_is_cleared_but_for_what_runs_and_put_back(shown: Shown) -> None:
    shown.actions.trigger("clear_queue")
    assert shown.titles == ["one"]
    assert shown.actions.refusal("clear_queue")
    shown.queue.put_back()
    assert shown.titles == ["one", "two", "three", "four"]


def test_five_jobs_are_seen(shown: Shown) -> None:
    shown.queue.submit(request("five"))
    last = shown.view.visualRect(shown.queue.jobs.index(4, 0))
    assert shown.view.viewport().rect().contains(last)
    assert shown.panel.needed <= 0.45 * 800  # so much of the window it gets


def test_a_job_shows_the_picture_it_starts_from_and_what_it_is_becoming(
    shown: Shown, tmp_path: Path, qtbot: QtBot
) -> None:
    def thumb(row: int) -> QColor:
        place = shown.view.visualRect(shown.queue.jobs.index(row, 0))
        return (
            shown.view.viewport().grab().toImage().pixelColor(place.left() + 26, place.center().y())
        )

    start = tmp_path / "start.png"
    Image.new("RGB", (64, 64), "#00ff00").save(start)
    wanted: Paint = request("from a picture")
    for job in shown.jobs[1:]:
        shown.queue.cancel(job.id)
    shown.queue.submit(replace(wanted, task=Img2Img(path=start)))
    qtbot.waitUntil(lambda: thumb(1) == QColor("#00ff00"))
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("#0000ff"))
    shown.panel.show_preview(image)
    assert thumb(0) == QColor("#0000ff")
    shown.queue.on_event(Finished(shown.jobs[0].id))
    assert shown.titles == ["from a picture"]
