"""`kandinsky replay`: a picture of ours, made again."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.cli.bars import Bars
from kandinsky_desktop.cli.painting import (
    destination,
    engine_like,
    found_models,
    remarks,
    saved,
)
from kandinsky_desktop.cli.saying import show_path, usage
from kandinsky_desktop.domain.errors import ModelProblem, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model, unet_for
from kandinsky_desktop.domain.paths import with_paths
from kandinsky_desktop.domain.record import Record, unlike
from kandinsky_desktop.store import fingerprints, pictures
from kandinsky_desktop.store.models import Found, fingerprint_of

if TYPE_CHECKING:
    from PIL.Image import Image


def replay(args: argparse.Namespace) -> int:
    """Make one picture again, and say how near it came."""
    old = pictures.read_record(args.picture)
    if not old.in_batch:
        words = _("{path} cannot be made again: it says that it was painted in a batch without it.")
        raise Unreadable(words.format(path=args.picture), args.picture)
    remark = remarks(args)
    found = found_models(args)
    model, same_model = model_of(old, found)
    seers = _estimators(old, found)
    places = _files(old, args.files)
    request = with_paths(old.request, lambda path: places.get(path, path))
    with usage(args.parser):
        save = destination(args.output, 1, [args.picture, *request.files])
    others = tuple(index for index in range(request.count) if index != old.index)

    threads = old.conditions.threads_or(os.cpu_count() or 1)
    engine = engine_like(old.conditions.device, threads)
    differences = list(unlike(old.conditions, engine.conditions(model.root, old.conditions)))
    if not same_model:
        differences.insert(0, _("the model, which has the same name but other weights"))
    seen_by = old.conditions.estimator
    if seen_by and (not seers or fingerprints.of_folder(seers[0]) != seen_by):
        differences.append(_("the model that estimated the depth"))
    if differences:
        remark(
            _("It will be very nearly the same picture. Not as it was: {what}.").format(
                what="; ".join(differences)
            )
        )

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        if same_model:  # under the name it had then: a folder may have been renamed
            record = replace(record, model=old.model)
        record = replace(record, request=old.request)  # so may have been its files
        kept = meaning if _carries_meaning(args.picture) else b""
        show_path(saved(pictures.finish(image, record, kept), save))
        remark(_likeness(args.picture, image))

    with Bars(quiet=args.quiet) as bars:
        engine.run(
            Job(request, made=others),
            model.root,
            bars.report,
            deliver,
            previews=False,
            like=old.conditions,
            estimators=seers,
        )
    return 0


def _files(old: Record, folder: Path | None) -> dict[Path, Path]:
    """Return where the files of a request are now: as they were then, where they were or there.

    Raises Unreadable if one is gone or has another content.
    """
    places: dict[Path, Path] = {}
    for path, fingerprint in zip(old.request.files, old.sources, strict=False):
        if _fingerprint(path) == fingerprint:
            continue
        found = None if folder is None else _found_in(folder, path.name, fingerprint)
        if found is None:
            raise Unreadable(_missing(path, folder))
        places[path] = found
    return places


def _found_in(folder: Path, name: str, fingerprint: str) -> Path | None:
    """Look for a file by its content: first those of its name, then those beside each other."""
    for path in (*_named(folder, name), *_directly_in(folder)):
        if _fingerprint(path) == fingerprint:
            return path.absolute()
    return None


def _named(folder: Path, name: str) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.name == name:
            yield path


def _directly_in(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*"))


def _fingerprint(path: Path) -> str | None:
    try:
        return fingerprints.of_file(path)
    except (OSError, ValueError):  # a path may hold what no disk takes
        return None


def _missing(path: Path, folder: Path | None) -> str:
    words = (
        _("{path}, which the picture was made from, has changed since.")
        if os.path.lexists(path)
        else _("{path}, which the picture was made from, is not there any more.")
    ).format(path=path)
    if folder is None:
        return f"{words} {_('Look elsewhere with --files FOLDER.')}"
    return f"{words} {_('In {folder} it is not either.').format(folder=folder)}"


def model_of(record: Record, found: Found) -> tuple[Model, bool]:
    """Return the model that painted a picture, and whether its weights are the very same.

    Looked for by its weights, under its name first; else by its name. Raises ModelProblem.
    """
    named = [model for model in found.models if model.name == record.model]
    others = [model for model in found.models if model.name != record.model]
    for model in named + others:
        unet = unet_for(record.request, model)
        if unet in model.components and fingerprint_of(model, unet) == record.fingerprint:
            return model, True
    if named:
        return named[0], False
    there = _("The model {name!r} that painted this picture is not here.").format(name=record.model)
    raise ModelProblem(" ".join((there, *found.problems, _("`kandinsky doctor` helps."))))


def _estimators(record: Record, found: Found) -> tuple[Path, ...]:
    """Return the models that estimate depth, that which did it for a picture first."""
    then = record.conditions.estimator
    return tuple(
        sorted(
            found.estimators, key=lambda seer: bool(then) and fingerprints.of_folder(seer) != then
        )
    )


def _carries_meaning(path: Path) -> bool:
    try:
        return bool(pictures.read_embedding(path))
    except Unreadable:
        return False


def _likeness(before: Path, image: "Image") -> str:
    """Say how far the new picture is from the old one."""
    from PIL import ImageChops

    with pictures.open_picture(before) as old:
        if old.size != image.size or old.mode != image.mode:
            return _("It has another size or colour format than the old one.")
        difference = ImageChops.difference(old, image)
    most = max(difference.tobytes())
    if not most:
        return _("It is the same picture, to the bit.")
    return _("No value differs from the old picture by more than {most} of 255.").format(most=most)
