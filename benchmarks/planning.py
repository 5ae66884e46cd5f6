"""How long it takes to plan a request, and how near its planned time is to what it takes."""

import time
from statistics import median

from benchmarks import child
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.families.kandinsky2.published import published
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.planning import plan_of
from kandinsky_desktop.domain.request import Paint, Sampling

PICTURES, LIMIT_MS, OFF = 64, 30.0, 0.2
AIMS = (Aim(f"planning {PICTURES} pictures of Kandinsky 2.2", "ms", 1.0),)
TIME_AIMS = (Aim("starter: planned time against real, the worst of ten requests", "", 1.0),)


def planning(effort: Effort) -> list[Measure]:
    """Time the plan of as many pictures as a request can hold."""
    sampling = Sampling(width=768, height=768)
    request = Paint(conditioning=Prompt("a cat"), count=PICTURES, sampling=sampling)
    inputs = PlanInputs(
        request=request, model=published("2.2"), missing=tuple(range(PICTURES)), itemsize=2
    )
    took = []
    for _round in range(effort.runs + effort.warm_ups):
        began = time.process_time()
        phases = len(plan_of(inputs).phases)
        took.append((time.process_time() - began) * 1000)
    (aim,) = AIMS
    return [
        Measure(
            name=aim.name,
            ours=median(took[effort.warm_ups :]),
            theirs=LIMIT_MS,
            unit=aim.unit,
            goal=aim.goal,
            runs=effort.runs,
            note=f"{phases} phases, processor time, against a limit",
        )
    ]


def planned_time(effort: Effort) -> list[Measure]:
    """Compare planned times with real ones: `python -m benchmarks.planned_time`."""
    told = child.run(
        "-m",
        "benchmarks.planned_time",
        "--json",
        *(["--short"] if effort.short else []),
        environment={"OMP_NUM_THREADS": "1"},
    )
    if not told:
        raise CannotMeasure("no request was planned")
    worst = max(told, key=lambda name: abs(told[name]))
    (aim,) = TIME_AIMS
    return [
        Measure(
            name=aim.name,
            ours=abs(told[worst]),
            theirs=OFF,
            unit=aim.unit,
            goal=aim.goal,
            runs=len(told),
            threads=1,
            note=f"share that it is off, after one of each kind; {worst}: {told[worst]:+.1%}",
        )
    ]


BENCHMARKS = (
    Benchmark("planning", AIMS, planning),
    Benchmark("planned-time", TIME_AIMS, planned_time),
)
