"""Loads a prior and says what memory that took: `python -m tests.engine.loading_child`.

Its folder, that of a tiny one and a number format come as words. Linux alone tells the pages of
files apart.
"""

import json
import sys
import threading
import time
from pathlib import Path

import torch

from kandinsky_desktop.engine.loading import load


def anonymous() -> int:
    """Return the bytes that this process has in memory and in no file."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (held,) = (line for line in lines if line.startswith("RssAnon"))
    return int(held.split()[1]) * 1024


def main(folder: Path, tiny: Path, dtype: torch.dtype) -> None:
    load("prior", tiny, torch.float32)  # what the libraries take at the first time
    peak, done, before = [0], threading.Event(), anonymous()

    def watch() -> None:
        while not done.is_set():
            peak[0] = max(peak[0], anonymous())
            time.sleep(0.001)

    thread = threading.Thread(target=watch)
    thread.start()
    network = load("prior", folder, dtype)
    done.set()
    thread.join()
    weights = sum(one.nbytes for one in network.parameters())
    print(json.dumps({"anonymous": max(peak[0], anonymous()) - before, "weights": weights}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), getattr(torch, sys.argv[3]))
