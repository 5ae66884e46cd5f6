"""A process that paints strokes until it is killed, and says of each that it begins."""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from kandinsky_desktop.state.background import Background
from tests.state import test_canvas_document
from tests.state.canvas import Canvas


class Bot:
    """As much of a test's bot as opening a file needs."""

    def waitUntil(self, done: Any, timeout: int = 0) -> None:
        while not done():
            QApplication.processEvents()


def main() -> None:
    application = QApplication([])
    canvas = Canvas(Bot(), Background(), Path(sys.argv[2]))  # type: ignore[arg-type]
    canvas.document.open_file(Path(sys.argv[1]))
    canvas.qtbot.waitUntil(lambda: canvas.document.is_open)
    for number in range(10_000):
        assert canvas.document.begin_step("none")  # what was done before is safe from here on
        canvas.document.cancel_step()
        print(number, flush=True)
        test_canvas_document.paint_stroke(canvas, number)
        application.processEvents()


if __name__ == "__main__":
    main()
