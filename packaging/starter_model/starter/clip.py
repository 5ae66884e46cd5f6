"""The tiny CLIP: a text and a vision tower that agree, trained with two throw-away heads."""

from dataclasses import fields
from math import log as ln
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from starter import machine, words
from starter.captions import caption
from starter.course import Budget, Course, averaged_weights
from starter.journal import log
from starter.scenes import Labels, Painter, Scene, compose, labels
from starter.sources import build_bank
from starter.world import COLOUR_NAMES, PLACES, STYLES, subjects

WIDTH = 192
SIDE = 72
PATCH = 12
PAINTED = 128
THUMBNAIL = 16
BATCH = 96
WEIGHTS = {
    "first": 1.0,
    "second": 0.6,
    "colour": 0.4,
    "background": 0.3,
    "place": 0.3,
    "style": 0.2,
}


def text_tower(tokenizer: CLIPTokenizer) -> CLIPTextModelWithProjection:
    """An untrained text tower; its width is the prior's, as the pipelines ask."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=3,
        num_attention_heads=6,
        max_position_embeddings=words.LENGTH,
        hidden_act="quick_gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModelWithProjection(config)


def vision_tower() -> CLIPVisionModelWithProjection:
    """An untrained vision tower."""
    config = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=6,
        image_size=SIDE,
        patch_size=PATCH,
        hidden_act="quick_gelu",
    )
    return CLIPVisionModelWithProjection(config)


class Heads(nn.Module):
    """What training asks of an embedding besides agreement: the scene's labels and a thumbnail."""

    def __init__(self) -> None:
        super().__init__()
        classes = {
            "first": len(subjects()),
            "second": len(subjects()) + 1,
            "colour": len(COLOUR_NAMES) + 1,
            "background": len(COLOUR_NAMES),
            "place": len(PLACES),
            "style": len(STYLES),
        }
        self.answers = nn.ModuleDict({name: nn.Linear(WIDTH, n) for name, n in classes.items()})
        self.thumbnail = nn.Sequential(
            nn.Linear(WIDTH, 640), nn.GELU(), nn.Linear(640, THUMBNAIL * THUMBNAIL * 3)
        )
        self.sharpness = nn.Parameter(torch.tensor(ln(1 / 0.07)))

    def answer_loss(self, embeddings: Tensor, truth: Labels) -> Tensor:
        """How wrong the labels read from the embeddings are."""
        losses = [
            WEIGHTS[field.name]
            * F.cross_entropy(self.answers[field.name](embeddings), getattr(truth, field.name))
            for field in fields(truth)
        ]
        return torch.stack(losses).sum()

    def thumbnails(self, embeddings: Tensor) -> Tensor:
        """Small pictures read from image embeddings."""
        made: Tensor = self.thumbnail(embeddings)
        return made.view(-1, 3, THUMBNAIL, THUMBNAIL)


def seen(pictures: Tensor) -> Tensor:
    """Pictures as the image processor hands them to the vision tower, still in -1 to 1."""
    return F.interpolate(pictures, size=(SIDE, SIDE), mode="bicubic", antialias=True)


def said(tower: CLIPTextModelWithProjection, numbers: Tensor) -> Tensor:
    """Text embeddings, without computing the padding that nobody looks at."""
    end = tower.config.eos_token_id
    longest = int((numbers != end).sum(1).max()) + 1
    embeddings: Tensor = tower(numbers[:, :longest]).text_embeds
    return embeddings


def trained() -> tuple[CLIPTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection]:
    """Tokenizer, text tower and vision tower, with averaged weights."""
    tokenizer = words.trained()
    text, vision = text_tower(tokenizer), vision_tower()
    held = averaged_weights("clip")
    text.load_state_dict(held["text"])
    vision.load_state_dict(held["vision"])
    return tokenizer, text.eval(), vision.eval()


def _worn(pictures: Tensor) -> Tensor:
    """Change light and contrast, blur some, add noise: what decoded and foreign pictures have."""
    count = len(pictures)
    if torch.rand(1) < 0.3:
        pictures = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
    gain, lift = 1 + 0.08 * torch.randn(count, 1, 1, 1), 0.04 * torch.randn(count, 1, 1, 1)
    return (pictures * gain + lift + 0.03 * torch.randn_like(pictures)).clamp(-1, 1)


def _alike(truth: Labels) -> Tensor:
    """Which scenes of the batch say the same; they are no counterexamples to each other."""
    keys = torch.stack([getattr(truth, field.name) for field in fields(truth)], 1)
    same = (keys[:, None] == keys[None]).all(2)
    return same & ~torch.eye(len(keys), dtype=torch.bool)


def agreement_loss(images: Tensor, texts: Tensor, sharpness: Tensor, alike: Tensor) -> Tensor:
    """InfoNCE both ways."""
    scale = sharpness.clamp(max=4.6).exp()
    scores = F.normalize(images, dim=-1) @ F.normalize(texts, dim=-1).T * scale
    scores = scores.masked_fill(alike, -1e4)
    target = torch.arange(len(scores))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def _examination(painter: Painter, tokenizer: CLIPTokenizer) -> tuple[Tensor, Tensor, Labels]:
    rng = Random("clip examination")
    scenes = [compose(rng, held_out=True) for _ in range(600)]
    texts = [caption(rng, scene) for scene in scenes]
    pictures = torch.cat(
        [seen(painter.paint(scenes[k : k + 60], PAINTED)) for k in range(0, 600, 60)]
    )
    return pictures, words.numbers(tokenizer, texts)[0], labels(scenes)


def _read(heads: Heads, name: str, embeddings: Tensor, truth: Labels) -> float:
    wanted = getattr(truth, name)
    right = heads.answers[name](embeddings).argmax(1) == wanted
    return float(right[wanted >= 0].float().mean())


def train(budget: Budget) -> None:
    """Train both towers and the heads."""
    painter = Painter(build_bank())
    tokenizer = words.trained()
    torch.manual_seed(2)
    text, vision, heads = text_tower(tokenizer), vision_tower(), Heads()
    modules = {"text": text, "vision": vision, "heads": heads}
    batch = BATCH * machine.WIDER
    course = Course("clip", modules, budget, 1.2e-3, batch, weight_decay=0.05, steady_share=0.35)
    course.resume()
    pictures, numbers, truth = _examination(painter, tokenizer)

    def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
        scenes = [compose(course.rng) for _ in range(batch)]
        texts = [caption(course.rng, scene) for scene in scenes]
        answers = labels(scenes)
        shown = seen(painter.paint(scenes, PAINTED))
        asked, _ = words.numbers(tokenizer, texts)
        with machine.autocast():
            images = vision(_worn(shown)).image_embeds
            meanings = said(text, asked)
            thumbnails = heads.thumbnails(images)
        images, meanings = images.float(), meanings.float()
        agreement = agreement_loss(images, meanings, heads.sharpness, _alike(answers))
        of_images, of_texts = (
            heads.answer_loss(images, answers),
            heads.answer_loss(meanings, answers),
        )
        wanted = F.interpolate(shown, size=(THUMBNAIL, THUMBNAIL), mode="area")
        off = (thumbnails.float() - wanted).pow(2).mean()
        lengths = (images.pow(2).mean() - 1).pow(2) + (meanings.pow(2).mean() - 1).pow(2)
        loss = agreement + 0.7 * of_images + 0.5 * of_texts + 3 * off + 0.05 * lengths
        figures = {
            "agreement": float(agreement.detach()),
            "images": float(of_images.detach()),
            "texts": float(of_texts.detach()),
            "thumbnail": float(off.detach()),
        }
        return loss, figures

    def examine() -> None:
        images = torch.cat([vision(some).image_embeds for some in pictures.split(100)])
        meanings = said(text, numbers)
        scores = F.normalize(images, dim=-1) @ F.normalize(meanings, dim=-1).T
        ranks = (scores > scores.diag()[:, None]).sum(1)
        back = (scores > scores.diag()[None]).sum(0)
        log.info(
            "clip measured on 600 held-out: image to text @1 %.3f @5 %.3f, text to image @1 %.3f; "
            "read from images: %s; from texts: %s",
            float((ranks < 1).float().mean()),
            float((ranks < 5).float().mean()),
            float((back < 1).float().mean()),
            " ".join(f"{name} {_read(heads, name, images, truth):.3f}" for name in WEIGHTS),
            " ".join(f"{name} {_read(heads, name, meanings, truth):.3f}" for name in WEIGHTS),
        )

    course.run(loss_of, examine)


def meanings_of(
    scenes: list[Scene], painter: Painter, vision: CLIPVisionModelWithProjection
) -> Tensor:
    """The image embeddings of scenes."""
    embeddings: Tensor = vision(seen(painter.paint(scenes, PAINTED))).image_embeds
    return embeddings
