"""Another program: its window takes files that are dropped on it, and writes down which.

`python -m tests.ui.receiver FILE X Y` shows it there, on top; what came is in FILE, as JSON.
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.typing_compat import override

TITLE = "Receiver of files"
SIDE = 220


class Receiver(QWidget):
    """Takes what is dropped."""

    def __init__(self, told: Path) -> None:
        super().__init__()
        self._told = told
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls()]
        said = {"files": files, "action": event.dropAction().name}
        part = self._told.with_suffix(".part")
        part.write_text(json.dumps(said))
        part.rename(self._told)
        event.acceptProposedAction()


if __name__ == "__main__":
    program = QApplication(sys.argv[:1])
    window = Receiver(Path(sys.argv[1]))
    window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
    window.setGeometry(int(sys.argv[2]), int(sys.argv[3]), SIDE, SIDE)
    window.show()
    program.exec()
