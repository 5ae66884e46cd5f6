"""Many pictures written elsewhere, one after the other: as files by a template, or as one sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import atomic_file, contact_sheet, export_names, exporting, pictures
from kandinsky_desktop.store.pictures import Finished, saving_failed

AXES = ("seed", "model", "steps", "guidance", "scheduler", "size", "strength", "words")
MOST_ON_SHEET = 400


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How many pictures are exported."""

    folder: Path
    options: ExportOptions = field(default_factory=ExportOptions)
    template: str = export_names.USUAL
    columns: int = 0  # of one sheet with all of them; 0: each is a file
    across: str = ""  # by what a sheet's columns differ, of AXES; empty: in their order
    down: str = ""  # likewise its rows


class BatchExport(QObject):
    """Goes on until all are written or someone stops it; what was written stays."""

    progressed = Signal(int, int)  # how many are done, of how many
    finished = Signal(object, str)  # Path of the folder or the sheet, and what was done, in words
    failed = Signal(str)

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._run = 0  # the one that goes on; of another nothing is heard
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._busy

    def start(self, paths: Sequence[Path], plan: BatchPlan) -> None:
        """Write pictures as planned."""
        self._run += 1
        self._busy = True
        if plan.columns or plan.across:
            self._write_sheet(self._run, tuple(paths), plan)
        else:
            self._write(self._run, tuple(paths), plan, 0, [])

    def stop(self) -> None:
        """Write no more."""
        self._run += 1
        self._busy = False

    def copy_in(
        self,
        paths: Sequence[Path],
        folder: Path,
        remember: Callable[[Path], None],
        told: Callable[[str], None],
        failed: Callable[[str], None],
    ) -> None:
        """Copy pictures of other folders among the person's own; the files stay where they are."""

        def copy() -> list[Path]:
            made = []
            for path in paths:
                if path.parent == folder:
                    continue
                try:
                    data = path.read_bytes()
                    made.append(atomic_file.create(folder, path.stem, path.suffix, data))
                except OSError as error:
                    raise saving_failed(folder, error) from error
            return made

        def tell(made: list[Path]) -> None:
            for path in made:
                remember(path)
            count = len(made)
            words = ngettext("{n} picture copied", "{n} pictures copied", count)
            told(words.format(n=count) if count else _("They are among your pictures already."))

        self._background.read(copy, tell, failed)

    def _write(
        self, run: int, paths: tuple[Path, ...], plan: BatchPlan, number: int, bad: list[str]
    ) -> None:
        """Write one, then go on."""
        if run != self._run:
            return
        self.progressed.emit(number, len(paths))
        if run != self._run:
            return  # someone stopped it at that
        if number == len(paths):
            self._busy = False
            done = len(paths) - len(bad)
            words = ngettext("{n} picture saved", "{n} pictures saved", done).format(n=done)
            if bad:
                words = _("{saved}, {n} could not be: {why}").format(
                    saved=words, n=len(bad), why=bad[0]
                )
            self.finished.emit(plan.folder, words)
            return
        source = paths[number]

        def write() -> None:
            data, _remarks = exporting.encoded(source, plan.options)
            stem = export_names.filled(plan.template, source, number + 1, len(paths))
            try:
                plan.folder.mkdir(parents=True, exist_ok=True)
                atomic_file.create(plan.folder, stem, plan.options.target.endings[0], data)
            except OSError as error:
                raise saving_failed(plan.folder, error) from error

        def then(_nothing: None) -> None:
            self._write(run, paths, plan, number + 1, bad)

        def failed(sentence: str) -> None:
            if not bad and number == 0 and not plan.folder.is_dir():
                self._busy = False
                self.failed.emit(sentence)  # nothing can be written there at all
                return
            self._write(run, paths, plan, number + 1, [*bad, sentence])

        self._background.read(write, then, failed)

    def _write_sheet(self, run: int, paths: tuple[Path, ...], plan: BatchPlan) -> None:
        def write() -> Path:
            frames, said = [], []
            for path in paths[:MOST_ON_SHEET]:
                frames.append(pictures.open_rgb(path))
                said.append(export_names.about(path))
            if plan.across:
                across = [getattr(one, plan.across) for one in said]
                down = [getattr(one, plan.down) if plan.down else "" for one in said]
                data = contact_sheet.crossed(frames, across, down)
            else:
                data = contact_sheet.sheet(frames, plan.columns)
            stem = export_names.filled(plan.template, paths[0], 1, 1)
            return pictures.save(Finished(stem, data), plan.folder)

        def then(path: Path) -> None:
            if run == self._run:
                self._busy = False
                self.finished.emit(path.parent, _("Saved: {name}").format(name=path.name))

        self._background.read(write, then, partial(self._on_failed, run))

    def _on_failed(self, run: int, sentence: str) -> None:
        if run == self._run:
            self._busy = False
            self.failed.emit(sentence)
