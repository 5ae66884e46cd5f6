"""The parts of the check, the columns of their rows, and how what was found is written down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]

RUN = ("version", "size", "run")
WAYS = {
    "run": (*RUN, "seconds", "apart of 255"),
    "phase": (
        *RUN,
        "operation",
        "way",
        "predicted MiB",
        "measured MiB",
        "ratio",
        "activations predicted MiB",
        "activations MiB",
        "reserved predicted MiB",
        "reserved MiB",
        "calls",
        "seconds a call",
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it is, its share of the time, and the columns of its rows by their kind."""

    name: str
    about: str
    share: float
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


SMALL_CARD = {
    "run": (
        "job",
        "limit MiB",
        "ways",
        "predicted MiB",
        "measured MiB",  # of the greediest phase alone, as it was predicted
        "in all MiB",  # what is warm counted in
        "reserved MiB",
        "seconds",
    )
}
PARTS = (
    Part("about", "What it ran on", 0.03),
    Part(
        "models",
        "The networks, made here of random weights",
        0.17,
        {"run": ("version", "size", "weights", "GB on disk")},
    ),
    Part("ways 2.2", "Kandinsky 2.2 in each way: predicted and measured", 0.26, WAYS),
    Part(
        "ladder",
        "Memory that is taken away at the second step",
        0.10,
        {
            "run": (
                "left of what is taken",
                "limit MiB",
                "outcome",
                "ways",
                "steps",
                "no step twice",
                "apart of 255",
                "seconds",
            )
        },
    ),
    Part(
        "small card",
        "As an RTX 2060 with 8 GB: no flash attention, and a hard limit",
        0.10,
        SMALL_CARD,
    ),
    Part(
        "diffusers",
        "Beside diffusers' pipelines",
        0.18,
        {
            "run": (
                "job",
                "side",
                "first s",
                "again s",
                "measured MiB",
                "reserved MiB",
                "machine MiB",
            )
        },
    ),
    Part("ways 2.1", "Kandinsky 2.1 in some ways: predicted and measured", 0.09, WAYS),
    Part(
        "small card, segments",
        "The same small card, with segments that grow",
        0.07,
        SMALL_CARD,
        {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"},  # Linux alone has them
    ),
)


def write(
    folder: Path,
    rows: Sequence[Row],
    parts: Sequence[Part],
    device: str,
    seconds: float,
    tiny: bool,
) -> None:
    """Write gpu-check.json, and gpu-check.md with the tables."""
    plain = {"device": device, "tiny": tiny, "seconds": round(seconds, 1), "rows": rows}
    text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
    (folder / "gpu-check.json").write_text(text, "utf-8")
    (folder / "gpu-check.md").write_text(_markdown(rows, parts, real=device == "cuda" and not tiny))


def _markdown(rows: Sequence[Row], parts: Sequence[Part], *, real: bool) -> str:
    lines = ["# Memory on a graphics card: predicted and measured", ""]
    if not real:
        lines += [
            "**The check was tried out. No card was measured: these figures say nothing.**",
            "",
        ]
    for part in parts:
        lines += [f"## {part.about}", ""]
        own = [row for row in rows if row["part"] == part.name]
        for kind, columns in part.tables.items():
            lines += _table(columns, [row for row in own if row["kind"] == kind])
        for row in own:
            if row["kind"] not in part.tables:
                about = (f"{name}: {value}" for name, value in row.items() if name not in UNTOLD)
                failed = f" **{row['problem']}**" if "problem" in row else ""
                lines.append(f"- {', '.join(about)}{failed}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


UNTOLD = ("part", "kind", "problem")


def _table(columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    shown = [*columns, *(["problem"] if any("problem" in row for row in rows) else [])]
    lines = [f"| {' | '.join(shown)} |", "|" + "---|" * len(shown)]
    for row in rows:
        cells = ("" if row.get(one) is None else str(row[one]).replace("|", "/") for one in shown)
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]
