"""What jobs can do with models that words alone lead, whatever their family."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Stepped
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, Task
from kandinsky_desktop.engine.checkpoints import CheckpointInterval
from kandinsky_desktop.engine.engine import Engine
from tests.engine import tiny
from tests.engine.sides import mask, picture
from tests.engine.story import told
from tests.fakes import text_to_image

SIDE = 32
HOW = Sampling(width=SIDE, height=SIDE + 16, steps=5, guidance=7.5, seed=11)
STARTS = ("noise", "picture", "hole", "border")


@dataclass(frozen=True)
class Family:
    """A family, by its smallest model."""

    write: Callable[[Path], Path]
    networks: frozenset[str]  # that are loaded where all texts are known
    schedulers: tuple[str, ...]  # the usual one first

    @property
    def scheduler(self) -> str:
        return self.schedulers[0]


FAMILIES = {
    "Kandinsky 2.0": Family(
        tiny.write_kandinsky20,
        frozenset({"unet", "conditioner", "vae"}),
        ("ddim_sampler", "plms_sampler", "p_sampler"),
    ),
    "Stable Diffusion": Family(
        tiny.write_stable_diffusion, frozenset({"unet", "vae"}), (HOW.scheduler, "plms_sampler")
    ),
}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture(scope="module")
def model(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return family.write(tmp_path_factory.mktemp("text-guided") / "tiny")


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str], Task | None]:
    cat, hole = tmp_path / "cat.png", tmp_path / "hole.png"
    picture(SIDE, SIDE + 16).save(cat)
    mask((8, 8, 20, 24), SIDE, SIDE + 16).save(hole)
    starts: dict[str, Task | None] = {
        "noise": None,
        "picture": Img2Img(path=cat, strength=0.6),
        "hole": Inpaint(path=cat, masks=(hole,), grow=2, feather=4),
        "border": Outpaint(path=cat, right=24, overlap=16),
    }
    return starts.__getitem__


def asked(family: Family, start: Task | None = None, **sampling: Any) -> Paint:
    how = replace(HOW, **{"scheduler": family.scheduler, "eta": 0.05, **sampling})
    request = text_to_image("a cat", negative_decoder="a dog", sampling=how)
    return request if start is None else replace(request, task=start)


@pytest.mark.parametrize(
    ("family", "scheduler"),
    [(name, one) for name, family in FAMILIES.items() for one in family.schedulers],
    indirect=["family"],
)
@pytest.mark.parametrize("name", STARTS)
def test_each_picture_comes_again_from_its_record(
    engine: Engine,
    family: Family,
    model: Path,
    start: Callable[[str], Task | None],
    name: str,
    scheduler: str,
) -> None:
    one = asked(family, start(name), scheduler=scheduler)
    story = told(engine, request := replace(one, count=2), model)
    for index, record in story.records.items():
        assert record.changed_outside == 0
        again = told(engine, Job(request, made=(1 - index,)), model, like=record.conditions)
        assert again.file(index) == story.file(index)
    assert len(story.steps("decoder")) == story.planned.decoder_steps
    assert story.planned.prior_steps == 0


@pytest.mark.parametrize("name", STARTS)
def test_a_job_that_was_cut_off_goes_on_to_the_same_bits(
    tmp_path: Path, family: Family, model: Path, start: Callable[[str], Task | None], name: str
) -> None:
    always = CheckpointInterval(every_s=0, share=math.inf)
    engine = Engine(tmp_path / "cache", 1, interval=always)
    request = asked(family, start(name))
    whole, job = told(engine, request, model), Job(request)

    def at_the_second(progress: object) -> bool:
        return isinstance(progress, Stepped) and progress.step == 2

    told(engine, job, model, stop_at=at_the_second, resumable=True)
    rest = told(engine, job, model, resumable=True)
    assert rest.planned.decoder_steps == whole.planned.decoder_steps - 2
    assert rest.file(0) == whole.file(0)


def test_previews_look_like_what_comes(engine: Engine, family: Family, model: Path) -> None:
    request = asked(family, steps=4)
    story = told(engine, request, model)
    for step in story.steps("decoder"):
        assert step.preview is not None
        assert (step.preview.width, step.preview.height) == (SIDE, SIDE + 16)
    unseen = told(engine, request, model, previews=False)
    assert unseen.file(0) == story.file(0)


def test_a_prompt_that_is_known_is_not_encoded_again(
    tmp_path: Path, family: Family, model: Path
) -> None:
    told(Engine(tmp_path, 1), asked(family), model)
    again = told(Engine(tmp_path, 1), asked(family, seed=3), model)
    assert set(again.loaded) == family.networks


def fusion(path: Path) -> Mix:
    return Mix(ingredients=(Ingredient(Prompt("a cat")), Ingredient(ImagePrompt(path))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: {"conditioning": fusion(path)}, "cannot mix meanings"),
        (lambda path: {"conditioning": ImagePrompt(path)}, "cannot look at pictures"),
        (lambda path: {"candidates": 3}, "has no prior"),
        (lambda path: {"conditioning": Prompt("a cat", "a dog")}, "has no prior"),
        (lambda path: {"decoder_prompt": "a cat"}, "reads no anchor text"),
    ],
    ids=["fusion", "picture", "candidates", "negative prior prompt", "decoder prompt"],
)
def test_what_it_cannot_do_is_a_sentence_before_anything_is_loaded(
    engine: Engine, family: Family, model: Path, tmp_path: Path, change: Any, said: str
) -> None:
    picture(SIDE, SIDE + 16).save(tmp_path / "cat.png")
    before = engine.loads
    changes: dict[str, Any] = change(tmp_path / "cat.png")
    with pytest.raises(InvalidRequest, match=said) as refused:
        told(engine, replace(asked(family), **changes), model)
    assert engine.loads == before
    assert "\n" not in str(refused.value)
