"""The prior: from what words mean to what a picture should mean, by diffusers' PriorTransformer."""

import torch
import torch.nn.functional as F
from diffusers import PriorTransformer, UnCLIPScheduler
from torch import Tensor, nn

from starter import cache, clip, machine, words
from starter.captions import caption
from starter.course import Budget, Course, averaged_weights, checkpoint_path
from starter.journal import log
from starter.scenes import MIX, Kind

BATCH = 64
NO_WISH_SHARE = 0.1


def fresh() -> PriorTransformer:
    """An untrained prior."""
    prior = PriorTransformer(
        num_attention_heads=6,
        attention_head_dim=32,
        num_layers=4,
        embedding_dim=clip.WIDTH,
        num_embeddings=words.LENGTH,
        additional_embeddings=4,
    )
    nn.init.normal_(prior.positional_embedding, std=0.01)
    nn.init.normal_(prior.prd_embedding, std=0.02)
    prior.clip_mean.requires_grad_(False)
    prior.clip_std.requires_grad_(False)
    return prior


def scheduler() -> UnCLIPScheduler:
    """The prior's scheduler as it ships."""
    return UnCLIPScheduler(
        num_train_timesteps=1000,
        variance_type="fixed_small_log",
        clip_sample=True,
        clip_sample_range=5.0,
        prediction_type="sample",
        beta_schedule="squaredcos_cap_v2",
    )


def trained() -> PriorTransformer:
    """The prior with averaged weights."""
    prior = fresh()
    prior.load_state_dict(averaged_weights("prior")["prior"])
    return prior.eval()


def train(budget: Budget) -> None:
    """Train the prior on the cached scenes, each time in other words."""
    held = cache.load()
    tokenizer, text, _ = clip.trained()
    torch.manual_seed(3)
    prior = fresh()
    batch = BATCH * machine.WIDER
    course = Course(
        "prior", {"prior": prior}, budget, 1.2e-3, batch, weight_decay=0.02, steady_share=0.35
    )
    course.resume()
    statistics = {
        "clip_mean": held.mean,
        "clip_std": held.deviation.clamp(min=1e-3),
    }
    for name, tensor in statistics.items():  # also of a course that goes on: the CLIP may have too
        prior.state_dict()[name].copy_(tensor)
        course.average["prior"][name].copy_(tensor)
    wanted = (held.embeddings - prior.clip_mean) / prior.clip_std
    alphas = scheduler().alphas_cumprod

    def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
        rows = held.batch(batch, MIX | {Kind.TINTED: 60, Kind.PAIR: 40})
        texts = [
            "" if course.rng.random() < NO_WISH_SHARE else caption(course.rng, held.scenes[row])
            for row in rows.tolist()
        ]
        numbers, mask = words.numbers(tokenizer, texts)
        moments = torch.randint(0, 1000, (batch,))
        share = alphas[moments][:, None]
        clean = wanted[rows]
        noisy = share.sqrt() * clean + (1 - share).sqrt() * torch.randn_like(clean)
        with machine.autocast():
            with torch.no_grad():
                spoken = text(numbers)
            said, heard = spoken.text_embeds, spoken.last_hidden_state
            made = prior(noisy, moments, said, heard, mask).predicted_image_embedding
        loss = F.mse_loss(made.float(), clean)
        return loss, {"mse": float(loss.detach())}

    course.run(loss_of)
    if checkpoint_path("prior").exists():
        log.info("prior: %d steps", course.step)
