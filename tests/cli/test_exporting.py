"""`kandinsky export`: the same function as in the window, on as many pictures as are named."""

from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop import cli
from kandinsky_desktop.store import pictures
from tests.fakes import record, request


@pytest.fixture
def ours(tmp_path: Path) -> list[Path]:
    """Two pictures of ours in a folder."""
    image = Image.effect_noise((24, 16), 80).convert("RGB")
    return [
        pictures.save(pictures.finish(image, record(request(words))), tmp_path / "ours")
        for words in ("a red cat", "a dog")
    ]


def test_a_folder_is_exported_and_each_path_is_said(
    ours: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    typed = ["export", str(ours[0].parent), "--to", "webp", "--quality", "60", "-o", f"{out}/"]
    assert cli.main(typed) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(out / "a-dog.webp"), str(out / "a-red-cat.webp")]
    assert said.err == ""
    with Image.open(out / "a-dog.webp") as image:
        assert (image.format, image.size) == ("WEBP", (24, 16))


def test_a_damaged_picture_does_not_end_the_others(
    ours: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, out = ours[0].with_name("1.png"), tmp_path / "out"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\nno more")
    assert cli.main(["export", str(damaged.parent), "-o", f"{out}/"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(out / "a-dog.png"), str(out / "a-red-cat.png")]
    assert str(damaged) in said.err
    assert len(said.err.splitlines()) == 1


def test_the_ending_says_the_format_and_a_remark_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = tmp_path / "hole.png"
    Image.new("RGBA", (4, 4)).save(hole)
    target = tmp_path / "cat.jpeg"
    assert cli.main(["export", str(hole), "-o", str(target), "--ground", "black"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{target}\n"
    assert said.err == "cat.jpeg: What was transparent lies on a ground now: black.\n"
    with Image.open(target) as image:
        assert image.format == "JPEG"


def test_a_picture_without_its_words(ours: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "mute.png"
    assert cli.main(["export", str(ours[0]), "--no-keep", "-o", str(target)]) == 0
    assert b"red cat" not in target.read_bytes()


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        (["-o", "taken.png"], 1, "There is a file taken.png already"),
        (["-o", "cat.gif"], 2, "Pictures are not written as .gif"),
        (["-o", "cat.png", "--to", "jpeg"], 2, "cat.png ends as a PNG file"),
        (["--quality", "0", "--to", "jpeg"], 2, "Quality must lie between 1 and 100; 0 does not."),
        (["ours", "-o", "cat.png"], 2, "one file, but 3 pictures are to be written"),
        (["gone.png"], 1, "There is no file gone.png."),
        (["--replace", "-o", "ours/"], 2, "--replace is about one file: name it after -o."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(
    ours: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: list[str],
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken.png").write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    try:
        ended = cli.main(["export", str(ours[0]), *typed])
    except SystemExit as refused:
        ended = int(refused.code or 0)
    assert ended == code
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.splitlines()) == code  # where to read on stands below what was typed
    assert sorted(tmp_path.rglob("*")) == before
    assert Path("taken.png").read_bytes() == b"mine"


def test_what_lies_there_goes_if_that_is_said(ours: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "taken.png"
    target.write_bytes(b"mine")
    assert cli.main(["export", str(ours[0]), "-o", str(target), "--replace"]) == 0
    assert target.read_bytes() == ours[0].read_bytes()
