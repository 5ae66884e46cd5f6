"""Pictures saved in other formats, and how and where a person did so last."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.image_formats import ExportOptions, format_of, with_ending
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import exporting
from kandinsky_desktop.store.exporting import Exported, Facts


@dataclass(frozen=True, slots=True)
class ExportHabits:
    """What outlasts the sitting: how pictures were exported last, and where to."""

    options: ExportOptions = field(default_factory=ExportOptions)
    folder: str = ""  # empty: nothing was exported yet


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What exporting would do: where the file goes, and why it cannot, or what is lost by it."""

    target: Path
    options: ExportOptions
    replaces: bool = False  # another file that lies there
    problem: str = ""
    remark: str = ""


def export_plan(
    source: Path, facts: Facts, folder: str, name: str, options: ExportOptions
) -> ExportPlan:
    """Return what exporting would do now; it looks at the disk."""
    where = typed_path(folder)
    target = where / name
    try:
        asked = format_of(name)
        if asked is not None:
            options = replace(options, format=asked.value)
        target = where / with_ending(name, options)
        options.target.check_size(facts.size)
    except InvalidRequest as error:
        return ExportPlan(target, options, problem=str(error))
    if not name.strip(" ."):
        return ExportPlan(target, options, problem=_("Give the file a name."))
    if os.sep in name or (os.altsep and os.altsep in name) or "\0" in name:
        return ExportPlan(target, options, problem=_("The name of a file has no “/” in it."))
    if not where.is_absolute():
        return ExportPlan(target, options, problem=_("Choose a folder to save it in."))
    try:
        if where.is_dir() and not os.access(where, os.W_OK):
            words = _("{folder} must not be written to: choose another folder.")
            return ExportPlan(target, options, problem=words.format(folder=where))
        if target.exists() and os.path.samefile(source, target):
            words = _("This is the picture itself: give the new file another name.")
            return ExportPlan(target, options, problem=words)
        if target.is_dir():
            words = _("There is a folder of that name: give the file another one.")
            return ExportPlan(target, options, problem=words)
        there = os.path.lexists(target)
    except OSError:  # too long a name, say: writing says why
        there = False
    remarks = []
    if there:
        remarks.append(_("There is a file of that name already: it will be replaced."))
    elif not where.is_dir():
        remarks.append(_("The folder is new and will be made."))
    if options.lays_on_ground(transparent=facts.transparent):
        remarks.append(_("JPEG has nothing transparent: it is laid on a ground."))
    return ExportPlan(target, options, replaces=there, remark=" ".join(remarks))


class Exporter(QObject):
    """Exports in the background, and remembers what worked."""

    exported = Signal(object)  # store.exporting.Exported
    refused = Signal(str)  # why a picture cannot be exported at all
    habits_changed = Signal()

    def __init__(self, background: Background, habits: ExportHabits | None = None) -> None:
        super().__init__()
        self._background = background
        self._habits = habits or ExportHabits()

    @property
    def habits(self) -> ExportHabits:
        """How and where it was done last."""
        return self._habits

    def remember(self, habits: ExportHabits) -> None:
        """Keep how and where something was exported."""
        if habits != self._habits:
            self._habits = habits
            self.habits_changed.emit()

    def look_at(self, source: Path, then: Callable[[Facts], None]) -> None:
        """Read what is to be known of a picture before it is exported."""
        self._background.read(lambda: exporting.facts_of(source), then, self.refused.emit)

    def export(
        self,
        source: Path,
        plan: ExportPlan,
        then: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        """Write a picture as planned, and call `then`, or `failed` with a sentence."""
        options = plan.options

        def take(told: Exported) -> None:
            then()
            self.remember(ExportHabits(options, str(told.path.parent)))
            self.exported.emit(told)

        self._background.read(
            lambda: exporting.export(source, plan.target, options, replace=plan.replaces),
            take,
            failed,
        )
