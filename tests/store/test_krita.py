"""Krita opens what we save, and what it saves opens here: layers, places, opacity and pixels.

Krita is started for real, on a screen of its own; that takes seconds, so it is for `make soak`.
"""

import os
import shutil
import subprocess
import xml.etree.ElementTree as xml
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import Document
from kandinsky_desktop.raster import conversion
from kandinsky_desktop.store import openraster
from tests.store.ora_files import made, noise, png

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        not (shutil.which("krita") and shutil.which("Xvfb")), reason="needs krita and Xvfb"
    ),
]
PATIENCE_S = 600.0  # of a busy machine; alone it takes 10 s the first time, then 2
SIZE = (300, 270)


@pytest.fixture(scope="module")
def krita(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which Krita runs: a screen, a home and a folder for sockets."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {name: value for name, value in os.environ.items() if name[:3] != "QT_"} | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "QT_QPA_PLATFORM": "xcb",
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            display = ":" + numbers.readline().strip()
        yield environment | {"DISPLAY": display}
    finally:
        server.terminate()
        server.wait()


def through(krita: dict[str, str], path: Path) -> Path:
    """Let Krita open a file and save it again as OpenRaster."""
    back = path.with_name(f"back-{path.name}")
    command = ["krita", "--nosplash", "--export", "--export-filename", str(back), str(path)]
    with subprocess.Popen(command, env=krita, stderr=subprocess.PIPE) as child:
        try:
            _out, said = child.communicate(timeout=PATIENCE_S)
        finally:
            child.kill()
    assert child.returncode == 0, said.decode(errors="replace")
    return back


def layers(path: Path) -> dict[str, tuple[dict[str, str], np.ndarray]]:
    """Return each layer by its name: what is said of it, and its pixels where they lie."""
    found = {}
    with zipfile.ZipFile(path) as file:
        stack = xml.fromstring(file.read("stack.xml"))
        size = int(stack.attrib["w"]), int(stack.attrib["h"])
        for layer in stack.iter("layer"):
            said = {"visibility": "visible", "opacity": "1", "x": "0", "y": "0"} | layer.attrib
            whole = Image.new("RGBA", size)
            with Image.open(BytesIO(file.read(said["src"]))) as image:
                whole.paste(image.convert("RGBA"), (int(said["x"]), int(said["y"])))
            found[said["name"]] = said, np.asarray(whole)
    return found


def assert_alike(one: Path, other: Path) -> None:
    """The same layers from above to below; Krita keeps opacity in 255 steps."""
    before, after = layers(one), layers(other)
    assert list(before) == list(after)
    for name, (said, pixels) in before.items():
        told, there = after[name]
        assert told["visibility"] == said["visibility"], name
        assert abs(float(told["opacity"]) - float(said["opacity"])) <= 1 / 255, name
        assert told.get("composite-op", "svg:src-over") == "svg:src-over", name
        assert np.array_equal(there[..., 3], pixels[..., 3]), name
        seen = pixels[..., 3] > 0  # colours that nobody sees may go
        assert np.array_equal(there[seen], pixels[seen]), name


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_krita_writes_our_document_back_with_every_layer_as_it_was(
    krita: dict[str, str], tmp_path: Path, mode: str
) -> None:
    path, picture, mask = tmp_path / "ours.ora", noise(mode, SIZE), noise("L", SIZE, seed=1)
    document = Document(size=Size(*SIZE), title="a cat", alpha=mode == "RGBA")
    sketch = noise("RGBA", (70, 50), seed=2), 9, 4
    openraster.write(path, document, png(picture), picture, mask, None, sketch)
    back = through(krita, path)
    assert_alike(path, back)
    found = openraster.read(back)
    assert found.mask is not None
    assert found.mask.tobytes() == mask.tobytes()
    assert found.sketch is not None
    assert found.picture.colours.size == SIZE
    seen = np.asarray(picture.convert("RGBA"))[..., 3] > 0
    ours = np.asarray(picture.convert("RGB"))
    assert np.array_equal(np.asarray(found.picture.colours)[seen], ours[seen])
    layer = conversion.picture_layer(found.picture.colours, found.picture.alpha)
    assert layer.alpha == (mode == "RGBA")  # Krita writes one always
    if layer.alpha:
        assert np.array_equal(layer.pixels[..., 3], np.asarray(picture.getchannel("A")))


def test_what_krita_saves_of_several_layers_is_the_picture_that_krita_shows(
    krita: dict[str, str], tmp_path: Path
) -> None:
    entries = {
        "data/0.png": png(noise("RGBA", (90, 70), seed=2)),
        "data/1.png": png(noise("RGB", SIZE)),
    }
    stack = (
        '<layer name="Hütchen" src="data/0.png" x="-20" y="31" opacity="0.4"/>'
        '<layer name="Ground" src="data/1.png"/>'
    )
    path = made(tmp_path / "others.ora", entries, stack, SIZE)
    back = through(krita, path)
    assert_alike(path, back)
    with zipfile.ZipFile(back) as file, Image.open(BytesIO(file.read("mergedimage.png"))) as shown:
        merged = np.asarray(shown.convert("RGB")).astype(int)
    there = np.asarray(openraster.read(back).picture.colours)
    assert np.array_equal(there, merged)
    ours = np.asarray(openraster.read(path).picture.colours).astype(int)  # laid by ourselves
    assert np.abs(ours - merged).max() <= 2
