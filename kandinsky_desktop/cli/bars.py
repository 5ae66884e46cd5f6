"""Shows on stderr what a job does, one bar at a time."""

import sys
from typing import NoReturn

from tqdm import tqdm

from kandinsky_desktop.domain.events import Loading, Planned, Progress, Stage, Stepped

LOADING = "loading"


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
        """Complete the loading bar: any other event means that loading is over."""
        if self._bar is not None and self._what == LOADING and self._bar.total:
            self._bar.update(self._bar.total - self._bar.n)
