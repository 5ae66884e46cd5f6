"""What dynamic thresholding does to the starter's pictures, measured: why it is not offered there.

Thresholding (Imagen, section 2.3) takes latents into ±1, where 99.5 % of pixels lie; the starter's
MoVQ was trained without such a bound.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.engine import movq
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.engine.schedulers import make_scheduler
from kandinsky_desktop.store.models import read_model
from tests.engine import tiny
from tests.engine.story import told
from tests.fakes import text_to_image


@pytest.fixture(scope="module")
def model(starter: Path) -> Model:
    model = read_model(starter)
    assert model is not None
    return model


@pytest.fixture(scope="module")
def network(model: Model) -> Any:
    return load("movq", model.components["movq"].folder, torch.float32)


@pytest.fixture(scope="module")
def latents(engine: Engine, model: Model, network: Any) -> Tensor:
    """Return the latents of a picture of each of the starter's own prompts."""
    sampling = model.profile.sampling
    requests = [text_to_image(prompt, sampling=sampling) for prompt in model.profile.prompts]
    painted = [told(engine, one, model.root, previews=False).images[0] for one in requests]
    return movq.encode(network, painted)


def contrast(pictures: list[Image.Image]) -> float:
    """Return how far the greys of pictures lie from their mean, of 255."""
    return float(np.mean([np.asarray(one.convert("L"), float).std() for one in pictures]))


def test_the_starters_latents_reach_far_beyond_one(latents: Tensor) -> None:
    reach = latents.abs().flatten(1).quantile(0.995, dim=1)
    assert float(reach.min()) > 1.5
    assert float(reach.mean()) == pytest.approx(2.3, abs=0.2)


def test_thresholding_would_take_half_of_the_contrast(network: Any, latents: Tensor) -> None:
    scheduler = make_scheduler(Sampling(scheduler="p_sampler"), dict(tiny.ddpm().config))
    before, after = (
        contrast([movq.decode(network, one[None]) for one in every])
        for every in (latents, scheduler._threshold_sample(latents))
    )
    assert after < 0.6 * before


@pytest.mark.parametrize("how", [{"scheduler": "p_sampler"}, {"thresholding": True}], ids=str)
def test_so_it_is_refused_before_anything_is_loaded(
    engine: Engine, model: Model, how: dict[str, Any]
) -> None:
    sampling = Sampling(width=64, height=64, steps=2, prior_steps=2, **how)
    before = engine.loads
    with pytest.raises(InvalidRequest, match="washes out what starter paints") as caught:
        told(engine, text_to_image("a cat", sampling=sampling), model.root)
    assert str(caught.value).count("\n") == 0
    assert engine.loads == before


def test_a_relative_is_painted_with_it(engine: Engine, small: Path) -> None:
    sampling = Sampling(width=64, height=64, steps=2, prior_steps=2, scheduler="p_sampler")
    request: Paint = text_to_image("a cat", sampling=sampling)
    assert told(engine, request, small).images
