"""What can be taken from a drag: files, pixels, words, a browser's HTML; nothing is fetched."""

import base64
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.image_import import LARGEST
from kandinsky_desktop.ui.image_drop_target import ImageDropTarget
from kandinsky_desktop.ui.mime import (
    Carried,
    DroppedImages,
    carried,
    copied,
    holds_words,
    images_in,
)
from kandinsky_desktop.ui.theme import Theme


@pytest.fixture
def image(qapp: QApplication) -> QImage:
    made = QImage(8, 6, QImage.Format.Format_RGB32)
    made.fill(QColor("orange"))
    return made


def png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def urls(*addresses: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(address) for address in addresses])
    return data


def test_files_of_pictures(tmp_path: Path, image: QImage) -> None:
    paths = [tmp_path / name for name in ("ä b.png", "c.JPG", "d.jfif", "e")]
    for path in paths:
        path.write_bytes(png(image))
    dropped = images_in(urls(*(QUrl.fromLocalFile(str(path)).toString() for path in paths)))
    assert dropped.paths == tuple(paths)
    assert not dropped.refused


def test_a_saved_meaning_is_accepted_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a meaning"
    path.write_bytes((2).to_bytes(8, "little") + b"{}")
    data = urls(QUrl.fromLocalFile(str(path)).toString())
    assert images_in(data, meanings=True).paths == (path,)
    assert "is a saved meaning and no picture" in images_in(data).refused[0]


def test_pixels(image: QImage) -> None:
    data = QMimeData()
    data.setImageData(image)
    (dropped,) = images_in(data).images
    assert (dropped.width(), dropped.height()) == (8, 6)


def test_a_picture_inside_a_browsers_html(image: QImage) -> None:
    data = QMimeData()
    content = base64.b64encode(png(image)).decode()
    data.setHtml(f'<p>see <img alt="x" src="data:image/png;base64,{content}"></p>')
    (dropped,) = images_in(data).images
    assert dropped.width() == 8


def test_words() -> None:
    data = QMimeData()
    data.setText("  an oil painting  ")
    assert images_in(data).words == "an oil painting"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"urls": ["https://example.org/cat.png"]}, id="address"),
        pytest.param({"html": '<img src="https://example.org/cat.png">'}, id="html"),
        pytest.param({"text": "https://example.org/cat.png"}, id="text"),
    ],
)
def test_an_address_alone_is_refused_and_never_fetched(data: dict[str, object]) -> None:
    mime = QMimeData()
    if "urls" in data:
        mime = urls(*data["urls"])  # type: ignore[misc]
    elif "html" in data:
        mime.setHtml(str(data["html"]))
    else:
        mime.setText(str(data["text"]))
    dropped = images_in(mime)
    assert not (dropped.paths)
    assert not (dropped.images)
    assert not (dropped.words)
    assert "save or copy the picture first" in dropped.refused[0]


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    huge = tmp_path / "huge.tiff"
    with huge.open("wb") as file:
        file.truncate(LARGEST + 200_000_000)  # sparse: it takes no room
    wanted = [tmp_path, tmp_path / "notes.txt", huge, tmp_path / "gone.png"]
    dropped = images_in(urls(*(QUrl.fromLocalFile(str(path)).toString() for path in wanted)))
    assert not dropped.paths
    folder, text, large, gone = dropped.refused
    assert "is a folder" in folder
    assert "notes.txt is no picture" in text
    assert "huge.tiff is too large (500 MB)" in large
    assert "no file gone.png" in gone


def test_nothing_at_all_is_a_sentence() -> None:
    assert "no picture and no text" in images_in(QMimeData()).refused[0]
    broken = QMimeData()
    broken.setHtml('<img src="data:image/png;base64,@@@">')
    assert images_in(broken).refused


def test_a_file_in_a_browsers_html_is_that_file(tmp_path: Path, image: QImage) -> None:
    path = tmp_path / "a b.png"
    path.write_bytes(png(image))
    data = QMimeData()
    data.setHtml(f'<img src="{QUrl.fromLocalFile(str(path)).toString()}">')
    assert images_in(data).paths == (path,)


def test_addresses_of_files_that_come_as_text_are_files(tmp_path: Path, image: QImage) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(image))
    data = QMimeData()
    data.setText(f"{QUrl.fromLocalFile(str(path)).toString()}\r\n")
    assert images_in(data).paths == (path,)
    assert carried(data) == Carried((path,), picture=True)
    assert not holds_words(data)


def test_boards_and_requests_are_read_with_paths_from_their_folder(tmp_path: Path) -> None:
    board = Board().laid(ImagePrompt(Path("cat.png"))).laid(Prompt("gold"))
    request = Paint(conditioning=Prompt("a cat"))
    for name, plan in (("board", board), ("request", request)):
        text = json.dumps(file_format.encode(plan))
        (tmp_path / f"{name}.json").write_text(text, "utf-8-sig")
    names = ("board.json", "request.json")
    urls_of = [QUrl.fromLocalFile(str(tmp_path / name)).toString() for name in names]
    dropped = images_in(urls(*urls_of))
    [opened] = dropped.boards
    assert [card.source for card in opened.cards] == [
        ImagePrompt(tmp_path / "cat.png"),
        Prompt("gold"),
    ]
    assert dropped.requests == (request,)
    assert not dropped.refused


def test_plans_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    for name, text in (
        ("newer.json", '{"format": 2, "cards": []}'),
        ("torn.json", '{"format": 1, "conditioning": 3}'),
        ("other.json", '{"a": 1}'),
    ):
        (tmp_path / name).write_text(text)
    names = ("newer.json", "torn.json", "other.json")
    found = images_in(urls(*(QUrl.fromLocalFile(str(tmp_path / one)).toString() for one in names)))
    newer, torn, other = found.refused
    assert "newer.json was written by another version" in newer
    assert "torn.json cannot be read" in torn
    assert "other.json is no picture" in other
    assert not found.usable


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param("text", True, id="text"),
        pytest.param("urls", False, id="files"),
        pytest.param("image", False, id="pixels"),
        pytest.param("office", True, id="a-table-with-its-picture"),
    ],
)
def test_only_text_is_to_be_typed(kind: str, words: bool, image: QImage, tmp_path: Path) -> None:
    data = QMimeData()
    if kind in ("text", "office"):
        data.setText("a cat")
    if kind in ("image", "office"):
        data.setImageData(image)
    if kind == "urls":
        data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    assert holds_words(data) is words


@pytest.mark.timeout(60)  # it took longer than anybody waits
@pytest.mark.parametrize("html", ["<img " * 20_000, "<img " + "src " * 50_000])
def test_a_page_that_is_made_to_be_slow_is_words(html: str) -> None:
    data = QMimeData()
    data.setHtml(html)
    data.setText("a cat")
    assert carried(data) == Carried(words=True)
    assert images_in(data) == DroppedImages(words="a cat")


def test_a_picture_in_a_page_is_known_behind_any_sign(image: QImage) -> None:
    data, written = QMimeData(), base64.b64encode(png(image)).decode()
    data.setHtml(f'<img alt="a < b"><IMG alt="a < b" src = "data:image/png;base64,{written}">')
    assert len(images_in(data).images) == 1


def test_an_empty_clipboard_holds_nothing(theme: Theme, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()  # Qt then hands over no data at all, here
    assert carried(copied()) is None
    assert not holds_words(copied())
    well = ImageDropTarget(theme, "A picture")
    qtbot.addWidget(well)
    received: list[DroppedImages] = []
    well.images_received.connect(received.append)
    QTest.keyClick(well, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert received == [images_in(QMimeData())]
