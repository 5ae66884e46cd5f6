"""Documents of the canvas that nobody would miss; what is nowhere else stays."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import Document, PlacedPicture
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.store import canvas_folders, old_documents
from kandinsky_desktop.store.journal import Journal

DAY_S = 86_400.0


def document(root: Path, source: Path | None, **said: object) -> Path:
    """Begin a document of a small picture, as the window does."""
    path = root.parent / "cat.png"
    if not path.exists():
        Image.new("RGB", (8, 8), "red").save(path)
    folder = canvas_folders.create(root, ".png", path.read_bytes())
    notes = Journal(folder / canvas_folders.JOURNAL)
    about = file_format.encode(Document(size=Size(8, 8), source=source))
    notes.note({"document": about, "saved": True, **said})
    notes.close()
    return folder


def note(folder: Path, layer: str = "mask", **said: object) -> None:
    path = folder / canvas_folders.JOURNAL
    notes = Journal(path, path.stat().st_size)
    tiles = {(layer, 0, 0): bytes(64)} if layer else {}
    notes.note({"saved": False, "kept": "", **said}, tiles)
    notes.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "canvas"


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    Image.new("RGB", (8, 8), "red").save(path)
    return path


def test_a_mask_on_a_picture_that_is_still_there_is_not_missed(root: Path, cat: Path) -> None:
    folder = document(root, cat)
    note(folder)
    assert old_documents.holds_nothing_alone(folder)


@pytest.mark.parametrize("how", ["gone", "changed", "pasted"])
def test_a_picture_that_is_nowhere_else_stays(root: Path, cat: Path, how: str) -> None:
    folder = document(root, None if how == "pasted" else cat)
    note(folder)
    if how == "gone":
        cat.unlink()
    elif how == "changed":
        Image.new("RGB", (8, 8), "blue").save(cat)
    assert not old_documents.holds_nothing_alone(folder)


@pytest.mark.parametrize("layer", ["picture", "sketch", "depth"])
def test_a_painted_picture_stays_unless_it_was_saved_or_kept_since(
    root: Path, cat: Path, tmp_path: Path, layer: str
) -> None:
    folder, elsewhere = document(root, cat), tmp_path / "elsewhere.ora"
    note(folder, layer)
    assert not old_documents.holds_nothing_alone(folder)
    elsewhere.touch()
    note(folder, "", path=str(elsewhere), saved=True)
    assert old_documents.holds_nothing_alone(folder)
    note(folder, layer)
    assert not old_documents.holds_nothing_alone(folder)
    note(folder, "", kept=str(elsewhere))
    assert old_documents.holds_nothing_alone(folder)
    elsewhere.unlink()
    assert not old_documents.holds_nothing_alone(folder)


def test_a_picture_that_lies_over_another_stays(root: Path, cat: Path) -> None:
    folder = document(root, cat)
    placed = PlacedPicture(file="placed-0.png", box=Box(0, 0, 4, 4))
    about = Document(size=Size(8, 8), source=cat, placed=placed)
    note(folder, "", document=file_format.encode(about))
    assert not old_documents.holds_nothing_alone(folder)
    note(folder, "", document=file_format.encode(replace(about, placed=None)))
    assert old_documents.holds_nothing_alone(folder)


def test_while_a_fill_waits_a_document_stays(root: Path, cat: Path) -> None:
    folder = document(root, cat)
    fill = folder / canvas_folders.FILLS / "fill.png"
    fill.parent.mkdir()
    shutil.copy(cat, fill)
    assert not old_documents.holds_nothing_alone(folder)
    canvas_folders.note_decided([fill])
    assert old_documents.holds_nothing_alone(folder)


@pytest.mark.parametrize("content", [b"", b"no journal", None])
def test_what_cannot_be_told_stays(root: Path, cat: Path, content: bytes | None) -> None:
    folder = document(root, cat)
    if content is None:
        (folder / canvas_folders.JOURNAL).unlink()
    else:
        (folder / canvas_folders.JOURNAL).write_bytes(content)
    assert not old_documents.let_go(folder)
    assert folder.exists()


def aged(folder: Path, days: float) -> Path:
    then = time.time() - days * DAY_S
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (then, then))
    return folder


def test_a_month_is_long_and_a_day_is_spared_whatever_they_take(root: Path, cat: Path) -> None:
    days = {aged(document(root, cat), days): days for days in (0.5, 31, 3)}
    found = old_documents.by_age(days)
    assert [days[one.folder] for one in found] == [31, 3, 0.5]
    assert [one.is_over(0) for one in found] == [True, False, False]
    assert [one.is_over(10**10) for one in found] == [True, True, False]
    assert found[0].size_bytes > cat.stat().st_size


def test_a_document_that_let_go_leaves_nothing(root: Path, cat: Path) -> None:
    folder = document(root, cat)
    assert old_documents.let_go(folder)
    assert not folder.exists()
