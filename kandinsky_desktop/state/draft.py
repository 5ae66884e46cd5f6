"""The request in the making: what the create panel shows and the button will send."""

import random
from dataclasses import dataclass, field, fields, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.catalog import (
    ModelFacts,
    Size,
    Traits,
    check_fits,
    fitted,
    traits_of,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import SEEDS, Paint, Sampling, text_to_image
from kandinsky_desktop.domain.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Everything a person has set for the next pictures; unlike a request it may be unfinished."""

    prompt: str = ""
    negative_prior: str = ""
    negative_decoder: str = ""
    count: int = 1
    one_idea: bool = False
    model: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    idea_locked: bool = False
    detail_locked: bool = False


class Draft(QObject):
    """Holds the wishes, keeps them within what the model can do, and makes requests of them."""

    changed = Signal()
    model_changed = Signal()  # another model, or its facts are known now

    def __init__(self, wishes: Wishes | None = None) -> None:
        super().__init__()
        self._wishes = wishes or Wishes()
        self._fresh = wishes is None  # nothing was set yet: take the model's own defaults
        self._facts: ModelFacts | None = None
        self._traits: Traits | None = None
        self._samplings: dict[str, Sampling] = {}  # what was set for each model

    @property
    def wishes(self) -> Wishes:
        """What is set now."""
        return self._wishes

    @property
    def facts(self) -> ModelFacts | None:
        """The model in use, once one is known."""
        return self._facts

    @property
    def traits(self) -> Traits | None:
        """What is known of the model in use."""
        return self._traits

    @property
    def size(self) -> Size:
        """The size of the pictures."""
        return Size(self._wishes.sampling.width, self._wishes.sampling.height)

    @property
    def problem(self) -> str:
        """Why no request can be made now, as a sentence; empty if one can."""
        if self._facts is None:
            return _("No model is there yet.")
        try:
            check_fits(self._request(self._wishes), self._facts)
        except InvalidRequest as error:
            return str(error)
        return ""

    def set(self, **changes: Any) -> None:
        """Change wishes by name; names of Sampling's fields reach into it."""
        within = {f.name for f in fields(Sampling)}
        sampling: dict[str, Any] = {n: value for n, value in changes.items() if n in within}
        others: dict[str, Any] = {n: value for n, value in changes.items() if n not in within}
        if sampling:
            others["sampling"] = self._fitted(replace(self._wishes.sampling, **sampling))
        wishes: Wishes = replace(self._wishes, **others)
        if wishes == self._wishes:
            return
        self._wishes = wishes
        self._fresh = False
        self.changed.emit()

    def use_model(self, facts: ModelFacts) -> None:
        """Draw with this model: its own defaults, or what was last set for it."""
        if facts == self._facts:
            return
        sampling = self._wishes.sampling
        traits = traits_of(facts)
        if self._facts is not None:
            self._samplings[self._facts.name] = sampling
        if facts.name in self._samplings:
            base = self._samplings[facts.name]
        elif self._fresh or (self._facts is not None or self._wishes.model != facts.name):
            base = traits.sampling
        else:
            base = sampling  # the model of the last sitting again
        seeds: dict[str, Any] = {
            "idea_seed": sampling.idea_seed,
            "detail_seed": sampling.detail_seed,
        }
        self._facts, self._traits = facts, traits
        self._wishes = replace(
            self._wishes,
            model=facts.name,
            sampling=fitted(replace(base, **seeds), facts, traits),
        )
        self.model_changed.emit()
        self.changed.emit()

    def default_of(self, name: str) -> Any:
        """Return the model's own value for a field of Sampling."""
        sampling = self._traits.sampling if self._traits else Sampling()
        return getattr(sampling, name)

    def recall(self, record: Record) -> None:
        """Take over all that an earlier picture was made with, and keep its seeds."""
        request = record.request
        sampling = replace(
            request.sampling, idea_seed=record.idea_seed, detail_seed=record.detail_seed
        )
        self.set(
            prompt=request.words,
            negative_prior=request.negative_prior,
            negative_decoder=request.negative_decoder,
            count=1,
            sampling=self._fitted(sampling),
            idea_locked=True,
            detail_locked=True,
        )

    def peek(self, *, words: bool = True) -> Paint:
        """Return the request as it stands, without words if its meaning comes from elsewhere.

        Raises InvalidRequest.
        """
        return self._request(self._wishes if words else replace(self._wishes, prompt="?"))

    def roll(self, name: str) -> None:
        """Choose another seed: `idea_seed` or `detail_seed`."""
        changes: dict[str, Any] = {name: random.randrange(SEEDS)}
        self.set(**changes)

    def take(self, *, words: bool = True, fresh: bool = True) -> Paint:
        """Return the request as it stands, with fresh seeds where none is locked.

        Without `words` its meaning comes from elsewhere, and the prompt need not be there; unless
        `fresh`, the seeds are those of a preview. Raises InvalidRequest with the sentence of
        `problem`.
        """
        problem = self.problem if words else ""
        if problem:
            raise InvalidRequest(problem)
        if self._facts is None:
            raise InvalidRequest(_("No model is there yet."))
        if fresh and not self._wishes.idea_locked:
            self.roll("idea_seed")
        if fresh and not self._wishes.detail_locked:
            self.roll("detail_seed")
        return self.peek(words=words)

    def _fitted(self, sampling: Sampling) -> Sampling:
        """Bring a size that the model cannot paint to the nearest one that it can."""
        if self._facts is None or self._traits is None:
            return sampling
        return fitted(sampling, self._facts, self._traits)

    def _request(self, wishes: Wishes) -> Paint:
        return text_to_image(
            wishes.prompt,
            negative_prior=wishes.negative_prior,
            negative_decoder=wishes.negative_decoder,
            count=wishes.count,
            one_idea=wishes.one_idea,
            model=wishes.model,
            sampling=wishes.sampling,
        )
