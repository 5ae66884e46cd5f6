"""What the next job takes of the memory, as columns: what they say, and that they follow."""

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.costs import cost_key
from kandinsky_desktop.domain.events import Memory, PhaseMemory, PhaseRan
from kandinsky_desktop.domain.families.kandinsky2.published import published
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.phase_memory import PlannedPhase
from kandinsky_desktop.domain.plan import Phase
from kandinsky_desktop.domain.planning import plan_of
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.memory_plan import MemoryPlan
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.plan_bar import PlanBar
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver

GB = 10**9
PHASES = (
    PlannedPhase("SamplePrior", GB, GB // 4, "resident", fits=True, fastest=True),
    PlannedPhase("Denoise", 3 * GB, GB, "split guidance", fits=True, fastest=False),
    PlannedPhase("DecodePixels", GB // 5, 6 * GB, "resident", fits=False, fastest=True),
)


@pytest.fixture
def bar(theme: Theme) -> PlanBar:
    theme.apply("light", 100, motion=False)
    made = PlanBar(theme)
    made.resize(264, made.sizeHint().height())
    return made


def test_a_column_says_what_it_means(bar: PlanBar) -> None:
    bar.show_plan(PHASES, 5 * GB, {"SamplePrior": 1_300_000_000})
    prior, painting, decoding = (bar.sentence(phase) for phase in PHASES)
    assert prior == ("Idea: 1.2 GB (1.0 GB weights, 250 MB to work on), resident. It took 1.3 GB.")
    assert painting.endswith("split guidance. It goes slower, so that it fits.")
    assert decoding.endswith("That is more than there is.")
    assert bar.accessibleDescription().startswith(prior)


def test_it_says_what_a_way_costs_and_that_predictions_are_corrected(bar: PlanBar) -> None:
    costly = replace(PHASES[1], costs="guidance in two halves: a little slower")
    bar.show_plan((PHASES[0], costly), 5 * GB, correction=1.126)
    prior, painting = (bar.sentence(phase) for phase in (PHASES[0], costly))
    reckoned = "The part to work on is reckoned × 1.13: so it was measured here."
    assert prior.endswith(f"resident. {reckoned}")
    slower = "It goes slower, so that it fits. Guidance in two halves: a little slower."
    assert painting.endswith(f"split guidance. {slower} {reckoned}")
    assert reckoned in bar.accessibleDescription()


def test_it_is_seen_only_while_there_is_a_plan(bar: PlanBar) -> None:
    assert bar.isHidden()
    bar.show_plan(PHASES, 0)
    assert not bar.isHidden()
    bar.show_plan((), 0)
    assert bar.isHidden()


def test_columns_are_as_high_as_what_they_take_and_red_where_that_is_too_much(
    bar: PlanBar, theme: Theme
) -> None:
    bar.show_plan(PHASES, 5 * GB)
    image = bar.grab().toImage()
    filled = [column(image, number, len(PHASES)) for number in range(len(PHASES))]
    heights = [len(colours) for colours in filled]
    assert heights[0] < heights[1] < heights[2]
    accent = theme.colour("accent").name()
    assert accent in filled[1]
    assert accent not in filled[2]


def column(image: QImage, number: int, count: int) -> list[str]:
    """Return the colours in the middle of a column that are not its empty ground."""
    x = round((number + 0.5) * image.width() / count)
    colours = [image.pixelColor(x, y).name() for y in range(2, 82)]
    return [colour for colour in colours if colour not in (colours[0], "#1a1a1a")]


def test_what_is_said_is_of_the_column_under_the_cursor(bar: PlanBar) -> None:
    bar.show_plan(PHASES, 5 * GB)
    said = [bar.phase_at(QPointF(x, 40)) for x in (44, 132, 220)]
    assert said == list(PHASES)
    assert bar.phase_at(QPointF(132, 200)) is None


def test_a_size_that_goes_slower_or_does_not_fit_is_said_before_it_is_asked_for() -> None:
    model = published("2.2")
    queue, draft = JobQueue(), DraftState()
    queue.set_models((model,))
    draft.use_model(model)
    plan = MemoryPlan(queue, draft)
    queue.estimates.itemsize = 2

    def said(budget: int, side: int) -> str:
        queue.estimates.budget = budget
        draft.set_sampling(width=side, height=side)
        plan.plan()
        return plan.words

    assert said(24 * GB, 512) == ""
    assert plan.budget == 24 * GB
    assert [phase.operation for phase in plan.phases][-2:] == ["Denoise", "DecodePixels"]
    assert "goes slower" in said(2 * GB, 1024)
    said_of = r"1024 × 1024 needs (.*) of memory, and (.*) is there: "
    nothing = re.fullmatch(
        said_of + "no smaller size fits either; close other programs.", said(GB // 8, 1024)
    )
    assert nothing
    assert nothing[2] == "0.1 GB"
    some = re.fullmatch(said_of + r"(\d+) × \3 would fit\.", said(GB // 4, 1024))
    assert some
    assert some[1] != some[2]
    assert "goes slower" in said(GB // 4, int(some[3]))  # and it does
    roomy, tight = (sum(one.peak for one in phases(plan, said, gb)) for gb in (24, 3))
    assert tight <= roomy


def test_a_choice_that_would_be_slower_is_marked_with_the_time_that_it_costs(theme: Theme) -> None:
    model = published("2.2")
    queue, draft = JobQueue(), DraftState()
    queue.set_models((model,))
    draft.use_model(model)
    plan = MemoryPlan(queue, draft)
    queue.estimates.itemsize, queue.estimates.budget = 2, 3 * GB
    inspector = Inspector(theme)
    theme.dress(inspector)
    inspector.show_model(model)

    def shown(budget: float) -> tuple[list[str], list[str]]:
        queue.estimates.budget = int(budget * GB)
        plan.plan()
        inspector.show_choices(plan.sizes, plan.counts)
        shapes, counts = inspector._shapes.chips.values(), inspector._counts.chips.values()
        return [one.toolTip() for one in shapes], [one.toolTip() for one in counts]

    shapes, counts = shown(8)
    assert not any("memory" in one for one in shapes + counts)
    shapes, counts = shown(1.4)
    assert all(one.endswith(" · slower, to fit into the memory") for one in shapes + counts)
    for phase in to_run(queue, draft, model):
        operation, network = cost_key(phase)
        calls = max(1, phase.calls)
        ran = PhaseRan(operation, network, phase.pixels, calls, 0.05 * calls, "resident")
        queue.estimates.learn(model, ran)
    shapes, counts = shown(1.4)
    assert all("slower by about" in one for one in shapes + counts)
    assert "so that it fits into the memory: by about" in plan.words
    assert shown(0.2)[1][0] == "1 picture · more memory than there is"


def to_run(queue: JobQueue, draft: DraftState, model: Model) -> tuple[Phase, ...]:
    inputs = queue.estimates._inputs(draft.sample_request(), model)
    assert inputs is not None
    return plan_of(inputs).to_run


def test_what_phases_took_at_most_stands_beside_it() -> None:
    queue, draft = JobQueue(), DraftState()
    plan = MemoryPlan(queue, draft)
    for peak in (5, 9, 7, 0):
        memory = PhaseMemory(predicted=8, activations=2, peak=peak)
        queue.phase_ran.emit(PhaseRan("Denoise", "unet", 64, 4, 1.0, memory=memory))
    queue.phase_ran.emit(PhaseRan("Deliver", "", 0, 0, 0.1))
    assert plan.measured == {"Denoise": 9}


def phases(plan: MemoryPlan, said, gb: int) -> tuple[PlannedPhase, ...]:  # type: ignore[no-untyped-def]
    said(gb * GB, 768)
    return plan.phases


def test_the_window_plans_as_the_form_changes(driver: Driver) -> None:
    inspector, plan = driver.workspace.inspector, driver.state.memory_plan
    driver.until(lambda: bool(plan.phases) and plan.budget > 0)
    assert not inspector.plan.isHidden()
    before = {phase.operation: phase.peak for phase in plan.phases}
    driver.state.draft.set(count=9)
    driver.until(lambda: {one.operation: one.peak for one in plan.phases} != before)
    assert max(one.peak for one in plan.phases) > max(before.values())


def test_a_cap_of_memory_reaches_the_engine_and_the_plan(driver: Driver) -> None:
    plan, preferences = driver.state.memory_plan, driver.state.preferences
    driver.until(lambda: plan.budget > GB)
    before = plan.budget
    preferences.set(memory_gb=1.0)
    driver.until(lambda: 0 < plan.budget <= GB)
    preferences.set(memory_gb=0.0)
    driver.until(lambda: plan.budget == before)


def test_memory_is_capped_by_a_slider_beside_what_others_take(driver: Driver) -> None:
    inspector, preferences = driver.workspace.inspector, driver.state.preferences
    inspector.show_memory(Memory(GB, 3 * GB, 6 * GB))
    assert inspector._others.text() == "2.0 GB"
    slider = inspector._cap
    assert slider.value == 6.0  # no cap: all there is
    slider.changed.emit(2.5)
    assert preferences.settings.memory_gb == 2.5
    assert slider.value == 2.5
    slider.changed.emit(6.0)
    assert preferences.settings.memory_gb == 0.0
    preferences.set(memory_gb=1.5)
    assert slider.value == 1.5
