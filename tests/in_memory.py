"""Temporary folders in memory, where a sync takes no time: on a disk it takes up to ten ms.

The tests of a folder have them where its conftest imports `memory` and `tmp_path`. What is asked
of pytest's factory lies where pytest puts it, and so does all where there is no such place.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from kandinsky_desktop.store import temporary

PLACE = Path("/dev/shm")
ROOM = 2_000_000_000  # bytes; no test that lies here takes a tenth of it


@pytest.fixture(scope="session")
def memory() -> Iterator[Path | None]:
    """Where folders lie in memory, if they may."""
    with lent(PLACE) as folder:
        yield folder


@pytest.fixture
def tmp_path(tmp_path: Path, memory: Path | None, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder in memory, if there is room; if the test fails, it is kept where pytest does."""
    if memory is None or not has_room(memory):
        yield tmp_path
        return
    failed = request.session.testsfailed
    with instead_of(tmp_path, memory) as folder:
        yield folder
        if request.session.testsfailed > failed:
            keep(folder, tmp_path)


@contextmanager
def lent(place: Path) -> Iterator[Path | None]:
    """Lend a folder in a place; where this process is killed, the next that is lent removes it."""
    with ExitStack() as until_the_end:
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(tempfile, "tempdir", str(place))
                folder = until_the_end.enter_context(temporary.folder("tests"))
        except OSError:  # there is none, or it is not ours to write to
            yield None
        else:
            yield folder


@contextmanager
def instead_of(usual: Path, memory: Path) -> Iterator[Path]:
    """Lend a test an empty folder for its usual one."""
    folder = memory / usual.name
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def has_room(place: Path) -> bool:
    """Whether a test may write there as much as it likes."""
    return min(shutil.disk_usage(place).free, psutil.virtual_memory().available) > ROOM


def keep(folder: Path, usual: Path) -> None:
    """Copy what can be copied of what a test has left."""
    with suppress(OSError):
        shutil.copytree(folder, usual, symlinks=True, dirs_exist_ok=True)
