"""Shows that this tree paints what commit 412387c painted, pixel by pixel, and at what cost.

    python -m benchmarks.same_pixels [CASE ...]     only these; every CASE is a part of a name
    python -m benchmarks.same_pixels --rows         only time and memory
    python -m benchmarks.same_pixels --list         the names of all cases

The commit is checked out in a worktree for the while, and both trees run every case in a process of
their own, on one thread and one and the same model. Compared are the pixels of each picture, its
image embedding, and the steps of prior and decoder that were planned and taken.
"""

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from PIL import Image

from benchmarks import trees
from benchmarks.child import Served
from benchmarks.measures import FEWEST_PAIRS, CannotMeasure, interval

Aspect = Literal["pixels", "embeddings", "steps"]
TIMED = ("text to image", "inpaint", "strip of nine")
FEWEST_PROCESSES = 6  # below it there is no interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A difference that is meant.

    `mend` names a function of the old tree's vocabulary that mends there what was mended here: with
    it the old tree must paint the very same, so that nothing else hides behind the reason.
    """

    differs: frozenset[Aspect]
    reason: str
    mend: str = ""


# By the name of a case. One that is named here must differ, and in nothing but what is said.
KNOWN: dict[str, Known] = (
    {
        f"KDPM2DiscreteScheduler: {start}": Known(
            differs=frozenset({"pixels"}),
            reason="at half steps what is kept is put back with the noise of their own sigma (L5)",
            mend="kept_noise_of_half_steps",
        )
        for start in ("inpaint", "inpaint, strength 0.7")
    }
    | {
        "KDPM2AncestralDiscreteScheduler: inpaint": Known(
            differs=frozenset({"pixels"}),
            reason="the same, of which no more than rounding is left there",
            mend="kept_noise_of_half_steps",
        )
    }
    | {
        f"2.1: {sampler}, img2img with old noise": Known(
            differs=frozenset({"pixels"}),
            reason="the original's samplers noise the picture at the original's timestep (L4)",
            mend="old_noise_of_the_original",
        )
        for sampler in ("p_sampler", "ddim_sampler", "plms_sampler")
    }
)


def compared(old: Path, new: Path) -> dict[Aspect, list[str]]:
    """Say what differs between what one case made in two folders; nothing where all is equal.

    A folder holds `said.json` and a PNG for each picture.
    """
    said = [json.loads((folder / "said.json").read_text("utf-8")) for folder in (old, new)]
    differing: dict[Aspect, list[str]] = {"pixels": [], "embeddings": [], "steps": []}
    for name in said[0] | said[1]:
        one, other = (each.get(name, {}) for each in said)
        for index in sorted({*one.get("pictures", ()), *other.get("pictures", ())}):
            file = f"{name}, {index}.png"
            if apart := _apart(old / file, new / file):
                differing["pixels"].append(f"{name}, picture {index}: {apart}")
        if one.get("embeddings") != other.get("embeddings"):
            differing["embeddings"].append(f"{name}: other image embeddings")
        for what in ("planned", "taken"):
            if one.get(what) != other.get(what):
                steps = f"{one.get(what)} before, {other.get(what)} now"
                differing["steps"].append(f"{name}: steps {what} {steps}")
    if not any(one["pictures"] for one in said[0].values()):
        differing["pixels"].append("the old tree painted nothing")
    return {aspect: lines for aspect, lines in differing.items() if lines}


def _apart(old: Path, new: Path) -> str:
    """Say how two pictures differ; nothing if they do not."""
    if not (old.is_file() and new.is_file()):
        return "only one of the trees made it"
    with Image.open(old) as before, Image.open(new) as now:
        if (before.size, before.mode) != (now.size, now.mode):
            return f"{before.mode} {before.size} before, {now.mode} {now.size} now"
        far = np.abs(np.asarray(before).astype(int) - np.asarray(now).astype(int))
    pixels = int(far.reshape(*far.shape[:2], -1).any(axis=-1).sum())
    return f"{pixels} pixels differ, by {far.max()} of 255 at most" if pixels else ""


def verdict(differing: Mapping[Aspect, list[str]], known: Known | None) -> tuple[bool, str]:
    """Return whether a case is as it should be, and what to call it."""
    if known is None:
        return not differing, "DIFFERS" if differing else "equal"
    if not differing:
        return False, "EQUAL, but named among the known differences"
    if set(differing) != known.differs:
        return False, "DIFFERS, and not only as is known"
    return True, "differs, as is known"


class Trees:
    """Both trees, each with a process that runs cases."""

    def __init__(self, old: Path, work: Path) -> None:
        self._work, self._trees = work, {"old": old, "new": trees.HERE}
        self._processes: dict[str, Served] = {}
        self._starter = str(trees.starter(old))
        self._desk = work / "desk"
        make_desk(self._desk)
        self._models = {"starter": self._starter}

    def names(self) -> dict[str, bool]:
        """Return all cases, and which need tiny models. Both trees must say the same."""
        old, new = (self.ask(side, {"do": "names"}) for side in self._trees)
        assert old == new
        return dict(new)

    def make_tiny_models(self) -> None:
        """Have the old tree write them, for both."""
        self._models |= self.ask("old", {"do": "models", "folder": str(self._work / "models")})

    def run(self, case: str, number: int) -> dict[Aspect, list[str]]:
        """Run a case in both trees at once, and say what differs."""
        with ThreadPoolExecutor(2) as both:
            folders = list(both.map(lambda side: self._run(side, case, number), self._trees))
        return compared(*folders)

    def run_mended(self, case: str, number: int, mend: str) -> dict[Aspect, list[str]]:
        """Run a case in the old tree with a fault mended, and say what still differs."""
        return compared(self._run("old", case, number, mend), self._folder("new", number))

    def ask(self, side: str, order: dict[str, Any]) -> Any:
        """Have a tree do something, in its warm process."""
        if side not in self._processes or self._processes[side].ended:
            self._processes[side] = self.start(side)
        return self._processes[side].ask(order)

    def start(self, side: str) -> Served:
        """Start another process in a tree."""
        return trees.inside(self._trees[side], self._work / f"home-{side}")

    def to_paint(self, side: str, workload: str, turn: int) -> dict[str, Any]:
        """Return the order to paint a turn of a workload."""
        return {
            "do": "paint",
            "model": self._starter,
            "desk": str(self._desk),
            "cache": str(self._work / f"cache-{side}"),
            "workload": workload,
            "turn": turn,
        }

    def close(self) -> None:
        """End the processes."""
        for process in self._processes.values():
            process.close()

    def _run(self, side: str, case: str, number: int, mend: str = "") -> Path:
        folder = self._folder(f"{side}-mended" if mend else side, number)
        folder.mkdir(parents=True)
        order = {"do": "case", "case": case, "models": self._models, "mend": mend}
        said = self.ask(side, order | {"desk": str(self._desk), "out": str(folder)})
        (folder / "said.json").write_text(json.dumps(said), "utf-8")
        return folder

    def _folder(self, side: str, number: int) -> Path:
        return self._work / side / str(number)


def make_desk(folder: Path) -> None:
    """Draw the pictures and masks that requests are made of."""
    folder.mkdir(parents=True)
    chance = np.random.RandomState(1)
    for name, (wide, high) in {"cat": (160, 128), "dog": (90, 120), "large": (400, 300)}.items():
        pixels = (chance.rand(high // 8, wide // 8, 3) * 255).astype(np.uint8)
        image = Image.fromarray(pixels).resize((wide, high), Image.Resampling.BICUBIC)
        image.save(folder / f"{name}.png")
    for name, box in {"hole": (40, 30, 90, 80), "other_hole": (100, 20, 140, 60)}.items():
        mask = Image.new("L", (400, 300), 0)
        mask.paste(255, box)
        mask.save(folder / f"{name}.png")
    with Image.open(folder / "cat.png") as cat:
        cat.convert("L").save(folder / "near.png")


def pixels(both: Trees, parts: Sequence[str]) -> bool:
    """Run the cases whose names hold one of the parts; return whether all are as they should be."""
    names = both.names()
    missing = [name for name in KNOWN if name not in names]
    for name in missing:
        print(f"KNOWN names {name!r}, which is no case")
    chosen = [name for name in names if not parts or any(part in name for part in parts)]
    wrong = len(missing)
    if any(names[name] for name in chosen):
        both.make_tiny_models()
    for number, name in enumerate(names):
        if name not in chosen:
            continue
        known = KNOWN.get(name)
        try:
            differing = both.run(name, number)
            right, called = verdict(differing, known)
            if right and known and known.mend:
                left = both.run_mended(name, number, known.mend)
                right, differing = not left, left or differing
                called += " and by that alone" if right else ", BUT NOT BY THAT ALONE"
        except CannotMeasure as reason:
            right, called, differing = False, "BROKE", {"pixels": [str(reason)]}
        print(f"{called:8} {name}", flush=True)
        if known is not None:
            print(f"         known: {known.reason}")
        for line in (line for lines in differing.values() for line in lines):
            print(f"         {line}")
        wrong += not right
    print(f"{len(chosen)} cases, {wrong} not as they should be, {len(KNOWN)} known differences\n")
    return bool(chosen) and not wrong


def rows(both: Trees, pairs: int, processes: int) -> bool:
    """Compare processor time and peak memory; return whether none is above the old tree's.

    In pairs taken in turn. A row is above where even the lower end of the interval of the pairs'
    median ratio is.
    """
    print(f"{'':32} {'old':>8} {'now':>8} {'ratio':>6}  95 % between")
    good = True
    for place, workload in enumerate(TIMED):
        seconds: dict[str, list[float]] = {"old": [], "new": []}
        for number in range(pairs + 1):
            turn = 1 + 1000 * place + number
            for side in ("old", "new") if number % 2 else ("new", "old"):
                told = both.ask(side, both.to_paint(side, workload, turn))
                if number:
                    seconds[side].append(told["seconds"])
        good &= _row(f"{workload}, s of processor time", seconds)
    for place, workload in enumerate(TIMED):
        peaks: dict[str, list[float]] = {"old": [], "new": []}
        for number in range(processes):
            for side in ("old", "new") if number % 2 else ("new", "old"):
                process = both.start(side)
                turn = 100_000 + 1000 * place + number
                told = process.ask(both.to_paint(side, workload, turn))
                process.close()
                peaks[side].append(told["peak_bytes"] / 2**20)
        good &= _row(f"{workload}, peak MiB", peaks)
    return good


def _row(name: str, told: Mapping[str, list[float]]) -> bool:
    ratios = [new / old for old, new in zip(told["old"], told["new"], strict=True)]
    low, high = interval(ratios) or (min(ratios), max(ratios))
    good = low <= 1
    print(
        f"{name:32} {median(told['old']):8.4g} {median(told['new']):8.4g} {median(ratios):6.3f}"
        f"  {low:.3f} {high:.3f}{'' if good else '  ABOVE'}",
        flush=True,
    )
    return good


def main() -> int:
    """Return 0 if all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_pixels", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="a part of a name")
    parser.add_argument("--rows", action="store_true", help="only time and memory")
    parser.add_argument("--list", action="store_true", help="only the names of the cases")
    parser.add_argument("--pairs", type=int, default=FEWEST_PAIRS)
    parser.add_argument("--processes", type=int, default=FEWEST_PROCESSES, help="for memory")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *told: sys.exit(1))  # the worktree is to be removed
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="kandinsky-same-")))
        both = Trees(stack.enter_context(trees.checked_out()), work)
        stack.callback(both.close)
        if args.list:
            print("\n".join(both.names()))
            return 0
        good = args.rows or pixels(both, args.cases)
        if args.rows or not args.cases:
            pairs, processes = max(FEWEST_PAIRS, args.pairs), max(FEWEST_PROCESSES, args.processes)
            good &= rows(both, pairs, processes)
    print("As it should be." if good else "NOT as it should be.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
