"""The indexer's process, in which some pictures are hostile: reading a thumbnail ends it.

`python -m tests.indexer.child …`: the indexer, which a file called `harmful` kills, and one called
`endless` keeps busy.
"""

import os
import signal
import sys
import time
from pathlib import Path

from kandinsky_desktop.indexer.__main__ import main
from kandinsky_desktop.store import thumbnail_store
from kandinsky_desktop.store.thumbnail_store import Thumbnail

real = thumbnail_store.make


def make(path: Path) -> Thumbnail:
    if path.name.startswith("harmful"):
        os.kill(os.getpid(), signal.SIGKILL)
    if path.name.startswith("endless"):
        time.sleep(3600)
    return real(path)


if __name__ == "__main__":
    thumbnail_store.make = make
    main(sys.argv[1:])
