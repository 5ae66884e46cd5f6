"""Writes what ships: diffusers folders in fp16, the MoVQ stored once, defaults and progress."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import safetensors.torch
import torch
from diffusers import (
    KandinskyV22ControlnetPipeline,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
)
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from starter import clip, decoders, movq, prior
from starter.course import Budget, checkpoint_path
from starter.journal import assembled_folder, log

PIPELINES = {
    "decoder": (KandinskyV22Pipeline, ("mixer", "decoder")),
    "inpaint": (KandinskyV22InpaintPipeline, ("inpaint",)),
    "depth": (KandinskyV22ControlnetPipeline, ("depth",)),
}
"""What folder a pipeline is written to, and of which stage: the first that is trained."""
DEFAULTS = {
    "size": movq.SIDE,
    "prior_steps": 25,
    "prior_guidance": 2.0,
    "decoder_steps": 20,
    "decoder_guidance": 1.5,
}
LIMIT_MEGABYTES = 60


def shipped() -> Path:
    """Where the model lies that ships with the program."""
    return Path(__file__).parents[3] / "resources" / "models" / "starter"


def image_processor() -> CLIPImageProcessor:
    """Makes the pictures that the vision tower was trained on."""
    return CLIPImageProcessor(
        size={"shortest_edge": clip.SIDE},
        crop_size={"height": clip.SIDE, "width": clip.SIDE},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )


def megabytes(where: Path) -> float:
    """How much a folder weighs, in millions of bytes."""
    return sum(path.stat().st_size for path in where.rglob("*") if path.is_file()) / 1e6


def _name_usual_classes(where: Path) -> None:
    """Without torchvision transformers writes a class name that older versions do not know."""
    for path in where.rglob("*.json"):
        told = path.read_text(encoding="utf-8")
        if "CLIPImageProcessorPil" in told:
            path.write_text(
                told.replace("CLIPImageProcessorPil", "CLIPImageProcessor"), encoding="utf-8"
            )


def _close_up(tokenizer: Path) -> None:
    """Write the tokenizer's tokens one after another, not one a line: half the bytes."""
    told = json.loads(tokenizer.read_text(encoding="utf-8"))
    packed = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    tokenizer.write_text(packed + "\n", encoding="utf-8")


def _progress() -> dict[str, dict[str, float]]:
    """How far each stage is: thousands of samples, and minutes of computing of one worker."""
    stages = {}
    for path in sorted(checkpoint_path("any").parent.glob("*.pt")):
        held = torch.load(path, weights_only=True, mmap=True)
        stages[path.stem] = {
            "thousands": round(held["seen"] / 1000),
            "minutes": round(held["elapsed"] / 60, 1),
        }
    return stages


def _write_prior(where: Path) -> None:
    tokenizer, text, vision = clip.trained()
    made = KandinskyV22PriorPipeline(
        prior=prior.trained(),
        image_encoder=vision,
        text_encoder=text,
        tokenizer=tokenizer,
        scheduler=prior.scheduler(),
        image_processor=image_processor(),
    )
    made.to(torch.float16).save_pretrained(where)
    _close_up(where / "tokenizer" / "tokenizer.json")
    _write_zero_embedding(where)


@torch.inference_mode()
def _write_zero_embedding(where: Path) -> None:
    """Put the meaning of a black picture beside the prior: no wish, as get_zero_embed makes it.

    With it the app draws from words without loading the vision tower.
    """
    vision = CLIPVisionModelWithProjection.from_pretrained(
        where / "image_encoder", dtype=torch.float32, local_files_only=True
    )
    nothing = vision(torch.zeros(1, 3, clip.SIDE, clip.SIDE)).image_embeds
    safetensors.torch.save_file({"embedding": nothing}, where / "zero_embedding.safetensors")


def _write_decoders(where: Path) -> None:
    coder = movq.trained("polish" if checkpoint_path("polish").exists() else "movq").half()
    for part, (pipeline, stages) in PIPELINES.items():
        stage = next((one for one in stages if checkpoint_path(one).exists()), None)
        if stage is None:
            continue
        unet = decoders.trained(stage).to(memory_format=torch.contiguous_format).half()
        made = pipeline(unet=unet, scheduler=decoders.scheduler(), movq=coder)
        made.save_pretrained(where / part)
        if part != "decoder":
            shutil.rmtree(where / part / "movq")


def write(_budget: Budget | None = None) -> None:
    """Assemble the model from the averaged weights of every stage."""
    fresh = assembled_folder().with_name("assembled.new")
    shutil.rmtree(fresh, ignore_errors=True)
    steps: list[tuple[Callable[[Path], None], Path]] = [
        (_write_prior, fresh / "prior"),
        (_write_decoders, fresh),
    ]
    with torch.device("cpu"):  # also where a card trains
        for step, where in steps:
            step(where)
    _name_usual_classes(fresh)
    told = {"defaults": DEFAULTS, "stages": _progress()}
    (fresh / "starter.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(assembled_folder(), ignore_errors=True)
    fresh.rename(assembled_folder())
    weight = megabytes(assembled_folder())
    log.info("assembled: %.1f MB in %s", weight, assembled_folder())
    if weight > LIMIT_MEGABYTES:
        log.warning("assembled: over the %d MB that the model may weigh", LIMIT_MEGABYTES)


def ship(_budget: Budget | None = None) -> None:
    """Put the assembled model in the place of the one that ships, with the recipe's NOTICE."""
    for part in sorted(assembled_folder().iterdir()):
        there = shipped() / part.name
        if part.is_dir():
            shutil.rmtree(there, ignore_errors=True)
            shutil.copytree(part, there)
        else:
            shutil.copy(part, there)
    shutil.copy(Path(__file__).parents[1] / "NOTICE", shipped())
    log.info("shipped: %.1f MB", megabytes(shipped()))
