"""The kinds of files that pictures and meanings come in, told by how their contents begin.

The only list of kinds: what is read, dropped, chosen in a dialog or typed in a terminal follows it.
A name's ending counts only where there is no file yet, or none that can be recognised.
"""

import re
from dataclasses import dataclass

from kandinsky_desktop.domain.i18n import N_

HEAD = 512  # bytes that a kind is told by
LARGEST_TABLE = 10_000_000  # bytes of the table in front of a saved meaning


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file, and what Pillow calls it; what has no such name cannot be read."""

    name: str
    endings: tuple[str, ...]
    begins: re.Pattern[bytes]
    decoders: tuple[str, ...] = ()

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture that can be read."""
        return bool(self.decoders)


def _begins(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


KINDS = (
    Kind("PNG", (".png", ".apng"), _begins(rb"\x89PNG\r\n\x1a\n"), ("PNG",)),
    Kind(
        "JPEG",
        (".jpg", ".jpeg", ".jfif", ".jpe", ".jif", ".mpo"),
        _begins(rb"\xff\xd8\xff"),
        ("JPEG",),
    ),
    Kind("WebP", (".webp",), _begins(rb"RIFF....WEBP"), ("WEBP",)),
    Kind("GIF", (".gif",), _begins(rb"GIF8[79]a"), ("GIF",)),
    Kind("BMP", (".bmp", ".dib"), _begins(rb"BM.{12}[\x0c-\x7c]\0\0\0"), ("BMP",)),
    Kind(
        "TIFF",
        (".tif", ".tiff"),
        _begins(rb"II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b"),
        ("TIFF",),
    ),
    Kind("AVIF", (".avif", ".avifs"), _begins(rb"....ftyp(?:....){0,30}?avi[fs]"), ("AVIF",)),
    Kind(
        "JPEG 2000",
        (".jp2", ".j2k", ".jpf", ".jpx"),
        _begins(rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
        ("JPEG2000",),
    ),
    Kind("Netpbm", (".ppm", ".pgm", ".pbm", ".pnm"), _begins(rb"P[1-6][\s#]"), ("PPM",)),
    Kind("ICO", (".ico",), _begins(rb"\0\0\x01\0[^\0]\0"), ("ICO",)),
    Kind("Photoshop", (".psd",), _begins(rb"8BPS\0\x01"), ("PSD",)),
    Kind("QOI", (".qoi",), _begins(rb"qoif"), ("QOI",)),
    # Pictures that are not read: so that what is said names them
    Kind("HEIC", (".heic", ".heif"), _begins(rb"....ftyp(?:hei|hev|mif1|msf1)")),
    Kind("JPEG XL", (".jxl",), _begins(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n")),
    Kind("SVG", (".svg",), _begins(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?)?(?:<!--.*?-->\s*)*<svg\b")),
    Kind("PDF", (".pdf",), _begins(rb"%PDF-")),
)
SAVED_MEANING = Kind(N_("saved meaning"), (".safetensors",), _begins(rb".{8}\{"))
PICTURE_ENDINGS = tuple(ending for kind in KINDS if kind.is_picture for ending in kind.endings)
DECODERS = tuple(decoder for kind in KINDS for decoder in kind.decoders)


def kind_of(head: bytes) -> Kind | None:
    """Return the kind of a file by its first HEAD bytes; None if it is none of ours."""
    found = next((kind for kind in KINDS if kind.begins.match(head)), None)
    if found is None and SAVED_MEANING.begins.match(head):
        table = int.from_bytes(head[:8], "little")
        found = SAVED_MEANING if 2 <= table <= LARGEST_TABLE else None
    return found
