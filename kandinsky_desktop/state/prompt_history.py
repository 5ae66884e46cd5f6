"""The words that were painted: gone through by keys, searched, some with a star."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import prompt_history
from kandinsky_desktop.store.prompt_history import PastPrompt, bounded


class PromptHistory(QObject):
    """Holds the words of past sittings and of this one, and writes each change to its file."""

    changed = Signal()
    refused = Signal(str)  # why it could not be read or saved

    def __init__(self, background: Background, file: Path) -> None:
        super().__init__()
        self._background, self._file = background, file
        self._prompts: tuple[PastPrompt, ...] = ()
        self._is_read = False  # until then nothing is written: it would be lost
        self._waits = False  # something is to be written as soon as it is read
        self._foreign = False  # another version wrote the file: it is left alone
        self._at = -1  # which of them is shown; -1: what is being typed
        self._typed = ""  # while they are gone through
        self._shown = ""

    @property
    def prompts(self) -> tuple[PastPrompt, ...]:
        """All of them, the newest first, each once."""
        return self._prompts

    def read(self) -> None:
        """Read what earlier sittings left."""

        def take(earlier: tuple[PastPrompt, ...]) -> None:
            self._is_read = True
            stars = {one.text for one in earlier if one.star}
            new = (replace(one, star=one.star or one.text in stars) for one in self._prompts)
            self._prompts = bounded((*new, *earlier))
            if self._waits:
                self._save()
            self.changed.emit()

        def leave(reason: str) -> None:
            self._foreign = True
            self.refused.emit(reason)

        self._background.read(lambda: prompt_history.load(self._file), take, leave)

    def add(self, text: str) -> None:
        """Remember words that are painted now, before all others."""
        text = text.strip()
        self._at = -1
        if text and (not self._prompts or self._prompts[0].text != text):
            star = any(one.star for one in self._prompts if one.text == text)
            self._set((PastPrompt(text, star), *self._prompts))

    def set_star(self, text: str, on: bool) -> None:
        """Give words a star, or take it away."""
        self._set(
            tuple(replace(one, star=on) if one.text == text else one for one in self._prompts)
        )

    def clear(self) -> tuple[PastPrompt, ...]:
        """Forget all that have no star; return what was there, for `restore`."""
        before = self._prompts
        self._set(tuple(one for one in before if one.star))
        return before

    def restore(self, prompts: tuple[PastPrompt, ...]) -> None:
        """Bring back what was cleared; what came since stays before it."""
        self._set((*self._prompts, *prompts))

    def earlier(self, now: str) -> str | None:
        """Return the words before those that stand there now; None: there are none."""
        if self._at < 0 or now != self._shown:  # from here on they are gone through
            self._at, self._typed = -1, now
        for at in range(self._at + 1, len(self._prompts)):
            if self._prompts[at].text != now.strip():
                return self._show(at)
        return None

    def later(self, now: str) -> str | None:
        """Return the words after those that stand there now, in the end what was being typed."""
        if self._at < 0 or now != self._shown:
            return None
        for at in range(self._at - 1, -1, -1):
            if self._prompts[at].text != self._typed.strip():
                return self._show(at)
        self._at = -1
        return self._typed

    def _show(self, at: int) -> str:
        self._at, self._shown = at, self._prompts[at].text
        return self._shown

    def _set(self, prompts: tuple[PastPrompt, ...]) -> None:
        kept = bounded(prompts)
        if kept != self._prompts:
            self._prompts = kept
            self._at = -1
            self._save()
            self.changed.emit()

    def _save(self) -> None:
        self._waits = not self._is_read
        if self._is_read and not self._foreign:
            prompts = self._prompts
            self._background.write(
                lambda: prompt_history.save(self._file, prompts),
                lambda reason: self.refused.emit(
                    _("The history of your words could not be saved: {reason}").format(
                        reason=reason
                    )
                ),
            )
