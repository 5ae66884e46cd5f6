"""Where the model of half the width lies. It is made once, in a process of its own."""

from pathlib import Path

from benchmarks import child
from kandinsky_desktop.store import places

STARTER = places.shipped_models() / "starter"
HALF_MODEL = Path("build/bench-models/half-width")  # alone in its folder, to be found there


def make_half_model() -> None:
    """Have it made if it is not there yet: a minute, and 1.2 GB of disk."""
    tokenizer = STARTER / "prior" / "tokenizer"
    child.run(
        "-m",
        "benchmarks.painting",
        "half-model",
        str(HALF_MODEL),
        "--cache=build",
        f"--tokenizer={tokenizer}",
    )
