"""What a picture says of how it was made: its request, and all that its bits depend on besides."""

from dataclasses import dataclass

from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.limits import MOST_THREADS
from kandinsky_desktop.domain.request import Request


@dataclass(frozen=True, slots=True)
class Saving:
    """How memory was saved while a piece of a picture was denoised."""

    mode: str  # the name of an execution mode
    step: int = 0  # the last step before it; 0: it was so from the beginning
    rows_from: int = -1  # the last step before pictures went through one by one; -1: they did not
    processor_from: int = -1  # the last step before it went to the processor; -1: it did not
    chunks_from: int = -1  # the last step before attention went in chunks; -1: it did not


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where and in which batch a picture was made. The same again give the same bits."""

    device: str  # "cpu", "cuda" or "mps"
    device_name: str
    dtype: str  # "float32", "bfloat16" or "float16"
    threads: int
    batch: tuple[int, ...]  # indices that went through the decoder together, this one among them
    libraries: tuple[str, ...]  # "torch 2.13.0+cpu", ...
    platform: str  # "Linux x86_64"
    kept_steps: tuple[int, ...] = ()  # piece by piece the step that was kept; 0: all were taken
    candidate: int = -1  # which of the candidates; -1: there was no choice
    estimator: str = ""  # the fingerprint of the model that estimated the depth; empty: none did
    saving: tuple[Saving, ...] = ()  # piece by piece; none: nothing was saved
    decoded: str = ""  # the execution mode of the autoencoder, where it is not the first
    encoded: str = ""  # and of what it was started from
    packed: tuple[str, ...] = ()  # kinds of networks whose weights were in 8 bits
    on_processor: tuple[
        str, ...
    ] = ()  # operations that had no room on the device; see `saving` too

    def threads_or(self, usual: int) -> int:
        """Return the number of threads or, where no machine has so many, the usual one."""
        return self.threads if 1 <= self.threads <= MOST_THREADS else usual

    def kept_step(self, piece: int = 0) -> int:
        """Return the step whose prediction became a piece of the picture; 0: all were taken."""
        return self.kept_steps[piece] if piece < len(self.kept_steps) else 0

    def split_from(self, piece: int = 0) -> int:
        """Return the step after which guidance was split for a piece; -1: it was not."""
        saving = self.saving[piece] if piece < len(self.saving) else Saving("")
        return saving.step if saving.mode == "split guidance" else -1

    def rows_from(self, piece: int = 0) -> int:
        """Return the step after which the batch of a piece went through one by one; -1: never."""
        return self.saving[piece].rows_from if piece < len(self.saving) else -1

    def processor_from(self, piece: int = 0) -> int:
        """Return the step after which a piece went to the processor; -1: it did not."""
        return self.saving[piece].processor_from if piece < len(self.saving) else -1

    def chunks_from(self, piece: int = 0) -> int:
        """Return the step after which attention went in chunks for a piece; -1: it did not."""
        return self.saving[piece].chunks_from if piece < len(self.saving) else -1


def unlike(then: Conditions, now: Conditions) -> tuple[str, ...]:
    """Say what is not as it was then; nothing, if the same request gives the same bits now."""
    pairs = (
        (_("the device"), then.device_name, now.device_name),
        (_("the number format"), then.dtype, now.dtype),
        (_("the number of threads"), str(then.threads), str(now.threads)),
        (_("the company in the batch"), str(then.batch), str(now.batch)),
        (_("the libraries"), ", ".join(then.libraries), ", ".join(now.libraries)),
        (_("the system"), then.platform, now.platform),
    )
    return tuple(
        _("{what} (then {then}, now {now})").format(what=what, then=old, now=new)
        for what, old, new in pairs
        if old != new
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One picture of a request."""

    request: Request
    index: int
    model: str  # the name of the model that painted it
    fingerprint: str  # of its weights: see store.fingerprints
    conditions: Conditions
    program: str  # "Kandinsky Desktop 0.1.0"
    sources: tuple[str, ...] = ()  # fingerprints of the files of the request, in their order
    changed_outside: int = 0  # pixels that a mask should have kept and that differ: must be 0
    score: float | None = None  # cosine of candidate and prompt, where there were candidates

    def __post_init__(self) -> None:
        """Check that the request has such a picture."""
        if not 0 <= self.index < self.request.count:
            raise InvalidRequest(
                _("There is no picture {number} of {count}.").format(
                    number=f"{self.index + 1}"[:40], count=self.request.count
                )
            )

    @property
    def words(self) -> str:
        """What was typed for it; empty: pictures or a fusion say what it is of."""
        match self.request.conditioning_of(self.index):
            case Prompt(text=words):
                return words
            case ImagePrompt(text=words, led=True):
                return words
            case _:
                return ""

    @property
    def words_away(self) -> str:
        """What was typed for what the decoder is led away from, likewise."""
        away = self.request.negative
        return away.text if isinstance(away, Prompt) else ""

    @property
    def in_batch(self) -> bool:
        """Whether the batch is one of its request, with this picture in it."""
        batch = self.conditions.batch
        return (
            self.index in batch
            and len(set(batch)) == len(batch)
            and all(0 <= index < self.request.count for index in batch)
        )

    @property
    def seed(self) -> int:
        """The decoder's seed of this picture."""
        return self.request.seed_of(self.index)

    @property
    def prior_seed(self) -> int:
        """The prior's seed of this picture."""
        if self.conditions.candidate >= 0:
            return self.request.prior_seed_of_candidate(self.conditions.candidate)
        return self.request.prior_seed_of(self.index)
