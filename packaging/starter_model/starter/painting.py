"""A set of weights as the app uses it: words in, pictures out, through the unmodified pipelines."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    KandinskyV22ControlnetPipeline,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    VQModel,
)
from PIL import Image
from torch import Tensor

from starter import machine

BATCH = 24


@dataclass(frozen=True)
class Settings:
    """How a picture is sampled."""

    prior_steps: int = 25
    prior_guidance: float = 2.0
    steps: int = 20
    guidance: float = 2.0


@dataclass
class Model:
    """The starter model, or earlier weights, loaded from its folder on demand."""

    folder: Path
    size: int
    settings: Settings = Settings()

    def _pipeline(self, cls: Any, stage: str, **parts: object) -> Any:
        with torch.device("cpu"):
            made = cls.from_pretrained(
                self.folder / stage, dtype=torch.float32, local_files_only=True, **parts
            )
        made.to(machine.DEVICE)
        made.set_progress_bar_config(disable=True)
        return made

    @cached_property
    def movq(self) -> VQModel:
        """The MoVQ that all decoders share."""
        movq: VQModel = VQModel.from_pretrained(
            self.folder / "decoder" / "movq", dtype=torch.float32, local_files_only=True
        )
        return movq

    @cached_property
    def _prior(self) -> Any:
        return self._pipeline(KandinskyV22PriorPipeline, "prior")

    @cached_property
    def _decoder(self) -> Any:
        return self._pipeline(KandinskyV22Pipeline, "decoder", movq=self.movq)

    @cached_property
    def _inpaint(self) -> Any:
        return self._pipeline(KandinskyV22InpaintPipeline, "inpaint", movq=self.movq)

    @cached_property
    def _depth(self) -> Any:
        return self._pipeline(KandinskyV22ControlnetPipeline, "depth", movq=self.movq)

    def sampled(self, settings: Settings) -> "Model":
        """The same weights, sampled otherwise; what is loaded is shared."""
        other = replace(self, settings=settings)
        for name in ("movq", "_prior", "_decoder", "_inpaint", "_depth"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    @torch.inference_mode()
    def meanings(self, prompts: list[str], seed: int) -> tuple[Tensor, Tensor]:
        """What the prior makes of words: wishes, and the embedding of no wish."""
        generator = torch.Generator().manual_seed(seed)
        parts, nothing = [], torch.empty(0)
        many = BATCH * 2 * machine.WIDER
        for start in range(0, len(prompts), many):
            made = self._prior(
                prompts[start : start + many],
                num_inference_steps=self.settings.prior_steps,
                guidance_scale=self.settings.prior_guidance,
                generator=generator,
            )
            parts.append(made.image_embeds)
            nothing = made.negative_image_embeds[:1]
        return torch.cat(parts), nothing

    def meaning_of(self, pictures: list[Image.Image]) -> Tensor:
        """What pictures mean to the vision tower."""
        with torch.inference_mode():
            values = self._prior.image_processor(pictures, return_tensors="pt").pixel_values
            embeddings: Tensor = self._prior.image_encoder(values.float()).image_embeds
        return embeddings

    def _sample(
        self,
        pipeline: Any,
        wishes: Tensor,
        nothing: Tensor,
        seeds: list[int],
        more: dict[str, Tensor],
    ) -> Tensor:
        """Run a decoder pipeline in batches; every picture has its own seed."""
        made = []
        for start in range(0, len(wishes), BATCH):
            some = slice(start, start + BATCH)
            count = len(wishes[some])
            out = pipeline(
                image_embeds=wishes[some],
                negative_image_embeds=nothing.expand(count, -1),
                height=self.size,
                width=self.size,
                num_inference_steps=self.settings.steps,
                guidance_scale=self.settings.guidance,
                generator=[torch.Generator().manual_seed(seed) for seed in seeds[some]],
                output_type="pt",
                **{key: value[some] for key, value in more.items()},
            ).images
            made.append(out.clamp(-1, 1))  # with "pt" the pipelines give what the MoVQ gives
        return torch.cat(made)

    def paint(self, wishes: Tensor, nothing: Tensor, seeds: list[int]) -> Tensor:
        """Pictures of wishes, in -1 to 1."""
        return self._sample(self._decoder, wishes, nothing, seeds, {})

    def draw(self, prompts: list[str], seed: int) -> Tensor:
        """Pictures of words, in -1 to 1; the n-th has the seed plus n."""
        wishes, nothing = self.meanings(prompts, seed)
        return self.paint(wishes, nothing, [seed + n for n in range(len(prompts))])

    def fill(
        self, pictures: Tensor, holes: Tensor, wishes: Tensor, nothing: Tensor, seed: int
    ) -> Tensor:
        """Repaint where the hole, shape (n, 1, size, size), is 1; one at a time."""
        made = []
        for row in range(len(pictures)):
            one = slice(row, row + 1)
            more = {"image": pictures[one], "mask_image": holes[one]}
            made.append(self._sample(self._inpaint, wishes[one], nothing, [seed + row], more))
        return torch.cat(made)

    def follow(self, hints: Tensor, wishes: Tensor, nothing: Tensor, seeds: list[int]) -> Tensor:
        """Pictures along height maps in 0 to 1, shape (n, 3, size, size)."""
        return self._sample(self._depth, wishes, nothing, seeds, {"hint": hints})
