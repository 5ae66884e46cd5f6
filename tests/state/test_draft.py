"""The draft: what is set for the next pictures stays within what the model can do."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint, PaintOptions, Sampling, options_of
from kandinsky_desktop.domain.task import (
    NOWHERE,
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    PartOf,
    Task,
    TextToImage,
)
from kandinsky_desktop.state.draft import Draft, DraftState, Part, PictureAndPrompt
from kandinsky_desktop.store import saved_session
from tests.fakes import HERE, record, request
from tests.trees import DIFFUSION, FULL, STARTER

CAT = Path("cat.png")
OTHER = replace(STARTER, name="other", root=Path("/other"))


@pytest.fixture
def draft(qtbot: QtBot) -> DraftState:
    draft = DraftState()
    draft.use_model(STARTER)
    return draft


def test_a_fresh_draft_paints_as_many_as_the_model_does_at_once(draft: DraftState) -> None:
    assert draft.values.count == STARTER.profile.count == 4
    full = DraftState()
    full.use_model(FULL)
    assert full.values.count == 1
    draft.set(count=2)
    draft.use_model(FULL)
    draft.use_model(STARTER)
    assert draft.values.count == 2


def test_a_fresh_draft_takes_the_models_own_defaults(draft: DraftState) -> None:
    assert draft.values.sampling == STARTER.profile.sampling
    assert draft.values.model == "starter"
    assert draft.defaults.guidance == 1.5


def test_a_draft_of_the_last_sitting_keeps_what_was_set(qtbot: QtBot) -> None:
    sampling = replace(STARTER.profile.sampling, steps=7, prior_seed=5)
    values = Draft(prompt="a cat", model="starter", sampling=sampling)
    draft = DraftState(values)
    draft.use_model(STARTER)
    assert draft.values == values
    elsewhere = DraftState(values)
    elsewhere.use_model(FULL)  # the starter is not wanted any more
    assert elsewhere.values.sampling == replace(FULL.profile.sampling, prior_seed=5)


def test_each_model_keeps_what_was_set_for_it(draft: DraftState) -> None:
    draft.set_sampling(steps=7)
    draft.use_model(FULL)
    assert draft.values.sampling.width == 768
    draft.set_sampling(steps=20)
    draft.use_model(STARTER)
    assert (draft.values.sampling.steps, draft.values.sampling.width) == (
        7,
        STARTER.native,
    )
    draft.use_model(FULL)
    assert draft.values.sampling.steps == 20


def test_what_washes_out_a_models_pictures_is_not_set_for_it(draft: DraftState) -> None:
    draft.use_model(FULL)
    draft.set_sampling(scheduler="p_sampler", thresholding=True)
    assert draft.values.sampling.scheduler == "p_sampler"
    for sampling in (draft.values.sampling, Sampling(scheduler="p_sampler", thresholding=True)):
        last = DraftState(Draft(prompt="a cat", model="starter", sampling=sampling))
        last.use_model(STARTER)  # as the last sitting left it
        assert last.values.sampling.scheduler == "DDPMScheduler"
        assert not last.values.sampling.thresholding
        assert not last.problem
    draft.use_model(STARTER)
    draft.set_sampling(scheduler="p_sampler", thresholding=True)
    assert draft.values.sampling.scheduler == "DDPMScheduler"
    draft.use_model(FULL)
    assert draft.values.sampling.scheduler == "p_sampler"


@pytest.mark.parametrize("prompt", ["", "  \n", "c" * 20_001, "\ud83d"])
def test_why_it_cannot_run_is_a_sentence(draft: DraftState, prompt: str) -> None:
    draft.set(prompt=prompt)
    assert draft.problem
    with pytest.raises(InvalidRequest) as refused:
        draft.make_request()
    assert str(refused.value) == draft.problem


@pytest.mark.parametrize("task", [Inpaint(path=CAT, masks=(CAT,)), Outpaint(path=CAT, top=8)])
def test_a_hole_without_words_is_filled_by_what_the_picture_means(
    draft: DraftState, task: Task
) -> None:
    draft.set(task=task, prompt=" \n", candidates=8)
    assert not draft.problem
    meant = ImagePrompt(CAT, without_hole=isinstance(task, Inpaint))
    made = draft.make_request()
    assert made.conditioning == meant
    draft.set(prompt="a cloud")
    draft.apply_record(record(made))
    again = draft.make_request().conditioning
    assert again == meant  # used again, it is without words again
    draft.set(prompt="a tree", image_conditioning=None)
    assert draft.make_request().conditioning == Prompt("a tree")
    draft.set(prompt="")
    draft.use_model(DIFFUSION)
    assert draft.problem.endswith("Type what you want to see there.")


def test_without_a_model_it_cannot_run(qtbot: QtBot) -> None:
    draft = DraftState(Draft(prompt="a cat"))
    assert draft.problem == "No model is there yet."


def test_seeds_are_fresh_unless_they_are_locked(draft: DraftState) -> None:
    draft.set(prompt="a cat", seed_locked=True)
    draft.set_sampling(seed=42)
    first, second = draft.make_request(), draft.make_request()
    assert first.sampling.seed == second.sampling.seed == 42
    assert first.sampling.prior_seed != second.sampling.prior_seed
    assert draft.values.sampling.prior_seed == second.sampling.prior_seed  # shown as it was used


def test_the_size_takes_the_shape_of_a_picture_unless_it_has_it(draft: DraftState) -> None:
    draft.use_model(FULL)
    draft.set_shape(Size(1600, 900))
    assert (draft.size.width, draft.size.height) == (1024, 576)
    draft.set_sampling(width=1280, height=1280)
    draft.set_shape(Size(500, 500))
    assert (draft.size.width, draft.size.height) == (1280, 1280)


def test_any_size_becomes_one_that_can_be_painted(draft: DraftState) -> None:
    draft.set(prompt="a cat")
    draft.set_sampling(width=100, height=4096)
    assert (draft.size.width, draft.size.height) == (96, STARTER.largest)
    assert draft.problem == ""


def test_a_change_is_told_once_and_none_is_not(draft: DraftState, qtbot: QtBot) -> None:
    told: list[None] = []
    draft.changed.connect(lambda: told.append(None))
    draft.set(prompt="a cat")
    draft.set_sampling(steps=9)
    draft.set(prompt="a cat")
    draft.set_sampling(steps=9)
    draft.use_model(STARTER)
    assert len(told) == 2


def test_a_misspelt_option_is_caught_by_mypy_and_at_run_time(draft: DraftState) -> None:
    """An ignore that mypy does not need fails `make check`, so these hold the types too."""
    with pytest.raises(TypeError):
        draft.set(promt="a cat")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        draft.set_sampling(idea_seed=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        draft.lacks(meaning=None)  # type: ignore[call-arg]
    draft.set(count="1")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        draft.set_option("idea_seed", 5)
    assert set(get_args(Part)) <= {field.name for field in fields(Draft)}


def test_what_a_form_typed_is_shown_as_the_draft_put_it_right(
    draft: DraftState, qtbot: QtBot
) -> None:
    told: list[None] = []
    draft.changed.connect(lambda: told.append(None))
    draft.set_option("width", STARTER.native + 1)
    draft.set_size(draft.size)
    assert draft.size == Size(STARTER.native, STARTER.native)
    assert len(told) == 2


def recall(draft: DraftState, made: Paint) -> None:
    """Use a picture again, as exactly as it was."""
    draft.apply_record(record(made))
    draft.set(prior_seed_locked=True, seed_locked=True)


def test_the_settings_of_an_earlier_picture_can_be_used_for_others(draft: DraftState) -> None:
    draft.set(count=4, prior_seed_locked=True, seed_locked=True)
    old = record(request("a dog", count=2, negative_prior="fog", prior_seed=10, seed=20), 1)
    draft.apply_record(old)
    draft.apply_record(old)
    shown = draft.values.sampling
    assert (shown.prior_seed, shown.seed) == (11, 21)  # to be locked by whoever wants the same
    made = draft.make_request()
    assert (made.words, made.negative_prior, made.count) == ("a dog", "fog", 4)
    assert made.sampling.prior_seed != 11
    assert made.sampling.seed != 21
    draft.undo()
    assert (draft.values.prompt, draft.values.seed_locked) == ("", True)


def test_of_few_ideas_no_more_pictures_are_chosen_than_there_are(draft: DraftState) -> None:
    draft.set(count=9)
    draft.apply_record(record(request("a dog", count=2, candidates=4)))
    assert (draft.values.count, draft.values.candidates) == (4, 4)
    assert not draft.problem


@pytest.mark.parametrize(("model", "needs_both"), [(STARTER, True), (DIFFUSION, False)])
def test_seeds_are_locked_if_all_that_matter_are(
    draft: DraftState, model: Model, needs_both: bool
) -> None:
    draft.use_model(model)
    seen = [draft.locked]
    for name in ("seed_locked", "prior_seed_locked"):
        draft.set_option(name, True)
        seen.append(draft.locked)
    draft.unlock()
    assert [*seen, draft.locked] == [False, not needs_both, True, False]
    assert draft.undo_name == "Locks of the seeds"


def test_another_start_keeps_the_picture_and_what_was_set_for_it(draft: DraftState) -> None:
    draft.start_from(CAT)
    draft.set_in_part("task", "strength", 0.7)
    draft.set_task_kind(Outpaint)
    assert draft.values.task == Outpaint(path=CAT)
    assert "how many pixels" in draft.problem_besides
    draft.set_in_part("task", "left", 16)
    assert draft.problem_besides == ""
    draft.set_task_kind(Img2Img)
    assert draft.values == replace(draft.values, task=Img2Img(path=CAT, strength=0.7))


def test_a_picture_that_comes_too_late_is_not_taken(draft: DraftState) -> None:
    draft.set_picture("task", CAT)
    draft.set_picture("depth", CAT)
    draft.set_masks((CAT,))
    assert draft.values == replace(draft.values, task=TextToImage(), depth=None)


def test_another_picture_is_no_part_of_what_the_one_before_was(draft: DraftState) -> None:
    part, sea = PartOf(content="whole", left=0, top=0, right=9, bottom=9), Path("sea.png")
    region = Inpaint(path=CAT, masks=(CAT,), part_of=part)
    draft.set(task=region)
    draft.set_picture("task", CAT)
    assert draft.values.task == region
    draft.set_picture("task", sea)
    assert draft.values.task == replace(region, path=sea, part_of=None)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"task": Img2Img(path=NOWHERE)}, "picture to start from"),
        ({"task": Inpaint(path=CAT, masks=())}, "mask first"),
        ({"task": Outpaint(path=CAT)}, "how many pixels"),
        ({"depth": Depth(path=NOWHERE)}, "depth map first"),
        ({"image_conditioning": PictureAndPrompt(NOWHERE)}, "for the meaning first"),
        ({"negative": ImagePrompt(NOWHERE)}, "lead away from first"),
        ({"depth": Depth(path=CAT)}, "cannot follow a depth map"),
        ({"decoder_prompt": "a photo"}, "no anchor text"),
        ({"candidates": 2, "count": 3}, "cannot be chosen among"),
    ],
)
def test_what_is_not_chosen_or_cannot_be_is_a_sentence(
    draft: DraftState, values: dict[str, Any], sentence: str
) -> None:
    draft.set(prompt="a cat", **values)
    assert sentence in draft.problem
    with pytest.raises(InvalidRequest):
        draft.make_request()


def test_all_that_was_wished_comes_back_from_its_picture(draft: DraftState) -> None:
    draft.set(
        prompt="a cat",
        count=1,
        task=Inpaint(path=CAT, masks=(CAT,), grow=9),
        image_conditioning=PictureAndPrompt(CAT, strength=0.5),
        negative=ImageEmbedding(CAT),
    )
    draft.set_sampling(eta=0.3, guidance_from=0.25)
    made = draft.make_request()
    draft.set(prompt="", task=TextToImage(), image_conditioning=None, negative=None)
    draft.set_sampling(eta=0.0, guidance_from=0.0)
    recall(draft, made)
    assert draft.make_request() == made


@pytest.mark.parametrize("prompt", ["a cat", ""])
@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_a_picture_and_the_prompt_come_back_together(
    draft: DraftState, strength: float, prompt: str
) -> None:
    draft.set(
        prompt=prompt,
        count=1,
        negative_prior="fog",
        image_conditioning=PictureAndPrompt(CAT, strength),
    )
    made = draft.make_request()
    assert made.conditioning == ImagePrompt(CAT, prompt, "fog", strength)
    draft.set(prompt="another", negative_prior="", image_conditioning=None)
    recall(draft, made)
    assert draft.make_request() == made


@pytest.mark.parametrize(("model", "prior"), [(STARTER, "fog"), (DIFFUSION, "")])
def test_without_reaches_the_prior_where_there_is_one(
    draft: DraftState, model: Model, prior: str
) -> None:
    draft.use_model(model)
    draft.set_without("fog")
    assert (draft.values.negative_decoder, draft.values.negative_prior) == ("fog", prior)


def test_a_picture_alone_leaves_the_prompt_as_it_is(draft: DraftState) -> None:
    draft.set(prompt="a cat", image_conditioning=ImagePrompt(CAT))
    made = draft.make_request()
    assert made.conditioning == ImagePrompt(CAT)
    draft.set(prompt="another", image_conditioning=None)
    draft.apply_record(record(made))
    assert (draft.values.image_conditioning, draft.values.prompt) == (ImagePrompt(CAT), "another")


def unlike_default(kind: type, name: str) -> Any:
    """Return a value of a declared field that is not its default."""
    default: Any = {field.name: field.default for field in fields(kind)}[name]
    about = declared(kind)[name]
    if isinstance(default, bool):
        return not default
    if about.choices:
        return next(one.value for one in about.choices if one.value != default)
    if isinstance(default, str):
        return "something else"
    return default + (-about.step if default == about.high else about.step)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in (PaintOptions, Sampling) for name in declared(kind)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_an_option_passes_through_draft_session_request_and_use_again(
    qtbot: QtBot, kind: type, name: str
) -> None:
    change: dict[str, Any] = {name: unlike_default(kind, name)}
    if kind is Sampling:
        change = {"sampling": replace(Sampling(), **change)}
    values = Draft(prompt="a cat", model=FULL.name)
    changed = replace(values, **change)
    assert from_plain(Draft, to_plain(changed, bytearray())) == changed
    draft = DraftState(changed)
    if name != "model":
        draft.use_model(FULL)
    made = draft.current_request()
    for option in fields(PaintOptions):
        assert getattr(made, option.name) == getattr(draft.values, option.name)
    again = DraftState(values)
    again.use_model(FULL)
    again.apply_record(record(made))
    kept = {"count": values.count, "model": FULL.name}  # as many, by the model in use
    assert options_of(again.values) == options_of(made) | kept


def test_of_several_masks_the_pictures_own_comes_back(draft: DraftState) -> None:
    masks = (Path("first.png"), Path("second.png"))
    draft.apply_record(record(request(count=2, task=Inpaint(path=CAT, masks=masks)), 1))
    assert draft.values.task == Inpaint(path=CAT, masks=masks[1:])


def test_ideas_come_back_where_that_gives_the_same_picture(draft: DraftState) -> None:
    best, second = (
        replace(record(made, index), conditions=replace(HERE, candidate=idea))
        for made in [request(count=2, candidates=8, prior_seed=10)]
        for index, idea in ((0, 5), (1, 3))
    )
    draft.apply_record(best)
    assert (draft.values.candidates, draft.values.sampling.prior_seed) == (8, 10)
    draft.apply_record(second)
    assert (draft.values.candidates, draft.values.sampling.prior_seed) == (0, 13)


def test_the_range_of_guidance_is_never_turned_around(draft: DraftState) -> None:
    draft.set_sampling(guidance_to=0.5)
    draft.set_sampling(guidance_from=0.75)
    assert draft.values.sampling.guidance_to == 0.75
    draft.set_sampling(guidance_to=0.25)
    assert draft.values.sampling.guidance_from == 0.25


def test_a_board_is_painted_from_any_start_and_not_chosen_for(draft: DraftState) -> None:
    draft.set(candidates=4, image_conditioning=ImagePrompt(CAT), task=Img2Img(path=CAT))
    plain = draft.make_request(words=False)
    assert (plain.candidates, plain.task) == (0, Img2Img(path=CAT))


# the last sitting, as commit 7aa0aa2 wrote it
WRITTEN: dict[str, Any] = {
    "type": "Draft",
    "prompt": "a red cat",
    "negative_prior": "fog",
    "negative_decoder": "rain",
    "count": 3,
    "shared_prior_seed": True,
    "model": "starter",
    "sampling": {
        "type": "Sampling",
        "width": 128,
        "height": 96,
        "steps": 7,
        "guidance": 3.5,
        "prior_steps": 25,
        "prior_guidance": 4.0,
        "scheduler": "DDIMScheduler",
        "eta": 0.25,
        "thresholding": False,
        "guidance_from": 0.0,
        "guidance_to": 0.75,
        "prior_seed": 5,
        "seed": 4294967295,
    },
    "prior_seed_locked": True,
    "seed_locked": False,
    "task": {
        "type": "Inpaint",
        "path": "cat.png",
        "masks": ["hole.png"],
        "strength": 1.0,
        "fill": "noise",
        "grow": 9,
        "feather": 8,
        "padding": 32,
        "crop": True,
    },
    "depth": {"type": "Depth", "path": "cat.png", "estimate": False, "flip": True},
    "image_conditioning": {"type": "PictureAndPrompt", "path": "cat.png", "strength": 0.6},
    "negative": {
        "type": "ImagePrompt",
        "path": "cat.png",
        "text": "",
        "negative": "",
        "strength": 0.0,
    },
    "decoder_prompt": "a photo",
    "negative_decoder_prompt": "",
    "candidates": 8,
}
READ = Draft(
    prompt="a red cat",
    negative_prior="fog",
    negative_decoder="rain",
    count=3,
    shared_prior_seed=True,
    model="starter",
    sampling=Sampling(
        width=128,
        height=96,
        steps=7,
        guidance=3.5,
        scheduler="DDIMScheduler",
        eta=0.25,
        guidance_to=0.75,
        prior_seed=5,
        seed=2**32 - 1,
    ),
    prior_seed_locked=True,
    task=Inpaint(path=CAT, masks=(Path("hole.png"),), fill="noise", grow=9),
    depth=Depth(path=CAT, flip=True),
    image_conditioning=PictureAndPrompt(CAT, 0.6),
    negative=ImagePrompt(CAT),
    decoder_prompt="a photo",
    candidates=8,
)


def test_a_session_of_before_is_read_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "session.json"
    file.write_text(json.dumps({"format": 1, "jobs": [], "draft": WRITTEN, "board": None}))
    assert saved_session.read_part(Draft, saved_session.load(file).draft) == READ
    assert not caplog.text
    now = to_plain(READ, bytearray())
    later = {"fit_mask": False, "match_colours": False, "part_of": None}
    assert now["task"] == WRITTEN["task"] | later
    assert now["negative"] == WRITTEN["negative"] | {"without_hole": False}
    before = {name: WRITTEN[name] for name in ("task", "negative")}
    assert now | before == WRITTEN


@pytest.mark.parametrize(
    ("change", "read", "said"),
    [
        ({"likeness": None}, READ, "likeness: Draft has no such field"),
        ({"count": "three"}, replace(READ, count=1), "count: a whole number, not 'three'"),
        ({"sampling": 7}, replace(READ, sampling=Sampling()), "sampling: an object"),
        (
            {"sampling": WRITTEN["sampling"] | {"steps": 10**6, "eta": "", "idea_seed": 3}},
            replace(READ, sampling=replace(READ.sampling, steps=50, eta=0.0)),
            "sampling.steps: Steps must lie between 1 and 1000",
        ),
        (
            {"sampling": WRITTEN["sampling"] | {"guidance_from": 0.9}},
            replace(READ, sampling=replace(READ.sampling, guidance_to=1.0, guidance_from=0.9)),
            "sampling.guidance_to: Guidance cannot end before it begins.",
        ),
        (
            {"task": WRITTEN["task"] | {"grow": -1, "blur": 4}},
            replace(READ, task=Inpaint(path=CAT, masks=(Path("hole.png"),), fill="noise")),
            "task.blur: Inpaint has no such field",
        ),
        ({"task": {"type": "Fill"}}, replace(READ, task=TextToImage()), "task.type: "),
        ({"task": {"type": "Img2Img"}}, replace(READ, task=TextToImage()), "task.path: missing"),
        ({"image_conditioning": []}, replace(READ, image_conditioning=None), "image_conditioning"),
    ],
)
def test_what_cannot_be_read_of_the_last_draft_costs_only_itself(
    change: dict[str, Any], read: Draft, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert saved_session.read_part(Draft, WRITTEN | change) == read
    assert said in caplog.text


@pytest.mark.parametrize("plain", [7, [], {}, {"type": "Dream"}])
def test_what_is_no_draft_is_none(plain: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert saved_session.read_part(Draft, plain) is None
    assert "the last Draft is left out" in caplog.text


# undo


def test_a_start_whose_file_gets_another_name_is_followed_also_by_undo(draft: DraftState) -> None:
    draft.start_from(Path("a.png"))
    draft.start_from(Path("b.png"))
    name = draft.undo_name
    draft.rename(Path("a.png"), Path("c.png"))
    assert (draft.values.task, draft.undo_name) == (Img2Img(path=Path("b.png")), name)
    draft.undo()
    assert draft.values.task == Img2Img(path=Path("c.png"))


def test_use_again_is_one_step_that_brings_the_prompt_back(draft: DraftState) -> None:
    draft.set_option("prompt", "a castle")
    before = draft.values
    with draft.one_step("Use again"):
        draft.use_model(FULL)
        draft.apply_record(record(request("a dog", steps=9)))
    assert (draft.values.prompt, draft.undo_name) == ("a dog", "Use again")
    draft.undo()
    assert (draft.values, draft.model) == (before, STARTER)
    assert draft.redo_name == "Use again"
    draft.redo()
    assert (draft.values.prompt, draft.values.sampling.steps, draft.model) == ("a dog", 9, FULL)
    draft.undo()
    draft.undo()
    assert draft.values.prompt == ""
    assert not draft.can_undo


def test_what_is_typed_is_one_step_until_the_field_is_left(draft: DraftState) -> None:
    for text in ("a", "a c", "a cat"):
        draft.set_option("prompt", text)
    draft.finish_edit()  # the field is left
    for text in ("a cats", "a cats!"):
        draft.set_option("prompt", text)
    assert draft.undo_name == "Prompt"
    draft.undo()
    assert draft.values.prompt == "a cat"
    draft.undo()
    assert draft.values.prompt == ""
    draft.redo()
    assert draft.values.prompt == "a cat"


def test_after_a_pause_more_of_the_same_is_another_step(draft: DraftState, qtbot: QtBot) -> None:
    draft._pause.setInterval(1)
    draft.set_option("prompt", "a")
    with qtbot.waitSignal(draft.edit_finished):
        pass
    draft.set_option("prompt", "a b")
    draft.undo()
    assert draft.values.prompt == "a"


def test_a_slider_that_is_drawn_is_one_step_and_another_one_is_another(draft: DraftState) -> None:
    usual = draft.values.sampling
    for share in (0.1, 0.2, 0.3):
        draft.set_option("guidance_from", share)
    for share in (0.9, 0.5, 0.2):  # it pushes the other end
        draft.set_option("guidance_to", share)
    draft.set_task_kind(Img2Img)
    for strength in (0.5, 0.6):
        draft.set_in_part("task", "strength", strength)
    names = []
    while draft.can_undo:
        names.append(draft.undo_name)
        draft.undo()
    assert names == ["Strength", "Start", "Guidance to", "Guidance from"]
    assert draft.values.sampling == usual


def test_what_the_program_sets_for_a_person_is_a_step_with_a_name(draft: DraftState) -> None:
    draft.set_option("prompt", "a cat")
    draft.set(prompt="a suggestion")
    draft.start_from(CAT)
    draft.take_meaning(CAT)
    draft.use_model(FULL)
    names = []
    while draft.can_undo:
        names.append(draft.undo_name)
        draft.undo()
    assert names == ["Model", "Meaning of a picture", "Start from a picture", "Prompt", "Prompt"]
    assert (draft.model, draft.values.sampling) == (STARTER, STARTER.profile.sampling)


def test_undoing_a_model_brings_its_sizes_back_and_keeps_what_was_set_since(
    draft: DraftState,
) -> None:
    draft.set_sampling(steps=7)
    draft.use_model(FULL)
    draft.set_sampling(steps=31)
    draft.undo()
    draft.undo()
    assert draft.values.sampling == replace(STARTER.profile.sampling, steps=7)
    draft.use_model(FULL)
    assert draft.values.sampling.width == 768


def test_seeds_that_are_drawn_for_a_picture_are_no_step(draft: DraftState) -> None:
    draft.set_option("prompt", "a cat")
    made = draft.make_request()
    assert draft.undo_name == "Prompt"
    draft.undo()
    draft.redo()
    assert draft.values.sampling == made.sampling


def test_a_draft_begins_without_a_past_when_its_model_is_found(qtbot: QtBot) -> None:
    draft = DraftState(Draft(prompt="a cat", model="starter"))
    draft.use_model(STARTER)
    draft.use_model(replace(STARTER, root=Path("/elsewhere")))  # found anew
    assert not draft.can_undo


def test_a_text_that_is_too_long_is_called_by_its_own_name() -> None:
    draft = DraftState()
    draft.use_model(STARTER)
    draft.set(prompt="a cat", negative_decoder="b" * 30_000)
    assert draft.problem.startswith("Negative decoder prompt is too long: 30000 characters")
    draft.set(negative_decoder="", negative_prior="b" * 30_000)
    assert "egative" in draft.problem
