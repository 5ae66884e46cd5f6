"""The conversion of a model's original files: asked for here, done in a process of its own."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.converting import (
    ConversionEvent,
    Converted,
    Converting,
    NotConverted,
)
from kandinsky_desktop.store import added_models


class Conversion(QObject):
    """At most one at a time."""

    convert_requested = Signal(object, object)  # Path of the original files, Path of the model
    stop_requested = Signal()
    progressed = Signal(object)  # domain.converting.Converting
    finished = Signal(object)  # domain.converting.Converted
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.busy = False

    def start(self, origin: Path) -> Path:
        """Begin, or go on with, converting into the person's models; return the new folder.

        What is made of pickles in diffusers' layout lies beside them.
        """
        target = added_models.place_for(origin)
        self.busy = True
        self.convert_requested.emit(origin, target)
        return target

    def stop(self) -> None:
        """End it; what was written stays, and the next time goes on there."""
        self.busy = False
        self.stop_requested.emit()

    @Slot(object)
    def on_event(self, event: ConversionEvent) -> None:
        """Hear what the process says."""
        if not self.busy:
            return
        match event:
            case Converting():
                self.progressed.emit(event)
            case Converted():
                self.busy = False
                self.finished.emit(event)
            case NotConverted(sentence=sentence):
                self.busy = False
                self.failed.emit(sentence)
