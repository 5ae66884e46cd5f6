"""Notification texts, and when each is withdrawn."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.converting import Converted
from kandinsky_desktop.domain.events import Failed
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.state.job_list import JobEntry, JobStatus
from kandinsky_desktop.state.outside import AWAY, EMPTY
from kandinsky_desktop.state.picture_uses import Uses
from kandinsky_desktop.ui.notices import Notices

REGRET_MS = 10_000  # how long a deleted picture is offered back


class NotificationTexts(QObject):
    """Shows and withdraws notifications, each with its action button."""

    go_on_requested = Signal()  # with the queue that is paused
    put_back_requested = Signal()  # of the jobs that were dropped
    retry_requested = Signal(object)  # uuid.UUID of a job
    board_requested = Signal(str)  # the name of one that was deleted
    settings_requested = Signal()
    help_requested = Signal()  # with models

    def __init__(self, notices: Notices) -> None:
        super().__init__(notices)  # its timer must not outlive them
        self._notices = notices
        self._undelete = QTimer(self)
        self._undelete.setSingleShot(True)
        self._undelete.setInterval(REGRET_MS)
        self._undelete.timeout.connect(self.withdraw_deleted_picture)

    # -- the last sitting

    def notify_restored(self, count: int) -> None:
        """Notify that jobs of the saved session wait."""
        words = ngettext(
            "{n} job from last time waits in the queue.",
            "{n} jobs from last time wait in the queue.",
            count,
        ).format(n=count)
        self._notices.notify("restored", words, _("Go on"), self.go_on_requested.emit, grave=False)

    def notify_damaged_session(self) -> None:
        """Notify that the saved session could not be read."""
        words = _(
            "The queue and the words of last time could not be read and were set aside. Your"
            " pictures are safe."
        )
        self._notices.notify("torn", words)

    def notify_other_format(self, sentence: str) -> None:
        """Notify that another version of the program wrote the saved session."""
        self._notices.notify("torn", sentence)

    def notify_other_version(self, theirs: str, ours: str) -> None:
        """Notify that another version was started and left it to this one."""
        words = _(
            "Kandinsky Desktop {theirs} was started. This window is {ours}, and has your data:"
            " close it first to use the other."
        )
        self._notices.notify("version", words.format(theirs=theirs, ours=ours), grave=False)

    # -- settings

    def notify_invalid_settings(self, names: tuple[str, ...]) -> None:
        """Notify that these settings, or all if none is named, were reset to defaults."""
        words = _(
            "The settings could not be read and were set aside as settings.json.bad. The usual"
            " ones are in force."
        )
        if names:
            words = ngettext(
                "A setting has a value that it cannot have: {names}. The usual one is in force.",
                "Some settings have values that they cannot have: {names}. The usual ones are in"
                " force.",
                len(names),
            ).format(names=", ".join(names))
        self._notices.notify("settings", words, _("Settings"), self.settings_requested.emit)

    def notify_unread_settings(self, reason: str) -> None:
        """Notify that the settings' file cannot be read, and what becomes of it."""
        words = _(
            "The settings cannot be read: {reason}. The usual ones are in force. Once you change"
            " one, what was set before is kept as settings.json.bad."
        ).format(reason=reason)
        self._notices.notify("settings", words, _("Settings"), self.settings_requested.emit)

    def notify_settings_unsaved(self, reason: str) -> None:
        """Notify that the settings could not be saved."""
        self._notices.notify(
            "settings", _("The settings could not be saved: {reason}").format(reason=reason)
        )

    def notify_session_unsaved(self, reason: str) -> None:
        """Notify that the queue, the words and the board would not outlast the sitting."""
        words = _(
            "The queue, your words and the board could not be saved for the next start: {reason}."
            " Your pictures are not touched. It is tried again at each change."
        )
        self._notices.notify("session", words.format(reason=reason.rstrip(".")))

    def withdraw_session_unsaved(self) -> None:
        """Withdraw that notification: they are saved again."""
        self._notices.drop("session")

    # -- models

    def notify_models(self, problems: tuple[str, ...], *, any_found: bool) -> None:
        """Replace the notifications about models by those of the latest scan."""
        for key in self._notices.sentences:
            if key.startswith("model"):  # of an earlier look
                self._notices.drop(key)
        for number, problem in enumerate(problems):
            self._notices.notify(f"model {number}", problem)
        if not any_found:
            self._notices.notify(
                "models",
                _("No model was found, so nothing can be painted yet."),
                _("What to do"),
                self.help_requested.emit,
            )

    def notify_converted(self, told: Converted) -> None:
        """Notify that a model was made of original files."""
        words = (
            _("Kandinsky {version} is ready: {folder}.")
            if told.version
            else _("{folder} is ready.")
        )
        self.notify_done(words.format(version=told.version, folder=told.folder.name))

    # -- the queue

    def notify_paused(self) -> None:
        """Notify that the queue is paused and the new job waits."""
        self._notices.drop("restored")  # it says the same of older jobs
        self._notices.notify(
            "paused",
            _("The queue is paused, so this waits."),
            _("Go on"),
            self.go_on_requested.emit,
            grave=False,
        )

    def withdraw_paused(self) -> None:
        """Withdraw the notifications about waiting jobs."""
        self._notices.drop("restored")
        self._notices.drop("paused")

    def on_job_ended(self, job: Job, event: object) -> None:
        """Notify of a job that failed, but not of one whose model is away: that one waits."""
        if isinstance(event, Failed) and not event.away:
            self.notify_failed(job, event)

    def notify_failed(self, job: Job, event: Failed) -> None:
        """Notify why a job failed, with a button to retry."""
        if event.died:
            words = _(
                "The engine stopped unexpectedly while it painted “{title}”, maybe for lack of"
                " memory. Everything else is safe."
            ).format(title=job.title)
        else:
            words = _("“{title}” could not be painted: {reason}").format(
                title=job.title, reason=event.reason
            )
        retry = partial(self.retry_requested.emit, job.id)
        self._notices.notify(f"job {job.id}", words, _("Try again"), retry)

    def notify_waiting(self, job: Job, reason: str) -> None:
        """Notify that a job waits for its model to come back."""
        words = _("{reason} “{title}” waits, and goes on when it is back.")
        self._notices.notify("waiting", words.format(reason=reason, title=job.title))

    def withdraw_waiting(self) -> None:
        """Withdraw that notification: no job waits for a model any more."""
        self._notices.drop("waiting")

    def withdraw_failed(self, still: Iterable[UUID]) -> None:
        """Withdraw the notifications of failed jobs, except of these."""
        failed = {f"job {job}" for job in still}
        for key in self._notices.sentences.keys() - failed:
            if key.startswith("job "):  # it runs again, or was taken out
                self._notices.drop(key)

    def notify_dropped(self, entries: tuple[JobEntry, ...]) -> None:
        """Notify of jobs that can be put back, with a button for it; withdraw it if none can."""
        if not entries:
            self._notices.drop("removed")
            return
        words = _("“{title}” was taken out of the queue.")
        if len(entries) > 1:
            words = ngettext(
                "{n} job was taken out of the queue.",
                "{n} jobs were taken out of the queue.",
                len(entries),
            )
        elif entries[0].status is JobStatus.RUNNING:
            words = _("“{title}” was stopped.")
        words = words.format(title=entries[0].job.title, n=len(entries))
        put_back = self.put_back_requested.emit
        self._notices.notify("removed", words, _("Put back"), put_back, grave=False, pinned=True)

    # -- what someone did, or could not do

    def notify_done(
        self, sentence: str, action: str = "", call: Callable[[], None] | None = None
    ) -> None:
        """Notify, for a moment, that what the hand asked for was done."""
        self._notices.drop("refused")  # what was tried before
        self._notices.notify("done", sentence, action, call, done=True)

    def notify_taken(self, sentence: str, undo: Callable[[], None] | None) -> None:
        """Notify, for a while, that settings were taken over, with a button that undoes it."""
        self._notices.drop("refused")
        self._notices.notify("taken", sentence, _("Undo") if undo else "", undo, done=True)

    def withdraw_taken(self) -> None:
        """Withdraw it: what is undone now would be something else."""
        self._notices.drop("taken")

    def notify_repeated(self, count: int, unlock: Callable[[], None]) -> None:
        """Notify that what is painted is there already, with a button that unlocks the seeds."""
        words = ngettext(
            "The same picture again: its seeds are locked.",
            "The same pictures again: their seeds are locked.",
            count,
        )
        self._notices.notify("repeated", words, _("Unlock"), unlock, grave=False)

    def withdraw_repeated(self) -> None:
        """Withdraw it: the seeds are not locked any more."""
        self._notices.drop("repeated")

    def notify_refused(self, sentence: str) -> None:
        """Notify why something was refused."""
        self._notices.notify("refused", sentence, grave=False)

    def withdraw_refused(self) -> None:
        """Withdraw the refusal: what was tried next succeeded."""
        self._notices.drop("refused")

    def notify_cleared(self, sentence: str, put_back: Callable[[], None]) -> None:
        """Notify what was removed, with a button that restores it."""
        self._notices.notify("cleared", sentence, _("Put it back"), put_back, grave=False)

    def notify_remark(self, sentence: str) -> None:
        """Notify what a person may not expect of what was done."""
        self._notices.notify("remark", sentence, grave=False)

    def notify_kept(self, title: str, back: Callable[[], None]) -> None:
        """Notify, for a while, that a document was put away for another, with a button back."""
        words = _("“{name}” is kept as it was.").format(name=title)
        self._notices.notify("canvas", words, _("Go back to it"), back, done=True)

    def notify_other_size(self, sentence: str, fit: Callable[[], None]) -> None:
        """Notify that a mask is of another size, with a button that stretches it."""
        self._notices.notify("refused", sentence, _("Stretch it"), fit, grave=False)

    def notify_deleted(self, name: str) -> None:
        """Notify that a board was deleted, with an undo button."""
        words = _("The board “{name}” is deleted.").format(name=name)
        bring_back = partial(self.board_requested.emit, name)
        self._notices.notify("board", words, _("Undo"), bring_back, grave=False)

    def notify_deleted_pictures(
        self, paths: Sequence[Path], uses: Uses, undo: Callable[[], None]
    ) -> None:
        """Notify that pictures are in the trash, where they are missed, and offer them back."""
        if len(paths) == 1:
            said = _("“{name}” is deleted.").format(name=short_name(paths[0]))
        else:
            said = ngettext("{n} picture is deleted.", "{n} pictures are deleted.", len(paths))
            said = said.format(n=f"{len(paths):,}")
        words = [said, *_missed(uses)]
        self._notices.notify("deleted", " ".join(words), _("Undo"), undo, grave=False)
        self._undelete.start()

    def withdraw_deleted_picture(self) -> None:
        """Withdraw that notification: the picture is back, or it was said for long enough."""
        self._undelete.stop()
        self._notices.drop("deleted")

    def notify_back(self, sentence: str) -> None:
        """Notify that a deleted picture is back, instead of that it is deleted."""
        self.withdraw_deleted_picture()
        self._notices.notify("deleted", sentence, grave=False)

    def notify_gone(self, paths: tuple[Path, ...], uses: Uses) -> None:
        """Notify that files were taken away by another program, and where they are missed."""
        if len(paths) == 1:
            words = _("“{name}” was deleted or moved outside of this window.")
        else:
            words = ngettext(
                "{n} picture was deleted or moved outside of this window.",
                "{n} pictures were deleted or moved outside of this window.",
                len(paths),
            )
        said = words.format(name=short_name(paths[0]), n=len(paths))
        self._notices.notify("gone", " ".join((said, *_missed(uses))), grave=False)

    def notify_folder_away(self, folder: Path, reason: str) -> None:
        """Notify that the folder with the pictures is away, with a way to the settings."""
        if reason == AWAY:
            words = _(
                "The folder “{folder}” is not there: your pictures show again once it is back."
            )
        elif reason == EMPTY:
            words = _(
                "The folder “{folder}” is empty: its pictures were moved or deleted, or its disk"
                " was taken out."
            )
        else:
            words = _("Your pictures show again once their folder can be read: {reason}.")
        words = words.format(folder=folder.name or folder, reason=reason)
        self._notices.notify("folder", words, _("Settings"), self.settings_requested.emit)

    def withdraw_folder_away(self) -> None:
        """Withdraw that notification: it is back, or another is chosen."""
        self._notices.drop("folder")

    def notify_other_folder(
        self, before: Path, now: Path, count: int, show: Callable[[], None]
    ) -> None:
        """Notify where pictures go from now on, and what became of those of the other folder."""
        words = _("New pictures go to “{folder}”.").format(folder=now.name or now)
        if not count:
            self._notices.notify("other folder", words, grave=False)
            return
        stay = ngettext(
            "The {n} picture in “{folder}” stays there and is not shown here.",
            "The {n} pictures in “{folder}” stay there and are not shown here.",
            count,
        ).format(n=count, folder=before.name or before)
        words = f"{words} {stay}"
        self._notices.notify("other folder", words, _("Show them"), show, grave=False)

    def notify_not_previewed(self, reason: str) -> None:
        """Notify why there is no preview; an empty reason withdraws the notification."""
        if reason:
            words = _("There is no preview: {reason}").format(reason=reason)
            self._notices.notify("preview", words, grave=False)
        else:
            self._notices.drop("preview")


def _missed(uses: Uses) -> list[str]:
    """Say where a picture is missed."""
    words = []
    if uses.start:
        words.append(_("The form uses it for the next picture: choose another, or bring it back."))
    if uses.board:
        words.append(_("A card of the board shows it: take that away, or bring it back."))
    return words
