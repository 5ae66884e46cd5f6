"""A second start leaves it to the window that is open, and hands over what it was given."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from kandinsky_desktop import __version__
from kandinsky_desktop.app.handover import TAKEN, Listener, Message, encoded, hand_over, here
from kandinsky_desktop.store import places
from kandinsky_desktop.store.window_lock import WindowLock

ANSWER = TAKEN + f" {__version__}\n".encode()
ODD = Path("/pictures/\udcffкот\n#1.png")


class Window:
    """Holds the lock and hears second starts."""

    def __init__(self) -> None:
        self.lock = WindowLock(places.window_lock())
        assert self.lock.acquire()
        self.heard: list[Message] = []
        self.listener = Listener(self.lock, places.window_lock().parent)
        self.listener.received.connect(self.heard.append)


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    return Window()


def said(qtbot: QtBot, window: Window, line: bytes) -> bytes:
    """Send a line as a second start does, and return the answer."""
    socket = QLocalSocket()
    socket.connectToServer(window.lock.address)
    socket.write(line)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    return bytes(socket.readAll().data())


@pytest.mark.parametrize(
    "message",
    [
        Message(),
        Message((ODD, Path("/b.png")), Path("/models"), (("DESKTOP_STARTUP_ID", "7"),), "9.0"),
    ],
)
def test_a_second_start_hands_over_what_it_was_given(
    qtbot: QtBot, window: Window, message: Message
) -> None:
    for times in (1, 2):
        assert said(qtbot, window, encoded(message)) == ANSWER
        assert window.heard == [message] * times


def test_a_second_start_of_a_window_that_closes_becomes_the_first(
    qtbot: QtBot, window: Window
) -> None:
    window.listener.close()
    lock = WindowLock(places.window_lock())
    with ThreadPoolExecutor(1) as other:
        handed = other.submit(hand_over, lock, Message())
        qtbot.wait(200)
        assert not handed.done()
        window.lock.release()
        qtbot.waitUntil(handed.done)
    assert handed.result() is None
    assert not WindowLock(places.window_lock()).acquire()


def test_a_window_that_does_not_answer_is_given_up(qtbot: QtBot, window: Window) -> None:
    window.listener.close()
    assert hand_over(WindowLock(places.window_lock()), Message(), 0.3) == ""


@pytest.mark.parametrize("line", [b"hello\n", b"[]\n", b'{"files": 7}\n', b"{" * 5000 + b"\n"])
def test_what_is_no_message_is_left(qtbot: QtBot, window: Window, line: bytes) -> None:
    assert said(qtbot, window, line) == b""
    assert not window.heard
    assert said(qtbot, window, encoded(Message())) == ANSWER


def test_what_was_killed_leaves_nothing_in_the_way(qtbot: QtBot, window: Window) -> None:
    stale = Path(window.lock.address)
    window.listener.close()
    stale.touch()  # as a socket that nobody hears
    window.listener = Listener(window.lock, places.window_lock().parent)
    window.listener.received.connect(window.heard.append)
    assert said(qtbot, window, encoded(Message((ODD,)))) == ANSWER


def test_a_started_program_hands_over_and_ends(qtbot: QtBot, window: Window, home: Path) -> None:
    command = [sys.executable, "-m", "kandinsky_desktop", "--models", "mine", "cat.png"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as other:
        qtbot.waitUntil(lambda: other.poll() is not None, timeout=60_000)
        assert other.stderr
        assert other.stdout
        assert other.stderr.read() == b""
        words = other.stdout.read().decode()
        assert (
            words
            == f"Kandinsky Desktop {__version__} is open already; its window was brought up.\n"
        )
    assert other.returncode == 0
    (heard,) = window.heard
    assert heard.version == __version__
    assert (heard.files, heard.models) == ((Path.cwd() / "cat.png",), Path.cwd() / "mine")
    assert sorted(path.name for path in home.iterdir()) == ["window.lock"]


def test_a_window_that_is_busy_gets_it_once(qtbot: QtBot, window: Window) -> None:
    command = [sys.executable, "-m", "kandinsky_desktop", "cat.png"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        time.sleep(5)  # it opens a large picture, say
        qtbot.waitUntil(lambda: other.poll() is not None)
    qtbot.wait(100)  # whatever else was sent
    (heard,) = window.heard
    assert heard.files == (Path.cwd() / "cat.png",)
    assert other.returncode == 0


def test_paths_are_handed_over_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "up")
    monkeypatch.delenv("DESKTOP_STARTUP_ID", raising=False)
    assert here((Path("cat.png"),), Path("mine")) == Message(
        (tmp_path / "cat.png",), tmp_path / "mine", (("XDG_ACTIVATION_TOKEN", "up"),)
    )
