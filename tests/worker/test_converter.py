"""A conversion's process, as the window sees it: told in a last word, however it ends."""

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.converting import ConversionEvent, Converted, Converting, NotConverted
from kandinsky_desktop.worker.converter import Converter

SAYS = """
import sys, time
from pathlib import Path
from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.converting import *
wire.send(sys.stdout.buffer, Converting("unet", 1, 2))
{rest}
"""


def converter(rest: str) -> Converter:
    return Converter([sys.executable, "-c", SAYS.format(rest=rest)])


@pytest.mark.parametrize(
    ("rest", "last"),
    [
        ("wire.send(sys.stdout.buffer, Converted(Path(sys.argv[2]), '2.1'))", "done"),
        ("wire.send(sys.stdout.buffer, NotConverted('It lacks a prior.')); sys.exit(1)", "lacks"),
        ("import os; os.kill(os.getpid(), 9)", "goes on there"),
    ],
)
def test_every_conversion_ends_in_one_last_word(
    qtbot: QtBot, tmp_path: Path, rest: str, last: str
) -> None:
    one = converter(rest)
    told: list[ConversionEvent] = []
    one.happened.connect(told.append)
    one.convert(tmp_path / "from", tmp_path / "to")
    qtbot.waitUntil(lambda: one._process is None)
    assert told[0] == Converting("unet", 1, 2)
    assert len(told) == 2
    if last == "done":
        assert told[1] == Converted(tmp_path / "to", "2.1")
    else:
        assert isinstance(told[1], NotConverted)
        assert last in told[1].sentence


def test_after_a_stop_nothing_more_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    one = converter("time.sleep(60)")
    told: list[ConversionEvent] = []
    one.happened.connect(told.append)
    with qtbot.waitSignal(one.happened):
        one.convert(tmp_path / "from", tmp_path / "to")
    process = one._process
    assert process is not None
    one.stop()
    assert process.code is not None
    assert told == [Converting("unet", 1, 2)]


def test_one_that_cannot_be_started_is_a_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    one = Converter([str(tmp_path / "no such program")])
    with qtbot.waitSignal(one.happened) as told:
        one.convert(tmp_path / "from", tmp_path / "to")
    assert told.args is not None
    assert "could not be started" in told.args[0].sentence
