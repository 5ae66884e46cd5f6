"""Undo and redo over several pasts: the newest first, and nothing out of turn."""

from kandinsky_desktop.state.history import History
from kandinsky_desktop.ui.edit_actions import last_changed, last_undone


def undo(*pasts: History[int]) -> None:
    past = last_changed(pasts)
    if past is not None:
        past.undo()


def redo(*pasts: History[int]) -> None:
    past = last_undone(pasts)
    if past is not None:
        past.redo()


def test_changes_of_form_and_room_are_undone_and_redone_in_their_order() -> None:
    form, room = History(0), History(0)
    form.push("form", 1)
    room.push("room", 1)
    form.push("form", 2)
    seen = []
    for step in (undo, undo, undo, undo, redo, redo, redo, redo, undo):
        step(form, room)
        seen.append((form.value, room.value))
    back = [(1, 1), (1, 0), (0, 0), (0, 0)]
    assert seen == [*back, (1, 0), (1, 1), (2, 1), (2, 1), (1, 1)]


def test_nothing_is_redone_once_something_else_was_changed() -> None:
    form, room = History(0), History(0)
    room.push("room", 1)
    undo(form, room)
    form.push("form", 1)
    assert last_undone((form, room)) is None
    undo(form, room)
    redo(form, room)
    assert (form.value, room.value) == (1, 0)
