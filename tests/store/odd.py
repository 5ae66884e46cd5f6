"""Pictures of every odd kind, as they come from cameras, scanners and people who mean harm."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

SIZE = (48, 32)
ORIENTATION = 0x0112


def colours() -> Image.Image:
    """Return a picture whose left half is red, its top right blue and its bottom right green."""
    image = Image.new("RGB", SIZE, (255, 0, 0))
    image.paste((0, 0, 255), (24, 0, 48, 16))
    image.paste((0, 255, 0), (24, 16, 48, 32))
    return image


def _saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def _sixteen_bit() -> bytes:
    ramp = np.linspace(0, 65535, SIZE[0]).astype(np.uint16)
    return _saved(Image.fromarray(np.tile(ramp, (SIZE[1], 1))), "PNG")


def _turned() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned by a quarter clockwise
    return _saved(colours().transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


def _animated(kind: str, **how: Any) -> bytes:
    others = [Image.new("RGB", SIZE, "black"), Image.new("RGB", SIZE, "white")]
    return _saved(colours(), kind, save_all=True, append_images=others, **how)


def _glass() -> bytes:
    image = colours().convert("RGBA")
    image.paste((9, 9, 9, 0), (0, 0, 24, 32))
    return _saved(image, "PNG")


def _floating() -> bytes:
    ramp = np.tile(np.linspace(-1, 3, SIZE[0]).astype(np.float32), (SIZE[1], 1))
    return _saved(Image.fromarray(ramp), "TIFF")


def _with_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return _saved(colours(), "PNG", icc_profile=profile)


ODD: dict[str, tuple[str, bytes]] = {
    "animated GIF": (".gif", _animated("GIF")),
    "animated PNG": (".png", _animated("PNG")),
    "animated WebP": (".webp", _animated("WEBP", lossless=True)),
    "CMYK": (".jpg", _saved(colours().convert("CMYK"), "JPEG", quality=95)),
    "16-bit": (".png", _sixteen_bit()),
    "EXIF-rotated": (".png", _turned()),
    "transparent": (".png", _glass()),
    "palette": (".png", _saved(colours().quantize(8), "PNG")),
    "one bit": (".png", _saved(colours().convert("1"), "PNG")),
    "grey with alpha": (".png", _saved(colours().convert("LA"), "PNG")),
    "floating": (".tif", _floating()),
    "with a profile": (".png", _with_profile()),
    "with a broken profile": (".png", _saved(colours(), "PNG", icc_profile=b"no profile" * 20)),
    "under another name": (".jpg", _saved(colours(), "PNG")),
}


def png(width: int, height: int, *, whole: bool = True) -> bytes:
    """Return a black PNG of one bit a pixel, which compresses to nearly nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    squeezed = zlib.compressobj(1)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(squeezed.compress(row) for _row in range(height if whole else 1))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data + squeezed.flush()) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _broken_deflate() -> bytes:
    data = bytearray(_saved(Image.effect_noise((64, 64), 90), "PNG"))
    data[200:230] = b"\xff" * 30
    return bytes(data)


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": (".png", b"", "cannot be read as a picture"),
    "truncated PNG": (".png", _saved(colours(), "PNG")[:-40], "cannot be read as a picture"),
    "truncated JPEG": (
        ".jpg",
        _saved(Image.effect_noise((64, 64), 90), "JPEG")[:-900],
        "cannot be read as a picture",
    ),
    "broken PNG": (".png", _broken_deflate(), "cannot be read as a picture"),
    "PNG bomb": (".png", png(60_000, 60_000, whole=False), "60000 × 60000 pixels; at most 100"),
    "20,000 × 20,000": (".png", png(20_000, 20_000), "20000 × 20000 pixels; at most 100"),
    "words": (".png", "мама мыла раму".encode(), "cannot be read as a picture"),
}


def write(folder: Path, name: str) -> Path:
    """Write one of the odd or bad pictures into a folder."""
    ending, data = (ODD.get(name) or BAD[name])[:2]
    path = folder / f"{name.replace(' ', '-').replace(',', '')}{ending}"
    path.write_bytes(data)
    return path
