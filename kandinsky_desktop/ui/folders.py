"""Folders and files, shown by the desktop's own file manager."""

import logging
import os
import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from kandinsky_desktop.ui import session_bus
from kandinsky_desktop.ui.session_bus import SessionBus

log = logging.getLogger(__name__)

MANAGER, MANAGER_PATH = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1"
STARTING_MS = 20_000  # of a file manager: who leaves the bus before that is not heard


def show_folder(folder: Path) -> None:
    """Open a folder for the person."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def show_file(path: Path) -> None:
    """Show a file in its folder, chosen where the desktop's file manager can do so."""
    if not _is_chosen(path):
        show_folder(path.parent)


def open_file(path: Path) -> None:
    """Open a file with the program that the desktop has for its kind."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _is_chosen(path: Path) -> bool:
    """Let the file manager choose a file; whether there is one that does."""
    if sys.platform == "win32":
        return _is_started("explorer.exe", "/select,", os.path.normpath(path))
    if sys.platform == "darwin":
        return _is_started("open", "-R", str(path))
    where = session_bus.address()
    if not where:
        return False
    try:
        bus = SessionBus(where)
    except OSError as error:
        log.info("no file manager is asked: %s", error)
        return False
    try:
        there = bus.offers(MANAGER)
        if there:
            uris = [path.absolute().as_uri()]
            bus.send(MANAGER, MANAGER_PATH, f"{MANAGER}.ShowItems", "ass", uris, "")
    except OSError as error:
        log.info("no file manager is asked: %s", error)
        there = False
    if there:
        QTimer.singleShot(STARTING_MS, lambda: bus.close())  # a bound method keeps no object alive
    else:
        bus.close()
    return there


def _is_started(program: str, *arguments: str) -> bool:
    started, _pid = QProcess.startDetached(program, list(arguments))
    return started
