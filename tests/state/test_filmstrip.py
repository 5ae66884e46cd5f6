"""The film of the board: filled as its job goes on, and written out."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Grid, ImagePrompt, Interpolation
from kandinsky_desktop.domain.events import (
    Cancelled,
    Failed,
    Finished,
    Made,
    Preview,
    Progressed,
    Stepped,
)
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.filmstrip import Export
from tests.fakes import request
from tests.state.film_studio import CAT, DOG, WAY, Studio

SHEET = Grid(corners=(CAT, DOG, DOG, CAT), columns=2)
TWO = Preview(4, 1, bytes(range(12)))  # of two pictures side by side


@pytest.fixture
def studio(background: Background, qtbot: QtBot, tmp_path: Path) -> Studio:
    return Studio(tmp_path, background, qtbot)


def test_it_fills_as_its_frames_are_made(studio: Studio) -> None:
    studio.filmstrip.lay_out(WAY, 4)
    assert (studio.seen, studio.filmstrip.was_started) == ("eeee", False)
    assert [frame.caption for frame in studio.filmstrip.frames] == ["0 %", "33 %", "67 %", "100 %"]
    studio.shoot()
    assert (studio.filmstrip.busy, studio.filmstrip.columns) == (True, 4)
    studio.say(Stepped("decoder", 1, 9, 0.1, (0, 1), TWO))
    assert studio.seen == "ggee"
    studio.make(0, 1)
    studio.say(Stepped("decoder", 1, 9, 0.1, (2, 3), TWO))
    assert studio.seen == "mmgg"
    assert studio.filmstrip.exports == ()
    studio.make(2, 3)
    studio.hear(Finished(studio.job))
    assert studio.seen == "mmmm"
    assert not studio.filmstrip.busy
    assert studio.filmstrip.exports == tuple(Export)


def test_a_frame_knows_its_fusion_and_can_be_taken(studio: Studio) -> None:
    studio.shoot()
    studio.make(1)
    model = studio.filmstrip
    assert model.frames[1].fusion == WAY.of(1, 4)
    assert model.data(model.index(1, 0), model.FrameRole) == model.frames[1]
    (url,) = model.mimeData([model.index(1, 0), model.index(2, 0)]).urls()
    assert Path(url.toLocalFile()) == studio.folder / "frame-02.png"


def test_a_film_that_stops_keeps_what_was_made_and_is_tried_again(studio: Studio) -> None:
    studio.shoot()
    studio.make(0)
    studio.say(Stepped("decoder", 1, 9, 0.1, (1, 2), TWO))
    studio.hear(Failed(studio.job, "Too big."))
    assert studio.seen == "meee"
    assert not studio.filmstrip.busy
    studio.session.retry(studio.job)
    studio.say(Stepped("decoder", 1, 9, 0.1, (1, 2), TWO))
    assert studio.seen == "mgge"
    studio.filmstrip.stop()
    studio.hear(Cancelled(studio.job))
    assert studio.seen == "meee"


def test_one_that_is_taken_out_of_the_queue_is_over_and_may_be_put_back(studio: Studio) -> None:
    studio.session.pause(True)
    studio.shoot()
    entry = studio.session.jobs.entries[0]
    busy = [studio.filmstrip.busy]
    studio.session.drop((entry.job.id,))
    busy.append(studio.filmstrip.busy)
    studio.session.put_back()
    studio.session.pause(False)
    busy.append(studio.filmstrip.busy)
    assert busy == [True, False, True]
    studio.make(0)
    assert studio.seen == "meee"


def test_one_that_waits_is_stopped_at_once(studio: Studio) -> None:
    studio.session.submit(request("something else"))
    studio.shoot()
    studio.filmstrip.stop()
    assert not studio.filmstrip.busy
    assert studio.session.jobs.rowCount() == 1


def test_other_jobs_fill_nothing(studio: Studio) -> None:
    other = studio.session.submit(request("something else", count=2))
    studio.shoot()
    studio.hear(Progressed(other.id, Stepped("decoder", 1, 9, 0.1, (0, 1), TWO)))
    studio.hear(Progressed(other.id, Made(studio.picture(0), 0, 7)))
    studio.hear(Finished(other.id))
    assert studio.seen == "eeee"
    assert studio.filmstrip.busy


def test_a_strip_is_put_by_for_a_sheet(studio: Studio) -> None:
    studio.whole()
    studio.filmstrip.lay_out(WAY, 7)
    assert studio.seen == "mmmm"  # what was made is not lost by a look at something else
    studio.filmstrip.lay_out(SHEET, 4)
    assert (studio.seen, studio.filmstrip.columns) == ("eeee", 2)
    studio.filmstrip.lay_out(WAY, 7)
    assert studio.seen == "mmmm"


@pytest.mark.parametrize("kind", [Export.SHEET, Export.GIF, Export.WEBP])
def test_it_is_written_as_one_file(studio: Studio, kind: Export) -> None:
    studio.whole()
    target = studio.folder / f"film{kind.value}"
    with studio.qtbot.waitSignal(studio.filmstrip.exported) as told:
        studio.filmstrip.export(kind, target)
    assert told.args == [target]
    with Image.open(target) as image:
        assert getattr(image, "n_frames", 1) == (1 if kind is Export.SHEET else 4)


def test_its_pictures_are_written_as_they_are(studio: Studio) -> None:
    studio.whole()
    target = studio.folder / "elsewhere"
    with studio.qtbot.waitSignal(studio.filmstrip.exported):
        studio.filmstrip.export(Export.PICTURES, target)
    assert [path.name for path in sorted(target.iterdir())] == [
        f"frame-{n:02}.png" for n in range(1, 5)
    ]
    first = studio.folder / "frame-01.png"
    assert (target / "frame-01.png").read_bytes() == first.read_bytes()


def test_it_follows_a_file_that_has_another_name(studio: Studio) -> None:
    """Or a frame that is chosen laid a card whose picture is gone."""
    cat, lion = ImagePrompt(Path("cat.png")), ImagePrompt(Path("lion.png"))
    way = Interpolation(start=cat, end=DOG)
    studio.whole(way)
    studio.filmstrip.lay_out(SHEET, 4)
    studio.filmstrip.rename(cat.path, lion.path)
    studio.filmstrip.lay_out(replace(way, start=lion), 4)
    assert studio.filmstrip.frames[0].fusion.ingredients[0].source == lion
    studio.filmstrip.rename(lion.path, cat.path)
    assert studio.filmstrip.frames[0].fusion.ingredients[0].source == cat
    assert len(studio.filmstrip.made) == 4


def test_a_sheet_is_written_in_its_columns_and_is_no_film(studio: Studio) -> None:
    studio.whole(SHEET)
    assert studio.filmstrip.exports == (Export.PICTURES, Export.SHEET)
    target = studio.folder / "sheet.png"
    with studio.qtbot.waitSignal(studio.filmstrip.exported):
        studio.filmstrip.export(Export.SHEET, target)
    with Image.open(target) as sheet:
        assert sheet.size == (36, 36)


def test_what_cannot_be_written_is_a_sentence(studio: Studio) -> None:
    studio.whole()
    blocked = studio.folder / "a file"
    blocked.write_text("in the way")
    reasons: list[str] = []
    studio.filmstrip.refused.connect(reasons.append)
    studio.filmstrip.export(Export.GIF, blocked / "film.gif")
    studio.filmstrip.export(Export.PICTURES, blocked)
    studio.qtbot.waitUntil(lambda: len(reasons) == 2)
    (studio.folder / "frame-01.png").unlink()
    studio.filmstrip.export(Export.WEBP, studio.folder / "film.webp")
    studio.filmstrip.export(Export.PICTURES, studio.folder / "new")
    studio.qtbot.waitUntil(lambda: len(reasons) == 4)
    assert all(reason.endswith(".") and "Errno" not in reason for reason in reasons)
    assert ["There is no file" in reason for reason in reasons] == [False, False, True, True]


def leap(studio: Studio) -> None:
    """Make five frames that are alike but for one leap, between the second and the third."""
    studio.shoot(count=5)
    for index, light in enumerate((0, 4, 200, 204, 208)):
        path = studio.picture(index)
        Image.new("RGB", (16, 16), (light, light, light)).save(path)
        studio.say(Made(path, index, 7))
    studio.hear(Finished(studio.job))


def test_a_strip_is_made_again_in_even_steps(studio: Studio) -> None:
    model = studio.filmstrip
    can = [model.can_be_evened]
    studio.shoot(count=5)
    can.append(model.can_be_evened)
    studio.filmstrip.clear()
    leap(studio)
    can.append(model.can_be_evened)
    assert can == [False, False, True]
    first = model.job
    model.even_out()
    studio.qtbot.waitUntil(lambda: model.job != first and model.busy)
    assert studio.seen == "eeeee"
    (job,) = [entry.job for entry in studio.session.jobs.entries if entry.job.id == model.job]
    way = job.request.conditioning
    assert isinstance(way, Interpolation)
    assert (way.places[0], way.places[-1]) == (0, 1)
    assert all(0.2 < place < 0.6 for place in way.places[1:-1])
    assert [frame.fusion for frame in model.frames] == [way.at(place) for place in way.places]
    assert model.frames[1].caption == f"{way.places[1]:.0%}".replace("%", " %")
    assert replace(job.request, conditioning=WAY, model="") == Paint(conditioning=WAY, count=5)


def test_a_sheet_and_an_unfinished_strip_are_not_evened(studio: Studio) -> None:
    studio.whole(SHEET, 4)
    assert not studio.filmstrip.can_be_evened
    studio.filmstrip.even_out()
    leap(studio)
    path = studio.filmstrip.made[2]
    place = studio.filmstrip.take_out(path)
    assert place is not None
    assert not studio.filmstrip.can_be_evened
    studio.filmstrip.put_back(path, place)
    assert studio.filmstrip.can_be_evened


def test_a_frame_that_cannot_be_read_is_a_sentence(studio: Studio) -> None:
    leap(studio)
    studio.filmstrip.made[3].unlink()
    with studio.qtbot.waitSignal(studio.filmstrip.refused) as refused:
        studio.filmstrip.even_out()
    assert "frame-04.png" in refused.args[0]
    assert studio.seen == "mmmmm"


def test_another_film_begun_meanwhile_is_not_evened(studio: Studio) -> None:
    leap(studio)
    studio.filmstrip.even_out()
    studio.whole(count=3)
    mine = studio.filmstrip.job
    studio.qtbot.wait(300)
    assert studio.filmstrip.job == mine
    assert studio.seen == "mmm"
