"""Errors name files: whole for a terminal, by their names for a window."""

from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable, brief


def test_a_window_is_told_the_name_and_a_terminal_the_path() -> None:
    path = Path("/home/me/My pictures/a cat.png")
    error = Unreadable(f"There is no file {path}.", path)
    assert str(error) == "There is no file /home/me/My pictures/a cat.png."
    assert brief(error) == "There is no file a cat.png."


def test_a_sentence_without_a_file_stays_as_it_is() -> None:
    assert brief(InvalidRequest("The prompt is empty.")) == "The prompt is empty."


def test_what_the_system_says_is_said_without_number_and_folders(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as raised:
        (tmp_path / "cat.png").read_bytes()
    assert brief(raised.value) == "cat.png: No such file or directory"
    assert brief(OSError(28, "No space left on device")) == "No space left on device"
