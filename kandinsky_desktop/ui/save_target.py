"""Asks where a file of a known kind is to be written, and about the very file that will be."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_target(parent: QWidget, title: str, start: Path, ending: str) -> Path | None:
    """Return the file that a person chose and agreed to, with that ending; None: nothing.

    The question whether a file is to be replaced is about the name with its ending: Qt's own call
    asks about what was typed.
    """
    dialog = QFileDialog(parent, title, str(start), f"*{ending}")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(ending[1:])
    dialog.selectFile(start.name)
    target = None
    while target is None and dialog.exec():
        path = Path(dialog.selectedFiles()[0])
        if path.suffix.lower() == ending:
            target = path
        else:  # of another kind: shown with its ending, to be agreed to
            dialog.selectFile(path.name + ending)
    dialog.deleteLater()
    return target
