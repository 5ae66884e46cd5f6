"""What a plan must know of the files of a request: their contents, sizes and masks."""

from pathlib import Path

from kandinsky_desktop.domain import conditioning as conditionings
from kandinsky_desktop.domain import task as tasks
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.plan_inputs import FileFacts
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.store import fingerprints, masks, pictures


def read_files(request: Paint) -> dict[Path, FileFacts]:
    """Note what the files of a request hold now. Raises Unreadable for one that is of no use."""
    pictured = set(_pictures(request))
    facts: dict[Path, FileFacts] = {}
    for path in request.files:
        pictures.check_there(path)
        size = pictures.size_of(path) if path in pictured else None
        facts[path] = _facts(request, path, content_now(path), size)
    return facts


def glance_at(request: Paint) -> dict[Path, FileFacts]:
    """Note the same with sizes and dates in place of contents, which takes no time.

    Raises Unreadable or OSError.
    """
    pictured = set(_pictures(request))
    facts: dict[Path, FileFacts] = {}
    for path in request.files:
        stat = path.stat()
        content = f"{path}-{stat.st_size}-{stat.st_mtime_ns}"
        size = pictures.size_of(path) if path in pictured else None
        facts[path] = _facts(request, path, content, size)
    return facts


def check_unchanged(path: Path, content: str) -> None:
    """Raise Unreadable if a file is gone or holds something else than when the job began."""
    if content_now(path) != content:
        raise Unreadable(
            _("{path} was changed while the job ran: start the job again.").format(path=path), path
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


def _facts(request: Paint, path: Path, content: str, size: Size | None) -> FileFacts:
    """Return what a plan must know of a file; of a mask, as it will be used."""
    task = request.task
    if not isinstance(task, Inpaint) or path not in task.masks:
        return FileFacts(content, size)
    if task.fit_mask:
        size = pictures.size_of(task.path)
    mask = masks.painted(path, content, size if task.fit_mask else None)
    return FileFacts(content, size, mask.box, mask.most, mask.soft)


def content_now(path: Path) -> str:
    """Return a fingerprint of a file. Raises Unreadable if it is gone or cannot be read."""
    pictures.check_there(path)
    try:
        return fingerprints.of_file(path)
    except OSError as error:
        raise Unreadable(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error),
            path,
        ) from error
