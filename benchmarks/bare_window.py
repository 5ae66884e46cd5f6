"""The least that a window can be: an empty QMainWindow. Says when it was painted, and leaves."""

import json
import os
import sys
import time

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMainWindow


class Bare(QMainWindow):
    """Tells the time of its first paint, on the clock that all processes share."""

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        done = super().event(event)
        if event.type() is QEvent.Type.Paint:
            sys.stdout.write(json.dumps({"painted_at": time.monotonic()}) + "\n")
            sys.stdout.flush()
            os._exit(0)
        return done


application = QApplication([])
window = Bare()
window.resize(1280, 800)
window.show()
application.exec()
