"""The ECLIPSE prior: equal to its formulae, and what it lets a Kandinsky 2.2 do."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear

from kandinsky_desktop import cli
from kandinsky_desktop.domain.activations import coefficients
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.families.published import published
from kandinsky_desktop.domain.model import Component, Model, check_fits
from kandinsky_desktop.domain.operations import PredictEmbedding, SamplePrior
from kandinsky_desktop.domain.plan import Phase
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.planning import fit_of, plan_of
from kandinsky_desktop.domain.published_files import files_for
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.engine.accounting import MemoryAccount
from kandinsky_desktop.engine.eclipse_prior import EclipsePrior
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.loading import load
from kandinsky_desktop.engine.simulated import SimulatedDevice
from kandinsky_desktop.store import embedding_norm
from kandinsky_desktop.store.models import Found, find_models, read_model, ready_model
from kandinsky_desktop.store.pictures import read_record
from tests.engine import tiny
from tests.engine.sides import picture
from tests.engine.story import told
from tests.fakes import text_to_image
from tests.hub_files import cached

ECLIPSE = "ECLIPSE-Community/ECLIPSE_KandinskyV22_Prior"
HEADS = 2
HOW = Sampling(width=64, height=64, steps=3)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Kandinsky 2.2 with all that there is of it, and an ECLIPSE prior beside it."""
    shelf = tmp_path_factory.mktemp("eclipse") / "mine"
    tiny.write(shelf, tiny.WHOLE_22)
    tiny.write_eclipse(shelf / "ECLIPSE_KandinskyV22_Prior")
    return shelf


def by_formula(weights: dict[str, Tensor], noise: Tensor, text: dict[str, Tensor]) -> Tensor:
    """Return the embedding as the paper's architecture gives it, in double precision."""
    w = {name: tensor.double() for name, tensor in weights.items()}

    def layer(name: str, values: Tensor) -> Tensor:
        return linear(values, w[f"{name}.weight"], w[f"{name}.bias"])

    def norm(name: str, values: Tensor) -> Tensor:
        return layer_norm(values, values.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])

    rows, count = text["mask"].shape
    tokens = torch.cat(
        [
            layer("encoder_hidden_states_proj", text["hidden"].double()),
            layer("embedding_proj", text["embeds"].double())[:, None],
            layer("proj_in", noise.double())[:, None],
            w["prd_embedding"].expand(rows, -1, -1),
        ],
        dim=1,
    )
    tokens = tokens + w["positional_embedding"]
    length, width = tokens.shape[1:]
    seen = torch.ones(length, length, dtype=torch.bool).tril()[None].repeat(rows, 1, 1)
    seen[:, :, :count] &= text["mask"][:, None]
    for number in range(2):
        block = f"transformer_blocks.{number}"
        normed = norm(f"{block}.norm1", tokens)
        q, k, v = (
            layer(f"{block}.attn1.to_{name}", normed)
            .view(rows, length, HEADS, width // HEADS)
            .transpose(1, 2)
            for name in "qkv"
        )
        scores = q @ k.transpose(2, 3) / (width // HEADS) ** 0.5
        scores = scores.masked_fill(~seen[:, None], -1e9)
        heard = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, width)
        tokens = tokens + layer(f"{block}.attn1.to_out.0", heard)
        inner = gelu(layer(f"{block}.ff.net.0.proj", norm(f"{block}.norm3", tokens)))
        tokens = tokens + layer(f"{block}.ff.net.2", inner)
    return layer("proj_to_clip_embeddings", norm("norm_out", tokens)[:, -1])


def test_it_gives_what_its_formulae_give(shelf: Path) -> None:
    folder = shelf / "ECLIPSE_KandinskyV22_Prior"
    network = load("eclipse_prior", folder, torch.float32)
    assert isinstance(network, EclipsePrior)
    torch.manual_seed(3)
    tokens, width = tiny.WHOLE_22.tokens, tiny.WHOLE_22.embedding
    text = {
        "embeds": torch.randn(3, width),
        "hidden": torch.randn(3, tokens, width),
        "mask": torch.arange(tokens)[None] < torch.tensor([[5], [1], [tokens]]),
    }
    noise = torch.randn(3, width)
    with torch.inference_mode():
        made = network(noise, text["embeds"], text["hidden"], text["mask"])
    (file,) = folder.glob("*.safetensors")
    wanted = by_formula(load_file(file), noise, text)
    assert (made.double() - wanted).abs().max() < 2e-6
    assert wanted.std() > 0.1


def test_at_its_published_size_it_has_33_million_parameters() -> None:
    with torch.device("meta"):
        network = EclipsePrior()
    count = sum(one.numel() for one in network.parameters())
    assert count / 1e6 == pytest.approx(34, abs=1)
    assert count < 1_026_225_920 / 30  # of the full prior of 2.2


def test_what_is_planned_for_it_is_what_it_takes() -> None:
    """At its published size, in single precision, by the account of real tensors."""
    torch.manual_seed(5)
    network = EclipsePrior().eval()
    values = sum(one.numel() for one in network.parameters())
    full = published("2.2")
    parts = {
        **full.components,
        "prior": Component("eclipse_prior", Path("eclipse"), "eclipse", values),
    }
    model = replace(full, components=parts)
    planned = PlanInputs(request=text_to_image("a cat"), model=model, missing=(0,))
    (phase,) = (
        one for one in plan_of(planned).phases if isinstance(one.operation, PredictEmbedding)
    )
    fit = fit_of(phase, planned)
    text = torch.randn(1, 1280), torch.randn(1, 77, 1280), torch.ones(1, 77, dtype=torch.bool)
    account = MemoryAccount("cpu")
    with torch.inference_mode(), account:
        account.count([*network.parameters(), *network.buffers(), *text])
        before = account.live
        network(torch.randn(1, 1280), *text)
    assert fit.weights == 4 * values == published_bytes()
    # the plan counts a card's rounding, and the text that is read
    assert account.peak - before == pytest.approx(fit.activations, rel=0.2)
    assert fit.peak < fit_of(prior_phase(full), replace(planned, model=full)).peak / 25


def published_bytes() -> int:
    (file,) = files_for("2.2", "eclipse_prior")
    return file.size_bytes


def prior_phase(model: Model) -> Phase:
    planned = PlanInputs(request=text_to_image("a cat"), model=model, missing=(0,))
    (phase,) = (one for one in plan_of(planned).phases if isinstance(one.operation, SamplePrior))
    return phase


def test_a_tiny_one_takes_what_is_planned(shelf: Path, tmp_path: Path) -> None:
    device = SimulatedDevice(2**40)
    root = shelf / "ECLIPSE_KandinskyV22_Prior"
    story = told(Engine(tmp_path, 1, device), text_to_image("a cat", sampling=HOW), root)
    (ran,) = (
        one.memory
        for one in story.said
        if isinstance(one, PhaseRan) and one.operation == "PredictEmbedding"
    )
    assert ran is not None
    file = next(root.glob("*.safetensors"))
    weights = sum(one.nbytes for one in load_file(file).values())
    # its sizes are not known: beside its own weights counts what the published one takes
    fixed = 2 * coefficients("2.2 eclipse_prior").fixed
    assert ran.predicted == weights + fixed
    assert weights < ran.peak <= ran.predicted


def test_it_is_a_second_model_beside_the_full_one(shelf: Path) -> None:
    found = find_models((shelf.parent,))
    assert not found.problems
    full, small = found.models
    assert (full.name, small.name) == ("mine", "mine ECLIPSE")
    assert small.components["prior"].kind == "eclipse_prior"
    assert "prior scheduler" not in small.components
    same = set(small.components) - {"prior"}
    assert {role: small.components[role] for role in same} == {
        role: full.components[role] for role in same
    }
    assert full.features - small.features == {"prior", "led pictures"}
    assert small.root == shelf / "ECLIPSE_KandinskyV22_Prior"
    again = ready_model(small.root)
    assert again is not None
    assert again.components["prior"].content
    assert read_model(shelf) == full
    assert embedding_norm.typical(small.components["prior"].folder) is None


def only(found: Found) -> Model:
    assert found.problems == ()
    (model,) = found.models
    return model


def test_the_full_prior_may_be_away(shelf: Path, tmp_path: Path) -> None:
    root = shutil.copytree(shelf, tmp_path / "models" / "mine")
    shutil.rmtree(root / "prior" / "prior")
    model = only(find_models((root.parent,)))
    assert model.name == "mine"
    assert model.components["prior"].folder == root / "ECLIPSE_KandinskyV22_Prior"
    assert model.components["text_encoder"].folder == root / "prior" / "text_encoder"
    assert model.can("pictures")
    assert model.can("depth")
    (root / "ECLIPSE_KandinskyV22_Prior").rename(root / "prior" / "prior")  # in its place
    model = only(find_models((root.parent,)))
    assert (model.name, model.components["prior"].kind) == ("mine", "eclipse_prior")
    assert read_model(root) is not None


def test_alone_it_says_what_it_needs(shelf: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    shutil.copytree(shelf / "ECLIPSE_KandinskyV22_Prior", root / "eclipse")
    (said,) = find_models((root,)).problems
    assert said.startswith(f"{root / 'eclipse'} is")
    assert "ECLIPSE prior" in said
    (root / "mine").mkdir()
    (root / "eclipse").rename(root / "mine" / "eclipse")
    shutil.copytree(shelf / "decoder", root / "mine" / "decoder")
    said = " ".join(find_models((root,)).problems)
    assert "beside it must lie a decoder of 2.2 and the folders text_encoder" in said


def test_it_is_found_in_the_hubs_cache(shelf: Path, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    for part, name in (("prior", "kandinsky-2-2-prior"), ("decoder", "kandinsky-2-2-decoder")):
        cached(hub, shelf / part, f"kandinsky-community/{name}")
    cached(hub, shelf / "ECLIPSE_KandinskyV22_Prior", ECLIPSE)
    found = find_models((hub,))
    assert not found.problems
    name = "kandinsky-community/kandinsky-2-2-decoder"
    assert [one.name for one in found.models] == [name, f"{name} ECLIPSE"]
    for model in found.models:
        again = read_model(model.root)
        assert again is not None
        assert again.name == model.name


def test_words_become_a_picture_without_the_full_prior(engine: Engine, shelf: Path) -> None:
    root = shelf / "ECLIPSE_KandinskyV22_Prior"
    request = replace(text_to_image("a cat", sampling=HOW), count=2)
    story = told(engine, request, root)
    ran = [one for one in story.said if isinstance(one, PhaseRan)]
    names = [one.operation for one in ran]
    assert names.count("PredictEmbedding") == 2
    assert "SamplePrior" not in names
    assert "prior" not in story.loaded
    assert "eclipse_prior" in story.loaded
    assert story.images[0].tobytes() != story.images[1].tobytes()
    again = told(engine, request, root)
    assert [again.file(index) for index in (0, 1)] == [story.file(index) for index in (0, 1)]
    other = told(engine, replace(request, conditioning=Prompt("a dog")), root)
    assert other.images[0].tobytes() != story.images[0].tobytes()


def test_pictures_are_mixed_and_what_it_cannot_do_is_a_sentence(
    engine: Engine, shelf: Path, tmp_path: Path
) -> None:
    root = shelf / "ECLIPSE_KandinskyV22_Prior"
    picture(64, 64).save(tmp_path / "cat.png")
    cat = ImagePrompt(tmp_path / "cat.png")
    plain = text_to_image("a cat", sampling=HOW)
    mix = Mix(ingredients=(Ingredient(cat), Ingredient(Prompt("a dog"))))
    for conditioning in (cat, mix):
        assert told(engine, replace(plain, conditioning=conditioning), root).images
    model = read_model(root)
    assert model is not None
    led = ImagePrompt(tmp_path / "cat.png", text="a dog", strength=0.5)
    for refused, words in (
        (replace(plain, conditioning=led), "its ECLIPSE prior reads words alone"),
        (replace(plain, candidates=4), "has no prior, which chooses"),
        (replace(plain, conditioning=Prompt("a cat", negative="fog")), "has no prior"),
    ):
        with pytest.raises(InvalidRequest, match=words):
            check_fits(refused, model)


def test_the_terminal_paints_with_it_and_its_pictures_come_again(
    shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--models", str(shelf.parent)]
    made, again = tmp_path / "cat.png", tmp_path / "again.png"
    few = ["--steps", "2"]
    words = ["draw", "a cat", "-o", str(made), *few, "--model", "mine ECLIPSE", *where]
    assert cli.main(words) == 0
    assert read_record(made).model == "mine ECLIPSE"
    assert cli.main(["replay", str(made), "-o", str(again), *where]) == 0
    assert again.read_bytes() == made.read_bytes()
    capsys.readouterr()
    plan = ["doctor", "--plan", "64x64", "--model", "mine ECLIPSE", *where]
    assert cli.main(plan) == 0
    assert "PredictEmbedding" in capsys.readouterr().out
