"""The trash of a library folder: deleted pictures, whole, and where each of them lay.

A file that lies in `.kandinsky/trash/` is in the trash, whatever the log says; the log says where
it lay. So that is written first, and a crash between the two leaves a picture where it was.
"""

import errno
import json
import logging
import os
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.errors import OtherFormat, TrashFailed
from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.library import in_64_bits
from kandinsky_desktop.store import act_log, atomic_file, fingerprints, json_files, xmp_text
from kandinsky_desktop.store.act_log import OWN, ActLog

log = logging.getLogger(__name__)

FOLDER = "trash"
MOST_SYNCED = 16  # folders after one step
MOST_NAMES = 10_000  # tried for a picture whose own is taken
LONGEST_NAME = 200  # bytes; file systems take 255

FileVersion = tuple[int, ...]  # size and modification time in nanoseconds


@dataclass(frozen=True, slots=True)
class Trashed:
    """A picture in the trash."""

    path: Path  # there
    origin: Path  # where it lay
    content: str = ""  # store.fingerprints of it as it was deleted
    at_us: int = 0  # since 1970

    @property
    def name(self) -> str:
        """What it is called for people."""
        return short_name(self.origin)


@dataclass(frozen=True, slots=True)
class Doomed:
    """A picture that is to be deleted with others."""

    path: Path
    seen: FileVersion = ()  # if given and the file is another by now, it stays
    content: str = ""  # store.fingerprints of the version that was seen, if that is known


class Trash:
    """Moves pictures into the trash of their library folder, and back. One thread at a time."""

    def __init__(self, device_file: Path, libraries_file: Path) -> None:
        self._device_file, self._libraries_file = device_file, libraries_file
        self._logs: dict[Path, ActLog] = {}

    def delete(self, path: Path, pictures: Path, seen: FileVersion = ()) -> Trashed:
        """Move a picture into the trash. Raises TrashFailed with a sentence; then it is not.

        `pictures` is where pictures go; one from elsewhere has its own folder as library folder.
        If `seen` is given and the file is another by now, it stays.
        """
        folder = library_of(path, pictures)
        if OWN in path.parts[len(folder.parts) :] or path.parent.parent.name == OWN:
            raise TrashFailed(_("“{name}” is in the trash already.").format(name=short_name(path)))
        try:
            return self._delete(path, folder, seen)
        except OSError as error:
            raise TrashFailed(_not_deleted(path, folder, error)) from error
        except OtherFormat as error:
            raise TrashFailed(str(error)) from error

    def _delete(self, path: Path, folder: Path, seen: FileVersion) -> Trashed:
        version = version_of(path)
        content = fingerprints.of_file(path)
        if (seen and version != seen) or version_of(path) != version:
            raise TrashFailed(changed_outside(path))
        self._remember(folder)
        bin_ = folder / OWN / FOLDER
        bin_.parent.mkdir(exist_ok=True)
        bin_.mkdir(exist_ok=True)
        target = _free(bin_, path)
        origin = path.relative_to(folder)
        act = {"trash": target.name, "from": origin.as_posix(), "content": content}
        said = self._log_of(folder).append(act)
        os.rename(path, target)  # on the same disk, and there is nothing of that name
        atomic_file.sync_folder(bin_)
        atomic_file.sync_folder(path.parent)
        return Trashed(target, path, content, said["at"])

    def delete_all(self, doomed: Sequence[Doomed], pictures: Path) -> list[Trashed | TrashFailed]:
        """Move pictures into the trash: one act in the log of each library folder.

        Return for each in its turn what became of it. A folder that cannot be written to keeps all
        of its pictures; a picture that cannot be moved stays alone.
        """
        became: dict[int, Trashed | TrashFailed] = {}
        folders: dict[Path, list[tuple[int, Doomed, str]]] = {}
        for number, one in enumerate(doomed):
            folder = library_of(one.path, pictures)
            try:
                folders.setdefault(folder, []).append((number, one, _content(one, folder)))
            except TrashFailed as error:
                became[number] = error
            except OSError as error:
                became[number] = TrashFailed(_not_deleted(one.path, folder, error))
        for folder, some in folders.items():
            try:
                became |= self._delete_some(folder, some)
            except OSError as error:
                for number, one, _hash in some:
                    became[number] = TrashFailed(_not_deleted(one.path, folder, error))
            except OtherFormat as error:
                became |= {number: TrashFailed(str(error)) for number, _one, _hash in some}
        return [became[number] for number in range(len(doomed))]

    def _delete_some(
        self, folder: Path, some: Sequence[tuple[int, Doomed, str]]
    ) -> dict[int, Trashed | TrashFailed]:
        """Move pictures of one library folder. Raises OSError or OtherFormat before the first."""
        self._remember(folder)
        bin_ = folder / OWN / FOLDER
        bin_.parent.mkdir(exist_ok=True)
        bin_.mkdir(exist_ok=True)
        taken: dict[Path, None] = {}
        for _number, one, _hash in some:
            taken[_free(bin_, one.path, taken)] = None
        targets = list(taken)
        entries = [
            {
                "trash": target.name,
                "from": one.path.relative_to(folder).as_posix(),
                "content": content,
            }
            for target, (_number, one, content) in zip(targets, some, strict=True)
        ]
        said = self._log_of(folder).append({"trashed": entries})
        became: dict[int, Trashed | TrashFailed] = {}
        for target, (number, one, content) in zip(targets, some, strict=True):
            try:
                os.rename(one.path, target)
                became[number] = Trashed(target, one.path, content, said["at"])
            except OSError as error:
                became[number] = TrashFailed(_not_deleted(one.path, folder, error))
        _sync((bin_, *(one.path.parent for _number, one, _hash in some)))
        return became

    def restore_all(self, pictures: Sequence[Trashed]) -> list[Path | TrashFailed]:
        """Move pictures back to where they lay. Return for each where it is now, or why not."""
        became: list[Path | TrashFailed] = []
        touched: list[Path] = []
        for trashed in pictures:
            try:
                os.lstat(trashed.path)
                trashed.origin.parent.mkdir(parents=True, exist_ok=True)
                place = _move_back(trashed)
            except OSError as error:
                became.append(TrashFailed(_not_restored(trashed, error)))
                continue
            became.append(place)
            touched += (trashed.path.parent, place.parent)
        _sync(touched)
        return became

    def restore(self, trashed: Trashed) -> Path:
        """Move a picture back to where it lay, beside what has taken its name. Raises TrashFailed.

        Return where it is now. This needs no room on the disk.
        """
        try:
            os.lstat(trashed.path)
            trashed.origin.parent.mkdir(parents=True, exist_ok=True)
            place = _move_back(trashed)
        except OSError as error:
            raise TrashFailed(_not_restored(trashed, error)) from error
        atomic_file.sync_folder(place.parent)
        atomic_file.sync_folder(trashed.path.parent)
        return place

    def empty(self, pictures: Iterable[Trashed]) -> None:
        """Delete pictures in the trash for good, with the XMP files that nothing else has.

        Raises TrashFailed if some of them stay.
        """
        left, why = 0, ""
        gone: list[Trashed] = []
        for trashed in pictures:
            try:
                trashed.path.unlink()
                gone.append(trashed)
            except FileNotFoundError:
                pass
            except OSError as error:
                left, why = left + 1, error.strerror or str(error)
        self._remove_sidecars(gone)
        if left:
            words = ngettext(
                "{n} picture stays in the trash: {reason}.",
                "{n} pictures stay in the trash: {reason}.",
                left,
            )
            raise TrashFailed(words.format(n=left, reason=why))

    def _remove_sidecars(self, gone: Sequence[Trashed]) -> None:
        """Delete the XMP files that pictures left where they lay, and that are no other file's.

        One that was written since stays, and any where the log does not say where its picture lay.
        """
        told = [one for one in gone if one.content]
        folders = dict.fromkeys((*(one.path.parents[2] for one in told), *self._libraries()))
        names: dict[Path, set[str]] = {}
        for one in told:
            names.setdefault(one.origin.parent, set())
        for folder in folders if told else ():
            for other in contents(folder):  # it may come back
                if other.origin.parent in names:
                    names[other.origin.parent].add(other.origin.name)
        for folder in names:
            with suppress(OSError):
                names[folder] |= set(os.listdir(folder))
        for one in told:
            xmp_text.remove_beside(one.origin, names[one.origin.parent], before_us=one.at_us)

    def listing(self, pictures: Path) -> list[Trashed]:
        """Return what is in the trash of all library folders, what was deleted last first.

        A folder that cannot be read now has none. For any thread.
        """
        folders = dict.fromkeys((pictures, *self._libraries()))
        found = [trashed for folder in folders for trashed in contents(folder)]
        return sorted(found, key=lambda trashed: (trashed.at_us, trashed.path.name), reverse=True)

    def _log_of(self, folder: Path) -> ActLog:
        if folder not in self._logs:
            self._logs[folder] = ActLog(folder, act_log.device(self._device_file))
        return self._logs[folder]

    def _libraries(self) -> list[Path]:
        try:
            listed = without_format(json_files.read(self._libraries_file), "libraries.json")
            return [Path(folder) for folder in listed["folders"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, RecursionError, OtherFormat) as error:
            log.warning("the list of library folders cannot be read: %s", error)
            return []

    def _remember(self, folder: Path) -> None:
        """List a library folder, so that its trash is found again. Raises OSError."""
        known = self._libraries()
        if folder not in known:
            plain = with_format({"folders": [str(one) for one in (*known, folder)]})
            atomic_file.write(self._libraries_file, json.dumps(plain, indent=1).encode())


def library_of(path: Path, pictures: Path) -> Path:
    """Return the folder in whose trash a picture goes, where `pictures` is the usual one.

    What lies elsewhere, or below it on another disk, has its own folder.
    """
    if not path.is_relative_to(pictures):
        return path.parent
    with suppress(OSError):
        if path.parent.stat().st_dev != pictures.stat().st_dev:
            return path.parent
    return pictures


def contents(folder: Path) -> list[Trashed]:
    """Return what is in the trash of one library folder; none if it cannot be read."""
    try:
        names = [
            entry.name
            for entry in os.scandir(folder / OWN / FOLDER)
            if not entry.name.startswith(".") and not entry.is_dir()
        ]
    except OSError:
        return []
    said = _said(folder, set(names)) if names else {}
    found = []
    for name in names:
        act = said.get(name, {})
        origin = _origin(folder, name, act.get("from"))
        content, at = act.get("content"), act.get("at")
        trashed = Trashed(
            folder / OWN / FOLDER / name,
            origin,
            content if isinstance(content, str) else "",
            at if isinstance(at, int) else _time_in(name),
        )
        if not _is_back(trashed):
            found.append(trashed)
    return found


def version_of(path: Path) -> FileVersion:
    """Return what tells whether a file is another than before. Raises OSError."""
    stat = path.stat()
    return stat.st_size, in_64_bits(stat.st_mtime_ns)


def _said(folder: Path, names: set[str]) -> dict[str, act_log.Act]:
    """Return what the logs say of names in the trash."""
    said: dict[str, act_log.Act] = {}
    try:
        for path in act_log.logs(folder):
            for _place, act in act_log.read(path):
                for one in _trashed_by(act):
                    if one["trash"] in names:
                        said[one["trash"]] = one
    except OSError as error:
        log.warning("a log of %s cannot be read: %s", folder, error)
    return said


def _sync(folders: Iterable[Path]) -> None:
    """Make moves last. Of very many folders only some: a lost move loses no picture.

    A file that lies in both places after a power cut is told apart by `_is_back`, and one that is
    back where it was is no more in the trash.
    """
    for folder in list(dict.fromkeys(folders))[:MOST_SYNCED]:
        atomic_file.sync_folder(folder)


def _trashed_by(act: act_log.Act) -> Iterator[act_log.Act]:
    """Yield what an act put into the trash: one picture, or many at once."""
    many = act.get("trashed", [act])
    for one in many if isinstance(many, list) else []:
        if isinstance(one, dict) and isinstance(one.get("trash"), str):
            yield {**one, "at": act.get("at")}


def _content(one: Doomed, folder: Path) -> str:
    """Return what a picture holds. Raises OSError, or TrashFailed if it is not what was seen."""
    if OWN in one.path.parts[len(folder.parts) :] or one.path.parent.parent.name == OWN:
        words = _("“{name}” is in the trash already.")
        raise TrashFailed(words.format(name=short_name(one.path)))
    version = version_of(one.path)
    if one.seen and version != one.seen:
        raise TrashFailed(changed_outside(one.path))
    if one.seen and one.content:
        return one.content
    content = fingerprints.of_file(one.path)
    if version_of(one.path) != version:
        raise TrashFailed(changed_outside(one.path))
    return content


def changed_outside(path: Path) -> str:
    """Say that a picture is another by now than the one that was to be deleted."""
    words = _(
        "“{name}” was changed by another program, so it is not deleted. Look at it, and"
        " delete it again if you still want to."
    )
    return words.format(name=short_name(path))


def _origin(folder: Path, name: str, said: object) -> Path:
    """Return where a picture lay; in the folder itself, if nothing or nonsense is said of it."""
    if isinstance(said, str) and said and "\0" not in said:
        origin = Path(os.path.normpath(folder / said))
        inside = origin.is_relative_to(folder) and origin != folder
        if inside and OWN not in origin.relative_to(folder).parts:
            return origin
    prefix, dash, own = name.partition("-")
    return folder / (own if dash and own and _is_hexadecimal(prefix) else name)


def _time_in(name: str) -> int:
    prefix = name.partition("-")[0]
    return int(prefix, 16) // 1000 if _is_hexadecimal(prefix) else 0


def _is_hexadecimal(text: str) -> bool:
    return bool(text) and all(letter in "0123456789abcdef" for letter in text)


def _free(bin_: Path, path: Path, taken: Container[Path] = ()) -> Path:
    """Return a name in the trash that nothing has or is to get, and that is not too long."""
    stem, suffix = path.stem, path.suffix
    while len(os.fsencode(stem + suffix)) > LONGEST_NAME and stem:
        stem = stem[:-1]
    number = time.time_ns()  # which many calls may say one after the other: clocks are coarse
    while True:
        target = bin_ / f"{number:x}-{stem}{suffix}"
        if target not in taken and not os.path.lexists(target):
            return target
        number += 1


def _places(origin: Path) -> Iterator[Path]:
    """Yield where a picture may be put back: its own place, and those beside it."""
    yield origin
    for number in range(2, MOST_NAMES):
        yield origin.with_name(f"{origin.stem}-{number}{origin.suffix}")


def _move_back(trashed: Trashed) -> Path:
    for place in _places(trashed.origin):
        if trashed.path.is_symlink():
            taken = os.path.lexists(place)
            if not taken:
                os.rename(trashed.path, place)
        else:
            taken = not atomic_file.claim(trashed.path, place)
        if not taken or _same(trashed.path, place):  # a crash came before it left the trash
            with suppress(OSError):
                os.unlink(trashed.path)
            return place
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(trashed.origin))


def _is_back(trashed: Trashed) -> bool:
    """Whether a picture was put back, but a crash came before it left the trash. It leaves now."""
    for place in _places(trashed.origin):
        if not os.path.lexists(place):
            return False
        if _same(trashed.path, place):
            with suppress(OSError):
                os.unlink(trashed.path)
            return True
    return False


def _same(one: Path, other: Path) -> bool:
    """Whether both are names of one file. Some disks give all files one number, but one name."""
    try:
        stat = os.lstat(one)
        return stat.st_nlink > 1 and os.path.samestat(stat, os.lstat(other))
    except OSError:
        return False


def _not_deleted(path: Path, folder: Path, error: OSError) -> str:
    name, place = short_name(path), folder.name or str(folder)
    if not os.path.lexists(path):
        words = _("“{name}” is not there any more: it was moved, renamed or deleted elsewhere.")
        return words.format(name=name)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            words = _(
                "The disk is full, so “{name}” stays where it is: make room, for instance by"
                " emptying “Deleted pictures”."
            )
        case errno.EROFS | errno.EACCES | errno.EPERM:
            words = _("The folder “{place}” must not be written to, so “{name}” stays where it is.")
        case _:
            words = _("“{name}” stays where it is: it could not be deleted ({reason}).")
    return words.format(name=name, place=place, reason=error.strerror or error)


def _not_restored(trashed: Trashed, error: OSError) -> str:
    place = trashed.origin.parent.name or str(trashed.origin.parent)
    if not os.path.lexists(trashed.path):
        words = _("“{name}” is not in the trash any more, or its folder “{place}” is away.")
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        words = _("The folder “{place}” must not be written to, so “{name}” stays in the trash.")
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        words = _("The disk is full, so “{name}” stays in the trash: make room, and try again.")
    else:
        words = _("“{name}” stays in the trash: it could not be put back ({reason}).")
    return words.format(name=trashed.name, place=place, reason=error.strerror or error)
