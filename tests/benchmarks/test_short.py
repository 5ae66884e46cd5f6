"""Every benchmark still runs: each code path of theirs once, in the short form without goals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import child
from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure

PARTS = {  # a few processes each
    "window": ["first-paint", "window-use"],
    "first picture": ["first-use"],
    "event loop": ["event-loop-starter", "event-loop-half-width"],
    "engine": ["starter", "half-width", "tasks", "memory"],
    "series": ["fusions", "fusion-half", "board-sweep"],
    "board": ["board"],
    "canvas": ["canvas", "canvas-memory", "ring"],
    "canvas-view": ["canvas-view"],
    "canvas-live": ["canvas-live"],
    "gallery": ["gallery", "gallery-cold"],
    "library": ["library"],
    "library in the window": ["library-search", "library-acts"],
    "planning": ["planning", "planned-time", "stable-diffusion"],
    "masks": ["masks"],
    "memory ways": ["bands", "read-again", "real-memory"],
}


@pytest.mark.parametrize("part", PARTS)
def test_every_row_can_be_measured(
    part: str,
    python: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = tmp_path / "bench.json"
    if part != "window":  # which must not have imported torch when it is painted
        monkeypatch.setattr(child, "PYTHON", python)
    failed = main(["--short", f"--output={told}", *PARTS[part]])
    assert not failed, "\n".join(capfd.readouterr())
    assert_measured(part, told)


@pytest.mark.soak
@pytest.mark.parametrize("part", PARTS)
def test_every_row_can_be_measured_in_pythons_of_its_own(part: str, tmp_path: Path) -> None:
    told = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--short", f"--output={told}", *PARTS[part]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert_measured(part, told)


def assert_measured(part: str, told: Path) -> None:
    measured = {row["name"] for row in json.loads(told.read_text("utf-8")) if row["measured"]}
    asked = [one for one in BENCHMARKS if one.name in PARTS[part]]
    assert measured == {aim.name for one in asked for aim in one.aims}


def test_none_is_left_out() -> None:
    named = [name for part in PARTS.values() for name in part]
    assert sorted(named) == sorted(one.name for one in BENCHMARKS)


AIM = Aim("a row", "s", 1.0)


def taken(effort: Effort, *, ours: float | None) -> list[Measure]:
    assert effort.short
    return [Measure(name=AIM.name, ours=ours, theirs=1.0, unit="s", goal=AIM.goal, runs=1)]


def broken(effort: Effort) -> list[Measure]:
    raise CannotMeasure("the network is not there")


def crashing(effort: Effort) -> list[Measure]:
    raise ZeroDivisionError


@pytest.mark.parametrize("take", [broken, crashing, lambda effort: taken(effort, ours=None)])
def test_a_row_that_cannot_be_measured_makes_the_short_form_fail(
    take: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--short", f"--output={tmp_path / 'bench.json'}"]
    good = Benchmark("good", (AIM,), lambda effort: taken(effort, ours=9.0))
    assert main(words, [good]) == 0  # its goal is missed, which does not count here
    assert main(words, [good, Benchmark("bad", (AIM,), take)]) == 1  # type: ignore[arg-type]
    assert "MISSED" in capsys.readouterr().out
