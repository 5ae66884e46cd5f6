"""What the window's command line takes and says."""

import argparse
import sys
from pathlib import Path

from kandinsky_desktop.domain.i18n import _


def read_options(arguments: list[str]) -> Path | None:
    """Return the folder given by `--models`. Exits with help or a sentence where asked or wrong."""
    parser = argparse.ArgumentParser(
        prog="kandinsky-desktop", description=_("Kandinsky 2 on your own machine.")
    )
    parser.add_argument("--models", type=Path, help=_("a folder with models"))
    models: Path | None = parser.parse_args(arguments).models
    return models


def say_no_display() -> int:
    """Say that no window can open here, and what can be done; return the exit code."""
    sys.stderr.write(
        _("There is no display here, so no window can open. In the terminal: {command}\n").format(
            command='kandinsky draw "a red cat"'
        )
    )
    return 1
