"""The session bus, with a real daemon and somebody on it who shows notices."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.ui import folders, session_bus
from kandinsky_desktop.ui.done_notice import LAUNCHER_PATH, NOTICES, Desktop
from kandinsky_desktop.ui.folders import MANAGER
from kandinsky_desktop.ui.session_bus import (
    CALL,
    DESTINATION,
    MEMBER,
    REPLY,
    REPLY_SERIAL,
    SIGNAL,
    SIGNATURE,
    SessionBus,
)

DAEMON = shutil.which("dbus-daemon")
pytestmark = pytest.mark.skipif(DAEMON is None, reason="there is no dbus-daemon here")
PATIENT_S = 60.0
BUS, BUS_PATH, SENDER = "org.freedesktop.DBus", "/org/freedesktop/DBus", 7


@pytest.fixture(scope="module")
def where() -> Iterator[str]:
    """Return the address of a bus of our own."""
    assert DAEMON is not None
    command = [DAEMON, "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as daemon:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().decode().strip()
        daemon.terminate()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window gives a bus a second; on a busy machine one may take longer."""
    monkeypatch.setattr(session_bus, "PATIENCE_S", PATIENT_S)


class Listener(SessionBus):
    """Somebody else on the bus, who hears and, as a desktop does, gives numbers to notices."""

    name = NOTICES

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.call(BUS, BUS_PATH, f"{BUS}.RequestName", "su", self.name, 0)
        self.call(BUS, BUS_PATH, f"{BUS}.AddMatch", "s", f"type='signal',path='{LAUNCHER_PATH}'")
        self.heard: list[tuple[str, str, bytes]] = []

    def listen(self, count: int) -> None:
        """Hear so many messages that are meant for us."""
        while len(self.heard) < count:
            kind, serial, fields, body = self._receive()
            if kind not in (CALL, SIGNAL) or fields.get(MEMBER) == "NameAcquired":
                continue
            self.heard.append((fields[MEMBER], fields.get(SIGNATURE, ""), body))
            if fields[MEMBER] == "Notify":
                self._answer(serial, fields[SENDER], 42)
            elif kind == CALL:
                self._answer(serial, fields[SENDER], None)

    def _answer(self, serial: int, to: str, number: int | None) -> None:
        body = bytearray() if number is None else bytearray(struct.pack("<I", number))
        fields: list[tuple[int, Any]] = [(REPLY_SERIAL, ("u", serial)), (DESTINATION, ("s", to))]
        if number is not None:
            fields.append((SIGNATURE, ("g", "u")))
        head = bytearray(struct.pack("<cBBBII", b"l", REPLY, 1, 1, len(body), 1000 + serial))
        session_bus._write(head, "a(yv)", fields)
        session_bus._align(head, 8)
        self._socket.sendall(bytes(head + body))


def test_the_desktop_shows_notices_and_progress_and_takes_them_away(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", where)
    listener = Listener(where)
    thread = Thread(target=listener.listen, args=(4,))
    thread.start()
    background = Background()
    desktop = Desktop(background)
    desktop.show_progress(0.4)
    desktop.show_progress(0.4)  # nothing new
    desktop.tell("a red cat", "4 pictures are done.", sound=False)
    background._writer.submit(lambda: None).result()
    desktop.withdraw()
    desktop.show_progress(None)
    thread.join(PATIENT_S)
    desktop.end()
    background.end()
    listener.close()
    assert not thread.is_alive()
    assert [(member, signature) for member, signature, _body in listener.heard] == [
        ("Update", "sa{sv}"),
        ("Notify", "susssasa{sv}i"),
        ("CloseNotification", "u"),
        ("Update", "sa{sv}"),
    ]
    update, notify, close, gone = (body for _member, _signature, body in listener.heard)
    assert b"application://kandinsky-desktop.desktop\0" in update
    assert struct.pack("<d", 0.4) in update
    for text in (b"a red cat\0", b"4 pictures are done.\0", b"suppress-sound\0"):
        assert text in notify
    assert close == struct.pack("<I", 42)  # as the desktop called it
    assert struct.pack("<d", 0.4) not in gone


def test_where_nobody_shows_notices_nothing_is_said_any_more(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", where)
    background = Background()
    desktop = Desktop(background)
    desktop.tell("a red cat", "It is done.", sound=True)
    background.end()
    assert not desktop._where


class FileManager(Listener):
    """A file manager on the bus."""

    name = MANAGER


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no bus is asked there")
def test_a_file_is_chosen_by_the_file_manager_else_its_folder_is_opened(
    where: str, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(folders, "show_folder", opened.append)
    monkeypatch.setattr(folders, "STARTING_MS", 100)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", where)
    picture = tmp_path / "a red cat & 100 %.png"
    folders.show_file(picture)
    assert opened == [tmp_path]  # nobody is there who could
    manager = FileManager(where)
    thread = Thread(target=manager.listen, args=(1,))
    thread.start()
    folders.show_file(picture)
    thread.join(PATIENT_S)
    manager.close()
    ((member, signature, body),) = manager.heard
    assert (member, signature) == ("ShowItems", "ass")
    assert b"/a%20red%20cat%20%26%20100%20%25.png\0" in body
    assert opened == [tmp_path]
    qtbot.wait(200)  # then we leave the bus
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    folders.show_file(picture)
    assert opened == [tmp_path] * 2


def test_an_address_that_leads_nowhere_is_an_error_and_none_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for odd in (f"unix:path={tmp_path / 'nobody'}", "tcp:host=localhost,port=1", "nonsense"):
        with pytest.raises(OSError, match=r"."):
            SessionBus(odd)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", os.fspath(tmp_path))
    assert session_bus.address() == ""
