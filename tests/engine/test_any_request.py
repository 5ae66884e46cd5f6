"""Any request that passes the check is painted, and painted again to the bit; others are refused.

A refusal is one sentence, and nothing has been loaded for it.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model, check_fits
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Img2Img
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.store.models import read_model
from tests import request_strategies
from tests.engine.sides import mask, picture
from tests.engine.story import told

pytestmark = pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")  # diffusers' own

TOO_LARGE = "too large for a plain sum"  # which only the mixing itself finds out


@dataclass(frozen=True)
class Desk:
    """A model, and files to make requests of."""

    model: Path
    facts: Model
    wishes: some.SearchStrategy[Paint]
    estimator: Path


@pytest.fixture(scope="module")
def desks(
    tmp_path_factory: pytest.TempPathFactory,
    engine: Engine,
    starter: Path,
    whole_21: Path,
    whole_22: Path,
    estimator: Path,
) -> dict[str, Desk]:
    folder = tmp_path_factory.mktemp("any")
    masks = []
    for name, box in (("some", (10, 6, 30, 40)), ("dot", (0, 0, 1, 1)), ("all", (0, 0, 80, 64))):
        masks.append(folder / f"{name}.png")
        mask(box, 80, 64).save(masks[-1])
    masks.append(folder / "soft.png")
    Image.linear_gradient("L").resize((80, 64)).save(masks[-1])
    pictures = [folder / "one.png", folder / "two.png"]
    for seed, path in enumerate(pictures):
        picture(80, 64, seed=seed).save(path)
    desks = {}
    sizes = some.sampled_from([32, 48, 64, 64, 50])
    for model in (starter, whole_21, whole_22):
        facts = read_model(model)
        assert facts is not None
        small = Sampling(width=64, height=64, steps=1, prior_steps=2)
        story = told(engine, Paint(conditioning=Prompt("a bird"), sampling=small), model)
        saved = folder / f"{facts.name}.png"
        saved.write_bytes(story.file(0))
        wanted = request_strategies.requests(pictures, masks, [saved], sizes)
        desks[facts.name] = Desk(model, facts, wanted, estimator)
    return desks


def refusal_of(request: Paint, facts: Model) -> str:
    """Return the sentence with which a request is refused, or nothing."""
    try:
        check_fits(request, facts)
    except InvalidRequest as refusal:
        return str(refusal)
    return ""


def tried(engine: Engine, desk: Desk, request: Paint) -> None:
    how: dict[str, Any] = {"previews": False, "estimators": (desk.estimator,)}
    refusal, before = refusal_of(request, desk.facts), engine.loads
    try:
        story = told(engine, request, desk.model, **how)
    except InvalidRequest as error:
        said = str(error)
        if refusal:
            assert (said, engine.loads, said.count("\n")) == (refusal, before, 0)
        elif TOO_LARGE not in said:
            raise
        return
    assert not refusal
    assert sorted(story.images) == list(range(request.count))
    assert len(story.steps("prior")) == story.planned.prior_steps
    assert len(story.steps("decoder")) == story.planned.decoder_steps
    last = request.count - 1
    record = story.records[last]
    assert record.changed_outside == 0
    others = Job(record.request, made=tuple(range(last)))
    again = told(engine, others, desk.model, like=record.conditions, **how)
    assert again.file(last) == story.file(last)


SAMPLE, MANY = 8, pytest.param(200, marks=pytest.mark.soak)  # requests


@pytest.mark.parametrize("requests", [SAMPLE, MANY])
@pytest.mark.parametrize("name", ["starter", "Whole 2.1", "Whole 2.2"])
def test_any_request_is_painted_twice_alike_or_refused(
    engine: Engine, desks: dict[str, Desk], name: str, requests: int
) -> None:
    desk = desks[name]

    @settings(max_examples=requests)
    @given(desk.wishes)
    def try_it(request: Paint) -> None:
        tried(engine, desk, request)

    try_it()


@pytest.mark.parametrize("requests", [SAMPLE, MANY])
@pytest.mark.parametrize("name", ["Whole 2.1", "Whole 2.2"])
def test_any_request_that_fits_is_painted(
    engine: Engine, desks: dict[str, Desk], name: str, requests: int
) -> None:
    desk = desks[name]

    @settings(max_examples=requests)
    @given(desk.wishes.filter(lambda request: bool(request.files)))
    def try_it(request: Paint) -> None:
        tried(engine, desk, fitting(request, desk.facts))

    try_it()


def fitting(request: Paint, facts: Model) -> Paint:
    """Return a request with all that a model can do and without what it cannot."""
    sampling = replace(request.sampling, width=64, height=48)
    if facts.can("decoder prompt"):
        return replace(request, sampling=sampling, depth=None)
    near = request.depth or Depth(path=request.files[0])
    start = request.task
    if isinstance(start, Img2Img):
        start = replace(start, old_noise=False)
    return replace(
        request,
        sampling=sampling,
        task=start,
        depth=near,
        decoder_prompt="",
        negative_decoder_prompt="",
    )
