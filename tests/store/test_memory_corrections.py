import json
from pathlib import Path

import pytest

from kandinsky_desktop.store import atomic_file
from kandinsky_desktop.store.memory_corrections import MOST, NAME, correction, keep


def test_each_machine_has_a_correction_of_its_own(tmp_path: Path) -> None:
    assert correction(tmp_path, "a card") == 1.0
    keep(tmp_path, "a card", 1.07)
    keep(tmp_path, "another, newer driver", 0.95)
    assert correction(tmp_path, "a card") == 1.07
    assert correction(tmp_path, "another, newer driver") == 0.95
    assert json.loads((tmp_path / NAME).read_text())["format"] == 1
    for number in range(MOST):
        keep(tmp_path, f"card {number}", 1.5)
    assert correction(tmp_path, "a card") == 1.0
    assert correction(tmp_path, f"card {MOST - 1}") == 1.5


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        '{"format": 2, "corrections": {"a card": 1.5}}',
        '{"format": 1, "corrections": [1.5]}',
        '{"format": 1, "corrections": {"a card": "1.5"}}',
        '{"format": 1, "corrections": {"a card": 1000}}',
        '{"format": 1, "corrections": {"a card": NaN}}',
    ],
)
def test_a_damaged_file_counts_as_nothing_and_is_written_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    assert correction(tmp_path, "a card") == 1.0
    keep(tmp_path, "a card", 1.2)
    assert correction(tmp_path, "a card") == 1.2


def test_a_disk_that_takes_nothing_stops_no_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(atomic_file, "write", full)
    keep(tmp_path, "a card", 1.2)
    assert "cannot be kept" in caplog.text
