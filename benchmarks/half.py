"""The models that are measured: the starter, and one of half the width that is made once."""

from pathlib import Path

from kandinsky_desktop.domain.catalog import traits_of
from kandinsky_desktop.store import places
from kandinsky_desktop.store.weights import facts_of

STARTER = places.shipped_models() / "starter"
_facts = facts_of(STARTER)
assert _facts is not None
STARTER_SIDE = traits_of(_facts).native  # pixels
# Each alone in its folder, to be found there
HALF_MODEL = Path("build/bench-models/half-width")
NARROW_MODEL = Path("build/bench-models-short/narrow")  # stands in for it in the short form
