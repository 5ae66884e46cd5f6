"""What the prior makes of words, kept so that a decoder can be taught by it."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

import torch
from torch import Tensor

from starter import cache, crew, machine, movq
from starter.cache import (
    CHUNK,
    PAIR_CHUNKS,
    PLAIN_CHUNKS,
    TINTED_CHUNKS,
    WHITE_CHUNKS,
    Cache,
)
from starter.captions import article, caption
from starter.course import Budget
from starter.journal import assembled_folder, cache_folder, log
from starter.painting import Model, Settings
from starter.scenes import WHITE, Kind
from starter.world import things

SAYINGS = 6
"""How often the prior is asked for each thing."""
SCENE_STEPS = 10
"""Steps of the prior for scenes, of which there are many thousands: 25 would take twice as long."""
SHARES = {Kind.PAIR: 0.75, Kind.TINTED: 0.5}
"""Which scenes the prior is asked for in words, and how often a wish for one is the prior's."""
SCENE_CHUNKS = (*PAIR_CHUNKS, *WHITE_CHUNKS, *PLAIN_CHUNKS, *TINTED_CHUNKS)
"""Numbers of the chunks in which it is asked for them."""


@dataclass
class Said:
    """The prior's embeddings, as tensors."""

    names: Tensor
    """Of each thing's name, "a cat" and so on: (things, SAYINGS, width), each of its own seed."""
    scenes: Tensor
    """Of scenes in words: (scenes, width)."""
    rows: dict[int, int]
    """Which row of the cache is which of these scenes."""

    def name(self, subject: int) -> Tensor:
        """One of what the prior made of a thing's name: (width,)."""
        return self.names[subject, int(torch.randint(self.names.shape[1], ()))]

    def wishes(self, rows: Tensor, wishes: Tensor, held: Cache) -> Tensor:
        """Half of the wishes of things, coloured things and mixes, most of pairs, as the prior's.

        It does not quite make what the vision tower sees, and always errs alike for a thing: a
        small second thing is seen in some, and of pairs one. A decoder that was shown only the
        tower's paints that.
        """
        made = wishes.clone()
        for place, row in enumerate(rows.tolist()):
            scene = held.scenes[row]
            if row in self.rows:
                if torch.rand(1) < SHARES[scene.kind]:
                    made[place] = self.scenes[self.rows[row]]
                continue
            plain = scene.kind is Kind.THING and scene.background == WHITE
            if scene.style or not (plain or scene.kind is Kind.FUSED) or torch.rand(1) < 0.5:
                continue
            parts = [self.name(one.subject) for one in scene.objects]
            made[place] = cache.mix(parts, cache.asked(scene.shares or (1.0,)))
        return made


def _kept(made_of: Path) -> Callable[[str], Path]:
    """Where each part of what a model's prior said is kept; another prior has other files."""
    weights = made_of / "prior" / "prior" / "diffusion_pytorch_model.safetensors"
    told = sha256(weights.read_bytes()).hexdigest()[:16]
    folder = cache_folder() / "said"
    folder.mkdir(exist_ok=True)
    return lambda part: folder / f"{told}-{part}.pt"


def _names(model: Model, seed: int) -> Tensor:
    return model.meanings([article(thing.name) for thing in things()], seed)[0]


def _rows(chunk: int, held: Cache) -> list[int]:
    start = held.begins(chunk)
    return [row for row in range(start, start + CHUNK) if held.scenes[row].kind in SHARES]


def _scenes(model: Model, chunk: int, held: Cache) -> Tensor:
    rng = Random(f"said/{chunk}")
    captions = [caption(rng, held.scenes[row]) for row in _rows(chunk, held)]
    return model.meanings(captions, chunk)[0]


def train(_budget: Budget | None = None) -> None:
    """Ask the prior of the model that was put together last, each worker its share."""
    held, kept = cache.load(), _kept(assembled_folder())
    full = Model(assembled_folder(), movq.SIDE)
    quick = full.sampled(Settings(prior_steps=SCENE_STEPS))
    for seed in range(SAYINGS)[crew.RANK :: crew.SIZE]:
        path = kept(f"names-{seed}")
        if not path.exists():
            torch.save(_names(full, seed).cpu(), path)
    for chunk in [c for c in SCENE_CHUNKS if c in held.chunks][crew.RANK :: crew.SIZE]:
        path = kept(f"scenes-{chunk}")
        if not path.exists():
            torch.save(_scenes(quick, chunk, held).cpu(), path)
            log.info("said: scenes of chunk %d", chunk)
    crew.wait_for_all()


def load(made_of: Path, held: Cache) -> Said:
    """Everything that this model's prior was asked."""
    kept = _kept(made_of)
    names = [torch.load(kept(f"names-{n}"), weights_only=True) for n in range(SAYINGS)]
    parts: list[Tensor] = []
    rows: dict[int, int] = {}
    for chunk in SCENE_CHUNKS:
        path = kept(f"scenes-{chunk}")
        if chunk not in held.chunks or not path.exists():
            continue
        parts.append(torch.load(path, weights_only=True))
        for row in _rows(chunk, held):
            rows[row] = len(rows)
    scenes = torch.cat(parts) if parts else names[0][:0]
    return Said(machine.there(torch.stack(names, 1)), machine.there(scenes), rows)
