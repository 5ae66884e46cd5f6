"""What a task works with for one job: the model's parts, its reports, and where pictures go."""

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.budget import of_movq, of_unet
from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.errors import ModelProblem, Unreadable
from kandinsky_desktop.domain.events import Loading, Report, Stage, Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine import conditioning
from kandinsky_desktop.engine.bookmarks import Bookmarks, Rhythm
from kandinsky_desktop.engine.decoder import Look
from kandinsky_desktop.engine.device import DTYPES, Device, libraries
from kandinsky_desktop.engine.loading import (
    load_anchor_tokenizer,
    load_prior_scheduler,
    load_tokenizer,
    scheduler_config,
)
from kandinsky_desktop.engine.old_facts import Kind, ModelFacts, decoder_for
from kandinsky_desktop.engine.preview import Projection
from kandinsky_desktop.engine.residency import Shelf, Wanted
from kandinsky_desktop.engine.schedulers import OF_DDPM, make_scheduler
from kandinsky_desktop.store import fingerprints, pictures
from kandinsky_desktop.store.embeddings import EmbeddingCache

Deliver = Callable[[Image, Record, bytes], None]  # the picture, its record, its packed meaning
NAMES = {dtype: name for name, dtype in DTYPES.items()}


class Watch:
    """Turns a loop's steps into reports with their time and, for the decoder, a preview."""

    def __init__(
        self,
        report: Report,
        stage: Stage,
        of: int,
        batch: Sequence[int],
        look: Projection | None,
        enough: Callable[[int], bool],
    ) -> None:
        self._report, self._stage, self._of = report, stage, of
        self._batch, self._look, self._enough = tuple(batch), look, enough
        self._since = time.perf_counter()
        self.kept_step = 0  # the step after which someone said that it is enough

    def begin(self) -> None:
        """Note that the loop begins now. A wish that came before is for no step of it."""
        self._enough(0)
        self._since = time.perf_counter()

    def prior_step(self, number: int) -> None:
        """Report a step of the prior. Raises Stopped when the job is to end."""
        self._say(number, None)

    def step(self, number: int, x0: Look) -> bool:
        """Report a step of the decoder; true if its prediction is to be the result."""
        self._say(number, None if self._look is None else x0)
        if number < self._of and self._enough(number):
            self.kept_step = number
            return True
        return False

    def _say(self, number: int, x0: Look | None) -> None:
        preview = None if self._look is None or x0 is None else self._look.preview(x0())
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        self._report(Stepped(self._stage, number, self._of, seconds, self._batch, preview))


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
    cache_folder: Path
    like: Conditions | None = None  # make it as it was made then
    estimators: tuple[Path, ...] = ()  # folders of models that estimate depth
    spare: bool = False  # the work can wait: nothing is put away for it
    steps_folder: Path | None = None  # where bookmarks of the job lie; None: there are none
    rhythm: Rhythm = field(default_factory=Rhythm)  # of the bookmarks
    keep_step: Callable[[], bool] = bool  # takes the wish for the step that is there now

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The fingerprints of the request's files, as they are when first asked for."""
        return tuple(fingerprints.of_file(path) for path in self.job.request.files)

    @cached_property
    def fingerprint(self) -> str:
        """That of the model which paints."""
        return self.facts.fingerprint(decoder_for(self.job.request, self.facts))

    def take_note(self) -> None:
        """Note what the pictures are made of now: it may be gone once they are made.

        Raises Unreadable or ModelProblem.
        """
        for path in self.job.request.files:
            pictures.check_there(path)
        try:
            self.sources  # noqa: B018
        except OSError as error:
            raise Unreadable(
                _("{path} cannot be read: {reason}.").format(
                    path=error.filename, reason=error.strerror or error
                )
            ) from error
        try:
            self.fingerprint  # noqa: B018
        except OSError as error:
            raise ModelProblem(
                _("{folder} cannot be read: {reason}.").format(
                    folder=error.filename, reason=error.strerror or error
                )
            ) from error

    def prior(self) -> tuple[Any, Any]:
        """Lend the prior and a fresh scheduler for it."""
        folder = self.facts.prior
        (network,) = self._lend(self._wanted("prior", folder / "prior"))
        return network, load_prior_scheduler(folder / "scheduler")

    def text_encoder(self) -> tuple[Any, Any]:
        """Lend the prior's text encoder and its tokenizer."""
        folder = self.facts.prior
        (network,) = self._lend(self._wanted("text_encoder", folder / "text_encoder"))
        tokenizer = load_tokenizer(folder / "tokenizer")
        tokenizer.model_max_length = self.facts.token_limit
        return network, tokenizer

    def image_encoder(self) -> Any:
        """Lend the image encoder."""
        folder = self.facts.prior / "image_encoder"
        return self._lend(self._wanted("image_encoder", folder))[0]

    def anchor_encoder(self) -> tuple[Any, Any]:
        """Lend the text encoder of 2.1's decoder, and its tokenizer."""
        folder = self.facts.decoder
        (network,) = self._lend(self._wanted("anchor_encoder", folder / "text_encoder"))
        return network, load_anchor_tokenizer(folder / "tokenizer")

    def unet(self, kind: Kind, pixels: int) -> Any:
        """Lend a decoder's U-Net, with room for so many pixels: `decoder`, `inpaint` or `depth`."""
        wanted = self._wanted("unet", self.facts.decoder_of(kind) / "unet")
        (network,) = self._lend(wanted)
        self._make_room(of_unet, pixels, network, wanted)
        return network

    def movq(self, pixels: int = 0) -> Any:
        """Lend the MoVQ, with room for a picture of so many pixels to go through it."""
        (network,) = self._lend(self._movq())
        self._make_room(of_movq, pixels, network, self._movq())
        return network

    def scheduler(self, kind: Kind) -> Any:
        """Return a fresh scheduler for a decoder, as the request names it."""
        folder = self.scheduler_folder(kind)
        return make_scheduler(self.job.request.sampling, scheduler_config(folder))

    def scheduler_folder(self, kind: Kind) -> Path:
        """Return where the scheduler of a decoder lies: beside it, or with the plain one.

        For DDPM 2.1 has a folder of its own, with the variance that its U-Net learned.
        """
        names = ["scheduler"]
        if self.job.request.sampling.scheduler in OF_DDPM:
            names.insert(0, "ddpm_scheduler")
        for name in names:
            for decoder in (self.facts.decoder_of(kind), self.facts.decoder):
                if (decoder / name).is_dir():
                    return decoder / name
        return self.facts.decoder / "scheduler"

    def zero_embedding(self) -> Tensor:
        """Return the neutral negative, (1, embedding_dim)."""

        def alone(component: str, number: int, of: int) -> None:
            self.shelf.put_all_away()
            self._about_to_load(component, number, of)

        return conditioning.zero_embedding(self.facts, self.cache, alone)

    def watch(self, stage: Stage, of: int, batch: Sequence[int], piece: int = 0) -> Watch:
        """Return what a loop tells its steps to."""
        look = None
        if self.previews and stage == "decoder":
            fitted = conditioning.projection(self._movq().folder, self.movq, self.cache)
            look = fitted.to(self.device)
        return Watch(self.report, stage, of, batch, look, partial(self._enough, piece))

    def bookmarks(self, *folders: Path) -> Bookmarks:
        """Return those of the job; `folders` hold all components that its pictures come from."""
        if self.steps_folder is None:
            return Bookmarks(None, "", self.rhythm)
        request = self.job.request
        parts = (
            to_plain(request, bytearray()),
            to_plain(self.conditions((), (), -1), bytearray()),
            [fingerprints.of_folder(folder) for folder in folders if folder.is_dir()],
            self.sources,
            __version__,
        )
        key = sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return Bookmarks(self.steps_folder, key, self.rhythm)

    def conditions(
        self, batch: tuple[int, ...], kept_steps: tuple[int, ...], idea: int
    ) -> Conditions:
        """Return what a picture made now depends on besides its request."""
        near = self.job.request.depth
        seer = self.estimators[0] if near is not None and near.estimate else None
        estimator = "" if seer is None else fingerprints.of_folder(seer)
        return conditions(self.device, self.dtype, batch, kept_steps, idea, estimator)

    def deliver(
        self, image: Image, index: int, made: Conditions, meaning: bytes, **facts: Any
    ) -> None:
        """Hand a finished picture over, with all it depends on."""
        record = Record(
            request=self.job.request,
            index=index,
            model=self.facts.name,
            fingerprint=self.fingerprint,
            conditions=made,
            program=f"Kandinsky Desktop {__version__}",
            sources=self.sources,
            **facts,
        )
        self.hand_over(image, record, meaning)

    def _enough(self, piece: int, number: int) -> bool:
        if self.like is not None:
            return 0 < number == self.like.kept_step(piece)
        return self.keep_step()

    def _movq(self) -> Wanted:
        return self._wanted("movq", self.facts.decoder / "movq")

    def _wanted(self, kind: str, folder: Path) -> Wanted:
        return Wanted(kind, folder, self.dtype, fingerprints.of_folder(folder))

    def _lend(self, *wanted: Wanted) -> tuple[Any, ...]:
        lend = self.shelf.lend_spare if self.spare else self.shelf.lend
        return lend(wanted, self._about_to_load)

    def _make_room(
        self, figure: Callable[[int, int, int], int], pixels: int, network: Any, wanted: Wanted
    ) -> None:
        width = network.config.block_out_channels[0]
        self.shelf.make_room(figure(pixels, width, self.dtype.itemsize), (wanted,))

    def _about_to_load(self, component: str, number: int, of: int) -> None:
        self.report(Loading(component, number, of))


def conditions(
    device: Device,
    dtype: torch.dtype,
    batch: tuple[int, ...],
    kept_steps: tuple[int, ...] = (),
    idea: int = -1,
    estimator: str = "",
) -> Conditions:
    """Return what a picture made now, with this device, format and company, depends on."""
    return Conditions(
        device=device.kind,
        device_name=device.name,
        dtype=NAMES[dtype],
        threads=torch.get_num_threads(),
        batch=batch,
        libraries=libraries(),
        platform=f"{platform.system()} {platform.machine()}",
        kept_steps=kept_steps if any(kept_steps) else (),
        idea=idea,
        estimator=estimator,
    )
