"""What can be taken from a drag or the clipboard: pictures, words, boards; and why not the rest.

Nothing is ever fetched: a web address alone is refused with a sentence.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.errors import Unreadable, brief
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.image_import import why_not
from kandinsky_desktop.store import own_files

SOURCE = re.compile(
    r"""<img(?:(?!<img)[^>])*?\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE
)  # up to the next one: each is looked through once
LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class DroppedImages:
    """What a drag holds. Sentences say what could not be taken, and what to do."""

    paths: tuple[Path, ...] = ()
    images: tuple[QImage, ...] = ()
    words: str = ""
    boards: tuple[Board, ...] = ()
    requests: tuple[Paint, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there is anything that could be taken."""
        return bool(self.paths or self.images or self.words or self.boards or self.requests)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a drag is about, as far as can be told without reading any file."""

    files: tuple[Path, ...] = ()
    picture: bool = False  # files, pixels, or what a browser drags
    words: bool = False  # text, and nothing else
    refusal: str = ""  # why nothing of it can be taken, where that is plain

    @property
    def are_plans(self) -> bool:
        """Whether the files are boards or requests, by their names."""
        return bool(self.files) and all(file.suffix.lower() == ".json" for file in self.files)


def carried(data: QMimeData) -> Carried | None:
    """Return what a drag or the clipboard is about; None if nothing in it could be taken."""
    files = tuple(Path(url.toLocalFile()) for url in _addresses(data) if url.isLocalFile())
    if files or data.hasImage():
        return Carried(files, picture=True)
    source = SOURCE.search(data.html()) if data.hasHtml() else None
    address = unescape(source[1] or source[2] or "") if source else ""
    if address.startswith(("data:", "file:")):
        return Carried(picture=True)
    if _addresses(data) or source:
        return Carried(picture=True, refusal=_web())
    return Carried(words=True) if data.hasText() or data.hasHtml() else None


def copied() -> QMimeData:
    """Return what was copied: nothing, where the system hands over not even that."""
    return QGuiApplication.clipboard().mimeData() or QMimeData()


def holds_words(data: QMimeData) -> bool:
    """Whether there is text to be typed: not what a file manager or a browser says of a picture."""
    return data.hasFormat("text/plain") and not _addresses(data)


def may_hold_images(data: QMimeData) -> bool:
    """Whether it is worth looking at: asked for each move of a drag, so it reads nothing."""
    return data.hasUrls() or data.hasImage() or data.hasHtml() or data.hasText()


def accept_copy(event: QDropEvent) -> None:
    """Agree to a drag as a copy, whatever was proposed: whoever gives something keeps it."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


def images_in(data: QMimeData, *, meanings: bool = False) -> DroppedImages:
    """Return what a drag or the clipboard holds, the most faithful form first.

    Files that are no pictures are refused, saved meanings unless they are wanted.
    """
    urls = _addresses(data)
    files = _files(urls, meanings)
    if files.usable:
        return files
    refused = files.refused
    if data.hasImage():
        image = QImage(data.imageData())
        if not image.isNull():
            return DroppedImages(images=(image,))
    images, named = _embedded(data)
    if images:
        return DroppedImages(images=images)
    if named and not urls:
        return _files(named, meanings)
    if refused:
        return DroppedImages(refused=refused)
    if data.hasHtml() and SOURCE.search(data.html()):
        return DroppedImages(refused=(_web(),))
    words = data.text().strip()
    if words.startswith(("http://", "https://")) and " " not in words:
        return DroppedImages(refused=(_web(),))
    if words:
        return DroppedImages(words=words[:LONGEST_WORDS])
    return DroppedImages(refused=(_("There is no picture and no text in what was dropped."),))


def _addresses(data: QMimeData) -> list[QUrl]:
    """Return addresses, also where a program hands over those of files as mere text."""
    if data.hasUrls():
        return data.urls()
    lines = data.text().split("\n") if data.hasText() else []
    lines = [line.strip() for line in lines if line.strip()]
    if lines and all(line.startswith("file://") for line in lines):
        return [QUrl(line) for line in lines]
    return []


def _files(urls: Iterable[QUrl], meanings: bool) -> DroppedImages:
    paths: list[Path] = []
    boards: list[Board] = []
    requests: list[Paint] = []
    refused: list[str] = []
    for url in urls:
        if not url.isLocalFile():
            if url.scheme() in ("http", "https"):
                refused.append(_web())
            continue
        path = Path(url.toLocalFile())
        try:
            match own_files.read(path) if path.suffix.lower() == ".json" else None:
                case Board() as board:
                    boards.append(board)
                    continue
                case Paint() as request:
                    requests.append(request)
                    continue
                case None:
                    reason = why_not(path, meanings=meanings)
        except Unreadable as error:
            reason = brief(error)
        except OSError:
            reason = why_not(path, meanings=meanings)
        if reason:
            refused.append(reason)
        else:
            paths.append(path)
    return DroppedImages(
        paths=tuple(paths),
        boards=tuple(boards),
        requests=tuple(requests),
        refused=tuple(dict.fromkeys(refused)),
    )


def _embedded(data: QMimeData) -> tuple[tuple[QImage, ...], tuple[QUrl, ...]]:
    """Return pictures in HTML: those that lie in it as `data:`, and the addresses of files."""
    images: list[QImage] = []
    files: list[QUrl] = []
    for match in SOURCE.finditer(data.html()) if data.hasHtml() else ():
        address = unescape(match[1] or match[2] or "")
        if address.startswith("data:image/") and ";base64," in address:
            try:
                content = base64.b64decode(address.partition(";base64,")[2], validate=True)
            except (binascii.Error, ValueError):
                continue
            image = QImage.fromData(content)
            if not image.isNull():
                images.append(image)
        elif address.startswith("file:"):
            files.append(QUrl(address))
    return tuple(images), tuple(files)


def _web() -> str:
    return _(
        "That is only the address of a picture on the web, and nothing is fetched: save or copy the"
        " picture first."
    )
