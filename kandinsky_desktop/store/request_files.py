"""What a plan must know of the files of a request: their contents, sizes and masks."""

from functools import lru_cache
from pathlib import Path

from kandinsky_desktop.domain import conditioning as conditionings
from kandinsky_desktop.domain import task as tasks
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.plan_inputs import FileFacts
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store import fingerprints, pictures

WHITE = 128  # a mask's grey from which a pixel counts as white


def read_files(request: Paint) -> dict[Path, FileFacts]:
    """Note what the files of a request hold now. Raises Unreadable for one that is of no use."""
    masks, pictured = set(getattr(request.task, "masks", ())), set(_pictures(request))
    return {path: _read(path, path in pictured, path in masks) for path in request.files}


def glance_at(request: Paint) -> dict[Path, FileFacts]:
    """Note the same with sizes and dates in place of contents, which takes no time.

    Raises Unreadable or OSError.
    """
    masks, pictured = set(getattr(request.task, "masks", ())), set(_pictures(request))
    facts = {}
    for path in request.files:
        stat = path.stat()
        content = f"{path}-{stat.st_size}-{stat.st_mtime_ns}"
        size = pictures.size_of(path) if path in pictured else None
        facts[path] = FileFacts(content, size, _mask_box(path, content) if path in masks else None)
    return facts


def check_unchanged(path: Path, content: str) -> None:
    """Raise Unreadable if a file is gone or holds something else than when the job began."""
    pictures.check_there(path)
    if _content(path) != content:
        raise Unreadable(
            _("{path} was changed while the job ran: start the job again.").format(path=path)
        )


def _pictures(request: Paint) -> tuple[Path, ...]:
    """Return the files that must be pictures: all but saved embeddings."""
    every = (
        *conditionings.pictures_of(request.conditioning),
        *(() if request.negative is None else conditionings.pictures_of(request.negative)),
        *tasks.files_of(request.task),
        *(() if request.depth is None else (request.depth.path,)),
    )
    return tuple(dict.fromkeys(every))


def _read(path: Path, picture: bool, mask: bool) -> FileFacts:
    pictures.check_there(path)
    size = pictures.size_of(path) if picture else None
    content = _content(path)
    return FileFacts(content, size, _mask_box(path, content) if mask else None)


def _content(path: Path) -> str:
    try:
        return fingerprints.of_file(path)
    except OSError as error:
        raise Unreadable(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


@lru_cache(maxsize=64)
def _mask_box(path: Path, content: str) -> Box | None:
    del content  # a part of the key only
    with pictures.open_grey(path) as mask:
        box = mask.point(lambda grey: 255 if grey >= WHITE else 0).getbbox()
    return None if box is None else Box(*box)
