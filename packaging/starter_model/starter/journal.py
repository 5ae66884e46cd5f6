"""Where the recipe keeps its cache, and how it tells of its progress."""

import logging
import os
import sys
from pathlib import Path

log = logging.getLogger("starter")


def cache_folder() -> Path:
    """The folder of data, checkpoints, logs and sheets; KANDINSKY_STARTER_CACHE moves it."""
    named = os.environ.get("KANDINSKY_STARTER_CACHE")
    folder = Path(named).expanduser() if named else Path.home() / ".cache" / "kandinsky-starter"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def assembled_folder() -> Path:
    """Where the model lies that was put together last."""
    return cache_folder() / "assembled"


def open_journal() -> None:
    """Send progress lines to the log file in the cache, and to the terminal if there is one."""
    handlers: list[logging.Handler] = [logging.FileHandler(cache_folder() / "train.log")]
    if sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    logging.basicConfig(
        format="%(asctime)s %(message)s",
        datefmt="%H:%M:%S",
        level=logging.WARNING,
        handlers=handlers,
    )
    log.setLevel(logging.INFO)
