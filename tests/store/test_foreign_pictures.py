"""Pictures from anywhere: read upright, in sRGB and eight bits, or refused with a sentence."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.store import masks, own_files, pictures
from kandinsky_desktop.store.png_chunks import MAGIC, Chunk
from tests.store import odd

NOBODY = 65534
COLOURED = set(odd.ODD) - {"16-bit", "one bit", "grey with alpha", "floating"}


@pytest.mark.parametrize("name", odd.ODD)
def test_any_picture_is_eight_bits_of_red_green_and_blue_and_upright(
    tmp_path: Path, name: str
) -> None:
    path = odd.write(tmp_path, name)
    image = pictures.open_rgb(path)
    assert (image.mode, image.size) == ("RGB", odd.SIZE)
    assert pictures.size_of(path) == Size(*odd.SIZE)
    assert not image.info
    grey = pictures.open_grey(path)
    assert (grey.mode, grey.size, grey.info) == ("L", odd.SIZE, {})
    if name in COLOURED:
        left = (255, 255, 255) if name == "transparent" else (255, 0, 0)
        for place, colour in (((8, 16), left), ((36, 8), (0, 0, 255)), ((36, 24), (0, 255, 0))):
            found = np.array(image.getpixel(place), int)
            assert np.abs(found - colour).max() <= 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".tif", ".avif"])
def test_a_turned_picture_is_as_large_as_it_is_said_to_be(
    tmp_path: Path, ending: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[odd.ORIENTATION] = orientation
    path = tmp_path / f"turned{ending}"
    odd.colours().save(path, exif=exif)
    upright = pictures.open_rgb(path).size
    assert (upright == odd.SIZE) == (orientation < 5)
    assert pictures.size_of(path) == Size(*upright)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    for name in ("16-bit", "floating"):
        row = np.asarray(pictures.open_grey(odd.write(tmp_path, name)))[0]
        assert (row[0], row[-1]) == (0, 255)
        assert np.abs(np.diff(row.astype(int)) - 255 / 47).max() < 1.1


def test_what_is_transparent_is_white_in_a_picture_and_black_in_a_mask(tmp_path: Path) -> None:
    path = odd.write(tmp_path, "transparent")
    assert pictures.open_rgb(path).getpixel((2, 2)) == (255, 255, 255)
    assert pictures.open_grey(path).getpixel((2, 2)) == 0


def test_a_picture_keeps_its_own_colours_where_that_is_wanted(tmp_path: Path) -> None:
    path = odd.write(tmp_path, "with a profile")
    kept = pictures.open_rgb(path, own_colours=True)
    assert kept.info["icc_profile"]
    with Image.open(path) as opened:
        assert kept.tobytes() == opened.convert("RGB").tobytes()


@pytest.mark.parametrize("name", odd.BAD)
def test_a_bad_picture_is_one_sentence_and_takes_no_memory(tmp_path: Path, name: str) -> None:
    resource: Any = pytest.importorskip("resource")
    path = odd.write(tmp_path, name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for read in (pictures.open_rgb, pictures.open_grey, pictures.open_picture):
        with pytest.raises(Unreadable, match=odd.BAD[name][2]) as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # KiB


def test_what_the_disk_does_not_give_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(Unreadable, match=r"folder\.png cannot be read: .+\.$"):
        pictures.open_rgb(tmp_path / "folder.png")


@pytest.mark.skipif(os.name == "nt", reason="modes keep nobody from reading there")
def test_a_picture_of_somebody_else_is_not_called_damaged(tmp_path: Path) -> None:
    path = odd.write(tmp_path, "palette")
    path.chmod(0)
    root = os.geteuid() == 0  # who may read anything
    try:
        if root:
            os.seteuid(NOBODY)
        with pytest.raises(Unreadable, match=r"palette\.png cannot be read: Permission denied\.$"):
            pictures.open_rgb(path)
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_leads_where_no_disk_goes_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "lost.tif"
    path.write_bytes(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 2**63 - 1) + bytes(64))
    with pytest.raises(Unreadable, match="cannot be read as a picture"):
        pictures.open_rgb(path)


def header_of(width: int, height: int) -> bytes:
    """Return a PNG with no pixels."""
    header = Chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), whole=True)
    return MAGIC + header.encoded + Chunk(b"IDAT", b"", whole=True).encoded


@pytest.mark.parametrize("size", [(10_001, 10_000), (90_000, 90_000)])
def test_a_picture_over_the_limits_is_refused_from_its_header(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(header_of(*size))
    for read in (pictures.open_rgb, pictures.size_of, pictures.open_layers):
        with pytest.raises(Unreadable) as refused:
            read(path)
        said = f"{path} is {size[0]} × {size[1]} pixels; at most 100 million are read."
        assert str(refused.value) == said


@pytest.mark.parametrize("size", [(20_000, 800), (3, 70_000)])
def test_a_long_picture_within_them_is_read(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "long.png", compress_level=1)
    assert pictures.size_of(tmp_path / "long.png") == Size(*size)
    assert pictures.open_rgb(tmp_path / "long.png").size == size


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no POSIX")
def test_a_pipe_is_no_picture_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    assert pictures.kind_of(path) is None
    assert own_files.read(path) is None
    reads: tuple[Callable[[Path], object], ...]
    reads = pictures.open_whole, pictures.size_of, pictures.check_picture, masks.grey
    for read in reads:
        with pytest.raises(Unreadable, match=r"There is no file .*pipe\.png"):
            read(path)
