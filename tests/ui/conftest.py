"""The whole program for tests of flows: once per test, or once per module where that suffices."""

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.app import program
from kandinsky_desktop.store import places
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """A theme for widgets that are tested alone; the application is as it was afterwards."""
    made = Theme(qapp)
    yield made
    made.deleteLater()


@pytest.fixture(scope="session")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of nothing but what previews are seen through: fitted once, not by each engine."""
    return tmp_path_factory.mktemp("fits")


def _copy_fits(source: Path, target: Path) -> None:
    for fit in source.glob("embeddings/*/FitPreview-*.safetensors"):
        copy = target / fit.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fit, copy)


@pytest.fixture
def start(
    qapp: QApplication, qtbot: QtBot, python: str, fits: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Driver]]:
    """Return what starts the program; a test may close it and start it again."""
    engine = [python, "-m", "kandinsky_desktop.engine"]
    indexer = [python, "-m", "kandinsky_desktop.indexer"]
    monkeypatch.setattr(program, "engine_command", lambda: engine)
    monkeypatch.setattr(program, "indexer_command", lambda: indexer)
    monkeypatch.setattr(gc, "unfreeze", lambda: None)  # of what is no window's, at its end
    qapp.setStyle("Fusion")
    running: list[Driver] = []

    def begin() -> Driver:
        running.append(Driver(qapp, qtbot))
        _copy_fits(fits, places.cache())  # now: a first start finds nothing of an earlier one
        return running[-1]

    yield begin
    for driver in running:
        driver.close()
        driver.window.deleteLater()
    _copy_fits(places.cache(), fits)
    # now: the style sheet of the next test would be laid on these windows too, which takes longer
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()  # what is left of them, before another one spares what is there
    # the offscreen platform destroys what lies there after Python has ended, and crashes
    QGuiApplication.clipboard().clear()


@pytest.fixture
def driver(start: Callable[[], Driver]) -> Driver:
    """The program, set to paint in few steps: few tests look at how good a picture is."""
    driver = start()
    driver.state.draft.set_sampling(steps=4, prior_steps=3)
    return driver


@pytest.fixture
def unhurried(start: Callable[[], Driver]) -> Driver:
    """The program with the model's own steps."""
    return start()
