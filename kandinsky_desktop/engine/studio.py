"""What a task works with for one job: the model's parts, its reports, and where pictures go."""

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.budget import at_once
from kandinsky_desktop.domain.catalog import ModelFacts
from kandinsky_desktop.domain.events import Loading, Report, Stage, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.engine import conditioning
from kandinsky_desktop.engine.decoder import Look
from kandinsky_desktop.engine.device import DTYPES, Device, libraries
from kandinsky_desktop.engine.loading import (
    load_prior_scheduler,
    load_tokenizer,
    scheduler_config,
)
from kandinsky_desktop.engine.preview import Projection
from kandinsky_desktop.engine.residency import Shelf, Wanted
from kandinsky_desktop.engine.schedulers import make_scheduler
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.embeddings import EmbeddingCache

Deliver = Callable[[Image, Record], None]
NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True, slots=True)
class PriorParts:
    """The first stage: words to a meaning."""

    network: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Any


@dataclass(frozen=True, slots=True)
class DecoderParts:
    """The second stage: a meaning to latents to pixels."""

    unet: Any
    movq: Any


class Watch:
    """Turns a loop's steps into reports with their time and, for the decoder, a preview."""

    def __init__(
        self,
        report: Report,
        stage: Stage,
        of: int,
        batch: Sequence[int],
        look: Projection | None,
    ) -> None:
        self._report, self._stage, self._of = report, stage, of
        self._batch, self._look = tuple(batch), look
        self._since = time.perf_counter()

    def step(self, number: int, x0: Look | None = None) -> None:
        """Report a step. Raises Stopped when the job is to end."""
        preview = None if self._look is None or x0 is None else self._look.preview(x0())
        now = time.perf_counter()
        self._report(
            Stepped(self._stage, number, self._of, now - self._since, self._batch, preview)
        )
        self._since = now


@dataclass(frozen=True, kw_only=True)
class Studio:
    """One job's working place. Made by the engine, used by one task, then dropped."""

    job: Job
    facts: ModelFacts
    device: Device
    dtype: torch.dtype
    shelf: Shelf
    cache: EmbeddingCache
    previews: bool
    report: Report
    hand_over: Deliver
    like: Conditions | None = None  # make it as it was made then

    def batches(self) -> list[tuple[int, ...]]:
        """Return which pictures go through the samplers together; those with none missing are out.

        How the request is cut does not depend on what is missing, since a picture's bits depend
        on its company.
        """
        if self.like:
            return [self.like.batch]
        request = self.job.request
        size = at_once(
            request.count,
            request.sampling.width * request.sampling.height,
            self.facts.channels[0],
            self.dtype.itemsize,
        )
        every = range(request.count)
        cut = [tuple(every[start : start + size]) for start in every[::size]]
        return [batch for batch in cut if set(batch) & set(self.job.missing)]

    def prior(self) -> PriorParts:
        """Lend the prior's parts."""
        folder = self.facts.prior
        network, text_encoder = self._lend(
            self._wanted("prior", folder / "prior"),
            self._wanted("text_encoder", folder / "text_encoder"),
        )
        tokenizer = load_tokenizer(folder / "tokenizer")
        tokenizer.model_max_length = self.facts.token_limit
        return PriorParts(
            network, text_encoder, tokenizer, load_prior_scheduler(folder / "scheduler")
        )

    def decoder(self) -> DecoderParts:
        """Lend the decoder's parts."""
        unet, movq = self._lend(self._wanted("unet", self.facts.decoder / "unet"), self._movq())
        return DecoderParts(unet, movq)

    def scheduler(self) -> Any:
        """Return a fresh scheduler for the decoder, as the request names it."""
        config = scheduler_config(self.facts.decoder / "scheduler")
        return make_scheduler(self.job.request.sampling.scheduler, config)

    def decoder_calls(self) -> int:
        """Return how often the decoder's loop turns: some schedulers look twice a step."""
        scheduler = self.scheduler()
        scheduler.set_timesteps(self.job.request.sampling.steps)
        return len(scheduler.timesteps)

    def zero_embedding(self) -> Tensor:
        """Return the neutral negative, (1, embedding_dim)."""

        def alone(component: str, number: int, of: int) -> None:
            self.shelf.put_all_away()
            self._about_to_load(component, number, of)

        return conditioning.zero_embedding(self.facts, self.cache, alone)

    def watch(self, stage: Stage, of: int, batch: Sequence[int]) -> Watch:
        """Return what a loop tells its steps to."""
        look = None
        if self.previews and stage == "decoder":
            (movq,) = self._lend(self._movq())
            fitted = conditioning.projection(self._movq().folder, movq, self.cache)
            look = fitted.to(self.device)
        return Watch(self.report, stage, of, batch, look)

    def deliver(self, image: Image, index: int, batch: tuple[int, ...]) -> None:
        """Hand a finished picture over, with all it depends on."""
        record = Record(
            request=self.job.request,
            index=index,
            model=self.facts.name,
            fingerprint=fingerprints.of_model(self.facts),
            conditions=conditions(self.device, self.dtype, batch),
            program=f"Kandinsky Desktop {__version__}",
        )
        self.hand_over(image, record)

    def _movq(self) -> Wanted:
        return self._wanted("movq", self.facts.decoder / "movq")

    def _wanted(self, kind: str, folder: Path) -> Wanted:
        return Wanted(kind, folder, self.dtype, fingerprints.of_folder(folder))

    def _lend(self, *wanted: Wanted) -> tuple[Any, ...]:
        return self.shelf.lend(wanted, self._about_to_load)

    def _about_to_load(self, component: str, number: int, of: int) -> None:
        self.report(Loading(component, number, of))


def conditions(device: Device, dtype: torch.dtype, batch: tuple[int, ...]) -> Conditions:
    """Return what a picture made now, with this device, format and company, depends on."""
    return Conditions(
        device=device.kind,
        device_name=device.name,
        dtype=NAMES[dtype],
        threads=torch.get_num_threads(),
        batch=batch,
        libraries=libraries(),
        platform=f"{platform.system()} {platform.machine()}",
    )
