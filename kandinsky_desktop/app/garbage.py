"""Collects cyclic garbage in the UI thread alone.

Python collects in whichever thread allocates. A QObject that is freed in another thread than its
own cannot stop its timers there, and Qt then calls what is gone: the process crashes.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 250


class GarbageCollector(QObject):
    """Switches Python's own collection off and does it in the thread of this object."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what was imported stays
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def end(self) -> None:
        """Leave it to Python again: what is left of the window is freed in order at the end."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()


def collect_due() -> None:
    """Collect the generations that are due by Python's own thresholds, in this thread."""
    due = [
        generation
        for generation, (count, threshold) in enumerate(
            zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if 0 < threshold < count  # a threshold of 0 means never
    ]
    if due and due[0] == 0:
        gc.collect(max(due))
