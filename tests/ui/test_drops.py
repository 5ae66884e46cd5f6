"""Drags over the whole window, and what is pasted: each is taken, or refused with a sentence."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTreeView, QWidget

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint
from kandinsky_desktop.store import pictures
from kandinsky_desktop.ui import rooms
from kandinsky_desktop.ui.drop_acts import Offer
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.room import Room, Shared
from tests.fakes import NATIVE
from tests.ui.driver import Driver

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
A1111 = "a yellow square\nNegative prompt: blurry\nSteps: 12, Sampler: Euler a, Seed: 4242"


def photo(folder: Path, name: str = "photo.jpg", size: tuple[int, int] = (64, 64)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "orange").save(folder / name)
    return folder / name


def theirs(folder: Path) -> Path:
    about = PngImagePlugin.PngInfo()
    about.add_text("parameters", A1111)
    Image.new("RGB", (64, 64), "yellow").save(folder / "theirs.png", pnginfo=about)
    return folder / "theirs.png"


def ours(folder: Path) -> Path:
    request = Paint(
        conditioning=Prompt("a red cat"),
        model="starter",
        sampling=Sampling(width=NATIVE, height=NATIVE, steps=7),
    )
    conditions = Conditions(
        device="cpu",
        device_name="",
        dtype="float32",
        threads=1,
        batch=(0,),
        libraries=(),
        platform="",
    )
    record = Record(
        request=request, index=0, model="starter", fingerprint="", conditions=conditions, program=""
    )
    finished = pictures.finish(Image.new("RGB", (NATIVE, NATIVE), "red"), record)
    return pictures.save(replace(finished, stem="2026-11-23-172054-a-red-cat-42"), folder)


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def text(words: str) -> QMimeData:
    data = QMimeData()
    data.setText(words)
    return data


def html(source: str) -> QMimeData:
    data = QMimeData()
    data.setHtml(f'<p><img alt="a" src="{source}"></p>')
    return data


def pixels() -> QMimeData:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    data = QMimeData()
    data.setImageData(image)
    return data


def made(kind: str, folder: Path) -> QMimeData:
    """Return what is dragged, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind in ("board", "request", "torn"):
        board = Board().laid(Prompt("gold")).laid(Prompt("a cat"))
        plan = {"board": board, "request": Paint(conditioning=Prompt("a blue dog"))}
        whole = json.dumps(file_format.encode(plan[kind])) if kind in plan else '{"cards": 3}'
        (folder / f"{kind}.json").write_text(whole)
        return files(folder / f"{kind}.json")
    inside = b64encode(photo(folder).read_bytes()).decode()
    (folder / "notes.txt").write_text("hello")
    return {
        "photo": lambda: files(photo(folder)),
        "several": lambda: files(photo(folder), photo(folder, "second.jpg")),
        "theirs": lambda: files(theirs(folder)),
        "ours": lambda: files(ours(folder)),
        "pixels": pixels,
        "data": lambda: html(f"data:image/jpeg;base64,{inside}"),
        "file": lambda: html(QUrl.fromLocalFile(str(photo(folder))).toString()),
        "web": lambda: html("https://example.org/cat.png"),
        "address": lambda: text("https://example.org/cat.png"),
        "words": lambda: text("an oil painting"),
        "folder": lambda: files(folder),
        "notes": lambda: files(folder / "notes.txt"),
        "gone": lambda: files(folder / "gone.png"),
    }[kind]()


class Hand:
    """Drags something over the window, as the system tells a window of it."""

    def __init__(self, driver: Driver, data: QMimeData) -> None:
        self._driver, self._data = driver, data
        self.overlay = driver.workspace.drops.overlay

    def enter(self, at: QPoint) -> "Hand":
        point = self._window_point(at)
        self._send(QDragEnterEvent(point, COPY, self._data, LEFT, NONE))
        return self

    def move(self, at: QPoint) -> QDragMoveEvent:
        event = QDragMoveEvent(self._window_point(at), COPY, self._data, LEFT, NONE)
        self._send(event)
        return event

    def drop(self, at: QPoint) -> None:
        self.move(at)
        point = QPointF(self._window_point(at))
        self._send(QDropEvent(point, COPY, self._data, LEFT, NONE))

    def leave(self) -> None:
        self._send(QDragLeaveEvent())

    def _window_point(self, at: QPoint) -> QPoint:
        return self._driver.workspace.mapTo(self._driver.window, at)

    def _send(self, event: QDragLeaveEvent | QDropEvent) -> None:
        window = self._driver.window.windowHandle()
        assert window is not None
        QApplication.sendEvent(window, event)


def middle(driver: Driver, widget: QWidget) -> QPoint:
    return widget.mapTo(driver.workspace, widget.rect().center())


def spot(driver: Driver, name: str) -> QPoint:
    """Return a point of a part of the window, by its name."""
    workspace = driver.workspace
    parts: dict[str, Callable[[], QWidget]] = {
        "stage": lambda: driver.create._content,
        "prompt": lambda: driver.create.prompt.prompt.viewport(),
        "without": lambda: workspace.inspector.without.findChildren(QWidget)[-1],
        "strip": lambda: workspace.strip,
        "rail": lambda: workspace.rail,
        "status": lambda: workspace.status,
        "queue": lambda: workspace.queue,
        "inspector": lambda: workspace.inspector,
        "start": lambda: workspace.inputs.task_section,
        "meaning": lambda: workspace.inputs.conditioning_section,
        "board": lambda: driver.fusion.board,
        "film": lambda: driver.fusion.film,
        "card words": lambda: driver.fusion.bar.words,
        "pills": lambda: driver.fusion.pills,
        "top bar": lambda: driver.fusion.tools,
        "card list": lambda: driver.fusion.panel,
    }
    at = middle(driver, parts[name]())
    if name == "stage":  # where the usual place is
        return at - QPoint(200, 0)
    if name == "board":
        return at + QPoint(0, parts[name]().height() // 2 - 6)
    return at


def go(driver: Driver, place: str) -> None:
    """Enter the room that a part of the window is of."""
    if place in ("board", "film", "card words", "pills", "top bar", "card list"):
        driver.press(Qt.Key.Key_3, CTRL)
        if place == "film":
            driver.fusion._open_film(False)
    if place == "queue":
        driver.press(Qt.Key.Key_J, CTRL)
    QApplication.processEvents()


def outcome(driver: Driver) -> str:
    """Say what happened: a refusal, or what was set."""
    refused = driver.workspace.notices.sentences.get("refused")
    if refused:
        return refused
    values = driver.state.draft.values
    said = []
    if isinstance(values.task, Img2Img):
        said.append(f"starts from {name_of(values.task.path)}")
    if isinstance(values.image_conditioning, ImagePrompt):
        said.append(f"means {name_of(values.image_conditioning.path)}")
    if values.prompt:
        said.append(f"says {values.prompt!r}")
    cards = [card.source for card in driver.state.board_editor.board.cards]
    said += [
        f"lies there: {name_of(one.path) if isinstance(one, ImagePrompt) else one.text}"  # type: ignore[union-attr]
        for one in cards
    ]
    return ", ".join(said)


def name_of(path: Path) -> str:
    return "pixels" if path.stem.startswith("dropped-") else path.name


WEB = "only the address of a picture on the web"
TABLE = [
    # everywhere in the room to create a picture is started from, but where a place says otherwise
    *(
        (kind, place, f"starts from {name}")
        for place in ("stage", "prompt", "strip", "rail", "status", "queue", "inspector", "start")
        for kind, name in (("photo", "photo.jpg"),)
    ),
    ("several", "stage", "starts from photo.jpg"),
    ("ours", "prompt", "starts from 2026-11-23-172054-a-red-cat-42.png"),
    ("theirs", "without", "starts from theirs.png"),
    ("pixels", "stage", "starts from pixels"),
    ("pixels", "prompt", "starts from pixels"),
    ("pixels", "start", "starts from pixels"),
    ("data", "stage", "starts from pixels"),
    ("data", "prompt", "starts from pixels"),
    ("file", "stage", "starts from photo.jpg"),
    ("file", "strip", "starts from photo.jpg"),
    ("photo", "meaning", "means photo.jpg"),
    ("pixels", "meaning", "means pixels"),
    ("words", "stage", "says 'an oil painting'"),
    ("words", "strip", "says 'an oil painting'"),
    ("words", "prompt", "says 'an oil painting'"),
    ("words", "start", "Words are no picture"),
    ("web", "stage", WEB),
    ("web", "prompt", WEB),
    ("web", "meaning", WEB),
    ("address", "stage", WEB),
    ("folder", "stage", "is a folder: drop the pictures in it"),
    ("folder", "prompt", "is a folder: drop the pictures in it"),
    ("folder", "start", "is a folder: drop the pictures in it"),
    ("notes", "strip", "notes.txt is no picture"),
    ("notes", "board", "notes.txt is no picture"),
    ("gone", "stage", "There is no file gone.png"),
    ("torn", "stage", "without a format"),
    # on the board all becomes cards
    ("photo", "board", "lies there: photo.jpg"),
    ("several", "board", "lies there: photo.jpg, lies there: second.jpg"),
    ("pixels", "board", "lies there: pixels"),
    ("data", "board", "lies there: pixels"),
    ("file", "board", "lies there: photo.jpg"),
    ("words", "board", "lies there: an oil painting"),
    ("photo", "film", "lies there: photo.jpg"),
    ("photo", "pills", "lies there: photo.jpg"),
    ("photo", "top bar", "lies there: photo.jpg"),
    ("photo", "card list", "lies there: photo.jpg"),
    ("photo", "card words", "lies there: photo.jpg"),
    ("web", "board", WEB),
    # plans are opened wherever they are dropped
    ("board", "stage", "lies there: gold, lies there: a cat"),
    ("board", "board", "lies there: gold, lies there: a cat"),
    ("board", "prompt", "lies there: gold, lies there: a cat"),
    ("board", "start", "lies there: gold, lies there: a cat"),
    ("board", "card words", "lies there: gold, lies there: a cat"),
    ("request", "stage", "says 'a blue dog'"),
    ("request", "strip", "says 'a blue dog'"),
]


def test_each_kind_of_thing_is_taken_or_refused_in_each_place(
    driver: Driver, tmp_path: Path
) -> None:
    """In one window, since to open one takes longer than all of this."""
    empty, differ = driver.state.draft.values, []
    for number, (kind, place, expected) in enumerate(TABLE):
        driver.workspace.notices.drop("refused")
        driver.press(Qt.Key.Key_1, CTRL)
        driver.state.draft._history.amend(empty)
        driver.state.draft.changed.emit()
        driver.state.board_editor.set_board(Board())
        driver.workspace.inspector.open_folds((0,) * 5)
        go(driver, place)
        at = spot(driver, place)
        Hand(driver, made(kind, tmp_path / str(number))).enter(at).drop(at)
        if not waited(driver, comes_out(driver, expected)):
            differ.append((kind, place, expected, outcome(driver)))
        assert not driver.workspace.drops.overlay.isVisible()
        assert "file:" not in driver.create.prompt.prompt.toPlainText()
        assert "file:" not in driver.fusion.bar.words.text()
        if place == "queue":
            driver.press(Qt.Key.Key_J, CTRL)
    assert not differ


def waited(driver: Driver, done: Callable[[], bool]) -> bool:
    """Wait for something for a minute; whether it came."""
    for _moment in range(3000):
        if done():
            return True
        driver.qtbot.wait(20)
    return False


def comes_out(driver: Driver, expected: str) -> Callable[[], bool]:
    return lambda: expected in outcome(driver)


def is_shown(driver: Driver, words: str) -> Callable[[], bool]:
    return lambda: words in shown(driver)


def lit(driver: Driver) -> str:
    """Return the place that is lit, by its name."""
    place = driver.workspace.drops.overlay.lit
    return "" if place is None else place.name


def shown(driver: Driver) -> list[str]:
    return [place.words for place in driver.workspace.drops.overlay.places]


def test_places_light_up_at_the_start_of_a_drag_and_say_what_they_would_do(
    driver: Driver, tmp_path: Path
) -> None:
    overlay = driver.workspace.drops.overlay
    others = [one for one in driver.workspace.findChildren(QWidget) if one is not overlay]
    before = [widget.geometry() for widget in others]
    usual = ["Start from this", "Use its meaning", "Lay it on the board"]
    wells = ["Start from this", "Use its meaning"]
    rail = middle(driver, driver.workspace.rail)

    hand = Hand(driver, made("photo", tmp_path / "1")).enter(rail)
    assert shown(driver) == usual + wells
    assert lit(driver) == "start"  # wherever nothing else is, it would go there
    assert overlay.accessibleName() == "Start from this"
    hand.move(overlay.area_of("meaning").center())
    assert lit(driver) == "meaning"
    assert [widget.geometry() for widget in others] == before  # nothing moves
    driver.qtbot.wait(100)
    assert shown(driver) == usual + wells  # a photo says nothing of itself
    hand.leave()
    assert not overlay.isVisible()
    assert driver.state.draft.values.image_conditioning is None

    said = {"theirs": ["Use its settings", "Use its words"], "ours": ["Use its settings"]}
    for kind, words in said.items():
        hand = Hand(driver, made(kind, tmp_path / kind)).enter(spot(driver, "stage"))
        first = overlay.area_of("start")
        assert waited(driver, is_shown(driver, words[-1]))
        assert shown(driver) == [*usual, *words, *wells]
        assert overlay.area_of("start") == first  # what is under the hand stays there
        hand.leave()
        hand.enter(rail)
        hand.move(overlay.area_of("meaning").center())
        driver.qtbot.wait(100)
        hand.leave()
    for kind, sentence in (("folder", "is a folder"), ("notes", "no picture"), ("web", WEB)):
        hand = Hand(driver, made(kind, tmp_path / kind)).enter(spot(driver, "stage"))
        assert waited(driver, lambda: not overlay.places[0].possible)
        assert sentence in overlay.places[0].words  # said where the hand is, before it lets go
        assert len(overlay.places) == 1
        hand.leave()
    hand = Hand(driver, made("several", tmp_path / "2")).enter(rail)
    assert shown(driver)[:3] == [
        "Start from the first",
        "Use the meaning of the first",
        "Lay them on the board",
    ]
    hand.leave()
    hand = Hand(driver, made("words", tmp_path / "3")).enter(rail)
    assert shown(driver) == ["Use these words"]
    hand.move(spot(driver, "prompt"))
    assert lit(driver) == ""  # it is typed there
    hand.leave()


def test_a_card_lights_up_under_a_drag_and_not_beside_it(driver: Driver, tmp_path: Path) -> None:
    go(driver, "board")
    driver.state.board_editor.set_board(Board().laid(Prompt("gold")).laid(Prompt("a cat")))
    [first, _second] = [card.id for card in driver.state.board_editor.board.cards]
    board, overlay = driver.fusion.board, driver.workspace.drops.overlay
    driver.qtbot.waitUntil(lambda: board.still)
    on_card = board.viewport().mapTo(
        driver.workspace, board.mapFromScene(board.item_of(first).pos())
    )
    hand = Hand(driver, made("ours", tmp_path / "1")).enter(on_card)
    assert board.item_of(first).face.lit
    assert waited(driver, lambda: "Use its settings" in shown(driver))
    hand.move(overlay.area_of("settings").center())
    assert not board.item_of(first).face.lit
    hand.move(on_card)
    hand.drop(on_card)
    assert not board.item_of(first).face.lit
    [card, _other] = driver.state.board_editor.board.cards
    assert isinstance(card.source, ImagePrompt)


def test_settings_and_words_of_a_picture_are_taken_over_and_undone(
    driver: Driver, tmp_path: Path
) -> None:
    overlay, draft = driver.workspace.drops.overlay, driver.state.draft
    driver.type("a horse")
    before = draft.values
    path = ours(tmp_path / "x")
    hand = Hand(driver, files(path)).enter(spot(driver, "stage"))
    assert waited(driver, lambda: "Use its settings" in shown(driver))
    hand.drop(overlay.area_of("settings").center())
    driver.until(lambda: draft.values.prompt == "a red cat")
    assert draft.values.sampling.steps == 7
    driver.press(Qt.Key.Key_Z, CTRL)
    assert draft.values == before

    hand = Hand(driver, files(theirs(tmp_path))).enter(spot(driver, "stage"))
    assert waited(driver, lambda: "Use its words" in shown(driver))
    hand.drop(overlay.area_of("words").center())
    assert (draft.values.prompt, draft.values.negative_decoder) == ("a yellow square", "blurry")
    undo = driver.workspace.notices.button("taken")
    assert undo is not None
    driver.click(undo)
    assert draft.values == before

    go(driver, "board")
    hand = Hand(driver, files(theirs(tmp_path))).enter(spot(driver, "board"))
    assert waited(driver, lambda: "Lay its words" in shown(driver))
    hand.drop(overlay.area_of("words").center())
    [card] = driver.state.board_editor.board.cards
    assert card.source == Prompt("a yellow square")


def paste(driver: Driver, data: QMimeData, focus: QWidget) -> QMenu | None:
    """Copy something, press Ctrl+V in a widget, and return the menu that asks what is meant."""
    QGuiApplication.clipboard().setMimeData(data)
    focus.setFocus()
    QTest.keyClick(focus, Qt.Key.Key_V, CTRL)
    driver.qtbot.wait(100)
    return open_menu()


def open_menu() -> QMenu | None:
    menu = QApplication.activePopupWidget()
    return menu if isinstance(menu, QMenu) else None


def paste_where_asked(driver: Driver, data: QMimeData, focus: QWidget) -> QMenu:
    """Paste something, and return the menu that asks what is meant, once it is open."""
    paste(driver, data, focus)
    driver.until(lambda: open_menu() is not None)
    menu = open_menu()
    assert menu is not None
    return menu


def test_a_start_opens_a_board_that_it_was_given(driver: Driver, tmp_path: Path) -> None:
    made("board", tmp_path)
    driver.program.open_files((tmp_path / "board.json",))
    assert outcome(driver) == "lies there: gold, lies there: a cat"
    assert driver.fusion.board.isVisible()


def test_a_start_says_why_a_board_of_a_newer_version_is_not_opened(
    driver: Driver, tmp_path: Path
) -> None:
    made("board", tmp_path)
    file = tmp_path / "board.json"
    file.write_text(file.read_text("utf-8").replace('"format": 1', '"format": 99'), "utf-8")
    driver.program.open_files((file,))
    driver.until(lambda: "refused" in driver.workspace.notices.sentences)
    assert "Update Kandinsky Desktop" in driver.workspace.notices.sentences["refused"]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_a_pasted_picture_is_asked_about_where_it_may_mean_several_things(
    driver: Driver, tmp_path: Path
) -> None:
    prompt, draft = driver.create.prompt.prompt, driver.state.draft
    for kind, expected in (("pixels", "starts from pixels"), ("photo", "starts from photo.jpg")):
        menu = paste_where_asked(driver, made(kind, tmp_path / kind), prompt)
        assert [one.text() for one in menu.actions()] == [
            "Start from this",
            "Use its meaning",
            "Lay it on the board",
        ]
        QTest.keyClick(menu, Qt.Key.Key_Return)
        assert waited(driver, comes_out(driver, expected))
    assert prompt.toPlainText() == ""
    menu = paste_where_asked(driver, made("theirs", tmp_path / "t"), driver.create.stage)
    menu.actions()[-1].trigger()
    menu.close()
    assert waited(driver, lambda: draft.values.prompt == "a yellow square")
    assert paste(driver, made("words", tmp_path), prompt) is None
    assert waited(driver, lambda: "an oil painting" in prompt.toPlainText())
    assert paste(driver, made("folder", tmp_path), prompt) is None
    assert waited(driver, lambda: "is a folder" in outcome(driver))
    driver.workspace.notices.drop("refused")

    go(driver, "board")
    for number, kind in enumerate(("pixels", "photo", "several", "words", "data")):
        focus: QWidget = driver.fusion.board if kind == "words" else driver.fusion.bar.words
        assert paste(driver, made(kind, tmp_path / f"card{number}"), focus) is None
    assert waited(driver, lambda: len(driver.state.board_editor.board.cards) == 6)
    assert driver.fusion.bar.words.text() == ""
    assert paste(driver, made("board", tmp_path / "b"), driver.fusion.board) is None
    laid = [Prompt("gold"), Prompt("a cat")]
    cards = driver.state.board_editor
    assert waited(driver, lambda: [card.source for card in cards.board.cards] == laid)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # popups
def test_no_way_of_pasting_types_the_address_of_a_file(driver: Driver, tmp_path: Path) -> None:
    prompt, line = driver.create.prompt.prompt, driver.fusion.bar.words
    paste(driver, text("a cat"), prompt)
    QGuiApplication.clipboard().setMimeData(made("photo", tmp_path))
    QTest.keyClick(prompt, Qt.Key.Key_Insert, Qt.KeyboardModifier.ShiftModifier)
    driver.qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()
    prompt.paste()
    assert prompt.toPlainText() == "a cat"
    assert not prompt.canPaste()

    go(driver, "board")
    line.setFocus()
    point = line.rect().center()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(line, QContextMenuEvent(reason, point, line.mapToGlobal(point)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    [pasting] = [one for one in menu.actions() if one.objectName() == "edit-paste"]
    assert not pasting.isEnabled()
    menu.close()


class Notebook(Room):
    name, title, icon, keys = "notebook", "Notebook", "image", ("Ctrl+9",)

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        self.widget = QTreeView()
        self.kept: list[DroppedImages] = []
        self.open = True

    def places(self, offer: Offer) -> list[Place]:
        if not self.open:
            return []
        return [Place("page", "Glue it in", "image", self.widget, self.kept.append)]


def test_a_third_room_has_its_own_places_by_naming_them(
    start: Callable[[], Driver], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rooms, "ROOMS", (*rooms.ROOMS, Notebook))
    driver = start()
    room = driver.workspace.rooms.of(Notebook)
    driver.press(Qt.Key.Key_9, CTRL)
    at = middle(driver, room.widget)
    hand = Hand(driver, made("photo", tmp_path / "1")).enter(at)
    assert shown(driver)[0] == "Glue it in"
    hand.drop(at)
    assert [path.name for path in room.kept[0].paths] == ["photo.jpg"]
    assert paste(driver, made("photo", tmp_path / "2"), room.widget) is None
    assert waited(driver, lambda: len(room.kept) == 2)
    room.open = False
    driver.workspace.inputs.task_section.hide()
    driver.workspace.inputs.conditioning_section.hide()
    Hand(driver, made("photo", tmp_path / "3")).enter(at).drop(at)
    assert outcome(driver) == "Nothing can be dropped here."
    driver.workspace.notices.drop("refused")
    paste(driver, made("photo", tmp_path / "4"), room.widget)
    assert waited(driver, lambda: outcome(driver) == "Nothing can be pasted here.")


def test_a_mask_of_another_size_is_offered_to_be_fitted_however_it_comes(
    driver: Driver, tmp_path: Path
) -> None:
    cat, small = photo(tmp_path, "cat.png"), photo(tmp_path, "small.png", (32, 48))
    driver.workspace.inspector.open_folds((1, 1, 0, 1, 1))
    well = driver.workspace.inputs.start.mask_target
    hole = Inpaint(path=cat, masks=())
    image = QImage(str(small))

    def by_dialog() -> None:
        well.ask_file = lambda: small
        well.click()

    def by_drop(data: QMimeData) -> None:
        at = middle(driver, well)
        Hand(driver, data).enter(at).drop(at)

    def by_paste(data: QMimeData) -> None:
        paste(driver, data, well)

    paste(driver, made("board", tmp_path / "b"), well)
    assert waited(driver, comes_out(driver, "That is no picture"))
    held = QMimeData()
    held.setImageData(image)
    for way in (
        by_dialog,
        lambda: by_drop(files(small)),
        lambda: by_drop(held),
        lambda: by_paste(files(small)),
        lambda: by_paste(image_data(image)),
    ):
        driver.state.draft.set(task=hole)
        driver.workspace.notices.drop("refused")
        QApplication.processEvents()
        way()
        assert waited(driver, lambda: "32 × 48" in outcome(driver))
        stretch = driver.workspace.notices.button("refused")
        assert stretch is not None
        assert stretch.text() == "Stretch it"
        driver.click(stretch)
        task = driver.state.draft.values.task
        assert isinstance(task, Inpaint)
        assert task.fit_mask
        assert len(task.masks) == 1


def test_a_picture_that_comes_after_its_mask_has_the_mask_fitted_too(
    driver: Driver, tmp_path: Path
) -> None:
    well = driver.workspace.inputs.start.picture
    mask, wide = photo(tmp_path, "mask.png"), photo(tmp_path, "wide.png", (96, 64))
    driver.state.draft.set(task=Inpaint(path=photo(tmp_path, "cat.png"), masks=(mask,)))
    Hand(driver, files(wide)).enter(spot(driver, "strip")).drop(spot(driver, "strip"))
    driver.until(lambda: isinstance(driver.state.draft.values.task, Img2Img))  # as a whole
    driver.state.draft.set(task=Inpaint(path=photo(tmp_path, "cat.png"), masks=(mask,)))
    driver.workspace.inspector.open_folds((0, 0, 0, 1, 0))
    driver.qtbot.waitUntil(lambda: not well.visibleRegion().isEmpty())
    at = middle(driver, well)
    Hand(driver, files(wide)).enter(at).drop(at)
    assert waited(driver, comes_out(driver, "64 × 64"))
    stretch = driver.workspace.notices.button("refused")
    assert stretch is not None
    driver.click(stretch)
    fitted = Inpaint(path=wide, masks=(mask,), fit_mask=True)
    assert driver.state.draft.values.task == fitted


def image_data(image: QImage) -> QMimeData:
    data = QMimeData()
    data.setImageData(image)
    return data


def test_a_drag_within_the_window_lights_the_places_and_ends_where_it_began(
    driver: Driver, tmp_path: Path
) -> None:
    """The offscreen platform has no drags of its own: only where they begin is said for it."""
    path, drops = ours(tmp_path / "x"), driver.workspace.drops
    strip = middle(driver, driver.workspace.strip)
    drops.source_of = lambda event: driver.workspace.strip.view
    hand = Hand(driver, files(path)).enter(strip)
    assert "Start from this" in shown(driver)
    assert lit(driver) == ""
    assert not hand.move(strip).isAccepted()
    hand.drop(strip)  # thought better of
    assert outcome(driver) == ""

    for place in ("stage", "prompt", "start"):
        Hand(driver, files(path)).enter(strip).drop(spot(driver, place))
        assert waited(driver, lambda: f"starts from {path.name}" in outcome(driver))
        driver.press(Qt.Key.Key_Z, CTRL)
        assert outcome(driver) == ""
        driver.workspace.inspector.open_folds((0,) * 5)

    drops.source_of = lambda event: driver.create.stage
    hand = Hand(driver, files(path)).enter(spot(driver, "stage"))
    assert shown(driver) == ["Start from this", "Use its meaning"]  # the folds alone
    assert not hand.move(spot(driver, "stage")).isAccepted()
    hand.leave()

    drops.source_of = lambda event: driver.create.prompt.prompt.viewport()
    Hand(driver, text("a cat")).enter(spot(driver, "stage"))
    assert shown(driver) == []  # words that are moved within their field
