"""Atomic writes: a file is complete or does not exist."""

import errno
import os
import re
import threading
from contextlib import suppress
from pathlib import Path

LONGEST_NAME = 255  # bytes, on nearly all disks
RESERVED = re.compile(  # by Windows for devices, whatever stands behind a dot
    r"(con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?=\.|$)", re.IGNORECASE
)
UNFINISHED = re.compile(r"\.kandinsky-([1-9][0-9]{0,9})-[0-9]{1,20}\.part")  # process, thread


def write(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write `data` to `path`, in place of what lay there. Raises OSError; leaves no half file.

    What need not be `lasting` may be missing after a power cut, but is whole if it is there.
    """
    unfinished = _unfinished(path, data)
    try:
        unfinished.replace(path)
        if lasting:
            sync_folder(path.parent)
    except OSError as error:
        _forget(unfinished)
        _name(error, path)
        raise


def write_new(path: Path, data: bytes) -> None:
    """Write `data` to `path`, where nothing lies yet. Raises OSError, FileExistsError too."""
    unfinished = _unfinished(path, data)
    try:
        if not claim(unfinished, path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        sync_folder(path.parent)
    finally:
        _forget(unfinished)


def create(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    """Write `data` under a name that is not taken yet and return it. Raises OSError.

    A second picture of the same second, words and seed gets "-2" behind its stem: nothing is ever
    overwritten, also when two programs save at once. A stem that is too long for a disk is cut, and
    one that Windows keeps for a device is changed.
    """
    stem = unreserved(stem)
    unfinished = _unfinished(folder / f"{stem}{suffix}", data)
    try:
        for number in range(1, 10_000):
            path = folder / _fitting(stem, f"{'' if number == 1 else f'-{number}'}{suffix}")
            if claim(unfinished, path):
                sync_folder(folder)
                return path
    finally:
        _forget(unfinished)
    raise FileExistsError(f"{folder / stem}{suffix}")


def unreserved(stem: str) -> str:
    """Return a name that Windows keeps for no device: such a one gets a line behind it."""
    return RESERVED.sub(r"\1_", stem, count=1) if RESERVED.match(stem) else stem


def _fitting(stem: str, rest: str) -> str:
    """Return a name whose stem is cut, between characters, to what a disk takes with the rest."""
    while len(f"{stem}{rest}".encode(errors="surrogatepass")) > LONGEST_NAME and stem:
        stem = stem[:-1]
    return f"{stem}{rest}"


def set_aside(path: Path, mark: str) -> Path:
    """Rename a file that is of no use to `<name>.<mark>`, or `-2` behind it. Raises OSError.

    What was set aside before stays.
    """
    for number in range(1, 10_000):
        place = path.with_name(f"{path.name}.{mark}{'' if number == 1 else f'-{number}'}")
        if claim(path, place):
            _forget(path)
            return place
    raise FileExistsError(path)


def _unfinished(path: Path, data: bytes) -> Path:
    """Write and fsync a temporary file beside `path`, under a name unique to this thread."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".kandinsky-{os.getpid()}-{threading.get_native_id()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        _forget(unfinished)
        _name(error, path)
        raise
    except BaseException:  # a Ctrl+C too
        _forget(unfinished)
        raise
    return unfinished


def _name(error: OSError, path: Path) -> None:
    """Let an error be about the file that was asked for: nobody knows of the unfinished one."""
    if error.filename is not None:
        error.filename, error.filename2 = os.fspath(path), None


def writer_of(name: str) -> int | None:
    """Return which process writes an unfinished file of ours, by its name; None: it is no such."""
    named = UNFINISHED.fullmatch(name)
    return int(named[1]) if named else None


def claim(unfinished: Path, path: Path) -> bool:
    """Give a file another name too, unless that is taken. Raises OSError.

    Where files have but one name, it is renamed: the first may be gone afterwards.
    """
    if os.name == "nt":  # there a rename never overwrites
        try:
            unfinished.rename(path)
        except FileExistsError:
            return False
        return True
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links, such as FAT
        if path.exists():
            return False
        unfinished.replace(path)
    return True


def sync_folder(folder: Path) -> None:
    """Make the name itself last through a power cut, where folders can be synced."""
    if os.name == "nt":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
