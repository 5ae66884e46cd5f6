"""The lock of a data folder: one window at a time, and nothing stale after a crash."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kandinsky_desktop.store import places, window_lock
from kandinsky_desktop.store.window_lock import WindowLock

HOLD = """
import sys, time
from pathlib import Path
from kandinsky_desktop.store.window_lock import WindowLock
lock = WindowLock(Path(sys.argv[1]))
assert lock.acquire()
lock.address = "here"
print("held", flush=True)
time.sleep(60)
"""


def test_a_folder_has_one_window(tmp_path: Path) -> None:
    first, second = (WindowLock(tmp_path / "data" / "window.lock") for _turn in range(2))
    assert first.acquire()
    assert first.acquire()  # it is held here already
    assert not second.acquire()
    first.address = "a long address"
    first.address = "here"
    second.address = "elsewhere"  # nobody says so but who holds it
    assert second.address == "here"
    first.release()
    assert second.acquire()


def test_other_data_has_another_lock(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = WindowLock(places.window_lock())
    assert places.window_lock().parent == home
    assert first.acquire()
    monkeypatch.setenv("KANDINSKY_HOME", str(tmp_path / "other"))
    assert WindowLock(places.window_lock()).acquire()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_who_is_killed_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "window.lock"
    command = [sys.executable, "-c", HOLD, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        lock = WindowLock(file)
        assert not lock.acquire()
        assert lock.address == "here"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert lock.acquire()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EROFS, errno.ENOTSUP])
def test_where_no_lock_can_be_had_the_window_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(number, "It knows none")

    monkeypatch.setattr(window_lock, "_lock", refuse)
    lock = WindowLock(tmp_path / "window.lock")
    assert lock.acquire()
    lock.address = "here"
    assert lock.address == ""
    (tmp_path / "file").touch()
    assert WindowLock(tmp_path / "file" / "window.lock").acquire()
