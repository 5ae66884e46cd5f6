"""OpenRaster: a round trip to the bit, files of others, and files that are broken or mean harm."""

import random
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import AcceptedFill, Document, LayerLook
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.store import openraster, pictures
from tests.store.ora_files import SIZE, layer, made, noise, png


@cache
def profile() -> bytes:
    """Return a profile; another one has another second in it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def written(path: Path, picture: Image.Image | None = None, **more: object) -> Document:
    picture = picture or noise("RGB")
    document = Document(
        size=Size(*SIZE), title="a cat", accepted=(AcceptedFill(box=Box(1, 2, 3, 4)),)
    )
    data = png(picture, **more)
    openraster.write(path, document, data, picture, noise("L", seed=1))
    return document


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_is_written_comes_back_to_the_bit(tmp_path: Path, mode: str) -> None:
    path, picture = tmp_path / "a.ora", noise(mode)
    document = written(path, picture, icc_profile=profile())
    found = openraster.read(path)
    assert found.document == document
    assert found.picture_data == png(picture, icc_profile=profile())
    assert found.picture.profile == profile()
    assert found.picture.colours.tobytes() == picture.convert("RGB").tobytes()
    if mode == "RGBA":
        assert found.picture.alpha is not None
        assert found.picture.alpha.tobytes() == picture.getchannel("A").tobytes()
    assert found.mask is not None
    assert found.mask.tobytes() == noise("L", seed=1).tobytes()
    assert found.remarks == ()


def test_others_open_it_as_the_specification_says(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    written(path)
    with zipfile.ZipFile(path) as file:
        first = file.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert file.read("mimetype") == b"image/openraster"
        assert Image.open(BytesIO(file.read("mergedimage.png"))).size == SIZE
        assert max(Image.open(BytesIO(file.read("Thumbnails/thumbnail.png"))).size) <= 256
    assert path.read_bytes()[30:54] == b"mimetypeimage/openraster"
    written(tmp_path / "again.ora")
    assert (tmp_path / "again.ora").read_bytes() == path.read_bytes()


def test_the_file_that_was_opened_is_kept_beside_the_layers(tmp_path: Path) -> None:
    document = Document(size=Size(*SIZE))
    original = (".jpg", b"the very bytes")
    openraster.write(
        tmp_path / "a.ora", document, png(noise("RGB")), noise("RGB"), noise("L"), original
    )
    assert openraster.read(tmp_path / "a.ora").original == original


def test_written_back_by_another_program_the_mask_is_still_ours(tmp_path: Path) -> None:
    mask = noise("L", seed=1)
    red = Image.merge("RGBA", [*(Image.new("L", SIZE, value) for value in (255, 64, 64)), mask])
    path = made(
        tmp_path / "krita.ora",
        {"data/layer0.png": png(red), "data/layer1.png": png(noise("RGB"))},
        layer("data/layer0.png", 'visibility="hidden"', "Mask") + layer("data/layer1.png"),
    )
    found = openraster.read(path)
    assert found.mask is not None
    assert found.mask.tobytes() == mask.tobytes()
    assert found.picture_data == png(noise("RGB"))


def test_a_sketch_lies_over_the_picture_with_its_look_and_is_ours_alone(tmp_path: Path) -> None:
    sketch, look = noise("RGBA", (20, 9), seed=4), LayerLook(opacity=0.3, visible=False)
    document = Document(size=Size(*SIZE), sketch=look)
    picture = noise("RGB")
    openraster.write(
        tmp_path / "a.ora", document, png(picture), picture, noise("L"), None, (sketch, 5, 7)
    )
    found = openraster.read(tmp_path / "a.ora")
    assert (found.document, found.remarks) == (document, ())
    assert found.sketch is not None
    assert (found.sketch[0].tobytes(), found.sketch[1:]) == (sketch.tobytes(), (5, 7))
    assert found.picture_data == png(picture)
    entries = {"data/0.png": png(sketch), "data/1.png": png(picture)}
    drawn = layer("data/0.png", 'opacity="0.3" x="5" y="7"', "Sketch")
    path = made(
        tmp_path / "krita.ora", entries, drawn + layer("data/1.png", "", "Picture")
    )  # another program kept the layers alone
    found = openraster.read(path)
    assert found.sketch is not None
    assert (found.sketch[1:], found.document.sketch) == ((5, 7), LayerLook(opacity=0.3))
    for other in (layer("data/1.png", "", "Ground"), layer("data/1.png", 'x="1"', "Picture")):
        found = openraster.read(made(tmp_path / "other.ora", entries, drawn + other))
        assert found.sketch is None  # somebody's own layer of that name is a part of the picture
        assert found.picture.colours.tobytes() != picture.tobytes()


def test_a_painting_that_is_called_mask_is_no_mask(tmp_path: Path) -> None:
    path = made(
        tmp_path / "a.ora", {"data/0.png": png(noise("RGBA"))}, layer("data/0.png", "", "Mask")
    )
    found = openraster.read(path)
    assert found.mask is None
    assert found.picture_data == png(noise("RGBA"))


def test_several_layers_are_one_picture_and_that_is_said(tmp_path: Path) -> None:
    entries = {
        "data/0.png": png(noise("RGBA", seed=2)),
        "data/1.png": png(noise("RGB")),
        "mergedimage.png": png(noise("RGB", seed=3)),
    }
    layers = layer("data/0.png") + layer("data/1.png")
    found = openraster.read(made(tmp_path / "a.ora", entries, layers))
    assert found.picture.colours.tobytes() == noise("RGB", seed=3).tobytes()
    assert any("2 layers" in remark for remark in found.remarks)


def test_layers_in_groups_are_laid_where_they_are_if_nobody_merged_them(tmp_path: Path) -> None:
    red, blue = Image.new("RGB", (10, 10), "red"), Image.new("RGB", SIZE, "blue")
    upper, lower = layer("data/0.png", 'x="2" y="1"'), layer("data/1.png")
    hidden = layer("data/2.png", 'visibility="hidden"')
    layers = f'<stack x="5" y="4" opacity="0.5">{upper}</stack>{lower}{hidden}'
    entries = {f"data/{n}.png": png(one) for n, one in enumerate((red, blue, red))}
    found = openraster.read(made(tmp_path / "a.ora", entries, layers))
    assert found.picture.alpha is None
    assert found.picture.colours.getpixel((6, 5)) == (0, 0, 255)
    red_part = found.picture.colours.getpixel((7, 5))
    assert isinstance(red_part, tuple)
    assert red_part[0] == pytest.approx(128, abs=1)


def test_a_missing_layer_is_said_and_left_out(tmp_path: Path) -> None:
    layers = layer("data/gone.png", "", "Hat") + layer("data/1.png")
    found = openraster.read(made(tmp_path / "a.ora", {"data/1.png": png(noise("RGB"))}, layers))
    assert found.picture.colours.tobytes() == noise("RGB").tobytes()
    assert any("“Hat” is missing" in remark for remark in found.remarks)


def test_a_missing_mask_is_said_and_the_picture_opens(tmp_path: Path) -> None:
    layers = layer("data/gone.png", "", "Mask") + layer("data/1.png")
    found = openraster.read(made(tmp_path / "a.ora", {"data/1.png": png(noise("RGB"))}, layers))
    assert found.mask is None
    assert found.picture.colours.tobytes() == noise("RGB").tobytes()
    assert any("“Mask” is missing" in remark for remark in found.remarks)


def test_without_its_layers_the_merged_picture_opens(tmp_path: Path) -> None:
    entries = {"mergedimage.png": png(noise("RGB"))}
    found = openraster.read(made(tmp_path / "a.ora", entries, layer("data/gone.png")))
    assert found.picture.colours.tobytes() == noise("RGB").tobytes()
    assert found.remarks


@pytest.mark.parametrize(
    "name",
    ["../secret.png", "data/../../secret.png", "/etc/secret.png", "C:/secret.png", "secret.png"],
)
def test_names_that_lead_outside_are_never_followed(tmp_path: Path, name: str) -> None:
    entries = {name: png(noise("RGB", seed=9))}
    with pytest.raises(Unreadable, match="no layer that can be read"):
        openraster.read(made(tmp_path / "a.ora", entries, layer(name)))


def test_sizes_are_looked_at_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = made(tmp_path / "a.ora", {}, layer("data/0.png"), size=100_000)
    with pytest.raises(Unreadable, match="at most 100 million"):
        openraster.read(path)
    header = bytearray(png(Image.new("RGB", (1, 1))))
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    entries = {"data/0.png": bytes(header), "data/1.png": png(noise("RGB"))}
    layers = layer("data/0.png", "", "Huge") + layer("data/1.png")
    found = openraster.read(made(tmp_path / "b.ora", entries, layers))
    assert any("“Huge”" in remark for remark in found.remarks)


def test_a_bomb_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openraster, "MOST_BYTES", 100_000)
    path = tmp_path / "a.ora"
    stack = f"<image w='37' h='23'><stack>{layer('data/0.png')}</stack></image>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", openraster.MIMETYPE)
        file.writestr("stack.xml", stack)
        file.writestr("data/0.png", png(noise("RGB")) + bytes(10_000_000))
    assert path.stat().st_size < 50_000
    with pytest.raises(Unreadable, match="no layer"):
        openraster.read(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha">]><image w="9" h="9"><stack/></image>'
    with pytest.raises(Unreadable, match="entities"):
        openraster.read(made(tmp_path / "a.ora", {"stack.xml": laughs}))


@pytest.mark.parametrize("stack", [b"", b"<image", b"<image w='x' h='1'/>", b"<a/>", b"\xff\xfe<"])
def test_a_broken_table_of_layers_is_said(tmp_path: Path, stack: bytes) -> None:
    with pytest.raises(Unreadable, match=r"stack\.xml is damaged"):
        openraster.read(made(tmp_path / "a.ora", {"stack.xml": stack}))


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"PK\5\6" + bytes(18), b"no zip at all"])
def test_what_is_no_zip_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ora").write_bytes(content)
    with pytest.raises(Unreadable, match=r"a\.ora"):
        openraster.read(tmp_path / "a.ora")
    with pytest.raises(Unreadable, match="There is no file"):
        openraster.read(tmp_path)


def test_with_any_one_byte_changed_it_opens_or_says_why(tmp_path: Path) -> None:
    path, rng = tmp_path / "a.ora", random.Random(5)
    written(path)
    whole, spoiled = path.read_bytes(), tmp_path / "b.ora"
    sentences, intact, opened = set[str](), 0, 0
    for _time in range(400):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= rng.randrange(1, 256)
        spoiled.write_bytes(data)
        try:
            found = openraster.read(spoiled)
        except Unreadable as error:
            sentences.add(str(error))
            continue
        opened += 1
        if found.remarks == ():
            intact += 1
            assert found.picture.colours.tobytes() == noise("RGB").tobytes()
    assert "" not in sentences
    assert opened > 300
    assert intact > 50


def test_what_is_lost_of_a_deep_or_moving_picture_is_said(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65_536, (9, 9), np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert "16 bits" in pictures.open_whole(tmp_path / "deep.png").remarks[0]
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert "first frame" in pictures.open_whole(tmp_path / "a.gif").remarks[0]
    noise("RGB").save(tmp_path / "a.jpg")
    assert pictures.open_whole(tmp_path / "a.jpg").remarks == ()
