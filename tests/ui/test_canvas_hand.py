"""What the hand paints is what is seen and what the engine gets, on any screen; no move is lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MOVES = 800


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_what_is_painted_is_what_is_seen_and_what_a_job_gets(tmp_path: Path, ratio: float) -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": f"{ratio}", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.ui.canvas_hand", str(tmp_path)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout.splitlines()[-1])
    assert told.pop("ratio") == ratio
    for zoom, one in told.items():
        assert one["painted"] > 0, zoom
        assert one["under the cursor"] == 255, zoom
        assert one["off the cursor"] < 0.01, zoom
        assert one["not as the job gets it"] == 0, zoom
        assert one.get("not as it is seen", 0) == 0, zoom


@pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"
)
def test_every_move_of_the_mouse_arrives_on_x11(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "900x700x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            display = ":" + numbers.readline().strip()
        environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        command = [sys.executable, "-m", "tests.ui.canvas_hand", str(tmp_path)]
        with subprocess.Popen(
            [*command, "--moves", str(MOVES)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            left, top = json.loads(child.stdout.readline())
            subprocess.run(
                ["xdotool", "mousemove", str(left), str(top), "mousedown", "1"],
                env=environment,
                check=True,
            )
            way = [
                word
                for number in range(1, MOVES + 1)
                for word in ("mousemove", str(left + number % 199), str(top + number % 97))
            ]
            subprocess.run(["xdotool", *way, "mouseup", "1"], env=environment, check=True)
            assert int(child.stdout.readline()) == MOVES
    finally:
        server.terminate()
        server.wait()
