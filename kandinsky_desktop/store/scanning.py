"""Brings the index to what lies in the library's folders, in steps that can be left at any time.

First all folders are looked through and compared by size, time and number of each file; then what
moved is told apart from what is new and what is gone; then new files are read, the newest first.
"""

import errno
import gc
import heapq
import json
import logging
import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain import library
from kandinsky_desktop.domain.conditioning import joined, title_of_picture
from kandinsky_desktop.domain.errors import TooLarge, Unreadable
from kandinsky_desktop.domain.library import Change, Listed, PictureFacts, in_64_bits
from kandinsky_desktop.domain.picture_kinds import PICTURE_ENDINGS
from kandinsky_desktop.store import (
    atomic_file,
    foreign_metadata,
    foreign_settings,
    leftovers,
    pictures,
    png_head,
    xmp_text,
)
from kandinsky_desktop.store.act_log import OWN
from kandinsky_desktop.store.foreign_settings import Metadata
from kandinsky_desktop.store.library_index import (
    Index,
    Root,
    kept,
    name_of,
    usual_id,
    version_number,
)
from kandinsky_desktop.store.xmp_text import SIDECAR, sidecar_paths

log = logging.getLogger(__name__)

BATCH = 8_000  # pictures a transaction: a reader sees them come, a crash loses a second
LOOKED_FOR = 100  # pictures, by which it is told whether a drive is there
DEEPEST = 64  # folders within folders
SETTLED_NS = 2_000_000_000  # a folder that changed a moment ago may change again in the same tick
SAME_TIME_MS = 60_000  # a file written so soon after what its name says was written then
LONGEST_WORDS = 20_000  # characters of a prompt that are searched
ENDINGS = frozenset(PICTURE_ENDINGS)
USUAL = (".png", ".jpg")
NAMED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{6}-")
OURS = pictures.KEY.encode()
ALWAYS = (b"XML:com.adobe.xmp",)
WANTED = frozenset((OURS, *(key.encode() for key in foreign_settings.KEYS)))
ODD = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]")
MEANINGS = {
    "Prompt": "",
    "ImagePrompt": "variation",
    "ImageEmbedding": "variation",
    "Mix": "fusion",
    "Interpolation": "strip",
    "Grid": "sheet",
}
TASKS = {
    "TextToImage": "text-to-image",
    "Img2Img": "image-to-image",
    "Inpaint": "inpainting",
    "Outpaint": "outpainting",
}

Read = Callable[[str, str, "Seen"], PictureFacts]


@dataclass(slots=True)  # not frozen: a hundred thousand are made at once
class Seen:
    """A picture file in a folder, before it is read."""

    name: str
    size: int
    mtime_ns: int
    inode: int
    sidecar: int
    made_ms: int


def _seen(name: str, about: os.stat_result, sidecar: int) -> Seen:
    made = made_ms(name, about.st_mtime_ns)
    return Seen(name, about.st_size, *_version(about), sidecar, made)


def _version(about: os.stat_result) -> tuple[int, int]:
    """Return the time and the number of a file, as the index holds them."""
    return in_64_bits(about.st_mtime_ns), in_64_bits(about.st_ino)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a step changed, and how many of the files that are to be read were."""

    change: Change
    done: int
    total: int


@dataclass(slots=True)
class _New:
    folder: int
    path: str  # of the folder
    seen: Seen
    old: int | None  # the id of what the file was before it changed


_Version = tuple[int, int, int, int]  # inode, size, time, time of the XMP file


@dataclass(slots=True)
class _Survey:
    """What is to be done: made by looking, before anything is written."""

    new: list[_New] = field(default_factory=list)
    lost: dict[int, _Version] = field(default_factory=dict)
    times: list[tuple[int, int]] = field(default_factory=list)  # of folders
    gone: list[int] = field(default_factory=list)  # folders
    unfinished: list[Path] = field(default_factory=list)  # files of a process that may be no more
    elsewhere: set[int] = field(default_factory=set)  # those lost that are another library's by now


def scan(
    index: Index,
    roots: Sequence[Root],
    only: Collection[Path] | None = None,
    read: Read | None = None,
) -> Iterator[Progress]:
    """Bring the index to what lies below roots that are there; or to what lies in some folders.

    Pictures that were half saved when their process was killed are removed from there. Each step
    that is yielded is committed. Raises sqlite3.Error; of files, nothing.
    """
    survey = _Survey()
    for root in roots:
        if not root.away:
            if only is None:
                survey.unfinished += leftovers.found_in([root.path / OWN])
            elsewhere = {other.path for other in roots if other != root}
            _look_through(index, root, elsewhere, only, survey)
            yield Progress(Change(), 0, len(survey.new))
    total = len(survey.new)
    moved = _moved(survey)
    if moved:
        yield Progress(index.move(moved), len(moved), total)
    survey.new.sort(key=lambda one: one.seen.made_ms, reverse=True)
    gc.freeze()  # else all that was seen is searched for garbage at every few batches
    try:
        for start in range(0, total - len(moved), BATCH):
            batch = survey.new[start : start + BATCH]
            change = _read_batch(index, batch, read or facts)
            yield Progress(change, start + len(batch) + len(moved), total)
    finally:
        gc.unfreeze()
    lost = sorted(survey.lost)
    for start in range(0, len(lost), BATCH):
        batch_lost = lost[start : start + BATCH]
        gone = [picture for picture in batch_lost if picture in survey.elsewhere]
        rest = [picture for picture in batch_lost if picture not in survey.elsewhere]
        gone += _not_there(index.paths(rest))
        yield Progress(index.remove(gone), total, total)
    index.settle_folders(survey.times, survey.gone)
    leftovers.remove(survey.unfinished)


def _not_there(places: Sequence[tuple[int, Path]]) -> list[int]:
    """Return those pictures that do not lie there, under just that name.

    Some disks take `Cat.png` for `cat.png`, and find a file by either.
    """
    names: dict[Path, set[str]] = {}
    gone = []
    for picture, path in places:
        if os.path.isfile(path):
            if path.parent not in names:
                names[path.parent] = _names_in(path.parent)
            if not names[path.parent] or path.name in names[path.parent]:
                continue
        gone.append(picture)
    return gone


def _names_in(folder: Path) -> set[str]:
    with suppress(OSError):
        return set(os.listdir(folder))
    return set()  # it left a moment ago


def _read_batch(index: Index, batch: Sequence[_New], read: Read) -> Change:
    """Read files, and put them into the index in place of what they were before."""
    found, old = [], []
    for one in batch:
        facts_of = _read_if_possible(read, one)
        if facts_of is not None:
            found.append((one.folder, facts_of))
            if one.old is not None:
                old.append(one.old)
    return index.replace(found, old)


def _read_if_possible(read: Read, one: _New) -> PictureFacts | None:
    """Read a file; None if it is gone, or its disk does not give it now: it is tried again."""
    try:
        return read(one.path, one.seen.name, one.seen)
    except PermissionError:
        return _begun(one.seen, library.NOT_ALLOWED)
    except OSError as error:
        log.info("%s/%s is not read now: %s", one.path, one.seen.name, error)
        return None


def look_at(index: Index, roots: Sequence[Root], path: Path, read: Read | None = None) -> Change:
    """Bring the index to what lies at one path now: a picture that was just made, or is gone."""
    root = root_of(roots, path)
    if root is None or root.away or not is_picture(path.name):
        return Change()
    below = _below(path.parent, root.path)
    if any(part.startswith(".") for part in path.relative_to(root.path).parts):
        return Change()
    old = index.base.execute(
        "SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder"
        " WHERE f.root = ? AND f.path = ? AND p.file = ?",
        (root.id, kept(below), kept(path.name)),
    ).fetchone()
    ids = [] if old is None else [old[0]]
    try:
        about = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return index.remove(ids)
    except OSError as error:
        log.info("%s cannot be looked at: %s", path, error)
        return Change()
    if not stat.S_ISREG(about.st_mode):
        return index.remove(ids)
    sidecar = _sidecar_time(path)
    seen = _seen(path.name, about, sidecar)
    folder = index.folder(root.id, below)
    new = _New(folder, str(path.parent), seen, None)
    one = _read_if_possible(read or facts, new)
    return Change() if one is None else index.replace([(folder, one)], ids)


def is_at_hand(index: Index, root: Root) -> bool:
    """Whether pictures that are known of a root lie there now, or none is known of it.

    Of very many, the newest and the oldest are looked for.
    """
    sql = (
        "SELECT f.path, p.file FROM picture p JOIN folder f ON f.id = p.folder"
        " WHERE f.root = ? ORDER BY p.id {order} LIMIT ?"
    )
    rows = [
        row
        for order in ("DESC", "ASC")
        for row in index.base.execute(sql.format(order=order), (root.id, LOOKED_FOR))
    ]
    paths = (os.path.join(root.path, name_of(folder), name_of(file)) for folder, file in rows)
    return not rows or any(map(os.path.exists, paths))


def root_of(roots: Sequence[Root], path: Path) -> Root | None:
    """Return the root that a path lies in, the innermost of several."""
    around = [root for root in roots if path.is_relative_to(root.path)]
    return max(around, key=lambda root: len(root.path.parts), default=None)


def version_now(path: Path) -> int:
    """Return what tells the version of a file that lies there, as `Index.versions`.

    Raises OSError.
    """
    about = os.stat(path)
    return version_number(about.st_size, in_64_bits(about.st_mtime_ns))


def is_picture(name: str) -> bool:
    """Whether a file is called as pictures are."""
    return name[0] != "." and os.path.splitext(name)[1].lower() in ENDINGS


# -- without an index


def listed(path: Path) -> Listed:
    """Return a picture as an index would list it. Raises OSError."""
    seen = _seen(path.name, path.stat(), _sidecar_time(path))
    return _listed(str(path.parent), seen)


def newest_in(folder: Path, most: int) -> list[Listed]:
    """Return so many pictures of a folder, newest first, as an index would list them.

    For as long as there is no index: nothing below the folder is looked at, and heads alone are
    read. A folder that cannot be read has none.
    """
    try:
        files = _entries(str(folder))[0]
    except OSError:
        return []
    found: list[tuple[int, Seen]] = []
    for entry in files:
        try:
            about = entry.stat() if os.name != "nt" else os.stat(entry.path)
        except OSError:
            continue
        if stat.S_ISREG(about.st_mode):
            seen = _seen(entry.name, about, 0)
            found.append((_id_of(seen), seen))
    pictures_ = []
    for _id, seen in heapq.nlargest(most, found, key=itemgetter(0)):
        with suppress(OSError):  # gone meanwhile
            pictures_.append(_listed(str(folder), seen))
    return pictures_


def _listed(folder: str, seen: Seen) -> Listed:
    about = facts(folder, seen.name, seen)
    return Listed(_id_of(seen), Path(folder, seen.name), about.stack or 0, about.place)


def _id_of(seen: Seen) -> int:
    return usual_id(seen.made_ms, seen.inode, seen.name)


# -- looking


def _look_through(
    index: Index,
    root: Root,
    elsewhere: set[Path],
    only: Collection[Path] | None,
    survey: _Survey,
) -> None:
    """Compare what lies below a root with what is known of it; enter no hidden folder, no link."""
    rows = index.base.execute(
        "SELECT path, id, mounted FROM folder WHERE root = ?", (root.id,)
    ).fetchall()
    known = {name_of(path): (picture, bool(mounted)) for path, picture, mounted in rows}
    try:
        here = os.stat(root.path)
    except OSError:
        return  # it left a moment ago
    found = _Survey()
    inner_ones = (path for path in elsewhere if path.is_relative_to(root.path))
    others = {_below(path, root.path) for path in inner_ones if path != root.path}
    if only is None:
        waiting = [""]
    else:
        inside = (path for path in only if path.is_relative_to(root.path))
        some = (_below(path, root.path) for path in inside)
        waiting = [below for below in some if not _is_in_any(below, others)]
    left = set(known)  # folders that were known and not met
    unseen: list[str] = []  # folders whose content could not be seen: nothing below them is gone
    looked: set[str] = set()
    while waiting:
        below = waiting.pop()
        if below in looked:
            continue
        looked.add(below)
        path = os.path.join(root.path, below) if below else str(root.path)
        try:
            about = os.stat(path)
            files, sidecars, inner, unfinished = _entries(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            log.info("%s cannot be looked through: %s", path, error)
            unseen.append(below)
            continue
        _number, was_mounted = known.get(below, (0, False))
        is_mounted = about.st_dev != here.st_dev
        if was_mounted and not is_mounted and not files and not inner:
            unseen.append(below)  # where a drive was
            continue
        left.discard(below)
        found.unfinished += unfinished
        number = index.folder(root.id, below, mounted=is_mounted)
        _compare(index, number, path, files, sidecars, found)
        is_settled = abs(time.time_ns() - about.st_mtime_ns) > SETTLED_NS  # clocks may differ
        found.times.append((number, in_64_bits(about.st_mtime_ns) if is_settled else 0))
        if below.count("/") < DEEPEST:
            for name in inner:
                deeper = f"{below}/{name}" if below else name
                if deeper in others:
                    continue  # a library folder of its own
                if only is None or deeper not in known:
                    waiting.append(deeper)
                else:
                    left.discard(deeper)
    if not _is_still(root, here):
        log.info("%s left while it was looked through", root.path)
        return
    if only is not None:
        gone = [below for below in left if _parent(below) in looked or below in looked]
        left = {below for below in known if any(_is_below(below, one) for one in gone)}
    for below in left:
        if not _is_in_any(below, unseen):
            found.gone.append(known[below][0])
            ids = _lose_all(index, known[below][0], found)
            if _is_in_any(below, others):
                found.elsewhere.update(ids)
    survey.gone += found.gone
    survey.new += found.new
    survey.lost |= found.lost
    survey.times += found.times
    survey.unfinished += found.unfinished
    survey.elsewhere |= found.elsewhere


def _is_still(root: Root, before: os.stat_result) -> bool:
    """Whether a root is still the folder that it was: no drive left meanwhile."""
    try:
        now = os.stat(root.path)
    except OSError:
        return False
    return (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino)


def _below(path: Path, root: Path) -> str:
    """Return a folder as the index names it: below its root, which itself is empty."""
    return "" if path == root else path.relative_to(root).as_posix()


def _parent(below: str) -> str:
    return below.rpartition("/")[0]


def _is_below(below: str, folder: str) -> bool:
    return not folder or below == folder or below.startswith(f"{folder}/")


def _is_in_any(below: str, folders: Iterable[str]) -> bool:
    return any(_is_below(below, folder) for folder in folders)


def _entries(
    path: str,
) -> tuple[list["os.DirEntry[str]"], dict[str, int], list[str], list[Path]]:
    """Return pictures, XMP files by name with their times, folders, and unfinished files of ours.

    Raises OSError.
    """
    files: list[os.DirEntry[str]] = []
    sidecars: dict[str, int] = {}
    inner: list[str] = []
    unfinished: list[Path] = []
    with os.scandir(path) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                if atomic_file.writer_of(name):
                    unfinished.append(Path(entry.path))
                continue
            if entry.is_dir(follow_symlinks=False):
                inner.append(name)
                continue
            ending = name[-4:] if name[-4:] in USUAL else os.path.splitext(name)[1].lower()
            if ending in ENDINGS:
                files.append(entry)
            elif ending == SIDECAR:
                sidecars[name] = _time_of(entry)
    return files, sidecars, inner, unfinished


def _time_of(entry: "os.DirEntry[str]") -> int:
    try:
        return in_64_bits(entry.stat().st_mtime_ns)
    except OSError:
        return 0


def _compare(
    index: Index,
    number: int,
    path: str,
    files: Sequence["os.DirEntry[str]"],
    sidecars: dict[str, int],
    survey: _Survey,
) -> None:
    known = {
        name_of(file): rest
        for file, *rest in index.base.execute(
            "SELECT file, size, mtime_ns, inode, sidecar, id FROM picture WHERE folder = ?",
            (number,),
        )
    }
    for entry in files:
        try:
            about = entry.stat() if os.name != "nt" else os.stat(entry.path)
        except OSError:
            continue  # a link that leads nowhere, or gone meanwhile
        if not stat.S_ISREG(about.st_mode):
            continue  # a pipe, say, that is called like a picture
        name = entry.name
        sidecar = _sidecar_of(name, sidecars) if sidecars else 0
        held = known.pop(name, None)
        if held is not None and held[:4] == [about.st_size, *_version(about), sidecar]:
            continue
        seen = _seen(name, about, sidecar)
        old = None if held is None else held[4]
        survey.new.append(_New(number, path, seen, old))
    for size, mtime_ns, inode, sidecar, picture in known.values():
        survey.lost[picture] = inode, size, mtime_ns, sidecar


def _lose_all(index: Index, number: int, survey: _Survey) -> list[int]:
    """Count all pictures of a folder as lost, and return them."""
    rows = index.base.execute(
        "SELECT id, inode, size, mtime_ns, sidecar FROM picture WHERE folder = ?", (number,)
    )
    lost: dict[int, _Version] = {row[0]: row[1:] for row in rows}
    survey.lost |= lost
    return list(lost)


def _moved(survey: _Survey) -> list[tuple[int, int, str]]:
    """Tell what was renamed or moved: the same file under another name keeps its id.

    Where its XMP file is not the same, it is read anew in its own place.
    """
    gone = {version[:3]: picture for picture, version in survey.lost.items() if version[0]}
    moved, new = [], []
    for one in survey.new:
        version = (one.seen.inode, one.seen.size, one.seen.mtime_ns)
        picture = gone.pop(version, None) if one.old is None else None
        if picture is None:
            new.append(one)
            continue
        sidecar = survey.lost.pop(picture)[3]
        if sidecar == one.seen.sidecar:
            moved.append((picture, one.folder, one.seen.name))
        else:
            one.old = picture
            new.append(one)
    survey.new = new
    return moved


def _sidecar_of(name: str, sidecars: dict[str, int]) -> int:
    return sidecars.get(name + SIDECAR) or sidecars.get(os.path.splitext(name)[0] + SIDECAR, 0)


def _sidecar_time(path: Path) -> int:
    for place in sidecar_paths(str(path)):
        try:
            return in_64_bits(os.stat(place).st_mtime_ns)
        except OSError:
            continue
    return 0


# -- reading


def made_ms(name: str, mtime_ns: int) -> int:
    """Return when a picture was made: our names say so, a copy's time does not."""
    written = max(0, mtime_ns // 1_000_000)
    if NAMED.match(name) is None:
        return written
    hour = _hour_s(name[:13])
    if hour is None:
        return written
    said = 1000 * (hour + 60 * int(name[13:15]) + int(name[15:17]))
    return written if 0 <= written - said < SAME_TIME_MS else max(0, said)


@lru_cache(maxsize=1024)
def _hour_s(said: str) -> int | None:
    """Return when an hour such as `2026-11-23-17` began here; None if there is none."""
    year, month, day, hour = map(int, said.split("-"))
    try:
        return int(time.mktime((year, month, day, hour, 0, 0, 0, 0, -1)))
    except (ValueError, OverflowError):
        return None


def _begun(seen: Seen, broken: str | None = None) -> PictureFacts:
    return PictureFacts(
        seen.name,
        seen.size,
        seen.mtime_ns,
        seen.inode,
        seen.made_ms,
        seen.sidecar,
        broken=broken,
    )


def facts(folder: str, name: str, seen: Seen) -> PictureFacts:
    """Read one file. Whatever it holds, nothing is raised but OSError."""
    if not seen.size:
        return _begun(seen, library.EMPTY)
    path = f"{folder}{os.sep}{name}"
    try:
        head = png_head.read(path, seen.size, WANTED, OURS, ALWAYS)
    except png_head.Broken as reason:
        if str(reason) == library.NO_PICTURE:
            return _facts_of_another(path, seen)
        return _begun(seen, str(reason))
    found = _begun(seen)
    found.width, found.height = head.width, head.height
    texts = head.texts
    own = texts.get(pictures.KEY)
    if own is not None:
        try:
            _take_record(found, json.loads(own), own)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
            pass  # a picture all the same; it only does not say how it was made
    elif texts:
        _take_foreign(found, foreign_settings.metadata_in(texts))
    if seen.sidecar or "XML:com.adobe.xmp" in texts:
        _take_marks(found, path, texts.get("XML:com.adobe.xmp", ""))
    return found


def _facts_of_another(path: str, seen: Seen) -> PictureFacts:
    """Read a file that is no PNG: of another kind, whatever it is called."""
    place = Path(path)
    kind = pictures.kind_of(place)
    if kind is None or not kind.is_picture:
        return _begun(seen, library.NO_PICTURE if kind is None else library.NOT_READ)
    try:
        size, about = pictures.glance(place)
    except (Unreadable, MemoryError) as error:
        reason = reason_of(error)
        if reason is None:
            raise OSError(*error.__cause__.args if error.__cause__ else ()) from error
        return _begun(seen, reason)
    found = _begun(seen)
    found.width, found.height = size.width, size.height
    _take_foreign(found, foreign_settings.metadata_beside(about))
    _take_marks(found, path, foreign_metadata.decoded(about.get("xmp", b"")))
    return found


def reason_of(error: Exception) -> str | None:
    """Return why a picture is not shown, as the index says it; None: its disk gave it not now."""
    cause = error.__cause__
    if isinstance(error, MemoryError | TooLarge):
        return library.TOO_LARGE
    if isinstance(cause, PermissionError):
        return library.NOT_ALLOWED
    if isinstance(cause, OSError) and cause.errno not in (None, errno.EINVAL):
        return None  # Pillow's own errors have no number
    return library.DAMAGED


def _take_foreign(found: PictureFacts, metadata: Metadata | None) -> None:
    """Take over what the index keeps of another program's words and settings."""
    if metadata is None:
        return
    found.model = _clean(metadata.model)[:200]
    found.scheduler = _clean(metadata.scheduler)[:200]
    found.tool = metadata.tool
    found.steps, found.seed = metadata.steps, metadata.seed
    if metadata.words is not None:
        found.prompt = _clean(metadata.words.positive)
        found.negative = _clean(metadata.words.negative)


def _take_marks(found: PictureFacts, path: str, xmp: str) -> None:
    """Take over stars and keywords by XMP: those of a file beside the picture before its own."""
    beside = [xmp_text.read(Path(place)) for place in sidecar_paths(path)] if found.sidecar else []
    every = [text for text in (*beside, xmp) if text]
    ratings = (xmp_text.rating(text) for text in every)
    found.rating = next((stars for stars in ratings if stars is not None), None)
    found.subjects = next(filter(None, map(xmp_text.subjects, every)), ())


def _take_record(found: PictureFacts, record: dict[str, Any], text: str) -> None:
    """Take over what the index keeps of a record of ours, or nothing if it is none.

    Only the kinds of values are checked. `text` is the record as it stands in the file.
    """
    request, index = record["request"], record["index"]
    conditioning, task, sampling = request["conditioning"], request["task"], request["sampling"]
    meaning = conditioning["type"]
    is_series = meaning in ("Interpolation", "Grid")
    candidate = record["conditions"].get("candidate", -1)
    steps, prior_seed, seed = sampling["steps"], sampling["prior_seed"], sampling["seed"]
    for number in (index, steps, prior_seed, seed, candidate + 1):
        if type(number) is not int or not 0 <= number < 2**62:
            raise ValueError
    if candidate >= 0:
        prior_seed += candidate
    elif not is_series and request.get("shared_prior_seed") is not True:
        prior_seed += index
    if meaning == "Prompt":
        words, away = [conditioning["text"]], [conditioning["negative"]]
    else:
        words, away = _texts(conditioning, "text"), _texts(conditioning, "negative")
    if not words:  # of pictures alone: what they show, as far as their names say so
        names = [title_of_picture(Path(path)) for path in _texts(conditioning, "path")]
        words = [joined(names)] if names else []
    if request.get("negative"):
        away += _texts(request["negative"], "text")
    if request.get("decoder_prompt") or request.get("negative_decoder_prompt"):
        _add_anchors(request, words, away)
    model, scheduler = _text(record["model"])[:200], _text(sampling["scheduler"])[:200]
    parents = tuple(_parents(request, record["sources"])) if record.get("sources") else ()
    count = request.get("count", 1)
    prompt, negative = _clean(" ".join(words)), _clean(" ".join(away))
    # all of it could be read
    found.model, found.scheduler, found.steps = model, scheduler, steps
    found.task = _task(meaning, task["type"], bool(request.get("depth")))
    found.prior_seed = prior_seed % 2**32
    found.seed = (seed if is_series else seed + index) % 2**32
    found.prompt, found.negative = prompt, negative
    found.parents = parents
    if type(count) is int and count > 1:
        found.stack, found.place = pictures.stack_in(text, request), min(index, 2**31)


def _add_anchors(request: dict[str, Any], words: list[str], away: list[str]) -> None:
    """Add the words that 2.1's decoder reads itself, where they are others."""
    for said, key in ((words, "decoder_prompt"), (away, "negative_decoder_prompt")):
        anchor = request.get(key)
        if anchor and isinstance(anchor, str) and anchor not in said:
            said.append(anchor)


@lru_cache(maxsize=64)
def _task(meaning: str, task: str, depth: bool) -> str:
    """Return what was done, in words that are searched."""
    parts = (MEANINGS.get(meaning, ""), TASKS.get(task, ""), "depth" if depth else "")
    return " ".join(part for part in parts if part)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value if value.isprintable() else ODD.sub("", value)


def _clean(text: str) -> str:
    text = text[:LONGEST_WORDS].strip()
    return text if text.isprintable() else ODD.sub("", text).strip()


def _texts(said: Any, key: str) -> list[str]:
    """Return all texts of a conditioning under a key, in their order."""
    if said is None:
        return []
    found: list[str] = []
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, dict):
            text = one.get(key)
            if isinstance(text, str) and text:
                found.append(text)
            waiting += reversed([value for value in one.values() if isinstance(value, dict | list)])
    return found


def _parents(request: dict[str, Any], sources: list[Any]) -> Iterator[tuple[bytes, int]]:
    """Yield the contents that a picture was made from: `sources` go with the request's files."""
    task, depth = request["task"], request.get("depth") or {}
    files: dict[str, int] = {}
    for path in _texts(request["conditioning"], "path"):
        files.setdefault(path, library.INGREDIENT)
    for path in _texts(request.get("negative"), "path"):
        files.setdefault(path, library.NEGATIVE)
    if isinstance(task.get("path"), str):
        files.setdefault(task["path"], library.SOURCE)
    for path in task.get("masks", ()):
        files.setdefault(path, library.MASK)
    if isinstance(depth.get("path"), str):
        files.setdefault(depth["path"], library.DEPTH)
    seen: set[bytes] = set()
    for source, role in zip(sources, files.values(), strict=False):
        content = bytes.fromhex(source)
        if len(content) == 12 and content not in seen:
            seen.add(content)
            yield content, role
