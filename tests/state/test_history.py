"""Undo and redo over values: steps, drags, and what is no step."""

from kandinsky_desktop.state.history import History


def test_steps_go_back_and_forth_by_their_names() -> None:
    history = History(0)
    assert (history.can_undo, history.undo_name, history.changed_at) == (False, "", None)
    history.push("one", 1)
    history.push("two", 2)
    assert (history.value, history.undo_name, history.redo_name) == (2, "two", "")
    history.undo()
    assert (history.value, history.undo_name, history.redo_name) == (1, "one", "two")
    history.undo()
    history.undo()  # there is nothing more
    assert (history.value, history.can_undo, history.redo_name) == (0, False, "one")
    history.redo()
    history.redo()
    history.redo()
    assert (history.value, history.undo_name, history.can_redo) == (2, "two", False)


def test_a_new_step_ends_what_could_be_done_again() -> None:
    history = History(0)
    history.push("one", 1)
    history.undo()
    history.push("two", 2)
    assert not history.can_redo
    history.redo()
    assert history.value == 2


def test_an_open_step_is_continued_by_its_name_until_it_is_closed() -> None:
    history = History(0)
    for value in (1, 2, 3):
        history.push("drag", value, leave_open=True)
    assert (history.open_name, history.can_undo) == ("drag", True)
    history.push("other", 4, leave_open=True)
    history.end_step()
    history.push("other", 5)
    history.push("other", 6)
    values = []
    while history.can_undo:
        history.undo()
        values.append(history.value)
    assert values == [5, 4, 3, 0]


def test_a_step_that_ends_where_it_began_is_none() -> None:
    history = History(0)
    history.push("one", 1)
    history.undo()
    history.push("drag", 7, leave_open=True)
    assert not history.can_redo
    history.push("drag", 0, leave_open=True)
    history.end_step()
    assert (history.can_undo, history.can_redo) == (False, True)


def test_a_change_of_all_is_no_step_and_holds_through_undo_and_redo() -> None:
    history = History("")
    for name in ("a", "ab", "abc"):
        history.push(name, name)
    history.undo()
    history.push("drag", "abd", leave_open=True)
    history.change_all(str.upper)
    assert (history.value, history.open_name, history.undo_name) == ("ABD", "drag", "drag")
    history.push("drag", "ABE", leave_open=True)
    history.undo()
    assert (history.value, history.undo_name) == ("AB", "ab")
    history.undo()
    history.change_all(str.swapcase)
    assert history.value == "a"
    history.redo()
    assert history.value == "ab"


def test_the_oldest_steps_are_forgotten() -> None:
    history = History(0, limit=3)
    for value in range(1, 6):
        history.push("step", value)
    for _turn in range(9):
        history.undo()
    assert history.value == 2


def test_an_amended_value_is_what_the_last_step_led_to() -> None:
    history = History(0)
    history.push("one", 1)
    history.amend(5)
    history.undo()
    assert history.value == 0
    history.redo()
    assert history.value == 5


def test_it_is_known_when_a_step_was_made_and_undone() -> None:
    first, second = History(0), History(0)
    first.push("a", 1)
    second.push("b", 1)
    first.push("c", 2)
    assert (first.changed_at or 0) >= (second.changed_at or 0)
    first.undo()
    assert (first.changed_at or 0) <= (second.changed_at or 0)
    assert (first.undone_at or 0) >= (second.changed_at or 0)
    assert second.undone_at is None
