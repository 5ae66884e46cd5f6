"""Save as…: what the dialog shows, and a picture saved by key from the window."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.exporter import Exporter, ExportPlan
from kandinsky_desktop.state.pictures import Tile
from kandinsky_desktop.store import pictures
from kandinsky_desktop.store.exporting import Facts
from kandinsky_desktop.ui.notices import Notices
from kandinsky_desktop.ui.save_as import SaveAsDialog
from kandinsky_desktop.ui.saving import Saving
from kandinsky_desktop.ui.theme import Theme
from tests.fakes import record, request
from tests.ui.driver import Driver

COPY = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
Opened = Callable[[Path], SaveAsDialog]


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A picture of ours with words."""
    made = pictures.finish(Image.new("RGB", (64, 64), "red"), record(request("a red cat")))
    return pictures.save(made, tmp_path / "pictures")


@pytest.fixture
def opened(theme: Theme, background: Background, qtbot: QtBot, tmp_path: Path) -> Opened:
    """Return what opens the dialog for a picture, in a folder of the test's own."""
    around = QLabel()
    qtbot.addWidget(around)
    around.show()
    saving = Saving(theme, Exporter(background), around)

    def begin(source: Path) -> SaveAsDialog:
        saving.ask(source)
        qtbot.waitUntil(lambda: around.findChild(SaveAsDialog) is not None)
        dialog = around.findChild(SaveAsDialog)
        assert dialog is not None
        dialog.folder.setText(str(tmp_path))
        dialog.changed.emit()
        return dialog

    return begin


def test_the_name_is_of_the_words_and_what_is_typed_keeps_the_ending(
    opened: Opened, ours: Path
) -> None:
    dialog = opened(ours)
    assert (dialog.name.text(), dialog.name.selectedText()) == ("a-red-cat.png", "a-red-cat")
    QTest.keyClicks(dialog.name, "my cat")
    assert dialog.name.text() == "my cat.png"
    assert dialog.save.isEnabled()


def test_a_format_changes_the_ending_and_an_ending_the_format(opened: Opened, ours: Path) -> None:
    dialog = opened(ours)
    chips, form = dialog.formats.chips, dialog.form
    assert not form.numbers["quality"].isVisible()
    QTest.mouseClick(chips["jpeg"], Qt.MouseButton.LeftButton)
    assert dialog.name.text() == "a-red-cat.jpg"
    assert form.numbers["quality"].isVisible()
    assert not form.switches["lossless"].isVisible()
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "cat.webp")
    assert [value for value, chip in chips.items() if chip.isChecked()] == ["webp"]
    QTest.mouseClick(form.switches["lossless"], Qt.MouseButton.LeftButton, pos=_in_box())
    assert dialog.options.lossless
    assert not form.numbers["quality"].isVisible()
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "cat.gif")
    assert "not written as .gif" in dialog.note.text()
    assert not dialog.save.isEnabled()


def test_a_file_of_that_name_is_said_and_the_button_says_what_it_does(
    opened: Opened, ours: Path, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(b"mine")
    dialog = opened(ours)
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "cat")
    assert (dialog.save.text(), dialog.save.isEnabled()) == ("Replace", True)
    assert "will be replaced" in dialog.note.text()
    QTest.keyClicks(dialog.name, "2")
    assert (dialog.save.text(), dialog.note.text()) == ("Save", "")


def test_what_fails_is_said_in_the_dialog_and_what_was_typed_stays(
    opened: Opened, ours: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = opened(ours)
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "x" * 300)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "is too long a name" in dialog.note.text())
    assert dialog.isVisible()
    assert dialog.name.text() == "x" * 300
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "y")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil((tmp_path / "y.png").is_file)
    assert (tmp_path / "y.png").read_bytes() == ours.read_bytes()


def test_a_ground_is_asked_for_only_where_something_is_transparent(
    theme: Theme, qtbot: QtBot
) -> None:
    for transparent in (True, False):
        facts = Facts("cat", Size(8, 8), transparent=transparent, says=False)
        dialog = SaveAsDialog(theme, facts)
        qtbot.addWidget(dialog)
        dialog.show()
        plan = _plan(ExportOptions(format="jpeg"))
        dialog.show_plan(plan)
        assert dialog.form.choices["ground"].isVisible() is transparent
        keep = dialog.form.switches["keep"]
        assert (keep.isEnabled(), keep.isChecked()) == (False, False)
        assert keep.toolTip() == "It does not say how it was made."


def test_a_picture_is_saved_by_key_as_it_was_last_and_that_is_said_beside_it(
    start: Callable[[], Driver], ours: Path, tmp_path: Path
) -> None:
    driver = start()
    driver.state.viewer.show_tile(Tile(path=ours))
    for number in (1, 2):
        driver.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        driver.until(lambda: isinstance(QApplication.activeModalWidget(), SaveAsDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SaveAsDialog)
        if number == 1:
            dialog.folder.setText(str(tmp_path))
            driver.click(dialog.formats.chips["jpeg"])
            driver.click(dialog.form.switches["keep"])
        else:  # the sitting after it
            assert dialog.folder.text() == str(tmp_path)
            assert dialog.name.text() == "a-red-cat-2.jpg"
            assert not dialog.options.keep
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
        notices = driver.workspace.notices
        driver.until(lambda: "done" in notices.sentences)  # noqa: B023 - asked at once
        assert notices.sentences["done"].startswith("Saved: a-red-cat")
        assert notices.sentences["done"].endswith(" bytes") or notices.sentences["done"].endswith(
            " kB"
        )
        _near_the_stage(driver, notices)
        if number == 1:
            driver.close()
            driver = start()
            driver.state.viewer.show_tile(Tile(path=ours))
    with Image.open(tmp_path / "a-red-cat-2.jpg") as image:
        assert (image.format, dict(image.getexif())) == ("JPEG", {})


def test_what_the_hand_did_is_said_beside_the_picture(driver: Driver, ours: Path) -> None:
    driver.state.viewer.show_tile(Tile(path=ours))
    notices = driver.workspace.notices
    driver.press(Qt.Key.Key_C, COPY)
    assert notices.sentences == {"done": "Copied"}
    _near_the_stage(driver, notices)
    driver.workspace.action_set.trigger("redo")
    assert notices.sentences["refused"] == "There is nothing to do again."
    driver.send()  # no words
    assert notices.sentences["refused"] == "Type what you want to see first."
    driver.press(Qt.Key.Key_C, COPY)
    assert notices.sentences == {"done": "Copied"}


def _near_the_stage(driver: Driver, notices: Notices) -> None:
    def there() -> bool:
        stage = driver.create.stage
        corner = notices.mapTo(driver.window, notices.rect().topLeft())
        place = stage.mapTo(driver.window, stage.rect().topLeft())
        inside = stage.rect().translated(place).contains(notices.rect().translated(corner))
        return notices.isVisible() and inside

    driver.until(there)


def _in_box() -> QPoint:
    return QPoint(8, 8)


def _plan(options: ExportOptions) -> ExportPlan:
    return ExportPlan(Path("/a/cat.jpg"), options)
