"""Kinds of files are told by their contents, whatever they are called."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from kandinsky_desktop.domain.picture_kinds import (
    DECODERS,
    HEAD,
    KINDS,
    PICTURE_ENDINGS,
    SAVED_MEANING,
    kind_of,
)


def head(decoder: str, mode: str = "RGB") -> bytes:
    stream = BytesIO()
    Image.new(mode, (16, 16)).save(stream, decoder)
    return stream.getvalue()[:HEAD]


@pytest.mark.parametrize("decoder", [one for one in DECODERS if one != "PSD"])
def test_what_pillow_writes_is_known_by_its_content(decoder: str) -> None:
    kind = kind_of(head(decoder))
    assert kind is not None
    assert decoder in kind.decoders
    assert kind.is_picture


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"8BPS\0\1" + bytes(20), "Photoshop"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\xff\x0a\xfa\x7f", "JPEG XL"),
        (b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="">', "SVG"),
        (b"<svg>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        ((99).to_bytes(8, "little") + b'{"embedding":', SAVED_MEANING.name),
    ],
)
def test_other_kinds_are_known_too(start: bytes, name: str) -> None:
    kind = kind_of(start)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"hello",
        b"BMW is a make of cars, and more words",
        b"P7\n",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x18ftypisom\0\0\0\0mp42",
        b"<?xml version='1.0'?><html>",
        b'12345678{"a": 1}',
        "мама мыла раму".encode(),
    ],
)
def test_what_is_no_picture_is_of_no_kind(start: bytes) -> None:
    assert kind_of(start) is None


@given(some.binary(max_size=64))
def test_any_bytes_have_a_kind_or_none(start: bytes) -> None:
    assert kind_of(start) in (None, SAVED_MEANING, *KINDS)


def test_no_ending_is_of_two_kinds() -> None:
    every = [ending for kind in (*KINDS, SAVED_MEANING) for ending in kind.endings]
    assert len(set(every)) == len(every)
    assert {".jfif", ".avif", ".tiff"} < set(PICTURE_ENDINGS)
