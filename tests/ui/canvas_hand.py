"""A view of the canvas in a process of its own, for what a process has but once: screen and scale.

    QT_SCALE_FACTOR=1.5 python -m tests.ui.canvas_hand FOLDER
    python -m tests.ui.canvas_hand FOLDER --moves 800

Alone it paints with real events at many zooms, and says in its last line as JSON how many pixels of
the mask differ from what is seen, and from the file that a job gets. With `--moves` it says where
it lies, and then how many moves of the mouse it was told of.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.canvas_document import CanvasDocument
from kandinsky_desktop.state.context_frame import ContextFrame
from kandinsky_desktop.state.mask_editor import MaskEditor
from kandinsky_desktop.ui.canvas.gestures import Gestures
from kandinsky_desktop.ui.canvas.view import CanvasView, hear_all_moves
from kandinsky_desktop.ui.theme import Theme

SIDE = 240
ZOOMS = (0.05, 0.07, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0, 16.0, 32.0)
UPRIGHT = tuple((zoom, 0.0, False) for zoom in ZOOMS)
TURNED = (
    (0.5, 15.0, False),
    (1.0, 90.0, True),
    (3.0, 90.0, False),
    (4.0, 0.0, True),
    (5.0, 270.0, True),
    (6.0, 40.0, True),
)
CRISP = 2.0  # from here on each pixel of the picture is seen
PATIENCE_S = 60.0
LEFT = Qt.MouseButton.LeftButton


class Hand:
    """Paints on a white picture."""

    def __init__(self, folder: Path) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme = Theme(application)
        theme.apply("light", 100, motion=False)
        background = self.background = Background()
        self.document = CanvasDocument(background, folder)
        self.editor = MaskEditor(background, self.document)
        self.frame = ContextFrame(background, self.document, self.editor)
        self.frame.set_limits(native=64, largest=256, multiple=8)
        self.view, self.gestures = CanvasView(theme), Gestures(self.editor)
        view, gestures = self.view, self.gestures
        view.pressed.connect(gestures.press)
        view.moved.connect(gestures.move)
        view.released.connect(gestures.release)
        self.document.changed.connect(view.refresh)
        self.editor.settled.connect(lambda: view.show_mask(self.editor.used, self.editor.mask_box))
        image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        self.document.open_image(image, "white")
        until(lambda: self.document.is_open)
        self.editor.set_edges(grow=0, feather=0)
        view.resize(420, 400)
        view.show()
        view.show_layers(self.document.picture, self.editor.used)
        self.settle()

    def settle(self) -> None:
        until(lambda: self.editor.is_settled and not self.document.busy)
        QApplication.processEvents()

    def at(self, x: float, y: float) -> QPoint:
        """Return where in the widget the middle of a pixel is, as near as the widget can say."""
        view = self.view.view
        assert view is not None
        across, down = view.to_view(x + 0.5, y + 0.5)
        ratio = self.view.devicePixelRatioF()
        return QPoint(round(across / ratio), round(down / ratio))

    def paint(self, zoom: float, rotation: float, mirrored: bool) -> dict[str, float]:
        """Draw a stroke in a view, and compare what is seen and what a job gets with the mask."""
        view = self.view
        self.editor.clear()
        self.settle()
        view.show_size(self.document.size)
        view._zoom_to(zoom, view._middle)
        if mirrored:
            view.mirror()
        view.rotate(rotation)
        self.editor.set_brush(size=max(4.0, 12 / zoom), hardness=1.0)
        points = [self.at(SIDE / 2 + x, SIDE / 2 + y) for x, y in ((-6, -5), (0, 3), (5, 4))]
        told: list[tuple[float, float]] = []
        view.pressed.connect(lambda x, y, *_rest: told.append((x, y)))
        QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, points[0])
        for point in points[1:]:
            QTest.mouseMove(view, point)
            QApplication.processEvents()
        QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, points[-1])
        self.settle()
        mask = self.document.mask.pixels
        x, y = (int(one) for one in told[-1])
        at = view.view
        assert at is not None
        device = view.to_device(QPointF(points[0]))
        result = {
            "painted": int((mask > 0).sum()),
            "under the cursor": int(mask[y, x]),
            "off the cursor": max(
                abs(one - other) for one, other in zip(at.to_view(*told[-1]), device, strict=True)
            ),
            "not as the job gets it": self._unlike_job(mask),
        }
        if zoom >= CRISP and rotation % 90 == 0:
            result["not as it is seen"] = self._unlike_seen(mask)
        return result

    def _unlike_job(self, mask: np.ndarray) -> int:
        files: list[Path] = []
        self.frame.exported.connect(lambda told: files.append(told.mask))
        self.frame.export()
        until(lambda: bool(files))
        self.frame.exported.disconnect()
        box = self.frame.box
        assert box is not None
        with Image.open(files[0]) as got:
            return int((np.asarray(got) != mask[box.top : box.bottom, box.left : box.right]).sum())

    def _unlike_seen(self, mask: np.ndarray) -> int:
        """Count pixels whose middle is tinted and that are black in the mask, or the other way."""
        view = self.view
        view.show_veil("#2F5BD8", on=True)
        view.show_waiting(False)
        view._layers.drawing = (
            True  # the edge, which lies over the veil, is left away while one draws
        )
        shot = view.grab().toImage()
        view._layers.drawing = False
        at = view.view
        assert at is not None
        unlike = 0
        for y in range(SIDE):
            for x in range(SIDE):
                across, down = (int(one) for one in at.to_view(x + 0.5, y + 0.5))
                if 0 <= across < shot.width() and 0 <= down < shot.height():
                    tinted = shot.pixelColor(across, down).red() < 250
                    unlike += tinted != bool(mask[y, x])
        return unlike


def until(done: Callable[[], bool]) -> None:
    """Let events be handled until something is so."""
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > PATIENCE_S:
            raise TimeoutError
        QApplication.processEvents()
        time.sleep(0.002)


def say(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    application = QApplication([])
    application.setStyle("Fusion")
    hand = Hand(Path(sys.argv[1]))
    hear_all_moves()
    if sys.argv[2:3] != ["--moves"]:
        told = {f"{at}": hand.paint(*at) for at in (*UPRIGHT, *TURNED)}
        say({"ratio": hand.view.devicePixelRatioF()} | told)
        hand.background.end()
        return
    wanted, moves = int(sys.argv[3]), 0

    def count(points: list[tuple[float, float, float]]) -> None:
        nonlocal moves
        moves += len(points)
        time.sleep(0.002)  # as if each took long to paint

    hand.view.moved.connect(count)
    window = hand.view.window().windowHandle()
    until(window.isExposed)  # before that, the server has no place for it
    time.sleep(0.5)
    corner = hand.view.mapToGlobal(QPoint(100, 150))
    say([corner.x(), corner.y()])
    released: list[int] = []
    hand.view.released.connect(lambda: released.append(wanted))
    until(lambda: bool(released))
    say(moves)
    hand.background.end()


if __name__ == "__main__":
    main()
