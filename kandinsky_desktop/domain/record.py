"""What a picture says of how it was made: its request, and all that its bits depend on besides."""

from dataclasses import dataclass

from kandinsky_desktop.domain.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where and in what company a picture was made. The same again give the same bits."""

    device: str  # "cpu", "cuda" or "mps"
    device_name: str
    dtype: str  # "float32", "bfloat16" or "float16"
    threads: int
    batch: tuple[int, ...]  # indices that went through the decoder together, this one among them
    libraries: tuple[str, ...]  # "torch 2.13.0+cpu", ...
    platform: str  # "Linux x86_64"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One picture of a request."""

    request: Request
    index: int
    model: str  # the name of the model that painted it
    fingerprint: str  # of its weights: see store.fingerprints
    conditions: Conditions
    program: str  # "Kandinsky Desktop 0.1.0"

    @property
    def detail_seed(self) -> int:
        """The decoder's seed of this picture."""
        return self.request.detail_seed_of(self.index)

    @property
    def idea_seed(self) -> int:
        """The prior's seed of this picture."""
        return self.request.idea_seed_of(self.index)
