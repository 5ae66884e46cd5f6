"""Pictures: names that sort and speak, and what is written inside."""

import json
import os
import struct
import sys
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, PngImagePlugin

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.store import contact_sheet, pictures
from kandinsky_desktop.store.foreign_settings import metadata_in
from kandinsky_desktop.store.pictures import (
    finish,
    newest,
    open_picture,
    parameters,
    read_record,
    save,
)
from tests.fakes import record, request

GREY = Image.new("RGB", (8, 8), "grey")


@pytest.fixture
def a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda form: "2026-11-23-172054")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a red cat", "-a-red-cat"),
        ("A Red  CAT!", "-a-red-cat"),
        ("рыжий кот", "-рыжий-кот"),
        ("🐈🐈", ""),
        ("a 🐈 cat", "-a-cat"),
        ("../../etc/passwd", "-etc-passwd"),
        ("C:\\con\\nul", "-c-con-nul"),
        ("a_b.png\n-rf", "-a-b-png-rf"),
        ("חתול אדום", "-חתול-אדום"),
        ("\u202eright to left", "-right-to-left"),
        ("लाल बिल्ली", "-लाल-बिल्ली"),
        ("แมวสีแดง", "-แมวสีแดง"),
        ("חָתוּל אָדֹם", "-חָתוּל-אָדֹם"),
        ("ருப்பு பூனை", "-ருப்பு-பூனை"),
        ("می\u200cخواهم", "-میخواهم"),
        ("e\u0301t\u00e9", "-été"),
        ("\u0301 a \u0301b 1\ufe0f\u20e3 ❤\ufe0f", "-a-b-1"),
        ("ก" * 39 + "กี", "-" + "ก" * 39),
        ("a\0b", "-a-b"),
        ("猫" * 500, "-" + "猫" * 40),
        ("cat " * 2500, "-" + "cat-" * 9 + "cat"),
    ],
)
@pytest.mark.usefixtures("a_moment")
def test_a_name_sorts_and_speaks(prompt: str, words: str) -> None:
    assert pictures.stem(record(request(prompt, seed=42))) == (f"2026-11-23-172054{words}-42")


@pytest.mark.parametrize(("prompt", "words"), [("рыжий cat, кот", "-cat"), ("кот", "")])
def test_a_name_has_no_letters_that_the_disk_lacks(
    monkeypatch: pytest.MonkeyPatch, a_moment: None, prompt: str, words: str
) -> None:
    del a_moment
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    assert pictures.stem(record(request(prompt, seed=42))) == f"2026-11-23-172054{words}-42"


@given(some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_prompt_makes_a_name_that_any_disk_takes(prompt: str) -> None:
    if prompt.strip():
        name = pictures.stem(record(request(prompt))) + "-9999.png"
        assert len(name.encode()) <= 255
        assert not set(name) & set('/\\:*?"<>| \0\n\t')
        assert name == "".join(letter for letter in name if letter.isprintable())
        assert not name.startswith((".", "-"))


@given(some.lists(some.sampled_from(["क", "ลี", "ब्", "กี่", "ḥ̱", "שׁ", "a"]), min_size=1, max_size=99))
def test_a_name_is_cut_between_letters_and_keeps_all_their_signs(letters: list[str]) -> None:
    letters = [unicodedata.normalize("NFC", letter) for letter in letters]
    words = pictures.stem(record(request("".join(letters), seed=42)))[18:-3]
    fitting = ["".join(letters[:count]) for count in range(1, len(letters) + 1)]
    assert words in fitting
    if words != fitting[-1]:
        longer = fitting[fitting.index(words) + 1]
        assert len(longer) > 40 or len(longer.encode()) > 120


@pytest.mark.parametrize("prompt", ["a cat", "кот 🐈", "חתול", "cat " * 2500, "a\0b\r\n", "—“”"])
def test_a_picture_says_how_it_was_made(tmp_path: Path, prompt: str) -> None:
    made = record(request(prompt, count=4, guidance=3.25), 2)
    path = save(finish(GREY, made), tmp_path)
    assert read_record(path) == made
    with open_picture(path) as image:
        assert image.tobytes() == GREY.tobytes()


def test_other_programs_read_it_too(tmp_path: Path) -> None:
    start = Img2Img(path=Path("/a.png"), strength=0.6)
    made = record(request("a cat", negative_prior="fog", negative_decoder="rain", task=start))
    with Image.open(save(finish(GREY, made), tmp_path)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        lines = str(image.text["parameters"]).splitlines()
    assert lines == [
        "a cat",
        "Negative prompt: fog, rain",
        "Steps: 4, Sampler: DDPM, CFG scale: 3, Seed: 0, Size: 8x8, Model: starter,"
        " Model hash: abcdef-abc, Prior steps: 3, Prior CFG scale: 2, Prior seed: 1,"
        " Version: Kandinsky Desktop 0, Denoising strength: 0.6",
    ]


@pytest.mark.parametrize("name", ["mine", "mine, fast", 'Steps: 7, "x"', "a\nb"])
def test_a_model_of_any_name_is_one_setting(name: str) -> None:
    said = parameters(replace(record(request(steps=9)), model=name), Size(64, 64))
    found = metadata_in({"parameters": said})
    assert found is not None
    assert (found.model, found.steps) == (name, 9)
    assert found.prior_steps == request().sampling.prior_steps


@pytest.mark.usefixtures("a_moment")
def test_the_same_picture_is_the_same_file_wherever_it_lies(tmp_path: Path) -> None:
    one, other = (save(finish(GREY, record(request())), tmp_path) for _ in range(2))
    assert one.name == "2026-11-23-172054-a-red-cat-0.png"
    assert other.name == "2026-11-23-172054-a-red-cat-0-2.png"
    assert one.read_bytes() == other.read_bytes()


def png(size: tuple[int, int] = (8, 8), **texts: str) -> bytes:
    about = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        about.add_itxt(key, text)
    stream = BytesIO()
    Image.new("RGB", size).save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


WHOLE = finish(GREY, record(request())).data


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read as a picture"),
        (b"GIF89a", "cannot be read as a picture"),
        (WHOLE[:40], "cannot be read as a picture"),
        (WHOLE[:-30], "cannot be read as a picture"),
        (WHOLE[:100] + b"?" + WHOLE[101:], "says of itself cannot be read: it is damaged."),
        (png(), "does not say how it was made"),
        (png(parameters="Steps: 20"), "does not say how it was made"),
        (png(kandinsky="{"), "cannot be read"),
        (png(kandinsky="[]"), "cannot be read"),
        (png(kandinsky="[" * 100_000), "cannot be read"),
        (png(kandinsky='{"format": 1, "type": "Record"}'), "cannot be read"),
        (png(kandinsky='{"type": "Record"}'), "was written by another version"),
        (png(kandinsky='{"format": 2}'), "was written by another version"),
    ],
    ids=lambda value: repr(value[:10]),
)
def test_what_is_no_picture_of_ours_is_told_in_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "foreign.png"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        read_record(path)
    assert sentence in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_record_out_of_its_limits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.png"
    data = finish(GREY, record(request(steps=7)))
    path.write_bytes(_with_text(data.data, lambda text: text.replace('"steps": 7', '"steps": 0')))
    with pytest.raises(Unreadable, match="Steps must lie between"):
        read_record(path)


@pytest.mark.parametrize("index", [-1, 2, 10**30])
def test_a_record_is_of_a_picture_that_its_request_has(tmp_path: Path, index: int) -> None:
    path = tmp_path / "foreign.png"
    data = finish(GREY, record(request(count=2), index=1))
    change = f'"index": {index}'
    path.write_bytes(_with_text(data.data, lambda text: text.replace('"index": 1', change)))
    with pytest.raises(Unreadable, match=r"There is no picture -?\d+ of 2"):
        read_record(path)


def _with_text(data: bytes, change: Callable[[str], str]) -> bytes:
    with Image.open(BytesIO(data)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        return png(kandinsky=change(str(image.text["kandinsky"])))


def test_the_record_begins_with_the_format(tmp_path: Path) -> None:
    with open_picture(save(finish(GREY, record(request())), tmp_path)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        assert next(iter(json.loads(str(image.text["kandinsky"])))) == "format"


def test_there_may_be_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="There is no file"):
        read_record(tmp_path / "nothing.png")


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        read_record(tmp_path)


def test_a_huge_picture_is_refused_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    with pytest.raises(Unreadable, match="60000 × 60000 pixels"):
        open_picture(path)


def written(folder: Path, name: str, minute: int, data: bytes = b"") -> str:
    """Write a file of a certain time."""
    (folder / name).write_bytes(data or png())
    os.utime(folder / name, (minute * 60, minute * 60))
    return name


def test_the_newest_come_first_by_time_and_hidden_files_never(tmp_path: Path) -> None:
    for minute, name in enumerate(["c.png", "a.png", "b.png", ".x.png", "notes.txt"]):
        written(tmp_path, name, minute)
    assert [path.name for path in newest(tmp_path, 2)] == ["b.png", "a.png"]
    assert newest(tmp_path / "nowhere", 2) == []


def test_ours_are_found_among_many_others_by_what_they_say(tmp_path: Path) -> None:
    ours = [
        written(tmp_path, "2026-01-01-120000-a-cat-7.png", 5, WHOLE),
        written(tmp_path, "renamed.png", 1, WHOLE),
        written(tmp_path, "sheet.png", 3, contact_sheet.sheet([GREY, GREY])),
    ]
    for number in range(520):
        written(tmp_path, f"Screenshot from 2026-12-{number:03}.png", 10 + number)
    called_so = written(tmp_path, "2026-11-23-172054-a-dog-42.png", 9999)
    (tmp_path / "torn.png").write_bytes(WHOLE[:20])
    found = [path.name for path in newest(tmp_path, 500)]
    assert found[:3] == [ours[0], ours[2], ours[1]]
    assert found[3:6] == ["torn.png", called_so, "Screenshot from 2026-12-519.png"]
    assert len(found) == 500
    assert [path.name for path in newest(tmp_path, 2)] == [ours[0], ours[2]]


def test_a_picture_may_be_made_from_a_file_of_any_name(tmp_path: Path) -> None:
    named = Path(os.fsdecode(b"/a/\xff \\u00e9 \xc3\xa4.png"))
    made = record(replace(request(), conditioning=ImagePrompt(named)))
    path = save(finish(GREY, made), tmp_path)
    assert read_record(path) == made
    with Image.open(path) as image:
        assert "? \\u00e9 ä" in image.info["parameters"]


def test_a_record_of_any_kind_fits_a_picture(tmp_path: Path) -> None:
    made: Any = record(request("c" * 20_000, negative_prior="d" * 20_000))
    assert isinstance(made, Record)
    assert read_record(save(finish(GREY, made), tmp_path)) == made
