"""Times in words: one is said as one, and nothing that is not known."""

import pytest

from kandinsky_desktop.domain.events import Planned, Stepped
from kandinsky_desktop.domain.pace import Pace
from kandinsky_desktop.ui.timing import cost_text, progress_text


def after(steps: int, seconds: float, of: int = 100) -> tuple[str, ...]:
    """Return what is said after so many steps of the decoder."""
    pace = Pace()
    pace.plan(Planned(0, of, 1))
    for number in range(steps):
        pace.step(Stepped("decoder", number + 1, of, seconds, (0,)), seconds * (number + 1))
    return progress_text("Painting", pace, seconds * steps)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1.0, "1 step a second"), (0.8, "1 step a second"), (0.5, "2 steps a second")],
)
def test_one_step_a_second_is_one(seconds: float, said: str) -> None:
    assert after(9, seconds)[1] == said


def test_what_is_left_is_said_once_it_is_known() -> None:
    assert after(2, 0.5) == ("Painting",)
    assert after(60, 0.5)[2] == "about 20 s left"
    assert after(99, 0.5) == ("Painting", "2 steps a second")  # it is nearly done


def test_the_start_of_a_picture_is_said_with_its_cost() -> None:
    assert cost_text("4 pictures", 3.2) == "4 pictures · about 3 s"
    assert cost_text("4 pictures", 3.2, "a red car") == "4 pictures · from a red car · about 3 s"
    assert cost_text("1 picture", None, "a red car") == "1 picture · from a red car"
