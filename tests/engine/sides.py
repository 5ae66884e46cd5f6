"""The same work done by both sides, our loops and diffusers' pipelines, on the same weights."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers import KandinskyV22Pipeline, KandinskyV22PriorPipeline
from PIL import Image
from torch import Generator, Tensor

from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.engine import decoder, decoder_prompt, movq, prior
from kandinsky_desktop.engine.decoder import UNetConditioning
from kandinsky_desktop.engine.denoise import MaskedLatents
from kandinsky_desktop.engine.loading import (
    load,
    load_decoder_tokenizer,
    load_prior_scheduler,
    load_tokenizer,
    scheduler_config,
)
from kandinsky_desktop.engine.schedulers import make_scheduler
from tests.engine.conftest import pipeline


def generators(rows: int) -> list[Generator]:
    return [Generator().manual_seed(7 + row) for row in range(rows)]


def picture(width: int = 64, height: int = 64, seed: int = 0) -> Image.Image:
    """Return a picture of soft spots, so that no two parts are alike."""
    pixels = np.random.RandomState(seed).rand(height // 8, width // 8, 3) * 255
    return Image.fromarray(pixels.astype(np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )


def mask(box: tuple[int, int, int, int], width: int = 64, height: int = 64) -> Image.Image:
    """Return a mask that is white in the box."""
    made = Image.new("L", (width, height), 0)
    made.paste(255, box)
    return made


class Prior:
    """A prior's folder, read by us and by diffusers."""

    def __init__(self, folder: Path, kind: Any = KandinskyV22PriorPipeline) -> None:
        self.theirs = pipeline(kind, folder)
        self._network = load("prior", folder / "prior", torch.float32)
        self._text_encoder = load("text_encoder", folder / "text_encoder", torch.float32)
        self._tokenizer = load_tokenizer(folder / "tokenizer")
        self._scheduler = load_prior_scheduler(folder / "scheduler")

    def text(self, *prompts: str) -> prior.Text:
        return prior.encode(self._tokenizer, self._text_encoder, prompts)

    def ours(
        self,
        wanted: prior.Text,
        unwanted: prior.Text | None,
        guidance: float,
        steps: int = 4,
        **begin: Any,
    ) -> Tensor:
        return prior.sample(
            self._network,
            self._scheduler,
            wanted,
            unwanted,
            steps=steps,
            guidance=guidance,
            generators=generators(wanted.embeds.shape[0]),
            on_step=lambda number: None,
            **begin,
        )


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a decoder is to do."""

    rows: int = 1
    guidance: float = 4.0
    size: tuple[int, int] = (64, 64)  # width and height
    scheduler: str = "DDPMScheduler"
    steps: int = 4
    picture: Image.Image | None = None
    strength: float = 1.0
    masks: tuple[Image.Image, ...] = ()  # white = repaint
    hint: Tensor | None = field(default=None, compare=False)  # (1, 3, height, width)
    text: tuple[str, str] | None = None  # what 2.1 reads itself, and what it leads away from
    old_noise: bool = False
    own_meanings: bool = False  # each row has its own, even where one picture or text is for all

    @property
    def meanings(self) -> int:
        """How many meanings the rows have: one, where one picture or text is asked for often.

        Pictures or texts in a list would be encoded together by the pipelines, each alone by us.
        """
        shared = self.picture is not None or self.text is not None
        return 1 if shared and not self.own_meanings else self.rows


class Decoder:
    """The folder of a decoder of any kind, read by us and by diffusers."""

    def __init__(self, folder: Path, kind: Any = KandinskyV22Pipeline) -> None:
        self.theirs = pipeline(kind, folder)
        self.unet: Any = load("unet", folder / "unet", torch.float32)
        self.movq: Any = load("movq", folder / "movq", torch.float32)
        self.factor: int = 2 ** (len(self.theirs.movq.config.block_out_channels) - 1)
        self.config = scheduler_config(folder / "scheduler")
        self._reader: tuple[Any, Any] | None = None
        if (folder / "text_encoder").is_dir():
            self._reader = (
                load_decoder_tokenizer(folder / "tokenizer"),
                load("decoder_text_encoder", folder / "text_encoder", torch.float32),
            )

    def points(self, rows: int) -> tuple[Tensor, Tensor]:
        """Return meanings and their opposites; the first ones are the same for any rows."""
        config, chance = self.unet.config, Generator().manual_seed(3)
        width = config.cross_attention_dim if self._reader else config.encoder_hid_dim
        wanted, unwanted = torch.randn(rows, 2, width, generator=chance).unbind(1)
        return wanted, unwanted

    @contextmanager
    def scheduled(self, config: dict[str, Any]) -> Iterator[None]:
        """Let another scheduler's file count meanwhile."""
        before, self.config = self.config, config
        yield
        self.config = before

    def sampled(self, case: Case, *, blended: bool = True, row: int = 0) -> Tensor:
        """Return the latents that our loop ends with; with `row` those of that row of a batch."""
        scheduler = make_scheduler(Sampling(scheduler=case.scheduler), self.config)
        course = decoder.course(scheduler, case.steps, self.unet.device, strength=case.strength)
        noise = generators(row + case.rows)[row:]
        device, dtype = self.unet.device, self.unet.dtype
        shape = (case.rows, 4, case.size[1] // self.factor, case.size[0] // self.factor)
        kept, inpaint_latents = None, None
        if case.picture is None:
            latents = decoder.noise(scheduler, shape, noise, device, dtype)
        else:
            clean = movq.encode(self.movq, [case.picture] * case.rows)
            if case.masks:
                latents = decoder.noise(scheduler, shape, noise, device, dtype)
                keep = movq.keep_mask(self._each(case), shape[-2:])
                inpaint_latents = torch.cat([clean * keep, keep], dim=1)
                kept = MaskedLatents(clean, keep, latents.clone()) if blended else None
            else:
                old = case.strength if case.old_noise else 0.0
                latents, _ = decoder.noised(scheduler, clean, course, noise, old_strength=old)
        return decoder.sample(
            self.unet,
            scheduler,
            self._unet_conditioning(case, inpaint_latents, row),
            latents,
            course,
            guidance=case.guidance,
            generators=noise,
            on_step=lambda number, look: None,
            kept=kept,
        )

    def expected(self, case: Case, **others: Any) -> Tensor:
        """Return the latents that the pipeline ends with."""
        self.theirs.scheduler = getattr(diffusers, case.scheduler).from_config(self.config)
        seen: list[Tensor] = []
        how = self.asked(case) | others
        if self._says_latents:
            return self.theirs(**how, output_type="latent").images  # type: ignore[no-any-return]
        # a copy: it goes on in the same memory
        self.theirs(**how, callback=lambda step, time, latents: seen.append(latents.clone()))
        return seen[-1]

    def asked(self, case: Case) -> dict[str, Any]:
        """Return the case in the words of the pipelines."""
        meanings = case.meanings
        wanted, unwanted = self.points(meanings)
        asked: dict[str, Any] = {
            "image_embeds": wanted,
            "negative_image_embeds": unwanted,
            "num_images_per_prompt": case.rows // meanings,
            "width": case.size[0],
            "height": case.size[1],
            "num_inference_steps": case.steps,
            "guidance_scale": case.guidance,
            "generator": generators(case.rows),
        }
        if case.text is not None:
            asked["prompt"], asked["negative_prompt"] = case.text
        if case.picture is not None:
            asked["image"] = case.picture
            if case.masks:
                (asked["mask_image"],) = case.masks
            else:
                asked["strength"] = case.strength
        if case.hint is not None:
            asked["hint"] = case.hint.repeat(meanings, 1, 1, 1)
        return asked

    def _unet_conditioning(
        self, case: Case, inpaint_latents: Tensor | None, row: int
    ) -> UNetConditioning:
        points = self.points(row + case.meanings)
        wanted, unwanted = (one[row:].expand(case.rows, -1) for one in points)
        texts: list[Any] = [None, None]
        if case.text is not None:
            assert self._reader is not None
            read = [decoder_prompt.encode(*self._reader, text) for text in case.text]
            texts = [decoder_prompt.rows(one, case.rows) for one in read]
        hint = None if case.hint is None else case.hint.repeat(case.rows, 1, 1, 1)
        return UNetConditioning(
            image_embeds=wanted,
            negative_image_embeds=unwanted,
            decoder_prompt=texts[0],
            negative_decoder_prompt=texts[1],
            control_image=hint,
            inpaint_latents=inpaint_latents,
        )

    def _each(self, case: Case) -> Sequence[Image.Image]:
        return case.masks if len(case.masks) > 1 else case.masks * case.rows

    @property
    def _says_latents(self) -> bool:
        name = type(self.theirs).__name__
        return name.startswith("KandinskyV22") and "Controlnet" not in name
