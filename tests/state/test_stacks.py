"""Stacks: what one request made is one row, which opens; and it is so after a restart."""

from pathlib import Path

import pytest
from PIL import Image
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Cancelled, Finished, Made, Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.stacks import Stacks
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.thumbnails import Thumbnails
from tests.fakes import record, request
from tests.moments import apart
from tests.state.strip import strip_of


class Pile:
    """A gallery and its stacks, and a folder with pictures that say what they are."""

    def __init__(self, background: Background, folder: Path) -> None:
        self.folder = folder / "pictures"
        self.background, self.cache = background, folder / "cache"
        self.begin()

    def begin(self) -> None:
        """Begin as after a restart."""
        loader = ThumbnailLoader(self.background, Thumbnails(self.cache))
        self.gallery = strip_of(self.background, self.cache, loader)
        self.stacks = Stacks(self.gallery)

    def save(self, wanted: Request, index: int) -> Path:
        image = Image.new("RGB", (8, 8), "red")
        return apart(pictures.save(pictures.finish(image, record(wanted, index)), self.folder))

    def paint(self, wanted: Request, *indices: int, job: Job | None = None) -> Job:
        job = job or Job(wanted)
        self.gallery.making.on_job_started(job)
        for index in indices or range(wanted.count):
            self.gallery.making.on_picture_made(job, Made(self.save(wanted, index), index, 9))
        self.gallery.making.on_job_ended(job, Finished(job.id))
        return job

    @property
    def shown(self) -> list[str]:
        """Return the prompts of the rows, with the numbers of what is in a stack."""

        def say(row: int) -> str:
            tile = self.stacks.tile(row)
            words = "?" if tile.path is None else pictures.read_record(tile.path).request.words
            if tile.is_member:
                return f"  {words} {tile.index}"
            return " ".join([words, *(str(one.index) for one in tile.members)])

        return [say(row) for row in range(self.stacks.rowCount())]


@pytest.fixture
def pile(background: Background, tmp_path: Path, qtmodeltester: ModelTester) -> Pile:
    pile = Pile(background, tmp_path)
    qtmodeltester.check(pile.stacks)  # and it goes on watching
    return pile


def test_what_one_request_made_is_one_row_that_opens(pile: Pile) -> None:
    pile.paint(request("a cat", count=4))
    pile.paint(request("a dog"))
    pile.paint(request("a fox", count=2))
    assert pile.shown == ["a fox 0 1", "a dog", "a cat 0 1 2 3"]
    pile.stacks.open(2)
    opened = ["  a cat 0", "  a cat 1", "  a cat 2", "  a cat 3"]
    assert pile.shown == ["a fox 0 1", "a dog", "a cat 0 1 2 3", *opened]
    assert pile.stacks.open_row == 2
    pile.stacks.open(0)
    assert pile.shown == ["a fox 0 1", "  a fox 0", "  a fox 1", "a dog", "a cat 0 1 2 3"]
    pile.stacks.close()
    assert pile.shown == ["a fox 0 1", "a dog", "a cat 0 1 2 3"]


def test_it_is_so_after_a_restart_in_the_same_order(pile: Pile, qtbot: QtBot) -> None:
    cat = request("a cat", count=4)
    first = pile.paint(cat, 0, 1)
    pile.paint(request("a dog"))
    pile.paint(cat, 2, 3, job=Job(cat, first.id, made=(0, 1)))  # it went on later
    pile.paint(request("a fox", count=3))
    pile.paint(request("a fox", count=3))  # the same once more, with the same seeds
    before = pile.shown
    assert before == ["a fox 0 1 2", "a fox 0 1 2", "a cat 0 1 2 3", "a dog"]
    pile.begin()
    with qtbot.waitSignal(pile.gallery.listed):
        pile.gallery.set_folder(pile.folder)
    assert pile.shown == before
    assert [tile.index for tile in pile.gallery.newest] == [0, 1, 2]  # of the last time alone


def test_what_is_in_the_making_comes_first_and_shows_what_comes(pile: Pile) -> None:
    job = Job(request("a cat", count=3))
    pile.gallery.making.on_job_started(job)
    pile.gallery.add(pile.save(request("a dog"), 0))
    assert pile.shown == ["? 0 1 2", "a dog"]
    grey = Preview(4, 2, bytes(24))
    pile.gallery.making.on_stepped(job, Stepped("decoder", 3, 4, 1.0, (0, 1), grey))
    pile.stacks.show_share(0.4)
    tile = pile.stacks.tile(0)
    assert tile.image is not None
    assert tile.share == 0.4
    pile.gallery.making.on_picture_made(job, Made(pile.save(job.request, 0), 0, 9))
    assert pile.shown == ["? 0 1 2", "a dog"]
    pile.gallery.making.on_job_ended(job, Cancelled(job.id))
    assert pile.shown == ["a cat", "a dog"]  # alone it is no stack


def test_the_row_of_a_picture_is_its_own_or_that_of_its_stack(pile: Pile) -> None:
    pile.paint(request("a cat", count=2))
    pile.paint(request("a dog"))
    first = pile.stacks.tile(1).members[0].path
    assert first is not None
    assert pile.stacks.row_of(first) == 1
    pile.stacks.open(1)
    assert pile.stacks.row_of(first) == 2
    assert pile.stacks.rows_showing(first) == (1, 2)
    assert pile.stacks.row_of(Path("elsewhere.png")) is None
    urls = pile.stacks.mimeData([pile.stacks.index(1, 0)]).urls()
    assert len(urls) == 2  # all of it is dragged


def test_a_picture_that_is_deleted_leaves_its_stack_and_comes_back_into_it(pile: Pile) -> None:
    pile.paint(request("a cat", count=3))
    pile.stacks.open(0)
    middle = pile.stacks.tile(2).path
    assert middle is not None
    held = pile.gallery.take_out([middle])
    assert pile.shown == ["a cat 0 2", "  a cat 0", "  a cat 2"]
    pile.gallery.put_back(held)
    assert pile.shown == ["a cat 0 1 2", "  a cat 0", "  a cat 1", "  a cat 2"]
