"""Rooms: a third one moves in without a change of any other file."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QTreeView

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.ui import rooms
from kandinsky_desktop.ui.controls import GutterScrollBar
from kandinsky_desktop.ui.create.room import CreateRoom
from kandinsky_desktop.ui.room import Room, Shared
from tests.ui.driver import Driver

CONTROL = Qt.KeyboardModifier.ControlModifier


class Notebook(Room):
    name, title, icon, keys = "notebook", "Notebook", "image", ("Ctrl+9",)

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        self.widget, self.pages = QTreeView(), ["a", "b"]

    @property
    def changed_at(self) -> float | None:
        return 1.0 if self.pages else None

    def undo(self) -> None:
        self.pages.pop()

    def escape(self) -> bool:
        self.pages.append("left")
        return True


def test_a_third_room_takes_its_place_in_the_rail_its_key_its_undo_and_its_esc(
    start: Callable[[], Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "ROOMS", (*rooms.ROOMS, Notebook))
    driver = start()
    room = driver.workspace.rooms.of(Notebook)
    tips = [one.toolTip() for one in driver.workspace.rail.findChildren(QToolButton)]
    assert "Notebook (Ctrl+9)" in tips
    driver.press(Qt.Key.Key_9, CONTROL)
    assert driver.workspace.rooms.current is room
    assert room.widget.isVisible()
    assert not driver.create.prompt.isVisible()
    driver.press(Qt.Key.Key_Z, CONTROL)
    assert room.pages == ["a"]
    driver.press(Qt.Key.Key_Escape)
    assert room.pages == ["a", "left"]
    driver.send()  # there is nothing to paint here: it is said, and nothing is queued
    assert not driver.session.jobs.entries
    driver.press(Qt.Key.Key_1, CONTROL)
    assert driver.create.prompt.isVisible()
    assert not room.widget.isVisible()


def test_undo_is_of_the_field_that_has_the_focus_and_then_of_the_room(unhurried: Driver) -> None:
    unhurried.press(Qt.Key.Key_3, CONTROL)
    editor, words = unhurried.state.board_editor, unhurried.fusion.bar.words
    editor.set_board(Board().laid(Prompt("a cat")))
    words.setFocus()
    unhurried.qtbot.keyClicks(words, "gold")
    unhurried.press(Qt.Key.Key_Z, CONTROL)
    assert words.text() == ""
    assert editor.board.cards
    unhurried.press(Qt.Key.Key_Z, CONTROL)
    assert not editor.board.cards
    unhurried.press(Qt.Key.Key_Z, CONTROL)  # there is nothing left: it is said
    unhurried.press(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert words.text() == "gold"
    unhurried.press(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert editor.board.cards


def test_a_room_is_found_by_its_kind_and_by_its_name(driver: Driver) -> None:
    found = driver.workspace.rooms
    assert found.of(CreateRoom) is found.named("create")
    with pytest.raises(KeyError):
        found.named("attic")


def test_the_options_of_each_room_are_seen_from_their_top(driver: Driver) -> None:
    """Focus that is driven from a room that goes must not scroll what the next one shows."""
    driver.state.preferences.set(text_size=150)
    driver.window.resize(1280, 800)
    bar = driver.workspace.inspector.findChild(GutterScrollBar)
    assert bar is not None
    for name in ("canvas", "gallery", "fusion", "canvas", "create", "canvas"):
        driver.workspace.rooms.enter(name)
        QTest.qWait(50)  # whatever comes later has come
        assert bar.value() == 0, name
        bar.setValue(bar.maximum())  # as somebody does who looks further
