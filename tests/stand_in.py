"""Stands for a Python that a nursery forks: see `nursery.py`. Imports next to nothing.

`python stand_in.py SOCKET [-W error] -m MODULE ...` is as `python [-W error] -m MODULE ...`, and so
is `-c CODE`; what begins otherwise is left to Python itself. What the modules `socket`, `signal`
and `json` import would be most of its time: there are a thousand of it.
"""

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import os
import sys


def main() -> None:
    """Lend our pipes, folder, environment and mounts, and end as the module ends."""
    if not {"-m", "-c"}.intersection(sys.argv[2:5:2]):
        os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line.connect(sys.argv[1])

    def pass_on(number: int, _frame: object) -> None:
        try:
            line.send(str(number).encode())
        except OSError:
            pass  # it ends just now, and `line` says how

    told = {"arguments": sys.argv[2:], "folder": os.getcwd(), "environment": dict(os.environ)}
    seen = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in ("user", "mnt")]
    lent = b"".join(one.to_bytes(4, sys.byteorder) for one in (0, 1, 2, *seen))
    line.sendmsg([repr(told).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, lent)])
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
