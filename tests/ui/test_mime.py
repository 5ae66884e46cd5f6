"""What can be taken from a drag: files, pixels, words, a browser's HTML; nothing is fetched."""

import base64
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.ui.mime import LARGEST, images_in


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
