"""Engines that need not import torch each: one process has, and forks for each that is asked for.

The flow tests start more than a hundred engines, and importing torch and diffusers was most of
their time. What runs in a child is the engine's own `main`, in a process of its own, with the
environment and the pipes of whoever started it. Where there is no fork, engines start as usual.

`python -m tests.nursery <socket>` is the nursery; `engine_stand_in.py`, which takes no time to
start, stands for a child: it lends it its pipes, passes signals on, and ends as it ends.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Never

READY = b"ready"
LONGEST = 1 << 17  # bytes of an environment; a kernel takes about 200 kB in one message
STAND_IN = Path(__file__).with_name("engine_stand_in.py")


@contextmanager
def nursery(folder: Path) -> Iterator[list[str] | None]:
    """Run a nursery; gives the command of an engine, or nothing where it cannot be."""
    if not hasattr(os, "fork") or not hasattr(socket, "send_fds") or sys.platform == "darwin":
        yield None
        return
    address = folder / "nursery"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nursery", str(address)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        assert process.stdout.read(len(READY)) == READY
        yield [sys.executable, "-S", "-E", str(STAND_IN), str(address)]
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


class _Nursery:
    def __init__(self, address: str) -> None:
        self._selector = DefaultSelector()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.bind(address)
        self._door.listen(8)
        self._bell, self._ring = socket.socketpair()  # rings when a child has ended
        self._ring.setblocking(False)
        signal.set_wakeup_fd(self._ring.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._children: dict[int, socket.socket] = {}

    def run(self) -> None:
        """Serve until stdin is closed; then every child ends."""
        for one in (self._door, self._bell, sys.stdin):
            self._selector.register(one, EVENT_READ)
        os.write(1, READY)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    for pid in self._children:
                        os.kill(pid, signal.SIGKILL)
                    return
                if key.fileobj is self._door:
                    self._bear()
                elif key.fileobj is self._bell:
                    self._bell.recv(64)
                    self._bury()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._pass_on(key.fileobj)

    def _bear(self) -> None:
        asking, _ = self._door.accept()
        told, pipes, _, _ = socket.recv_fds(asking, LONGEST, 3)
        pid = os.fork()
        if pid == 0:
            self._become(json.loads(told), pipes)
        for pipe in pipes:
            os.close(pipe)
        self._children[pid] = asking
        self._selector.register(asking, EVENT_READ)

    def _become(self, environment: dict[str, str], pipes: list[int]) -> Never:
        """Be an engine: nothing of the nursery's stays open."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for one in (self._door, self._bell, self._ring, *self._children.values()):
            one.close()
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
            os.close(pipe)
        os.environ.clear()
        os.environ.update(environment)

        from kandinsky_desktop.engine.__main__ import main

        main([])

    def _pass_on(self, asking: socket.socket) -> None:
        """Pass a signal on; whose stand-in was killed is killed too."""
        pid = next(pid for pid, one in self._children.items() if one is asking)
        told = asking.recv(16)
        os.kill(pid, int(told) if told else signal.SIGKILL)
        if not told:
            self._selector.unregister(asking)

    def _bury(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                asking = self._children.pop(pid)
                with suppress(KeyError):
                    self._selector.unregister(asking)
                with suppress(OSError):
                    asking.send(str(os.waitstatus_to_exitcode(status)).encode())
                asking.close()


if __name__ == "__main__":
    import kandinsky_desktop.engine.engine  # noqa: F401

    _Nursery(sys.argv[1]).run()
