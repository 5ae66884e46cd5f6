"""Files that a library folder may hold and that nothing may fall over, each with its reason."""

import json
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from kandinsky_desktop.domain.library import (
    CUT_OFF,
    DAMAGED,
    EMPTY,
    NO_PICTURE,
    NOT_READ,
    TOO_LARGE,
)
from tests.library import chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")


def ihdr(width: int, height: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def itxt(text: bytes, key: bytes = b"kandinsky", *, packed: bool = False) -> bytes:
    body = zlib.compress(text) if packed else text
    return chunk(b"iTXt", key + b"\0" + bytes([packed]) + b"\0\0\0" + body)


def encoded(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    stream = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(stream, kind)
    return stream.getvalue()


PIXELS = chunk(b"IDAT", zlib.compress(bytes(64 * 193)))
GOOD = SIGNATURE + ihdr(64, 64) + PIXELS + END


def with_text(*texts: bytes) -> bytes:
    return SIGNATURE + ihdr(64, 64) + b"".join(texts) + PIXELS + END


def record(**changes: object) -> bytes:
    plain = {
        "format": 1, "type": "Record", "index": 0, "model": "m", "conditions": {}, "sources": [],
        "request": {
            "type": "Paint",
            "conditioning": {"type": "Prompt", "text": "a cat", "negative": ""},
            "task": {"type": "TextToImage"},
            "sampling": {"scheduler": "s", "steps": 1, "prior_seed": 0, "seed": 0},
        },
    }  # fmt: skip
    return json.dumps(plain | changes).encode()


def broken() -> Iterator[tuple[str, bytes, str]]:
    """Yield names, contents, and why each cannot be shown, as a look at its head finds."""
    jpeg, webp, gif = map(encoded, ("JPEG", "WEBP", "GIF"))
    yield "empty.png", b"", EMPTY
    yield "empty.jpg", b"", EMPTY
    yield "one byte.png", b"\x89", NO_PICTURE
    yield "signature.png", SIGNATURE, CUT_OFF
    yield "half a head.png", SIGNATURE + ihdr(64, 64)[:10], CUT_OFF
    yield "head alone.png", SIGNATURE + ihdr(64, 64), CUT_OFF
    yield "half.png", GOOD[: len(GOOD) // 2], CUT_OFF
    yield "no end.png", GOOD[:-12], CUT_OFF
    yield "html.png", b"<html><script>alert(1)</script></html>", NO_PICTURE
    yield "svg.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", NOT_READ
    yield "pdf.png", b"%PDF-1.7\n" + bytes(99), NOT_READ
    yield "zip.png", b"PK\x03\x04" + bytes(300), NO_PICTURE
    yield "zeroes.png", bytes(5000), NO_PICTURE
    yield "text.jpg", "слова".encode(), NO_PICTURE
    yield "heic.jpg", b"\0\0\0\x18ftypheic" + bytes(300), NOT_READ
    yield "jxl.png", b"\xff\x0a" + bytes(300), NOT_READ
    yield "half a jpeg.jpg", jpeg[:20], DAMAGED
    yield "no jpeg.jpg", b"\xff\xd8\xff\xe0" + bytes(200), DAMAGED
    yield "half a webp.webp", webp[:18], DAMAGED
    yield "half a gif.gif", gif[:8], DAMAGED
    yield "no tiff.tif", b"II\x2a\0\xff\xff\xff\x7f", DAMAGED
    yield "round tiff.tif", b"II\x2a\0\x08\0\0\0" + b"\0\0\x08\0\0\0" * 50, DAMAGED
    yield "no avif.avif", b"\0\0\0\x18ftypavif" + bytes(300), DAMAGED
    yield "bomb.png", SIGNATURE + ihdr(60_000, 60_000) + PIXELS + END, TOO_LARGE
    yield "huge.png", SIGNATURE + ihdr(2**31 - 1, 2**31 - 1) + PIXELS + END, TOO_LARGE
    yield (
        "bomb.bmp",
        b"BM"
        + struct.pack(
            "<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 50_000, 50_000, 1, 24, 0, 0, 0, 0, 0, 0
        ),
        TOO_LARGE,
    )
    yield "bomb.ppm", b"P6 60000 60000 255\n" + bytes(100), TOO_LARGE
    yield "no width.png", SIGNATURE + ihdr(0, 64) + END, DAMAGED
    yield "endless.png", SIGNATURE + ihdr(64, 64) + struct.pack(">I", 2**31 + 5) + b"IDATx", CUT_OFF
    yield "long text.png", SIGNATURE + ihdr(64, 64) + struct.pack(">I", 2**30) + b"iTXtk\0", CUT_OFF
    yield "no pixels.png", SIGNATURE + ihdr(64, 64) + END, DAMAGED
    yield (
        "odd chunk.png",
        SIGNATURE + ihdr(64, 64) + chunk(b"\0\1\2\3", b"x") + PIXELS + END,
        DAMAGED,
    )
    yield "wrong sum.png", SIGNATURE + ihdr(64, 64)[:-1] + b"!" + PIXELS + END, DAMAGED
    yield "chunks.png", with_text(*[chunk(b"gAMA", bytes(4))] * 20_000), DAMAGED
    yield "texts.png", with_text(*[itxt(b"x", b"k%d" % n) for n in range(20_000)]), DAMAGED


def odd() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of pictures that can be shown, whatever they say of themselves."""
    deep = b"[" * 200_000
    yield "bomb in a text.png", with_text(itxt(b" " * 50_000_000, packed=True))
    yield "packed brackets.png", with_text(itxt(b"[" * 20_000_000, packed=True))
    yield "zTXt.png", with_text(chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"[" * 10**7)))
    yield "not packed.png", with_text(chunk(b"zTXt", b"parameters\0\0" + b"no zlib"))
    yield "long.png", with_text(itxt(b"a" * 30_000_000))
    yield "deep.png", with_text(itxt(deep))
    yield "deep parameters.png", with_text(itxt(deep, b"parameters"))
    yield "brace.png", with_text(itxt(b"{"))
    yield "no utf-8.png", with_text(itxt(b"\xff\xfe\xff"))
    yield "null.png", with_text(itxt(b"null"))
    yield "list.png", with_text(itxt(b"[1]"))
    yield "no record.png", with_text(itxt(b'{"type":"Record"}'))
    yield "long number.png", with_text(itxt(b'{"index":' + b"9" * 100_000 + b"}"))
    yield "odd index.png", with_text(itxt(record(index=10**30)))
    yield "odd request.png", with_text(itxt(record(request=[])))
    yield "odd sources.png", with_text(itxt(record(sources=["../../etc", "zz" * 12, 5, None])))
    yield "odd model.png", with_text(itxt(record(model={"a": 1})))
    yield "nan.png", with_text(itxt(record(index=float("nan"))))
    yield (
        "html in words.png",
        with_text(itxt(b"<img src=file:///etc/passwd><b>x</b>\nSteps: 1, Seed: 1", b"parameters")),
    )
    yield "path tricks.png", with_text(itxt(b"../../../etc/passwd\0\x1b[31m", b"prompt"))
    yield "two records.png", with_text(itxt(record()), itxt(b"null"))
    yield "wrong text sum.png", with_text(itxt(record())[:-1] + b"!")
    yield "jpeg.png", encoded("JPEG")
    yield "png.jpg", GOOD
    yield "more behind.png", GOOD + b"and more " * 100
    yield "<b>bold&amp;.png", GOOD
    yield "new\nline.png", GOOD
    yield "xmp.png", with_text(itxt(b"<xmp:Rating>" * 50_000, b"XML:com.adobe.xmp"))
