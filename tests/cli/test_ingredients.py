"""What is typed for a meaning: a file that is there is a file, whatever it is called."""

import os
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.cli.ingredients import ingredient, pictures, source
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Ingredient, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures of several kinds, called as they are or otherwise, and others."""
    monkeypatch.chdir(tmp_path)
    image = Image.new("RGB", (16, 16), "orange")
    image.save("photo.jfif", "JPEG")
    image.save("a cat", "PNG")
    image.save("scan.bak", "TIFF")
    if os.name != "nt":
        image.save("16:9", "WEBP")
    Path("damaged.png").write_bytes(b"no picture")
    Path("notes").write_text("hello")
    Path("phone.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    Path("saved").write_bytes((2).to_bytes(8, "little") + b"{}")
    Path(".hidden.txt").touch()
    Path("within").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["photo.jfif", "a cat", "scan.bak"])
def test_a_file_that_is_there_is_a_file(here: Path, name: str) -> None:
    assert source(name) == ImagePrompt(here / name)
    assert ingredient(f"{name}:0.6") == Ingredient(ImagePrompt(here / name), 0.6)
    assert source(f"text:{name}") == Prompt(name)


@pytest.mark.skipif(os.name == "nt", reason="no file has such a name there")
def test_a_file_with_a_colon_in_its_name_is_a_file(here: Path) -> None:
    assert ingredient("16:9") == Ingredient(ImagePrompt(here / "16:9"), 1.0)
    assert ingredient("16:9:2") == Ingredient(ImagePrompt(here / "16:9"), 2.0)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("last", ["", "half", "0.5.1", "60%"])
def test_what_stands_behind_a_file_is_a_weight_and_no_words(last: str) -> None:
    """Or the file's name were painted, without a word of it."""
    with pytest.raises(InvalidRequest, match=r"no weight of a cat: write a cat:0\.5"):
        ingredient(f"a cat:{last}")
    assert ingredient(f"text:a cat:{last}").source == Prompt(f"a cat:{last}")
    assert ingredient(f"a dog:{last}").source == Prompt(f"a dog:{last}")


def test_a_saved_meaning_is_known_by_its_content(here: Path) -> None:
    assert source("saved") == ImageEmbedding(here / "saved")


@pytest.mark.usefixtures("here")
def test_what_is_not_there_is_words_unless_it_is_called_like_a_picture() -> None:
    assert source("a dog") == Prompt("a dog")
    assert source("within") == Prompt("within")
    with pytest.raises(Unreadable, match=r"There is no file dog\.jfif\. If words are meant"):
        source("dog.jfif")


@pytest.mark.usefixtures("here")
def test_a_file_that_is_no_picture_is_not_guessed_at() -> None:
    with pytest.raises(Unreadable, match=r"notes is no picture .+ write text:notes"):
        source("notes")
    with pytest.raises(Unreadable, match=r"not read \(HEIC\): save it as PNG or JPEG first"):
        source("phone.HEIC")


def test_a_folder_run_takes_pictures_by_their_content_and_says_what_it_skips(here: Path) -> None:
    said: list[str] = []
    names = [path.name for path in pictures(str(here), said.append)]
    assert names == sorted({"photo.jfif", "a cat", "scan.bak", "damaged.png", "16:9"} & {*names})
    assert len(names) >= 4
    assert said == [f"Passed over in {here}: notes, phone.HEIC, saved, within{os.sep}."]
    for number in range(4):
        (here / f"z{number}").touch()
    pictures(str(here), said.append)
    assert said[1].endswith(f"saved, within{os.sep}, z0 and 3 more.")
