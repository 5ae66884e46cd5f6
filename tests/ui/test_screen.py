"""The program on a real (virtual) screen: pictures are dragged to the board and out of it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.ui.main_window import DECORATION
from tests.ui.receiver import SIDE, TITLE

NEEDED = ("Xvfb", "xdotool")
PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in NEEDED), reason=f"needs {' and '.join(NEEDED)}"
)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start an X server of our own and return the environment that reaches it."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    yield environment | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    server.wait()


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def test_a_picture_is_dragged_to_the_board_and_out_to_another_program(
    screen: dict[str, str], home: Path, tmp_path: Path
) -> None:
    def press(*words: str) -> None:
        subprocess.run(["xdotool", *words], env=screen, check=True)

    def shown(name: str) -> bool:
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", name], env=screen, capture_output=True
        )
        return bool(found.stdout.strip())

    def board() -> list[dict[str, object]]:
        try:
            plain = json.loads((home / "session.json").read_text())
        except (OSError, ValueError):
            return []
        cards: list[dict[str, object]] = (plain.get("board") or {}).get("cards", [])
        return cards

    folder = home / "pictures"
    folder.mkdir(parents=True)
    picture = folder / "2026-11-23-172050-a-cat-7.png"
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).ellipse((8, 8, 56, 56), fill="orange")
    image.save(picture)
    told, receiver = tmp_path / "told.json", None
    program = subprocess.Popen([sys.executable, "-m", "kandinsky_desktop"], env=screen)
    try:
        until(lambda: shown("Kandinsky Desktop"))
        until(lambda: (home / "cache" / "thumbnails").is_dir())  # the strip shows it
        strip = 800 - DECORATION.height() - 28 - 32  # its middle, over the status line

        def laid() -> bool:
            """Drag the strip's first picture to the board, as soon as it is there to be taken."""
            press("mousemove", "700", "6", "click", "1", "key", "ctrl+3")  # where nothing is
            time.sleep(0.5)
            press("mousemove", "40", str(strip), "mousedown", "1")
            way = ((60, strip - 8), (140, 600), (300, 500), (420, 320), (480, 260), (490, 250))
            for x, y in way:
                press("mousemove", str(x), str(y))
                time.sleep(0.08)
            press("mouseup", "1")
            end = time.monotonic() + PATIENCE_S / 4
            while not board() and time.monotonic() < end:
                time.sleep(0.05)
            return bool(board())

        until(laid)
        assert len(board()) == 1
        source = ImagePrompt(picture)
        assert board()[0]["source"] == json.loads(json.dumps(to_plain(source, bytearray())))
        press("key", "ctrl+4")
        receiver = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.receiver", str(told), "720", "480"], env=screen
        )
        until(lambda: shown(TITLE))
        middle = (720 + SIDE // 2, 480 + SIDE // 2)

        def came() -> bool:
            """Drag the first picture of the grid over, as soon as it is there."""
            press("mousemove", "160", "210", "mousedown", "1")
            for step in range(1, 9):
                x, y = (
                    start + (end - start) * step // 8
                    for start, end in zip((160, 210), middle, strict=True)
                )
                press("mousemove", str(x), str(y))
                time.sleep(0.05)
            press("mouseup", "1")
            time.sleep(0.3)
            return told.exists()

        until(came)
        assert json.loads(told.read_text()) == {"files": [str(picture)], "action": "CopyAction"}
        assert picture.exists()
        press("mousemove", "700", "760", "click", "1", "key", "ctrl+q")
        assert program.wait(PATIENCE_S) == 0
    finally:
        for one in (program, receiver):
            if one is not None:
                one.kill()
                one.wait()
