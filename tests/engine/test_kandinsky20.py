"""Kandinsky 2.0: equal to the published formulae, and all that jobs can do."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import layer_norm, linear

from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Inpaint, Task
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.loading import load, load_decoder_tokenizer, load_t5_tokenizer
from kandinsky_desktop.engine.text_conditioner import TextConditioner
from tests.engine import tiny
from tests.engine.sides import mask, picture
from tests.engine.story import told
from tests.fakes import text_to_image

SIDE = 32
HOW = Sampling(
    width=SIDE, height=SIDE + 16, steps=5, guidance=7.5, seed=11, scheduler="ddim_sampler"
)
PROMPT, NEGATIVE = "a cat", "a dog"
SCALE = 0.0512

pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")  # diffusers' own


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_kandinsky20(tmp_path_factory.mktemp("k20") / "tiny 2.0")


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    picture(SIDE, SIDE + 16).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


@pytest.fixture
def hole(tmp_path: Path) -> Path:
    mask((8, 8, 20, 24), SIDE, SIDE + 16).save(tmp_path / "hole.png")
    return tmp_path / "hole.png"


def asked(start: Task | None = None, **sampling: Any) -> Paint:
    how = replace(HOW, **sampling)
    request = text_to_image(PROMPT, negative_decoder=NEGATIVE, sampling=how)
    return request if start is None else replace(request, task=start)


# --- the published formulae, computed on their own -------------------------------------------


def conditions(
    weights: dict[str, Tensor], pooled: Tensor, first: Tensor, second: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what get_text_emb of the original makes of two encoded texts, by its weights alone."""

    def through(name: str, values: Tensor) -> Tensor:
        return linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def normed(name: str, values: Tensor) -> Tensor:
        width = values.shape[-1:]
        return layer_norm(values, width, weights[f"{name}.weight"], weights[f"{name}.bias"])

    rows, tokens, width = second.shape
    answers = []
    query, key, value = (through(f"proj2.{one}_linear", second) for one in "qkv")
    for head in range(8):  # one after the other, each with its own slice of the width
        part = slice(head * width // 8, (head + 1) * width // 8)
        scores = query[..., part] @ key[..., part].transpose(1, 2) / math.sqrt(width // 8)
        answers.append(scores.softmax(-1) @ value[..., part])
    pooled_second = through("proj2.out", torch.cat(answers, dim=-1))[:, 0]
    assert tokens > 1
    assert rows == len(first)
    summary = normed("ln_model2", through("proj", pooled)) + normed("ln_model3", pooled_second)
    whole = torch.cat([through("to_model_dim", first), through("to_model_dim2", second)], dim=1)
    return normed("ln_model1", whole), summary


def test_the_conditioner_is_what_was_published() -> None:
    torch.manual_seed(2)
    conditioner = TextConditioner(
        text_width=16, pooled_width=12, second_width=24, crossing=20, time_width=32
    )
    assert len(conditioner.state_dict()) == 20
    given = torch.randn(3, 12), torch.randn(3, 7, 16), torch.randn(3, 9, 24)
    with torch.no_grad():
        hidden, summary = conditioner(*given)
        by_hand = conditions(conditioner.state_dict(), *given)
    assert hidden.shape == (3, 7 + 9, 20)
    assert torch.allclose(hidden, by_hand[0], atol=1e-5)
    assert torch.allclose(summary, by_hand[1], atol=1e-5)


class Published:
    """The original's generate_img with its DDIM sampler, written from its formulae."""

    def __init__(self, root: Path, *, holes: bool = False) -> None:
        home = root / "inpaint" if holes else root
        kinds = {"decoder_text_encoder": root / "text_encoder", "vae": root / "vae"}
        kinds |= {"t5_encoder": root / "text_encoder_2", "unet": home / "unet"}
        self.networks: dict[str, Any] = {
            kind: load(kind, folder, None) for kind, folder in kinds.items()
        }
        conditioner = load("conditioner", home / "conditioner", None)
        self.weights = {name: one.detach() for name, one in conditioner.state_dict().items()}
        self.tokenizers = (
            load_decoder_tokenizer(root / "tokenizer"),
            load_t5_tokenizer(root / "tokenizer_2"),
        )
        betas = torch.linspace(0.0001, 0.02, 1000, dtype=torch.float32)
        self.alphas = torch.cumprod(1 - betas, dim=0)

    def texts(self, text: str) -> tuple[Tensor, Tensor]:
        tokens = [
            one([text], max_length=77, padding="max_length", truncation=True, return_tensors="pt")
            for one in self.tokenizers
        ]
        pooled, first = self.networks["decoder_text_encoder"](
            tokens[0].input_ids, tokens[0].attention_mask
        )
        second = self.networks["t5_encoder"](tokens[1].input_ids, tokens[1].attention_mask)
        return conditions(self.weights, pooled, first, second.last_hidden_state)

    def guided(
        self, latents: Tensor, timestep: int, guidance: float, more: Tensor | None
    ) -> Tensor:
        made = []
        for text in (PROMPT, NEGATIVE):
            hidden, summary = self.texts(text)
            seen = latents if more is None else torch.cat([latents, more], dim=1)
            told = self.networks["unet"](
                seen, timestep, encoder_hidden_states=hidden, class_labels=summary
            )
            made.append(told.sample[:, :4])
        guided: Tensor = made[1] + guidance * (made[0] - made[1])
        return guided

    @torch.no_grad()
    def ddim(
        self, latents: Tensor, timesteps: list[int], guidance: float, more: Tensor | None = None
    ) -> Tensor:
        """Song et al. 2021, equation 12 with eta 0; the last step goes to the first alpha."""
        for timestep, later in pairwise([*timesteps, 0]):
            latents = self.step(latents, timestep, later, guidance, more)
        return latents

    @torch.no_grad()
    def step(
        self, latents: Tensor, timestep: int, later: int, guidance: float, more: Tensor | None
    ) -> Tensor:
        alpha, next_alpha = self.alphas[timestep], self.alphas[later]
        noise = self.guided(latents, timestep, guidance, more)
        clean = (latents - (1 - alpha).sqrt() * noise) / alpha.sqrt()
        return next_alpha.sqrt() * clean + (1 - next_alpha).sqrt() * noise

    @torch.no_grad()
    def pixels(self, latents: Tensor) -> np.ndarray[Any, Any]:
        decoded = self.networks["vae"].decode(latents / SCALE).sample[0]
        grey = (decoded / 2 + 0.5).clamp(0, 1) * 255
        painted: np.ndarray[Any, Any] = grey.round().permute(1, 2, 0).numpy()
        return painted


def off(ours: Image.Image, theirs: np.ndarray[Any, Any]) -> float:
    return float(np.abs(np.asarray(ours).astype(float) - theirs).max())


def test_words_become_the_picture_that_the_formulae_give(engine: Engine, model: Path) -> None:
    request = asked()
    ours = told(engine, request, model)
    shape = (1, 4, (SIDE + 16) // 2, SIDE // 2)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(HOW.seed))
    published = Published(model)
    latents = published.ddim(noise, [801, 601, 401, 201, 1], HOW.guidance)
    assert off(ours.images[0], published.pixels(latents)) <= 1
    assert np.asarray(ours.images[0]).std() > 5, "a picture, not a grey one"


def test_both_texts_and_their_order_are_heeded(engine: Engine, model: Path) -> None:
    plain = told(engine, asked(), model).images[0].tobytes()
    for other in (("a hen", NEGATIVE), (PROMPT, "a hen"), (NEGATIVE, PROMPT)):
        request = text_to_image(other[0], negative_decoder=other[1], sampling=HOW)
        assert told(engine, request, model).images[0].tobytes() != plain


def test_a_hole_is_filled_by_the_network_for_holes(
    engine: Engine, model: Path, cat: Path, hole: Path
) -> None:
    """It sees the picture without what is masked, and the mask, where 1 stays."""
    start = Inpaint(path=cat, masks=(hole,), fill="keep", grow=0, feather=0, crop=False)
    ours = told(engine, asked(start), model)
    assert ours.records[0].changed_outside == 0
    published = Published(model, holes=True)
    vae = published.networks["vae"]
    pixels = torch.from_numpy(np.asarray(Image.open(cat)).astype(np.float32)) / 127.5 - 1
    generator = torch.Generator().manual_seed(HOW.seed)
    with torch.no_grad():
        told_by = vae.encode(pixels.permute(2, 0, 1)[None]).latent_dist
        drawn = torch.randn(told_by.mean.shape, generator=generator)
        clean = SCALE * (told_by.mean + told_by.std * drawn)
    white = torch.from_numpy(np.asarray(Image.open(hole)) > 127).float()[None, None]
    keep = 1 - torch.nn.functional.max_pool2d(white, 2)
    noise = torch.randn(clean.shape, generator=generator)
    latents, more = noise, torch.cat([clean * keep, keep], dim=1)
    for timestep, later in pairwise([801, 601, 401, 201, 1, 0]):
        latents = published.step(latents, timestep, later, HOW.guidance, more)
        alpha = published.alphas[later] if later else torch.ones(())
        back = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
        latents = keep * back + (1 - keep) * latents
    inside = np.asarray(Image.open(hole)) > 127
    theirs = published.pixels(latents)
    painted = np.asarray(ours.images[0]).astype(float)
    assert np.abs(painted - theirs)[inside].max() <= 1
    assert np.array_equal(painted[~inside], np.asarray(Image.open(cat)).astype(float)[~inside])


def test_without_a_network_for_holes_the_plain_one_fills_them(
    engine: Engine, tmp_path: Path, cat: Path, hole: Path
) -> None:
    plain = tiny.write_kandinsky20(tmp_path / "plain", inpaint=False)
    story = told(engine, asked(Inpaint(path=cat, masks=(hole,), grow=2, feather=4)), plain)
    assert story.records[0].changed_outside == 0
