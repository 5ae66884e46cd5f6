"""A parent to be killed: starts the engine process on a job that never ends, and waits.

`python -m tests.worker.parent FOLDER PROMPT`
"""

import sys
import time
from pathlib import Path

from kandinsky_desktop.domain.events import Event
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.wire import Run
from kandinsky_desktop.worker.process import ChildProcess
from tests.fakes import request
from tests.worker.child import child_command


def tell(event: Event) -> None:
    print(type(event).__name__, flush=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    process = ChildProcess(child_command(folder), tell, lambda process: None)
    process.send(Run(Job(request(sys.argv[2])), Path(), folder / "pictures"))
    time.sleep(3600)
