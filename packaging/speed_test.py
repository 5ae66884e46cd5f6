"""How large artefacts are, how soon a bundle starts beside the sources: `package_test.py speed`.

Both sides in turn, in the same minutes, so that what else the machine does falls on both; the ratio
is the median of the rounds' ratios, by the clock and by processor time.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from artefacts import bootstrap, facts
from artefacts.checks import Wrong

LARGEST_BYTES = 310_000_000  # of a packed bundle, without the starter
FIRST_PAINT, FIRST_PICTURE = 1.3, 1.1  # times what the sources take, in processor time
PACKED = ("*.deb", "*.squashfs", "*.AppImage", "*.tar.zst", "*.zip", "*.sh", "*setup.exe", "*.whl")
Command = list[str]


def measure(bundle: Path, dist: Path, rounds: int) -> dict[str, Any]:
    """Measure all; print a table. Raises Wrong where a bound is not held."""
    sides = {
        "sources": [sys.executable, "-m", "kandinsky_desktop"],
        "bundle": [str(bundle / facts.NAME)],
    }
    told: dict[str, Any] = {"bytes": _sizes(dist)}
    for what, look in (("first_paint", _first_paint), ("first_picture", _first_picture)):
        told[what] = _compared(sides, look, rounds if look is _first_paint else max(1, rounds // 2))
    print(table(told), flush=True)
    told["faults"] = _faults(told)
    if told["faults"]:
        raise Wrong("; ".join(told["faults"]))
    return told


def table(told: dict[str, Any]) -> str:
    """Return what was measured for people to read."""
    lines = [f"{size / 1e6:9.1f} MB  {name}" for name, size in told["bytes"].items()]
    for what in ("first_paint", "first_picture"):
        for clock in ("clock_s", "processor_s"):
            one = told[what][clock]
            lines.append(
                f"{what} {clock}: sources {one['sources']:.2f}, bundle {one['bundle']:.2f},"
                f" ratio {one['ratio']:.2f}"
            )
    return "\n".join(lines)


def _faults(told: dict[str, Any]) -> list[str]:
    faults = []
    most = LARGEST_BYTES + told["bytes"].get("starter", 0)
    for name, size in told["bytes"].items():
        if name.endswith((".deb", ".squashfs", ".tar.zst", ".zip")) and size > most:
            faults.append(f"{name} has {size} bytes, more than {most}")
        if name.endswith((".sh", ".exe")) and size > bootstrap.LARGEST:
            faults.append(f"{name} has {size} bytes, more than {bootstrap.LARGEST}")
    for what, most_ratio in (("first_paint", FIRST_PAINT), ("first_picture", FIRST_PICTURE)):
        ratio = told[what]["processor_s"]["ratio"]
        if ratio > most_ratio:
            faults.append(f"{what} takes {ratio:.2f} × what it takes from the sources")
    return faults


def _sizes(dist: Path) -> dict[str, int]:
    found = {path.name: path.stat().st_size for pattern in PACKED for path in dist.glob(pattern)}
    for path in dist.glob("*-offline/wheels/*starter*.whl"):
        found["starter"] = path.stat().st_size
    return found


def _compared(sides: dict[str, Command], look: Any, rounds: int) -> dict[str, Any]:
    """Let both do the same in turn; the first time of each does not count: files come from disk."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, command in list(sides.items())[:: 1 if turn % 2 else -1]:
            clock, processor = look(command)
            if turn:
                seen[name].append((clock, processor))
    told: dict[str, Any] = {"rounds": rounds}
    for number, unit in enumerate(("clock_s", "processor_s")):
        values = {name: [one[number] for one in ones] for name, ones in seen.items()}
        pairs = zip(values["bundle"], values["sources"], strict=True)
        told[unit] = {name: round(median(ones), 3) for name, ones in values.items()}
        told[unit]["ratio"] = round(median(frozen / plain for frozen, plain in pairs), 3)
    return told


def _first_paint(command: Command) -> tuple[float, float]:
    """Return after how many seconds the window was painted, and those of a processor until then."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        begun = time.monotonic()
        said, processor = _run(command, home, KANDINSKY_FIRST_PAINT="1")
    return json.loads(said)["painted_at"] - begun, processor


def _first_picture(command: Command) -> tuple[float, float]:
    """Return after how many seconds the first picture was there, and all those of processors."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        said, processor = _run([*command, "--selftest"], home)
    return float(json.loads(said)["seconds"]["picture"]), processor


def _run(command: Command, home: str, **more: str) -> tuple[str, float]:
    """Run a program with a home of its own; return what it said and the processor time of it."""
    wanted = {"KANDINSKY_HOME": home, "QT_QPA_PLATFORM": "offscreen", "HF_HUB_OFFLINE": "1"}
    before = _spent()
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | wanted | more,
        cwd=facts.ROOT,
    )
    if ended.returncode:
        raise Wrong(f"{command[0]} failed: {ended.stdout[-500:]} {ended.stderr[-500:]}")
    return ended.stdout, _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
