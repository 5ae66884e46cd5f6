"""What every test stands on: no network, no display, and nothing of the person's own."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "2")  # before torch is imported, here or in a child
# Likewise. Where more run than there are cores, threads that wait would take the processor from
# the one that they wait for: the same picture took up to thirty times the processor time.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would compile the same

import gc
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from kandinsky_desktop.app.garbage import collect_due
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import places
from tests.guard import sitecustomize  # which every child imports too
from tests.nursery import nursery

NETWORK_ATTEMPTS = Path(tempfile.mkstemp(prefix="network-attempts-")[1])
os.environ[sitecustomize.ATTEMPTS] = str(NETWORK_ATTEMPTS)
ahead = os.environ.get("PYTHONPATH")
guard = str(Path(sitecustomize.__file__).parent)
os.environ["PYTHONPATH"] = os.pathsep.join([guard, *([ahead] if ahead else [])])

# A busy machine is no error, a fixture of a whole module is meant, and each run tries the same.
settings.register_profile(
    "ours",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ours")
sys.dont_write_bytecode = False  # 10 s less of each worker, where it has run before

# Likewise: what is waited for comes, however many share the processor; 5 s are too few then.
PATIENT_MS = 60_000
for wait in ("waitUntil", "waitSignal", "waitSignals", "waitExposed"):
    getattr(QtBot, wait).__kwdefaults__["timeout"] = PATIENT_MS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test, and every process it starts, a folder of its own for all that is kept."""
    home = tmp_path / "home"
    monkeypatch.setenv("KANDINSKY_HOME", str(home))
    monkeypatch.delenv("KANDINSKY_MODELS", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub cache"))
    return home


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Fail where the test, or a process that it started, tried to go out to a network."""
    yield
    attempts = NETWORK_ATTEMPTS.read_text("utf-8")
    if attempts:
        NETWORK_ATTEMPTS.write_text("", "utf-8")
    assert not attempts


@pytest.fixture(scope="session")
def starter() -> Path:
    """The model that ships with the program."""
    return places.shipped_models() / "starter"


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Python that, for `-m MODULE`, has imported torch before it begins."""
    with nursery(tmp_path_factory.mktemp("nursery")) as python:
        yield python


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    """Threads that end with the test: what they hold may not be freed in them, later on."""
    background = Background()
    yield background
    background.end()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported: it would go through it again and again."""
    _spare_what_is_there()
    gc.disable()


LONGEST_FIRST = (  # folders: what is short comes last, so that no worker waits long for another
    *("benchmarks", "ui", "engine", "worker", "app", "packaging", "cli", "state"),
    *("store", "indexer", "raster", "domain"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long files first: files are handed out in this order, whole (`--dist loadfile`)."""
    ranks = {folder: rank for rank, folder in enumerate(LONGEST_FIRST)}

    def rank(item: pytest.Item) -> int:
        folders = item.nodeid.partition("::")[0].split("/")
        return min((ranks[folder] for folder in folders if folder in ranks), default=0)

    items.sort(key=rank)


FILE = pytest.StashKey[Path]()  # whose tests run


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Spare it what the file before imported, too: half a million objects, of torch alone."""
    if item.session.stash.get(FILE, None) != item.path:
        item.session.stash[FILE] = item.path
        _spare_what_is_there()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    NETWORK_ATTEMPTS.unlink(missing_ok=True)


def pytest_runtest_teardown() -> None:
    """Collect here instead of in any thread, as the program does: see app/garbage.py."""
    gc.disable()  # a window that has ended leaves it to Python again
    collect_due()


def _spare_what_is_there() -> None:
    gc.collect()
    gc.freeze()
