"""Times masks and the preparing of a fill in commit 412387c, in whose tree it is laid.

    python -P -m benchmarks.old_masks SIDE      with that tree first on the path

What both sides work on, `blob` and `photo`, stands here too.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
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


def photo(side: int) -> Image.Image:
    """Return smooth shades with a camera's noise."""
    chance = np.random.default_rng(0)
    small = chance.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    smooth = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    noise = chance.normal(0, 2.5, (side, side, 1))
    return Image.fromarray((np.asarray(smooth) + noise).clip(0, 255).astype(np.uint8))


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one run."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Say the seconds of each as JSON."""
    from kandinsky_desktop.store import pictures

    masks: Any = import_module("kandinsky_desktop.engine.masks")  # as it was there
    side = int(sys.argv[1])
    hard = Image.fromarray(blob(side, SHARES["blob"]))
    picture, hole = photo(side), Image.fromarray(blob(side, 1 / 16))

    def prepare() -> None:
        """Hand the whole picture over: written, read, masked, and its part cut out."""
        with tempfile.TemporaryDirectory() as folder:
            paths = Path(folder) / "picture.png", Path(folder) / "mask.png"
            picture.save(paths[0])
            hole.save(paths[1])
            source = pictures.open_rgb(paths[0], own_colours=True)
            both = masks.prepare(pictures.open_rgb(paths[1]), source, grow=4, feather=8)
        first, last = side * 3 // 8, side * 5 // 8
        corners = (first, first, last, last)
        source.crop(corners), both.denoise.crop(corners)

    told = {
        "grow": seconds(lambda: masks.grown(hard, RADIUS)),
        "feather": seconds(lambda: masks.feathered(hard, RADIUS)),
        "prepare": seconds(prepare),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
