"""What `package_test.py speed` says of a bundle: sides in turn, and a fault past a bound."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
import speed_test
from artefacts.checks import Wrong

MB = 10**6


def told(ratio: float = 1.0, **sizes: int) -> dict[str, Any]:
    one = {"sources": 1.0, "bundle": ratio, "ratio": ratio}
    both = {"clock_s": one, "processor_s": one}
    return {"bytes": sizes, "first_paint": both, "first_picture": both}


@pytest.mark.parametrize(
    ("what", "faults"),
    [
        (told(1.09, **{"a.deb": 309 * MB, "a.sh": 14 * MB}), 0),
        (told(1.09, **{"a.deb": 350 * MB, "starter": 45 * MB}), 0),
        (told(1.09, **{"a.deb": 350 * MB, "starter": 30 * MB}), 1),
        (told(1.09, **{"a.sh": 16 * MB, "a.whl": 400 * MB}), 1),
        (told(1.2), 1),
        (told(1.4), 2),
    ],
)
def test_what_passes_a_bound_is_a_fault(what: dict[str, Any], faults: int) -> None:
    assert len(speed_test._faults(what)) == faults
    assert "ratio" in speed_test.table(what)


def test_both_sides_are_measured_in_turn_and_warmed_up_once() -> None:
    order: list[str] = []
    ticks = count(1)

    def look(command: list[str]) -> tuple[float, float]:
        order.append(command[0])
        return float(next(ticks)), 2.0 if command[0] == "b" else 1.0

    said = speed_test._compared({"sources": ["s"], "bundle": ["b"]}, look, 3)
    assert sorted(order[:2]) == ["b", "s"]
    assert {tuple(sorted(order[at : at + 2])) for at in range(0, len(order), 2)} == {("b", "s")}
    assert order[0:2] != order[2:4]  # neither is always the first
    assert said["processor_s"] == {"sources": 1.0, "bundle": 2.0, "ratio": 2.0}


def test_a_program_that_fails_is_said(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="words"):
        speed_test._run(["sh", "-c", "echo words >&2; exit 3"], str(tmp_path))
