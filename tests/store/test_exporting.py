"""Pictures written once more: in which format, with which words, and where not."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest, SavingFailed, Unreadable
from kandinsky_desktop.domain.image_formats import (
    FORMATS,
    ExportOptions,
    format_of,
    renamed,
    with_ending,
)
from kandinsky_desktop.store import exporting, pictures
from kandinsky_desktop.store.exporting import Facts, export, export_into, facts_of
from tests.fakes import record, request
from tests.mounts import FULL, READ_ONLY, on_disk

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
MUTE = ExportOptions(keep=False)
JPEG, WEBP = ExportOptions(format="jpeg"), ExportOptions(format="webp")
AVIF = ExportOptions(format="avif")


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A picture with all that one of ours says of itself."""
    image = Image.effect_noise((48, 32), 80).convert("RGB")
    image.info["icc_profile"] = PROFILE
    made = pictures.finish(image, record(request("a red cat")), b"bWVhbmluZw==")
    return pictures.save(made, tmp_path / "pictures")


def pixels(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGBA").tobytes()


def comment(path: Path) -> str:
    with Image.open(path) as image:
        text = image.getexif().get_ifd(0x8769).get(0x9286, b"")
    assert isinstance(text, bytes)
    return text.removeprefix(b"UNICODE\0").decode("utf-16-be")


def test_a_png_is_the_same_file_or_loses_all_its_words_and_no_pixel(
    ours: Path, tmp_path: Path
) -> None:
    export(ours, tmp_path / "same.png", ExportOptions())
    assert (tmp_path / "same.png").read_bytes() == ours.read_bytes()
    export(ours, tmp_path / "mute.png", MUTE)
    data = (tmp_path / "mute.png").read_bytes()
    for word in (b"kandinsky", b"parameters", b"red cat", b"Text", b"tEXt"):
        assert word not in data
    assert pixels(tmp_path / "mute.png") == pixels(ours)
    with Image.open(tmp_path / "mute.png") as mute:
        assert mute.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("options", [JPEG, WEBP, AVIF, ExportOptions(format="webp", lossless=True)])
def test_other_formats_keep_profile_and_words_and_say_them_as_other_programs_do(
    ours: Path, tmp_path: Path, options: ExportOptions
) -> None:
    target = tmp_path / "out"
    told = export(ours, target, options)
    assert told == exporting.Exported(target, target.stat().st_size)
    with Image.open(target) as image:
        assert (image.format, image.size) == (options.target.name.upper(), (48, 32))
        assert image.info["icc_profile"] == PROFILE
    assert comment(target).splitlines()[0] == "a red cat"
    assert "Seed: " in comment(target)
    assert (pixels(target) == pixels(ours)) is options.lossless
    back = tmp_path / "back.png"
    export(target, back, ExportOptions())  # the words go on from there
    with Image.open(back) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        assert image.text["parameters"] == comment(target)


@pytest.mark.parametrize("options", [JPEG, WEBP])
def test_what_is_not_to_be_kept_is_in_no_format(
    ours: Path, tmp_path: Path, options: ExportOptions
) -> None:
    mute = ExportOptions(format=options.format, keep=False)
    export(ours, tmp_path / "out", mute)
    with Image.open(tmp_path / "out") as image:
        assert not image.getexif()
    assert "red cat".encode("utf-16-be") not in (tmp_path / "out").read_bytes()


def test_less_quality_is_a_smaller_file(ours: Path, tmp_path: Path) -> None:
    for format_ in ("jpeg", "webp", "avif"):
        sizes = [
            export(
                ours,
                tmp_path / f"{format_}{quality}",
                ExportOptions(format=format_, quality=quality),
            ).size_bytes
            for quality in (10, 60, 100)
        ]
        assert sizes == sorted(set(sizes))


def test_transparency_is_kept_or_laid_on_the_ground_that_is_said(tmp_path: Path) -> None:
    source = tmp_path / "hole.png"
    Image.new("RGBA", (16, 16), (255, 0, 0, 0)).save(source)
    for ground, value in (("white", 255), ("grey", 128), ("black", 0)):
        target = tmp_path / f"{ground}.jpg"
        told = export(source, target, ExportOptions(format="jpeg", ground=ground))
        assert told.remarks == (f"What was transparent lies on a ground now: {ground}.",)
        assert pixels(target)[:4] == bytes((value, value, value, 255))
    assert not export(source, tmp_path / "a.webp", WEBP).remarks
    assert pixels(tmp_path / "a.webp")[3] == 0
    assert not export(source, tmp_path / "a.png", MUTE).remarks
    assert pixels(tmp_path / "a.png")[3] == 0


def test_foreign_pictures_come_out_as_they_are_seen(tmp_path: Path) -> None:
    turned, deep, ink = (tmp_path / name for name in ("turned.png", "deep.png", "ink.jpg"))
    exif = Image.Exif()
    exif[0x0112] = 6
    half = Image.new("RGB", (8, 4), "red")
    half.paste("blue", (0, 0, 4, 4))
    half.save(turned, exif=exif)
    Image.new("I;16", (8, 4), 30_000).save(deep)
    Image.new("CMYK", (8, 4), (0, 255, 255, 0)).save(ink)
    export(turned, tmp_path / "upright.png", MUTE)
    with Image.open(tmp_path / "upright.png") as image:
        assert (image.size, image.getpixel((0, 0)), dict(image.getexif())) == (
            (4, 8),
            (0, 0, 255),
            {},
        )
    export(deep, tmp_path / "deep-mute.png", MUTE)
    with Image.open(tmp_path / "deep-mute.png") as image:
        assert image.getpixel((0, 0)) == 30_000  # no bit of it is lost
    export(deep, tmp_path / "deep.jpg", JPEG)
    assert pixels(tmp_path / "deep.jpg")[0] == 30_000 // 257
    export(ink, tmp_path / "ink.png", ExportOptions())
    assert pixels(tmp_path / "ink.png")[0] > 200 > 60 > pixels(tmp_path / "ink.png")[2]


def test_too_many_words_for_a_jpeg_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    made = pictures.finish(Image.new("RGB", (8, 8)), record(request("猫" * 20_000)))
    source = pictures.save(made, tmp_path)
    long = tmp_path / "long.png"
    about = PngImagePlugin.PngInfo()
    about.add_itxt("parameters", "cat " * 20_000)
    Image.new("RGB", (8, 8)).save(long, pnginfo=about)
    assert not export(source, tmp_path / "a.jpg", JPEG).remarks
    told = export(long, tmp_path / "b.jpg", JPEG)
    assert told.remarks == ("How it was made is too long for JPEG and is not in the file.",)
    assert told.path.is_file()


def test_a_size_that_the_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "long.png"
    Image.new("L", (70_000, 2)).save(source)
    for options, most in ((WEBP, 16_383), (JPEG, 65_500), (AVIF, 65_536)):
        with pytest.raises(InvalidRequest, match=f"{most} pixels a side.*70000 × 2.*as PNG"):
            export(source, tmp_path / "out", options)
    for one in FORMATS[1:]:  # the bound is the libraries' own
        side = Image.new("L", (one.most, 1))
        side.save(BytesIO(), one.name)
        with pytest.raises((OSError, ValueError, RuntimeError)):
            Image.new("L", (one.most + 1, 1)).save(BytesIO(), one.name)
        one.check_size(Size(1, one.most))
    export(source, tmp_path / "out.png", MUTE)


def test_the_picture_itself_is_not_written_over_nor_another_unless_it_may_go(
    ours: Path, tmp_path: Path
) -> None:
    before = ours.read_bytes()
    (tmp_path / "link.png").symlink_to(ours)
    os.link(ours, tmp_path / "twin.png")
    for place in (ours, tmp_path / "link.png", tmp_path / "twin.png"):
        with pytest.raises(InvalidRequest, match="is the picture itself"):
            export(ours, place, MUTE, replace=True)
    other = tmp_path / "other.png"
    other.write_bytes(b"mine")
    with pytest.raises(InvalidRequest, match=r"There is a file .*other\.png already"):
        export(ours, other, MUTE)
    assert other.read_bytes() == b"mine"
    export(ours, other, ExportOptions(), replace=True)
    assert other.read_bytes() == before
    with pytest.raises(InvalidRequest, match="is a folder"):
        export(ours, tmp_path, MUTE, replace=True)
    assert ours.read_bytes() == before
    assert not list(tmp_path.rglob("*.part"))


def test_what_cannot_be_written_is_one_sentence(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(SavingFailed, match="is too long a name"):
        export(ours, tmp_path / ("x" * 300), MUTE)
    with pytest.raises(SavingFailed, match=r"a\\x00b cannot be the name of a file"):
        export(ours, tmp_path / "a\0b", MUTE)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SavingFailed, match=r"file did not take the picture"):
        export(ours, tmp_path / "file" / "a.png", MUTE)
    with pytest.raises(Unreadable, match="There is no file"):
        export(tmp_path / "gone.png", tmp_path / "a.png", MUTE)
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize(("kind", "said"), [(FULL, "is full"), (READ_ONLY, "must not be written")])
def test_a_full_disk_and_one_that_is_read_only_are_one_sentence(
    ours: Path, tmp_path: Path, kind: str, said: str
) -> None:
    big = tmp_path / "big.png"
    Image.effect_noise((200, 200), 90).save(big)
    disk = tmp_path / "disk"
    code = (
        "import sys; from pathlib import Path\n"
        "from kandinsky_desktop.store.exporting import export\n"
        "from kandinsky_desktop.domain.errors import SavingFailed\n"
        "from kandinsky_desktop.domain.image_formats import ExportOptions\n"
        "source, folder = map(Path, sys.argv[1:])\n"
        "try: export(source, folder / 'a.webp', ExportOptions(format='webp', lossless=True))\n"
        "except SavingFailed as error: print(error, sorted(folder.iterdir()))\n"
    )
    command = on_disk(kind, disk, [sys.executable, "-c", code, str(big), str(disk)])
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert said in ended.stdout
    assert ended.stdout.strip().endswith("[]")  # no half file


def test_many_go_into_a_folder_under_the_words_they_were_painted_from(
    ours: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "folder"
    paths = [export_into(ours, folder, JPEG).path for _again in range(2)]
    assert [path.name for path in paths] == ["a-red-cat.jpg", "a-red-cat-2.jpg"]
    assert exporting.free_name(folder, "a-red-cat", ".jpg") == "a-red-cat-3.jpg"
    assert exporting.free_name(folder, "a-red-cat", ".png") == "a-red-cat.png"


def test_what_is_known_of_a_picture_before_it_is_exported(ours: Path, tmp_path: Path) -> None:
    assert facts_of(ours) == Facts("a-red-cat", Size(48, 32), transparent=False, says=True)
    foreign = tmp_path / "My photo (1).webp"
    Image.new("RGBA", (4, 4), (0, 0, 0, 9)).save(foreign)
    assert facts_of(foreign) == Facts("My photo (1)", Size(4, 4), transparent=True, says=False)


def test_a_name_without_an_ending_is_completed_and_one_of_a_kind_not_written_refused() -> None:
    assert with_ending("cat", JPEG) == "cat.jpg"
    assert with_ending("cat.v2", WEBP) == "cat.v2.webp"
    assert with_ending("cat.", ExportOptions()) == "cat.png"
    assert with_ending("cat.JPEG", ExportOptions()) == "cat.JPEG"
    for name, value in (
        ("a.PNG", "png"),
        ("a.jpeg", "jpeg"),
        ("a.webp", "webp"),
        ("a.avif", "avif"),
    ):
        found = format_of(name)
        assert found is not None
        assert found.value == value
    for name in ("a.gif", "a.tiff", "a.heic", "a.psd", "a.pdf"):
        with pytest.raises(InvalidRequest, match=r"not written as \.\w+: .*\.png, \.jpg, \.webp"):
            format_of(name)


def test_another_format_changes_the_ending_and_nothing_else() -> None:
    assert renamed("cat.png", JPEG) == "cat.jpg"
    assert renamed("cat.jpeg", JPEG) == "cat.jpeg"
    assert renamed("cat.v2", WEBP) == "cat.v2.webp"
    assert renamed("cat.gif", WEBP) == "cat.webp"


def test_options_know_their_limits() -> None:
    for wrong in ({"format": "gif"}, {"quality": 0}, {"quality": 101}, {"ground": "pink"}):
        with pytest.raises(InvalidRequest):
            ExportOptions(**wrong)


def test_a_name_is_suggested_that_any_system_takes(tmp_path: Path) -> None:
    assert exporting.free_name(tmp_path, "aux", ".jpg") == "aux_.jpg"
