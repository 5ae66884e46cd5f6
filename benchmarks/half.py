"""The models that are measured: the starter, and one of half the width that is made once."""

from pathlib import Path

from kandinsky_desktop.store import places
from kandinsky_desktop.store.models import read_model

STARTER = places.shipped_models() / "starter"
_starter = read_model(STARTER)
assert _starter is not None
STARTER_SIDE = _starter.native  # pixels
# Each alone in its folder, to be found there
HALF_MODEL = Path("build/bench-models/half-width")
NARROW_MODEL = Path("build/bench-models-short/narrow")  # stands in for it in the short form
