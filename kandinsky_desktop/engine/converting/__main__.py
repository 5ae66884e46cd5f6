"""`python -m kandinsky_desktop.engine.converting FROM TO`: a conversion as a process of its own."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kandinsky_desktop.domain import wire
from kandinsky_desktop.domain.converting import (
    ConversionEvent,
    Converted,
    Converting,
    NotConverted,
)
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import places, settings_file, shared_files
from kandinsky_desktop.store.channel import live_as_child, take_channel
from kandinsky_desktop.store.models import find_models

NICENESS = 10  # below the engine, whose pictures somebody waits for
PAUSE_S = 0.1  # between two words about how far it is


def main(arguments: Sequence[str]) -> int:
    """Convert, telling the parent how far it is; end with code 1 where that cannot be done."""
    channel = take_channel()  # before anything can print
    parser = argparse.ArgumentParser(prog="kandinsky-convert")
    parser.add_argument("origin", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args(arguments)
    live_as_child(NICENESS, level=logging.WARNING)
    last = 0.0

    def say(event: ConversionEvent) -> None:
        wire.send(channel.said, event)

    def report(place: str, done: int, whole: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > PAUSE_S or done == whole:
            last = now
            say(Converting(place, done, whole))

    from kandinsky_desktop.engine.converting.convert import convert

    log = logging.getLogger(__name__)
    folders = places.model_folders(settings_file.load(places.settings_file()).models)
    known = shared_files.weights_of(find_models(folders).models)
    try:
        version = convert(args.origin, args.target, report, known, log.warning)
    except BrokenPipeError:
        return 1  # the parent is gone, and what was written stays
    except (KandinskyError, OSError) as error:
        say(NotConverted(_sentence(error)))
        return 1
    say(Converted(args.target, version))
    return 0


def _sentence(error: KandinskyError | OSError) -> str:
    if isinstance(error, KandinskyError):
        return str(error)
    file, reason = error.filename, error.strerror or str(error)
    if file is None:
        return _("The disk failed: {reason}.").format(reason=reason)
    return _("{file} could not be read or written: {reason}.").format(file=file, reason=reason)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
