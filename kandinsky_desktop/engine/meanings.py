"""From what is meant to a point in CLIP's image space, by way of the caches.

Every point is made alone, whatever the size of the batch: so it depends on its own words, seed and
settings only, can be kept on disk, and is found again by another batch, size, mask or weight. What
is kept is never computed again: no text encoder, no prior, no image encoder runs for it.
"""

import base64
import binascii
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Generator, Tensor

from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable
from kandinsky_desktop.domain.meaning import (
    Fusion,
    Meaning,
    Nudged,
    Passage,
    Picture,
    Saved,
    Sheet,
    Source,
    Words,
)
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine import anchor, prior
from kandinsky_desktop.engine.device import libraries
from kandinsky_desktop.engine.keeping import keep
from kandinsky_desktop.engine.loading import load_image_processor
from kandinsky_desktop.engine.prior import Text
from kandinsky_desktop.engine.studio import Studio
from kandinsky_desktop.store import fingerprints, pictures
from kandinsky_desktop.store.weights import check_weights

EMBEDDING = "embedding"
SLENDEREST = 16  # a picture's longest side against its shortest, before it is cut
LARGEST_SAVED = 1_000_000  # bytes; above it lies a model
ARITHMETIC = 1  # to be raised when the same inputs come to mean other bits here


def seeded(seed: int) -> Generator:
    """Return a generator of the CPU, so that a seed means the same noise on every device."""
    return torch.Generator().manual_seed(seed)


class Meanings:
    """Finds the points of one job. Each is (1, embedding_dim), on the device."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._sampling = studio.job.request.sampling
        self._seen: dict[Path, Tensor] = {}  # a passage looks at its pictures time and again

    def check(self, meaning: Meaning | None) -> None:
        """Raise Unreadable, before anything is loaded, for a file that is of no use."""
        match meaning:
            case Saved(path=path):
                self._of_saved(path)
            case Picture(path=path) | Nudged(path=path):
                pictures.size_of(path)
            case Fusion(ingredients=ingredients):
                for one in ingredients:
                    self.check(one.source)
            case Passage(start=start, end=end):
                self.check(start)
                self.check(end)
            case Sheet(corners=corners):
                for corner in corners:
                    self.check(corner)
            case Words() | None:
                pass

    def to_sample(self, meaning: Meaning | None, seed: int) -> dict[str, int]:
        """Return the steps of the prior that each point of a meaning will take, by the point's key.

        Those that are kept take none and are left out.
        """
        match meaning:
            case Nudged(strength=0):  # the picture's own
                return {}
            case Words() | Nudged():
                key = self._key(meaning, seed)
                if self._studio.cache.read(key) is not None:
                    return {}
                strength = meaning.strength if isinstance(meaning, Nudged) else 1.0
                return {key: prior.steps_taken(self._sampling.prior_steps, strength)}
            case Fusion(ingredients=ingredients):
                sources = [one.source for one in ingredients if one.weight]
            case Passage(start=start, end=end):
                sources = [start, end]
            case Sheet(corners=corners):
                sources = list(corners)
            case _:
                sources = []
        steps: dict[str, int] = {}
        for source in sources:
            steps |= self.to_sample(source, seed)
        return steps

    def of(self, meaning: Meaning | None, seed: int, index: int) -> Tensor:
        """Return the point of a meaning; None means nothing: what a black picture means."""
        match meaning:
            case None:
                return self._studio.zero_embedding().to(self._studio.device.torch)
            case Words():
                return self._of_words(meaning, seed, index)
            case Picture(path=path):
                return self.of_picture(path)
            case Nudged():
                return self._of_nudged(meaning, seed, index)
            case Saved(path=path):
                return self._of_saved(path)
            case Fusion():
                return self._of_fusion(meaning, seed, index)
            case Passage() | Sheet():
                return self._of_fusion(meaning.of(0, 1), seed, index)

    def of_picture(self, path: Path) -> Tensor:
        """Return what the image encoder sees in a picture."""
        if path not in self._seen:
            processor = load_image_processor(self._studio.facts.prior / "image_processor")
            with pictures.open_rgb(path) as image:
                middle = _middle(image)  # all that is looked at is a square there
                pixels = processor(middle, return_tensors="pt").pixel_values
            self._seen[path] = self._of_pixels(pixels)
        return self._seen[path]

    def words(self, text: str) -> Text:
        """Return a prompt as the prior's text encoder understands it."""
        folder = self._studio.facts.prior
        parts = (folder / "text_encoder", folder / "tokenizer")
        key = self._named("text", *map(fingerprints.of_folder, parts), text)

        def make() -> dict[str, Tensor]:
            encoder, tokenizer = self._studio.text_encoder()
            made = prior.encode(tokenizer, encoder, [text])
            return {"embeds": made.embeds, "hidden": made.hidden, "mask": made.mask}

        kept = self._keep(key, make)
        return Text(kept["embeds"], kept["hidden"], kept["mask"])

    def anchor(self, text: str) -> dict[str, Tensor]:
        """Return a text as the decoder of 2.1 understands it: embeds and hidden, one row each."""
        folder = self._studio.facts.decoder
        parts = (folder / "text_encoder", folder / "tokenizer")
        key = self._named("anchor", *map(fingerprints.of_folder, parts), text)

        def make() -> dict[str, Tensor]:
            encoder, tokenizer = self._studio.anchor_encoder()
            return anchor.encode(tokenizer, encoder, text)

        return self._keep(key, make)

    @torch.inference_mode()
    def _of_pixels(self, pixels: Tensor) -> Tensor:
        encoder_folder = self._studio.facts.prior / "image_encoder"
        seen = sha256(pixels.contiguous().numpy().tobytes()).hexdigest()
        key = self._named("image", fingerprints.of_folder(encoder_folder), seen)

        def make() -> dict[str, Tensor]:
            encoder = self._studio.image_encoder()
            device, dtype = self._studio.device.torch, self._studio.dtype
            return {EMBEDDING: encoder(pixels.to(device, dtype))["image_embeds"]}

        return self._keep(key, make)[EMBEDDING]

    def _of_words(self, meaning: Words, seed: int, index: int) -> Tensor:
        def make() -> dict[str, Tensor]:
            return {EMBEDDING: self._sampled(meaning.text, meaning.away, seed, index)}

        return self._keep(self._key(meaning, seed), make)[EMBEDDING]

    def _of_nudged(self, meaning: Nudged, seed: int, index: int) -> Tensor:
        if meaning.strength == 0:
            return self.of_picture(meaning.path)

        def make() -> dict[str, Tensor]:
            begin = self.of_picture(meaning.path)
            point = self._sampled(
                meaning.text, meaning.away, seed, index, begin=begin, strength=meaning.strength
            )
            return {EMBEDDING: point}

        return self._keep(self._key(meaning, seed), make)[EMBEDDING]

    def _sampled(
        self,
        text: str,
        away: str,
        seed: int,
        index: int,
        begin: Tensor | None = None,
        strength: float = 1.0,
    ) -> Tensor:
        wanted, unwanted = self.words(text), self.words(away)
        sampling = self._sampling
        steps = sampling.prior_steps
        taken = steps if begin is None else prior.steps_taken(steps, strength)
        network, scheduler = self._studio.prior()
        return prior.sample(
            network,
            scheduler,
            wanted,
            unwanted,
            steps=steps,
            guidance=sampling.prior_guidance,
            generators=[seeded(seed)],
            on_step=self._studio.watch("prior", taken, (index,)).prior_step,
            begin=begin,
            strength=strength,
        )

    def _of_saved(self, path: Path) -> Tensor:
        facts = self._studio.facts
        point = read_meaning(path)
        if point.shape != (1, facts.embedding_dim):
            raise Unreadable(
                _(
                    "The meaning in {path} has {there} numbers, but those of {model} have {wanted}:"
                    " it comes from another kind of model."
                ).format(
                    path=path,
                    there=" × ".join(str(size) for size in point.shape if size != 1) or 1,
                    model=facts.name,
                    wanted=facts.embedding_dim,
                )
            )
        if not point.isfinite().all() or not point.any():
            raise Unreadable(
                _("The meaning in {path} is empty or damaged: some of it is no number.").format(
                    path=path
                )
            )
        return point.to(self._studio.device.torch, self._studio.dtype)

    def _of_fusion(self, fusion: Fusion, seed: int, index: int) -> Tensor:
        points: dict[Source, Tensor] = {}
        for one in fusion.ingredients:
            if one.weight and one.source not in points:
                points[one.source] = self.of(one.source, seed, index)
        pairs = [
            (share, points[one.source].float())
            for share, one in zip(fusion.shares, fusion.ingredients, strict=True)
            if one.weight
        ]
        if fusion.blend == "slerp" and len(pairs) == 2:
            mixed = arc(pairs[0][1], pairs[1][1], pairs[1][0])
        else:
            mixed = torch.stack([share * point for share, point in pairs]).sum(dim=0)
        if fusion.restore:
            mixed = mixed * (self._typical_norm() / mixed.norm().clamp(min=1e-6))
        mixed = mixed.to(self._studio.dtype)
        if not mixed.isfinite().all():
            raise InvalidRequest(
                _("The weights are too large for a plain sum: take smaller ones, or shares.")
            )
        return mixed

    def _typical_norm(self) -> float:
        """Return sqrt(Σ (clip_mean² + clip_std²)) of the prior's buffers, read from its file."""
        for file in check_weights(self._studio.facts.prior / "prior").files:
            with safetensors.safe_open(file, "pt") as tensors:
                if "clip_mean" in tensors.keys():  # noqa: SIM118 - it is no dict
                    mean, std = (tensors.get_tensor(f"clip_{name}") for name in ("mean", "std"))
                    return float((mean.float() ** 2 + std.float() ** 2).sum().sqrt())
        return 1.0

    def _key(self, meaning: Words | Nudged, seed: int) -> str:
        folder, sampling = self._studio.facts.prior, self._sampling
        networks = (folder / name for name in ("prior", "text_encoder", "tokenizer", "scheduler"))
        parts = [fingerprints.of_folder(part) for part in networks]
        if isinstance(meaning, Nudged):
            eyes = (folder / name for name in ("image_encoder", "image_processor"))
            parts += [fingerprints.of_folder(part) for part in eyes]
            parts += [fingerprints.of_file(meaning.path), repr(meaning.strength)]
        numbers = (sampling.prior_steps, sampling.prior_guidance, seed)
        return self._named("idea", *parts, *map(repr, numbers), meaning.text, meaning.away)

    def _named(self, kind: str, *parts: str) -> str:
        """Return a cache key: all that the bits depend on, hashed."""
        studio = self._studio
        here = (str(studio.dtype), studio.device.name, torch.get_num_threads(), *libraries())
        every = json.dumps((ARITHMETIC, here, parts))
        return f"{kind}-{sha256(every.encode()).hexdigest()[:32]}"

    def _keep(self, key: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        return keep(self._studio.cache, key, make, self._studio.device)


def arc(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Return the point `share` of the way along the arc between two: slerp (Shoemake 1985)."""
    cosine = torch.nn.functional.cosine_similarity(one, other).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if float(angle) < 1e-4 or float(angle) > torch.pi - 1e-4:  # on one line: no arc, or too many
        return (1 - share) * one + share * other
    mixed: Tensor = (
        torch.sin((1 - share) * angle) * one + torch.sin(share * angle) * other
    ) / torch.sin(angle)
    return mixed


def _middle(image: Any) -> Any:
    """Return a picture cut around its middle, where it is so slender that it would be blown up."""
    width, height = image.size
    longest = SLENDEREST * min(width, height)
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, width - left, height - top)) if left or top else image


def pack_meaning(point: Tensor) -> bytes:
    """Return a point as the bytes that travel in a picture: safetensors in base64."""
    data = safetensors.torch.save({EMBEDDING: point.detach().float().cpu().contiguous()})
    return base64.b64encode(data)


def read_meaning(path: Path) -> Tensor:
    """Return the point kept in a picture of ours or in a .safetensors file. Raises Unreadable."""
    try:
        if path.suffix.lower() == ".safetensors":
            if path.stat().st_size > LARGEST_SAVED:
                raise ValueError(path)
            data = path.read_bytes()
        else:
            data = base64.b64decode(pictures.read_meaning(path), validate=True)
        point = safetensors.torch.load(data)[EMBEDDING]
        if not point.is_floating_point():
            raise ValueError(point.dtype)
    except FileNotFoundError as error:
        raise Unreadable(_("There is no file {path}.").format(path=path)) from error
    except (OSError, SafetensorError, KeyError, ValueError, binascii.Error) as error:
        raise Unreadable(
            _("{path} holds no meaning that can be read.").format(path=path)
        ) from error
    return point[None] if point.dim() == 1 else point
