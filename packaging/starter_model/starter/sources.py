"""The pictures and names the model learns from: fetched by package name, put into one bank."""

import json
import subprocess
import tarfile
from functools import cache
from io import BytesIO
from math import cos, pi, sin
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from starter import morphs
from starter.course import Budget
from starter.journal import cache_folder, log
from starter.recolouring import all_colours
from starter.world import COLOURS, SHAPES, Thing, things

PACKAGES = {
    "@lobehub/fluent-emoji-3d": "1.1.0",
    "@iconify-json/fluent-emoji-flat": "1.2.6",
    "cldr-annotations-full": "48.2.0",
}
SIDE = 128
MARGIN = 3


def fetch() -> None:
    """Get the packages through npm and unpack them; nothing is fetched twice."""
    for name, version in PACKAGES.items():
        folder = _folder(name)
        if folder.exists():
            continue
        raw = cache_folder() / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
        told = subprocess.run(command, cwd=raw, check=True, capture_output=True, text=True)
        with tarfile.open(raw / told.stdout.split()[-1]) as package:
            package.extractall(folder, filter="data")
        log.info("data: fetched %s %s", name, version)


def _folder(package: str) -> Path:
    return cache_folder() / "packages" / package.replace("/", "+")


def _codes(emoji: str) -> list[str]:
    """The ways a package may spell an emoji's code points."""
    full = "-".join(f"{ord(char):04x}" for char in emoji)
    return [full, full.replace("-fe0f", ""), f"{full}-fe0f"]


def _solid_picture(thing: Thing) -> Image.Image:
    assets = _folder("@lobehub/fluent-emoji-3d") / "package" / "assets"
    for code in _codes(thing.emoji):
        if (assets / f"{code}.webp").exists():
            return Image.open(assets / f"{code}.webp").convert("RGBA")
    message = f"no solid drawing of {thing.name}"
    raise LookupError(message)


@cache
def _flat_package() -> tuple[dict[str, str], dict[str, str]]:
    folder = _folder("@iconify-json/fluent-emoji-flat") / "package"
    names = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
    icons = json.loads((folder / "icons.json").read_text(encoding="utf-8"))["icons"]
    return names, {name: icon["body"] for name, icon in icons.items()}


def _flat_picture(thing: Thing) -> Image.Image:
    names, bodies = _flat_package()
    name = next((names[code] for code in _codes(thing.emoji) if code in names), None)
    if name is None:
        message = f"no flat drawing of {thing.name}"
        raise LookupError(message)
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{bodies[name]}</svg>'
    canvas = QImage(256, 256, QImage.Format.Format_RGBA8888)
    canvas.fill(0)
    painter = QPainter(canvas)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, 256, 256))
    painter.end()
    return Image.frombytes("RGBA", (256, 256), bytes(canvas.constBits()))


def _shape_picture(shape: str) -> Image.Image:
    """A white shape, drawn four times too large and made smaller."""
    side = 1024
    picture = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    white, edge = (255, 255, 255, 255), 40
    far, mid = side - edge, side / 2
    match shape:
        case "circle":
            draw.ellipse((edge, edge, far, far), fill=white)
        case "square":
            draw.rectangle((edge * 2, edge * 2, far - edge, far - edge), fill=white)
        case "triangle":
            draw.polygon([(mid, edge), (far, far - edge), (edge, far - edge)], fill=white)
        case "diamond":
            draw.polygon([(mid, edge), (far, mid), (mid, far), (edge, mid)], fill=white)
        case "star shape":
            rays = [(k * pi / 5 - pi / 2, 1 if k % 2 == 0 else 0.42) for k in range(10)]
            reach = mid - edge
            draw.polygon(
                [(mid + reach * r * cos(a), mid + reach * r * sin(a)) for a, r in rays], fill=white
            )
        case _:
            turns = [k * pi / 90 for k in range(180)]
            across = [16 * sin(a) ** 3 for a in turns]
            down = [-(13 * cos(a) - 5 * cos(2 * a) - 2 * cos(3 * a) - cos(4 * a)) for a in turns]
            scale = (side - 2 * edge) / 34
            points = zip(across, down, strict=True)
            draw.polygon(
                [(mid + x * scale, mid + (y - 2.5) * scale) for x, y in points], fill=white
            )
    return picture


def _fitted(picture: Image.Image) -> Image.Image:
    """Cut away what is empty and centre the rest on the bank's square."""
    box = picture.getchannel("A").point(lambda value: 255 if value > 8 else 0).getbbox()
    cut = picture.crop(box).convert("RGBa")
    scale = (SIDE - 2 * MARGIN) / max(cut.size)
    cut = cut.resize(
        (max(1, round(cut.width * scale)), max(1, round(cut.height * scale))),
        Image.Resampling.LANCZOS,
    )
    square = Image.new("RGBa", (SIDE, SIDE))
    square.paste(cut, ((SIDE - cut.width) // 2, (SIDE - cut.height) // 2))
    return square.convert("RGBA")


def tinted_path(bank: Path) -> Path:
    """Where a bank's drawings lie in every colour: uint8 of (drawings, colours, side, side, 3)."""
    return bank.with_name(f"{bank.stem}-tinted.npy")


def outlines_path(bank: Path) -> Path:
    """Where a bank's `morphs.Outlines` lie."""
    return bank.with_name(f"{bank.stem}-outlines.npz")


def write_bank(bank: Path, pictures: NDArray[np.uint8]) -> None:
    """Write drawings with alpha, (n, side, side, 4), and all that is made of each of them once."""
    tinted = np.lib.format.open_memmap(
        tinted_path(bank), "w+", np.uint8, (len(pictures), len(COLOURS), *pictures.shape[1:3], 3)
    )
    with Pool() as pool:
        for number, coloured in enumerate(pool.imap(all_colours, pictures)):
            tinted[number] = coloured
    tinted.flush()
    measured = morphs.measure(pictures)
    np.savez(
        outlines_path(bank),
        distance=measured.distance.half().numpy(),
        colours=measured.colours.numpy(),
        centre=measured.centre.numpy(),
        radius=measured.radius.numpy(),
    )
    buffer = BytesIO()
    np.savez_compressed(buffer, pictures=pictures)
    bank.write_bytes(buffer.getvalue())


def build_bank() -> Path:
    """Write the bank: every thing solid and flat, then the shapes, 128 x 128 with alpha."""
    bank = cache_folder() / "drawings.npz"
    if bank.exists():
        if not outlines_path(bank).exists():  # of a bank that was brought here alone
            with np.load(bank) as held:
                write_bank(bank, held["pictures"])
        return bank
    fetch()
    drawings = [make(thing) for thing in things() for make in (_solid_picture, _flat_picture)]
    drawings += [_shape_picture(shape) for shape in SHAPES]
    write_bank(bank, np.stack([np.asarray(_fitted(drawing)) for drawing in drawings]))
    log.info("data: %d drawings of %d things", len(drawings), len(things()))
    return bank


def cldr_names(language: str) -> dict[str, str]:
    """Each emoji's name in the Unicode CLDR, where it has one."""
    path = (
        _folder("cldr-annotations-full") / "package" / "annotations" / language / "annotations.json"
    )
    held = json.loads(path.read_text(encoding="utf-8"))["annotations"]["annotations"]
    return {emoji: entry["tts"][0].lower() for emoji, entry in held.items() if "tts" in entry}


def prepare(_budget: Budget | None = None) -> None:
    """Fetch the packages and build the bank; once."""
    build_bank()
