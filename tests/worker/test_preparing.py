"""Preparing in spare time: a job comes before it, and what goes wrong costs nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Awake, Finished
from kandinsky_desktop.domain.wire import Prepare
from tests.fakes import request
from tests.worker.child import child_command
from tests.worker.desk import PATIENT_MS, Desk, desk_with


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    log_file = tmp_path / "engine.log"
    with desk_with(qtbot, child_command(tmp_path), tmp_path, Path(), log_file=log_file) as desk:
        desk.wake_requested.emit()
        desk.told(Awake)
        yield desk


def test_only_the_last_is_prepared_and_a_job_makes_it_give_way(desk: Desk, tmp_path: Path) -> None:
    def logged(words: str) -> bool:
        return words in (tmp_path / "engine.log").read_text()

    for words in ("broken to load", "slow to load"):
        desk.prepare_requested.emit(Prepare(request(words), Path()))
    desk.qtbot.waitUntil(lambda: logged("prepared slow to load"), timeout=PATIENT_MS)
    assert not logged("prepared broken to load")
    assert isinstance(desk.end_of(request()), Finished)
    assert logged("gave way")
    desk.prepare_requested.emit(Prepare(request("broken to load"), Path()))
    desk.qtbot.waitUntil(lambda: logged("preparing broke"), timeout=PATIENT_MS)
    assert isinstance(desk.end_of(request()), Finished)
    assert desk.gone == 0
