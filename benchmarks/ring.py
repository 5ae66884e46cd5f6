"""What a fill with hard edges does to the colours around it, beside diffusers' pipeline."""

from statistics import median

from benchmarks import child
from benchmarks.measures import Aim, Benchmark, Effort, Measure

AROUND = Aim("starter: a hard fill, change in the 8 px around it", "of 255", 0.0)
ACROSS = Aim("starter: a fill with its usual edges, step across them", "of 255", 1.0)
HARD = Aim("starter: a hard fill whose colours are met, step across its edge", "of 255", 0.5)
STEP = 12.0  # of 255: less than many a picture has of its own


def ring(effort: Effort) -> list[Measure]:
    """Fill holes in pictures, and look at the pixels beside them."""
    pictures, steps = (1, 4) if effort.short else (effort.pairs, 20)
    told = child.run("-m", "benchmarks.ring_use", f"--pictures={pictures}", f"--steps={steps}")
    middle = {name: median(figures) for name, figures in told.items()}
    theirs, before = (f"{middle[f'across, {one}']:.1f}" for one in ("theirs", "before"))
    return [
        Measure(
            name=AROUND.name,
            ours=max(middle["around, ours"], middle["around, ours with colours met"]),
            theirs=middle["around, theirs"],
            unit=AROUND.unit,
            goal=AROUND.goal,
            runs=pictures,
            note="mean difference to the picture before; theirs is the pipeline's own picture",
        ),
        Measure(
            name=ACROSS.name,
            ours=middle["across, ours with usual edges"],
            theirs=STEP,
            unit=ACROSS.unit,
            goal=ACROSS.goal,
            runs=pictures,
            note="mean difference of neighbours, where it is largest, against a limit;"
            f" before {before}",
        ),
        Measure(
            name=HARD.name,
            ours=middle["across, ours with colours met"],
            theirs=middle["across, ours"],
            unit=HARD.unit,
            goal=HARD.goal,
            runs=pictures,
            note=f"theirs: as it was painted; before {before}; the pipeline's own, which"
            f" paints around it too, {theirs}",
        ),
    ]


BENCHMARKS = (Benchmark("ring", (AROUND, ACROSS, HARD), ring),)
