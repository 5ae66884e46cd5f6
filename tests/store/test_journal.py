"""The journal: cut off anywhere it is what was done before, and a full disk loses nothing."""

import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.store import journal
from kandinsky_desktop.store.journal import Journal, Place

TILE = 64  # bytes, here


def noted(path: Path, steps: list[dict[Place, int]]) -> list[dict[Place, int]]:
    """Write steps, and return what each tile is after each of them."""
    notes, states = Journal(path), [dict[Place, int]()]
    for number, step in enumerate(steps):
        tiles = {place: bytes([value]) * TILE for place, value in step.items()}
        notes.note({"step": f"Brush {number}", "number": number}, tiles)
        states.append(states[-1] | step)
    notes.close()
    return states


def tiles_of(path: Path) -> tuple[int, dict[Place, int]]:
    state = journal.read(path)
    return state.records, {place: state.unpacked(place, TILE)[0] for place in state.tiles}


places = some.tuples(
    some.sampled_from(["mask", "picture"]), some.integers(0, 2), some.integers(0, 2)
)
steps = some.lists(some.dictionaries(places, some.integers(0, 255), max_size=4), max_size=5)


@given(steps, some.data())
def test_cut_at_any_byte_it_is_a_prefix_of_the_steps(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[dict[Place, int]],
    data: some.DataObject,
) -> None:
    path = tmp_path_factory.mktemp("cut") / "journal"
    states = noted(path, steps)
    whole = path.read_bytes()
    cut = data.draw(some.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    records, tiles = tiles_of(path)
    assert tiles == states[records]
    assert records == len(steps) or cut < len(whole)


@given(steps, some.data())
def test_with_any_byte_changed_it_is_a_prefix_of_the_steps(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[dict[Place, int]],
    data: some.DataObject,
) -> None:
    path = tmp_path_factory.mktemp("changed") / "journal"
    states = noted(path, [*steps, {}])
    whole = bytearray(path.read_bytes())
    at = data.draw(some.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(some.integers(1, 255))
    path.write_bytes(whole)
    records, tiles = tiles_of(path)
    assert records <= len(steps)
    assert tiles == states[records]


def test_after_a_torn_record_it_goes_on_behind_the_last_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    noted(path, [{("mask", 0, 0): 1}, {("mask", 1, 0): 2}])
    path.write_bytes(path.read_bytes()[:-5])
    state = journal.read(path)
    assert state.records == 1
    notes = Journal(path, state.whole_bytes)
    notes.note({"step": "later"}, {("mask", 2, 0): bytes([9]) * TILE})
    notes.close()
    assert tiles_of(path) == (2, {("mask", 0, 0): 1, ("mask", 2, 0): 9})


def test_the_last_word_on_each_thing_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    notes = Journal(path)
    notes.note({"document": {"title": "a"}, "saved": True})
    notes.note({"saved": False})
    notes.close()
    assert journal.read(path).said == {"document": {"title": "a"}, "saved": False}


def test_a_long_journal_is_written_anew_with_the_last_of_each_tile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "REWRITE_BYTES", 4000)
    monkeypatch.setattr(journal, "KEPT_BYTES", 1000)
    path, random = tmp_path / "journal", os.urandom
    notes, last = Journal(path), dict[Place, bytes]()
    for number in range(100):
        last["mask", number % 3, 0] = random(TILE)
        notes.note({"number": number}, {("mask", number % 3, 0): last["mask", number % 3, 0]})
    assert notes.size_bytes < 6000
    notes.close()
    assert path.stat().st_size == notes.size_bytes
    state = journal.read(path)
    assert state.said["number"] == 99
    assert {place: state.unpacked(place, TILE) for place in state.tiles} == last


def test_what_undo_would_bring_back_is_read_and_outlives_being_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    notes = Journal(path)
    for number in range(4):
        notes.note(
            {"step": f"Brush {number}", "kind": "step", "number": number},
            {("mask", 0, 0): bytes([number]) * TILE},
        )
    notes.note(
        {"step": "Brush 3", "kind": "undo", "number": 2}, {("mask", 0, 0): bytes([2]) * TILE}
    )

    def steps() -> list[tuple[str, object, object]]:
        state = journal.read(path)
        assert zlib.decompress(state.tiles["mask", 0, 0]) == bytes([2]) * TILE
        return [
            (step.name, zlib.decompress(packed)[0] if packed else None, step.said.get("number"))
            for step in (*state.done, *state.undone)
            for packed in step.tiles.values()
        ]

    before = [("Brush 0", None, None), ("Brush 1", 0, 0), ("Brush 2", 1, 1), ("Brush 3", 3, 3)]
    assert steps() == before
    whole = path.stat().st_size
    notes.rewrite()
    assert steps() == before
    monkeypatch.setattr(journal, "KEPT_BYTES", whole * 2 // 3)
    notes.rewrite()
    assert steps() == before[2:]
    notes.note(
        {"step": "Brush 2", "kind": "undo", "number": 1}, {("mask", 0, 0): bytes([1]) * TILE}
    )
    notes.note(
        {"step": "Brush 2", "kind": "redo", "number": 2}, {("mask", 0, 0): bytes([2]) * TILE}
    )
    assert steps() == before[2:]
    notes.note({"step": "late", "kind": "step", journal.BEHIND: True}, {})
    assert steps() == []
    notes.close()


def test_a_record_that_the_disk_did_not_take_leaves_the_rest_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    notes = Journal(path)
    notes.note({}, {("mask", 0, 0): bytes(TILE)})
    write = os.write

    def full(file: int, data: memoryview) -> int:
        if len(data) < 20:
            raise OSError(28, "No space left on device")
        return write(file, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            notes.note({}, {("mask", 1, 0): bytes(TILE)})
    notes.note({}, {("mask", 2, 0): bytes(TILE)})
    notes.close()
    assert tiles_of(path) == (2, {("mask", 0, 0): 0, ("mask", 2, 0): 0})


def test_a_tile_of_another_size_than_the_picture_is_said(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    noted(path, [{("mask", 0, 0): 1}])
    with pytest.raises(Unreadable, match="another size"):
        journal.read(path).unpacked(("mask", 0, 0), 2 * TILE)
    with pytest.raises(Unreadable, match="another size"):
        journal.read(path).unpacked(("mask", 0, 0), TILE - 1)


def test_an_empty_file_is_an_empty_journal(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    state = journal.read(tmp_path / "journal")
    assert (state.records, state.said, state.whole_bytes) == (0, {}, 0)
