"""What a person can ask for. A request holds everything its pictures depend on."""

import random
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain import conditioning as conditionings
from kandinsky_desktop.domain import task as tasks
from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    Grid,
    ImagePrompt,
    Interpolation,
    Prompt,
    Series,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import About, check, choice, declared, number, switch, text
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.schedulers import DEFAULT_SCHEDULER, SCHEDULERS
from kandinsky_desktop.domain.task import NOWHERE, Depth, Task, TextToImage

SEEDS = 2**32  # a seed is one of so many
RANDOM_SEED = -1  # as people type it for a seed that is to be drawn
MOST_PICTURES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the two samplers run."""

    width: int = number(768, N_("Width"), low=16, high=4096, step=16, unit="px")
    height: int = number(768, N_("Height"), low=16, high=4096, step=16, unit="px")
    steps: int = number(
        50,
        N_("Steps"),
        low=1,
        high=1000,
        help=N_("How often the decoder looks again at the picture. More is slower and finer."),
    )
    guidance: float = number(
        4.0,
        N_("Guidance scale"),
        low=1,
        high=30,
        step=0.5,
        help=N_("How strictly the picture follows its meaning. Too high burns the colours."),
    )
    prior_steps: int = number(
        25,
        N_("Prior steps"),
        low=2,  # UnCLIPScheduler divides by n - 1
        high=1000,
        help=N_("How often the prior looks again at what the words mean."),
    )
    prior_guidance: float = number(
        4.0,
        N_("Prior guidance"),
        low=1,
        high=30,
        step=0.5,
        help=N_("How strictly the meaning follows the words."),
    )
    scheduler: str = choice(
        DEFAULT_SCHEDULER,
        N_("Scheduler"),
        SCHEDULERS,
        help=N_("The rule by which the decoder takes noise away."),
    )
    eta: float = number(
        0.0,
        N_("Eta"),
        low=0,
        high=1,
        step=0.05,
        help=N_("How much fresh noise DDIM adds at each step: 0 none, 1 as much as DDPM."),
    )
    thresholding: bool = switch(
        False,
        N_("Dynamic thresholding"),
        help=N_("Holds back values that guidance drove too far (Imagen, section 2.3)."),
    )
    guidance_from: float = number(
        0.0,
        N_("Guidance from"),
        low=0,
        high=1,
        step=0.05,
        help=N_("The share of the steps before which there is no guidance."),
    )
    guidance_to: float = number(
        1.0,
        N_("Guidance to"),
        low=0,
        high=1,
        step=0.05,
        help=N_("The share of the steps after which there is no guidance."),
    )
    prior_seed: int = number(
        0,
        N_("Idea seed"),
        low=0,
        high=SEEDS - 1,
        help=N_("Which of the many meanings of your words (the prior's noise)."),
    )
    seed: int = number(
        0,
        N_("Detail seed"),
        low=0,
        high=SEEDS - 1,
        help=N_("Which of the many pictures of one meaning (the decoder's noise)."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)
        if self.guidance_from > self.guidance_to:
            raise InvalidRequest(_("Guidance cannot end before it begins."))


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintOptions:
    """A request but for its conditionings, unchecked: a form holds it while it is incomplete.

    An option is declared here alone; request, draft, forms and saved sessions follow.
    """

    task: Task = field(default_factory=TextToImage)
    depth: Depth | None = None
    decoder_prompt: str = text(
        "",
        N_("Anchor text"),
        help=N_("Words that the decoder of 2.1 reads itself, beside the meaning."),
    )
    negative_decoder_prompt: str = text("", N_("Negative anchor text"))
    count: int = number(1, N_("Pictures"), low=1, high=MOST_PICTURES)
    shared_prior_seed: bool = switch(
        False,
        N_("Same idea for all"),
        help=N_("All pictures of a batch show one meaning; only the details differ."),
    )
    candidates: int = number(
        0,
        N_("Choose among"),
        low=0,
        high=256,
        help=N_("So many ideas are sampled, and those nearest to the words painted. 0: no choice."),
    )
    model: str = text(
        "", N_("Model"), longest=1000, help=N_("A model's name; empty: the first one found.")
    )
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint(PaintOptions):
    """Paint pictures of a conditioning, by a task. Any conditioning goes with any task."""

    conditioning: Conditioning
    negative: Conditioning | None = None  # None: the neutral embedding

    def __post_init__(self) -> None:
        """Check the limits and that there is something to paint."""
        check(self)
        if isinstance(self.conditioning, Prompt) and not self.conditioning.text.strip():
            raise InvalidRequest(_("Type what you want to see first."))
        tasks.check_complete(self.task)
        if self.depth is not None and self.depth.path == NOWHERE:
            raise InvalidRequest(_("Choose the depth map first, or a picture to estimate it from."))
        if NOWHERE in conditionings.files_of(self.conditioning):
            raise InvalidRequest(_("Choose the picture for the meaning first."))
        if self.negative is not None and NOWHERE in conditionings.files_of(self.negative):
            raise InvalidRequest(_("Choose the picture to lead away from first."))
        if isinstance(self.negative, Series):
            raise InvalidRequest(
                _("Only what is painted can pass over, not what is led away from.")
            )
        if self.candidates and not isinstance(self.conditioning, Prompt):
            raise InvalidRequest(_("Only ideas of words can be chosen among."))
        if self.candidates and self.candidates < self.count and not self.shared_prior_seed:
            raise InvalidRequest(
                _("{count} pictures cannot be chosen among {ideas} ideas.").format(
                    count=self.count, ideas=self.candidates
                )
            )
        if isinstance(self.conditioning, Grid) and (
            self.count % self.conditioning.columns or self.count < 2 * self.conditioning.columns
        ):
            raise InvalidRequest(
                _("{count} pictures make no sheet of {columns} columns.").format(
                    count=self.count, columns=self.conditioning.columns
                )
            )
        if isinstance(self.conditioning, Interpolation):
            places = len(self.conditioning.places)
            if places not in (0, self.count):
                raise InvalidRequest(
                    _("There are {places} places on the way for {count} pictures.").format(
                        places=places, count=self.count
                    )
                )
        masks = getattr(self.task, "masks", ())
        if len(masks) not in (0, 1, self.count):
            raise InvalidRequest(
                _(
                    "There are {masks} masks for {count} pictures: give one, or one for each."
                ).format(masks=len(masks), count=self.count)
            )

    @property
    def words(self) -> str:
        """The words for what is painted, on as many lines as were typed."""
        return conditionings.spoken(self.conditioning)

    @property
    def negative_prior(self) -> str:
        """The prior's negative prompt, where there is one."""
        return (
            self.conditioning.negative
            if isinstance(self.conditioning, Prompt | ImagePrompt)
            else ""
        )

    @property
    def negative_decoder(self) -> str:
        """The decoder's negative conditioning in words; empty: there is none."""
        return "" if self.negative is None else conditionings.spoken(self.negative)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the request is read from, each once."""
        negative = () if self.negative is None else conditionings.files_of(self.negative)
        depth = () if self.depth is None else (self.depth.path,)
        every = (
            *conditionings.files_of(self.conditioning),
            *negative,
            *tasks.files_of(self.task),
            *depth,
        )
        return tuple(dict.fromkeys(every))

    def conditioning_of(self, index: int) -> Conditioning:
        """Return the conditioning of the picture at `index` of the batch."""
        if isinstance(self.conditioning, Series):
            return self.conditioning.of(index, self.count)
        return self.conditioning

    def prior_seed_of_candidate(self, candidate: int) -> int:
        """Return the prior's seed of one of the candidates."""
        return _seed(self.sampling.prior_seed, candidate)

    def prior_seed_of(self, index: int) -> int:
        """Return the prior's seed for the picture at `index` of the batch."""
        together = self.shared_prior_seed or isinstance(self.conditioning, Series)
        return self.sampling.prior_seed if together else _seed(self.sampling.prior_seed, index)

    def seed_of(self, index: int) -> int:
        """Return the decoder's seed for the picture at `index` of the batch."""
        if isinstance(self.conditioning, Series):  # only its conditioning changes
            return self.sampling.seed
        return _seed(self.sampling.seed, index)


Request = Paint  # the only kind so far


def options_of(value: PaintOptions) -> dict[str, Any]:
    """Return the options of a request or a draft by name, as another one takes them."""
    return {option.name: getattr(value, option.name) for option in fields(PaintOptions)}


# The two negatives as words, which is what a person types
NEGATIVES = {
    "negative_prior": declared(Prompt)["negative"],
    "negative_decoder": About(
        label=N_("Negative decoder prompt"),
        help=N_("Words whose own meaning the decoder leads the picture away from."),
        longest=20_000,
    ),
}


def drawn(seed: int) -> int:
    """Return a seed as it was given, and another one each time where RANDOM_SEED was."""
    return random.randrange(SEEDS) if seed == RANDOM_SEED else seed


def _seed(first: int, index: int) -> int:
    return (first + index) % SEEDS
