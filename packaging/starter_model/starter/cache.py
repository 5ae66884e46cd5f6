"""The cache: latents and image embeddings of many scenes, each encoded only once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from random import Random

import torch
from diffusers.models.attention_processor import SpatialNorm
from torch import Tensor

from starter import clip, crew, machine, movq
from starter.course import Budget, checkpoint_path
from starter.journal import cache_folder, log
from starter.scenes import (
    WHITE,
    Kind,
    Painter,
    Scene,
    compose,
    plain,
    tinted_on_white,
)
from starter.sources import build_bank
from starter.world import STYLES, is_shape, subjects

CHUNK = 1000
CHUNKS = 60
PAIR_CHUNKS = range(100, 112)
"""Numbers of the chunks of two things side by side."""
WHITE_CHUNKS = range(112, 114)
"""Numbers of the chunks of white things on white."""
PLAIN_CHUNKS = range(114, 142)
"""Numbers of the chunks of single things: half in their own colours, half in others."""
MIX_CHUNKS = range(142, 178)
"""Numbers of the chunks of morphs."""
TINTED_CHUNKS = range(178, 204)
"""Numbers of the chunks of things in colours on white."""
KINDS_OF_CHUNKS = (
    range(CHUNKS),
    PAIR_CHUNKS,
    WHITE_CHUNKS,
    PLAIN_CHUNKS,
    MIX_CHUNKS,
    TINTED_CHUNKS,
)
ALL_CHUNKS = tuple(
    chunk
    for _place, chunk in sorted(
        ((number + 0.5) / len(chunks), chunk)
        for chunks in KINDS_OF_CHUNKS
        for number, chunk in enumerate(chunks)
    )
)
"""In the order of making: however early it is cut, each kind has its share."""
DRAWN = b"morphs, and what fills its picture in the middle"
"""How scenes are drawn; another way makes another cache."""
LEANING = 2.0
"""A mix of two embeddings at 0.1 and 0.9 is taught what is drawn at 0.25 and 0.75: see asked."""


def _folder() -> Path:
    folder = cache_folder() / "latents"
    folder.mkdir(exist_ok=True)
    return folder


def _fingerprint() -> str:
    """What the cache was made of; other weights make another cache."""
    told = sha256(DRAWN)
    for stage, module, prefix in (("movq", "movq", "encoder"), ("clip", "vision", "")):
        held = torch.load(checkpoint_path(stage), weights_only=True, mmap=True)["ema"][module]
        for key in sorted(k for k in held if k.startswith(prefix)):
            told.update(held[key].contiguous().numpy().tobytes())
    return told.hexdigest()[:16]


def scenes_of(chunk: int) -> list[Scene]:
    """The scenes of one chunk, always the same."""
    rng = Random(f"cache/{chunk}")
    if chunk < CHUNKS:
        return [compose(rng) for _ in range(CHUNK)]
    if chunk in WHITE_CHUNKS:
        return [tinted_on_white(rng, WHITE) for _ in range(CHUNK)]
    if chunk in TINTED_CHUNKS:
        return [tinted_on_white(rng) for _ in range(CHUNK)]
    if chunk in PLAIN_CHUNKS:
        return [compose(rng, kind=(Kind.THING, Kind.TINTED)[n % 2]) for n in range(CHUNK)]
    kind = Kind.PAIR if chunk in PAIR_CHUNKS else Kind.FUSED
    return [compose(rng, kind=kind) for _ in range(CHUNK)]


def asked(shares: Sequence[float]) -> list[float]:
    """The embeddings' shares in the wish for a mix that is drawn by `shares`.

    Nearer to the ends, since what is painted leans towards them: which thing it is that a mix
    has little of, a decoder hardly tells, and guidance makes the most of what it tells.
    """
    powers = [share**LEANING for share in shares]
    return [power / sum(powers) for power in powers]


def slope(shares: Sequence[float]) -> float:
    """How fast the asked share changes where a mix of two is drawn; 1 for three.

    By it as a weight the asked shares are spread as the drawn ones were.
    """
    if len(shares) != 2:
        return 1.0
    little, much = asked(shares)
    return LEANING * little * much / (shares[0] * shares[1])


def mix(parts: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """The embeddings of several things, mixed by shares that sum to 1."""
    return torch.stack([share * part for part, share in zip(parts, shares, strict=True)]).sum(0)


@torch.inference_mode()
def train(budget: Budget) -> None:
    """Encode chunk after chunk until the budget is used, each worker its share."""
    began = machine.clock()
    painter = Painter(build_bank())
    SpatialNorm.forward = movq.norm_at_the_latents
    coder = movq.trained().to(memory_format=torch.channels_last)
    _, _, vision = clip.trained()
    made_of = _fingerprint()
    if crew.RANK == 0:
        for path in _folder().glob("*.pt"):
            if made_of not in path.name:
                path.unlink()
        _common(painter, vision, made_of)
    crew.wait_for_all()
    made = 0
    wanted = ALL_CHUNKS[: ceil(1000 * budget.thousands / CHUNK)] if budget.thousands else ALL_CHUNKS
    for chunk in wanted[crew.RANK :: crew.SIZE]:
        path = _folder() / f"{made_of}-{chunk:03d}.pt"
        if path.exists():
            continue
        if made and budget.minutes and machine.clock() - began > 60 * budget.minutes:
            break
        latents, embeddings = [], []
        scenes = scenes_of(chunk)
        many = 20 * machine.WIDER
        for start in range(0, CHUNK, many):
            pictures = painter.paint(scenes[start : start + many], movq.SIDE)
            # bf16 is 0.002 off where the latents' deviation is 1
            with machine.autocast():
                laid = pictures.contiguous(memory_format=torch.channels_last)
                latents.append(movq.encode(coder, laid).half().contiguous())
            embeddings.append(vision(clip.seen(pictures)).image_embeds)
        made_now = {"latents": torch.cat(latents), "embeddings": torch.cat(embeddings)}
        torch.save(machine.here(made_now.items()), path)
        made += 1
        if crew.RANK == 0:
            log.info("cache: chunk %d, %.1f min", chunk, (machine.clock() - began) / 60)
    crew.wait_for_all()


def _common(painter: Painter, vision: torch.nn.Module, made_of: str) -> None:
    """What belongs to no scene: the embedding of the grey picture, and of each thing alone."""
    empty = vision(torch.zeros(1, 3, clip.SIDE, clip.SIDE)).image_embeds
    alone = []
    for style in range(len(STYLES)):
        for size in (0.92, 0.85):
            scenes = [plain(subject, style=style, size=size) for subject in range(len(subjects()))]
            parts = [
                clip.meanings_of(scenes[k : k + 64], painter, vision)
                for k in range(0, len(scenes), 64)
            ]
            alone.append(torch.cat(parts))
    common = {"empty": empty, "alone": torch.stack(alone, 1)}
    torch.save(machine.here(common.items()), _folder() / f"{made_of}-common.pt")


def _common_of(made_of: str) -> dict[str, Tensor]:
    path = _folder() / f"{made_of}-common.pt"
    held: dict[str, Tensor] = torch.load(path, weights_only=True)
    return held


@dataclass
class Cache:
    """What was encoded, as tensors; row by row the same scenes.

    The embedding of a morph is not what the vision tower sees in the picture, but the mix
    of the things': what a mix of things looks like is a choice, and this is how it is taught.
    """

    latents: Tensor
    embeddings: Tensor
    scenes: list[Scene]
    empty: Tensor
    """The embedding that stands for no wish, as the prior pipeline's get_zero_embed makes it."""
    alone: Tensor
    """Embeddings of single things on white: (subject, variant, width), solid variants first."""
    ordinary: int
    """How many rows, the first, are of the usual mix."""
    chunks: tuple[int, ...] = ()
    """Which chunks these are, in order."""

    def __len__(self) -> int:
        return len(self.scenes)

    def __post_init__(self) -> None:
        kinds = list(Kind)
        # of each row, as a number of the kinds' order
        self.kinds = torch.tensor([kinds.index(scene.kind) for scene in self.scenes])
        self.weights = torch.ones(len(self.scenes))
        for row in (self.kinds == kinds.index(Kind.FUSED)).nonzero()[:, 0].tolist():
            scene = self.scenes[row]
            parts = [alone(self, o.subject, scene.style, row % 2) for o in scene.objects]
            self.embeddings[row] = mix(parts, asked(scene.shares))
            self.weights[row] = slope(scene.shares)

    def begins(self, chunk: int) -> int:
        """The first row of a chunk."""
        return CHUNK * self.chunks.index(chunk)

    @cached_property
    def mean(self) -> Tensor:
        """The mean of the usual mix's embeddings."""
        return self.embeddings[: self.ordinary].mean(0, keepdim=True)

    @cached_property
    def deviation(self) -> Tensor:
        """How much each dimension of the usual mix's embeddings varies."""
        return self.embeddings[: self.ordinary].std(0, keepdim=True)

    def batch(self, size: int, mix: dict[Kind, float]) -> Tensor:
        """Random rows, from torch's random state, with so much of each kind as the mix says."""
        there = torch.bincount(self.kinds, self.weights, minlength=len(Kind)).clamp(min=1e-6)
        weights = torch.tensor([mix.get(kind, 0) for kind in Kind]) / there
        return torch.multinomial(weights[self.kinds] * self.weights, size, replacement=True)


def load() -> Cache:
    """All chunks there are."""
    made_of = _fingerprint()
    paths = tuple(_chunks(made_of))
    held = _loaded(made_of, paths)
    for part in ("latents", "embeddings", "empty", "alone"):
        setattr(held, part, machine.there(getattr(held, part)))
    return held


@lru_cache(maxsize=1)  # on a card one process goes through all stages
def _loaded(made_of: str, paths: tuple[tuple[int, Path], ...]) -> Cache:
    held = [torch.load(path, weights_only=True) for _, path in paths]
    common = _common_of(made_of)
    return Cache(
        torch.cat([part["latents"] for part in held]),
        torch.cat([part["embeddings"] for part in held]),
        [scene for chunk, _ in paths for scene in scenes_of(chunk)],
        common["empty"],
        common["alone"],
        CHUNK * sum(chunk < CHUNKS for chunk, _ in paths),
        tuple(chunk for chunk, _ in paths),
    )


def _chunks(made_of: str) -> Iterator[tuple[int, Path]]:
    for chunk in sorted(ALL_CHUNKS):
        path = _folder() / f"{made_of}-{chunk:03d}.pt"
        if path.exists():
            yield chunk, path


def alone(cache: Cache, subject: int, style: int, variant: int) -> Tensor:
    """The embedding of one thing alone, in a style; shapes have but one style."""
    return cache.alone[subject, (0 if is_shape(subject) else 2 * style) + variant]
