"""The models that are measured: the starter, and one of half the width that is made once."""

from pathlib import Path

from benchmarks import child
from kandinsky_desktop.store import places
from kandinsky_desktop.store.models import read_model

STARTER = places.shipped_models() / "starter"
_starter = read_model(STARTER)
assert _starter is not None
STARTER_SIDE = _starter.native  # pixels
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
