"""What leads on from a picture: queued by its file, or refused in a sentence."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Prompt
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.domain.variations import STRENGTHS
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.models import Models
from kandinsky_desktop.state.variations import Variations
from kandinsky_desktop.store import pictures
from tests.fakes import NATIVE, record, request


class Desk:
    """A picture of ours, and the queue that its variations go into."""

    def __init__(self, folder: Path, background: Background, qtbot: QtBot, starter: Path) -> None:
        self.qtbot = qtbot
        self.session = JobQueue()
        self.session.pause(True)
        models = Models(background)
        self.variations = Variations(background, self.session, models)
        with qtbot.waitSignal(models.found):
            models.search((starter.parent,))
        self.session.set_models(models.available.models)
        self.picture = self.painted(folder / "cat.png")

    def painted(self, path: Path, side: int = NATIVE, **changes: object) -> Path:
        image = Image.new("RGB", (side, side), "orange")
        wanted = request("a cat", width=side, height=side, seed=5, prior_seed=7, **changes)
        return pictures.save_as(pictures.finish(image, record(wanted)), path)

    def queued(self) -> Paint:
        self.qtbot.waitUntil(lambda: bool(self.session.jobs.entries))
        (entry,) = self.session.jobs.entries
        assert isinstance(entry.job.request, Paint)
        return entry.job.request


@pytest.fixture
def desk(background: Background, tmp_path: Path, qtbot: QtBot, starter: Path) -> Desk:
    return Desk(tmp_path, background, qtbot, starter)


@pytest.mark.parametrize("how", STRENGTHS)
def test_four_variations_begin_with_the_picture_and_its_idea(desk: Desk, how: str) -> None:
    desk.variations.vary(desk.picture, how)  # type: ignore[arg-type]
    wanted = desk.queued()
    assert wanted.task == Img2Img(path=desk.picture, strength=STRENGTHS[how])  # type: ignore[index]
    assert wanted.count == 4
    assert wanted.conditioning == Prompt("a cat")
    assert wanted.sampling.prior_seed == 7


def test_a_larger_one_is_twice_as_wide_and_of_the_same_seed(desk: Desk) -> None:
    desk.variations.enlarge(desk.picture)
    wanted = desk.queued()
    assert (wanted.sampling.width, wanted.sampling.height) == (2 * NATIVE, 2 * NATIVE)
    assert (wanted.count, wanted.sampling.seed) == (1, 5)


@pytest.mark.parametrize("name", ["gone.png", f"{'long' * 900}.png"])
def test_of_a_picture_whose_parts_are_gone_the_meaning_it_carries_is_taken(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    wanted = replace(request(), conditioning=ImagePrompt(tmp_path / name))
    image = Image.new("RGB", (NATIVE, NATIVE), "orange")
    path = pictures.save_as(pictures.finish(image, record(wanted)), tmp_path / "tom.png")
    desk.variations.vary(path, "subtly")
    assert desk.queued().conditioning == ImageEmbedding(path)


def test_a_picture_of_others_is_refused(desk: Desk, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")
    with desk.qtbot.waitSignal(desk.variations.refused) as told:
        desk.variations.vary(tmp_path / "photo.png", "subtly")
    assert told.args
    assert "does not say how it was made" in told.args[0]
    assert not desk.session.jobs.entries


def test_a_picture_of_a_model_that_is_gone_is_refused(desk: Desk, background: Background) -> None:
    lonely = Variations(background, desk.session, Models(background))
    with desk.qtbot.waitSignal(lonely.refused) as told:
        lonely.enlarge(desk.picture)
    assert told.args == ["The model 'starter' is not there any more."]
    assert not desk.session.jobs.entries
