"""The three decoders: from an embedding to latents, alone, into a hole, or along a height map."""

from collections.abc import Callable
from random import Random

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnAddedKVProcessor
from torch import Tensor, nn

from starter import cache, clip, machine, movq, said, sheets
from starter.cache import Cache
from starter.course import Budget, Course, averaged_weights, checkpoint_path
from starter.journal import assembled_folder, log
from starter.scenes import WHITE, Kind, Painter, Scene, compose, height
from starter.sources import build_bank
from starter.world import OWN_COLOUR, things, unseen

WIDTHS = (32, 64, 112, 160)
DEEPEST = {"depth": 96}
"""How many channels the deepest level has, where not as many as in WIDTHS.

What lies where is told to the depth decoder by its hint; the mixer needs the five megabytes more.
"""
GRID = movq.SIDE // movq.FACTOR
CHANNELS = {"decoder": 4, "mixer": 4, "inpaint": 9, "depth": 8}
HIDDEN = {"mixer": 512}
"""How many numbers the time embedding has; 128 where nothing is said.

All that a wish does beyond the linear passes through these. For taking a mix of two things apart
128 are too few: see unmixing.
"""
BATCH = 32
NO_WISH_SHARE = 0.1
MIX = {
    Kind.THING: 24,
    Kind.TINTED: 45,
    Kind.SHAPE: 1,
    Kind.PAIR: 8,
    Kind.PLACED: 6,
    Kind.FUSED: 16,
}
"""What the decoders see, of a hundred: first of all single things; mixes are a sixth."""
LEAN = 0.6
"""Moments are a uniform chance to this power: more of the early ones, which decide what is where.

The late ones, which only sharpen, were well learnt after 113 minutes of uniform moments.
"""
EARLY = 800
"""Moments above it decide on colours and places."""
HINT_GAIN = 8.0
HINT_SIDE = 8 * GRID
"""Side of a hint in pixels: diffusers' ImageHintTimeEmbedding makes one latent cell of eight."""


def fresh(stage: str) -> UNet2DConditionModel:
    """An untrained decoder with the blocks of Kandinsky 2.2."""
    unet = UNet2DConditionModel(
        sample_size=GRID,
        in_channels=CHANNELS[stage],
        out_channels=8,
        addition_embed_type="image_hint" if stage == "depth" else "image",
        down_block_types=(
            "ResnetDownsampleBlock2D",
            "ResnetDownsampleBlock2D",
            "SimpleCrossAttnDownBlock2D",
            "SimpleCrossAttnDownBlock2D",
        ),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=(
            "SimpleCrossAttnUpBlock2D",
            "SimpleCrossAttnUpBlock2D",
            "SimpleCrossAttnUpBlock2D",
            "ResnetUpsampleBlock2D",
        ),
        block_out_channels=(*WIDTHS[:-1], DEEPEST.get(stage, WIDTHS[-1])),
        layers_per_block=1,
        encoder_hid_dim=clip.WIDTH,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=64,
        attention_head_dim=16,
        resnet_time_scale_shift="scale_shift",
        norm_num_groups=16,
        time_embedding_dim=HIDDEN.get(stage),
    )
    with torch.no_grad():
        unet.conv_out.weight.mul_(0.1)
        _forget_variance(unet)
    if stage == "depth":
        _read_hints(unet.add_embedding.input_hint_block)
    return unet


@torch.no_grad()
def _read_hints(block: nn.Sequential) -> None:
    """Let the first channel of the hint's convolutions carry the height down to the latents.

    Learning that would cost more computing than all else: the convolutions work on 64 times as many
    pixels as there are latent cells. They stay as they are put here; the U-Net learns to heed them.
    Each SiLU bends the height a little; the other three channels are what chance makes of it.
    """
    block.requires_grad_(False)
    convolutions = [layer for layer in block if isinstance(layer, nn.Conv2d)]
    for number, layer in enumerate(convolutions):
        layer.weight[0], layer.bias[0] = 0, 0
        if number == 0:
            layer.weight[0, :, 1, 1] = HINT_GAIN / 3
        elif layer.stride[0] == 2:
            layer.weight[0, 0, 1:, 1:] = 0.25
        elif number < len(convolutions) - 1:
            layer.weight[0, 0, 1, 1] = 1
        else:
            layer.weight[0, 0, 1, 1], layer.bias[0] = 2 / HINT_GAIN, -1


def hints(cover: Tensor) -> Tensor:
    """What the depth decoder follows: heights in 0 to 1, shape (n, 3, HINT_SIDE, HINT_SIDE)."""
    large = F.interpolate(height(cover), size=(HINT_SIDE, HINT_SIDE), mode="bilinear")
    return large.expand(-1, 3, -1, -1)


def _forget_variance(unet: UNet2DConditionModel) -> None:
    """Keep the variance channels at zero: the scheduler's is fixed, the pipelines drop them."""
    unet.conv_out.weight[4:].zero_()
    unet.conv_out.bias[4:].zero_()


def trained(stage: str) -> UNet2DConditionModel:
    """A decoder with averaged weights."""
    unet = fresh(stage)
    unet.load_state_dict(averaged_weights(stage)["unet"])
    return unet.eval().to(memory_format=torch.channels_last)


def scheduler() -> DDPMScheduler:
    """The decoders' scheduler as it ships.

    Unlike Kandinsky's own it ends in almost pure noise, and the U-Net predicts v (Salimans and Ho
    2022). With epsilon and betas up to 0.012, a seventh of a deviation of the mean colour is still
    to be seen in what should be noise at 32 x 32: the U-Net read the colour there, not from the
    wish, and painted the colour of the noise that it was given.
    """
    return DDPMScheduler(
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.02,
        variance_type="fixed_small",
        clip_sample=False,
        prediction_type="v_prediction",
        steps_offset=1,
    )


def narrowed(weights: dict[str, Tensor], unet: UNet2DConditionModel) -> dict[str, Tensor]:
    """A decoder's weights without the channels that `unet`, narrow at its deepest level, lacks.

    Every group of a normalisation loses as many channels as every other, and attention its last
    heads. A sum of squares is not what it was, so it paints badly until it is trained.
    """
    wide, narrow = WIDTHS[-1], int(unet.config.block_out_channels[-1])
    groups = unet.config.norm_num_groups
    kept = torch.arange(wide).view(groups, -1)[:, : narrow // groups].flatten()
    skipped = wide + torch.arange(WIDTHS[-2])
    # a level's channels; twice as many: with its skip, or scale and shift; with the next one's skip
    left = {
        wide: kept,
        2 * wide: torch.cat([kept, wide + kept]),
        wide + WIDTHS[-2]: torch.cat([kept, skipped]),
    }
    made = dict(weights)
    for name, wanted in unet.state_dict().items():
        if name not in made:
            continue
        of_heads = {
            0: any(part in name for part in ("to_q", "to_k", "to_v", "add_")),
            1: "to_out" in name,
        }
        for dimension, size in enumerate(made[name].shape[:2]):
            if size != wanted.shape[dimension]:
                rows = torch.arange(narrow) if of_heads[dimension] else left[size]
                made[name] = made[name].index_select(dimension, rows)
    return made


def _from_decoder(stage: str) -> UNet2DConditionModel:
    """A decoder of other channels that begins as the plain one: what is new weighs nothing."""
    unet = fresh(stage)
    weights = averaged_weights("decoder")["unet"]
    known = weights.pop("conv_in.weight")
    if stage in DEEPEST:
        weights = narrowed(weights, unet)
    missing, unexpected = unet.load_state_dict(weights, strict=False)
    if unexpected or any(
        not m.startswith(("conv_in", "add_embedding.input_hint")) for m in missing
    ):
        message = f"the plain decoder does not fit: {missing} {unexpected}"
        raise ValueError(message)
    with torch.no_grad():
        unet.conv_in.weight.zero_()
        unet.conv_in.weight[:, :4] = known
        unet.conv_in.bias.copy_(weights["conv_in.bias"])
    return unet


def _places_of(alone: Tensor) -> list[float]:
    """Where each subject lies along the line on which things differ most, their first component.

    A linear measure of an embedding: by it a mix of two has a first and a second.
    """
    means = alone.mean(1)
    centred = means - means.mean(0, keepdim=True)
    line = torch.linalg.svd(centred, full_matrices=False).Vh[0]
    line = line * line[line.abs().argmax()].sign()
    placed: list[float] = (centred @ line).tolist()
    return placed


def unmixing(held: Cache, units: int, steps: int) -> tuple[nn.Linear, nn.LayerNorm, float]:
    """A hidden layer that helps to tell the two things of a mix, and how much it tells at the end.

    Learnt apart from the pictures, where a step costs a thousandth: after it a linear layer is to
    name the embeddings of the left thing and of the right one. The layers map an embedding to
    (n, units), SiLU comes after; the number is the explained share of the last batch's variance.
    """
    names = [thing.name for thing in things()]
    alone = (held.alone - held.mean) / held.deviation
    places = torch.tensor(_places_of(held.alone))
    kept_out = torch.tensor([[a == b or unseen("pair", a, b) for b in names] for a in names])
    hidden, norm = nn.Linear(clip.WIDTH, units), nn.LayerNorm(units)
    name = nn.Linear(units, 2 * clip.WIDTH)
    taught = [*hidden.parameters(), *norm.parameters(), *name.parameters()]
    optimiser = torch.optim.AdamW(taught, lr=3e-3)
    told = 0.0
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 3e-3 * (1 - step / steps) + 1e-5
        pair = torch.randint(len(names), (256, 2))
        pair = pair[~kept_out[pair[:, 0], pair[:, 1]]]
        turned = places[pair[:, 0]] > places[pair[:, 1]]
        pair = torch.where(turned[:, None], pair.flip(1), pair)
        variant = torch.randint(held.alone.shape[1], (len(pair),))
        wanted = torch.stack([alone[pair[:, side], variant] for side in (0, 1)], 1)
        share = 0.15 + 0.7 * torch.rand(len(pair), 1)
        mix = share * wanted[:, 0] + (1 - share) * wanted[:, 1]
        mix = mix + 0.2 * torch.rand(len(pair), 1) * torch.randn_like(mix)
        off = F.mse_loss(name(F.silu(norm(hidden(mix)))).view_as(wanted), wanted)
        optimiser.zero_grad()
        off.backward()
        optimiser.step()
        told = 1 - float(off.detach() / wanted.var(0).mean())
    with torch.no_grad():  # the normalising becomes part of the layer
        hidden.weight.div_(held.deviation)
        hidden.bias.sub_(hidden.weight @ held.mean[0])
    return hidden, norm, told


def grown(held: Cache, steps: int = 4000) -> UNet2DConditionModel:
    """The plain decoder with more hidden units, which tell the things of a mix and weigh nothing.

    What it paints changes little: the wish's hidden units are normalised together, and the new
    ones have the mean of the old ones for each wish, and their deviation only on the whole.
    """
    unet = fresh("mixer")
    known = averaged_weights("decoder")["unet"]
    old = known["add_embedding.image_proj.weight"]
    count = len(old)
    hidden, norm, told = unmixing(held, HIDDEN["mixer"] - count, steps)
    log.info("mixer: its new units tell %.2f of what is in a mix", told)
    new = unet.state_dict()
    with torch.no_grad():
        for name, weight in new.items():
            if weight.shape == known[name].shape:
                weight.copy_(known[name])
                continue
            if "linear_1" not in name:
                weight.zero_()
            weight[tuple(slice(size) for size in known[name].shape)] = known[name]
        wishes = held.embeddings[torch.randperm(held.ordinary)[:2000]]
        of_old = F.linear(wishes, old, known["add_embedding.image_proj.bias"])
        spread = hidden(wishes).std(1).mean() / of_old.std(1).mean()
        for part, mine in (("weight", hidden.weight), ("bias", hidden.bias)):
            row = mine - mine.mean(0, keepdim=True)
            middle = known[f"add_embedding.image_proj.{part}"].mean(0, keepdim=True)
            new[f"add_embedding.image_proj.{part}"][count:] = row / spread + middle
        new["add_embedding.image_norm.weight"][count:] = norm.weight
        new["add_embedding.image_norm.bias"][count:] = norm.bias
    return unet


def _box(scene: Scene, index: int, spare: float) -> tuple[int, int, int, int]:
    """An object's square on the latents' grid: top, bottom, left, right."""
    one = scene.objects[index]
    half = one.size / 2 + spare
    ends = (one.y - half, one.y + half, one.x - half, one.x + half)
    top, bottom, left, right = (min(GRID, max(0, round(end * GRID))) for end in ends)
    return top, bottom, left, right


def _hole(rng: Random, scene: Scene) -> tuple[Tensor, int | None]:
    """What to keep (1) and to repaint (0), and which object the hole holds alone, if one."""
    keep = torch.ones(1, GRID, GRID)
    chance = rng.random()
    if chance < 0.1:
        return torch.zeros(1, GRID, GRID), 0 if len(scene.objects) == 1 else None
    if scene.kind is not Kind.FUSED and chance < (0.75 if scene.kind is Kind.PAIR else 0.45):
        index = rng.randrange(len(scene.objects))
        top, bottom, left, right = _box(scene, index, rng.uniform(0, 0.1))
        keep[:, top:bottom, left:right] = 0
        return keep, index
    if chance < 0.85:
        deep, side = rng.randint(10, 22), rng.randrange(4)
        area = (slice(0, deep), slice(GRID - deep, GRID))[side % 2]
        if side < 2:
            keep[:, area] = 0
        else:
            keep[:, :, area] = 0
        return keep, None
    for _ in range(rng.randint(1, 2)):
        tall, wide = rng.randint(8, 24), rng.randint(8, 24)
        y, x = rng.randint(0, GRID - tall), rng.randint(0, GRID - wide)
        keep[:, y : y + tall, x : x + wide] = 0
    return keep, None


def _is_exact(scene: Scene) -> bool:
    """Whether a scene is asked for as it is: a mix, or a thing that the prior is asked for too."""
    single = scene.kind in (Kind.THING, Kind.TINTED)
    return scene.kind is Kind.FUSED or (single and scene.background == WHITE and not scene.style)


def _wishes(rows: Tensor, held: Cache) -> Tensor:
    """The embeddings of scenes, many of them blurred as the prior's are, but for mixes and things.

    An eighth of the way from a cat to a dog is no longer than such a blur: a decoder that was
    taught by blurred mixes left a cat a cat up to a quarter, and changed it all at once at a half.
    And one that takes whatever is near a cat for a cat does too, so plain things are not blurred
    either where half of them are asked for in the prior's own embeddings, with its own errors.
    """
    count = len(rows)
    wishes = held.embeddings[rows]
    blur = 0.35 * torch.rand(count, 1) * (torch.rand(count, 1) < 0.6)
    blur[torch.tensor([_is_exact(held.scenes[row]) for row in rows.tolist()])] = 0
    return wishes + held.deviation * torch.randn_like(wishes) * blur


Extra = Callable[[Course, Tensor, Tensor], tuple[Tensor | None, Tensor | None, Tensor]]


def _train(stage: str, budget: Budget, rate: float, extra: Extra, held: Cache) -> None:
    torch.manual_seed(4)
    started = checkpoint_path(stage).exists()
    if stage == "decoder" or started:
        unet = fresh(stage)
    else:
        unet = grown(held) if stage == "mixer" else _from_decoder(stage)
    unet.set_attn_processor(AttnAddedKVProcessor())  # a third faster than the fused attention
    batch = BATCH * machine.WIDER
    course = Course(stage, {"unet": unet}, budget, rate, batch, decay=0.999)
    course.resume()
    alphas = scheduler().alphas_cumprod

    def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
        with torch.no_grad():
            _forget_variance(unet)
        rows = held.batch(batch, MIX)
        clean = held.latents[rows].float()
        more, hint, wishes = extra(course, rows, clean)
        unwished = torch.rand(batch, 1) < NO_WISH_SHARE
        wishes = torch.where(unwished, held.empty, wishes)
        moments = (1000 * torch.rand(batch) ** LEAN).long().clamp(max=999)
        share = alphas[moments][:, None, None, None]
        noise = torch.randn_like(clean)
        noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
        if more is not None:
            noisy = torch.cat([noisy, more], 1)
        conditions = {"image_embeds": wishes} | ({} if hint is None else {"hint": hint})
        with machine.autocast():  # with channels last bf16 is no faster
            made = unet(noisy, moments, None, added_cond_kwargs=conditions, return_dict=False)[0]
        wanted = share.sqrt() * noise - (1 - share).sqrt() * clean
        off = (made[:, :4].float() - wanted).pow(2).mean((1, 2, 3))
        told, wished = off.detach(), ~unwished[:, 0]
        figures = {"mse": float(told[wished].mean())}
        if (early := wished & (moments > EARLY)).any():
            figures["early"] = float(told[early].mean())
        return off.mean(), figures

    coder = movq.trained("polish" if checkpoint_path("polish").exists() else "movq")
    course.run(loss_of, lambda: _sheet(stage, unet, held, coder))


@torch.no_grad()
def sample(
    unet: UNet2DConditionModel,
    wishes: Tensor,
    empty: Tensor,
    *,
    more: Tensor | None = None,
    hint: Tensor | None = None,
    guidance: float = 3.0,
    steps: int = 14,
    seed: int = 0,
) -> Tensor:
    """Quick latents for a sample sheet, by DPM-Solver; the report uses the real pipelines."""
    solver = DPMSolverMultistepScheduler.from_config(scheduler().config, variance_type=None)
    solver.set_timesteps(steps)
    count = len(wishes)
    chance = torch.Generator().manual_seed(seed)
    latents = machine.there(torch.randn(count, 4, GRID, GRID, generator=chance, device="cpu"))
    both = torch.cat([empty.expand(count, -1), wishes])
    conditions = {"image_embeds": both} | ({} if hint is None else {"hint": torch.cat([hint] * 2)})
    for moment in solver.timesteps:
        shown = torch.cat([latents] * 2)
        if more is not None:
            shown = torch.cat([shown, torch.cat([more] * 2)], 1)
        made = unet(shown, moment, None, added_cond_kwargs=conditions, return_dict=False)[0][:, :4]
        no_wish, wish = made.chunk(2)
        guided = no_wish + guidance * (wish - no_wish)
        latents = solver.step(guided, moment, latents, return_dict=False)[0]
    return latents


def _sheet(stage: str, unet: UNet2DConditionModel, held: Cache, coder: nn.Module) -> None:
    """Unseen scenes above, what the decoder makes of their embeddings below."""
    rng = Random("decoder sheet")
    scenes = [compose(rng, held_out=True) for _ in range(24)]
    painter = Painter(build_bank())
    pictures, cover = painter.paint_with_cover(scenes, movq.SIDE)
    _, _, vision = clip.trained()
    wishes = vision(clip.seen(pictures)).image_embeds
    latents = movq.encode(coder, pictures)
    more = hint = None
    if stage == "inpaint":
        keep = torch.stack([_hole(rng, scene)[0] for scene in scenes])
        more = torch.cat([latents * keep, keep], 1)
    if stage == "depth":
        hint = hints(cover)
    made = sample(unet, wishes, held.empty, more=more, hint=hint)
    if stage == "inpaint":
        made = latents * keep + made * (1 - keep)
    out = movq.decode(coder, made)
    rows = []
    for start in (0, 12):
        rows += [list(pictures[start : start + 12]), list(out[start : start + 12])]
    sheets.write(f"{stage}.png", rows)


def _train_plain(stage: str, budget: Budget, rate: float) -> None:
    held = cache.load()

    def nothing_more(
        _course: Course, rows: Tensor, _clean: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor]:
        return None, None, _wishes(rows, held)

    _train(stage, budget, rate, nothing_more, held)


def train_decoder(budget: Budget) -> None:
    """Train the plain decoder, from which the others begin."""
    _train_plain("decoder", budget, 2e-3)


def train_mixer(budget: Budget) -> None:
    """Train the plain decoder on, grown to take mixes apart."""
    held = cache.load()
    spoken = said.load(assembled_folder(), held)

    def as_words_ask(
        _course: Course, rows: Tensor, _clean: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor]:
        return None, None, spoken.wishes(rows, _wishes(rows, held), held)

    _train("mixer", budget, 1.5e-3, as_words_ask, held)


def train_inpaint(budget: Budget) -> None:
    """Train the decoder that fills holes; one with an object in it often asks for that alone."""
    held = cache.load()
    spoken = said.load(assembled_folder(), held)

    def holes(
        course: Course, rows: Tensor, clean: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor]:
        wishes = spoken.wishes(rows, _wishes(rows, held), held)
        keeps = []
        for place, row in enumerate(rows.tolist()):
            scene = held.scenes[row]
            keep, index = _hole(course.rng, scene)
            keeps.append(keep)
            if index is not None and course.rng.random() < 0.5:
                subject = scene.objects[index].subject
                if scene.objects[index].colour != OWN_COLOUR:
                    continue
                if not scene.style and course.rng.random() < 0.5:
                    wishes[place] = spoken.name(subject)
                else:
                    wish = cache.alone(held, subject, scene.style, course.rng.randrange(2))
                    wishes[place] = wish + held.deviation[0] * torch.randn_like(wish) * 0.15
        keep = torch.stack(keeps)
        return torch.cat([clean * keep, keep], 1), None, wishes

    _train("inpaint", budget, 1.5e-3, holes, held)


def train_depth(budget: Budget) -> None:
    """Train the decoder that follows a height map."""
    held = cache.load()
    painter = Painter(build_bank())

    def heights(
        _course: Course, rows: Tensor, _clean: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor]:
        _, cover = painter.paint_with_cover([held.scenes[row] for row in rows.tolist()], movq.SIDE)
        return None, hints(cover), _wishes(rows, held)

    _train("depth", budget, 1.5e-3, heights, held)
