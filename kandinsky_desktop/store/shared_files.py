"""Files of models that hold the same: kept once on the disk, by hard links.

A file is replaced only after each of its bytes was compared, and by one rename: it is there whole
at every moment. Into the hub's cache nothing is written.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.errors import KandinskyError, ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store import atomic_file, fingerprints, hub_cache
from kandinsky_desktop.store.components import check_component

LEAST = 1 << 20  # bytes of a file that is worth it
BLOCK = 1 << 22  # bytes that are compared at once
OnBytes = Callable[[int], object]  # told how many bytes were compared since; may raise to end it


class NotLinked(KandinskyError):
    """Two files stay apart; the message says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files of one size on one file system, of which perhaps one is enough."""

    kept: Path
    file: Path  # in whose place a link to the other would come
    size_bytes: int


def weights_of(models: Iterable[Model]) -> tuple[Path, ...]:
    """Return the files of weights of models, where they really lie, each path once."""
    files: dict[Path, None] = {}
    for model in models:
        for component in model.components.values():
            with suppress(ModelProblem, OSError):
                weights = check_component(component.kind, component.folder)
                files |= {} if weights is None else {one.resolve(): None for one in weights.files}
    return tuple(files)


def bytes_on_disk(files: Iterable[Path]) -> int:
    """Return what files take, each once however many names it has."""
    taken: dict[tuple[int, int], int] = {}
    for file in files:
        with suppress(OSError):
            about = file.stat()
            taken[about.st_dev, about.st_ino] = about.st_size
    return sum(taken.values())


def pairs(files: Iterable[Path]) -> Iterator[Pair]:
    """Yield which files may hold the same, by size and fingerprint. Reads some MB of them.

    Of several files one is kept, first of all one in the hub's cache.
    """
    groups: dict[tuple[int, int], list[Path]] = {}
    for file in files:
        with suppress(OSError):
            about = file.stat()
            if about.st_size >= LEAST:
                groups.setdefault((about.st_dev, about.st_size), []).append(file)
    for (_disk, size), alike in groups.items():
        kept: dict[str, Path] = {}
        for file in sorted(alike, key=lambda one: not _is_in_cache(one)) if len(alike) > 1 else ():
            with suppress(OSError):
                first = kept.setdefault(fingerprints.of_file(file), file)
                if not first.samefile(file) and not _is_in_cache(file):
                    yield Pair(first, file, size)


def is_equal(one: Path, other: Path, on_bytes: OnBytes = lambda count: None) -> bool:
    """Whether two files hold the same bytes. Raises OSError."""
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            data = first.read(BLOCK)
            if data != second.read(BLOCK):
                return False
            if not data:
                return True
            on_bytes(len(data))


def link(pair: Pair, on_bytes: OnBytes = lambda count: None) -> bool:
    """Put a hard link in a file's place if both hold the same; whether they do.

    Raises NotLinked where that cannot be done: then nothing was changed.
    """
    kept, file = pair.kept, pair.file
    try:
        before = kept.stat(), file.stat()
        if (before[0].st_uid, _mode(before[0])) != (before[1].st_uid, _mode(before[1])):
            raise NotLinked(
                _("{file} stays: {kept} is another person's, or has other permissions.").format(
                    file=file, kept=kept
                )
            )
        if not is_equal(kept, file, on_bytes):
            return False
        beside = file.with_name(f".{file.name}.link")
        beside.unlink(missing_ok=True)  # of a program that was killed
        try:
            os.link(kept, beside)
            now = kept.stat(), file.stat()
            if any(_changed(*two) for two in zip(before, now, strict=True)):
                raise NotLinked(_("{file} stays: it was changed meanwhile.").format(file=file))
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
        atomic_file.sync_folder(file.parent)
    except OSError as error:
        raise NotLinked(
            _("{file} stays: no link to {kept} can be made ({reason}).").format(
                file=file, kept=kept, reason=error.strerror or error
            )
        ) from error
    return True


def link_new(file: Path, known: Iterable[Path]) -> Path | None:
    """Put a link in the place of a file of ours that was just written, if one is known to be equal.

    Returns what it is linked to. Raises NotLinked where one is equal and cannot be linked to.
    """
    size, disk = file.stat().st_size, file.stat().st_dev
    for other in known if size >= LEAST else ():
        with suppress(OSError):
            about = other.stat()
            if about.st_size != size or other.samefile(file):
                continue
            if fingerprints.of_file(other) != fingerprints.of_file(file):
                continue
            if about.st_dev != disk:
                raise NotLinked(
                    _(
                        "{file} takes its own room: {other}, which holds the same, lies on another"
                        " disk."
                    ).format(file=file, other=other)
                )
            if link(Pair(other, file, size)):
                return other
    return None


def _is_in_cache(file: Path) -> bool:
    return hub_cache.repository_of(file) is not None


def _mode(about: os.stat_result) -> int:
    return stat.S_IMODE(about.st_mode)


def _changed(before: os.stat_result, now: os.stat_result) -> bool:
    def told(about: os.stat_result) -> tuple[int, ...]:
        return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns

    return told(before) != told(now)
