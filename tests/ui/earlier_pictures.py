"""Pictures of an earlier sitting, which the window finds when it starts."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from kandinsky_desktop.store import places
from tests.ui.driver import Driver


def saved(*names: str) -> list[Path]:
    """Let pictures of an earlier sitting lie in the folder, the first being the newest."""
    folder = places.pictures()
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png" for name in names]
    now = time.time_ns()
    for age, (colour, path) in enumerate(
        zip(("red", "green", "blue", "gold"), paths, strict=False)
    ):
        Image.new("RGB", (64, 64), colour).save(path)
        when = now - age * 10**9  # two that are written at once may have one time
        os.utime(path, ns=(when, when))
    return paths


def begun(start: Callable[[], Driver], *names: str) -> tuple[Driver, list[Path]]:
    paths = saved(*names)
    driver = start()
    driver.until(lambda: driver.state.viewer.path is not None)
    assert driver.state.viewer.path == (paths[0])
    return driver, paths


def names(driver: Driver) -> list[str]:
    return [tile.name for tile in driver.state.gallery.tiles]
