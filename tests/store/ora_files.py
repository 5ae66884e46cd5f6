"""OpenRaster files as others write them: any entries, any layers."""

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from kandinsky_desktop.store import openraster

SIZE = (37, 23)
LAYER = '<layer name="{name}" src="{src}" {more}/>'


def noise(mode: str, size: tuple[int, int] = SIZE, seed: int = 0) -> Image.Image:
    depth = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], *depth), np.uint8)
    return Image.fromarray(pixels)


def png(image: Image.Image, **more: object) -> bytes:
    stream = BytesIO()
    image.save(stream, "PNG", **more)
    return stream.getvalue()


def made(path: Path, entries: dict[str, bytes], layers: str = "", size: object = SIZE) -> Path:
    """Write a file as others would: any entries and any layers."""
    wide, high = size if isinstance(size, tuple) else (size, size)
    stack = f"<image w='{wide}' h='{high}'><stack>{layers}</stack></image>"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", openraster.MIMETYPE)
        for name, data in ({"stack.xml": stack.encode()} | entries).items():
            file.writestr(name, data)
    return path


def layer(src: str, more: str = "", name: str = "Paint") -> str:
    return LAYER.format(name=name, src=src, more=more)
