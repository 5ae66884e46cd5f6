"""The library in the running program, with the indexer in its own process."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.app.program import Program
from kandinsky_desktop.domain.events import Made
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.library import ALBUM, TAG
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.store import layout_file, library_index, pictures, places, settings_file
from kandinsky_desktop.ui.main_window import MainWindow
from kandinsky_desktop.ui.theme_tokens import tokens_for
from tests.fakes import request
from tests.library import colored, picture, plain_png, record_of

PATIENT_MS = 60_000


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[], Program]]:
    qapp.setStyle("Fusion")
    running: list[Program] = []

    def begin() -> Program:
        read = settings_file.read(places.settings_file())
        window = MainWindow(tokens_for(read.settings.theme), 1.0, "")
        program = Program(qapp, window, read, layout_file.load(places.layout_file()))
        running.append(program)
        program.worker_thread.started.disconnect(program.worker.wake)  # no engine is needed here
        program.start()
        return program

    yield begin
    for program in running:
        program.end()
        program.window.close()
        program.window.deleteLater()


def three_pictures() -> Path:
    """Write pictures of a cat, a dog and a fox, and return their folder."""
    folder = places.pictures()
    for number, words in enumerate(("cat", "dog", "fox")):
        name = f"2026-01-0{number + 1}-120000-{words}-1.png"
        picture(folder, record_of(words, seed=number), number=number, name=name)
    return folder


def shown(library: Library) -> list[str]:
    results = library.results
    return [results.data(results.index(row, 0)) for row in range(results.rowCount())]


def test_pictures_are_found_shown_starred_deleted_and_known_again(
    start: Callable[[], Program], qtbot: QtBot
) -> None:
    folder = three_pictures()
    program = start()
    library = program.state.library
    problems: list[str] = []
    library.problem.connect(problems.append)
    library.wake()

    def until(done: Callable[[], bool]) -> None:
        qtbot.waitUntil(done, timeout=PATIENT_MS)

    until(lambda: shown(library) == ["fox", "dog", "cat"])
    ids = library.results.ids.tolist()
    library.thumbnails.wish(ids)
    until(lambda: all(library.thumbnails.image(one) is not None for one in ids))
    assert library.thumbnails.color(ids[0]).isValid()
    library.set_stars(ids[:1], 5)
    library.search("stars:5")
    until(lambda: shown(library) == ["fox"])
    library.search("")

    job = Job(request("an owl"))
    program.state.job_queue.job_started.emit(job)
    until(lambda: len(shown(library)) == 4)
    path = pictures.save(pictures.finish(colored(9), record_of("an owl")), folder)
    program.state.job_queue.picture_made.emit(job, Made(path, 0, 1))
    until(lambda: not library.making.entries and shown(library)[0] == "an owl")

    library.trash(ids[1:])
    until(lambda: shown(library) == ["an owl", "fox"])
    library.undo()
    until(lambda: shown(library) == ["an owl", "fox", "dog", "cat"])
    program.end()

    again = start().state.library
    again.wake()
    until(lambda: shown(again) == ["an owl", "fox", "dog", "cat"])
    until(lambda: again.view.stars(ids[0]) == 5)
    assert not problems


def test_a_killed_indexer_comes_back_and_goes_on(
    start: Callable[[], Program], qtbot: QtBot, tmp_path: Path
) -> None:
    folder = places.pictures()
    picture(folder, record_of("cat"), name="2026-01-01-120000-cat-1.png")
    program = start()
    pids: list[int] = []
    program.indexer.started.connect(pids.append)
    library = program.state.library
    library.wake()
    qtbot.waitUntil(lambda: shown(library) == ["cat"], timeout=PATIENT_MS)
    os.kill(pids[-1], signal.SIGKILL)
    qtbot.waitUntil(lambda: len(pids) == 2, timeout=PATIENT_MS)
    path = picture(folder, record_of("dog"), number=3, name="2026-01-02-120000-dog-1.png")
    library.remember_wanted.emit(path)
    qtbot.waitUntil(lambda: shown(library) == ["dog", "cat"], timeout=PATIENT_MS)


def test_an_empty_library_is_known_to_be_empty(start: Callable[[], Program], qtbot: QtBot) -> None:
    library = start().state.library
    library.wake()
    qtbot.waitUntil(lambda: library.view.is_loaded, timeout=PATIENT_MS)
    assert shown(library) == []
    assert (library.albums(), library.tags(), library.duplicates()) == ((), (), ())


def test_what_a_killed_program_left_unfinished_goes(
    start: Callable[[], Program], qtbot: QtBot
) -> None:
    folders = (places.session_file().parent, places.boards(), places.canvas() / "a document")
    left = [folder / f".kandinsky-{2**31 - 1}-1.part" for folder in folders]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        os.utime(path, (1, 1))
    start()
    qtbot.waitUntil(lambda: not any(path.exists() for path in left), timeout=PATIENT_MS)


def test_strip_and_gallery_show_the_same_whatever_is_done_where(
    start: Callable[[], Program], qtbot: QtBot
) -> None:
    folder = three_pictures()
    program = start()
    library, strip = program.state.library, program.state.gallery

    def listed() -> list[str]:
        return [path.name.split("-")[4] for path in reversed(strip.files)]

    def agree(*words: str) -> None:
        """Wait until both show this."""
        qtbot.waitUntil(lambda: listed() == list(words), timeout=PATIENT_MS)
        qtbot.waitUntil(lambda: shown(library) == list(words), timeout=PATIENT_MS)

    qtbot.waitUntil(lambda: listed() == ["fox", "dog", "cat"], timeout=PATIENT_MS)
    assert not library.is_awake  # and there is no index yet
    library.wake()
    agree("fox", "dog", "cat")
    fox, dog, _cat = reversed(strip.files)
    job = Job(request("owl"))
    program.state.job_queue.job_started.emit(job)
    owl = pictures.save(pictures.finish(colored(9), record_of("owl")), folder)
    program.state.job_queue.picture_made.emit(job, Made(owl, 0, 1))
    assert listed() == ["owl", "fox", "dog", "cat"]  # at once
    agree("owl", "fox", "dog", "cat")
    qtbot.waitUntil(lambda: not library.making.entries, timeout=PATIENT_MS)
    program.state.trashing.delete(dog)
    assert listed() == ["owl", "fox", "cat"]
    agree("owl", "fox", "cat")
    program.state.trashing.undo()
    agree("owl", "fox", "dog", "cat")
    library.trash([int(library.results.ids[1])])
    assert listed() == ["owl", "dog", "cat"]
    agree("owl", "dog", "cat")
    library.undo()
    agree("owl", "fox", "dog", "cat")
    gone: list[tuple[Path, ...]] = []
    program.state.outside.gone.connect(gone.append)
    picture(folder, record_of("elk"), number=5, name="2026-01-01-110000-elk-1.png")
    agree("owl", "fox", "dog", "cat", "elk")
    fox.unlink()
    agree("owl", "dog", "cat", "elk")
    assert gone == [(fox,)]
    program.end()
    for file in places.library().iterdir():
        file.unlink()
    again = start()
    library, strip = again.state.library, again.state.gallery
    qtbot.waitUntil(lambda: listed() == ["owl", "dog", "cat", "elk"], timeout=PATIENT_MS)
    library.wake()
    agree("owl", "dog", "cat", "elk")


def test_what_another_program_saves_over_a_picture_keeps_its_marks(
    start: Callable[[], Program], qtbot: QtBot
) -> None:
    """Also if that was while the program did not run, and when the index is made anew."""
    path = three_pictures() / "2026-01-03-120000-fox-1.png"

    def until(done: Callable[[], bool]) -> None:
        qtbot.waitUntil(done, timeout=PATIENT_MS)

    def has_marks(library: Library) -> bool:
        fox = next(iter(library.view.ids_of([path]).values()), 0)
        marks = (library.view.labels_of(kind, fox) for kind in (TAG, ALBUM))
        return library.view.stars(fox) == 4 and list(marks) == [("red",), ("wild",)]

    def is_read() -> bool:
        with closing(library_index.open_reader(library_index.place_in(places.library()))) as base:
            (fox,) = library_index.ids_of(base, [path]).values()
            found = library_index.details(base, fox)
        return found is not None and bool(found.content and found.albums)

    def edit(number: int) -> None:
        new = path.with_name(".new.png")
        new.write_bytes(plain_png(number=number))
        os.utime(new, (2e9 + number, 2e9 + number))  # a time at which nobody writes it just now
        new.replace(path)

    program = start()
    library = program.state.library
    library.wake()
    until(lambda: shown(library) == ["fox", "dog", "cat"])
    fox = library.results.ids.tolist()[:1]
    library.set_stars(fox, 4)
    library.add_tag(fox, "red")
    library.add_to_album(fox, "wild")
    until(is_read)
    program.end()
    edit(7)
    program = start()
    library = program.state.library
    library.wake()
    until(lambda: has_marks(library))
    until(is_read)
    edit(8)
    library.remember_wanted.emit(path)
    until(lambda: not has_marks(library))
    until(lambda: has_marks(library))
    assert library.acts.undo_words == ""
    program.end()
    for file in places.library().iterdir():
        file.unlink()
    library = start().state.library
    library.wake()
    until(lambda: library.view.is_loaded and has_marks(library))
