"""The report: every figure of the model and of earlier weights, by a judge asked only once."""

import json
import os
import subprocess
import tarfile
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from starter import assemble, judges
from starter.course import Budget
from starter.examination import Examination, Figures
from starter.journal import cache_folder, log
from starter.painting import Model, Settings
from starter.scenes import Painter
from starter.sources import build_bank

REPORT_SEED = 101_000
"""Its prompts and seeds were not looked at before; a later report takes another, as this did."""
EARLIER_COMMIT = "412387c"
"""Its weights are measured beside the present ones: they paint a mix as two half things."""
FOLDER = "resources/models/starter"
GOALS = {
    "judge_real": 0.90,
    "top1": 0.75,
    "top5": 0.95,
    "colour": 0.90,
    "colour_object": 0.92,
    "mix_one_thing": 0.80,
    "mix_between": 0.70,
    "mix_as_drawn": 0.80,
    "strip_smooth": 0.90,
    "strip_monotone": 0.95,
    "strip_even_smooth": 0.90,
    "strip_even_monotone": 0.95,
    "plain_clean": 0.97,
    "inpaint_inside": 0.60,
    "psnr": 29.0,
}
LIMITS = {"megabytes": 60.0, "seconds": 3.0, "plain_apart_of_earlier": 0.6}


def at(folder: Path) -> Model:
    """The model in a folder, with the defaults that lie beside it."""
    defaults = json.loads((folder / "starter.json").read_text(encoding="utf-8"))["defaults"]
    settings = Settings(
        defaults["prior_steps"],
        defaults["prior_guidance"],
        defaults["decoder_steps"],
        defaults["decoder_guidance"],
    )
    return Model(folder, defaults["size"], settings)


def _earlier() -> Model | None:
    """The weights of EARLIER_COMMIT, out of the history; nothing in a shallow clone."""
    folder = cache_folder() / f"weights-{EARLIER_COMMIT}"
    if not folder.exists():
        repository = Path(__file__).parents[3]
        told = subprocess.run(
            ["git", "archive", EARLIER_COMMIT, FOLDER],
            cwd=repository,
            capture_output=True,
            check=False,
        )
        if told.returncode:
            log.warning("report: without earlier weights: %s", told.stderr.decode().strip())
            return None
        with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
            with tarfile.open(fileobj=BytesIO(told.stdout)) as packed:
                packed.extractall(name, filter="data")
            (Path(name) / FOLDER).rename(folder)
    return at(folder)


def build_folder() -> Path:
    """The repository's folder for what is made."""
    folder = Path(__file__).parents[3] / "build"
    folder.mkdir(exist_ok=True)
    return folder


def columns_of(told: dict[str, Any]) -> dict[str, Figures]:
    """The columns of the table, from what the JSON file holds."""
    of_starter = {
        k: v for k, v in told.items() if isinstance(v, float) and not k.startswith("share")
    }
    return {"starter": of_starter, **told["others"]}


def table(columns: dict[str, Figures]) -> str:
    """The figures as a Markdown table, goals beside them."""
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    lines = ["| figure | goal | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for name in names:
        goal = f"at least {GOALS[name]:g}" if name in GOALS else ""
        goal = f"at most {LIMITS[name]:g}" if name in LIMITS else goal
        cells = [f"{figures[name]:.3g}" if name in figures else "" for figures in columns.values()]
        lines.append(f"| {name} | {goal} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(_budget: Budget | None = None) -> None:
    """Measure and write build/starter-report.json and build/starter-report.md."""
    torch.set_num_threads(2)
    share = float(os.environ.get("KANDINSKY_STARTER_SHARE", "1"))
    painter = Painter(build_bank())
    of_earlier = float(os.environ.get("KANDINSKY_STARTER_EARLIER_SHARE", share))
    exam = Examination("report", judges.trained("examiner"), painter, REPORT_SEED, share)
    columns = {"starter": exam.judge_figures() | exam.measure(at(assemble.shipped()))}
    if earlier := _earlier():
        columns[f"of {EARLIER_COMMIT}"] = replace(exam, share=of_earlier).measure(earlier)
        apart = {name: figures["plain_apart"] for name, figures in columns.items()}
        ratio = apart["starter"] / apart[f"of {EARLIER_COMMIT}"]
        columns["starter"]["plain_apart_of_earlier"] = ratio
    columns["drawings"] = exam.drawings(at(assemble.shipped()).size)
    told = columns.pop("starter") | {
        "share": share,
        "share_of_earlier": of_earlier,
        "goals": GOALS,
        "limits": LIMITS,
        "others": columns,
    }
    (build_folder() / "starter-report.json").write_text(
        json.dumps(told, indent=2) + "\n", encoding="utf-8"
    )
    text = table(columns_of(told))
    (build_folder() / "starter-report.md").write_text(text + "\n", encoding="utf-8")
    log.info("report written:\n%s", text)
