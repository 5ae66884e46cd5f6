"""Each scheduler that we offer, on data whose exact noise prediction is known.

Every value of a "picture" is drawn from N(0.7, 0.5²). For such data the best prediction of the
noise is a formula, so a sampler that is right ends at that mean and, with steps enough, near that
spread; one that is fed wrongly ends elsewhere.
"""

import json
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.engine import decoder
from kandinsky_desktop.engine.schedulers import make_scheduler
from tests.engine import tiny
from tests.engine.oracle import CONFIG, MEAN, SPREAD, Oracle

# several schedulers of diffusers 0.42 hand tensors to NumPy in a way that NumPy 2 dislikes
pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")

SHAPE = (1, 4, 64, 64)
# as a file has it: what was left to the class's own choice has become a value of the model
WRITTEN: dict[str, Any] = json.loads(tiny.ddpm().to_json_string())


# A model that predicts v, over betas that end in almost pure noise
OF_V = WRITTEN | {"prediction_type": "v_prediction", "beta_end": 0.02}


# thresholding scales what it holds back: right for pictures, not for this data
EXACT = [name for name in LABELS if name != "p_sampler"]


def sampled(
    name: str, steps: int, strength: float = 1.0, config: dict[str, Any] = CONFIG, **how: Any
) -> tuple[Tensor, list[Tensor]]:
    """Return where the steps end; with a strength below 1 they begin from the data, noised."""
    looks: list[Tensor] = []
    nothing = torch.zeros(1, 1)
    scheduler, noise = (
        make_scheduler(Sampling(scheduler=name, **how), config),
        [Generator().manual_seed(0)],
    )
    cpu = torch.device("cpu")
    course = decoder.course(scheduler, steps, cpu, strength=strength)
    if strength < 1:
        latents, _drawn = decoder.noised(scheduler, data(), course, noise)
    else:
        latents = decoder.noise(scheduler, SHAPE, noise, cpu, torch.float32)
    end = decoder.sample(
        Oracle(config),
        scheduler,
        decoder.UNetConditioning(image_embeds=nothing, negative_image_embeds=nothing),
        latents,
        course,
        guidance=1.0,
        generators=noise,
        on_step=lambda number, look: looks.append(look()),
        **how,
    )
    return end, looks


def data() -> Tensor:
    """Return one "picture"."""
    return MEAN + SPREAD * torch.randn(SHAPE, generator=Generator().manual_seed(5))


@pytest.mark.parametrize("config", [CONFIG, OF_V], ids=["of noise", "of v"])
@pytest.mark.parametrize("name", EXACT)
def test_it_ends_at_the_right_mean_and_spread(name: str, config: dict[str, Any]) -> None:
    end, looks = sampled(name, 25, config=config)
    assert float(end.mean()) == pytest.approx(MEAN, abs=0.04)
    assert float(end.std()) == pytest.approx(SPREAD, abs=0.1)
    # the previews: from the middle of the data to the end of the sampler
    assert float(looks[0].mean()) == pytest.approx(MEAN, abs=0.1)
    assert float(looks[0].std()) < 0.2
    assert (looks[-1] - end).abs().mean() < 0.05


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("name", EXACT)
def test_it_runs_in_few_steps(name: str, steps: int) -> None:
    end, looks = sampled(name, steps)
    assert end.isfinite().all()
    assert steps <= len(looks) <= 2 * steps
    if steps >= 4:  # below, some begin too near the end to get anywhere
        assert float(end.mean()) == pytest.approx(MEAN, abs=0.15)


@pytest.mark.parametrize("strength", [0.25, 0.5, 0.8])
@pytest.mark.parametrize("name", EXACT)
def test_it_starts_in_the_middle(name: str, strength: float) -> None:
    config = WRITTEN if strength == 0.5 else CONFIG
    end, looks = sampled(name, 20, strength, config)
    taken = int(20 * strength)
    assert taken <= len(looks) <= 2 * taken
    assert float(end.mean()) == pytest.approx(MEAN, abs=0.02)
    assert float(end.std()) == pytest.approx(SPREAD, abs=0.11)
    # the less noise, the more is left of the picture
    alike = float(torch.corrcoef(torch.stack([end.flatten(), data().flatten()]))[0, 1])
    least = {0.25: 0.35, 0.5: 0.05, 0.8: -0.02}[strength]
    assert least < alike < least + 0.3


@pytest.mark.parametrize("name", EXACT)
def test_one_last_step_is_the_least(name: str) -> None:
    end, looks = sampled(name, 20, 0.01)
    assert len(looks) == 1
    assert float(end.mean()) == pytest.approx(MEAN, abs=0.02)
    assert float((end - data()).abs().mean()) < 0.2


@pytest.mark.parametrize("name", EXACT)
def test_more_steps_come_nearer(name: str) -> None:
    few, many = (abs(float(sampled(name, steps)[0].std()) - SPREAD) for steps in (10, 50))
    assert many < max(few, 0.02)


def test_the_checkpoints_own_betas_are_kept() -> None:
    betas = tiny.ddpm().betas
    for name in LABELS:
        assert torch.equal(make_scheduler(Sampling(scheduler=name), CONFIG).betas, betas), name


def test_a_learned_variance_stays_with_ddpm() -> None:
    config = dict(tiny.ddpm(learned=True).config)
    for name in LABELS:
        kept = (
            make_scheduler(Sampling(scheduler=name), config).config.get("variance_type")
            == "learned_range"
        )
        assert kept == (name in ("DDPMScheduler", "p_sampler"))
    assert config["variance_type"] == "learned_range"
