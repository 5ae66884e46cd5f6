"""What the picture on the stage is compared with."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Conditioning, ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.events import Finished, Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.task import Img2Img, Task, TextToImage
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.comparison import Comparison
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store import fingerprints, pictures
from tests.fakes import record, request


class Desk:
    """A viewer, and what its picture is compared with."""

    def __init__(self, background: Background, folder: Path, qtbot: QtBot) -> None:
        self.viewer = Viewer(background)
        self.comparison = Comparison(background, self.viewer)
        self.refused: list[str] = []
        self.comparison.refused.connect(self.refused.append)
        self.folder, self.until = folder, qtbot.waitUntil

    def plain(self, colour: str) -> Path:
        path = self.folder / f"{colour}.png"
        Image.new("RGB", (8, 8), colour).save(path)
        return path

    def painted(self, task: Task | None = None, conditioning: Conditioning | None = None) -> Path:
        """Save a picture of such a request."""
        asked = replace(
            request(), task=task or TextToImage(), conditioning=conditioning or Prompt("a cat")
        )
        sources = tuple(fingerprints.of_file(path) for path in asked.files)
        made = replace(record(asked), sources=sources)
        return pictures.save(pictures.finish(Image.new("RGB", (8, 8)), made), self.folder / "made")

    def look_at(self, path: Path) -> None:
        self.viewer.show_tile(Tile(path=path))
        self.until(lambda: self.viewer.is_read and self.viewer.images[0].is_whole)

    def colour(self) -> str:
        before = self.comparison.before
        assert before is not None
        assert before.image is not None
        return before.image.pixelColor(0, 0).name()

    def titles(self) -> tuple[str, ...]:
        return self.comparison.titles

    def on(self) -> bool:
        return self.comparison.on

    def read(self) -> bool:
        before = self.comparison.before
        return before is not None and before.image is not None


@pytest.fixture
def desk(background: Background, tmp_path: Path, qtbot: QtBot) -> Desk:
    return Desk(background, tmp_path, qtbot)


def test_the_parent_comes_first_and_is_read_when_it_is_asked_for(desk: Desk) -> None:
    desk.look_at(desk.plain("white"))
    assert desk.titles() == ()
    desk.look_at(desk.painted(Img2Img(path=desk.plain("red"))))
    assert desk.titles() == ("what it started from", "the picture before")
    assert not desk.read()
    desk.comparison.set_on(True)
    desk.until(desk.read)
    assert (desk.on(), desk.colour()) == (True, "#ff0000")
    desk.comparison.choose(1)
    assert desk.colour() == "#ffffff"
    desk.comparison.set_on(False)
    assert not desk.on()


def test_each_part_of_a_fusion_can_be_chosen(desk: Desk) -> None:
    parts = [Ingredient(ImagePrompt(desk.plain(colour)), 0.5) for colour in ("red", "blue")]
    desk.look_at(desk.painted(conditioning=Mix(ingredients=tuple(parts))))
    assert desk.titles() == ("part: red", "part: blue")
    desk.comparison.set_on(True)
    desk.comparison.choose(1)
    desk.until(desk.read)
    assert desk.colour() == "#0000ff"


def test_a_comparison_goes_on_with_the_next_picture_if_that_came_from_one(desk: Desk) -> None:
    first, next_ = (desk.painted(Img2Img(path=desk.plain(colour))) for colour in ("red", "blue"))
    last = desk.painted()
    desk.look_at(first)
    desk.comparison.set_on(True)
    desk.until(desk.read)
    desk.look_at(next_)
    desk.until(lambda: desk.read() and desk.colour() == "#0000ff")
    assert desk.on()
    desk.viewer.clear()
    assert not desk.on()
    desk.look_at(last)
    assert desk.titles() == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Path.unlink, "is not there any more"),
        (lambda path: path.write_bytes(b"another"), "has changed since"),
    ],
)
def test_a_parent_that_is_gone_or_changed_is_one_sentence(
    desk: Desk, change: Callable[[Path], object], said: str
) -> None:
    parent = desk.plain("red")
    desk.look_at(desk.painted(Img2Img(path=parent)))
    change(parent)
    desk.comparison.set_on(True)
    desk.until(lambda: bool(desk.refused))
    [sentence] = desk.refused
    assert said in sentence
    assert parent.name in sentence
    assert not desk.on()
    assert desk.titles() == ("what it started from",)  # it may be put back


def test_of_four_that_were_just_painted_the_current_one_is_compared_alone(desk: Desk) -> None:
    start = desk.plain("red")
    job = Job(replace(request(count=4), task=Img2Img(path=start)))
    desk.viewer.on_job_started(job)
    for index in range(4):
        desk.viewer.on_picture_made(job, Made(desk.painted(job.request.task), index, 1))
    desk.viewer.on_job_ended(job, Finished(job.id))
    desk.viewer.set_current(2)
    assert desk.titles() == ("what it started from",)
    desk.comparison.set_on(True)
    assert desk.viewer.position == (3, 4)
    assert len(desk.viewer.images) == 1
    desk.until(desk.read)
    assert desk.on()
    desk.viewer.show_group()
    assert not desk.on()
