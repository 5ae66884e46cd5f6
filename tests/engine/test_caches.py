"""What is known is never computed again, and what is kept is known by all it depends on."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from safetensors.torch import load_file, save_file

from kandinsky_desktop.domain.conditioning import (
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
)
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.events import Progress
from kandinsky_desktop.domain.families.kandinsky2.compile import embedding
from kandinsky_desktop.domain.plan import PlanBuilder
from kandinsky_desktop.domain.plan_inputs import FileFacts, PlanInputs
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Img2Img, Inpaint
from kandinsky_desktop.engine import image_embeddings
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import fingerprints, pictures
from kandinsky_desktop.store.models import ready_model
from tests.engine.passes import counted
from tests.engine.story import Story, told
from tests.fakes import QUICK, request

CAT, OIL = Prompt("a red cat"), Prompt("an oil painting", "a photo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("known")


@pytest.fixture(scope="module")
def picture(folder: Path) -> Path:
    path = folder / "picture.png"
    Image.effect_noise((64, 64), 60).convert("RGB").save(path)
    return path


def fused(picture: Path, *weights: float, **changes: Any) -> Paint:
    sources: tuple[Source, ...] = (CAT, OIL, ImagePrompt(picture))
    pairs = zip(sources, weights or (1.0, 0.5, 0.5), strict=True)
    ingredients = tuple(Ingredient(source, weight) for source, weight in pairs)
    wanted = request(**changes)
    return replace(wanted, conditioning=Mix(ingredients=ingredients), negative=Prompt("fog"))


@pytest.fixture(scope="module")
def known(folder: Path, picture: Path, model: Path) -> Path:
    """A cache folder in which a fusion of three is known, with its negative."""
    told(Engine(folder / "cache", 1), fused(picture), model)
    return folder / "cache"


def masked(picture: Path) -> Inpaint:
    mask = Image.new("L", (64, 64))
    mask.paste(255, (16, 16, 48, 48))
    path = picture.with_name("mask.png")
    mask.save(path)
    return Inpaint(path=picture, masks=(path,))


@pytest.mark.parametrize(
    "another",
    [
        lambda picture: fused(picture, seed=9),
        lambda picture: fused(picture, width=32, height=64),
        lambda picture: fused(picture, count=3, shared_prior_seed=True),
        lambda picture: fused(picture, steps=3, guidance=5.0, scheduler="DDIMScheduler"),
        lambda picture: replace(fused(picture), task=masked(picture)),
        lambda picture: replace(fused(picture), task=Img2Img(path=picture, strength=0.5)),
        lambda picture: fused(picture, 0.2, 0.8, -0.1),
        lambda picture: fused(picture, 0.0, 1.0, 0.0),
        lambda picture: replace(fused(picture), conditioning=CAT),
        lambda picture: replace(fused(picture), conditioning=ImagePrompt(picture)),
        lambda picture: replace(
            fused(picture), conditioning=Interpolation(start=CAT, end=OIL), count=3
        ),
        lambda picture: replace(
            fused(picture),
            conditioning=Grid(corners=(CAT, OIL, OIL, ImagePrompt(picture)), columns=2),
            count=4,
        ),
    ],
    ids=[
        *("detail seed", "size", "more details", "sampler", "mask", "start"),
        *("weights", "one of them", "words", "picture", "passage", "sheet"),
    ],
)
def test_what_is_known_runs_no_prior_and_no_encoder(
    known: Path, picture: Path, model: Path, another: Callable[[Path], Paint]
) -> None:
    engine = Engine(known, 1)  # as after a new start: nothing is in memory
    with counted() as passes:
        story = told(engine, another(picture), model)
    assert story.images
    assert story.steps("prior") == []
    assert story.planned.prior_steps == 0
    assert set(passes) == {"unet"}
    assert set(story.loaded) == {"unet", "movq"}


def test_a_picture_is_known_by_its_content(known: Path, picture: Path, model: Path) -> None:
    copy = shutil.copy(picture, picture.with_name("copy.png"))
    with counted() as passes:
        told(
            Engine(known, 1),
            replace(request(), conditioning=ImagePrompt(Path(copy)), negative=Prompt("fog")),
            model,
        )
    assert set(passes) == {"unet"}


def test_a_picture_that_is_known_is_not_even_opened(
    known: Path, picture: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    open_rgb = pictures.open_rgb

    def counting(path: Path) -> Image.Image:
        read.append(path)
        return open_rgb(path)

    monkeypatch.setattr(pictures, "open_rgb", counting)
    passage = Interpolation(start=ImagePrompt(picture), end=CAT)
    told(Engine(known, 1), replace(request(count=6), conditioning=passage), model)
    assert read == []


def test_words_are_encoded_once_for_all_ideas_and_roles(tmp_path: Path, model: Path) -> None:
    engine = Engine(tmp_path, 1)
    with counted() as passes:
        told(engine, request("a cat", count=4), model)
        assert passes["text_encoder"] == 2  # the words, and the empty ones to lead away from
        assert passes["prior"] == 4 * QUICK.prior_steps
        told(engine, request("a cat", count=2, prior_seed=9, prior_guidance=3.0), model)
        told(engine, request("a dog", negative_prior="a cat"), model)
        told(engine, request("a dog", negative_decoder="a cat"), model)
    assert passes["text_encoder"] == 3  # the dog


def test_the_plan_counts_each_point_once(tmp_path: Path, picture: Path, model: Path) -> None:
    engine, steps = Engine(tmp_path, 1), QUICK.prior_steps

    def planned(wanted: Paint) -> int:
        story = told(engine, wanted, model)
        assert len(story.steps("prior")) == story.planned.prior_steps
        return story.planned.prior_steps

    alike = replace(request("a cat"), negative=Prompt("a cat"))
    assert planned(alike) == steps
    twice = Mix(ingredients=(Ingredient(Prompt("a cat")), Ingredient(Prompt("a cat"), 0.5)))
    assert planned(replace(request(), conditioning=twice)) == 0
    assert (
        planned(replace(request(), conditioning=Interpolation(start=CAT, end=OIL), count=4))
        == 2 * steps
    )
    nudged = replace(
        request(prior_steps=6), conditioning=ImagePrompt(picture, "a cat", strength=0.5)
    )
    assert planned(nudged) == 3
    assert planned(nudged) == 0


# What is kept is known by all that it depends on


class Bench:
    """A model of one's own that may be changed, and the keys of what it makes."""

    def __init__(self, model: Path, picture: Path) -> None:
        self.model, self.picture = model, picture

    def keys(
        self, meaning: Prompt | ImagePrompt = CAT, prior_seed: int = 1, **changes: Any
    ) -> list[str]:
        environment, found = changes.pop("environment", ""), ready_model(self.model)
        assert found is not None
        inputs = PlanInputs(
            request=request(**changes),
            model=found,
            files={self.picture: FileFacts(fingerprints.of_file(self.picture))},
        )
        plan = PlanBuilder(environment)
        return [embedding(plan, inputs, one, prior_seed, 0) for one in (meaning, self.nudged())]

    def nudged(self, text: str = "a cat", away: str = "", strength: float = 0.5) -> ImagePrompt:
        return ImagePrompt(self.picture, text, away, strength)


@pytest.fixture
def bench(kandinsky: Path, tmp_path: Path) -> Bench:
    model = shutil.copytree(kandinsky, tmp_path / "model")
    return Bench(model, Path(shutil.copy(__file__, tmp_path / "any.png")))


def test_any_setting_that_counts_is_in_the_key(bench: Bench) -> None:
    sets = [
        bench.keys(),
        bench.keys(prior_seed=2),
        bench.keys(prior_steps=5),
        bench.keys(prior_guidance=2.5),
        bench.keys(environment="another"),
    ]
    every = [key for keys in sets for key in keys]
    assert len(set(every)) == len(every)
    assert bench.keys(steps=9, guidance=7.0, width=128, seed=5) == sets[0]


def test_whatever_bits_depend_on_is_in_the_environment(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def planned(threads: int = 1, **how: Any) -> None:
        engine, inputs = Engine(tmp_path, threads), list[PlanInputs]()
        with monkeypatch.context() as patched:
            execute = "kandinsky_desktop.engine.engine.execute"
            patched.setattr(execute, lambda context: inputs.append(context.inputs))
            told(engine, request(), model, **how)
        seen.append(inputs[0].environment)

    try:
        planned()
        planned(threads=2)
        record = told(Engine(tmp_path, 1), request(steps=1), model).records[0]
        planned(like=replace(record.conditions, dtype="bfloat16"))
        monkeypatch.setattr("kandinsky_desktop.engine.engine.libraries", lambda: ("torch 99",))
        planned()
        monkeypatch.setattr("kandinsky_desktop.engine.engine.ARITHMETIC", 99)
        planned()
        monkeypatch.setattr(Device, "name", "Another processor")
        planned()
    finally:
        torch.set_num_threads(1)
    assert len(set(seen)) == len(seen)


def changed_weights(folder: Path) -> None:
    (file,) = folder.glob("*.safetensors")
    tensors = load_file(file)
    name = next(name for name, one in tensors.items() if one.is_floating_point())
    tensors[name] += 0.5
    save_file(tensors, file, {"format": "pt"})


def changed_config(folder: Path) -> None:
    file = min(folder.glob("*.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"changed": True}))


def replaced_weights(folder: Path) -> None:
    """Put others in their place, as large and of the same date, as tools do that keep dates."""
    (file,) = folder.glob("*.safetensors")
    about = file.stat()
    changed_weights(folder)
    other = file.rename(file.with_name("other"))
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(file)
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (about.st_size, about.st_mtime_ns)


@pytest.mark.parametrize(
    ("part", "change", "both"),
    [
        ("prior", changed_weights, True),
        ("prior", replaced_weights, True),
        ("prior", changed_config, True),
        ("text_encoder", changed_weights, True),
        ("tokenizer", changed_config, True),
        ("scheduler", changed_config, True),
        ("image_encoder", changed_weights, False),  # words do not go through it
        ("image_processor", changed_config, False),
    ],
)
def test_any_part_that_counts_is_in_the_key(
    bench: Bench, part: str, change: Callable[[Path], None], both: bool
) -> None:
    before = bench.keys()
    change(bench.model / "prior" / part)
    after = bench.keys()
    assert [old != new for old, new in zip(before, after, strict=True)] == [both, True]


def test_a_pictures_content_is_in_the_key_and_its_name_is_not(bench: Bench) -> None:
    before = bench.keys()
    bench.picture = bench.picture.rename(bench.picture.with_name("moved.png"))
    assert bench.keys() == before
    with bench.picture.open("ab") as file:
        file.write(b"!")
    assert bench.keys()[1] != before[1]


texts = some.text(some.sampled_from("ab \0,\"'"), max_size=4)
inputs = some.tuples(texts, texts, some.sampled_from([0.1, 0.5, 1.0]), some.integers(0, 2))


@settings(max_examples=100, deadline=None)
@given(inputs, inputs)
def test_two_points_share_a_key_only_if_all_of_them_is_alike(
    kandinsky: Path, one: tuple[str, str, float, int], other: tuple[str, str, float, int]
) -> None:
    bench = Bench(kandinsky, Path(__file__))
    (words, nudged), (other_words, other_nudged) = (
        (
            bench.keys(Prompt(text, away), seed)[0],
            bench.keys(bench.nudged(text, away, strength), seed)[0],
        )
        for text, away, strength, seed in (one, other)
    )
    assert (nudged == other_nudged) == (one == other)
    assert (words == other_words) == ((*one[:2], one[3]) == (*other[:2], other[3]))
    assert words != nudged


# What may happen to the folder


def test_the_folder_may_go_in_the_middle_of_a_job(
    tmp_path: Path, model: Path, picture: Path, known: Path
) -> None:
    whole = told(Engine(known, 1), fused(picture), model)
    cache = tmp_path / "cache"

    def delete(progress: Progress) -> bool:
        shutil.rmtree(cache, ignore_errors=True)
        return False

    story = told(Engine(cache, 1), fused(picture), model, stop_at=delete, resumable=True)
    assert story.file(0) == whole.file(0)


def test_a_folder_that_takes_nothing_is_only_slow(
    tmp_path: Path, model: Path, picture: Path, known: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = told(Engine(known, 1), fused(picture), model)
    (tmp_path / "cache").write_text("in the way")
    engine = Engine(tmp_path / "cache", 1)
    assert told(engine, fused(picture), model, resumable=True).file(0) == whole.file(0)
    assert "the cache cannot be written" in caplog.text
    with counted() as passes:  # it is still known in memory
        told(engine, fused(picture, seed=2), model)
    assert set(passes) == {"unet"}


def test_what_is_damaged_is_made_anew(
    tmp_path: Path, model: Path, picture: Path, known: Path
) -> None:
    whole = told(Engine(known, 1), fused(picture), model)
    cache = shutil.copytree(known, tmp_path / "cache")
    for number, file in enumerate(sorted(cache.rglob("*.safetensors"))):
        file.write_bytes((b"", b"\xff" * 99, file.read_bytes()[:-9])[number % 3])
    assert told(Engine(cache, 1), fused(picture), model).file(0) == whole.file(0)
    with counted() as passes:
        assert told(Engine(cache, 1), fused(picture), model).file(0) == whole.file(0)
    assert set(passes) == {"unet"}


def test_two_engines_share_a_folder(tmp_path: Path, model: Path) -> None:
    one, other = Engine(tmp_path, 1), Engine(tmp_path, 1)
    first = told(one, request("a tree"), model)
    with counted() as passes:
        assert told(other, request("a tree"), model).file(0) == first.file(0)
    assert set(passes) == {"unet"}


# The meaning travels in the picture


def saved(story: Story, path: Path, index: int = 0) -> Path:
    path.write_bytes(story.file(index))
    return path


@pytest.fixture
def painted(known: Path, picture: Path, model: Path) -> Story:
    return told(Engine(known, 1), fused(picture), model)


def test_a_meaning_travels_in_its_picture(
    painted: Story, known: Path, model: Path, tmp_path: Path
) -> None:
    wanted = replace(
        painted.records[0].request, conditioning=ImageEmbedding(saved(painted, tmp_path / "a.png"))
    )
    with counted() as passes:
        again = told(Engine(known, 1), wanted, model)
    assert set(passes) == {"unet"}
    assert again.images[0].tobytes() == painted.images[0].tobytes()
    assert again.meanings[0] == painted.meanings[0]


def test_a_meaning_is_read_from_a_file_of_its_own(
    painted: Story, engine: Engine, model: Path, tmp_path: Path
) -> None:
    point = image_embeddings.read(saved(painted, tmp_path / "a.png"))
    save_file({"embedding": point[0]}, tmp_path / "a.safetensors")
    wanted = replace(
        painted.records[0].request, conditioning=ImageEmbedding(tmp_path / "a.safetensors")
    )
    assert told(engine, wanted, model).images[0].tobytes() == painted.images[0].tobytes()


def test_half_precision_comes_back_to_the_bit(painted: Story, tmp_path: Path) -> None:
    point = torch.randn(1, 192).to(torch.bfloat16)
    made = pictures.finish(painted.images[0], painted.records[0], image_embeddings.pack(point))
    (tmp_path / "half.png").write_bytes(made.data)
    assert torch.equal(image_embeddings.read(tmp_path / "half.png").to(torch.bfloat16), point)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: save_file({"embedding": torch.zeros(1, 768)}, path), "has 768 numbers"),
        (lambda path: save_file({"embedding": torch.zeros(3, 64)}, path), "has 3 × 64 numbers"),
        (
            lambda path: save_file({"embedding": torch.full((1, 32), torch.nan)}, path),
            "is no number",
        ),
        (lambda path: save_file({"embedding": torch.zeros(1, 32)}, path), "is empty"),
        (lambda path: save_file({"embedding": torch.ones(32).long()}, path), "no meaning"),
        (lambda path: save_file({"other": torch.zeros(1, 32)}, path), "no meaning"),
        (lambda path: path.write_bytes(b"?"), "no meaning"),
        (lambda path: save_file({"embedding": torch.zeros(2**18)}, path), "no meaning"),
        (lambda path: None, "no file"),
    ],
)
def test_what_is_no_meaning_for_the_model_is_one_sentence(
    engine: Engine, model: Path, tmp_path: Path, write: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "point.safetensors"
    write(path)
    with pytest.raises(Unreadable, match=said) as caught:
        told(engine, replace(request(), conditioning=ImageEmbedding(path)), model)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_a_picture_without_its_meaning_is_one_sentence(
    painted: Story, engine: Engine, model: Path, tmp_path: Path
) -> None:
    bare = pictures.finish(painted.images[0], painted.records[0])
    (tmp_path / "bare.png").write_bytes(bare.data)
    with pytest.raises(Unreadable, match=r"bare\.png does not carry its meaning"):
        told(engine, replace(request(), conditioning=ImageEmbedding(tmp_path / "bare.png")), model)
