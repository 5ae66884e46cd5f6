"""Pictures whose pixels are whole: read, whatever else is broken or missing in their files."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image, ImageCms

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.store import picture_repair, pictures
from kandinsky_desktop.store.png_chunks import MAGIC, Chunk, chunks
from tests.fakes import record, request
from tests.store import odd

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TURNED = Image.Exif()
TURNED[odd.ORIENTATION] = 6


def encoded(kind: str, **how: Any) -> bytes:
    stream = BytesIO()
    NOISE.save(stream, kind, **how)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes, *, right: bool = True) -> bytes:
    whole = Chunk(kind, data, whole=True).encoded
    return whole if right else whole[:-4] + b"\0\0\0\0"


def png_with(*extra: bytes, behind: bool = False, **how: Any) -> bytes:
    data = encoded("PNG", **how)
    place = len(data) - 12 if behind else 33
    return data[:place] + b"".join(extra) + data[place:]


def segment(marker: int, data: bytes, length: int | None = None) -> bytes:
    size = len(data) + 2 if length is None else length
    return struct.pack(">BBH", 0xFF, marker, size) + data


def jpeg_with(*extra: bytes, **how: Any) -> bytes:
    data = encoded("JPEG", quality=95, **how)
    return data[:2] + b"".join(extra) + data[2:]


def webp_with(kind: bytes, content: bytes) -> bytes:
    data = encoded("WEBP", lossless=True, exif=TURNED.tobytes())
    body = data[8:] + struct.pack("<4sI", kind, len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_with_a_lost_text() -> bytes:
    data = bytearray(encoded("TIFF", description="a description of some length"))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    for place in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, place) == (270,):
            struct.pack_into("<I", data, place + 8, 2**31)
    return bytes(data)


def avif_with_broken_exif() -> bytes:
    exif = Image.Exif()
    exif[0x10E] = "a description"
    data = exif.tobytes()
    return encoded("AVIF", exif=data).replace(data.removeprefix(b"Exif\0\0")[:8], b"nonsense")


LONG = zlib.compress(b"x" * 1_500_000)
BROKEN_EXIF = b"\0\x08\0\2\1\x12\0\3"
HALF_AN_EXIF = struct.pack("<2sHIHHHIHHHHI", b"II", 42, 8, 9, 0x112, 3, 1, 1, 0, 0x9999, 77, 2**31)
# A picture's file, and the plain one that it is read as
WHOLE: dict[str, tuple[bytes, bytes]] = {
    name: (data, plain)
    for plain, several in (
        (
            encoded("PNG"),
            {
                "EXIF of nonsense": png_with(chunk(b"eXIf", BROKEN_EXIF)),
                "half an EXIF": png_with(chunk(b"eXIf", HALF_AN_EXIF)),
                "an empty EXIF": png_with(chunk(b"eXIf", b"")),
                "a text above a megabyte": png_with(chunk(b"zTXt", b"workflow\0\0" + LONG)),
                "an iTXt above a megabyte": png_with(
                    chunk(b"iTXt", b"workflow\0\1\0\0\0" + LONG), behind=True
                ),
                "a text that does not unpack": png_with(chunk(b"zTXt", b"a\0\0nonsense")),
                "a text's wrong checksum": png_with(chunk(b"tEXt", b"a\0b", right=False)),
                "a wrong checksum behind": png_with(
                    chunk(b"iTXt", b"a\0\0\0\0\0b", right=False), behind=True
                ),
                "a profile of nonsense": png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"no"))),
                "a profile that does not unpack": png_with(chunk(b"iCCP", b"a\0\0nonsense")),
                "a profile above a megabyte": png_with(chunk(b"iCCP", b"a\0\0" + LONG)),
                "a profile's wrong checksum": png_with(
                    chunk(b"iCCP", b"a\0\0" + LONG, right=False)
                ),
                "odd small chunks": png_with(
                    chunk(b"pHYs", b"?"), chunk(b"gAMA", b"?"), chunk(b"tIME", b"?", right=False)
                ),
                "an unknown chunk": png_with(chunk(b"prIv", b"?" * 99, right=False)),
                "no end chunk": encoded("PNG")[:-12],
                "no checksum of the pixels": encoded("PNG")[:-16],
                "half a checksum in the pixels": encoded("PNG")[:-18],
                "no checksum in the pixels": encoded("PNG")[:-20],
                "an end chunk of nonsense": encoded("PNG")[:-12] + b"nonsense",
            },
        ),
        (
            encoded("JPEG", quality=95),
            {
                "no end marker": encoded("JPEG", quality=95)[:-2],
                "half an end marker": encoded("JPEG", quality=95)[:-1],
                "EXIF of nonsense in a JPEG": jpeg_with(segment(0xE1, b"Exif\0\0" + BROKEN_EXIF)),
                "half an EXIF in a JPEG": jpeg_with(segment(0xE1, b"Exif\0\0" + HALF_AN_EXIF)),
                "an EXIF of no bytes": jpeg_with(segment(0xE1, b"Exif\0\0")),
                "a short profile segment": jpeg_with(segment(0xE2, b"ICC_PROFILE\0")),
                "half a profile": jpeg_with(segment(0xE2, b"ICC_PROFILE\0\1\2" + PROFILE[:300])),
                "a broken segment of Photoshop's": jpeg_with(
                    segment(0xED, b"Photoshop 3.0\0" + b"8BIM" * 3)
                ),
                "broken MPF": jpeg_with(segment(0xE2, b"MPF\0II*\0nonsense")),
                "a broken segment and no end": jpeg_with(
                    segment(0xE2, b"ICC_PROFILE\0"), segment(0xFE, b"hello")
                )[:-2],
            },
        ),
        (
            encoded("JPEG", quality=95, progressive=True),
            {"no end of a progressive one": encoded("JPEG", quality=95, progressive=True)[:-2]},
        ),
        (
            encoded("JPEG", quality=95, restart_marker_blocks=2),
            {"no end, with restarts": encoded("JPEG", quality=95, restart_marker_blocks=2)[:-2]},
        ),
        (encoded("TIFF"), {"a TIFF's text that leads nowhere": tiff_with_a_lost_text()}),
        (encoded("AVIF"), {"an AVIF's EXIF of nonsense": avif_with_broken_exif()}),
    )
    for name, data in several.items()
}


def pixels(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_broken_besides_the_pixels_is_left_out(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data, plain = WHOLE[name]
    path = tmp_path / "a picture"
    path.write_bytes(data)
    assert pictures.open_rgb(path).tobytes() == pixels(plain)
    assert pictures.open_rgb(path, own_colours=True).tobytes() == pixels(plain)
    assert pictures.size_of(path).width == 60
    assert pictures.open_to_show(path).size == (60, 40)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "data",
    [
        png_with(chunk(b"zTXt", b"a\0\0" + LONG), exif=TURNED),
        png_with(chunk(b"iTXt", b"a\0\1\0\0\0" + LONG), exif=TURNED, behind=True),
        jpeg_with(segment(0xE2, b"ICC_PROFILE\0"), exif=TURNED),
        jpeg_with(exif=TURNED)[:-2],
        webp_with(b"XMP ", b"x" * 9)[:-5],
        png_with(
            chunk(
                b"eXIf", struct.pack("<2sHIHHHIHHHHI", b"II", 42, 8, 9, 0x112, 3, 1, 6, 0, 0, 0, 0)
            )
        ),
    ],
    ids=["PNG", "PNG, behind", "JPEG", "JPEG's end", "WebP's end", "half an EXIF"],
)
def test_a_broken_picture_is_turned_all_the_same(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "turned"
    path.write_bytes(data)
    assert pictures.open_rgb(path).size == (40, 60)
    assert pictures.size_of(path).width == 40


def test_a_profile_is_used_though_a_text_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_with(chunk(b"tEXt", b"a\0b", right=False), icc_profile=PROFILE))
    kept = pictures.open_rgb(path, own_colours=True)
    assert kept.info["icc_profile"] == PROFILE


MISSING: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: encoded("PNG")[:-24],
    "interlaced": lambda: encoded("PNG")[:200],
    "JPEG": lambda: encoded("JPEG", quality=95)[:-4],
    "JPEG, half": lambda: encoded("JPEG", quality=95)[:2500],
    "JPEG, header": lambda: encoded("JPEG", quality=95)[:200],
    "JPEG with restarts": lambda: encoded("JPEG", quality=95, restart_marker_blocks=2)[:2500],
    "progressive": lambda: encoded("JPEG", quality=95, progressive=True)[:-4],
    "progressive, a scan less": lambda: _without_last_scan(),
    "WebP": lambda: encoded("WEBP", lossless=True)[:-3],
    "GIF": lambda: encoded("GIF")[:-9],
}


def _without_last_scan() -> bytes:
    data = encoded("JPEG", quality=95, progressive=True)
    return data[: data.rindex(b"\xff\xda")]


@pytest.mark.parametrize("name", MISSING)
def test_where_pixels_are_missing_the_picture_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a picture"
    path.write_bytes(MISSING[name]())
    with pytest.raises(Unreadable, match="cannot be read as a picture"):
        pictures.open_rgb(path)


def test_a_scan_that_says_too_many_components_is_refused(tmp_path: Path) -> None:
    data = bytearray(encoded("JPEG"))
    scan = data.index(b"\xff\xda")
    data[scan + 4] = 200
    del data[scan + 100 :]
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(Unreadable):
        pictures.open_rgb(tmp_path / "a.jpg")


def test_changed_pixels_are_not_called_whole(tmp_path: Path) -> None:
    data = bytearray(encoded("PNG")[:-12])
    data[500] ^= 255
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(Unreadable):
        pictures.open_rgb(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "progressive", "WEBP"])
def test_a_cut_file_is_read_to_the_bit_or_refused(kind: str, tmp_path: Path) -> None:
    how: dict[str, Any] = {"progressive": {"progressive": True}, "WEBP": {"lossless": True}}
    plain = encoded("JPEG" if kind == "progressive" else kind, **how.get(kind, {}))
    path = tmp_path / "cut"

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(some.integers(1, 60) | some.integers(1, len(plain) - 1))
    def try_it(cut: int) -> None:
        path.write_bytes(plain[:-cut])
        try:
            read = pictures.open_rgb(path)
        except Unreadable:
            return
        assert read.tobytes() == pixels(plain)

    try_it()


def test_any_interlaced_png_is_known_to_be_whole() -> None:
    @settings(max_examples=40)
    @given(some.integers(1, 20), some.integers(1, 20), some.sampled_from([(8, 2, 3), (1, 0, 0)]))
    def try_it(width: int, height: int, kind: tuple[int, int, int]) -> None:
        depth, colour, channels = kind
        header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 1)
        passes = [
            (len(range(left, width, across)), len(range(top, height, down)))
            for left, top, across, down in picture_repair.ADAM7
        ]
        rows = sum(
            high * (1 + (wide * channels or -(-wide // 8)))
            for wide, high in passes
            if wide and high
        )
        for lacking in (0, 1):
            packed = zlib.compress(bytes(rows - lacking))
            data = MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", packed)
            whole = picture_repair.repaired(data)
            assert (whole is None) == bool(lacking)
            if whole is not None:
                with Image.open(BytesIO(whole)) as image:
                    assert not any(image.convert("RGB").tobytes())

    try_it()


def test_a_bomb_of_text_takes_no_memory(tmp_path: Path) -> None:
    resource: Any = pytest.importorskip("resource")
    data = png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(90_000_000), 1)))
    (tmp_path / "bomb.png").write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert pictures.open_rgb(tmp_path / "bomb.png").size == (60, 40)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_nothing_raw_is_said_in_a_thread_or_a_plain_program(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(WHOLE["half an EXIF in a JPEG"][0])
    (tmp_path / "b.png").write_bytes(WHOLE["EXIF of nonsense"][0])
    program = (
        "import sys; from pathlib import Path; from kandinsky_desktop.store import pictures\n"
        "for path in sys.argv[1:]: pictures.open_rgb(Path(path)); pictures.size_of(Path(path))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program, *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_a_record_is_read_beside_texts_that_are_broken(tmp_path: Path) -> None:
    made = record(request("кот"))
    data = pictures.finish(NOISE, made).data
    for extra in (chunk(b"zTXt", b"workflow\0\0" + LONG), chunk(b"tEXt", b"a\0b", right=False)):
        (tmp_path / "a.png").write_bytes(data[:33] + extra + data[33:])
        assert pictures.read_record(tmp_path / "a.png") == made
    (tmp_path / "a.png").write_bytes(data[:-12])
    assert pictures.read_record(tmp_path / "a.png") == made
    assert [one.kind for one in chunks(BytesIO(data))][-2:] == [b"IDAT", b"IEND"]
