"""The check of a graphics card, tried out whole on a processor with tiny networks."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
import torch

from benchmarks.gpu_check import __main__ as gpu_check
from benchmarks.gpu_check import models, stand_ins
from benchmarks.gpu_check.bench import Bench, OutOfTime
from benchmarks.gpu_check.tables import PARTS
from benchmarks.small_tokenizers import clip_tokenizer
from kandinsky_desktop.domain.families.kandinsky2.published import PARAMETERS

Row = dict[str, Any]
ROOT = Path(__file__).parents[2]
TRIED_OUT = ["--tiny", "--device", "cpu"]


def rows_of(folder: Path) -> list[Row]:
    about = json.loads((folder / "gpu-check.json").read_text("utf-8"))
    assert (about["device"], about["tiny"]) == ("cpu", True)
    rows: list[Row] = about["rows"]
    return rows


@pytest.fixture(scope="module")
def tried_out(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gpu-check")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_check, "PYTHON", python)
        words = [*TRIED_OUT, "--minutes", "60", "--output", str(folder), "--work", str(folder)]
        assert gpu_check.main(words) == 0
    return folder


@pytest.mark.timeout(900)
def test_every_part_runs_and_nothing_fails(tried_out: Path) -> None:
    rows = rows_of(tried_out)
    assert [row for row in rows if "problem" in row] == []
    assert {row["part"] for row in rows} == {part.name for part in PARTS}
    assert [path.name for path in tried_out.iterdir() if path.is_dir()] == []  # nothing is left


def test_each_way_is_run_and_those_that_are_exact_paint_the_same(tried_out: Path) -> None:
    rows = [row for row in rows_of(tried_out) if row["part"] == "ways 2.2"]
    ways = {row["way"] for row in rows if row["kind"] == "phase" and row["operation"] == "Denoise"}
    kinds = ("resident", "split guidance", "row by row", "row by row, split guidance")
    held = ("", "partly streamed", "streamed")
    names = {", ".join(one for one in (kind, how) if one) for kind in kinds for how in held}
    assert ways == {name.removeprefix("resident, ") for name in names}
    decoded = {row["way"] for row in rows if row.get("operation") == "DecodePixels"}
    assert {"resident", "banded", "tiled"} <= decoded
    assert {"EncodePicture", "EncodePixels"} <= {row.get("operation") for row in rows}
    painted = [row for row in rows if row["kind"] == "run" and "apart of 255" in row]
    for row in painted:
        assert row["apart of 255"] <= (0 if row["run"].startswith("resident") else 0.01)
    unets = [row for row in rows if row.get("operation") == "Denoise"]
    assert all(0.3 < row["ratio"] < 1.1 for row in unets)


def test_memory_that_is_taken_away_ends_in_a_picture_or_a_sentence(tried_out: Path) -> None:
    rows = [row for row in rows_of(tried_out) if row["part"] == "ladder"]
    assert len(rows) == 5
    for row in (*rows[:3], rows[4]):
        assert row["outcome"] == "a picture"
        assert row["steps"] == ("1 2 3" if row is rows[4] else "1 2 3 4")
        assert row["apart of 255"] < 0.1
        assert row is rows[0] or "Denoise" in row["ways"]  # it is enough that others leave
    assert " needs " in rows[3]["outcome"]
    assert "Denoise: on the processor" in rows[4]["ways"]


def test_both_sides_are_timed(tried_out: Path) -> None:
    rows = [row for row in rows_of(tried_out) if row["part"] == "diffusers"]
    assert len(rows) == 3 * 6
    assert all(row["first s"] > 0 and row["again s"] > 0 for row in rows)


def test_the_page_says_that_no_card_was_measured(tried_out: Path) -> None:
    page = (tried_out / "gpu-check.md").read_text("utf-8")
    assert "No card was measured" in page
    assert page.count("\n## ") == len(PARTS)
    assert "| 2.2 |" in page


def bench(folder: Path, seconds: float = 60) -> Bench:
    rows = folder / "rows.jsonl"
    return Bench("a part", "cpu", folder, rows, time.monotonic() + seconds, tiny=False)


def test_a_row_that_fails_is_told_and_the_next_one_goes_on(tmp_path: Path) -> None:
    ours = bench(tmp_path)
    with ours.row("run", job="bad"):
        json.loads("\nno JSON")
    with ours.row("run", job="good") as row:
        row["seconds"] = 1
    first, second = gpu_check._rows(tmp_path / "rows.jsonl")
    assert first["problem"].startswith("JSONDecodeError: Expecting value: line 2")
    assert (second["seconds"], "problem" in second) == (1, False)


def test_a_part_whose_time_is_up_says_so(tmp_path: Path) -> None:
    ours = bench(tmp_path, -1)
    late = ours.row("run", job="late")
    with pytest.raises(OutOfTime):
        late.__enter__()
    (row,) = gpu_check._rows(tmp_path / "rows.jsonl")
    assert row["problem"] == "no time was left"


@pytest.mark.parametrize(
    ("body", "problem"),
    [("sleep 60", "it did not answer, and was ended"), ("exit 7", "it ended with 7")],
)
def test_a_part_that_hangs_or_breaks_is_a_row_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, problem: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {body}\n" if "sleep" in body else f"#!/bin/sh\n{body}\n")
    python.chmod(0o755)
    monkeypatch.setattr(gpu_check, "PYTHON", str(python))
    monkeypatch.setattr(gpu_check, "GRACE_S", 0.0 if "sleep" in body else 60.0)
    words = [*TRIED_OUT, "--minutes", "0.01", "--output", str(tmp_path), "ladder"]
    assert gpu_check.main(words) == 1
    rows = rows_of(tmp_path)
    assert [row["part"] for row in rows] == ["about", "models", "ladder"]
    assert {row["problem"] for row in rows} == {problem}


@pytest.mark.parametrize("version", ["2.2", "2.1"])
def test_the_networks_of_the_check_are_as_large_as_the_published_ones(version: str) -> None:
    words = clip_tokenizer()
    for role in models.PLACES[version]:
        made = models._network(version, role, words, "meta", tiny=False)
        assert sum(one.numel() for one in made.parameters()) == PARAMETERS[version][role], role
        assert {one.dtype for one in made.parameters()} == {torch.float16}


def test_without_a_card_nothing_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(gpu_check, "_device", lambda: None)
    assert gpu_check.main(["--output", str(tmp_path / "out")]) == 2
    assert "There is no CUDA device here" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert gpu_check.main([*TRIED_OUT, "a part"]) == 2
    assert "There is no a part; there are: about, models, " in capsys.readouterr().err


def test_it_runs_from_two_folders_of_the_sources_without_a_window(tmp_path: Path) -> None:
    """What a machine needs that is lent for its card; less than 60 MB."""
    caches = shutil.ignore_patterns("__pycache__")
    for folder in ("kandinsky_desktop", "benchmarks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=caches)
    assert sum(one.stat().st_size for one in tmp_path.rglob("*")) < 60_000_000
    asked = (
        "import sys; from benchmarks.gpu_check import about, beside, parts;"
        "print(parts.__file__, any(one.startswith('PySide6') for one in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, with_a_window = done.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert with_a_window == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it in files")
def test_what_stands_in_for_a_missing_package_says_about_the_same() -> None:
    ours = stand_ins._psutil(ModuleType("psutil"))
    theirs = psutil.virtual_memory()
    assert ours.virtual_memory().total == theirs.total
    assert ours.virtual_memory().available == pytest.approx(theirs.available, rel=0.3)
    resident = psutil.Process().memory_info().rss
    assert ours.Process().memory_info().rss == pytest.approx(resident, rel=0.3)
    folders = stand_ins._platformdirs(ModuleType("platformdirs")).PlatformDirs("a", appauthor=False)
    assert Path(folders.user_cache_dir).is_absolute()
