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

from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, Task
from kandinsky_desktop.engine.checkpoints import CheckpointInterval
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


# --- all that jobs can do ---------------------------------------------------------------------

STARTS = ("noise", "picture", "hole", "border")


def start_of(name: str, cat: Path, hole: Path) -> Task | None:
    starts: dict[str, Task | None] = {
        "noise": None,
        "picture": Img2Img(path=cat, strength=0.6),
        "hole": Inpaint(path=cat, masks=(hole,), grow=2, feather=4),
        "border": Outpaint(path=cat, right=24, overlap=16),
    }
    return starts[name]


@pytest.mark.parametrize("scheduler", ["ddim_sampler", "plms_sampler", "p_sampler"])
@pytest.mark.parametrize("name", STARTS)
def test_each_picture_comes_again_from_its_record(
    engine: Engine, model: Path, cat: Path, hole: Path, name: str, scheduler: str
) -> None:
    request = replace(asked(start_of(name, cat, hole), scheduler=scheduler, eta=0.05), count=2)
    story = told(engine, request, model)
    for index, record in story.records.items():
        assert record.changed_outside == 0
        again = told(engine, Job(request, made=(1 - index,)), model, like=record.conditions)
        assert again.file(index) == story.file(index)
    assert len(story.steps("decoder")) == story.planned.decoder_steps
    assert story.planned.prior_steps == 0


@pytest.mark.parametrize("name", STARTS)
def test_a_job_that_was_cut_off_goes_on_to_the_same_bits(
    tmp_path: Path, model: Path, cat: Path, hole: Path, name: str
) -> None:
    always = CheckpointInterval(every_s=0, share=math.inf)
    request = asked(start_of(name, cat, hole), eta=0.05)
    engine = Engine(tmp_path / "cache", 1, interval=always)
    whole, job = told(engine, request, model), Job(request)

    def at_the_second(progress: object) -> bool:
        return isinstance(progress, Stepped) and progress.step == 2

    told(engine, job, model, stop_at=at_the_second, resumable=True)
    rest = told(engine, job, model, resumable=True)
    assert rest.planned.decoder_steps == whole.planned.decoder_steps - 2
    assert rest.file(0) == whole.file(0)


def test_previews_look_like_what_comes(engine: Engine, model: Path) -> None:
    story = told(engine, asked(steps=4), model)
    for step in story.steps("decoder"):
        assert step.preview is not None
        assert (step.preview.width, step.preview.height) == (SIDE, SIDE + 16)
    unseen = told(engine, asked(steps=4), model, previews=False)
    assert unseen.file(0) == story.file(0)


def test_a_prompt_that_is_known_is_not_encoded_again(tmp_path: Path, model: Path) -> None:
    told(Engine(tmp_path, 1), asked(), model)
    again = told(Engine(tmp_path, 1), asked(seed=3), model)
    assert set(again.loaded) == {"unet", "conditioner", "vae"}


def test_without_a_network_for_holes_the_plain_one_fills_them(
    engine: Engine, tmp_path: Path, cat: Path, hole: Path
) -> None:
    plain = tiny.write_kandinsky20(tmp_path / "plain", inpaint=False)
    story = told(engine, asked(start_of("hole", cat, hole)), plain)
    assert story.records[0].changed_outside == 0


def fusion(path: Path) -> Mix:
    return Mix(ingredients=(Ingredient(Prompt("a cat")), Ingredient(ImagePrompt(path))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: {"conditioning": fusion(path)}, "cannot mix meanings"),
        (lambda path: {"conditioning": ImagePrompt(path)}, "cannot look at pictures"),
        (lambda path: {"candidates": 3}, "has no prior"),
        (lambda path: {"decoder_prompt": "a cat"}, "reads no anchor text"),
    ],
    ids=["fusion", "picture", "candidates", "decoder prompt"],
)
def test_what_it_cannot_do_is_a_sentence_before_anything_is_loaded(
    engine: Engine, model: Path, cat: Path, change: Any, said: str
) -> None:
    before = engine.loads
    changes: dict[str, Any] = change(cat)
    with pytest.raises(InvalidRequest, match=said) as refused:
        told(engine, replace(asked(), **changes), model)
    assert engine.loads == before
    assert "\n" not in str(refused.value)
