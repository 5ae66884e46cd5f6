"""What has happened, in the sentences of its notices, and until when each of them holds."""

from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from kandinsky_desktop.domain.events import Failed
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.words import _, ngettext
from kandinsky_desktop.ui.notices import Notices

REGRET_MS = 10_000  # how long a job that was taken out can be put back


class News(QObject):
    """Tells what has happened, each with the button that helps, and takes back what is over."""

    go_on_wanted = Signal()  # with the queue that is paused
    retry_wanted = Signal(object)  # uuid.UUID of a job
    board_wanted = Signal(str)  # the name of one that was deleted
    settings_wanted = Signal()
    help_wanted = Signal()  # with models

    def __init__(self, notices: Notices) -> None:
        super().__init__(notices)  # its timer must not outlive them
        self._notices = notices
        self._regret = QTimer(self)
        self._regret.setSingleShot(True)
        self._regret.setInterval(REGRET_MS)
        self._regret.timeout.connect(lambda: notices.drop("removed"))

    # -- the last sitting

    def say_restored(self, count: int) -> None:
        """Say that jobs of the last sitting wait."""
        words = ngettext(
            "{n} job from last time waits in the queue.",
            "{n} jobs from last time wait in the queue.",
            count,
        ).format(n=count)
        self._notices.say("restored", words, _("Go on"), self.go_on_wanted.emit, grave=False)

    def say_torn(self) -> None:
        """Say that nothing of the last sitting came back."""
        words = _(
            "The queue and the words of last time could not be read and were set aside. Your"
            " pictures are safe."
        )
        self._notices.say("torn", words)

    def say_other_format(self, sentence: str) -> None:
        """Say that another version of the program wrote the last session."""
        self._notices.say("torn", sentence)

    # -- settings

    def say_settings_odd(self, names: tuple[str, ...]) -> None:
        """Say that some settings, or all where none is named, are the usual ones again."""
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
        self._notices.say("settings", words, _("Settings"), self.settings_wanted.emit)

    def say_settings_unsaved(self, reason: str) -> None:
        """Say that the settings are in force, but not for the next sitting."""
        self._notices.say(
            "settings", _("The settings could not be saved: {reason}").format(reason=reason)
        )

    # -- models

    def say_models(self, problems: tuple[str, ...], *, any_found: bool) -> None:
        """Say what is wrong with the models there are, instead of what an earlier look found."""
        for key in self._notices.sentences:
            if key.startswith("model"):  # of an earlier look
                self._notices.drop(key)
        for number, problem in enumerate(problems):
            self._notices.say(f"model {number}", problem)
        if not any_found:
            self._notices.say(
                "models",
                _("No model was found, so nothing can be painted yet."),
                _("What to do"),
                self.help_wanted.emit,
            )

    # -- the queue

    def say_paused(self) -> None:
        """Say why what was just queued does not begin."""
        self._notices.drop("restored")  # it says the same of older jobs
        self._notices.say(
            "paused",
            _("The queue is paused, so this waits."),
            _("Go on"),
            self.go_on_wanted.emit,
            grave=False,
        )

    def take_back_paused(self) -> None:
        """Say no longer that jobs wait."""
        self._notices.drop("restored")
        self._notices.drop("paused")

    def say_failed(self, job: Job, event: Failed) -> None:
        """Say why a job has failed, and offer to try again."""
        title = " ".join(job.request.words.split())[:60]
        if event.died:
            words = _(
                "The engine stopped unexpectedly while it painted “{title}”, maybe for lack of"
                " memory. Everything else is safe."
            ).format(title=title)
        else:
            words = _("“{title}” could not be painted: {reason}").format(
                title=title, reason=event.reason
            )
        retry = partial(self.retry_wanted.emit, job.id)
        self._notices.say(f"job {job.id}", words, _("Try again"), retry)

    def take_back_failed(self, still: Iterable[UUID]) -> None:
        """Say no longer that a job has failed, but for those that still stand so."""
        failed = {f"job {job}" for job in still}
        for key in self._notices.sentences.keys() - failed:
            if key.startswith("job "):  # it runs again, or was taken out
                self._notices.drop(key)

    def say_removed(self, title: str, put_back: Callable[[], None]) -> None:
        """Say that a job was taken out of the queue, and offer for a while to put it back."""
        words = _("“{title}” was taken out of the queue.").format(title=title[:60])
        self._notices.say("removed", words, _("Put back"), put_back, grave=False)
        self._regret.start()

    # -- what someone did, or could not do

    def say_refused(self, sentence: str) -> None:
        """Say why something was not done."""
        self._notices.say("refused", sentence, grave=False)

    def say_cleared(self, sentence: str, put_back: Callable[[], None]) -> None:
        """Say what was taken out, and offer to put it back."""
        self._notices.say("cleared", sentence, _("Put it back"), put_back, grave=False)

    def say_deleted(self, name: str) -> None:
        """Say that a board was deleted, and offer to bring it back."""
        words = _("The board “{name}” is deleted.").format(name=name)
        bring_back = partial(self.board_wanted.emit, name)
        self._notices.say("board", words, _("Undo"), bring_back, grave=False)

    def say_not_previewed(self, reason: str) -> None:
        """Say why there is no preview; without a reason there is one again."""
        if reason:
            words = _("There is no preview: {reason}").format(reason=reason)
            self._notices.say("preview", words, grave=False)
        else:
            self._notices.drop("preview")
