"""What came through in pictures: known by their content, in a file of its own."""

from pathlib import Path

import pytest

from kandinsky_desktop.store import clip_similarity


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(b"a cat")
    return path


def test_it_is_found_under_another_name_and_not_in_another_picture(
    tmp_path: Path, picture: Path
) -> None:
    folder = tmp_path / "measures"
    assert clip_similarity.read(folder, picture) is None
    clip_similarity.write(folder, picture, (0.75, None, -1.0))
    moved = picture.rename(tmp_path / "moved.png")
    assert clip_similarity.read(folder, moved) == (0.75, None, -1.0)
    assert moved.read_bytes() == b"a cat"
    moved.write_bytes(b"another cat")
    assert clip_similarity.read(folder, moved) is None
    assert clip_similarity.read(folder, tmp_path / "gone.png") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cosines": 1}', '{"cosines": ["a"]}', "{}"])
def test_what_is_damaged_was_not_measured(tmp_path: Path, picture: Path, text: str) -> None:
    clip_similarity.write(tmp_path, picture, (1.0,))
    (file,) = tmp_path.glob("*/*.json")
    file.write_text(text)
    assert clip_similarity.read(tmp_path, picture) is None
