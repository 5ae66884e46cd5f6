"""Shared by all painting commands: build the requests, run the engine, save the pictures."""

import argparse
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kandinsky_desktop.cli import asking, options, saying
from kandinsky_desktop.cli.bars import Bars
from kandinsky_desktop.cli.saying import Remark, show_path, silent, tell, usage
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import (
    InvalidRequest,
    KandinskyError,
    SavingFailed,
    Unreadable,
)
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.task import Img2Img, TextToImage
from kandinsky_desktop.engine.unsaved_pictures import UnsavedPictures
from kandinsky_desktop.store import masks, pictures, places, settings_file
from kandinsky_desktop.store.models import Found, find_models, fingerprinted, lies_in, lost
from kandinsky_desktop.store.unread_words import unread

if TYPE_CHECKING:
    from PIL.Image import Image

    from kandinsky_desktop.engine.engine import Engine

Save = Callable[[pictures.Finished], Path]
Deliver = Callable[["Image", Record, bytes], None]


@dataclass(frozen=True, slots=True)
class Order:
    """A request, and the model that is to paint it."""

    request: Paint
    model: Model


def paint(args: argparse.Namespace) -> int:
    """Paint what was asked for, and save each picture as soon as it is there."""
    with usage(args.parser):
        orders = ordered(args)
        if args.print_request:
            return asking.show([order.request for order in orders])
        count = sum(order.request.count for order in orders)
        sources = [path for order in orders for path in order.request.files]
        save = destination(args.output, count, sources)
        engine = make_engine(args.device, args.threads)

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        show_path(saved(finished(args, image, record, meaning), save))

    return run(args, orders, engine, deliver)


def ordered(args: argparse.Namespace) -> list[Order]:
    """Return what was asked for. Raises InvalidRequest and Unreadable."""
    found = found_models(args)
    if args.request is not None:
        requests = asking.read(args.request)
        if not all(args.model or request.model for request in requests):
            _say_what_was_passed_over(args, found)
        return [_changed(request, args, found) for request in requests]
    model = found.named(args.model or "")
    if not args.model:
        _say_what_was_passed_over(args, found)
    orders: list[Order] = []
    for content in args.make(args):
        said: dict[str, Any] = options.leading(args) | content
        if args.count is not None:
            said["count"] = args.count
        sampling = options.sampling(
            args,
            model,
            said.get("task", TextToImage()),
            silent if orders else remarks(args),
            base=orders[0].request.sampling if orders else None,  # one look for a whole folder
            shape=_shape(said),
        )
        orders.append(Order(Paint(model=model.name, sampling=sampling, **said), model))
    return orders


def run(
    args: argparse.Namespace,
    orders: Sequence[Order],
    engine: "Engine",
    deliver: Deliver,
    *,
    again: bool = False,
) -> int:
    """Paint one order after the other. Of several, one that fails does not end the others.

    What is remarked of them is not said once more where they are painted `again`.
    """
    remark = silent if again else remarks(args)
    for note in dict.fromkeys(order.model.profile.note for order in orders):
        if note:
            remark(_(note))
    for said in dict.fromkeys(one for order in orders for one in _said_before(order)):
        remark(said)
    failed = 0
    for order in orders:
        try:
            with Bars(quiet=args.quiet) as bars:
                engine.run(
                    Job(order.request),
                    order.model.root,
                    bars.report,
                    deliver,
                    previews=False,
                    estimators=estimators(args),
                )
        except SavingFailed:
            raise
        except KandinskyError as error:
            if len(orders) == 1:
                raise
            tell(str(error))
            failed += 1
    engine.tidy()
    return 1 if failed else 0


def _said_before(order: Order) -> Iterator[str]:
    """Yield what a person may not expect of how a request is read: its words and its masks."""
    request = order.request
    for rest in unread(request, order.model):
        words = _("{model} reads {limit} tokens of a text and not the rest of this one: “{rest}”")
        yield words.format(model=order.model.name, limit=rest.limit, rest=rest.words)
    for path in dict.fromkeys(getattr(request.task, "masks", ())):
        try:
            yield from masks.read(path).remarks(path.name)
        except Unreadable:
            pass  # the engine says why


def _say_what_was_passed_over(args: argparse.Namespace, found: Found) -> None:
    """Report models that were skipped before the chosen one. Raises ModelProblem."""
    remark, taken = remarks(args), found.named("")
    for problem in found.problems:
        remark(problem)
    if args.models is not None and not lies_in(taken, args.models):
        remark(
            _("No model in {folder} can be used: {model} paints instead.").format(
                folder=args.models, model=taken.name
            )
        )


def _changed(request: Paint, args: argparse.Namespace, found: Found) -> Order:
    """Return a request from a file with what was said beside it."""
    model = found.named(args.model or request.model)
    sampling = options.sampling(args, model, request.task, remarks(args), base=request.sampling)
    count = request.count if args.count is None else args.count
    return Order(replace(request, model=model.name, sampling=sampling, count=count), model)


def _shape(said: dict[str, Any]) -> Size | None:
    """Return the size of the picture whose shape the new one is to have."""
    start, depth = said.get("task"), said.get("depth")
    like = start.path if isinstance(start, Img2Img) else depth.path if depth else None
    try:
        return None if like is None else pictures.size_of(like)
    except Unreadable:
        return None  # it is said when it is painted


# where from and where to


def remarks(args: argparse.Namespace) -> Remark:
    """Return how remarks are said, or not."""
    return saying.remarks(quiet=args.quiet)


def found_models(args: argparse.Namespace) -> Found:
    """Look for models where they were said to be, and in the usual places. Raises Unreadable."""
    if args.models is not None and not os.path.isdir(args.models):
        raise Unreadable(_("There is no folder {path}.").format(path=args.models))
    return find_models(places.model_folders(settings().models, args.models))


def with_fingerprints(model: Model) -> Model:
    """Return a model with the fingerprints of its parts. Raises KandinskyError."""
    try:
        return fingerprinted(model)
    except OSError as error:
        raise lost(error, model) from error


def estimators(args: argparse.Namespace) -> tuple[Path, ...]:
    """Look there for models that estimate depth."""
    return found_models(args).estimators


def settings() -> Settings:
    """Read the person's settings."""
    return settings_file.load(places.settings_file())


def make_engine(device: str | None, threads: int, cache: Path | None = None) -> "Engine":
    """Import torch and make an engine. Takes seconds. Raises InvalidRequest.

    With a `cache` of its own it knows nothing of what was painted before.
    """
    from kandinsky_desktop.engine.device import named_device
    from kandinsky_desktop.engine.engine import Engine

    where = places.cache() if cache is None else cache
    return Engine(where, threads, named_device(device) if device else None)


def engine_like(device: str, threads: int) -> "Engine":
    """Make an engine on the device that a picture was made on or, if it is not here, the best."""
    try:
        return make_engine(device, threads)
    except InvalidRequest:
        return make_engine(None, threads)


def destination(output: str | None, count: int, sources: Iterable[Path] = ()) -> Save:
    """Return what saves a picture where it was asked for. Raises InvalidRequest, SavingFailed.

    What it is made from, `sources`, is not written over.
    """
    if output is None or names_a_folder(output):
        folder = folder_for(output)
        _check_takes(folder)
        return partial(pictures.save, folder=folder)
    path = typed_path(output)
    if path.suffix.lower() != ".png":
        raise InvalidRequest(
            _("Pictures are written as PNG: name the file {name}.").format(
                name=path.with_suffix(".png").name
            )
        )
    if count > 1:
        raise InvalidRequest(
            _("{path} is one file, but {count} pictures are wanted: name a folder.").format(
                path=path, count=count
            )
        )
    check_target(path, sources)
    return partial(pictures.save_as, path=path)


def check_target(path: Path, sources: Iterable[Path]) -> None:
    """Check that a file can be written, and is none of the `sources` of what is written there.

    Raises InvalidRequest, SavingFailed.
    """
    if any(_is_one_file(path, source) for source in sources):
        words = _("{path} is a file that the picture is made from: give the new one another name.")
        raise InvalidRequest(words.format(path=path))
    _check_takes(path.parent)


def _check_takes(folder: Path) -> None:
    """Raise SavingFailed where nothing can be written: it is known before anything is painted."""
    there = next((one for one in (folder, *folder.parents) if os.path.exists(one)), folder)
    if not os.path.isdir(there):
        raise pictures.saving_failed(
            folder, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        )
    if not os.access(there, os.W_OK | os.X_OK):
        refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        raise pictures.saving_failed(folder, refused)


def _is_one_file(path: Path, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):  # one of them is not there
        return False


def names_a_folder(output: str) -> bool:
    """Whether a folder is meant by what was typed after -o."""
    path = typed_path(output)
    return os.path.isdir(path) or output.endswith(("/", os.sep)) or not path.suffix


def folder_for(output: str | None) -> Path:
    """Return the folder for pictures: the one named, or the usual one."""
    return places.pictures(settings().pictures) if output is None else typed_path(output)


def finished(
    args: argparse.Namespace, image: "Image", record: Record, meaning: bytes
) -> pictures.Finished:
    """Encode a picture, with its image embedding unless --no-meaning is given."""
    return pictures.finish(image, record, meaning if args.keep_embedding else b"")


def saved(picture: pictures.Finished, save: Save) -> Path:
    """Save a picture or, if that fails, rescue it and raise SavingFailed with both said."""
    try:
        return save(picture)
    except SavingFailed as error:
        kept = UnsavedPictures(places.rescue())
        kept.hold(picture)
        for path in kept.rescue():
            words = _("It lies at {path} now.").format(path=path)
            break
        else:
            words = _("No other place took it, and it is lost.")
        raise SavingFailed(f"{error} {words}") from error
