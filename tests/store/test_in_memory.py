"""The folders of these tests: in memory where there is room, and gone with their tests."""

import os
import shutil
from pathlib import Path

import psutil
import pytest

from tests import in_memory


def test_this_one_lies_in_memory_where_there_is_room(tmp_path: Path, memory: Path | None) -> None:
    assert os.listdir(tmp_path) == []
    assert memory is None or tmp_path.parent == memory or not in_memory.has_room(memory)
    assert memory is None or memory.parent == in_memory.PLACE


def test_what_is_lent_is_gone_afterwards(tmp_path: Path) -> None:
    with in_memory.lent(tmp_path) as memory:
        assert memory is not None
        with in_memory.instead_of(Path("elsewhere/test_a0"), memory) as folder:
            (folder / "file").write_text("words", "utf-8")
            assert folder == memory / "test_a0"
        assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_such_place_none_is_lent(tmp_path: Path) -> None:
    with in_memory.lent(tmp_path / "none") as memory:
        assert memory is None
    (tmp_path / "file").touch()
    with in_memory.lent(tmp_path / "file") as memory:
        assert memory is None


@pytest.mark.parametrize("scarce", ["there", "of the machine"])
def test_a_place_with_little_room_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scarce: str
) -> None:
    usage, memory = shutil.disk_usage(tmp_path), psutil.virtual_memory()
    there, in_all = (64 << 20, 1 << 40) if scarce == "there" else (1 << 40, 64 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage._replace(free=there))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=in_all))
    assert not in_memory.has_room(tmp_path)


def test_what_a_test_that_failed_has_left_is_kept(tmp_path: Path) -> None:
    folder, usual = tmp_path / "in memory", tmp_path / "usual"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "file").write_text("words", "utf-8")
    (folder / "link").symlink_to("nowhere")
    usual.mkdir()
    in_memory.keep(folder, usual)
    assert (usual / "below" / "file").read_text("utf-8") == "words"
    assert (usual / "link").is_symlink()
