"""A model's folder that is taken away, at any time: one sentence that names it, and what it is."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import KandinskyError, ModelAway, Unreadable
from kandinsky_desktop.domain.events import Loading, PhaseRan, Progress
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.models import away, lost, read_model
from tests.engine.story import told
from tests.fakes import request

QUICK = {"width": 32, "height": 32, "steps": 2, "prior_steps": 2}


@pytest.fixture
def stick(small: Path, tmp_path: Path) -> Path:
    """A model on a stick that can be pulled out."""
    return shutil.copytree(small, tmp_path / "stick" / "mine")


def wanted() -> Paint:
    return request("a cat", **QUICK)


def remark(stick: Path) -> str:
    return f"{stick}, where the model lies, is not there any more."


@pytest.mark.parametrize("what", ["moved", "a file", "an empty folder", "its disk too"])
def test_a_job_whose_model_is_gone_names_its_folder(stick: Path, tmp_path: Path, what: str) -> None:
    engine = Engine(tmp_path / "cache", 1)
    told(engine, wanted(), stick)
    shutil.move(stick.parent if what == "its disk too" else stick, tmp_path / "elsewhere")
    if what == "a file":
        stick.touch()
    elif what == "an empty folder":  # where a disk was mounted
        stick.mkdir()
    with pytest.raises(ModelAway) as caught:
        told(engine, wanted(), stick)
    assert str(caught.value) == remark(stick)


@pytest.mark.parametrize("component", ["text_encoder", "prior", "unet", "movq"])
def test_a_folder_that_goes_while_it_is_loaded_is_named(
    stick: Path, tmp_path: Path, component: str
) -> None:
    engine = Engine(tmp_path / "cache", 1)

    def pull(progress: Progress) -> bool:
        if isinstance(progress, Loading) and progress.component == component:
            stick.parent.rename(tmp_path / "elsewhere")
        return False

    with pytest.raises(ModelAway) as caught:
        told(engine, wanted(), stick, stop_at=pull)
    assert str(caught.value) == remark(stick)
    (tmp_path / "elsewhere").rename(stick.parent)
    assert told(engine, wanted(), stick).images  # it goes on when it is back


def test_a_folder_that_goes_between_two_phases_is_named(stick: Path, tmp_path: Path) -> None:
    def pull(progress: Progress) -> bool:
        if isinstance(progress, PhaseRan) and stick.exists():
            shutil.rmtree(stick / "decoder" / "unet")
        return False

    with pytest.raises(ModelAway, match="unet, where the model lies, is not there any more"):
        told(Engine(tmp_path / "cache", 1), wanted(), stick, stop_at=pull)


def raising(error: OSError) -> Callable[..., str]:
    def fail(*args: object) -> str:
        raise error

    return fail


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENODEV])
def test_a_disk_that_cannot_be_read_is_named(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    engine = Engine(tmp_path / "cache", 1)

    def pull(progress: Progress) -> bool:
        if isinstance(progress, Loading):
            error = OSError(number, "It is worn out")
            monkeypatch.setattr(fingerprints, "of_folder", raising(error))
        return False

    with pytest.raises(ModelAway) as caught:
        told(engine, wanted(), stick, stop_at=pull)
    assert str(caught.value) == (
        f"{stick}, where the model lies, cannot be read any more (It is worn out)."
    )


def test_what_fails_elsewhere_is_not_taken_for_the_model(stick: Path, tmp_path: Path) -> None:
    model = read_model(stick)
    assert model is not None
    assert away(stick, model) is None
    said: KandinskyError = lost(OSError(errno.EIO, "worn out", str(tmp_path / "cat.png")), model)
    assert isinstance(said, Unreadable)
    assert str(said) == f"{tmp_path / 'cat.png'} could not be read or written: worn out."
    said = lost(OSError(errno.EIO, "worn out", str(stick / "prior" / "x.json")), model)
    assert isinstance(said, ModelAway)
    said = lost(OSError(errno.ENOSPC, "full"), model)
    assert str(said) == "The disk failed: full."
