"""The models there are, and how long a prompt is in the words of the one in use."""

import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import added_models, model_parts, places
from kandinsky_desktop.store.folder_report import why_none
from kandinsky_desktop.store.models import Found, find_models, lies_in
from kandinsky_desktop.store.tokens import TokenCounter


class Models(QObject):
    """Looks for models in the background and says when they are found."""

    found = Signal(object)  # store.models.Found
    parts_read = Signal(object)  # tuple[store.model_parts.ModelParts, ...]: of what was found
    added = Signal(object)  # store.models.Found: what was in a folder that was added
    not_added = Signal(str)  # why

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._there = Found((), ())
        self._searching = False  # for missing ones

    @property
    def available(self) -> Found:
        """What was found last."""
        return self._there

    def search(self, folders: tuple[Path, ...]) -> None:
        """Look through the folders; `found` follows."""
        self._background.read(lambda: _found(folders), self._take)

    def read_parts(self) -> None:
        """Read what the models that were found consist of; `parts_read` follows."""
        models = self._there.models
        self._background.read(lambda: model_parts.all_parts(models), self.parts_read.emit)

    def add(self, folder: Path) -> None:
        """Let a folder count among the person's models; `added` follows, or `not_added`."""
        known = self._there.models
        self._background.read(
            lambda: added_models.add(folder, known), self.added.emit, self.not_added.emit
        )

    def search_for(self, folders: tuple[Path, ...], names: frozenset[str]) -> None:
        """Look through the folders; `found` follows only if a model of these names is there.

        An empty name stands for any model. While such a search runs no other one begins.
        """
        if self._searching:
            return
        self._searching = True

        def take(found: Found) -> None:
            self._searching = False
            if any(model.name in names or "" in names for model in found.models):
                self._take(found)

        def give_up(reason: str) -> None:
            del reason  # it is in the log, and the next search comes
            self._searching = False

        self._background.read(lambda: find_models(folders), take, give_up)

    def _take(self, found: Found) -> None:
        self._there = found
        self.found.emit(found)


def _found(folders: tuple[Path, ...]) -> Found:
    """Return what is in the folders; one that was named for its models and has none is said."""
    found = find_models(folders)
    usual = (places.user_models(), places.shipped_models(), places.hub_cache())
    named = [folder for folder in folders if folder not in usual and os.path.isdir(folder)]
    told = [
        why_none(folder, found)
        for folder in named
        if not any(lies_in(model, folder) for model in found.models)
        and not any(str(folder) in problem for problem in found.problems)
        and not any(folder in one.parents or folder == one for one in found.estimators)
    ]
    return replace(found, problems=(*found.problems, *told))


class TokenMeter(QObject):
    """Counts the tokens of the prompt, off the UI thread; of many changes only the last counts."""

    counted = Signal(int, int)  # tokens, the model's limit; both with the two marks

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._counters: dict[Path, TokenCounter] = {}
        self._wanted: tuple[Model, str] | None = None
        self._busy = False

    def measure(self, model: Model, text: str) -> None:
        """Ask for a count; `counted` follows."""
        self._wanted = (model, text)
        self._next()

    def _next(self) -> None:
        if self._busy or self._wanted is None:
            return
        (model, text), self._wanted, self._busy = self._wanted, None, True
        folder = model.components["tokenizer"].folder

        def count() -> int:
            if folder not in self._counters:
                self._counters[folder] = TokenCounter(folder)
            return self._counters[folder].count(text)

        def tell(tokens: int) -> None:
            self._busy = False
            self.counted.emit(tokens, model.token_limit)
            self._next()

        def give_up(reason: str) -> None:
            del reason  # it is in the log; a picture can be made without a meter
            self._busy = False
            self._next()

        self._background.read(count, tell, give_up)
