"""Drives the whole program as a person would: real events, the real engine process, real files."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.events import (
    Event,
    Loading,
    OfJob,
    Progressed,
    Stepped,
)
from kandinsky_desktop.store import layout_file, places, settings_file
from kandinsky_desktop.ui.create.room import CreateRoom
from kandinsky_desktop.ui.fusion.room import FusionRoom
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for

PATIENT_MS = 90_000

T = TypeVar("T", bound=QObject)
Seen = TypeVar("Seen")


class Driver(QObject):
    """One run of the program."""

    def __init__(self, qapp: QApplication, qtbot: QtBot) -> None:
        super().__init__()
        self.qtbot = qtbot
        read = settings_file.read(places.settings_file())
        layout = layout_file.load(places.layout_file())
        self.window = MainWindow(tokens_for(read.settings.theme), 1.0, layout.geometry)
        self.window.show()
        self.program = Program(qapp, self.window, read, layout)
        self.workspace = self.program.workspace
        self.create = self.workspace.rooms.of(CreateRoom)
        self.fusion = self.workspace.rooms.of(FusionRoom)
        self.state = self.program.state
        self.session = self.state.job_queue
        self.events: list[Event] = []
        self.pids: list[int] = []
        self.program.happened.connect(self.note)  # the last to hear of it
        self.program.worker.engine_started.connect(self.note_pid)
        self.program.start()
        self.until(lambda: self.state.draft.model is not None)
        self._want_one()

    def _want_one(self) -> None:
        """Set one picture where nothing was set yet: most flows need no more of the starter."""
        draft = self.state.draft
        if draft._fresh:
            draft._history.amend(replace(draft.values, count=1))
            draft.changed.emit()

    def note(self, event: Event) -> None:
        self.events.append(event)

    def note_pid(self, pid: int) -> None:
        self.pids.append(pid)

    def until(self, done: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(done, timeout=PATIENT_MS)

    def type(self, words: str) -> None:
        """Replace the prompt by typing."""
        edit = self.create.prompt.prompt
        edit.setFocus()
        QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        QTest.keyClicks(edit, words)

    def send(self) -> None:
        """Press Ctrl+Enter in the prompt."""
        edit = self.create.prompt.prompt
        edit.setFocus()
        QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Press a key where the system would hand it to: a menu that is open takes all keys."""
        popup, focused = QApplication.activePopupWidget(), QApplication.focusWidget()
        target = popup or focused or self.workspace
        QTest.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)

    def click(self, widget: QWidget) -> None:
        assert widget.isEnabled(), widget.toolTip()
        at = QPoint(8, widget.height() // 2) if isinstance(widget, QCheckBox) else QPoint()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)

    def generate(self, words: str, **values: object) -> None:
        for name, value in values.items():
            self.state.draft.set_option(name, value)
        self.type(words)
        self.send()

    def idle(self) -> bool:
        """Whether no job runs."""
        return self.session.jobs.running is None

    def steps(self, stage: str) -> list[Stepped]:
        """Return the steps of a stage that were heard so far."""
        heard = (event.progress for event in self.events if isinstance(event, Progressed))
        return [one for one in heard if isinstance(one, Stepped) and one.stage == stage]

    def at_steps(self, stage: str, look: Callable[[], Seen]) -> list[Seen]:
        """Return a list of what is seen as each step of a stage is heard, filled from now on.

        What is there for a moment only, a wait may look at too late: steps do not wait for it.
        """
        seen: list[Seen] = []

        def note(event: Event) -> None:
            step = event.progress if isinstance(event, Progressed) else None
            if isinstance(step, Stepped) and step.stage == stage:
                seen.append(look())

        self.program.happened.connect(note)
        return seen

    def loads(self) -> list[str]:
        heard = (event.progress for event in self.events if isinstance(event, Progressed))
        return [one.component for one in heard if isinstance(one, Loading)]

    def end_of_job(self) -> Event:
        return next(
            event
            for event in reversed(self.events)
            if isinstance(event, OfJob) and not isinstance(event, Progressed)
        )

    def kill_engine(self) -> None:
        os.kill(self.pids[-1], signal.SIGKILL)

    def pictures(self) -> list[str]:
        return sorted(path.name for path in self.session.pictures.glob("*.png"))

    def close(self) -> None:
        """Close the window as its own button does, and end in good order."""
        self.window.close()
        self.program.end()


def child(parent: QObject, kind: type[T], name: str = "") -> T:
    """Find a child that must be there."""
    found = parent.findChild(kind, name) if name else parent.findChild(kind)
    assert found is not None
    return found
