"""The pictures of a board's cards: read while they lie there, and said when they cannot be."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Prompt
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails


@pytest.fixture
def thumbnails(background: Background, tmp_path: Path) -> ThumbnailLoader:
    return ThumbnailLoader(background, Thumbnails(tmp_path / "cache"), pause_s=0.02)


def editor(
    background: Background, thumbnails: ThumbnailLoader, folder: Path, board: Board | None = None
) -> BoardEditor:
    return BoardEditor(background, thumbnails, folder, board)


def picture(path: Path, colour: str = "red") -> Path:
    whole = path.with_name("whole.png")  # half of one may be read meanwhile
    Image.new("RGB", (8, 8), colour).save(whole)
    return whole.rename(path)


def test_the_pictures_of_its_cards_are_read_as_they_are_laid(
    background: Background, thumbnails: ThumbnailLoader, tmp_path: Path, qtbot: QtBot
) -> None:
    cat, dog = ImagePrompt(picture(tmp_path / "cat.png")), picture(tmp_path / "dog.png")
    one = editor(background, thumbnails, tmp_path, Board().laid(cat))
    qtbot.waitUntil(lambda: one.image_of(cat) is not None)  # of a saved board too
    with qtbot.waitSignal(one.thumbnail_loaded):
        one.add_card(ImageEmbedding(dog))
    assert one.image_of(ImageEmbedding(dog)) is not None
    assert one.image_of(Prompt("words")) is None


def test_what_is_dropped_on_a_card_that_goes_meanwhile_is_laid(
    background: Background, thumbnails: ThumbnailLoader, tmp_path: Path, qtbot: QtBot
) -> None:
    pair = Board().laid(Prompt("a cat")).laid(Prompt("gold"))
    one = editor(background, thumbnails, tmp_path, pair)
    one.add_image(QImage(str(picture(tmp_path / "a.png"))), on=1)
    one.set_board(pair.without(1))
    qtbot.waitUntil(lambda: len(one.board.cards) == 2)
    assert [type(card.source) for card in one.board.cards] == [Prompt, ImagePrompt]


def test_pictures_of_other_views_are_none_of_its_own(
    background: Background, thumbnails: ThumbnailLoader, tmp_path: Path, qtbot: QtBot
) -> None:
    one, heard = editor(background, thumbnails, tmp_path), list[str]()
    one.thumbnail_loaded.connect(lambda: heard.append("loaded"))
    one.refused.connect(heard.append)
    strip = editor(background, thumbnails, tmp_path)
    strip.add_card(ImagePrompt(picture(tmp_path / "cat.png")))
    with qtbot.waitSignal(strip.refused):
        strip.add_card(ImagePrompt(tmp_path / "none.png"))
    qtbot.waitUntil(lambda: strip.image_of(ImagePrompt(tmp_path / "cat.png")) is not None)
    assert not heard


def test_a_picture_that_cannot_be_read_is_said_once_and_shown_once_it_can(
    background: Background, thumbnails: ThumbnailLoader, tmp_path: Path, qtbot: QtBot
) -> None:
    one, reasons = editor(background, thumbnails, tmp_path), list[str]()
    one.refused.connect(reasons.append)
    late = ImagePrompt(tmp_path / "late.png")
    one.add_card(late)
    qtbot.waitUntil(lambda: bool(reasons))
    qtbot.wait(50)
    picture(late.path)
    qtbot.waitUntil(lambda: one.image_of(late) is not None)
    assert reasons == ["There is no file late.png."]


def weights(one: BoardEditor) -> list[float]:
    return [card.weight for card in one.board.cards]


def test_what_a_wheel_does_in_one_go_is_one_step(
    background: Background,
    thumbnails: ThumbnailLoader,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair = Board().laid(Prompt("a cat")).laid(Prompt("gold"))
    one = editor(background, thumbnails, tmp_path, pair)
    now = 100.0
    monkeypatch.setattr("kandinsky_desktop.state.history.monotonic", lambda: now)
    monkeypatch.setattr("kandinsky_desktop.state.board_editor.monotonic", lambda: now)
    for weight in (1.05, 1.1, 1.15):
        one.weigh(1, weight)
        now += 0.3
    one.weigh(2, 0.95)  # another card
    now += 2
    one.weigh(2, 0.9)  # after a rest
    seen = []
    while one.can_undo:
        one.undo()
        seen.append(weights(one))
    assert seen == [[1.15, 0.95], [1.15, 1.0], [1.0, 1.0]]
    one.redo()
    one.weigh(1, 1.2)  # what was done again is no go of the wheel's
    one.undo()
    assert weights(one) == [1.15, 1.0]
    one.weigh(1, 1.2)
    one.weigh(1, 1.15)
    assert not one.can_redo
    one.undo()
    assert weights(one) == [1.0, 1.0]  # a go that ends where it began is no step


def test_a_locked_card_and_other_changes_break_no_step(
    background: Background, thumbnails: ThumbnailLoader, tmp_path: Path
) -> None:
    one = editor(background, thumbnails, tmp_path, Board().laid(Prompt("a cat")))
    one.weigh(1, 1.05)
    one.set_board(one.board.locked(1))
    one.weigh(1, 1.1)
    one.weigh(1, 1.15)
    one.set_board(one.board.locked(1))
    one.weigh(1, 1.1)
    one.undo()
    assert weights(one) == [1.05]
    assert not one.board.cards[0].locked
    one.undo()
    one.undo()
    assert weights(one) == [1.05]
    one.undo()
    assert (weights(one), one.can_undo) == ([1.0], False)
