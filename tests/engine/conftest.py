"""Engines and models that many tests share: each is made once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from kandinsky_desktop.engine.engine import Engine
from tests.engine import layouts, tiny

torch.set_num_threads(1)  # side by side with other work, two threads wait for each other


@pytest.fixture(autouse=True)
def _same_chance() -> None:
    """Begin each test with the same random numbers, whatever ran before it in this process."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def engine(cache: Path) -> Engine:
    """One engine for all tests that do not look at what it loads."""
    return Engine(cache, 1)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("small") / "small")


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("learned") / "learned", tiny.LEARNED)


@pytest.fixture(scope="session")
def kandinsky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("2.2") / "Kandinsky 2.2", tiny.KANDINSKY)


@pytest.fixture(scope="session")
def whole_22(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that there is of 2.2, with a decoder for holes and one for depth."""
    return tiny.write(tmp_path_factory.mktemp("whole") / "Whole 2.2", tiny.WHOLE_22)


@pytest.fixture(scope="session")
def model(whole_22: Path) -> Path:
    """What to paint with where any model would do: four times as fast as the starter."""
    return whole_22


@pytest.fixture(scope="session")
def whole_21(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that there is of 2.1."""
    return tiny.write(tmp_path_factory.mktemp("whole") / "Whole 2.1", tiny.WHOLE_21)


@pytest.fixture(scope="session")
def estimator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that estimates depth."""
    return tiny.write_estimator(tmp_path_factory.mktemp("estimators") / "dpt")


@pytest.fixture(autouse=True)
def lies_alike(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where we are compared with diffusers, networks get the same from both, laid out alike."""
    if request.node.get_closest_marker("parity") is None:
        yield
        return
    with layouts.compared():
        yield


def pipeline(kind: Any, folder: Path) -> Any:
    """Load a pipeline of diffusers as its documentation says, in single precision."""
    made = kind.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    made.set_progress_bar_config(disable=True)
    return made
