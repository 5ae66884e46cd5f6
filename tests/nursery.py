"""Pythons that need not import torch each: one has, and forks for each that is asked for.

The tests start hundreds of engines and commands, and importing torch and diffusers was most of
their time. What runs in a child is the module or the code that was asked for, as `__main__`, in a
process of its own, with the folder, environment, pipes and mounts of whoever started it; what it
starts by `sys.executable` comes from the nursery too. At its end what the nursery imported is not
taken apart. Python starts as usual where this is not Linux.

`python -m tests.nursery FOLDER` is the nursery, and `FOLDER/python -m MODULE` asks it for a child.
That is `stand_in.py`, which takes no time to start and stands for the child: it lends it its pipes,
passes signals on, and ends as it ends.
"""

import ast
import atexit
import ctypes
import gc
import io
import os
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from types import ModuleType
from typing import Any, NoReturn

READY = b"ready"
SOCKET, PYTHON = "nursery", "python"  # in the folder
PATIENT_S = 60  # its children may be large, and the machine busy
LONGEST = 1 << 17  # bytes of an environment; a kernel takes about 200 kB in one message
STAND_IN = Path(__file__).with_name("stand_in.py")


@contextmanager
def nursery(folder: Path) -> Iterator[str]:
    """Run a nursery in a folder; gives the Python to start."""
    if sys.platform != "linux":
        yield sys.executable
        return
    python = folder / PYTHON
    words = [sys.executable, "-S", "-E", str(STAND_IN), str(folder / SOCKET)]
    python.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    python.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nursery", str(folder)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        assert process.stdout.read(len(READY)) == READY
        yield str(python)
    finally:
        process.stdin.close()
        process.wait(PATIENT_S)
        process.stdout.close()


class _Nursery:
    def __init__(self, folder: Path) -> None:
        self._python = str(folder / PYTHON)
        self._selector = DefaultSelector()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.bind(str(folder / SOCKET))
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
                        os.waitpid(pid, 0)  # its processor time counts
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
        told, pipes, _, _ = socket.recv_fds(asking, LONGEST, 5)
        pid = os.fork()
        if pid == 0:
            asking.close()
            self._become(ast.literal_eval(told.decode()), pipes)
        for pipe in pipes:
            os.close(pipe)
        self._children[pid] = asking
        self._selector.register(asking, EVENT_READ)

    def _become(self, told: dict[str, Any], pipes: list[int]) -> NoReturn:
        """Be the module: nothing of the nursery's stays open."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for one in (self._door, self._bell, self._ring, *self._children.values()):
            one.close()
        _enter(*pipes[3:])
        for number, pipe in enumerate(pipes[:3]):
            os.dup2(pipe, number)
            os.close(pipe)
        os.environ.clear()
        os.environ.update(told["environment"])
        os.chdir(told["folder"])
        _open_streams()
        sys.executable = self._python
        arguments = told["arguments"]
        if arguments[0] == "-W":
            warnings.simplefilter(arguments[1])
            arguments = arguments[2:]
        try:
            _run(*arguments)
        except SystemExit as end:
            if isinstance(end.code, str):
                raise
            _end(end.code or 0)
        _end(0)

    def _pass_on(self, asking: socket.socket) -> None:
        """Pass a signal on; whose stand-in was killed is killed too."""
        pid = next((pid for pid, one in self._children.items() if one is asking), None)
        if pid is None:
            return  # it was buried a moment ago, after this was heard
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


def _enter(*namespaces: int) -> None:
    """See the disks that the stand-in sees: see `mounts.py`."""
    for number, kind in zip(namespaces, ("user", "mnt"), strict=True):
        if not os.path.samestat(os.fstat(number), os.stat(f"/proc/self/ns/{kind}")):
            refused = ctypes.CDLL(None, use_errno=True).setns(number, 0)
            assert not refused, f"{kind}: {os.strerror(ctypes.get_errno())}"
        os.close(number)


def _run(option: str, what: str, *arguments: str) -> None:
    """Run a module or code as `__main__`."""
    if option == "-c":
        sys.argv = ["-c", *arguments]
        sys.modules["__main__"] = ModuleType("__main__")
        exec(what, vars(sys.modules["__main__"]))
        return
    assert option == "-m"
    sys.argv = [what, *arguments]
    runpy.run_module(what, run_name="__main__", alter_sys=True)


def _end(code: int) -> NoReturn:
    """End as Python does, but for freeing all that was imported, page by page: 0.28 s."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    for one in gc.get_objects():  # since the fork
        if isinstance(one, io.FileIO) and one.closefd and not one.closed:
            warnings.warn(f"unclosed {one!r}", ResourceWarning, stacklevel=1)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # Python has a word and a code for that
        raise SystemExit(code) from None
    os._exit(code & 0xFF)


def _open_streams() -> None:
    """Open Python's own streams anew: they remember whether the nursery's were files or pipes."""
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    # ruff: noqa: SIM115
    sys.stdin = open(0, encoding=encoding, errors=errors or "strict", closefd=False)
    sys.stdout = open(1, "w", encoding=encoding, errors=errors or "strict", closefd=False)
    sys.stderr = open(2, "w", 1, encoding, "backslashreplace", closefd=False)


if __name__ == "__main__":
    from PIL import Image

    import kandinsky_desktop.cli
    import kandinsky_desktop.engine.engine
    import kandinsky_desktop.indexer.server  # noqa: F401
    from kandinsky_desktop.store import models, places

    Image.preinit()
    models.ready_model(places.shipped_models() / "starter")  # else each would hash its files
    for one in weakref.finalize._registry:  # type: ignore[attr-defined]
        one.atexit = False  # of torch's operators, which each child would take apart
    gc.collect()
    gc.freeze()  # else each child would go through all that was imported, and copy it
    _Nursery(Path(sys.argv[1])).run()
