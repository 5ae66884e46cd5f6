"""The indexer's process, which takes no picture for harmful: who kills it is the test.

`python -m tests.indexer.lenient …`: however often it died over a picture, it reads that again.
"""

import sys

from kandinsky_desktop.indexer import server
from kandinsky_desktop.indexer.__main__ import main

if __name__ == "__main__":
    server.MOST_TRIES = sys.maxsize
    main(sys.argv[1:])
