"""What can be taken from a drag or the clipboard: pictures, words; and why something cannot.

Nothing is ever fetched: a web address alone is refused with a sentence.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.picture_kinds import SAVED_MEANING
from kandinsky_desktop.store import pictures

SOURCE = re.compile(r"""<img[^>]*?\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
LARGEST = 300_000_000  # bytes of a file that is looked at
LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class DroppedImages:
    """What a drag holds. Sentences say what could not be taken, and what to do."""

    paths: tuple[Path, ...] = ()
    images: tuple[QImage, ...] = ()
    words: str = ""
    refused: tuple[str, ...] = ()


def may_hold_images(data: QMimeData) -> bool:
    """Whether it is worth looking at: asked for each move of a drag, so it reads nothing."""
    return data.hasUrls() or data.hasImage() or data.hasHtml() or data.hasText()


def images_in(data: QMimeData, *, meanings: bool = False) -> DroppedImages:
    """Return what a drag or the clipboard holds, the most faithful form first.

    Files that are no pictures are refused, saved meanings unless they are wanted.
    """
    files, refused = _files(data, meanings)
    if files:
        return DroppedImages(paths=files, refused=refused)
    if data.hasImage():
        image = QImage(data.imageData())
        if not image.isNull():
            return DroppedImages(images=(image,))
    images = _embedded(data)
    if images:
        return DroppedImages(images=images)
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


def _files(data: QMimeData, meanings: bool) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    paths: list[Path] = []
    refused: list[str] = []
    for url in data.urls():
        if not url.isLocalFile():
            if url.scheme() in ("http", "https"):
                refused.append(_web())
            continue
        path = Path(url.toLocalFile())
        reason = _why_not(path, meanings)
        if reason:
            refused.append(reason)
        else:
            paths.append(path)
    return tuple(paths), tuple(dict.fromkeys(refused))


def _why_not(path: Path, meanings: bool) -> str:
    if path.is_dir():
        return _("{name} is a folder: drop the pictures in it instead.").format(name=path.name)
    try:
        size = path.stat().st_size
    except OSError:
        return _("There is no file {name}.").format(name=path.name)
    if size > LARGEST:
        return _("{name} is too large ({size} MB): make it smaller first.").format(
            name=path.name, size=size // 1_000_000
        )
    try:
        if not (meanings and pictures.kind_of(path) is SAVED_MEANING):
            pictures.check_picture(path)
    except Unreadable as error:
        return str(error)
    except OSError as error:
        return _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
    return ""


def _embedded(data: QMimeData) -> tuple[QImage, ...]:
    """Return pictures that lie in HTML as `data:` addresses, as browsers drag them."""
    if not data.hasHtml():
        return ()
    images = []
    for match in SOURCE.finditer(data.html()):
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
            image = QImage(QUrl(address).toLocalFile())
            if not image.isNull():
                images.append(image)
    return tuple(images)


def _web() -> str:
    return _(
        "That is only the address of a picture on the web, and nothing is fetched: save or copy the"
        " picture first."
    )
