"""Choosing among many: the ideas nearest to the words are painted, and come again."""

import base64
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store import pictures
from tests.engine import tiny
from tests.engine.passes import counted
from tests.engine.story import Story, told
from tests.fakes import QUICK, request

WORDS = "a purple triangle"
STEPS = QUICK.prior_steps


def choosing(count: int, ideas: int, **changes: object) -> Paint:
    wanted = request(WORDS, width=32, height=32, **changes)
    return replace(wanted, count=count, candidates=ideas)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("candidates")


@pytest.fixture(scope="module")
def story(folder: Path, model: Path) -> Story:
    """Two of six."""
    return told(Engine(folder, 1), choosing(2, 6), model)


def point(story: Story, index: int) -> torch.Tensor:
    return load(base64.b64decode(story.meanings[index]))["embedding"]


def test_the_nearest_are_painted_and_their_scores_kept(
    story: Story, engine: Engine, model: Path
) -> None:
    every = told(engine, request(WORDS, count=6, width=32, height=32), model)
    tokenizer = CLIPTokenizer.from_pretrained(model / "prior" / "tokenizer")
    encoder = CLIPTextModelWithProjection.from_pretrained(
        model / "prior" / "text_encoder", dtype=torch.float32
    )
    limit = encoder.config.max_position_embeddings
    tokens = tokenizer(WORDS, padding="max_length", max_length=limit, return_tensors="pt")
    with torch.inference_mode():
        words = encoder(tokens.input_ids).text_embeds
    scores = [
        float(torch.nn.functional.cosine_similarity(words, point(every, index)))
        for index in range(6)
    ]
    best = sorted(range(6), key=lambda index: -scores[index])[:2]
    assert [story.records[index].conditions.candidate for index in (0, 1)] == best
    kept = [story.records[index].score for index in (0, 1)]
    assert kept == pytest.approx([scores[number] for number in best], abs=1e-6)
    for index, number in enumerate(best):
        assert story.meanings[index] == every.meanings[number]
        assert story.records[index].prior_seed == every.records[number].prior_seed
    assert all(record.score is None for record in every.records.values())


def test_the_plan_has_the_steps_of_all_ideas_and_of_one_negative(
    story: Story, tmp_path: Path, model: Path
) -> None:
    assert story.planned.prior_steps == len(story.steps("prior")) == 6 * STEPS
    engine = Engine(tmp_path, 1)
    led_away = replace(choosing(1, 4), negative=Prompt("fog"))
    away = told(engine, led_away, model)
    assert away.planned.prior_steps == len(away.steps("prior")) == 5 * STEPS
    more = told(engine, replace(led_away, candidates=6, count=2), model)
    assert more.planned.prior_steps == len(more.steps("prior")) == 2 * STEPS  # four are known


def test_a_picture_comes_again_without_the_other_ideas(
    story: Story, tmp_path: Path, model: Path
) -> None:
    engine = Engine(tmp_path, 1)  # that knows nothing
    for index in (1, 0):
        record = story.records[index]
        again = told(engine, Job(record.request, made=(1 - index,)), model, like=record.conditions)
        assert again.planned.prior_steps == len(again.steps("prior")) == STEPS
        assert again.file(index) == story.file(index)


def test_a_score_travels_in_the_picture(story: Story, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(story.file(1))
    assert pictures.read_record(tmp_path / "one.png") == story.records[1]


def test_a_retry_chooses_as_before(story: Story, folder: Path, model: Path) -> None:
    with counted() as passes:
        rest = told(Engine(folder, 1), Job(choosing(2, 6), made=(0,)), model)
    assert rest.file(1) == story.file(1)
    assert set(passes) == {"unet"}


def test_with_one_idea_for_all_it_is_the_best(story: Story, folder: Path, model: Path) -> None:
    alike = told(Engine(folder, 1), choosing(3, 6, shared_prior_seed=True), model)
    best = story.records[0].conditions.candidate
    assert [record.conditions.candidate for record in alike.records.values()] == [best] * 3
    assert len({image.tobytes() for image in alike.images.values()}) == 3
    record = alike.records[2]
    again = told(Engine(folder, 1), Job(record.request, made=(0, 1)), model,
                 like=record.conditions)  # fmt: skip
    assert again.file(2) == alike.file(2)


def test_no_image_encoder_is_needed(engine: Engine, tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "small")
    wanted = replace(choosing(1, 3), negative=Prompt("fog"))
    shutil.rmtree(model / "prior" / "image_encoder")
    assert told(engine, wanted, model).records[0].score is not None


def test_it_may_be_stopped_between_two_ideas(tmp_path: Path, model: Path) -> None:
    steps = []

    def at_the_fifth(progress: object) -> bool:
        steps.append(progress)
        return len([one for one in steps if type(one).__name__ == "Stepped"]) == 5

    cut = told(Engine(tmp_path, 1), choosing(2, 6), model, stop_at=at_the_fifth)
    assert not cut.images
    assert told(Engine(tmp_path, 1), choosing(2, 6), model).planned.prior_steps == 5 * STEPS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": 3, "candidates": 2}, "3 pictures cannot be chosen among 2 ideas"),
        ({"candidates": 257}, "Choose among must lie between 0 and 256"),
    ],
)
def test_what_cannot_be_chosen_is_refused(change: dict[str, int], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        replace(request(), **change)  # type: ignore[arg-type]
