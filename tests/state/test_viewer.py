"""What is on the stage: a job's pictures as they grow, one of them alone, and the way back."""

from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.events import Cancelled, Finished, Made, Preview, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.state.viewer import Viewer
from tests.fakes import request

PREVIEW = Preview(4, 2, (b"\xff\0\0" * 2 + b"\0\0\xff" * 2) * 2)


@pytest.fixture
def viewer(background: Background) -> Viewer:
    return Viewer(background)


def picture(folder: Path, name: str) -> Path:
    Image.new("RGB", (64, 64), "red").save(folder / name)
    return folder / name


def painted(viewer: Viewer, folder: Path, count: int) -> tuple[Job, list[Path]]:
    """Let a job paint so many pictures, and go on."""
    job = Job(request(count=count))
    viewer.on_job_started(job)
    paths = [picture(folder, f"{job.id}-{number}.png") for number in range(count)]
    for number, path in enumerate(paths):
        viewer.on_picture_made(job, Made(path, number, 1))
    return job, paths


def test_one_of_four_is_current_and_actions_are_done_to_it(viewer: Viewer, tmp_path: Path) -> None:
    _job, paths = painted(viewer, tmp_path, 4)
    assert (viewer.current_path, viewer.path) == (paths[0], None)
    viewer.set_current(2)
    assert viewer.current_path == paths[2]
    assert viewer.position == (3, 4)
    viewer.set_current(4)  # there is none
    assert viewer.current == 2


def test_one_is_seen_alone_and_there_is_a_way_back_to_the_four(
    viewer: Viewer, tmp_path: Path
) -> None:
    job, paths = painted(viewer, tmp_path, 4)
    viewer.on_job_ended(job, Finished(job.id))
    viewer.show_alone(1)
    assert (viewer.path, viewer.current_path, viewer.position) == (paths[1], paths[1], (2, 4))
    assert viewer.job is None
    viewer.step(1)
    assert viewer.path == paths[2]
    viewer.show_tile(Tile(path=paths[3]))  # from the strip, and it is one of them
    viewer.step(1)  # there is no fifth
    assert viewer.position == (4, 4)
    assert viewer.show_group()
    assert [one.path for one in viewer.images] == paths
    assert viewer.current == 3
    assert not viewer.show_group()


def test_others_lead_away_from_the_four_and_there_is_a_way_back(
    viewer: Viewer, tmp_path: Path
) -> None:
    job, paths = painted(viewer, tmp_path, 4)
    viewer.on_job_ended(job, Finished(job.id))
    viewer.show_alone(2)
    for name in ("other.png", "another.png"):
        viewer.show_tile(Tile(path=picture(tmp_path, name)))
        assert viewer.position == (1, 1)
    assert viewer.show_group()
    assert [one.path for one in viewer.images] == paths
    assert viewer.current == 2
    assert not viewer.show_group()


def test_from_a_running_job_another_picture_leads_to_no_four_that_are_not_there(
    viewer: Viewer, tmp_path: Path
) -> None:
    viewer.on_job_started(Job(request(count=4)))
    viewer.show_tile(Tile(path=picture(tmp_path, "other.png")))
    assert not viewer.show_group()


def test_a_deleted_picture_is_not_among_those_gone_back_to(viewer: Viewer, tmp_path: Path) -> None:
    job, paths = painted(viewer, tmp_path, 4)
    viewer.on_job_ended(job, Finished(job.id))
    viewer.show_tile(Tile(path=picture(tmp_path, "other.png")))
    viewer.take_out(paths[1], None)
    assert viewer.show_group()
    assert [one.path for one in viewer.images] == [paths[0], *paths[2:]]


def test_those_that_still_grow_go_on_while_one_is_seen_alone(
    viewer: Viewer, tmp_path: Path, qtbot: QtBot
) -> None:
    job = Job(request(count=2))
    viewer.on_job_started(job)
    first = picture(tmp_path, "a.png")
    viewer.on_picture_made(job, Made(first, 0, 1))
    viewer.show_alone(1)  # it is not there yet
    assert len(viewer.images) == 2
    viewer.show_alone(0)
    qtbot.waitUntil(lambda: viewer.images[0].image is not None)
    changed: list[int] = []
    viewer.changed.connect(changed.append)
    viewer.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (1,), Preview(2, 2, b"\0\0\xff" * 4)))
    assert not changed
    viewer.show_group()
    assert viewer.images[1].preview is not None


def test_what_is_left_of_a_job_that_was_cancelled_keeps_its_current_picture(
    viewer: Viewer, tmp_path: Path
) -> None:
    job = Job(request(count=3))
    viewer.on_job_started(job)
    paths = [picture(tmp_path, name) for name in ("b.png", "c.png")]
    for number, path in zip((1, 2), paths, strict=True):
        viewer.on_picture_made(job, Made(path, number, 1))
    viewer.set_current(2)
    viewer.on_job_ended(job, Cancelled(job.id))
    assert [one.path for one in viewer.images] == paths
    assert viewer.current_path == paths[1]


def test_a_job_that_made_nothing_gives_back_what_was_seen_before(
    viewer: Viewer, tmp_path: Path
) -> None:
    _job, paths = painted(viewer, tmp_path, 4)
    viewer.show_alone(2)
    other = Job(request())
    viewer.on_job_started(other)
    viewer.on_job_ended(other, Cancelled(other.id))
    assert viewer.path == paths[2]
    assert viewer.show_group()


@pytest.mark.parametrize("together", [True, False])
def test_of_what_was_seen_before_a_job_nothing_may_be_left(
    viewer: Viewer, tmp_path: Path, together: bool
) -> None:
    _job, paths = painted(viewer, tmp_path, 2)
    if together:
        viewer.show_alone(1)
    else:
        viewer.show_tile(Tile(path=picture(tmp_path, "other.png")))
    other = Job(request())
    viewer.on_job_started(other)
    for path in paths:
        viewer.take_out(path, None)
    viewer.on_job_ended(other, Cancelled(other.id))
    assert not viewer.show_group()
    assert [one.path for one in viewer.images] == ([] if together else [tmp_path / "other.png"])


def test_another_name_leads_back_to_the_same_four(
    viewer: Viewer, tmp_path: Path, qtbot: QtBot
) -> None:
    _job, paths = painted(viewer, tmp_path, 4)
    viewer.show_tile(Tile(path=picture(tmp_path, "other.png")))
    for path in (paths[1], tmp_path / "other.png"):
        viewer.rename(path, path.rename(path.with_stem(f"{path.stem} renamed")))
    assert viewer.path == tmp_path / "other renamed.png"
    qtbot.waitUntil(lambda: viewer.images[0].is_whole and viewer.is_read)
    assert viewer.show_group()
    named = paths[1].with_stem(f"{paths[1].stem} renamed")
    assert [one.path for one in viewer.images] == [paths[0], named, *paths[2:]]
    other = Job(request())
    viewer.on_job_started(other)
    viewer.rename(named, named.rename(paths[1]))
    viewer.on_job_ended(other, Cancelled(other.id))
    assert [one.path for one in viewer.images] == paths


def test_image_to_image_begins_with_its_start(viewer: Viewer, tmp_path: Path, qtbot: QtBot) -> None:
    start = picture(tmp_path, "start.png")
    job = Job(request(count=2, task=Img2Img(path=start)))
    viewer.on_job_started(job)
    qtbot.waitUntil(lambda: all(one.start is not None for one in viewer.images))
    assert all(one.image is None for one in viewer.images)
    viewer.on_stepped(job, Stepped("decoder", 1, 4, 1.0, (0, 1), PREVIEW))
    assert all(one.image is not None for one in viewer.images)


def test_a_stack_is_seen_whole_and_each_of_it_alone(viewer: Viewer, tmp_path: Path) -> None:
    tiles = [Tile(path=picture(tmp_path, f"{number}.png")) for number in range(4)]
    viewer.show_together(tiles)
    assert [image.path for image in viewer.images] == [tile.path for tile in tiles]
    viewer.show_together(tiles, tiles[2].path)
    assert viewer.path == tiles[2].path
    assert viewer.position == (3, 4)
    assert viewer.show_group()
    assert len(viewer.images) == 4
    viewer.show_together(tiles, tiles[1].path)
    viewer.show_together(tiles)
    assert len(viewer.images) == 4


def test_of_more_than_a_grid_holds_one_is_seen_and_the_next_is_near(
    viewer: Viewer, tmp_path: Path, qtbot: QtBot
) -> None:
    tiles = [Tile(path=picture(tmp_path, f"{number}.png")) for number in range(12)]
    viewer.show_together(tiles)
    assert viewer.path == tiles[0].path
    viewer.step(1)
    assert viewer.path == tiles[1].path
    qtbot.waitUntil(lambda: viewer.images[0].is_whole)  # it is read though it came in a stack
    assert not viewer.show_group()


def test_a_picture_that_cannot_be_shown_is_named_without_its_folder(
    viewer: Viewer, tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with qtbot.waitSignal(viewer.refused) as said:
        viewer.look_at(broken)
    assert said.args[0].startswith("broken.png cannot be read")
    assert str(tmp_path) not in said.args[0]
