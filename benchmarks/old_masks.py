"""Times masks in commit 412387c, in whose tree it is laid.

    python -P -m benchmarks.old_masks SIDE      with that tree first on the path

What both sides work on, `blob`, stands here too.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

RADIUS = 64  # pixels that are grown or feathered
SHARES = {"blob": 1 / 6, "90 %": 0.45}  # radii of masks as people paint them, by the picture's side


def blob(side: int, share: float) -> Any:
    """Return a lobed blob, black and white."""
    down, across = np.ogrid[:side, :side]
    angle = np.arctan2(down - side / 2, across - side / 2)
    edge = side * share * (1 + 0.2 * np.sin(5 * angle) + 0.1 * np.sin(13 * angle))
    inside = np.hypot(across - side / 2, down - side / 2) < edge
    return np.where(inside, 255, 0).astype(np.uint8)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one run."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Say the seconds of each as JSON."""
    masks: Any = import_module("kandinsky_desktop.engine.masks")  # as it was there
    side = int(sys.argv[1])
    hard = Image.fromarray(blob(side, SHARES["blob"]))

    told = {
        "grow": seconds(lambda: masks.grown(hard, RADIUS)),
        "feather": seconds(lambda: masks.feathered(hard, RADIUS)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
