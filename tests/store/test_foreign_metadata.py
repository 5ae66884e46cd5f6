"""The words in other programs' pictures: found wherever they stand, and nothing hostile hurts."""

import json
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from kandinsky_desktop.store import foreign_metadata
from kandinsky_desktop.store.foreign_metadata import Words, words_of

SETTINGS = "Steps: 12, Sampler: Euler a, CFG scale: 5, Seed: 4242, Size: 8x8, Model: any"
A1111 = f"a yellow square\non green\nNegative prompt: blurry,\ntorn\n{SETTINGS}"
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {"model": ["4", 0], "positive": ["9", 0], "negative": ["7", 0], "seed": 1},
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "any.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["8", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "8": {"class_type": "PrimitiveString", "inputs": {"value": "a yellow square"}},
    "9": {
        "class_type": "ControlNetApplyAdvanced",
        "inputs": {"positive": ["6", 0], "negative": ["7", 0], "image": ["10", 0]},
    },
}
DRAWN = {
    "nodes": [
        {"id": 1, "type": "CLIPTextEncode", "widgets_values": ["a yellow square"]},
        {"id": 2, "type": "CLIPTextEncode", "widgets_values": ["blurry"]},
        {
            "id": 3,
            "type": "KSampler",
            "inputs": [{"name": "positive", "link": 7}, {"name": "negative", "link": 8}],
        },
    ],
    "links": [[7, 1, 0, 3, 0, "CONDITIONING"], [8, 2, 0, 3, 1, "CONDITIONING"]],
}
GUIDED = {
    "1": {"class_type": "CLIPTextEncodeFlux", "inputs": {"t5xxl": "a yellow square"}},
    "2": {"class_type": "BasicGuider", "inputs": {"conditioning": ["1", 0]}},
    "3": {"class_type": "SamplerCustomAdvanced", "inputs": {"guider": ["2", 0]}},
}
ZEROED = {
    "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a yellow square"}},
    "2": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["1", 0]}},
    "3": {"class_type": "KSampler", "inputs": {"positive": ["1", 0], "negative": ["2", 0]}},
}
XMP = (
    "<x:xmpmeta><rdf:RDF><rdf:Description><exif:UserComment><rdf:Alt><rdf:li"
    ' xml:lang="x-default">{&quot;c&quot;:&quot;a yellow square&quot;,&quot;uc&quot;:'
    "&quot;blurry&quot;,&quot;steps&quot;:8}</rdf:li></rdf:Alt></exif:UserComment>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
DESCRIBED = (
    "<x:xmpmeta><dc:description><rdf:Alt><rdf:li xml:lang='x-default'>a dog &amp; a ball</rdf:li>"
    "</rdf:Alt></dc:description></x:xmpmeta>"
)
SQUARE = Words("a yellow square", "blurry")


def png(folder: Path, texts: dict[str, Any]) -> Path:
    about = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        words = text if isinstance(text, str) else json.dumps(text)
        about.add_itxt(key, words) if key.startswith("XML") else about.add_text(key, words)
    path = folder / "picture.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=about)
    return path


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        pytest.param(
            {"parameters": A1111}, Words("a yellow square\non green", "blurry,\ntorn"), id="a1111"
        ),
        pytest.param({"parameters": f"a cat\n{SETTINGS}"}, Words("a cat"), id="no-negative"),
        pytest.param({"prompt": COMFY, "workflow": DRAWN}, SQUARE, id="comfyui"),
        pytest.param({"workflow": DRAWN}, SQUARE, id="comfyui-drawn"),
        pytest.param({"prompt": GUIDED}, Words("a yellow square"), id="comfyui-guider"),
        pytest.param({"prompt": ZEROED}, Words("a yellow square"), id="comfyui-zeroed"),
        pytest.param(
            {
                "invokeai_metadata": {
                    "positive_prompt": "a yellow square",
                    "negative_prompt": "blurry",
                }
            },
            SQUARE,
            id="invokeai",
        ),
        pytest.param(
            {"sd-metadata": {"image": {"prompt": [{"prompt": "a cat", "weight": 1.0}]}}},
            Words("a cat"),
            id="invokeai-2",
        ),
        pytest.param(
            {"Dream": '"a yellow square [blurry]" -s50 -S1 -W512'}, SQUARE, id="invokeai-1"
        ),
        pytest.param(
            {
                "fooocus_scheme": "fooocus",
                "parameters": {"prompt": "a yellow square", "negative_prompt": "blurry"},
            },
            SQUARE,
            id="fooocus",
        ),
        pytest.param(
            {
                "Software": "NovelAI",
                "Description": "a yellow square",
                "Comment": {"prompt": "a yellow square", "uc": "blurry", "steps": 28},
            },
            SQUARE,
            id="novelai",
        ),
        pytest.param(
            {"parameters": {"sui_image_params": {"prompt": "a cat", "negativeprompt": "torn"}}},
            Words("a cat", "torn"),
            id="swarmui",
        ),
        pytest.param(
            {"prompt": "a yellow square", "negative_prompt": "blurry", "seed": "1"},
            SQUARE,
            id="one-text-for-each",
        ),
        pytest.param({"XML:com.adobe.xmp": XMP}, SQUARE, id="draw-things"),
        pytest.param({"XML:com.adobe.xmp": DESCRIBED}, Words("a dog & a ball"), id="description"),
        pytest.param({"Comment": "Created with GIMP"}, None, id="a-comment"),
        pytest.param({"Software": "Any", "Description": "mine"}, None, id="a-drawing"),
    ],
)
def test_the_words_in_a_png(texts: dict[str, Any], words: Words | None, tmp_path: Path) -> None:
    assert words_of(png(tmp_path, texts)) == words


def test_utf_8_where_the_format_says_latin_1(tmp_path: Path) -> None:
    path = png(tmp_path, {})
    data = f"parameters\0рыжий кот\n{SETTINGS}".encode()
    chunk = struct.pack(">I", len(data)) + b"tEXt" + data
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + data))
    whole = path.read_bytes()
    path.write_bytes(whole[:33] + chunk + whole[33:])
    assert words_of(path) == Words("рыжий кот")


@pytest.mark.parametrize("ending", [".jpg", ".webp", ".avif", ".png"])
@pytest.mark.parametrize("written", ["utf-16-be", "utf-16-le", "ascii"])
def test_the_words_in_exif(ending: str, written: str, tmp_path: Path) -> None:
    head = b"ASCII\0\0\0" if written == "ascii" else b"UNICODE\0"
    exif = Image.Exif()
    exif[0x8769] = {0x9286: head + A1111.encode(written)}
    path = tmp_path / f"picture{ending}"
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    assert words_of(path) == Words("a yellow square\non green", "blurry,\ntorn")


def test_a_graph_in_a_webp(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{json.dumps(COMFY)}"
    exif[0x010F] = f"workflow:{json.dumps(DRAWN)}"
    path = tmp_path / "picture.webp"
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    assert words_of(path) == SQUARE


def test_xmp_and_comments_of_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    Image.new("RGB", (8, 8)).save(path, xmp=XMP.encode())
    assert words_of(path) == SQUARE
    Image.new("RGB", (8, 8)).save(path, comment=json.dumps({"prompt": "a cat"}).encode())
    assert words_of(path) == Words("a cat")


def test_a_photo_says_no_words(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x010E] = "A maker", "Its camera: X-10", "DSC0042 at noon"
    exif[0x8769] = {0x9286: b"ASCII\0\0\0Screenshot"}
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=exif, comment=b"taken at the sea")
    assert words_of(path) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="deep"),
        pytest.param('{"a":' * 100_000, id="deep-objects"),
        pytest.param('{"prompt": ' + "9" * 5000 + "}", id="long-number"),
        pytest.param('{"prompt": "' + "x" * 5_000_000 + '"}', id="long"),
        pytest.param("{", id="torn"),
        pytest.param('{"nodes": [1, null, {}], "links": [[], {}, 3]}', id="no-graph"),
        pytest.param(
            '{"1": {"class_type": "KSampler", "inputs": {"positive": ["1", 0]}}}', id="loop"
        ),
        pytest.param('{"prompt": {"prompt": {"prompt": {}}}}', id="nothing"),
    ],
)
def test_hostile_json_says_nothing_and_takes_no_time(text: str, tmp_path: Path) -> None:
    path = png(tmp_path, {})
    for key in ("parameters", "prompt", "workflow", "Comment", "invokeai_metadata"):
        data = key.encode() + b"\0\0\0\0\0" + text.encode()
        chunk = struct.pack(">I", len(data)) + b"iTXt" + data
        chunk += struct.pack(">I", zlib.crc32(b"iTXt" + data))
        whole = path.read_bytes()
        path.write_bytes(whole[:33] + chunk + whole[33:])
    began = time.process_time()
    assert words_of(path) is None
    assert time.process_time() - began < 2


def test_hostile_xmp_is_searched_in_one_go() -> None:
    began = time.process_time()
    assert foreign_metadata._in_xmp("<exif:UserComment>" * 200_000) is None
    assert foreign_metadata._in_xmp("<dc:description><rdf:li" * 200_000) is None
    assert time.process_time() - began < 1


def test_what_no_field_can_show_is_left_out_and_the_rest_bounded(tmp_path: Path) -> None:
    told = {"prompt": "a\0b\ud800c" + "x" * 20_000}
    found = words_of(png(tmp_path, {"parameters": json.dumps(told)}))
    assert found is not None
    assert found.positive.startswith("abcxx")
    assert len(found.positive) == foreign_metadata.LONGEST_WORDS
    assert words_of(tmp_path / "gone.png") is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                (
                    "1",
                    "2",
                    "class_type",
                    "inputs",
                    "positive",
                    "prompt",
                    "nodes",
                    "links",
                    "text",
                    "id",
                )
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(PLAIN)
def test_no_object_breaks_it(plain: object) -> None:
    found = foreign_metadata._in_text(json.dumps(plain))
    assert found is None or found.positive


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_exif_breaks_it(data: bytes) -> None:
    for order in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        foreign_metadata._exif_texts(order + data)
