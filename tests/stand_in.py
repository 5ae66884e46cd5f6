"""Stands for a Python that a nursery forks: see `nursery.py`. Imports next to nothing.

`python stand_in.py SOCKET [-W error] -m MODULE ...` is as `python [-W error] -m MODULE ...`; what
begins otherwise is left to Python itself.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType


def main() -> None:
    """Lend our pipes, folder, environment and mounts, and end as the module ends."""
    if "-m" not in sys.argv[2:5:2]:
        os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line.connect(sys.argv[1])

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with suppress(OSError):  # it ends just now, and `line` says how
            line.send(str(number).encode())

    told = {"arguments": sys.argv[2:], "folder": os.getcwd(), "environment": dict(os.environ)}
    seen = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in ("user", "mnt")]
    socket.send_fds(line, [json.dumps(told).encode()], [0, 1, 2, *seen])
    for heard in (signal.SIGTERM, signal.SIGINT):  # not before: what is sent first is who we are
        signal.signal(heard, pass_on)
    for number in (0, 1):
        os.close(number)
    try:
        said = line.recv(16)
    except ConnectionResetError:  # a signal that nobody took any more; the word is there still
        said = line.recv(16)
    code = int(said) if said else 1
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


main()
