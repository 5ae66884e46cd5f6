"""Masks as people bring them: whatever carries the shape, white is painted anew."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.store import masks, pictures
from kandinsky_desktop.store.request_files import glance_at, read_files
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.store import odd

N = 64
ACROSS, DOWN = np.meshgrid(np.arange(N), np.arange(N))
HOLE = (ACROSS >= 20) & (ACROSS < 44) & (DOWN >= 10) & (DOWN < 30)
WHITE: NDArray[np.uint8] = np.where(HOLE, 255, 0).astype(np.uint8)
PHOTO = np.dstack([60 + ACROSS, 60 + DOWN, 200 - DOWN]).astype(np.uint8)
PHOTO[40:60, 40:60] = 250  # something bright where nothing is erased
FLAT = np.full((N, N), 255, np.uint8)


def rgba(colours: NDArray[Any], alpha: NDArray[Any]) -> Image.Image:
    if colours.ndim == 2:
        colours = np.dstack([colours] * 3)
    return Image.fromarray(np.dstack([colours, alpha]).astype(np.uint8))


def with_transparent_colour(mode: str) -> Image.Image:
    """Return a picture one of whose colours is called transparent, as old PNGs and GIFs have it."""
    if mode == "P":
        image = Image.fromarray(np.where(HOLE, 1, ACROSS % 2 * 2).astype(np.uint8))
        image.putpalette([10, 20, 30, 250, 0, 0, 0, 200, 90])
        image.info["transparency"] = 1
    else:
        image = Image.fromarray(np.where(HOLE, 7, 100 + ACROSS).astype(np.uint8))
        image.info["transparency"] = 7
    return image


def turned() -> Image.Image:
    return Image.fromarray(WHITE).transpose(Image.Transpose.ROTATE_90)


EXIF = Image.Exif()
EXIF[odd.ORIENTATION] = 6
LUMINANCE: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
    "grey": (Image.fromarray(WHITE), "PNG", {}),
    "RGB": (Image.fromarray(WHITE).convert("RGB"), "PNG", {}),
    "one bit": (Image.fromarray(WHITE).convert("1"), "PNG", {}),
    "one bit TIFF": (Image.fromarray(WHITE).convert("1"), "TIFF", {}),
    "palette": (Image.fromarray(WHITE).convert("P"), "GIF", {}),
    "sixteen bits": (Image.fromarray(WHITE.astype(np.uint16) * 257), "PNG", {}),
    "32 bits": (Image.fromarray(WHITE.astype(np.int32) * 257), "TIFF", {}),
    "floating": (Image.fromarray(HOLE.astype(np.float32)), "TIFF", {}),
    "opaque RGBA": (rgba(WHITE, FLAT), "PNG", {}),
    "nearly opaque RGBA": (rgba(WHITE, FLAT - 2), "PNG", {}),
    "opaque LA": (Image.fromarray(np.dstack([WHITE, FLAT])), "PNG", {}),
    "JPEG": (Image.fromarray(WHITE), "JPEG", {"quality": 95}),
    "CMYK": (Image.fromarray(WHITE).convert("RGB").convert("CMYK"), "TIFF", {}),
    "turned": (turned(), "PNG", {"exif": EXIF}),
    "colours alone in a clear picture": (rgba(WHITE, FLAT * 0), "PNG", {}),
}
ALPHA: dict[str, Image.Image] = {
    "a picture, erased": rgba(PHOTO, 255 - WHITE),
    "a picture, erased to nothing": rgba(PHOTO * ~HOLE[..., None], 255 - WHITE),
    "a picture, erased to white": rgba(np.where(HOLE[..., None], 255, PHOTO), 255 - WHITE),
    "a grey picture, erased": Image.fromarray(np.dstack([PHOTO[..., 0], 255 - WHITE])),
    "white, erased": Image.fromarray(np.dstack([FLAT, 255 - WHITE])),
    "black, erased": rgba(FLAT * 0, 255 - WHITE),
    "a palette with transparency": with_transparent_colour("P"),
    "a grey called transparent": with_transparent_colour("L"),
    "both, and they agree": rgba(WHITE, 255 - WHITE),
}


def saved(image: Image.Image, folder: Path, kind: str = "PNG", **how: Any) -> Path:
    stream = BytesIO()
    image.save(stream, kind, **how)
    (folder / "mask").write_bytes(stream.getvalue())
    return folder / "mask"


@pytest.mark.parametrize("name", LUMINANCE)
def test_white_on_black_is_a_mask(tmp_path: Path, name: str) -> None:
    image, kind, how = LUMINANCE[name]
    mask = masks.read(saved(image, tmp_path, kind, **how))
    assert mask.image.mode == "L"
    assert (np.asarray(mask.image) == WHITE).all()
    assert not mask.by_alpha


@pytest.mark.parametrize("name", ALPHA)
def test_what_is_erased_is_painted_anew(tmp_path: Path, name: str) -> None:
    path = saved(ALPHA[name], tmp_path)
    mask = masks.read(path)
    assert (np.asarray(mask.image) == WHITE).all()
    assert mask.by_alpha
    assert list(mask.remarks("a.png")) == ["a.png: what is transparent in it is painted anew."]


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (rgba(WHITE, np.roll(WHITE, 20)), "in black and white and another in its transparency"),
        (rgba(WHITE, WHITE), "in black and white and another in its transparency"),
        (rgba(np.where(ACROSS > 9, 255, 0), 255 - WHITE), "save it with one of them"),
        (rgba(PHOTO, FLAT // 2), "is equally transparent everywhere"),
    ],
    ids=["two shapes", "white paint on nothing", "a drawing, erased", "half clear"],
)
def test_what_cannot_be_told_is_refused_with_the_reason(
    tmp_path: Path, image: Image.Image, said: str
) -> None:
    path = saved(image, tmp_path)
    with pytest.raises(Unreadable, match=said) as refused:
        masks.read(path)
    assert str(path) in str(refused.value)


def test_a_mask_with_nothing_in_it_is_empty(tmp_path: Path) -> None:
    for colours in (FLAT, FLAT * 0, PHOTO):
        mask = masks.read(saved(rgba(colours, FLAT * 0), tmp_path))
        assert mask.image.getbbox() is None


@pytest.mark.parametrize("erased", [False, True])
def test_what_is_painted_grey_is_read_as_grey_and_said(tmp_path: Path, erased: bool) -> None:
    soft = Image.fromarray(WHITE).filter(ImageFilter.GaussianBlur(5))
    grey = np.asarray(soft)
    mask = masks.read(saved(rgba(PHOTO, 255 - grey) if erased else soft, tmp_path))
    assert mask.soft
    assert "what is grey in it changes by as much" in list(mask.remarks("a.png"))[-1]
    assert (np.asarray(mask.image) == grey).all()
    assert not list(masks.read(saved(Image.fromarray(WHITE), tmp_path)).remarks("a.png"))


@pytest.mark.parametrize("noise", [1, masks.CLEAR])
def test_what_is_nearly_black_and_white_is_black_and_white(tmp_path: Path, noise: int) -> None:
    near = np.where(WHITE > 0, 255 - noise, noise).astype(np.uint8)
    mask = masks.read(saved(Image.fromarray(near), tmp_path))
    assert not mask.soft
    assert (np.asarray(mask.image) == WHITE).all()


@pytest.mark.parametrize("grey", [1, masks.CLEAR, 100, 127])
def test_a_mask_of_one_faint_grey_is_no_empty_one(tmp_path: Path, grey: int) -> None:
    faint = np.where(WHITE > 0, grey, 0).astype(np.uint8)
    mask = masks.read(saved(Image.fromarray(faint), tmp_path))
    assert mask.soft
    assert (np.asarray(mask.image) == faint).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_what_a_lossy_file_adds_to_black_is_not_painted(tmp_path: Path, kind: str) -> None:
    soft = Image.fromarray(WHITE).filter(ImageFilter.GaussianBlur(2))
    mask = np.asarray(masks.read(saved(soft, tmp_path, kind, quality=60)).image)
    away = np.asarray(soft.filter(ImageFilter.MaxFilter(9))) == 0
    assert not mask[away].any()
    assert set(np.unique(mask)) > {0, 255}
    assert not ((mask > 0) & (mask <= masks.CLEAR)).any()


@given(some.binary(min_size=36, max_size=36), some.sampled_from(["L", "1", "LA", "RGBA"]))
def test_any_mask_is_black_and_white_alone_or_soft_or_refused(
    tmp_path: Path, alpha: bytes, mode: str
) -> None:
    grey = Image.frombytes("L", (6, 6), alpha)
    image = grey.convert(mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(grey.rotate(90))
    try:
        mask = masks.read(saved(image, tmp_path))
    except Unreadable:
        return
    assert mask.image.size == (6, 6)
    assert mask.soft or {value for _count, value in mask.image.getcolors() or ()} <= {0, 255}


def test_a_mask_of_another_size_is_stretched(tmp_path: Path) -> None:
    path = saved(Image.fromarray(WHITE), tmp_path)
    twice = masks.read(path, Size(2 * N, 2 * N)).image
    assert twice.size == (2 * N, 2 * N)
    assert Box(*twice.getbbox()) == Box(40, 20, 88, 60)  # type: ignore[misc]
    stroke = Image.new("L", (N, N))
    stroke.paste(255, (30, 0, 31, N))
    small = masks.read(saved(stroke, tmp_path), Size(8, 100)).image
    assert small.getbbox() == (3, 0, 4, 100)  # no stroke is lost
    assert set(small.tobytes()) == {0, 255}
    stroke.paste(90, (30, 0, 31, N))
    faint = masks.read(saved(stroke, tmp_path), Size(8, 100)).image
    assert faint.getbbox() == (3, 0, 4, 100)
    assert set(faint.tobytes()) == {0, 90}  # nor fainter


@pytest.mark.parametrize("fit", [False, True])
def test_the_plan_the_engine_and_the_window_know_the_same_mask(tmp_path: Path, fit: bool) -> None:
    path, picture = saved(ALPHA["a picture, erased"], tmp_path), tmp_path / "picture.png"
    Image.fromarray(PHOTO).resize((N * (1 + fit), N)).save(picture)
    task = Inpaint(path=picture, masks=(path,), fit_mask=fit)
    request = Paint(conditioning=Prompt("a cat"), task=task)
    size = pictures.size_of(picture) if fit else None
    used = masks.read(path, size).image
    for facts in (read_files(request), glance_at(request)):
        assert facts[path].mask_box == Box(*used.getbbox())  # type: ignore[misc]
        assert facts[path].size == Size(*used.size)
        assert (facts[path].mask_most, facts[path].mask_soft) == (255, False)
    with Image.open(BytesIO(Thumbnails(tmp_path / "cache").of_mask(path, size))) as shown:
        assert shown.tobytes() == used.tobytes()


def test_a_thumbnail_of_a_mask_is_none_of_the_picture(tmp_path: Path) -> None:
    path, thumbnails = saved(ALPHA["a picture, erased"], tmp_path), Thumbnails(tmp_path / "cache")
    every = [
        thumbnails.of(path),
        thumbnails.of_mask(path),
        thumbnails.of_mask(path, Size(2 * N, N)),
    ]
    assert len(set(every)) == 3
    assert every == [
        thumbnails.of(path),
        thumbnails.of_mask(path),
        thumbnails.of_mask(path, Size(2 * N, N)),
    ]
