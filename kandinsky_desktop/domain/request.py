"""What a person can ask for. A request holds everything its pictures depend on."""

from dataclasses import dataclass, field

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import check, choice, number, switch, text
from kandinsky_desktop.domain.schedulers import DEFAULT_SCHEDULER, SCHEDULERS
from kandinsky_desktop.domain.words import N_, _

SEEDS = 2**32  # a seed is one of so many
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
        N_("Prior guidance scale"),
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
    idea_seed: int = number(
        0,
        N_("Idea seed"),
        low=0,
        high=SEEDS - 1,
        help=N_("Which of the many meanings of your words (the prior's noise)."),
    )
    detail_seed: int = number(
        0,
        N_("Detail seed"),
        low=0,
        high=SEEDS - 1,
        help=N_("Which of the many pictures of one meaning (the decoder's noise)."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextToImage:
    """Paint these words."""

    prompt: str = text("", N_("Prompt"))
    negative_prior: str = text(
        "",
        N_("Negative prior prompt"),
        help=N_("Words that the prior leads the meaning away from."),
    )
    negative_decoder: str = text(
        "",
        N_("Negative decoder prompt"),
        help=N_("Words whose own meaning the decoder leads the picture away from."),
    )
    count: int = number(1, N_("Pictures"), low=1, high=MOST_PICTURES)
    one_idea: bool = switch(
        False,
        N_("Same idea for all"),
        help=N_("All pictures of a batch show one meaning; only the details differ."),
    )
    model: str = text(
        "", N_("Model"), longest=200, help=N_("A model's name; empty: the first one found.")
    )
    sampling: Sampling = field(default_factory=Sampling)

    def __post_init__(self) -> None:
        """Check the limits and that there is something to paint."""
        check(self)
        if not self.prompt.strip():
            raise InvalidRequest(_("Type what you want to see first."))

    def idea_seed_of(self, index: int) -> int:
        """Return the prior's seed for the picture at `index` of the batch."""
        return self.sampling.idea_seed if self.one_idea else _seed(self.sampling.idea_seed, index)

    def detail_seed_of(self, index: int) -> int:
        """Return the decoder's seed for the picture at `index` of the batch."""
        return _seed(self.sampling.detail_seed, index)


Request = TextToImage  # a union, once there are more


def _seed(first: int, index: int) -> int:
    return (first + index) % SEEDS
