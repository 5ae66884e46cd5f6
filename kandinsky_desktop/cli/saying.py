"""What the program says: results to stdout, all else to stderr, above any bar that runs."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from kandinsky_desktop.domain.errors import InvalidRequest

Remark = Callable[[str], None]


def show_path(path: Path) -> None:
    """Say where a result lies, on a line of its own."""
    tqdm.write(str(path), file=sys.stdout)
    sys.stdout.flush()


def say(text: str) -> None:
    """Say a line of what was asked for."""
    tqdm.write(text, file=sys.stdout)


def size(size_bytes: int) -> str:
    """Return a size as people read it."""
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"


def tell(text: str) -> None:
    """Say a sentence to a person."""
    tqdm.write(text, file=sys.stderr)


@contextmanager
def usage(parser: argparse.ArgumentParser) -> Iterator[None]:
    """Exit with 2 where what was typed is refused."""
    try:
        yield
    except InvalidRequest as error:
        parser.error(str(error))


def remarks(*, quiet: bool) -> Remark:
    """Return how remarks are said, or not."""
    return silent if quiet else tell


def silent(text: str) -> None:
    """Say nothing, where nothing is wanted."""
    del text
