"""The ring of the big button: it follows the job, however quick the steps, and never goes back."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.pace import Pace
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.ui.job_progress import JobProgress
from kandinsky_desktop.ui.run_bar import RunBar, RunButton
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import request
from tests.trees import STARTER


def test_steps_quicker_than_the_screen_move_the_ring(theme: Theme, qtbot: QtBot) -> None:
    theme.apply("light", 100, motion=True)
    button = RunButton(theme)
    qtbot.addWidget(button)
    button.show()
    shown = []
    for step in range(200):
        button.show_running(step / 200, stopping=False)
        QTest.qWait(2)
        shown.append(button.shown_share)
    assert shown == sorted(shown)
    assert shown[-1] > 0.5
    qtbot.waitUntil(lambda: button.shown_share == 199 / 200)
    button.show_running(0.0, stopping=False)  # the next job begins anew
    assert button.shown_share == 0


def test_without_motion_the_ring_is_where_the_job_is(theme: Theme, qtbot: QtBot) -> None:
    theme.apply("light", 100, motion=False)
    button = RunButton(theme)
    qtbot.addWidget(button)
    for share in (0.0, 0.3, 0.9):
        button.show_running(share, stopping=False)
        assert button.shown_share == share


def test_what_is_left_counts_down_between_two_steps(theme: Theme, qtbot: QtBot) -> None:
    theme.apply("light", 100, motion=False)
    button = RunButton(theme)
    qtbot.addWidget(button)
    button.show_running(0.3, stopping=False, left=20.2)
    before = button.grab().toImage()
    button.show_left(12.0)
    assert button.grab().toImage() != before
    button.show_left(20.0)
    assert button.grab().toImage() == before  # no finer than it is said
    button.show_left(0.4)
    after = button.grab().toImage()
    button.show_left(None)
    assert button.grab().toImage() == after  # it is nearly done, or nobody knows


def test_while_it_stops_nothing_is_said_of_what_was_left(theme: Theme, qtbot: QtBot) -> None:
    theme.apply("light", 100, motion=False)
    button = RunButton(theme)
    qtbot.addWidget(button)
    button.show_running(0.3, stopping=True)
    alone = button.grab().toImage()
    button.show_running(0.3, stopping=True, left=2400)  # which had no room beside it either
    button.show_left(2400)
    assert button.grab().toImage() == alone
    button.show_running(0.0, stopping=False, left=2400)  # the next job
    assert button.grab().toImage() != alone


class Slow(Pace):
    """Says that forty minutes are left."""

    @override
    def left(self, now: float) -> float | None:
        return 2400


def test_nor_does_the_status_bar(qtbot: QtBot) -> None:
    queue = JobQueue()
    progress = JobProgress(queue, queue)
    said: list[str] = []
    progress.changed.connect(lambda title, words: said.append(words))
    queue.set_models((STARTER,))
    queue.submit(request(steps=50))
    queue.pace = Slow()
    qtbot.waitUntil(lambda: any("left" in words for words in said))
    queue.cancel_running()
    said.clear()
    qtbot.waitUntil(lambda: bool(said))
    assert said[-1] == "stopping"


def test_a_double_click_paints_and_does_not_cancel_at_once(theme: Theme, qtbot: QtBot) -> None:
    window, bar = QWidget(), RunBar(theme)
    qtbot.addWidget(window)
    window.resize(900, 200)
    bar.composer.row.addWidget(bar.run_button)
    bar.setParent(window)
    bar.setGeometry(0, 50, 900, bar.height())
    window.show()
    asked: list[str] = []
    bar.run_requested.connect(lambda: asked.append("run"))
    bar.run_requested.connect(lambda: bar.show_running(0.0, "", stopping=False))
    bar.cancel_requested.connect(lambda: asked.append("cancel"))
    bar.show_ready("", "")
    at = bar.run_button.mapTo(window, bar.run_button.rect().center())
    QTest.mouseDClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    assert asked == ["run"]
    QTest.mouseClick(bar.run_button, Qt.MouseButton.LeftButton)
    assert asked == ["run", "cancel"]


def test_a_button_that_cancelled_keeps_the_focus_and_does_nothing_until_it_stopped(
    theme: Theme, qtbot: QtBot
) -> None:
    bar, asked = RunBar(theme), list[str]()
    qtbot.addWidget(bar.composer)
    for button in (bar.run_button, bar._queue, QPushButton()):
        bar.composer.row.addWidget(button)
    bar.composer.show()
    bar.composer.activateWindow()
    bar.cancel_requested.connect(lambda: asked.append("cancel"))
    bar.run_requested.connect(lambda: asked.append("run"))
    bar.show_running(0.1, "", stopping=False)
    bar.run_button.setFocus()
    qtbot.waitUntil(bar.run_button.hasFocus)
    QTest.keyClick(bar.run_button, Qt.Key.Key_Space)
    bar.show_running(0.1, "", stopping=True)
    assert bar.run_button.hasFocus()
    QTest.keyClick(bar.run_button, Qt.Key.Key_Space)
    assert asked == ["cancel"]
    bar.show_ready("", "")
    assert bar.run_button.hasFocus()
    QTest.keyClick(bar.run_button, Qt.Key.Key_Space)
    assert asked == ["cancel", "run"]
