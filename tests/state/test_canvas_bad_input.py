"""Whatever is opened on the canvas opens, or is refused in a sentence, and loses nothing.

What fails otherwise is a bug: the threads log it as "short work broke", which is looked for.
"""

import logging
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image
from PySide6.QtCore import QObject

from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.store import openraster
from tests.state.canvas import Canvas, noise, saved

SIZE = (37, 23)
SECRET = b"never read"


def ora(path: Path, layers: str, entries: dict[str, bytes], size: tuple[int, int] = SIZE) -> Path:
    stack = f"<image w='{size[0]}' h='{size[1]}'><stack>{layers}</stack></image>"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", openraster.MIMETYPE)
        for name, data in ({"stack.xml": stack.encode()} | entries).items():
            file.writestr(name, data)
    return path


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    stream = BytesIO()
    image.save(stream, form)
    return stream.getvalue()


def header(wide: int, high: int) -> bytes:
    """A PNG that says it is so large, and ends there."""
    data = bytearray(encoded(Image.new("RGB", (1, 1))))
    data[16:24] = wide.to_bytes(4, "big") + high.to_bytes(4, "big")
    return bytes(data)


LAYER = '<layer name="Paint" src="{}"/>'
REFUSED: dict[str, Callable[[Path], Path]] = {
    "a folder": lambda at: _folder(at / "bad.png"),
    "a pipe": lambda at: _pipe(at / "bad.png"),
    "a link to itself": lambda at: _link(at / "bad.png"),
    "nothing": lambda at: at / "bad.png",
    "an empty picture": lambda at: _file(at / "bad.png", b""),
    "an empty document": lambda at: _file(at / "bad.ora", b""),
    "text": lambda at: _file(at / "bad.png", b"no picture at all"),
    "half a GIF": lambda at: _file(at / "bad.gif", encoded(noise(SIZE), "GIF")[:40]),
    "a side too long": lambda at: _file(at / "bad.png", header(32_769, 1)),
    "too many pixels": lambda at: _file(at / "bad.png", header(20_000, 20_000)),
    "more than there are": lambda at: _file(at / "bad.png", header(2**31 - 1, 2**31 - 1)),
    "no layer": lambda at: ora(at / "bad.ora", "", {}),
    "a missing layer": lambda at: ora(at / "bad.ora", LAYER.format("data/gone.png"), {}),
    "a path outside": lambda at: ora(
        at / "bad.ora",
        LAYER.format("data/../../secret.png"),
        {"data/../../secret.png": encoded(noise(SIZE))},
    ),
    "an absolute path": lambda at: ora(at / "bad.ora", LAYER.format(at / "secret.png"), {}),
    "a document too large": lambda at: ora(
        at / "bad.ora", LAYER.format("data/0.png"), {"data/0.png": header(99_999, 99_999)}, SIZE
    ),
    "a canvas too large": lambda at: ora(
        at / "bad.ora",
        LAYER.format("data/0.png"),
        {"data/0.png": encoded(noise(SIZE))},
        (99_999, 99_999),
    ),
}

if not hasattr(os, "mkfifo"):  # on Windows
    del REFUSED["a pipe"]


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _link(path: Path) -> Path:
    path.symlink_to(path)
    return path


def broken(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the threads could not foresee."""
    return [one.message for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_opened_is_refused_and_what_is_open_stays(
    canvas: Canvas, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    canvas.open(saved(noise(), tmp_path / "cat.png"))
    canvas.stroke()
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.png").write_bytes(SECRET)
    path = REFUSED[kind](tmp_path / "in")
    names, mask = canvas.document.step_names, canvas.document.mask.pixels.copy()
    with canvas.told(canvas.document.refused) as told:
        canvas.document.open_file(path)
    assert path.name in told.args[0]
    assert canvas.document.document.title == "cat.png"
    assert canvas.document.step_names == names
    assert (canvas.document.mask.pixels == mask).all()
    assert not canvas.document.busy
    assert canvas.document.unfinished() == []  # no folder is left of it
    assert (tmp_path / "secret.png").read_bytes() == SECRET
    assert broken(caplog) == []
    with canvas.told(canvas.document.refused) as told:
        canvas.editor.load(path)
    assert path.name in told.args[0]
    assert (canvas.document.mask.pixels == mask).all()
    assert broken(caplog) == []


def test_a_missing_layer_beside_others_is_said_and_the_rest_opens(
    canvas: Canvas, tmp_path: Path
) -> None:
    entries = {"data/1.png": encoded(noise(SIZE))}
    layers = '<layer name="Hat" src="data/gone.png"/>' + LAYER.format("data/1.png")
    canvas.open(ora(tmp_path / "a.ora", layers, entries))
    assert (canvas.pixels()[..., :3] == np.asarray(noise(SIZE))[..., ::-1]).all()
    assert any("“Hat”" in remark for remark in canvas.remarks)


@dataclass
class Whole:
    """A good file of a kind, and what is opened of it."""

    name: str
    data: bytes


def good_files(canvas: Canvas, folder: Path) -> dict[str, Whole]:
    files = {
        name: Whole(f"a.{name}", encoded(noise(SIZE), form))
        for name, form in (("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP"), ("gif", "GIF"))
    }
    canvas.open(saved(noise(SIZE), folder / "small.png"))
    canvas.stroke([(5.0, 5.0), (20.0, 12.0)], size=8)
    with canvas.document.step("Paint"):
        canvas.document.picture.changing(Box(2, 2, 9, 9))[...] = 7
    with canvas.told(canvas.document.saved):
        canvas.document.save(folder / "whole.ora")
    canvas.written()
    files["ora"] = Whole("a.ora", (folder / "whole.ora").read_bytes())
    files["journal"] = Whole("journal", (canvas.document.folder / "journal").read_bytes())
    return files


class Breaker:
    """Opens files with one byte changed, and looks at what comes of it."""

    def __init__(self, canvas: Canvas, folder: Path) -> None:
        self.canvas, self.folder = canvas, folder
        self.files = good_files(canvas, folder)
        self.document = Path(shutil.copytree(canvas.document.folder, folder / "document"))
        self.mask = canvas.document.mask.pixels.copy()
        self.opened = self.refused = 0

    def open(self, kind: str, at: int, change: int) -> None:
        """Open a file in which a byte is another one."""
        whole, document = self.files[kind], self.canvas.document
        data = bytearray(whole.data)
        data[at % len(data)] ^= change
        before, said, opened = document.folder, list[str](), list[int]()
        told = (
            document.refused.connect(said.append),
            document.opened.connect(lambda: opened.append(1)),
        )
        if kind == "journal":
            target = canvas_copy(self.document, self.canvas.root / "broken")
            (target / whole.name).write_bytes(data)
            document.recover(target)
        else:
            path = _file(self.folder / whole.name, bytes(data))
            document.open_file(path)
        self.canvas.wait_until(lambda: bool(said or opened) and not document.busy)
        for connection in told:
            QObject.disconnect(connection)
        if said:
            self.refused += 1
            assert all(len(one) > 10 for one in said)
            assert document.folder == before
            return
        self.opened += 1
        assert document.is_open
        assert document.size.width * document.size.height > 0
        if kind == "journal":
            blank = np.zeros_like(document.mask.pixels)
            assert any((document.mask.pixels == one).all() for one in (blank, self.mask))
        self.canvas.settle()
        document.close(discard=True)
        self.canvas.written()
        self.canvas.open(self.folder / "small.png")


def canvas_copy(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target))


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "gif", "ora", "journal"])
def test_with_any_one_byte_changed_it_opens_or_is_refused(
    canvas: Canvas, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = Breaker(canvas, tmp_path)

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(some.integers(0, len(breaker.files[kind].data) - 1), some.integers(1, 255))
    def change(at: int, by: int) -> None:
        breaker.open(kind, at, by)
        assert broken(caplog) == []

    change()
    assert breaker.opened


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "gif", "ora", "journal"])
def test_with_each_byte_changed_it_opens_or_is_refused(
    canvas: Canvas, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = Breaker(canvas, tmp_path)
    for at in range(len(breaker.files[kind].data)):
        breaker.open(kind, at, 0x01 if at % 2 else 0xFF)
        assert broken(caplog) == [], at
    assert breaker.opened
