"""What the window's command line takes and says."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path


@dataclass(frozen=True, slots=True)
class Options:
    """What the window was started with."""

    models: Path | None = None  # a folder
    files: tuple[Path, ...] = ()  # to be opened
    selftest: Path | None = None  # where to write what was found; "-" is stdout


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    reader = argparse.ArgumentParser(
        prog="kandinsky-desktop", description=_("Kandinsky 2 on your own machine.")
    )
    reader.add_argument("--version", action="version", version=f"Kandinsky Desktop {__version__}")
    reader.add_argument(
        "--models", type=typed_path, metavar="FOLDER", help=_("look for models here first")
    )
    reader.add_argument(
        "--selftest",
        type=typed_path,
        nargs="?",
        const=Path("-"),
        metavar="FILE",
        help=_(
            "paint a picture in a window that nobody sees, check it, write what was found as JSON,"
            " and end; your own files are not touched"
        ),
    )
    reader.add_argument(
        "files", type=typed_path, nargs="*", metavar="PICTURE", help=_("open this picture")
    )
    return reader


def read_options(arguments: list[str]) -> Options:
    """Return what was given. Exits with help or a sentence where asked or wrong."""
    given = parser().parse_args(arguments)
    return Options(given.models, tuple(given.files), given.selftest)


def _say(stream: TextIO | None, words: str) -> None:
    """Write words to a stream, unless this is a program without a console."""
    if stream is not None:
        stream.write(words)
        stream.flush()


def say_no_answer() -> int:
    """Say that another window has the data folder and does not answer; return the exit code."""
    _say(
        sys.stderr,
        _(
            "Kandinsky Desktop is open already, and does not answer. End it, or name another"
            " folder for its data with KANDINSKY_HOME.\n"
        ),
    )
    return 1


def say_open(version: str) -> int:
    """Say that the window that is open was brought up, and which it is; return the exit code."""
    _say(
        sys.stdout,
        _("Kandinsky Desktop {version} is open already; its window was brought up.\n").format(
            version=version
        ),
    )
    return 0


def say_newer_data(words: str) -> int:
    """Say why the data folder is left alone, in a window too; return the exit code."""
    from PySide6.QtWidgets import QMessageBox

    _say(sys.stderr, words + "\n")
    box = QMessageBox(QMessageBox.Icon.Information, "Kandinsky Desktop", words)
    box.exec()
    return 1


def say_no_display() -> int:
    """Say that no window can open here, and what can be done; return the exit code."""
    _say(
        sys.stderr,
        _("There is no display here, so no window can open. In the terminal: {command}\n").format(
            command='kandinsky draw "a red cat"'
        ),
    )
    return 1
