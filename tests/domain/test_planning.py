"""Plans of the published models: golden tables of memory, batches and calls, without torch."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kandinsky_desktop.domain.activations import Attention
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.costs import CostTable
from kandinsky_desktop.domain.errors import InvalidRequest, ModelProblem
from kandinsky_desktop.domain.events import PhaseRan
from kandinsky_desktop.domain.families.published import VERSIONS, published
from kandinsky_desktop.domain.memory import MIB, ExecutionMode, Load, activations, best_fit
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.domain.operations import Deliver, Denoise
from kandinsky_desktop.domain.plan import Phase, Plan
from kandinsky_desktop.domain.plan_inputs import UNLIMITED, FileFacts, PlanInputs
from kandinsky_desktop.domain.planning import (
    all_resident,
    fit_of,
    peak,
    placed,
    plan_of,
    size_that_fits,
    too_large,
)
from kandinsky_desktop.domain.record import Saving
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint, PartOf
from tests.fakes import HERE, text_to_image

GB = 10**9
CAT, HOLE = Path("cat.png"), Path("hole.png")


def inputs_of(
    request: Paint, version: str = "2.2", gigabytes: float = 0, side: int = 768
) -> PlanInputs:
    third = Box(side // 3, side // 3, side * 2 // 3, side * 2 // 3)
    return PlanInputs(
        request=request,
        model=published(version),
        files={
            CAT: FileFacts("cat", Size(side, side)),
            HOLE: FileFacts("hole", Size(side, side), third),
        },
        itemsize=2,
        missing=tuple(range(request.count)),
        budget=int(gigabytes * GB) if gigabytes else UNLIMITED,
    )


def words(side: int = 768, **changes: object) -> Paint:
    sampling = Sampling(width=side, height=side, steps=50, prior_steps=25)
    return replace(text_to_image("a cat", sampling=sampling), **changes)  # type: ignore[arg-type]


def table(plan: Plan, inputs: PlanInputs) -> Iterator[tuple[str, int, int, str]]:
    """Yield each network's operation, weights and peak in MiB, and mode, each once."""
    seen = []
    for one in placed(plan, inputs):
        fit = one.fit
        name = type(one.phase.operation).__name__
        row = name, fit.weights // MIB, fit.peak // MIB, fit.mode.name
        if row not in seen:
            seen.append(row)
            yield row


@pytest.mark.parametrize("version", VERSIONS)
def test_without_guidance_one_half_is_planned_and_none_is_split(version: str) -> None:
    def loop(guidance: float, attention: Attention) -> Phase:
        request = words(count=2)
        request = replace(request, sampling=replace(request.sampling, guidance=guidance))
        inputs = replace(inputs_of(request, version), attention=attention)
        return next(one for one in plan_of(inputs).phases if isinstance(one.operation, Denoise))

    for attention in get_args(Attention):
        both, one = (loop(guidance, attention) for guidance in (4.0, 1.0))
        names = [mode.name for mode in both.modes if "split" not in mode.name]
        assert [mode.name for mode in one.modes] == names
        for mode in one.modes:
            split = [
                other
                for other in both.modes
                if "split" in other.name
                and (other.by_row, "chunked" in other.name) == (mode.by_row, "chunked" in mode.name)
            ]
            assert [replace(mode, name=other.name) for other in split] == split
            assert split


@pytest.mark.parametrize(
    ("version", "side", "gigabytes", "rows"),
    [
        (
            "2.2",
            768,
            4,
            [
                ("EncodePrompt", 1324, 1327, "resident"),
                ("SamplePrior", 1957, 1966, "resident"),
                ("Denoise", 2390, 2592, "resident"),
                ("DecodePixels", 129, 993, "resident"),
            ],
        ),
        (
            "2.2",
            1024,
            2.8,
            [
                ("EncodePrompt", 1324, 1327, "resident"),
                ("SamplePrior", 1957, 1966, "resident"),
                ("Denoise", 2390, 2570, "split guidance"),
                ("DecodePixels", 129, 1665, "resident"),
            ],
        ),
        (
            "2.1",
            512,
            4,
            [
                ("EncodePrompt", 235, 237, "resident"),
                ("EncodePrompt", 1069, 1071, "resident"),
                ("SamplePrior", 1949, 1958, "resident"),
                ("Denoise", 2343, 2434, "resident"),
                ("DecodePixels", 129, 513, "resident"),
            ],
        ),
        (
            "2.0",
            512,
            4,
            [
                ("EncodePrompt", 1069, 1071, "resident"),
                ("EncodePrompt", 288, 289, "resident"),
                ("Denoise", 2333, 2423, "resident"),
                ("DecodePixels", 159, 543, "resident"),
            ],
        ),
    ],
)
def test_the_memory_of_each_phase_is_known_before_anything_is_loaded(
    version: str, side: int, gigabytes: float, rows: list[tuple[str, int, int, str]]
) -> None:
    inputs = inputs_of(words(side), version, gigabytes)
    assert list(table(plan_of(inputs), inputs)) == rows


def test_all_networks_of_22_take_seven_gigabytes_and_one_at_a_time_less_than_three() -> None:
    inputs = inputs_of(words())
    plan = plan_of(inputs)
    assert all_resident(plan, inputs) // MIB == 6665
    assert peak(plan, inputs) // MIB == 2592


@pytest.mark.parametrize(
    ("side", "gigabytes", "batches"),
    [
        (512, 24, [4, 4]),
        (512, 2.8, [3, 3, 2]),
        (768, 24, [3, 3, 2]),
        (768, 2.9, [1] * 8),
        (1024, 24, [2, 2, 2, 2]),
        (1024, 2.9, [1] * 8),
    ],
)
def test_so_many_are_denoised_together(side: int, gigabytes: float, batches: list[int]) -> None:
    inputs = inputs_of(words(side, count=8), gigabytes=gigabytes)
    loops = [one.operation for one in plan_of(inputs).phases if isinstance(one.operation, Denoise)]
    assert [len(loop.batch) for loop in loops] == batches


def test_how_a_request_is_cut_does_not_depend_on_what_is_missing() -> None:
    inputs = inputs_of(words(512, count=8))
    whole = [one for one in plan_of(inputs).phases if isinstance(one.operation, Denoise)]
    rest = plan_of(replace(inputs, missing=(6,)))
    assert [one.key for one in rest.phases if isinstance(one.operation, Denoise)] == [whole[1].key]
    delivered = [one.operation.index for one in rest.phases if isinstance(one.operation, Deliver)]
    assert delivered == [6]
    assert plan_of(replace(inputs, missing=())).phases == ()


FOUR = Mix(ingredients=(Ingredient(Prompt("a dog")), Ingredient(ImagePrompt(CAT))))
KINDS = {
    "words": words(),
    "many": words(512, count=7),
    "fusion": words(conditioning=FOUR),
    "picture": words(conditioning=ImagePrompt(CAT)),
    "led": words(conditioning=ImagePrompt(CAT, "a dog", strength=0.5)),
    "img2img": words(task=Img2Img(path=CAT, strength=0.4)),
    "inpaint": words(task=Inpaint(path=CAT, masks=(HOLE,))),
    "outpaint": words(task=Outpaint(path=CAT, right=600, bottom=300)),
    "candidates": words(candidates=5),
}


@pytest.mark.parametrize("kind", KINDS)
@given(some.floats(0.1, 30), some.floats(0.1, 30))
def test_a_phase_fits_its_budget_or_says_that_it_does_not_and_more_memory_never_hurts(
    kind: str, one: float, other: float
) -> None:
    less, more = (inputs_of(KINDS[kind], gigabytes=gigabytes) for gigabytes in sorted((one, other)))
    for inputs in (less, more):
        for here in placed(plan_of(inputs), inputs):
            assert here.fit.fits == (here.fit.peak <= inputs.budget)
            assert here.fit.mode in here.phase.modes
    loops = [
        [len(o.operation.batch) for o in plan_of(i).phases if isinstance(o.operation, Denoise)]
        for i in (less, more)
    ]
    assert len(loops[0]) >= len(loops[1])
    phases = {one.key: one for one in plan_of(more).phases}
    for phase in plan_of(less).phases:
        if phase.key in phases and phase.modes:
            tight, roomy = fit_of(phase, less), fit_of(phase, more)
            assert roomy.place <= tight.place  # the ways are in order, the fastest first
            assert roomy.place < tight.place or (roomy.held or 0) >= (tight.held or 0)


@settings(deadline=None)
@given(some.sampled_from(sorted(KINDS)), some.floats(0.3, 8))
def test_8_bits_are_taken_where_all_weights_fit_so_alone_and_if_they_are_allowed(
    kind: str, gigabytes: float
) -> None:
    inputs = inputs_of(KINDS[kind], gigabytes=gigabytes)
    assert not any(one.fit.packed for one in placed(plan_of(inputs), inputs))
    allowed = replace(inputs, eight_bits=True)
    for here in placed(plan_of(allowed), allowed):
        assert here.fit.fits == (here.fit.peak <= allowed.budget)
        if here.fit.packed:
            whole = sum(one.values for one in here.phase.needs) * allowed.itemsize
            assert whole + min(
                activations(mode, here.phase.pixels, 2, here.phase.rows)
                for mode in here.phase.modes
            ) > (allowed.budget)
            assert here.fit.held is None
            assert here.fit.costs.startswith("weights in 8 bits")
    modes = {one.fit.name for one in placed(plan_of(allowed), allowed)}
    if 1.7 < gigabytes < 2.4:  # the U-Net is 2.5 GB, and 1.25 GB in 8 bits
        assert any(name.startswith("8-bit weights") for name in modes)
        assert "streamed" not in " ".join(modes - {"streamed", "partly streamed"})


def test_what_is_made_again_has_the_weights_that_it_had() -> None:
    tight = inputs_of(words(), gigabytes=2)
    like = replace(HERE, packed=("unet",))
    again = replace(tight, like=like, budget=UNLIMITED)
    packed = {
        type(one.phase.operation).__name__: one.fit.packed for one in placed(plan_of(again), again)
    }
    assert packed["Denoise"]
    assert not packed["SamplePrior"]
    whole = replace(tight, like=HERE, eight_bits=True)
    assert not any(one.fit.packed for one in placed(plan_of(whole), whole))
    keys = [
        {phase.key for phase in plan_of(one).phases if isinstance(phase.operation, Denoise)}
        for one in (tight, replace(tight, eight_bits=True), again)
    ]
    assert keys[0] != keys[1]
    assert keys[0] != keys[2]


WITHOUT_PRIOR = {"fusion", "picture", "led", "candidates"}  # kinds that 2.0 cannot do


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        (kind, version)
        for kind in KINDS
        for version in VERSIONS
        if version != "2.0" or kind not in WITHOUT_PRIOR
    ],
)
def test_every_kind_of_request_is_planned_for_the_published_models(kind: str, version: str) -> None:
    inputs = inputs_of(KINDS[kind], version)
    plan = plan_of(inputs)
    assert len([one for one in plan.phases if isinstance(one.operation, Deliver)]) == (
        KINDS[kind].count
    )
    order = {phase.key: number for number, phase in enumerate(plan.phases)}
    for number, phase in enumerate(plan.phases):
        assert all(order[key] < number for key in phase.inputs)


def test_a_picture_that_is_made_again_runs_in_the_mode_that_it_ran_in() -> None:
    inputs = inputs_of(words(), gigabytes=24)
    (loop,) = (one for one in plan_of(inputs).phases if isinstance(one.operation, Denoise))
    assert fit_of(loop, inputs).mode.name == "resident"
    tight = replace(inputs, skipped={"Denoise": 1})
    assert fit_of(loop, tight).mode.name == "split guidance"
    like = replace(inputs, like=replace(HERE, saving=(Saving("split guidance", 3),)))
    assert fit_of(loop, like).mode.name == "split guidance"
    assert fit_of(loop, replace(inputs, like=HERE, budget=1)).mode.name == "resident"


def test_the_first_mode_that_fits_is_taken_else_the_thriftiest() -> None:
    plain, thrifty = ExecutionMode("plain", 10, 8), ExecutionMode("thrifty", 0, 4)
    assert activations(plain, 100, 4) == 2 * (10 + 800)
    load = Load(weights=50, window=50, pixels=100, itemsize=2)
    assert best_fit((plain, thrifty), load, 860).mode is plain
    assert best_fit((plain, thrifty), load, 859).mode is thrifty
    hopeless = best_fit((plain, thrifty), load, 449)
    assert (hopeless.mode, hopeless.fits, hopeless.peak) == (thrifty, False, 450)


def test_weights_are_streamed_where_they_do_not_fit_and_as_many_stay_as_there_is_room_for() -> None:
    plain = ExecutionMode("resident", 0, 1)
    half = ExecutionMode("split guidance", 0, 1, by_row=True)
    tiled = ExecutionMode("tiled", 0, 0, exact=False)
    load = Load(weights=1000, window=100, pixels=40, itemsize=2, rows=2)
    seen = []
    for budget in (1040, 1039, 1019, 240, 141, 140, 139, 119, 99):
        fit = best_fit((plain, half, tiled), load, budget)
        seen.append((fit.name, fit.held, fit.peak, fit.fits))
    assert seen == [
        ("resident", None, 1040, True),
        ("split guidance", None, 1020, True),
        ("partly streamed", 879, 1019, True),
        ("partly streamed", 100, 240, True),
        ("partly streamed", 1, 141, True),
        ("streamed", 0, 140, True),
        ("split guidance, partly streamed", 19, 139, True),
        ("tiled, partly streamed", 19, 119, True),
        ("tiled, streamed", 0, 100, False),
    ]
    assert best_fit((plain,), load, 120).costs  # each way says what it costs


@settings(deadline=None)
@given(some.sampled_from(sorted(KINDS)), some.integers(2, 80).map(lambda tenths: tenths / 10))
def test_a_plan_stays_within_its_budget_or_a_size_is_named_that_does(
    kind: str, gigabytes: float
) -> None:
    inputs = inputs_of(KINDS[kind], gigabytes=gigabytes)
    plan = plan_of(inputs)
    if too_large(plan, inputs) is None:
        assert peak(plan, inputs) <= inputs.budget
        return
    size = size_that_fits(inputs)
    assert peak(plan, inputs) > inputs.budget
    if isinstance(inputs.request.task, Inpaint | Outpaint):
        assert size is None  # such a picture has the size that it has
        return
    if size is None:
        assert gigabytes < 0.4  # the smallest picture is too much: all weights streamed
        return
    sampling = replace(inputs.request.sampling, width=size.width, height=size.height)
    smaller = replace(inputs, request=replace(inputs.request, sampling=sampling))
    assert peak(plan_of(smaller), smaller) <= inputs.budget


def test_more_memory_never_makes_a_larger_size_not_fit() -> None:
    sizes = [
        size_that_fits(inputs_of(words(1024), gigabytes=tenths / 10)) for tenths in range(2, 30)
    ]
    named = [0 if one is None else one.width for one in sizes]
    first = next(place for place, one in enumerate(sizes) if one is not None)
    fits = next(
        place
        for place in range(28)
        if too_large(plan_of(inputs := inputs_of(words(1024), gigabytes=(place + 2) / 10)), inputs)
        is None
    )
    assert named[first:fits] == sorted(named[first:fits])


def test_a_mask_of_another_size_and_an_empty_one_are_refused_by_the_plan() -> None:
    inputs = inputs_of(KINDS["inpaint"])
    for crop in (True, False):
        start = Inpaint(path=CAT, masks=(HOLE,), crop=crop)
        request = replace(inputs.request, task=start)
        for facts, said in (
            (FileFacts("hole", Size(9, 9), Box(0, 0, 9, 9)), "make them alike"),
            (FileFacts("hole", Size(768, 768), None), "The mask is empty"),
        ):
            wrong = replace(inputs, request=request, files={**inputs.files, HOLE: facts})
            with pytest.raises(InvalidRequest, match=said):
                plan_of(wrong)


def test_what_a_picture_is_a_part_of_changes_no_key_and_is_as_large_as_it() -> None:
    inputs = inputs_of(KINDS["inpaint"])
    start = Inpaint(path=CAT, masks=(HOLE,))
    plans = []
    for part in (None, PartOf(content="whole", left=100, top=7, right=868, bottom=775)):
        request = replace(inputs.request, task=replace(start, part_of=part))
        plans.append({phase.key for phase in plan_of(replace(inputs, request=request)).phases})
    assert plans[0] == plans[1]
    wrong = replace(start, part_of=PartOf(content="whole", left=0, top=0, right=768, bottom=9))
    request = replace(inputs.request, task=wrong)
    with pytest.raises(InvalidRequest, match=r"768 × 768 pixels, but as a part .* 768 × 9"):
        plan_of(replace(inputs, request=request))


def test_a_border_knows_what_its_picture_is_a_part_of() -> None:
    inputs = inputs_of(KINDS["outpaint"])
    start = inputs.request.task
    assert isinstance(start, Outpaint)
    part = PartOf(content="whole", left=0, top=0, right=768, bottom=768, origin=(9, 3))
    grown = replace(inputs, request=replace(inputs.request, task=replace(start, part_of=part)))
    assert [one.key for one in plan_of(grown).phases] == [one.key for one in plan_of(inputs).phases]
    wrong = replace(start, part_of=replace(part, right=700))
    with pytest.raises(InvalidRequest, match=r"768 × 768 pixels, but as a part .* 700 × 768"):
        plan_of(replace(inputs, request=replace(inputs.request, task=wrong)))


@pytest.mark.parametrize("box", [(-1, 0, 5, 5), (5, 0, 5, 5), (0, 9, 5, 3), (0, 0, 5, 40_000)])
def test_a_part_of_a_picture_is_a_rectangle_in_it(box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    with pytest.raises(InvalidRequest, match="cannot lie at"):
        PartOf(content="whole", left=left, top=top, right=right, bottom=bottom)


def test_a_soft_mask_starts_where_its_brightest_grey_does() -> None:
    inputs = inputs_of(KINDS["inpaint"])
    for strength, most, soft in ((1.0, 255, False), (0.5, 255, True), (1.0, 102, True)):
        start = Inpaint(path=CAT, masks=(HOLE,), strength=strength)
        facts = replace(inputs.files[HOLE], mask_most=most, mask_soft=soft)
        request = replace(inputs.request, task=start)
        files = {**inputs.files, HOLE: facts}
        (loop,) = (
            phase.operation
            for phase in plan_of(replace(inputs, request=request, files=files)).phases
            if isinstance(phase.operation, Denoise)
        )
        assert loop.strength == strength * (most / 255)
        assert loop.soft == (strength if soft else None)


def test_without_an_estimator_no_depth_is_estimated() -> None:
    request = words(depth=Depth(path=CAT, estimate=True))
    inputs = inputs_of(request)
    with pytest.raises(ModelProblem, match="put a DPT or Depth Anything folder"):
        plan_of(inputs)
    there = replace(inputs, estimator=Component("depth estimator", Path("dpt"), "dpt"))
    other = replace(inputs, estimator=Component("depth estimator", Path("dpt"), "another"))
    keys = [{phase.key for phase in plan_of(one).phases} for one in (there, other)]
    assert keys[0] != keys[1]


# Time


def ran(operation: str, network: str, pixels: int, seconds: float, calls: int = 1) -> PhaseRan:
    return PhaseRan(operation, network, pixels, calls, seconds)


def test_a_plan_takes_what_its_phases_took() -> None:
    inputs, costs = inputs_of(words()), CostTable()
    pixels = 768 * 768
    for phase in (
        ran("SamplePrior", "prior", 0, 5.0, calls=25),
        ran("Denoise", "unet", pixels, 100.0, calls=50),
        ran("DecodePixels", "movq", pixels, 3.0),
    ):
        costs.add(phase)
    assert costs.seconds(plan_of(inputs)) is None
    costs.add(ran("Deliver", "", pixels, 1.0))
    assert costs.seconds(plan_of(inputs)) == pytest.approx(109)
    costs.add(ran("Denoise", "unet", pixels, 300.0, calls=50))
    costs.add(ran("Denoise", "unet", pixels, 100.0, calls=50))
    assert costs.seconds(plan_of(inputs)) == pytest.approx(109)  # the median


@pytest.mark.parametrize(
    ("side", "each"), [(512, 1.0), (1024, 4.0), (768, 1 + 3 * 5 / 12), (256, 0.25), (2048, 16.0)]
)
def test_other_sizes_go_by_those_that_were_timed(side: int, each: float) -> None:
    costs = CostTable()
    for known, seconds in ((512, 1.0), (1024, 4.0)):
        costs.add(ran("Denoise", "unet", known * known, seconds))
    (loop,) = (
        one for one in plan_of(inputs_of(words(side))).phases if isinstance(one.operation, Denoise)
    )
    assert costs.a_call(loop) == pytest.approx(each)


@pytest.mark.parametrize(
    ("attention", "gigabytes", "mode"),
    [
        ("efficient", 4.0, "resident"),
        ("math", 8.0, "resident"),
        ("math", 4.0, "chunked attention"),  # 6 GB, where all scores are held
        ("math", 2.8, "split guidance, chunked attention"),
    ],
)
def test_attention_is_chunked_where_its_scores_do_not_fit(
    attention: Attention, gigabytes: float, mode: str
) -> None:
    inputs = replace(inputs_of(words(1024), gigabytes=gigabytes), attention=attention)
    plan = plan_of(inputs)
    (loop,) = [one for one in placed(plan, inputs) if isinstance(one.phase.operation, Denoise)]
    assert (loop.fit.mode.name, loop.fit.fits) == (mode, True)
    chunked = [one for one in loop.phase.modes if "chunked" in one.name]
    assert bool(chunked) == (attention == "math")
    assert all(one.exact for one in chunked)
