"""An older version leaves the data of a newer one as it is, and says which one that was."""

from pathlib import Path

import pytest

from kandinsky_desktop import __version__
from kandinsky_desktop.store import data_version
from kandinsky_desktop.store.data_version import DATA, Writer


def test_a_folder_says_who_wrote_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "version.json"
    assert data_version.last_writer(file) is None
    assert data_version.refusal(file) == ""
    data_version.sign(file)
    assert data_version.last_writer(file) == Writer(DATA, __version__)
    before = file.stat().st_mtime_ns
    data_version.sign(file)
    assert file.stat().st_mtime_ns == before
    assert data_version.refusal(file) == ""


def test_what_a_newer_version_wrote_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "version.json"
    file.write_text(f'{{"data": {DATA + 1}, "program": "9.1.0", "more": []}}')
    words = data_version.refusal(file)
    assert "Kandinsky Desktop 9.1.0" in words
    assert f"This is {__version__}" in words
    assert str(tmp_path) in words
    assert "KANDINSKY_HOME" in words
    file.write_text(f'{{"data": {DATA}, "program": "9.1.0"}}')  # newer, and reads the same
    assert data_version.refusal(file) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"data": "x", "program": 1}', '{"data": []}'])
def test_a_file_that_says_nothing_keeps_nobody_out(tmp_path: Path, text: str) -> None:
    file = tmp_path / "version.json"
    file.write_text(text)
    assert data_version.refusal(file) == ""
    data_version.sign(file)
    assert data_version.last_writer(file) == Writer(DATA, __version__)
