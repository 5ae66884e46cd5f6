"""Folders and files, shown by the desktop's own file manager."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_folder(folder: Path) -> None:
    """Open a folder for the person."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def open_file(path: Path) -> None:
    """Open a file with the program that the desktop has for its kind."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
