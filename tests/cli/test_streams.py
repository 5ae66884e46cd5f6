"""What a terminal or a pipe cannot take: it is escaped or left, and the work goes on."""

import encodings.aliases
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kandinsky_desktop import cli
from kandinsky_desktop.cli.bars import Bars
from kandinsky_desktop.cli.saying import show_path, tell
from kandinsky_desktop.cli.streams import ESCAPING, Stream, lasting_streams
from kandinsky_desktop.domain.events import Loading, Planned, Stepped

NOT_OF_TEXT = {
    "base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec",
    "mbcs", "punycode", "idna", "undefined",
}  # fmt: skip
ENCODINGS = sorted(set(encodings.aliases.aliases.values()) - NOT_OF_TEXT)


@settings(max_examples=30)
@given(
    text=some.text(some.characters(exclude_categories=()), max_size=20),
    encoding=some.sampled_from(ENCODINGS),
)
def test_every_encoding_takes_every_text(text: str, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Stream(stream).write(f"кот × – {text}\n")
    stream.flush()


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "рыжий".encode() + b" \xff " + "×".encode()),
        ("cp1252", rb"\u0440\u044b\u0436\u0438\u0439" + b" \xff \xd7"),
        ("cp437", rb"\u0440\u044b\u0436\u0438\u0439" + b" \xff " + rb"\xd7"),
        ("cp866", "рыжий".encode("cp866") + b" \xff " + rb"\xd7"),
    ],
)
def test_what_an_encoding_lacks_is_escaped_and_bytes_of_paths_stay(
    encoding: str, written: bytes
) -> None:
    assert "рыжий \udcff ×".encode(encoding, ESCAPING) == written


@contextmanager
def cut_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let stdout and stderr lead into pipes that nobody reads, and close them as Python's exit."""
    streams = []
    with monkeypatch.context() as patch:
        for name in ("stdout", "stderr"):
            reading, writing = os.pipe()
            os.close(reading)
            streams.append(os.fdopen(writing, "w", encoding="utf-8"))
            patch.setattr(sys, name, streams[-1])
        yield
    for stream in streams:
        stream.close()


def test_who_stops_reading_stops_no_work_and_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    with cut_off(monkeypatch), lasting_streams() as out, Bars(quiet=False) as bars:
        for number in (1, 2):
            bars.report(Loading("prior", number, 2))
        bars.report(Planned(2, 2, 1))
        for step in (1, 2):
            bars.report(Stepped("prior", step, 2, 0.1, (0,)))
            show_path(Path("/pictures/cat.png"))
            tell("A remark.")
    assert out.failure is not None
    assert not out.lost


@pytest.mark.parametrize(
    "typed",
    [
        ("--help",),
        ("draw", "--help"),
        ("draw", "a cat", "--print-request"),
        ("draw", "a cat", "--model", "none"),
        ("doctor", "--plan", "128x128"),
    ],
)
def test_no_command_stumbles_over_a_closed_pipe(
    monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...]
) -> None:
    with cut_off(monkeypatch), suppress(SystemExit):
        assert cli.main(typed) == ("none" in typed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_list_that_cannot_be_written_is_told_when_the_work_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert cli.main(("draw", "a cat", "--print-request", "--quiet")) == 1
    assert "Not all that was to be printed was written: No space left" in capsys.readouterr().err


def test_closed_streams_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert cli.main(("draw", "a cat", "--print-request")) == 0
    assert cli.main(("draw", "a cat", "--model", "none")) == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "latin-1", "shift_jis"])
@pytest.mark.parametrize(
    "typed",
    [
        ("draw", "--help"),
        ("draw", "рыжий кот", "--print-request"),
        ("doctor", "--plan", "128x128"),
        ("fuse", "кот.png"),
        ("draw", "кот", "--away-picture", "кот.png"),
        ("measure", "кот.png"),
        ("replay", "кот.png"),
    ],
)
def test_every_command_speaks_in_any_encoding(
    monkeypatch: pytest.MonkeyPatch, encoding: str, typed: tuple[str, ...]
) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    with suppress(SystemExit):
        assert cli.main(typed) in (0, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
