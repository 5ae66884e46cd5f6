"""What every command that paints does: find the model, make the engine, show steps, save."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from kandinsky_desktop.domain.errors import InvalidRequest, SavingFailed
from kandinsky_desktop.domain.events import Loading, Planned, Progress, Stage, Stepped
from kandinsky_desktop.domain.record import Conditions
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine.kept import Kept
from kandinsky_desktop.store import pictures, places, settings_file
from kandinsky_desktop.store.weights import Found, find_models

if TYPE_CHECKING:
    from kandinsky_desktop.engine.engine import Engine

LOADING = "loading"
Save = Callable[[pictures.Finished], Path]


class Bars:
    """Shows on stderr what a job does, one bar at a time."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._steps: dict[Stage, int] = {}  # planned
        self._done: dict[Stage, int] = {}
        self._bar: tqdm[NoReturn] | None = None
        self._what = ""

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self._bar is not None:
            if kind is None:
                self._fill()
            self._bar.close()

    def report(self, progress: Progress) -> None:
        """Take note of what the engine says."""
        match progress:
            case Planned():
                self._steps = {"prior": progress.prior_steps, "decoder": progress.decoder_steps}
            case Loading(component=component, number=number, of=of):
                bar = self._open(LOADING, of, anew=number == 1)
                bar.set_postfix_str(component)
                bar.update(number - 1 - bar.n)  # it is read from now on
            case Stepped(stage=stage):
                of = self._steps.get(stage, progress.of)
                bar = self._open(stage, of, begin=self._done.get(stage, 0))
                bar.update()
                self._done[stage] = int(bar.n)
            case _:
                pass  # a picture's path says that it is made

    def _open(self, what: str, of: int, *, begin: int = 0, anew: bool = False) -> "tqdm[NoReturn]":
        if self._bar is not None:
            if self._what == what and not anew:
                return self._bar
            self._fill()
            self._bar.close()
        self._what = what
        self._bar = tqdm(
            total=of,
            initial=begin,
            desc=what,
            file=sys.stderr,
            disable=self._quiet,
            mininterval=0.1 if sys.stderr.isatty() else 5,  # a log is not flooded
            dynamic_ncols=True,
        )
        return self._bar

    def _fill(self) -> None:
        """What was loading is loaded, since something else is said now."""
        if self._bar is not None and self._what == LOADING and self._bar.total:
            self._bar.update(self._bar.total - self._bar.n)


def found_models(args: argparse.Namespace) -> Found:
    """Look for models where they were said to be, and in the usual places."""
    return find_models(places.model_folders(settings().models, args.models))


def settings() -> Settings:
    """Read the person's settings."""
    return settings_file.load(places.settings_file())


def make_engine(device: str | None, threads: int) -> "Engine":
    """Import torch and make an engine. Takes seconds. Raises InvalidRequest."""
    from kandinsky_desktop.engine.device import named_device
    from kandinsky_desktop.engine.engine import Engine

    return Engine(places.cache(), threads, named_device(device) if device else None)


def engine_like(then: Conditions) -> "Engine":
    """Make an engine on the device that a picture was made on or, if it is not here, the best."""
    try:
        return make_engine(then.device, then.threads)
    except InvalidRequest:
        return make_engine(None, then.threads)


def destination(output: str | None, count: int) -> Save:
    """Return what saves a picture where it was asked for. Raises InvalidRequest."""
    if output is None:
        return partial(pictures.save, folder=places.pictures(settings().pictures))
    path = Path(output).expanduser()
    if path.is_dir() or output.endswith(("/", os.sep)) or not path.suffix:
        return partial(pictures.save, folder=path)
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
    return partial(pictures.save_as, path=path)


def saved(picture: pictures.Finished, save: Save) -> Path:
    """Save a picture or, if that fails, rescue it and raise SavingFailed with both said."""
    try:
        return save(picture)
    except SavingFailed as error:
        kept = Kept(places.rescue())
        kept.hold(picture)
        for path in kept.rescue():
            words = _("It lies at {path} now.").format(path=path)
            break
        else:
            words = _("No other place took it, and it is lost.")
        raise SavingFailed(f"{error} {words}") from error
