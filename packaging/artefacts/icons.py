"""The program's icon in every size and format that a system asks for, from one SVG."""

import io
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from artefacts import facts

SOURCE = facts.ROOT / "resources" / "app-icon.svg"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
WINDOWS = (16, 20, 24, 32, 40, 48, 64, 128, 256)
MACS = (16, 32, 64, 128, 256, 512, 1024)


def rendered(side: int) -> bytes:
    """Return the icon as a PNG of so many pixels."""
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def write_theme(icons: Path) -> None:
    """Write all sizes below `icons/hicolor`, as desktops look for them."""
    for side in SIZES:
        folder = icons / "hicolor" / f"{side}x{side}" / "apps"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{facts.NAME}.png").write_bytes(rendered(side))
    folder = icons / "hicolor" / "scalable" / "apps"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{facts.NAME}.svg").write_bytes(SOURCE.read_bytes())


def write_ico(path: Path) -> None:
    """Write what Windows wants."""
    images = [_opened(side) for side in WINDOWS]
    images[-1].save(
        path, format="ICO", sizes=[(side, side) for side in WINDOWS], append_images=images[:-1]
    )


def write_icns(path: Path) -> None:
    """Write what macOS wants."""
    images = [_opened(side) for side in MACS]
    images[-1].save(path, format="ICNS", append_images=images[:-1])


def _opened(side: int) -> Image.Image:
    return Image.open(io.BytesIO(rendered(side)))
