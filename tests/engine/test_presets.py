"""The original's samplers and the finer settings, against the diffusers schedulers behind them."""

import json
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import torch
from torch import Generator, Tensor

from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import LABELS, WITH_ETA, WITH_THRESHOLDING
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.decoder import DecoderPrompt, UNetConditioning
from kandinsky_desktop.engine.schedulers import (
    PRESETS,
    knows_thresholding,
    make_scheduler,
    takes_eta,
    takes_generator,
)
from tests.engine import tiny

pytestmark = [
    pytest.mark.parity,
    # several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
    pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning"),
]

LINEAR = {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012}
# Each was run against the original's code. See the table of samplers in engine/schedulers.py
ORIGINALS = {
    "p_sampler": diffusers.DDPMScheduler(
        **LINEAR,
        variance_type="learned_range",
        thresholding=True,
        dynamic_thresholding_ratio=0.995,
        sample_max_value=2.0,
        clip_sample=False,
        timestep_spacing="linspace",
    ),
    "ddim_sampler": diffusers.DDIMScheduler(
        **LINEAR, set_alpha_to_one=False, steps_offset=1, clip_sample=False
    ),
    "plms_sampler": diffusers.PNDMScheduler(
        **LINEAR, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1
    ),
}
# the checkpoints' own: what they say of clipping, spacing and variance must not come through
CHECKPOINTS = {
    "2.2 decoder": tiny.ddpm(clip=True),
    "2.2 inpaint": tiny.ddpm(),
    "2.1": tiny.ddim(),
    "2.1 ddpm": tiny.learned_ddpm(),
}
# read only where the spacing is leading, something is clipped, or held back
UNREAD = {
    "p_sampler": {"steps_offset", "clip_sample_range"},
    "ddim_sampler": {"clip_sample_range", "sample_max_value"},
    "plms_sampler": set(),
}


def written(scheduler: Any) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(scheduler.to_json_string())
    return config


def made(name: str, checkpoint: str, **how: Any) -> Any:
    return make_scheduler(Sampling(scheduler=name, **how), written(CHECKPOINTS[checkpoint]))


def walked(scheduler: Any, steps: int, **how: Any) -> Tensor:
    """Return where a scheduler ends that is told the same foolish predictions."""
    chance = Generator().manual_seed(0)
    scheduler.set_timesteps(steps)
    latents = torch.randn(2, 4, 8, 8, generator=chance) * 3
    learned = scheduler.config.get("variance_type") == "learned_range"
    if "generator" in how:
        how["generator"] = Generator().manual_seed(1)
    for timestep in scheduler.timesteps:
        predicted = torch.randn(2, 8 if learned else 4, 8, 8, generator=chance).tanh()
        latents = scheduler.step(predicted, timestep, latents, **how)[0]
    return latents


def test_every_preset_is_here() -> None:
    assert set(ORIGINALS) == set(PRESETS)


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
@pytest.mark.parametrize("name", ORIGINALS)
def test_a_preset_is_the_originals_sampler(name: str, checkpoint: str) -> None:
    ours, original = made(name, checkpoint), ORIGINALS[name]
    assert type(ours) is type(original)
    differing = {
        key for key, value in original.config.items() if key[0] != "_" and ours.config[key] != value
    }
    assert differing <= UNREAD[name]
    how: dict[str, Any] = {} if name == "plms_sampler" else {"generator": None}
    for steps in (10, 30, 50):
        assert torch.equal(walked(ours, steps, **how), walked(original, steps, **how))
        assert torch.equal(ours.timesteps, original.timesteps)


@pytest.mark.parametrize("name", ["ddim_sampler", "plms_sampler"])
def test_the_timesteps_are_the_originals_exactly_where_they_divide_1000(name: str) -> None:
    ours = made(name, "2.1")
    for steps in range(1, 1000):
        ours.set_timesteps(steps)
        # make_ddim_timesteps of the original's kandinsky2/model/samplers.py
        original = [time + 1 for time in range(0, 1000, 1000 // steps)]
        equal = sorted(set(ours.timesteps.tolist())) == original
        assert equal == (1000 % steps == 0), steps


def test_those_of_p_sampler_are_the_originals_but_for_halves_of_odd_counts() -> None:
    ours = made("p_sampler", "2.1")
    for steps in range(2, 1001):
        ours.set_timesteps(steps)
        original, at = (
            list[int](),
            0.0,
        )  # space_timesteps of the original's kandinsky2/model/respace.py
        for _ in range(steps):
            original.insert(0, round(at))
            at += 999 / (steps - 1)
        apart = (ours.timesteps - torch.tensor(original)).abs().max()
        assert apart <= steps % 2, steps


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
@pytest.mark.parametrize("name", LABELS)
def test_every_scheduler_is_made_from_every_checkpoint(name: str, checkpoint: str) -> None:
    scheduler = made(name, checkpoint, thresholding=True)
    assert torch.equal(scheduler.betas, tiny.ddpm().betas)
    scheduler.set_timesteps(10)
    assert len(scheduler.timesteps) >= 10


# Dynamic thresholding (Imagen, section 2.3)


KNOWING = list(WITH_THRESHOLDING)


def test_those_that_do_not_know_thresholding_are_as_without() -> None:
    others = [name for name in LABELS if name not in PRESETS]
    assert [name for name in others if knows_thresholding(getattr(diffusers, name))] == KNOWING
    for name in others:
        without, with_ = (made(name, "2.2 decoder", thresholding=on) for on in (False, True))
        assert (without.config == with_.config) == (name not in KNOWING), name


@pytest.mark.parametrize("name", KNOWING)
def test_thresholding_holds_each_picture_back_by_itself(name: str) -> None:
    held = made(name, "2.2 decoder", thresholding=True)
    assert held.config["dynamic_thresholding_ratio"] == 0.995
    assert held.config["sample_max_value"] == 2.0
    free = made(name, "2.2 inpaint")
    how: dict[str, Any] = {"generator": None} if takes_generator(held) else {}
    assert float(walked(held, 10, **how).abs().max()) < 2.5
    assert float(walked(free, 10, **how).abs().max()) > 2.5


def test_the_threshold_is_the_papers() -> None:
    scheduler = made("DDIMScheduler", "2.2 decoder", thresholding=True)
    sample = torch.randn(2, 4, 8, 8, generator=Generator().manual_seed(2)) * 3
    held = scheduler._threshold_sample(sample)
    for row, result in zip(sample, held, strict=True):
        edge = float(row.abs().flatten().quantile(0.995))
        edge = min(max(edge, 1.0), 2.0)
        torch.testing.assert_close(result, row.clamp(-edge, edge) / edge)


# Eta: how much fresh noise DDIM adds


class Still:
    """A U-Net that says nothing, and counts the rows it was shown."""

    config = SimpleNamespace(out_channels=8)
    device = torch.device("cpu")
    dtype = torch.float32

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.meant: list[list[float]] = []
        self.read: list[list[float]] = []

    def __call__(self, sample: Tensor, added_cond_kwargs: dict[str, Tensor], **others: Any) -> Any:
        self.shown.append(len(sample))
        self.meant.append(added_cond_kwargs["image_embeds"][:, 0].tolist())
        if "text_embeds" in added_cond_kwargs:
            self.read.append(added_cond_kwargs["text_embeds"][:, 0].tolist())
        meant = added_cond_kwargs["image_embeds"][:, :1, None, None]
        return (sample.repeat(1, 2, 1, 1) * 0.1 + meant,)


def run(scheduler: Any, steps: int, **how: Any) -> tuple[Tensor, Still]:
    unet, rows, cpu = Still(), 2, torch.device("cpu")
    window = how.pop("window", (0.0, 1.0))
    conditioning = UNetConditioning(
        image_embeds=torch.ones(rows, 3),
        negative_image_embeds=-torch.ones(rows, 3),
        **how.pop("conditioning", {}),
    )
    noise = [Generator().manual_seed(row) for row in range(rows)]
    steps_taken = decoder.course(scheduler, steps, cpu, window=window)
    latents = decoder.noise(scheduler, (rows, 4, 8, 8), noise, cpu, torch.float32)
    end = decoder.sample(
        unet,
        scheduler,
        conditioning,
        latents,
        steps_taken,
        guidance=how.pop("guidance", 1.0),
        generators=noise,
        on_step=lambda number, look: None,
        **how,
    )
    return end, unet


def test_only_ddim_knows_eta() -> None:
    knowing = [name for name in LABELS if takes_eta(made(name, "2.2 inpaint"))]
    assert knowing == list(WITH_ETA)


@pytest.mark.parametrize("eta", [0.0, 0.05, 1.0])
@pytest.mark.parametrize("name", ["DDIMScheduler", "ddim_sampler"])
def test_eta_is_diffusers_own(name: str, eta: float) -> None:
    ours, _unet = run(made(name, "2.1"), 10, eta=eta)
    scheduler = made(name, "2.1")
    scheduler.set_timesteps(10)
    noise = [Generator().manual_seed(row) for row in range(2)]
    latents = torch.cat([torch.randn(1, 4, 8, 8, generator=one) for one in noise])
    for timestep in scheduler.timesteps:
        latents = scheduler.step(
            latents * 0.1 + 1, timestep, latents, eta=eta, generator=noise
        ).prev_sample
    assert torch.equal(ours, latents)


def test_others_leave_eta_aside() -> None:
    for name in LABELS:
        if takes_eta(made(name, "2.2 inpaint")):
            continue
        without, _unet = run(made(name, "2.2 inpaint"), 5)
        with_, _unet = run(made(name, "2.2 inpaint"), 5, eta=1.0)
        assert torch.equal(without, with_), name


# Guidance within a range of the steps


def test_without_guidance_the_negative_is_never_shown() -> None:
    _end, unet = run(made("DDIMScheduler", "2.1"), 4, guidance=1.0)
    assert unet.shown == [2] * 4
    assert unet.meant == [[1.0, 1.0]] * 4


@pytest.mark.parametrize(
    ("window", "guided"),
    [
        ((0.0, 1.0), range(10)),
        ((0.3, 0.7), range(3, 7)),
        ((0.5, 1.0), range(5, 10)),
        ((0.0, 0.2), range(2)),
        ((0.5, 0.5), range(0)),
    ],
)
def test_guidance_within_a_range(window: tuple[float, float], guided: range) -> None:
    text = {
        "decoder_prompt": DecoderPrompt(torch.full((2, 3), 5.0), torch.zeros(2, 4, 3)),
        "negative_decoder_prompt": DecoderPrompt(torch.full((2, 3), -5.0), torch.zeros(2, 4, 3)),
    }
    how: dict[str, Any] = {"guidance": 4.0, "window": window, "conditioning": text}
    end, unet = run(made("DDIMScheduler", "2.1"), 10, **how)
    both, one = [-1.0, -1.0, 1.0, 1.0], [1.0, 1.0]
    assert unet.meant == [both if number in guided else one for number in range(10)]
    assert unet.read == [[5 * sign for sign in row] for row in unet.meant]
    scheduler = made("DDIMScheduler", "2.1")
    scheduler.set_timesteps(10)
    noise = [Generator().manual_seed(row) for row in range(2)]
    latents = torch.cat([torch.randn(1, 4, 8, 8, generator=one) for one in noise])
    for number, timestep in enumerate(scheduler.timesteps):
        with_, without = latents * 0.1 + 1, latents * 0.1 - 1
        predicted = without + 4 * (with_ - without) if number in guided else with_
        latents = scheduler.step(predicted, timestep, latents).prev_sample
    assert torch.equal(end, latents)


@pytest.mark.parametrize("name", ["HeunDiscreteScheduler", "KDPM2DiscreteScheduler"])
def test_both_looks_of_a_step_are_guided_alike(name: str) -> None:
    how: dict[str, Any] = {"guidance": 4.0, "window": (0.3, 0.7)}
    _end, unet = run(made(name, "2.2 inpaint"), 10, **how)
    looks = [len(row) == 4 for row in unet.meant]
    assert looks == [3 <= number // 2 < 7 for number in range(19)]


def test_pndm_takes_its_first_step_twice_and_guides_it_alike() -> None:
    how: dict[str, Any] = {"guidance": 4.0, "window": (0.0, 0.1)}
    _end, unet = run(made("PNDMScheduler", "2.2 inpaint"), 10, **how)
    assert [len(row) == 4 for row in unet.meant] == [True, True] + [False] * 9


# The noise of the original 2.1: kandinsky2_1_model.py, generate_img2img


def original_start(clean: Tensor, noise: Tensor, sampler: str, steps: int, strength: float) -> Any:
    """Return the latents and the first timestep as the original has them.

    Its own strength says how much stays. `space_timesteps` of respace.py, `q_sample` of utils.py,
    `make_ddim_timesteps` and `apply_init_step` of samplers.py, in double precision.
    """
    stays, spaced = 1 - strength, sampler == "p_sampler"
    timestep_map = (
        [round(n * 999 / (steps - 1)) for n in range(steps)] if spaced else [*range(1000)]
    )
    start_step = int(len(timestep_map) * (1 - stays))
    noised_at = timestep_map[start_step - 1]
    alpha = torch.cumprod(1 - torch.linspace(0.0001, 0.02, 1000, dtype=torch.float64), 0)[noised_at]
    latents = alpha.sqrt() * clean.double() + (1 - alpha).sqrt() * noise.double()
    if spaced:
        return latents, noised_at
    times = [time + 1 for time in range(0, 1000, 1000 // steps)]
    return latents, [time for time in times if time <= start_step][-1]


@pytest.mark.parametrize(("steps", "strength"), [(10, 0.3), (50, 0.5), (100, 0.7), (20, 0.75)])
@pytest.mark.parametrize("name", ORIGINALS)
def test_the_old_noise_is_the_originals_own(name: str, steps: int, strength: float) -> None:
    scheduler = made(name, "2.1")
    course = decoder.course(scheduler, steps, torch.device("cpu"), strength=strength)
    clean = torch.randn(2, 4, 8, 8, generator=Generator().manual_seed(3))
    noise = [Generator().manual_seed(row) for row in range(2)]
    latents, drawn = decoder.noised(
        scheduler, clean, course, noise, old_strength=strength, sampler=name
    )
    expected, first = original_start(clean, drawn, name, steps, strength)
    torch.testing.assert_close(latents.double(), expected, rtol=0, atol=2e-6)
    assert int(course.timesteps[0]) == first


@pytest.mark.parametrize("name", ["DDIMScheduler", "DDPMScheduler", "PNDMScheduler"])
def test_a_scheduler_of_diffusers_has_the_old_noise_of_its_pipeline(name: str) -> None:
    scheduler = made(name, "2.1")
    course = decoder.course(scheduler, 10, torch.device("cpu"), strength=0.7)
    clean, noise = torch.ones(1, 4, 8, 8), [Generator().manual_seed(0)]
    latents, drawn = decoder.noised(scheduler, clean, course, noise, old_strength=0.7, sampler=name)
    pipeline = diffusers.KandinskyImg2ImgPipeline
    expected = pipeline.add_noise(None, clean, drawn, torch.tensor([int(1000 * 0.7) - 2]))
    assert torch.equal(latents, expected)
