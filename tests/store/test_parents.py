"""Where the pictures lie that another was made from."""

from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.parents import Parent
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.parents import found


def test_a_parent_is_found_by_its_content_where_it_was_or_beside_its_child(tmp_path: Path) -> None:
    there, child = tmp_path / "cat.png", tmp_path / "moved" / "child.png"
    child.parent.mkdir()
    there.write_bytes(b"cat")
    parent = Parent(there, "start", fingerprints.of_file(there))
    assert found(parent, child) == there
    beside = there.rename(child.with_name("cat.png"))
    assert found(parent, child) == beside
    there.write_bytes(b"another")
    assert found(parent, child) == beside
    beside.unlink()
    with pytest.raises(Unreadable, match=r"cat\.png, which the picture was .* changed since\.$"):
        found(parent, child)
    there.unlink()
    with pytest.raises(Unreadable, match=r"cat\.png, .* is not there any more\.$"):
        found(parent, child)


def test_without_a_known_content_the_file_of_that_name_is_taken(tmp_path: Path) -> None:
    there = tmp_path / "cat.png"
    there.write_bytes(b"cat")
    assert found(Parent(there, "start"), tmp_path / "child.png") == there
    for odd in (Path("/a\0b"), tmp_path, Path("/")):  # no name, a folder, one without a name
        with pytest.raises(Unreadable):
            found(Parent(odd, "start"), Path("/nowhere/child.png"))
