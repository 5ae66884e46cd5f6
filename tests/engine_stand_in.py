"""Stands for an engine that a nursery forks: see `nursery.py`. Imports next to nothing."""

import json
import os
import signal
import socket
import sys
from types import FrameType


def main() -> None:
    """Lend our pipes and environment, and end as the engine ends."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line.connect(sys.argv[1])

    def pass_on(number: int, _frame: FrameType | None) -> None:
        line.send(str(number).encode())

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    socket.send_fds(line, [json.dumps(dict(os.environ)).encode()], [0, 1, 2])
    for number in (0, 1):
        os.close(number)
    told = line.recv(16)
    code = int(told) if told else 1
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


main()
