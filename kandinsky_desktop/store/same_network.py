"""Whether two folders hold the same network: the same tensors, to the bit, under the same config.

Where the folders lie, how their files are laid out, and what a config says of the libraries that
wrote it do not count.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.store.components import FILES, check_component
from kandinsky_desktop.store.weights import Span, read_config, spans

BLOCK = 1 << 22  # bytes that are compared at once
SAYS_NOTHING = ("_name_or_path", "_diffusers_version", "transformers_version")  # of a network
MOST_KNOWN = 1000  # comparisons that are remembered
FileStamp = tuple[Path, int, int, int, int]  # a file; its device, inode, bytes, and date in ns
Stamp = tuple[FileStamp, ...]  # of a network's config and weights
_known: dict[tuple[Stamp, Stamp], bool] = {}


def nothing() -> None:
    """Do nothing: for who cannot be stopped."""


def stamp_of(kind: str, folder: Path) -> Stamp:
    """Return what tells whether a network's files are still those that they were.

    Raises ModelProblem and OSError.
    """
    weights = check_component(kind, folder)
    assert weights is not None
    configs = (folder / name for name in FILES[kind].configs)
    return tuple(map(_stamp, (*configs, *weights.files)))


def is_same(one: Stamp, other: Stamp, look: Callable[[], None] = nothing) -> bool:
    """Whether two networks of one kind hold the same, by the stamps of their files.

    Files that are one, by links, are not read. Others are read to their ends, or to the first byte
    that differs, and what came of it is remembered as long as they stay as they are. What `look`
    raises, which is called for every few MB, ends it. False where a file cannot be read.
    """
    pair = (one, other)
    try:
        if pair != (_now(one), _now(other)):
            return False  # they are not there any more, or were changed
        if pair not in _known:
            same = _is_same(one, other, look)
            if pair != (_now(one), _now(other)):
                return False
            while len(_known) >= MOST_KNOWN:
                del _known[next(iter(_known))]
            _known[pair] = same
    except (OSError, ModelProblem):
        return False
    return _known[pair]


def _is_same(one: Stamp, other: Stamp, look: Callable[[], None]) -> bool:
    if _said(one) != _said(other):
        return False
    first, second = _tensors(one), _tensors(other)
    if _shapes(first) != _shapes(second):
        return False
    files = {path: tuple(rest) for path, *rest in (*one, *other)}
    with ExitStack() as stack:
        opened = {path: stack.enter_context(path.open("rb")) for path in files}
        return all(
            (files[path] == files[twin] and span.start == there.start)
            or _alike(opened[path], span, opened[twin], there, look)
            for (path, span), (twin, there) in (
                (where, second[name]) for name, where in first.items()
            )
        )


def _alike(
    file: BinaryIO, span: Span, other: BinaryIO, there: Span, look: Callable[[], None]
) -> bool:
    """Whether two tensors of one shape hold the same bytes."""
    for done in range(0, span.end - span.start, BLOCK):
        look()
        size = min(BLOCK, span.end - span.start - done)
        file.seek(span.start + done)
        other.seek(there.start + done)
        data = file.read(size)
        if len(data) != size or data != other.read(size):
            return False
    return True


def _said(stamp: Stamp) -> list[dict[str, object]]:
    configs = [read_config(path) for path, *_rest in stamp if path.suffix == ".json"]
    return [{key: one[key] for key in one.keys() - set(SAYS_NOTHING)} for one in configs]


@lru_cache(maxsize=64)
def _tensors(stamp: Stamp) -> dict[str, tuple[Path, Span]]:
    weights = [path for path, *_rest in stamp if path.suffix != ".json"]
    return {span.name: (path, span) for path in weights for span in spans(path)}


def _shapes(tensors: dict[str, tuple[Path, Span]]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (span.dtype, span.shape) for name, (_path, span) in tensors.items()}


def _stamp(file: Path) -> FileStamp:
    stat = file.stat()
    return file, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _now(stamp: Stamp) -> Stamp:
    return tuple(_stamp(path) for path, *_rest in stamp)
