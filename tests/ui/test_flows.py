"""What a person does, from the first word to the file on the disk."""

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image, PngImagePlugin
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from kandinsky_desktop.domain.events import Cancelled, Finished, NotMeasured, Planned
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.state.job_list import JobStatus
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.store import places
from kandinsky_desktop.store.pictures import read_record
from tests.fakes import NATIVE, request
from tests.ui.driver import Driver


def test_words_become_a_picture_that_grows_and_is_kept(unhurried: Driver) -> None:
    driver = unhurried
    assert not driver.create.prompt.run_button.isEnabled()
    assert "Type what you want" in driver.create.prompt.run_button.toolTip()
    driver.type("a red cat")
    assert driver.create.prompt.run_button.isEnabled()
    button, viewer = driver.create.prompt.run_button, driver.state.viewer

    def grows() -> bool:
        (sight,) = viewer.images
        return button.running and sight.image is not None and sight.path is None

    grown = driver.at_steps("decoder", grows)
    driver.send()
    driver.until(lambda: bool(grown) and driver.idle())
    assert all(grown)  # a preview, not the picture yet
    driver.until(lambda: driver.state.viewer.record is not None)

    assert len(driver.steps("prior")) == 25
    assert len(driver.steps("decoder")) == 20
    assert all(step.preview for step in driver.steps("decoder"))
    [name] = driver.pictures()
    record = read_record(driver.session.pictures / name)
    assert record.request.words == "a red cat"
    assert record.request.sampling.steps == 20
    assert name == f"{name[:17]}-a-red-cat-{record.seed}.png"
    assert driver.state.gallery.tiles[0].path == driver.session.pictures / name
    assert driver.workspace.strip.view.currentIndex().row() == 0  # marked as what is on the stage
    sight = driver.state.viewer.images[0]
    assert sight.image is not None
    assert (sight.image.width(), sight.image.height()) == (NATIVE, NATIVE)
    assert "a red cat" in driver.create.row.words
    assert str(record.seed) in driver.create.row.words
    assert "image_encoder" not in driver.loads()


def test_three_are_queued_and_put_in_order(driver: Driver) -> None:
    driver.generate("a lion", steps=1000)  # it is not to end before it is stopped
    for words in ("a dog", "a panda", "a fox"):
        driver.generate(words, steps=2)
    driver.press(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    panel, queue = driver.workspace.queue, driver.session.jobs
    assert panel.isVisible()
    assert [entry.title for entry in queue.entries] == ["a lion", "a dog", "a panda", "a fox"]
    panel.view.setCurrentIndex(queue.index(3, 0))
    driver.click(panel.first)
    assert [entry.title for entry in queue.entries] == ["a lion", "a fox", "a dog", "a panda"]
    panel.view.setCurrentIndex(queue.index(2, 0))
    driver.click(panel.down)
    assert [entry.title for entry in queue.waiting] == ["a fox", "a panda", "a dog"]
    panel.view.setCurrentIndex(queue.index(2, 0))
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert [entry.title for entry in queue.waiting] == ["a fox", "a dog"]
    back = driver.workspace.notices.button("removed")
    assert back is not None
    driver.click(back)
    assert [entry.title for entry in queue.waiting] == ["a fox", "a panda", "a dog"]
    panel.view.setCurrentIndex(queue.index(2, 0))
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert [entry.title for entry in queue.waiting] == ["a fox", "a dog"]
    driver.click(panel.pause)
    driver.press(Qt.Key.Key_Escape)
    driver.until(driver.idle)
    assert [entry.title for entry in queue.waiting] == ["a fox", "a dog"]  # paused: they wait
    driver.click(panel.pause)
    driver.until(lambda: driver.idle() and not queue.waiting)
    assert sorted(name[18:23] for name in driver.pictures()) == ["a-dog", "a-fox"]


def test_cancelled_while_loading_in_the_prior_and_in_the_decoder(driver: Driver) -> None:
    driver.generate("a cat", steps=1000, prior_steps=1000)
    driver.until(lambda: bool(driver.loads()))
    driver.press(Qt.Key.Key_Escape)
    driver.until(driver.idle)
    driver.until(lambda: isinstance(driver.end_of_job(), Cancelled))

    driver.send()
    driver.until(lambda: len(driver.steps("prior")) > 3)
    driver.click(driver.create.prompt.run_button)
    driver.until(driver.idle)
    driver.until(lambda: isinstance(driver.end_of_job(), Cancelled))
    assert not driver.steps("decoder")

    driver.state.draft.set_sampling(prior_steps=3)
    driver.send()
    driver.until(lambda: len(driver.steps("decoder")) > 3)
    driver.press(Qt.Key.Key_Escape)
    driver.until(driver.idle)
    driver.until(lambda: isinstance(driver.end_of_job(), Cancelled))
    assert len(driver.steps("decoder")) < 500
    assert not driver.pictures()
    assert not driver.state.gallery.tiles
    assert not driver.state.viewer.images  # the stage invites again
    assert driver.create.welcome.isVisible()


def test_what_was_stopped_goes_on_at_its_step_when_it_is_put_back(driver: Driver) -> None:
    driver.generate("a cat", steps=300)
    driver.until(lambda: len(driver.steps("decoder")) > 20)
    driver.press(Qt.Key.Key_Escape)
    driver.until(driver.idle)
    reached, share = driver.steps("decoder")[-1].step, driver.session.pace.share
    assert driver.workspace.notices.sentences == {"removed": "“a cat” was stopped."}
    back = driver.workspace.notices.button("removed")
    assert back is not None
    heard = len(driver.steps("decoder"))
    driver.click(back)
    assert not driver.workspace.notices.sentences
    driver.until(lambda: len(driver.steps("decoder")) > heard)
    assert driver.steps("decoder")[heard].step in (reached + 1, reached + 2)
    assert driver.session.pace.share >= share
    driver.press(Qt.Key.Key_Escape)
    driver.until(driver.idle)
    folders = list((places.cache() / "steps").iterdir())
    assert len(folders) == 1
    driver.session.forget_dropped()  # as after twelve seconds
    assert not driver.workspace.notices.sentences
    driver.until(lambda: not folders[0].exists())


def test_an_engine_that_dies_costs_only_its_job_which_is_offered_again(driver: Driver) -> None:
    driver.generate("a whale", steps=60, count=2)  # it is not to end before the engine does
    driver.generate("a rose", steps=2, count=1)
    driver.until(lambda: bool(driver.steps("decoder")))
    driver.kill_engine()
    driver.until(lambda: len(driver.pictures()) == 1)  # the next job ran in a new process
    driver.until(driver.idle)
    assert len(driver.pids) == 2
    [entry] = driver.session.jobs.entries
    assert entry.status is JobStatus.FAILED
    [(key, sentence)] = driver.workspace.notices.sentences.items()
    assert "stopped unexpectedly" in sentence
    assert "a whale" in sentence
    button = driver.workspace.notices.button(key)
    assert button is not None
    driver.click(button)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 3)
    driver.until(lambda: isinstance(driver.end_of_job(), Finished))
    assert not driver.workspace.notices.sentences


def test_what_is_queued_while_the_queue_is_paused_says_why_it_waits(driver: Driver) -> None:
    driver.press(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    driver.click(driver.workspace.queue.pause)
    driver.generate("a key", steps=2)
    assert "paused" in driver.workspace.notices.sentences["paused"]
    button = driver.workspace.notices.button("paused")
    assert button is not None
    driver.click(button)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    assert not driver.workspace.notices.sentences


def test_a_failed_job_is_not_offered_again_once_it_is_taken_out(driver: Driver) -> None:
    driver.generate("a whale", steps=100)
    driver.until(lambda: bool(driver.steps("prior")))
    driver.kill_engine()
    driver.until(driver.idle)
    [entry] = driver.session.jobs.entries
    assert driver.workspace.notices.button(f"job {entry.job.id}") is not None
    driver.press(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    panel = driver.workspace.queue
    panel.select(entry.job.id)
    driver.click(panel.away)
    assert list(driver.workspace.notices.sentences) == ["removed"]
    back = driver.workspace.notices.button("removed")
    assert back is not None
    driver.click(back)
    [again] = driver.session.jobs.entries
    assert again.status is JobStatus.FAILED


def test_closing_keeps_the_running_and_the_waiting_jobs(start: Callable[[], Driver]) -> None:
    first = start()
    first.generate("a tiger", steps=100)
    first.generate("a key", steps=2)
    first.state.draft.set(prompt="a half-typed thought", count=3)
    first.until(lambda: bool(first.steps("decoder")))
    first.workspace.inspector.open_folds((0, 1, 0))
    first.fusion.more.set_open(True)  # a room's own fold
    first.press(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    first.close()
    assert not first.pictures()

    second = start()
    assert [entry.title for entry in second.session.jobs.entries] == ["a tiger", "a key"]
    assert second.session.paused
    assert "2 jobs from last time" in second.workspace.notices.sentences["restored"]
    assert second.create.prompt.prompt.toPlainText() == "a half-typed thought"
    assert second.state.draft.values.count == 3
    assert second.workspace.inspector.sections[:5] == (0, 1, 0, 0, 0)
    assert second.fusion.more.is_open
    assert second.workspace.queue.isVisible()
    button = second.workspace.notices.button("restored")
    assert button is not None
    second.click(button)
    second.until(lambda: second.idle() and len(second.pictures()) == 2)
    second.close()

    third = start()
    third.until(lambda: len(third.state.gallery.tiles) == 2)  # the pictures are found again
    assert not third.session.jobs.entries


@pytest.mark.parametrize("heard", ["before it fails", "after it failed"])
def test_a_picture_that_is_renamed_before_the_engine_reads_it_is_painted_from(
    driver: Driver, tmp_path: Path, heard: str
) -> None:
    """The disk has the new name before the queue can: the job went out with the old one."""
    old, new = tmp_path / "cat.png", tmp_path / "tom.png"
    Image.new("RGB", (64, 64), "orange").save(new)
    job = driver.session.submit(request("a cat", task=Img2Img(path=old, strength=0.5)))
    if heard == "after it failed":
        driver.until(lambda: driver.session.jobs.entries[0].lost == (old,))
    driver.session.rename(old, new)
    driver.until(lambda: driver.idle() and len(driver.pictures()) == 1)
    (name,) = driver.pictures()
    assert read_record(driver.session.pictures / name).request.files == (new,)
    assert not driver.session.jobs.entries
    assert f"job {job.id}" not in driver.workspace.notices.sentences


def test_what_would_not_outlast_the_sitting_is_said(start: Callable[[], Driver]) -> None:
    driver, session = start(), places.session_file()
    driver.until(session.exists)
    session.unlink()
    session.mkdir()  # it cannot be written
    driver.type("a sun")
    driver.until(lambda: "session" in driver.workspace.notices.sentences)
    assert "could not be saved for the next start" in driver.workspace.notices.sentences["session"]
    driver.workspace.notices.drop("session")
    driver.type("a moon")
    driver.qtbot.wait(600)
    assert "session" not in driver.workspace.notices.sentences  # it was said
    session.rmdir()
    driver.type("a star")
    driver.until(session.is_file)
    session.unlink()
    session.mkdir()
    driver.type("a key")
    driver.until(lambda: "session" in driver.workspace.notices.sentences)
    session.rmdir()
    driver.type("a cat")
    driver.until(lambda: "session" not in driver.workspace.notices.sentences)


def test_torn_files_of_the_last_sitting_do_no_harm(start: Callable[[], Driver]) -> None:
    for file in (places.settings_file(), places.session_file(), places.layout_file()):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b'{"theme": "da\x00\xff')
    driver = start()
    assert driver.state.preferences.settings.theme == "system"
    assert places.settings_file().with_name("settings.json.bad").exists()
    assert "pictures are safe" in driver.workspace.notices.sentences["torn"]
    assert "settings.json.bad" in driver.workspace.notices.sentences["settings"]
    driver.generate("a sun", steps=2)
    driver.until(lambda: len(driver.pictures()) == 1)


def test_files_of_another_format_are_said_and_kept(start: Callable[[], Driver]) -> None:
    session, folder = places.session_file(), places.boards()
    folder.mkdir(parents=True)
    session.parent.mkdir(parents=True, exist_ok=True)
    session.write_text('{"format": 2, "jobs": []}')
    (folder / "0.json").write_text('{"format": 2, "name": "Gold cat"}')
    (folder / "1.json").write_text('{"format": 3}')
    driver = start()
    assert f"{session} was written by another" in driver.workspace.notices.sentences["torn"]
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    said = driver.workspace.notices.sentences["refused"]
    assert "The board “Gold cat” was written by another version" in said
    assert said.endswith("So it is with 1 more board.")
    assert session.with_name("session.json.other-format").exists()
    driver.workspace.notices.drop("refused")

    path = driver.session.pictures / "2026-11-23-172050-a-cat-7.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("kandinsky", '{"format": 2}')
    Image.new("RGB", (64, 64)).save(path, "PNG", pnginfo=about)
    driver.state.viewer.show_tile(Tile(path))
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert f"{path.name} was written by" in driver.workspace.notices.sentences["refused"]
    assert driver.state.viewer.record is None


def test_a_setting_that_cannot_be_is_named(start: Callable[[], Driver]) -> None:
    places.settings_file().parent.mkdir(parents=True, exist_ok=True)
    places.settings_file().write_text('{"theme": "dark", "text_size": 7, "of tomorrow": 1}')
    driver = start()
    assert driver.state.preferences.settings.theme == "dark"
    said = driver.workspace.notices.sentences["settings"]
    assert "text_size" in said
    assert "theme" not in said
    assert "tomorrow" not in said  # of another version, and no harm


def test_strange_prompts_are_painted(driver: Driver) -> None:
    driver.state.draft.set_sampling(steps=2, prior_steps=2)
    for prompt in ("cat " * 2500, "🐈🔥 e\u0301toile", "قطة حمراء", "<b>&amp;\n\ttab"):
        driver.create.prompt.prompt.setPlainText(prompt)
        driver.send()
        driver.until(driver.idle)
    names = driver.pictures()
    assert len(names) == 4
    records = [read_record(driver.session.pictures / name) for name in names]
    assert sorted(record.request.words for record in records) == sorted(
        ("cat " * 2500, "🐈🔥 e\u0301toile", "قطة حمراء", "<b>&amp;\n\ttab")
    )


def test_all_hear_of_an_event_of_the_engine_in_one_turn(driver: Driver) -> None:
    """Between two of them nobody finds a job that has ended here and runs there."""
    program, told = driver.program, list[str]()
    driver.state.similarity_measurer.not_measured.connect(lambda _path, why: told.append(why))
    event = NotMeasured(Path("a.png"), "It broke.")
    thread = Thread(target=program.worker.happened.emit, args=(event,))  # another, as the worker's
    thread.start()
    thread.join()
    assert event not in driver.events
    QCoreApplication.sendPostedEvents(program)  # one receiver's of Qt's
    assert (told, driver.events.count(event)) == (["It broke."], 1)


def test_too_long_a_prompt_is_said_beside_the_button(driver: Driver) -> None:
    driver.create.prompt.prompt.setPlainText("cat" * 10_000)
    assert not driver.create.prompt.run_button.isEnabled()
    assert "too long" in driver.create.prompt.run_button.toolTip()
    driver.send()
    assert not driver.session.jobs.entries


def block(driver: Driver, folder: Path) -> Path:
    """Let a file be in the way of the folder for pictures: none can be saved."""
    blocked = folder / "a file, not a folder"
    blocked.write_text("in the way")
    driver.state.preferences.set(pictures=str(blocked))
    return blocked


def test_a_picture_that_cannot_be_saved_is_kept_and_saved_elsewhere(
    driver: Driver, tmp_path: Path
) -> None:
    blocked = block(driver, tmp_path)
    driver.generate("a moon", steps=2, count=2)
    driver.until(driver.idle)
    assert "2 pictures are kept" in driver.workspace.notices.sentences["unsaved"]
    assert str(blocked) in driver.workspace.notices.sentences["unsaved"]

    elsewhere = tmp_path / "elsewhere"
    driver.workspace.unsaved.ask_folder = lambda: elsewhere
    button = driver.workspace.notices.button("unsaved")
    assert button is not None
    driver.click(button)
    driver.until(lambda: len(list(elsewhere.glob("*.png"))) == 2)
    driver.until(lambda: "Saved in" in driver.workspace.notices.sentences.get("unsaved", ""))
    assert len(driver.state.gallery.tiles) == 2
    assert blocked.read_text() == "in the way"


def bring_rescued(driver: Driver) -> None:
    """Have pictures where they can be again, and click on what is offered."""
    driver.state.preferences.set(pictures="")
    driver.until(lambda: "rescued" in driver.workspace.notices.sentences)
    button = driver.workspace.notices.button("rescued")
    assert button is not None
    driver.click(button)


def test_pictures_that_were_never_saved_are_rescued_at_the_end_and_brought_back(
    start: Callable[[], Driver], tmp_path: Path
) -> None:
    driver = start()
    block(driver, tmp_path)
    driver.generate("a key", steps=2)
    driver.until(driver.idle)
    driver.close()
    [picture] = places.rescue().glob("*.png")
    assert read_record(picture).request.words == "a key"

    again = start()
    bring_rescued(again)
    again.until(lambda: again.pictures() == [picture.name])
    again.until(lambda: not picture.exists())
    again.until(lambda: len(again.state.gallery.tiles) == 1)


def test_what_was_rescued_among_temporary_files_is_offered_too(
    start: Callable[[], Driver], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder of the person's takes anything, as on a disk that is full."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    driver = start()
    block(driver, tmp_path)
    places.rescue().write_text("in the way")
    driver.generate("a key", steps=2)
    driver.until(driver.idle)
    os.kill(driver.pids[-1], signal.SIGTERM)
    driver.until(lambda: "rescued" in driver.workspace.notices.sentences)
    assert "unsaved" not in driver.workspace.notices.sentences  # it is not called lost
    driver.close()

    again = start()
    bring_rescued(again)
    again.until(lambda: len(again.pictures()) == 1)
    again.until(lambda: not list(temporary.rglob("*.png")))


def test_pictures_of_an_engine_that_is_ended_are_offered_at_once(
    driver: Driver, tmp_path: Path
) -> None:
    """One can be saved nowhere; the engine is told to go, as when it does not answer in time."""
    block(driver, tmp_path)
    driver.generate("a key", steps=2)
    driver.until(driver.idle)
    for number in range(4):
        driver.workspace.notices.notify(f"other {number}", "Something else.", grave=False)
    assert "unsaved" in driver.workspace.notices.sentences  # others do not push it out
    assert len(driver.workspace.notices.sentences) == 3
    os.kill(driver.pids[-1], signal.SIGTERM)
    driver.until(lambda: "rescued" in driver.workspace.notices.sentences)
    assert "unsaved" not in driver.workspace.notices.sentences
    driver.state.preferences.set(pictures="")
    button = driver.workspace.notices.button("rescued")
    assert button is not None
    driver.click(button)
    driver.until(lambda: len(driver.pictures()) == 1)


def test_a_job_whose_model_is_gone_waits_and_says_so(driver: Driver) -> None:
    driver.state.draft.set(model="gone")
    driver.generate("a key")
    driver.until(lambda: bool(driver.workspace.notices.sentences))
    [sentence] = driver.workspace.notices.sentences.values()
    assert "'gone' is not there any more" in sentence
    assert "waits, and goes on when it is back" in sentence
    (entry,) = driver.session.jobs.entries
    assert entry.status is JobStatus.WAITING
    driver.session.cancel(entry.job.id)
    assert not driver.workspace.notices.sentences


def test_the_memory_that_the_running_job_takes_is_said(driver: Driver) -> None:
    plans: list[Planned] = []
    driver.session.planned.connect(plans.append)
    said = []
    for side in (64, 128):
        driver.generate("a sun", steps=2, width=side, height=side)
        driver.until(driver.idle)
        said.append(driver.workspace.inspector._planned.text())
    assert said == [f"{one.peak_bytes / 10**6:.0f} MB" for one in plans]
    assert plans[0].peak_bytes < plans[1].peak_bytes
