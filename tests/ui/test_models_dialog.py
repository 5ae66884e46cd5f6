"""The models' dialog: what is here part by part, verified, added and converted with real files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.converting import Converted, Converting, NotConverted
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.conversion import Conversion
from kandinsky_desktop.state.estimates import Capability
from kandinsky_desktop.state.models import Models
from kandinsky_desktop.state.verification import Verification
from kandinsky_desktop.store import places
from kandinsky_desktop.ui.model_words import formats_text
from kandinsky_desktop.ui.models_dialog import ModelsDialog
from kandinsky_desktop.ui.theme import Theme
from tests.engine import original_files, tiny
from tests.ui.driver import Driver, child
from tests.ui.fits import settle
from tests.ui.reachable import unnamed, unreached

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that lacks nothing, to be copied."""
    return tiny.write(tmp_path_factory.mktemp("made") / "Mine", tiny.WHOLE_22)


class Desk:
    """A dialog over real models, with what a person does."""

    def __init__(self, qtbot: QtBot, theme: Theme, background: Background) -> None:
        self.qtbot, self.models = qtbot, Models(background)
        self.verification, self.conversion = Verification(), Conversion()
        self.used: list[str] = []
        self._look()
        self.dialog = ModelsDialog(
            theme,
            self.models,
            self.verification,
            self.conversion,
            lambda model: Capability(Size(model.native, model.native), slower=True),
            places.user_models(),
        )
        qtbot.addWidget(self.dialog)
        self.dialog.look_requested.connect(self._search)
        self.dialog.use_requested.connect(self.used.append)
        self.dialog.show()
        qtbot.waitUntil(lambda: bool(self.dialog.list.entries))

    def _look(self) -> None:
        with self.qtbot.waitSignal(self.models.found):
            self._search()

    def _search(self) -> None:
        self.models.search(places.model_folders())

    @property
    def rows(self) -> list[str]:
        return [entry.title for entry in self.dialog.list.entries]

    def choose(self, title: str) -> None:
        self.dialog.list.setCurrentIndex(self.dialog.list.model().index(self.rows.index(title), 0))

    @property
    def words(self) -> str:
        """All that the page says."""
        page = self.dialog.page
        labels = [one.text() for one in page.findChildren(QLabel)]
        return "\n".join([*labels, *(one.text() for one in page.findChildren(QLineEdit))])


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, background: Background, made: Path) -> Desk:
    theme.apply("light", 100, motion=False)
    shutil.copytree(made, places.user_models() / "Mine")
    (places.user_models() / "gone").symlink_to("/nowhere")
    return Desk(qtbot, theme, background)


def test_each_part_is_said_and_what_is_not_here_file_by_file(desk: Desk) -> None:
    versions = [f"Kandinsky {version}" for version in ("2.2", "2.1", "2.0")]
    assert desk.rows == ["Mine", "Starter model", *versions, "What is amiss"]
    assert "Best at 64 × 64" in desk.words
    assert not unnamed(desk.dialog)
    assert "On this machine: 64 × 64; slower, so that it fits into the memory." in desk.words
    for part in ("Prior", "Decoder", "MoVQ", "Decoder for holes", "Decoder for depth"):
        assert part in desk.words.splitlines()
    assert "Variations, and pictures on the fusion board" in desk.words
    assert "32-bit" in desk.words
    assert str(places.user_models() / "Mine") in desk.words
    desk.dialog.resize(700, 400)
    for title in ("Kandinsky 2.1", "Mine"):  # scrolled, and no line is pressed
        desk.choose(title)
        desk.qtbot.waitUntil(lambda: desk.dialog.page.verticalScrollBar().maximum() > 0)
        settle()
        for one in desk.dialog.page.findChildren(QLabel):
            assert one.height() >= one.heightForWidth(one.width()), (title, one.text())
    desk.choose("Kandinsky 2.2")
    assert "kandinsky-community/kandinsky-2-2-prior/prior/diffusion_pytorch_mod" in desk.words
    assert {"4.1 GB", "about 5.0 GB"} <= set(desk.words.splitlines())
    desk.choose("Kandinsky 2.0")
    assert "Convert original files…" in desk.words
    desk.choose("What is amiss")
    assert f"{places.user_models() / 'gone'} is a link to /nowhere" in desk.words
    QTest.keyClick(desk.dialog.list, Qt.Key.Key_Home)
    desk.dialog.activateWindow()
    assert desk.dialog.list.current is not None
    assert desk.dialog.list.current.title == "Mine"
    desk.dialog.show_in_use("Mine")
    assert desk.dialog.page.use is not None
    assert not desk.dialog.page.use.isEnabled()
    QTest.keyClick(desk.dialog.list, Qt.Key.Key_Down)
    desk.dialog.page.use.click()
    assert desk.used == ["starter"]
    QTest.keyClick(desk.dialog.list, Qt.Key.Key_Return)  # it is in use
    QTest.keyClick(desk.dialog.list, Qt.Key.Key_Up)
    QTest.keyClick(desk.dialog.list, Qt.Key.Key_Return)
    assert desk.used == ["starter", "Mine"]
    assert not unnamed(desk.dialog)
    assert not unreached(desk.dialog)


def test_weights_are_verified_with_progress_and_what_is_damaged_is_named(desk: Desk) -> None:
    dialog = desk.dialog
    assert dialog.page.verify is not None
    seen: list[object] = []
    desk.verification.progressed.connect(seen.append)
    with desk.qtbot.waitSignal(desk.verification.finished):
        dialog.page.verify.click()
        assert dialog.progress.isVisible()
        assert not dialog.page.verify.isEnabled()
    assert seen
    assert dialog.note.text() == "Mine: 7 files are whole, and hold numbers all through."
    assert not dialog.progress.isVisible()
    weights = next((places.user_models() / "Mine" / "decoder" / "unet").glob("*.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-4:] = b"\x00\x00\xc0\x7f"  # a float32 that is no number
    weights.write_bytes(data)
    movq = next((places.user_models() / "Mine" / "decoder" / "movq").glob("*.safetensors"))
    movq.write_bytes(movq.read_bytes()[:-1])
    with desk.qtbot.waitSignal(desk.verification.finished):
        dialog.page.verify.click()
    lines = dialog.note.text().splitlines()
    assert len(lines) == 1  # files_of itself refuses what breaks off
    assert "breaks off after" in lines[0]
    movq.write_bytes(movq.read_bytes() + b"\0")
    with desk.qtbot.waitSignal(desk.verification.finished):
        dialog.page.verify.click()
    assert dialog.note.text().startswith(f"{weights} holds a number that is none")
    dialog.page.verify.click()
    dialog.reject()  # Esc stops it, and leaves the dialog
    assert not desk.verification.busy
    assert dialog.isVisible()
    assert dialog.note.text() == "Stopped. Nothing was changed."
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def drag(desk: Desk, folder: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    desk.dialog.dragEnterEvent(QDragEnterEvent(QPoint(), action, data, left, none))
    desk.dialog.dropEvent(QDropEvent(QPoint(), action, data, left, none))


def test_a_folder_is_added_by_a_drop_or_the_button(
    desk: Desk, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = shutil.copytree(made, tmp_path / "stick" / "Other")
    file = next((stick / "decoder" / "unet").glob("*.safetensors"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with desk.qtbot.waitSignals([desk.models.added, desk.models.parts_read]):
        drag(desk, stick)
    desk.qtbot.waitUntil(lambda: "Other" in desk.rows)
    assert desk.dialog.list.current is not None
    assert desk.dialog.list.current.title == "Other"
    assert (places.user_models() / "Other").resolve() == stick
    assert f"· the same lies in {places.user_models() / 'Mine' / 'decoder' / 'movq'} too" in (
        desk.words
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(empty))
    with desk.qtbot.waitSignal(desk.models.not_added):
        desk.dialog.add.click()
    assert desk.dialog.note.text() == f"There is no model in {empty}: it is empty."
    assert desk.dialog.note.property("role") == "warning"


def test_a_model_that_estimates_depth_is_added_too(desk: Desk, tmp_path: Path) -> None:
    seer = tiny.write_estimator(tmp_path / "stick" / "seer")
    with desk.qtbot.waitSignals([desk.models.added, desk.models.parts_read]):
        drag(desk, seer)
    desk.qtbot.waitUntil(lambda: "Depth estimators" in desk.rows)
    assert desk.dialog.note.text() == "Added, where it lies: seer."
    assert desk.dialog.list.current is not None
    assert desk.dialog.list.current.what == (places.user_models() / "seer",)


def test_a_conversion_is_shown_and_stopped(desk: Desk, tmp_path: Path) -> None:
    dialog, conversion = desk.dialog, desk.conversion
    asked: list[tuple[Path, Path]] = []
    stopped: list[bool] = []
    conversion.convert_requested.connect(lambda *paths: asked.append(paths))
    conversion.stop_requested.connect(lambda: stopped.append(True))
    origin = tmp_path / "Kandinsky_2.1"
    origin.mkdir()
    dialog.convert_files(origin)
    assert asked == [(origin, places.user_models() / "Kandinsky_2.1")]
    assert dialog.progress.isVisible()
    conversion.on_event(Converting("decoder/unet", 10**9, 4 * 10**9))
    assert dialog.progress.words.text() == "Converting decoder/unet: 1.0 GB of 4.0 GB"
    assert dialog.progress.bar.value() == 250
    dialog.progress.cancel.click()
    assert stopped == [True]
    assert "it goes on there" in dialog.note.text()
    conversion.on_event(Converting("decoder/unet", 2, 4))  # what came too late
    assert not dialog.progress.isVisible()
    dialog.convert_files(origin)
    conversion.on_event(NotConverted("It lacks a prior."))
    assert dialog.note.text() == "It lacks a prior."
    dialog.convert_files(origin)
    conversion.on_event(Converted(places.user_models() / "Kandinsky_2.1", "2.1"))
    assert dialog.note.text() == "Kandinsky 2.1 is ready."
    assert not conversion.busy


def test_original_files_become_a_model_that_is_used(
    start: Callable[[], Driver], tmp_path: Path
) -> None:
    origin = tmp_path / "Kandinsky_2.0"
    original_files.write_20(origin)
    driver = start()
    driver.workspace.action_set.trigger("models")
    dialog = child(driver.workspace, QDialog)
    assert isinstance(dialog, ModelsDialog)
    driver.until(lambda: bool(dialog.list.entries))
    dialog.convert_files(origin)
    driver.until(lambda: any(one.key == "Kandinsky_2.0" for one in dialog.list.entries))
    assert dialog.list.current is not None
    assert dialog.list.current.key == "Kandinsky_2.0"
    assert "is ready" in " ".join(driver.workspace.notices.sentences.values())
    assert dialog.page.use is not None
    dialog.page.use.click()
    assert driver.state.draft.values.model == "Kandinsky_2.0"
    assert not dialog.page.use.isEnabled()
    dialog.close()


def test_integers_are_no_number_format_of_weights() -> None:
    assert formats_text(("F32", "I64")) == "32-bit"
    assert formats_text(("F16", "BF16", "F8_E4M3")) == "16-bit + 16-bit (bfloat) + F8_E4M3"
