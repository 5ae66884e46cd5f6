"""Thumbnails: made once, anew when the picture changes."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.state.viewer import load_image
from kandinsky_desktop.store import thumbnails
from kandinsky_desktop.store.pictures import open_rgb
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.store import odd


@pytest.mark.parametrize(
    ("size", "shown"), [((1024, 512), (256, 128)), ((64, 64), (64, 64)), ((3000, 4), (256, 1))]
)
def test_it_is_small(tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "cat.png")
    with Image.open(BytesIO(Thumbnails(tmp_path / "cache").of(tmp_path / "cat.png"))) as image:
        assert (image.size, image.mode) == (shown, "RGB")


@pytest.mark.parametrize("name", ["EXIF-rotated", "transparent", "16-bit", "CMYK"])
def test_it_shows_what_the_engine_will_see(tmp_path: Path, name: str) -> None:
    path = odd.write(tmp_path, name)
    with Image.open(BytesIO(Thumbnails(tmp_path / "cache").of(path))) as image:
        assert image.tobytes() == open_rgb(path).tobytes()  # small enough to be left as it is
    shown = load_image(path)
    assert (shown.width(), shown.height()) == odd.SIZE


def test_a_picture_whose_name_is_in_no_encoding_has_one(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    with path.open("wb") as file:
        Image.new("RGB", (8, 8), "red").save(file, "PNG")
    kept = Thumbnails(tmp_path / "cache")
    assert kept.of(path) == kept.of(path)
    assert len(list((tmp_path / "cache").rglob("*.png"))) == 1


def test_it_is_made_once_and_anew_when_the_picture_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, kept = tmp_path / "cat.png", Thumbnails(tmp_path / "cache")
    Image.new("RGB", (300, 300), "red").save(path)
    first = kept.of(path)
    with monkeypatch.context() as frozen:
        frozen.setattr(thumbnails, "_shrunk", None)
        assert kept.of(path) == first
    Image.new("RGBA", (400, 300), "blue").save(path)
    assert kept.of(path) != first


def test_a_cache_that_cannot_be_written_is_only_slow(tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "red").save(tmp_path / "cat.png")
    (tmp_path / "cache").write_text("in the way")
    assert Thumbnails(tmp_path / "cache").of(tmp_path / "cat.png")


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_what_is_no_picture_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "cat.png").write_bytes(content)
    with pytest.raises(Unreadable):
        Thumbnails(tmp_path / "cache").of(tmp_path / "cat.png")


def test_thumbnails_are_bounded_and_the_oldest_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Thumbnails(tmp_path / "thumbnails")
    for number in range(3):
        Image.effect_noise((64, 64), 90).save(tmp_path / f"{number}.png")
        kept.of(tmp_path / f"{number}.png")
    files = sorted((tmp_path / "thumbnails").rglob("*.png"), key=lambda file: file.stat().st_mtime)
    for number, file in enumerate(files):
        os.utime(file, (number, number))
    monkeypatch.setattr(thumbnails, "ON_DISK", files[2].stat().st_size)
    thumbnails.tidy(tmp_path)
    assert list((tmp_path / "thumbnails").rglob("*.png")) == [files[2]]
