"""A picture is saved whole or not at all, whatever becomes of the program or the disk meanwhile."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import SavingFailed
from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.store import exporting, library_index, pictures
from kandinsky_desktop.store.library_index import open_reader
from kandinsky_desktop.store.pictures import Finished
from tests.crashes import Crash, injected
from tests.library import colored, indexed, picture, record_of


def finished(number: int = 1) -> Finished:
    return pictures.finish(colored(number), record_of("a red cat", seed=number))


def shown(folder: Path, place: Path) -> list[Path]:
    """Return what a library shows of a folder, and check that each is whole."""
    index, _roots = indexed(place, folder)
    reader = open_reader(place)
    rows = library_index.rows(reader, index.newest(99))
    assert not any(row.broken for row in rows)
    count = reader.execute("SELECT count(*) FROM picture").fetchone()[0]
    reader.close()
    index.close()
    assert count == len(rows)
    return sorted(row.path for row in rows)


def save(folder: Path) -> None:
    pictures.save(finished(), folder)


def save_as(folder: Path) -> None:
    pictures.save_as(finished(), folder / "as.png")


def export(folder: Path) -> None:
    source = next(folder.parent.glob("source/*.png"))
    exporting.export_into(source, folder, ExportOptions())


WAYS = (save, save_as, export)


def steps_of(folder: Path, act: Callable[[Path], None]) -> int:
    picture(folder.parent / "source")
    folder.mkdir(parents=True)
    with injected(0, files=True) as counted:
        act(folder)
    return counted.count


@pytest.mark.parametrize("act", WAYS)
def test_a_crash_at_any_step_of_saving_shows_it_whole_or_not(
    tmp_path: Path, act: Callable[[Path], None]
) -> None:
    steps = steps_of(tmp_path / "counted" / "pictures", act)
    assert steps >= 5
    before = 0
    for step in range(1, steps + 1):
        folder = tmp_path / str(step) / "pictures"
        picture(folder.parent / "source")
        folder.mkdir(parents=True)
        with injected(step, files=True) as death, pytest.raises(Crash):
            act(folder)
        assert death.dead
        place = folder.parent / "index.db"
        there = shown(folder, place)
        assert len(there) <= 1
        for path in there:
            assert pictures.read_record(path).request.words == "a red cat"
            assert pictures.open_picture(path).size == (16, 16)
        assert len(there) >= before  # once it is there, later steps do not take it away
        before = len(there)
        pictures.save(finished(2), folder)  # all goes on
        assert len(shown(folder, place)) == len(there) + 1
    assert before == 1


@pytest.mark.parametrize("act", WAYS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_step_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, act: Callable[[Path], None], number: int
) -> None:
    steps, said = steps_of(tmp_path / "counted" / "pictures", act), list[str]()
    for step in range(1, steps + 1):
        folder = tmp_path / str(step) / "pictures"
        source = picture(folder.parent / "source")
        folder.mkdir(parents=True)
        try:
            with injected(step, OSError(number, os.strerror(number)), files=True):
                act(folder)
        except SavingFailed as error:
            said.append(str(error))
            assert list(folder.iterdir()) == []
        else:
            assert len(shown(folder, folder.parent / "index.db")) == 1
        assert source.exists()
    assert len(said) >= 2
    assert all(sentence.endswith(".") for sentence in said)
