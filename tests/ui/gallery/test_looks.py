"""No word of the gallery is cut, nothing lies over another, and every control is reached."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.ui.gallery.export_dialog import ExportDialog
from tests.ui.driver import Driver
from tests.ui.fits import Faults, check, settle
from tests.ui.gallery.visitor import Visitor
from tests.ui.reachable import unnamed, unreached

SIZES = {100: ((1280, 800), (911, 480)), 150: ((1024, 640), (1280, 800))}  # by text size
QUIET = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def states(visitor: Visitor) -> Iterator[str]:
    """Bring the gallery into one state after the other; each is named once it is there."""
    room, results = visitor.room, visitor.library.results
    yield "nothing chosen"
    visitor.look_at(visitor.family[2])
    room.details.fold.set_open(True)
    yield "one chosen"
    visitor.look_at(visitor.foreign)
    yield "another program's"
    room.details.fold.set_open(False)
    ids = visitor.ids
    room.grid.choose(ids, ids[0])
    yield "all chosen"
    room.page.search.show_text("zebra")
    visitor.until(lambda: results.rowCount() == 0)
    yield "nothing found"
    room.page.search.clear()
    visitor.until(lambda: results.rowCount() == len(ids))
    visitor.look_at(visitor.family[2])
    visitor.driver.workspace.action_set.trigger("gallery_family")
    yield "a family"
    room.escape()
    row = visitor.row_of(visitor.family[2])
    room.grid.choose(ids[row : row + 2], ids[row])
    visitor.driver.workspace.action_set.trigger("gallery_compare")
    visitor.until(lambda: room.compare.one.before is not None)
    yield "compared"
    room.compare.set_mode("difference")
    visitor.until(lambda: bool(room.compare.said.text()))
    yield "their difference"
    room.compare.set_mode("slider")
    room.escape()
    room.grid.choose((), None)


@QUIET
def test_no_words_are_cut_and_nothing_lies_over_another(start: Callable[[], Driver]) -> None:
    visitor, faults, seen = Visitor(start, 30), Faults(), 0
    for text_size, sizes in SIZES.items():
        visitor.driver.state.preferences.set(text_size=text_size)
        for state in states(visitor):
            for width, height in sizes:
                visitor.driver.window.resize(width, height)
                settle()
                faults.where = f"{state} at {width} × {height}, text {text_size} %"
                check(visitor.driver.window, faults)
                seen += 1
    assert seen == 32
    assert not faults.found, str(faults)


@QUIET
def test_an_empty_gallery_fits_too(start: Callable[[], Driver]) -> None:
    visitor, faults = Visitor(start, 0), Faults()
    visitor.until(lambda: visitor.room.empty.isVisible())
    for text_size, sizes in SIZES.items():
        visitor.driver.state.preferences.set(text_size=text_size)
        for width, height in sizes:
            visitor.driver.window.resize(width, height)
            settle()
            faults.where = f"empty at {width} × {height}, text {text_size} %"
            check(visitor.driver.window, faults)
    assert not faults.found, str(faults)


@QUIET
def test_every_control_has_a_name_a_role_and_is_reached(start: Callable[[], Driver]) -> None:
    visitor = Visitor(start, 30)
    window, faults = visitor.driver.workspace, {}
    for state in states(visitor):
        visitor.room.focus()
        visitor.rest()
        faults[state] = unnamed(window) + unreached(window)
    assert not {place: found for place, found in faults.items() if found}


@QUIET
@pytest.mark.parametrize("text_size", [100, 150])
def test_dialogs_fit_and_every_control_is_reached(
    start: Callable[[], Driver], text_size: int
) -> None:
    visitor, faults = Visitor(start, 12), Faults()
    visitor.driver.state.preferences.set(text_size=text_size)
    visitor.room.grid.choose(visitor.ids[1:3], visitor.ids[1])
    visitor.driver.workspace.action_set.trigger("gallery_export")
    visitor.until(lambda: isinstance(QApplication.activeModalWidget(), ExportDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    for way in ("files", "sheet", "crossed"):
        dialog._turn(way)
        settle()
        faults.where = f"{way}, text {text_size} %"
        check(dialog, faults)
        dialog.folder.setFocus()
        assert unnamed(dialog) + unreached(dialog) == []
    dialog.reject()
    assert not faults.found, str(faults)
