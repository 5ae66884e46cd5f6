"""The gallery in the whole program, by real events, over real files and a real index."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.ui.gallery.export_dialog import ExportDialog
from kandinsky_desktop.ui.gallery.family import FamilyTile
from kandinsky_desktop.ui.gallery.room import GalleryRoom
from tests.fakes import request
from tests.library import record_of
from tests.ui.driver import Driver
from tests.ui.gallery.visitor import Visitor, shown

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PLAIN, LEFT, Key = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.Key
POPUP = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def visitor(start: Callable[[], Driver]) -> Visitor:
    return Visitor(start, 60)


def test_an_empty_library_invites_to_a_first_picture(start: Callable[[], Driver]) -> None:
    visitor = Visitor(start, 0)
    room = visitor.room
    visitor.until(lambda: shown(visitor) is room.empty)
    assert not room.details.isVisible()
    assert room.empty.paint_button.hasFocus()
    visitor.press(Key.Key_Space)
    assert visitor.driver.workspace.rooms.current.name == "create"


def test_keys_go_where_the_first_picture_comes_and_the_last_one_goes(
    start: Callable[[], Driver],
) -> None:
    visitor = Visitor(start, 0)
    room, path = visitor.room, visitor.driver.session.pictures / "first.png"
    visitor.until(lambda: shown(visitor) is room.empty)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), "orange").save(path)
    visitor.library.scan_wanted.emit()
    visitor.until(lambda: shown(visitor) is room.page)
    assert room.grid.hasFocus()
    path.unlink()
    visitor.library.scan_wanted.emit()
    visitor.until(lambda: shown(visitor) is room.empty)
    assert room.empty.paint_button.hasFocus()


def test_the_window_goes_on_while_the_gallery_is_entered_cold(start: Callable[[], Driver]) -> None:
    driver = start()
    room, rooms = driver.workspace.rooms.of(GalleryRoom), driver.workspace.rooms
    library = driver.state.library
    rooms.enter("gallery")
    assert rooms.current is room
    assert not library.is_awake  # numpy is imported in another thread
    for key in (Key.Key_Space, Key.Key_Delete, Key.Key_Escape, Key.Key_F, Key.Key_3):
        driver.press(key)
    driver.press(Key.Key_1, CTRL)
    driver.until(lambda: library.is_awake)
    assert rooms.current.name == "create"
    driver.press(Key.Key_4, CTRL)
    driver.until(lambda: room.is_ready)
    driver.until(room.empty.paint_button.hasFocus)


def test_typing_narrows_down_chips_add_and_esc_shows_everything(visitor: Visitor) -> None:
    room, search = visitor.room, visitor.room.page.search
    every = visitor.library.results.pictures
    assert search.count.text() == f"{every} pictures"
    visitor.grid.setFocus()
    visitor.press(Key.Key_Slash)
    assert search.field.hasFocus()
    visitor.type("rocket")
    rockets = visitor.library.results.pictures
    assert 0 < rockets < every
    assert search.count.text() == f"{rockets} pictures found"
    visitor.type("zebra")
    assert visitor.library.results.rowCount() == 0
    visitor.until(room.page._nothing.isVisible)  # it is not said while the index is read anew
    assert "zebra" not in room.page._nothing._words.text()  # what is typed is not shown as words
    QTest.mouseClick(room.page._nothing.button, LEFT)
    visitor.until(lambda: visitor.library.results.pictures == every)
    search.groups.setCurrentIndex(search.groups.findData("duplicates"))
    search.grouped.emit("duplicates")
    visitor.until(room.page._nothing.isVisible)
    assert shown(visitor) is room.page  # there is no duplicate, and the library is not empty
    assert "twice" in room.page._nothing._words.text()
    QTest.mouseClick(room.page._nothing.button, LEFT)
    visitor.until(lambda: visitor.library.results.pictures == every)
    assert search.groups.currentData() == "day"
    QTest.mouseClick(search.chips["task:fusion"], LEFT)
    visitor.until(lambda: visitor.library.results.pictures == 1)
    assert search.text == "task:fusion"
    visitor.grid.setFocus()
    visitor.press(Key.Key_Escape)
    visitor.until(lambda: visitor.library.results.pictures == every)
    assert not search.chips["task:fusion"].isChecked()
    for odd in ('"', "((", "stars:", "-", "a\0b", "]" * 400, "on:2026-13-45"):
        search.field.setText(odd)  # whatever is typed means something
        visitor.rest()


def test_the_panel_says_how_a_picture_was_made_and_leads_through_its_family(
    visitor: Visitor,
) -> None:
    first, second, third, fourth = visitor.family
    details = visitor.room.details
    visitor.look_at(third)
    assert details.about.text().endswith("fused")
    values = {fact.name: fact.value for fact in details.facts.facts}
    assert values["Seed"] == "13"
    assert details._kinship.text() == "made from two"
    tiles = details.family.tiles
    assert [tile.relative.picture for tile in tiles] == [
        visitor.ids[visitor.row_of(path)] for path in (first, second, fourth)
    ]
    QTest.mouseClick(tiles[1], LEFT)
    visitor.until(lambda: details.details is not None and details.details.path == second)
    assert visitor.room.picture == second
    assert [tile.relative.picture for tile in details.family.tiles] == [
        visitor.ids[visitor.row_of(third)]
    ]
    index = details.facts.model().index(2, 0)
    QTest.mouseClick(
        details.facts.viewport(), LEFT, PLAIN, details.facts.visualRect(index).center()
    )
    assert QGuiApplication.clipboard().text() == details.facts.facts[2].value
    QTest.mouseClick(details.copy_all, LEFT)
    assert "Seed: 12" in QGuiApplication.clipboard().text()
    visitor.type("task:fusion")
    visitor.look_at(third)
    QTest.mouseClick(details.family.tiles[0], LEFT)  # it is not among what was found
    visitor.until(lambda: visitor.room.picture == first)
    assert visitor.room.page.search.text == ""


def test_a_family_is_walked_by_keys_and_acts_are_done_to_where_one_is(visitor: Visitor) -> None:
    first, second, third, fourth = visitor.family
    room, view = visitor.room, visitor.room.family.view

    def focused() -> Path | None:
        tile = QApplication.focusWidget()
        assert isinstance(tile, FamilyTile)
        assert tile.relative.picture is not None
        return visitor.library.paths([tile.relative.picture])[0]

    def arrived(path: Path) -> bool:
        details = room.details.details
        return details is not None and details.path == path and len(view.tiles) > 0

    visitor.look_at(fourth)
    visitor.press(Key.Key_F)
    assert shown(visitor) is room.family
    assert focused() == third
    visitor.press(Key.Key_Return)
    visitor.until(lambda: arrived(third))
    assert focused() == first  # on in the same direction
    visitor.press(Key.Key_Down)
    assert focused() == second
    visitor.press(Key.Key_Right)
    assert focused() == fourth
    visitor.press(Key.Key_Left)
    assert focused() == first  # the nearest of that side
    visitor.press(Key.Key_Down)
    visitor.press(Key.Key_Space)
    visitor.until(lambda: arrived(second))
    assert focused() == third  # it came from nothing: back
    assert room.picture == second
    visitor.press(Key.Key_5)
    stars = visitor.library.results.StarsRole
    row = visitor.row_of(second)
    visitor.until(lambda: visitor.library.results.index(row, 0).data(stars) == 5)
    assert visitor.library.results.index(visitor.row_of(fourth), 0).data(stars) == 0
    visitor.until(lambda: focused() == third)  # what was read again kept the focus
    visitor.press(Key.Key_Escape)
    assert shown(visitor) is room.page
    assert room.picture == second
    assert visitor.grid.hasFocus()
    visitor.press(Key.Key_F)
    visitor.press(Key.Key_Delete)
    visitor.until(lambda: not second.exists())
    assert shown(visitor) is room.page
    assert fourth.exists()


def test_digits_give_stars_and_undo_takes_them_back(visitor: Visitor) -> None:
    first, second, *_rest = visitor.family
    stars = visitor.library.results.StarsRole

    def given(path: Path) -> int:
        return int(visitor.library.results.index(visitor.row_of(path), 0).data(stars))

    visitor.look_at(first)
    visitor.press(Key.Key_4)
    visitor.until(lambda: given(first) == 4)
    visitor.until(lambda: visitor.room.details.stars.value() == 4)
    visitor.click(visitor.row_of(second), CTRL)
    visitor.press(Key.Key_2)
    visitor.until(lambda: (given(first), given(second)) == (2, 2))
    visitor.press(Key.Key_Z, CTRL)
    visitor.until(lambda: (given(first), given(second)) == (4, 0))
    visitor.type("stars:4+")
    assert visitor.library.results.pictures == 1


def test_what_is_deleted_goes_with_its_stack_and_comes_back(visitor: Visitor) -> None:
    results = visitor.library.results
    row = next(
        row
        for row in range(results.rowCount())
        if results.index(row, 0).data(results.StackRole) == 4
    )
    every, path = results.pictures, results.path(row)
    assert path is not None
    visitor.click(row)
    visitor.press(Key.Key_Delete)
    visitor.until(lambda: results.pictures == every - 4)
    visitor.until(lambda: not path.exists())
    assert visitor.grid.chosen_count == 1  # the one beside it
    visitor.press(Key.Key_Z, CTRL)
    visitor.until(lambda: results.pictures == every)
    visitor.until(path.exists)


def test_a_stack_opens_and_closes_by_enter(visitor: Visitor) -> None:
    results = visitor.library.results
    row = next(
        row
        for row in range(results.rowCount())
        if results.index(row, 0).data(results.StackRole) == 7
    )
    rows = results.rowCount()
    visitor.click(row)
    visitor.press(Key.Key_Return)
    visitor.until(lambda: results.rowCount() == rows + 6)
    visitor.press(Key.Key_Right)
    visitor.press(Key.Key_Left)
    visitor.press(Key.Key_Return)
    visitor.until(lambda: results.rowCount() == rows)


def test_space_shows_one_large_the_arrows_lead_on_and_space_leads_back(visitor: Visitor) -> None:
    room, box = visitor.room, visitor.room.box
    first, second, _third, fourth = visitor.family
    visitor.click(visitor.row_of(fourth))
    visitor.press(Key.Key_Space)
    assert shown(visitor) is box
    assert visitor.driver.window.isFullScreen()
    assert not visitor.driver.workspace.rail.isVisible()
    visitor.until(lambda: box.view.image is not None and box.view.image.width() == 128)
    assert box.path == fourth
    visitor.press(Key.Key_Right)
    visitor.press(Key.Key_Right)
    assert box.path == second
    visitor.press(Key.Key_3)
    stars = visitor.library.results.StarsRole
    row = visitor.row_of(second)
    visitor.until(lambda: visitor.library.results.index(row, 0).data(stars) == 3)
    visitor.press(Key.Key_Plus)
    assert not box.view.fits
    before = box.view.place
    visitor.press(Key.Key_Right)
    assert box.path == second  # the arrows move what is larger than the window
    assert box.view.place != before
    visitor.press(Key.Key_Z)
    visitor.until(lambda: box.view.fits)
    visitor.press(Key.Key_Right)
    assert box.path == first
    visitor.until(lambda: room.looked_at.details is not None)
    visitor.press(Key.Key_F2)  # the panel is not there: it is asked
    visitor.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    name = QApplication.focusWidget()
    assert isinstance(name, QLineEdit)
    assert name.text() == first.stem
    QTest.keyClicks(name, "a bow")
    QTest.keyClick(name, Key.Key_Return)
    first = first.with_name("a bow.png")
    visitor.until(first.exists)
    visitor.until(lambda: box.path == first)
    visitor.driver.window.activateWindow()
    visitor.until(box.view.hasFocus)
    visitor.press(Key.Key_Space)
    assert shown(visitor) is room.page
    visitor.until(lambda: not visitor.driver.window.isFullScreen())
    assert room.picture == first
    assert visitor.grid.hasFocus()
    visitor.press(Key.Key_F5)
    assert box.sliding
    visitor.press(Key.Key_Escape)
    visitor.until(lambda: not visitor.driver.window.isFullScreen())
    assert not box.sliding


def test_two_are_compared_in_three_ways_and_one_with_what_it_came_from(visitor: Visitor) -> None:
    compare = visitor.room.compare
    first, second, third, fourth = visitor.family
    visitor.look_at(fourth)
    visitor.press(Key.Key_C)
    visitor.until(lambda: compare.one.before is not None)
    assert compare.sides == (third, fourth)
    assert compare.one.divided
    middle_line, wide = compare.one.divider, compare.one.place.width()
    visitor.press(Key.Key_Right)
    assert compare.one.divider - middle_line == pytest.approx(0.04 * wide, abs=1.5)
    visitor.press(Key.Key_Home)
    assert compare.one.divider == pytest.approx(compare.one.place.left(), abs=1.5)
    visitor.press(Key.Key_C)
    visitor.until(lambda: compare.mode == "beside")
    assert compare.first.hasFocus()
    visitor.press(Key.Key_Escape)
    compare.set_mode("slider")
    visitor.click(visitor.row_of(first))
    visitor.click(visitor.row_of(second), CTRL)
    visitor.press(Key.Key_C)
    visitor.until(lambda: compare.one.before is not None)
    QTest.mouseClick(compare.modes["beside"], LEFT)
    visitor.until(lambda: compare.second.image is not None)
    compare.first.setFocus()
    visitor.press(Key.Key_Plus)
    visitor.press(Key.Key_Left)
    assert compare.first.scale == pytest.approx(compare.second.scale)
    here, there = compare.first.view, compare.second.view
    assert here is not None
    assert there is not None
    middle = compare.first.device_size.width / 2, compare.first.device_size.height / 2
    assert here.to_picture(*middle) == pytest.approx(there.to_picture(*middle), abs=1.5)
    QTest.mouseClick(compare.modes["difference"], LEFT)
    visitor.until(lambda: "differ" in compare.said.text())
    visitor.press(Key.Key_Escape)
    assert shown(visitor) is visitor.room.page


def test_what_it_came_from_is_what_it_was_wherever_it_lies(
    visitor: Visitor, tmp_path: Path
) -> None:
    compare = visitor.room.compare
    outside = tmp_path / "sketch.png"
    Image.new("RGB", (48, 48), "teal").save(outside)
    record = record_of(
        "a sea", seed=5, task=Img2Img(path=outside), sources=(fingerprints.of_file(outside),)
    )
    path = visitor.shelf.add(Image.new("RGB", (48, 48), "navy"), record)
    visitor.library.remember_wanted.emit(path)
    visitor.until(lambda: path in visitor.paths())
    visitor.look_at(path)
    visitor.press(Key.Key_C)
    visitor.until(lambda: compare.one.before is not None)
    assert compare.sides == (outside, path)
    visitor.press(Key.Key_Escape)
    Image.new("RGB", (48, 48), "red").save(outside)  # another one lies there now
    visitor.press(Key.Key_C)
    assert shown(visitor) is visitor.room.page
    said = visitor.driver.workspace.notices.sentences["refused"]
    assert said == "sketch.png, which the picture was made from, has changed since."


@POPUP
def test_an_album_a_tag_and_a_name_are_given_by_keys(visitor: Visitor) -> None:
    first, second, *_rest = visitor.family
    visitor.look_at(first)
    visitor.click(visitor.row_of(second), CTRL)
    visitor.press(Key.Key_A)
    menu = next(
        one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible()
    )
    menu.actions()[-1].trigger()
    menu.close()
    visitor.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    field = QApplication.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "Space & <b>rockets</b>")
    QTest.keyClick(field, Key.Key_Return)
    visitor.until(lambda: [one.count for one in visitor.library.albums()] == [2])
    visitor.driver.window.activateWindow()
    visitor.until(visitor.grid.hasFocus)
    visitor.look_at(first)
    albums = visitor.room.details.albums
    visitor.until(lambda: albums._names.text() == "Space & <b>rockets</b>")
    visitor.press(Key.Key_F2)
    name = QApplication.focusWidget()
    assert isinstance(name, QLineEdit)
    name.setText("my first rainbow")
    state = visitor.driver.state
    state.draft.start_from(first)
    state.board_editor.add_files((first,))
    QTest.keyClick(name, Key.Key_Return)
    renamed = first.with_name("my first rainbow.png")
    visitor.until(renamed.exists)
    assert not first.exists()
    visitor.until(lambda: state.draft.values.task == Img2Img(path=renamed))
    assert [card.source for card in state.board_editor.board.cards] == [ImagePrompt(renamed)]


def test_the_bar_comes_with_the_second_one_and_leaves_room_below(visitor: Visitor) -> None:
    bar = visitor.room.page.bar
    visitor.click(3)
    assert not bar.isVisible()
    visitor.click(4, SHIFT)
    visitor.until(lambda: bar.is_up and bar.isVisible())
    assert bar.count.text().startswith("2 chosen")
    visitor.press(Key.Key_End)
    visitor.press(Key.Key_A, CTRL)
    visitor.grid.verticalScrollBar().setValue(visitor.grid.verticalScrollBar().maximum())
    last = visitor.library.results.index(visitor.library.results.rowCount() - 1, 0)
    place = visitor.grid.visualRect(last)
    corner = visitor.grid.viewport().mapTo(visitor.room.page, place.bottomLeft())
    assert corner.y() < bar.geometry().top()
    QTest.mouseClick(bar.close_button, LEFT)
    visitor.until(lambda: not bar.is_up)
    assert visitor.grid.chosen_count == 0


def drop(visitor: Visitor, *paths: Path) -> None:
    """Drop files on the middle of the gallery, as another program does."""
    window = visitor.driver.window
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at = visitor.room.widget.mapTo(window, visitor.room.widget.rect().center())
    copy = Qt.DropAction.CopyAction
    handle = window.windowHandle()
    enter = QDragEnterEvent(at, copy, data, LEFT, PLAIN)
    QApplication.sendEvent(handle, enter)
    visitor.rest()
    QApplication.sendEvent(handle, QDropEvent(QPointF(at), copy, data, LEFT, PLAIN))


def test_pictures_and_folders_can_be_dropped_in(visitor: Visitor, tmp_path: Path) -> None:
    details = visitor.room.details
    photo = tmp_path / "elsewhere" / "photo.png"
    photo.parent.mkdir()
    Image.new("RGB", (40, 30), "orange").save(photo)
    drop(visitor, photo)
    copied = visitor.shelf.folder / "photo.png"
    visitor.until(copied.exists)
    visitor.until(lambda: copied in visitor.paths())
    assert photo.exists()
    visitor.look_at(copied)
    assert not details.use.isVisible()  # there is nothing to use
    assert "does not say" in details._silent.text()
    assert details._silent.isVisible()
    assert not details.unread.isVisible()
    visitor.look_at(visitor.foreign)
    assert details.use.isVisible()
    folder = tmp_path / "holidays"
    folder.mkdir()
    Image.new("RGB", (40, 30), "teal").save(folder / "beach.png")
    drop(visitor, folder)
    visitor.until(lambda: folder in visitor.library.folders)
    visitor.until(lambda: folder / "beach.png" in visitor.paths())


def test_what_is_chosen_can_be_dragged_out_as_files(visitor: Visitor) -> None:
    first, second, *_rest = visitor.family
    visitor.look_at(first)
    visitor.click(visitor.row_of(second), CTRL)
    results = visitor.library.results
    rows = [row for rows in visitor.grid.chosen_rows for row in rows]
    data = results.mimeData([results.index(row, 0) for row in rows])
    assert {Path(url.toLocalFile()) for url in data.urls()} == {first, second}
    assert not visitor.grid._dragged(rows).isNull()
    visitor.press(Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().mimeData()
    assert {Path(url.toLocalFile()) for url in copied.urls()} == {first, second}


def test_several_are_saved_under_names_by_a_template(visitor: Visitor, tmp_path: Path) -> None:
    first, second, *_rest = visitor.family
    visitor.look_at(first)
    visitor.click(visitor.row_of(second), CTRL)
    visitor.press(Key.Key_X)
    visitor.until(lambda: bool(visitor.room.widget.findChildren(ExportDialog)))
    [dialog] = visitor.room.widget.findChildren(ExportDialog)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.name.setText("{nothing}")
    assert not dialog.save.isEnabled()
    dialog.name.setText("{number} {words} {seed}")
    assert dialog.example.text() == "such as 1 a-rocket 12.png"
    dialog._set_format("webp")
    QTest.mouseClick(dialog.save, LEFT)
    visitor.until(lambda: not visitor.room.widget.findChildren(ExportDialog))  # it closes when done
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["1 a-rocket 12.webp", "2 a-rainbow 11.webp"]
    visitor.driver.window.activateWindow()
    visitor.until(visitor.grid.hasFocus)
    visitor.press(Key.Key_X)
    visitor.until(lambda: bool(visitor.room.widget.findChildren(ExportDialog)))
    [dialog] = visitor.room.widget.findChildren(ExportDialog)
    assert dialog.folder.text() == str(tmp_path / "out")  # as it was done last
    assert dialog.plan.options.format == "webp"
    dialog.reject()


def menu_on(visitor: Visitor, path: Path) -> dict[str, QAction]:
    """Open the menu of a picture, and return what stands in it and within, by name."""
    visitor.look_at(path)
    visitor.room._open_menu(visitor.grid.mapToGlobal(QPoint(20, 20)))
    menu = next(
        one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible()
    )
    found: dict[str, QAction] = {}
    for action in menu.actions():
        within = action.menu()
        if isinstance(within, QMenu):
            found[action.text()] = action
            found |= {one.objectName(): one for one in within.actions()}
        else:
            found[action.objectName()] = action
    visitor.until(lambda: visitor.driver.state.origins.of(path) is not None)
    return found


def close_menu() -> None:
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()


def disabled(menu: dict[str, QAction], *names: str) -> set[str]:
    """Return the tips of those that are disabled, which must be all of them."""
    assert not [name for name in names if menu[name].isEnabled()]
    return {menu[name].toolTip() for name in names}


@POPUP
def test_what_a_picture_does_not_allow_is_disabled_with_the_reason(visitor: Visitor) -> None:
    again = ("use_again", "use_all_but_seeds", "use_words", "use_size", "Use a part of it")
    anew, edits = ("vary", "vary_subtly", "enlarge"), ("start_from", "fill", "expand")
    ours, foreign = visitor.family[0], visitor.foreign
    broken, plain = visitor.shelf.folder / "cut-off.png", visitor.shelf.folder / "plain.png"
    Image.new("RGB", (40, 30), "orange").save(plain)
    visitor.library.scan_wanted.emit()
    visitor.until(lambda: plain in visitor.paths())

    menu = menu_on(visitor, plain)
    assert disabled(menu, *again, *anew) == {"How this picture was made is not known."}
    every = ("copy", "save_as", "delete", "start_from", "lay_embedding", "gallery_rename")
    assert all(menu[name].isEnabled() for name in every)
    close_menu()

    menu = menu_on(visitor, foreign)
    assert all(menu[name].isEnabled() for name in again)
    assert "made by another program" in disabled(menu, *anew).pop()
    close_menu()

    menu = menu_on(visitor, ours)
    assert all(menu[name].isEnabled() for name in again)
    assert disabled(menu, *anew) == {"The model 'kandinsky-2.2' is not there any more."}
    close_menu()

    model = visitor.driver.state.draft.model
    assert model is not None
    here = visitor.shelf.add(Image.new("RGB", (64, 64)), record_of("a fox", model=model.name))
    visitor.library.scan_wanted.emit()
    visitor.until(lambda: here in visitor.paths())
    menu = menu_on(visitor, here)
    assert all(menu[name].isEnabled() for name in (*again, *anew))
    close_menu()

    menu = menu_on(visitor, broken)
    reasons = disabled(menu, *again, *anew, *edits, "Edit", "save_as")
    assert len(reasons) == 1
    assert "cut-off.png" in reasons.pop()
    assert menu["delete"].isEnabled()
    close_menu()


@POPUP
def test_what_is_known_later_is_shown_in_a_menu_that_is_open(visitor: Visitor) -> None:
    visitor.look_at(visitor.family[0])
    visitor.click(visitor.row_of(visitor.family[3]))
    room = visitor.room
    assert room.details.details is None
    room._open_menu(visitor.grid.mapToGlobal(QPoint(20, 20)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    named = {action.objectName(): action for action in menu.actions()}
    assert not named["gallery_rename"].isEnabled()
    assert not named["gallery_compare"].isEnabled()
    visitor.until(lambda: named["gallery_rename"].isEnabled())
    assert named["gallery_compare"].isEnabled()
    close_menu()


def test_a_picture_without_a_meaning_lies_on_the_board_itself(visitor: Visitor) -> None:
    path, board = visitor.family[0], visitor.driver.state.board_editor
    visitor.driver.workspace.action_set.trigger("lay_embedding", path)
    visitor.until(lambda: [card.source for card in board.board.cards] == [ImagePrompt(path)])
    assert "itself lies on the board" in visitor.driver.workspace.notices.sentences["done"]


def test_what_a_job_needs_keeps_its_place_and_name_and_the_others_are_deleted(
    visitor: Visitor,
) -> None:
    first, second, *_rest = visitor.family
    session = visitor.driver.session
    session.pause(True)
    start = replace(request("a red cat"), task=Img2Img(path=first))
    session.submit(start)
    notices = visitor.driver.workspace.notices
    visitor.look_at(first)
    visitor.press(Key.Key_Delete)
    assert "needs this picture" in notices.sentences.pop("refused")
    visitor.until(lambda: visitor.room.details.details is not None)
    visitor.press(Key.Key_F2)
    assert "needs this picture" in notices.sentences["refused"]
    assert not visitor.room.details.edit.isVisible()
    visitor.click(visitor.row_of(second), CTRL)
    assert visitor.room.chosen.cells == 2
    visitor.press(Key.Key_Delete)
    visitor.until(lambda: not second.exists())
    assert first.exists()
    assert first in visitor.paths()


@POPUP
def test_no_key_reaches_the_pictures_behind_a_menu(visitor: Visitor) -> None:
    first = visitor.family[0]
    visitor.look_at(first)
    visitor.library.add_tag([visitor.ids[visitor.row_of(first)]], "aaa")
    visitor.until(lambda: "aaa" in {one.name for one in visitor.library.tags()})
    visitor.press(Key.Key_T)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.activeAction() is menu.actions()[0]
    for key in (Key.Key_5, Key.Key_Delete, Key.Key_F):
        visitor.press(key)
    assert menu.isVisible()
    assert shown(visitor) is visitor.room.page
    assert first.exists()
    visitor.press(Key.Key_Return)
    visitor.until(lambda: "aaa" not in {one.name for one in visitor.library.tags()})
    assert visitor.library.view.stars(visitor.ids[visitor.row_of(first)]) == 0


@POPUP
def test_an_album_is_taken_off_where_all_have_it_and_offered_to_those_that_lack_it(
    visitor: Visitor,
) -> None:
    first, second, third, _fourth = visitor.family
    library, room = visitor.library, visitor.room

    def offered() -> tuple[dict[str, bool], list[str]]:
        room.acts.open_labels("tag", QPoint(0, 0))
        menu = next(
            one
            for one in QApplication.topLevelWidgets()
            if isinstance(one, QMenu) and one.isVisible()
        )
        checked = {one.text(): one.isChecked() for one in menu.actions() if one.isCheckable()}
        within = [one.menu() for one in menu.actions()]
        out = [
            one.text() for inner in within if isinstance(inner, QMenu) for one in inner.actions()
        ]
        menu.close()
        return checked, out

    ids = {path: visitor.ids[visitor.row_of(path)] for path in (first, second, third)}
    library.add_tag([ids[first], ids[second]], "both")
    library.add_tag([ids[first]], "one")
    library.add_tag([ids[third]], "other")
    visitor.until(lambda: {"both", "one", "other"} <= {one.name for one in library.tags()})
    visitor.look_at(first)
    visitor.click(visitor.row_of(second), CTRL)
    checked, out = offered()
    assert {name: checked[name] for name in ("both", "one", "other")} == {
        "both": True,
        "one": False,
        "other": False,
    }
    assert out == ["both", "one"]


def test_a_family_is_opened_by_a_key_that_comes_before_its_details(visitor: Visitor) -> None:
    visitor.look_at(visitor.family[1])
    visitor.click(visitor.row_of(visitor.family[2]))
    assert visitor.room.details.details is None
    visitor.press(Key.Key_F)
    visitor.until(lambda: shown(visitor) is visitor.room.family)


def test_what_is_seen_large_can_be_deleted_and_the_next_one_is_seen(visitor: Visitor) -> None:
    box = visitor.room.box
    first, second, *_rest = visitor.family
    visitor.click(visitor.row_of(second))
    visitor.press(Key.Key_Space)
    assert box.path == second
    with visitor.driver.qtbot.waitSignal(visitor.library.results.rowsRemoved):
        visitor.press(Key.Key_Delete)
    visitor.until(lambda: not second.exists())  # it leaves the list at once, and then the folder
    assert shown(visitor) is box
    assert box.path == first
    count = visitor.library.results.rowCount()
    visitor.driver.state.library.trash([visitor.ids[0]])  # elsewhere, above it
    visitor.until(lambda: visitor.library.results.rowCount() < count)
    assert box.path == first
    assert visitor.ids[box.number] == visitor.grid.current_id == visitor.room.chosen.ids()[0]
    visitor.press(Key.Key_Escape)
    visitor.until(lambda: shown(visitor) is visitor.room.page)


def test_of_a_stack_only_what_was_found_is_deleted(visitor: Visitor) -> None:
    results, library = visitor.library.results, visitor.library
    row = next(
        row
        for row in range(results.rowCount())
        if (results.index(row, 0).data(results.StackRole) or 1) > 2
    )
    every = library.members(int(results.ids[row]))
    library.set_stars(every[:2], 4)
    visitor.until(lambda: library.view.stars(every[0]) == 4 and not library.acts.is_busy)
    visitor.type("stars:4")
    row = next(row for row in range(results.rowCount()) if int(results.ids[row]) in every)
    visitor.click(row)
    assert visitor.room.chosen.count == 2
    visitor.press(Key.Key_Delete)
    visitor.until(lambda: not library.view.knows(every[0]))
    assert [library.view.knows(one) for one in every] == [False, False, *[True] * (len(every) - 2)]


def test_a_closed_stack_is_all_of_its_pictures(visitor: Visitor) -> None:
    results, bar = visitor.library.results, visitor.room.page.bar
    stacks = [
        row
        for row in range(results.rowCount())
        if (results.index(row, 0).data(results.StackRole) or 1) > 1
    ]
    counts = [results.index(row, 0).data(results.StackRole) for row in stacks[:2]]
    visitor.click(stacks[0])
    visitor.click(stacks[1], CTRL)
    assert bar.count.text() == f"2 chosen · {sum(counts)} pictures"
    assert len(visitor.room.chosen.ids()) == sum(counts)
    visitor.press(Key.Key_1)
    visitor.type("stars:1")
    visitor.until(lambda: results.pictures == sum(counts))


def test_an_album_of_the_menu_is_that_one_alone(visitor: Visitor) -> None:
    library, results, search = visitor.library, visitor.library.results, visitor.room.page.search
    every = [one for one in visitor.ids if len(library.members(one)) == 1]
    albums = {"Anna": every[:1], "Anna and Tom": every[1:3], 'My "best" cats': every[3:6]}
    for name, ids in albums.items():
        library.add_to_album(ids, name)
    visitor.until(lambda: len(library.albums()) == 3)
    for name, ids in albums.items():
        search.clear()
        menu = next(one for one in search.menu().actions() if one.text() == "Album").menu()
        assert isinstance(menu, QMenu)
        next(one for one in menu.actions() if one.text() == name).trigger()
        visitor.until(lambda ids=ids: visitor.ids == ids)  # type: ignore[misc]
        assert results.pictures == len(ids)


def test_searches_are_kept_folders_taken_out_and_the_trash_is_near(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = tmp_path / "holidays"
    folder.mkdir()
    visitor.library.add_folder(folder)
    visitor.library.save_search("My <b>rockets</b>", "rocket stars:1+")
    search = visitor.room.page.search

    def named(words: str) -> QAction:
        menu = search.menu()
        every: list[QAction] = list(menu.actions())
        for action in menu.actions():
            within = action.menu()
            every += within.actions() if isinstance(within, QMenu) else []
        return next(action for action in every if action.text() == words)

    named("My <b>rockets</b>").trigger()
    assert search.text == "rocket stars:1+"
    assert search.chips["stars:1+"].isChecked()
    search.clear()
    named("holidays").trigger()
    visitor.until(lambda: folder not in visitor.library.folders)
    named("Deleted pictures…").trigger()
    visitor.until(lambda: shown(visitor) is visitor.room.parts.trash)
    visitor.press(Key.Key_Escape)
    assert shown(visitor) is visitor.room.page


def test_a_picture_that_is_chosen_in_the_making_stays_chosen_once_it_is_made(
    visitor: Visitor,
) -> None:
    driver, room, results = visitor.driver, visitor.room, visitor.library.results
    visitor.click(0)
    visitor.until(lambda: room.details.details is not None)
    driver.press(Key.Key_1, CTRL)
    driver.state.draft.set_sampling(steps=4, prior_steps=3)
    driver.generate("a red cat", count=2)
    driver.press(Key.Key_4, CTRL)
    visitor.until(lambda: len(results.making) == 2)
    visitor.click(1)
    details = room.details
    assert (details.name.text(), details.about.text()) == ("a red cat", "In the making")
    for part in (details.stars, details.change, details.facts, details.copy_all):
        assert not part.isVisible()  # they would be those of the picture before
    visitor.until(lambda: details.details is not None)
    assert room.chosen.cells == 1
    assert room.grid.current_id == room.grid.chosen_ids[0] >= 0
    assert details.details is not None
    assert details.details.words == "a red cat"
    assert details.stars.isVisible()


def test_more_pictures_than_a_board_holds_are_refused_where_they_are_chosen(
    visitor: Visitor,
) -> None:
    state, notices = visitor.driver.state, visitor.driver.workspace.notices
    visitor.click(0)
    visitor.press(Key.Key_A, CTRL)
    visitor.room.acts.lay_on_board()
    count = len(visitor.library.paths(visitor.room.chosen.ids()))
    words = f"A board holds at most 24 cards, and here are {count}."
    assert notices.sentences["refused"] == words
    assert visitor.driver.workspace.rooms.current.name == "gallery"
    assert not state.board_editor.board.cards
