"""Plans: keys cover what bits depend on, phases are shared, and what is known is left out."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain import operations
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.domain.operations import (
    DecodePixels,
    Deliver,
    EncodePrompt,
    MixEmbeddings,
    SamplePrior,
)
from kandinsky_desktop.domain.plan import Key, Plan, PlanBuilder, keys_in
from kandinsky_desktop.domain.region import Box

OPERATIONS: list[Any] = [
    kind
    for name, kind in sorted(vars(operations).items())
    if is_dataclass(kind) and kind.__module__ == operations.__name__
]
UNET = Component("unet", Path("decoder/unet"), "unet content", 10)

texts = some.text(max_size=6)
VALUES: dict[Any, some.SearchStrategy[Any]] = {
    str: texts,
    int: some.integers(-(2**40), 2**40),
    float: some.floats(allow_nan=False),
    bool: some.booleans(),
    Key: texts.map(Key),
    Path: texts.map(Path),
    Size: some.builds(Size, some.integers(1, 9), some.integers(1, 9)),
    Box: some.builds(Box, *[some.integers(0, 9)] * 4),
}


def values_of(kind: Any) -> some.SearchStrategy[Any]:
    """Return values of an annotated type: tuples, unions and dataclasses of them too."""
    if kind in VALUES:
        return VALUES[kind]
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return some.lists(values_of(inner[0]), max_size=2).map(tuple)
        return some.tuples(*map(values_of, inner))
    if is_dataclass(kind):
        return operations_of(kind)
    if kind is type(None):
        return some.none()
    members = get_args(kind)
    if members and all(isinstance(one, str) for one in members):  # a Literal
        return some.sampled_from(members)
    return some.one_of(*map(values_of, members))


def operations_of(kind: Any) -> some.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return some.builds(kind, **{one.name: values_of(hints[one.name]) for one in fields(kind)})


def key_of(operation: Any) -> Key:
    return PlanBuilder("here").add(operation)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
@given(some.data())
def test_a_key_changes_if_and_only_if_a_field_that_bits_depend_on_does(
    kind: Any, data: some.DataObject
) -> None:
    one, hints = data.draw(operations_of(kind)), get_type_hints(kind)
    for field in fields(kind):
        other = data.draw(values_of(hints[field.name]))
        changed = replace(one, **{field.name: other})
        same = repr(other) == repr(getattr(one, field.name))
        assert (key_of(changed) == key_of(one)) == (same or not field.repr), field.name


def test_what_no_bits_depend_on_is_where_files_lie_and_what_is_shown() -> None:
    unseen = {
        f"{kind.__name__}.{f.name}" for kind in OPERATIONS for f in fields(kind) if not f.repr
    }
    paths = {
        f"{kind.__name__}.{name}"
        for kind in OPERATIONS
        for name, hint in get_type_hints(kind).items()
        if hint in (Path, Path | None)
    }
    shown = {"EncodeBlack.model", "ReadEmbedding.model", "SamplePrior.index"}
    since = ("split_from", "rows_from", "processor_from", "chunks_from")
    unseen_names = ("batch", "number", "preview", *since)
    denoise = {f"Denoise.{name}" for name in unseen_names}
    assert unseen == paths | shown | denoise


def test_the_environment_and_the_contents_of_components_are_in_the_key() -> None:
    words, other = EncodePrompt("a cat"), replace(UNET, content="another")
    moved = replace(UNET, folder=Path("elsewhere"))
    keys = {
        PlanBuilder("here").add(words, UNET),
        PlanBuilder("there").add(words, UNET),
        PlanBuilder("here").add(words, other),
        PlanBuilder("here").add(words),
    }
    assert len(keys) == 4
    assert PlanBuilder("here").add(words, moved) in keys
    portable = [PlanBuilder(where).add(words, UNET, portable=True) for where in ("here", "there")]
    assert portable[0] == portable[1]


def test_the_keys_that_an_operation_takes_are_found_at_any_depth() -> None:
    one, other, third = Key("one"), Key("other"), Key("third")
    mixed = MixEmbeddings(((0.5, one), (0.5, other)), "shares", "")
    assert list(keys_in(mixed)) == [one, other]
    conditioning = ((("image_embeds", one),), (("image_embeds", other),))
    assert list(keys_in(conditioning)) == [one, other]
    assert list(keys_in(DecodePixels(one, 0, third))) == [one, third]
    assert list(keys_in(EncodePrompt("a cat"))) == []


class Story:
    """Two pictures, each with an image embedding of its own and a prompt that they share."""

    def __init__(self) -> None:
        self.plan = PlanBuilder("here")
        add = self.plan.add
        self.goals: list[set[Key]] = []
        for index in (0, 1):
            prompt, empty = (add(EncodePrompt(text), cached=True) for text in ("a cat", ""))
            sampled = add(
                SamplePrior(prompt=prompt, negative=empty, steps=3, guidance=2.0, seed=index),
                calls=3,
                cached=True,
            )
            latents = add(DecodePixels(sampled, 0))
            self.goals.append({add(Deliver(index, (index,), latents, ()))})

    def names(self, plan: Plan) -> list[str]:
        return [type(phase.operation).__name__ for phase in plan.phases]


def test_the_same_operation_is_planned_once() -> None:
    story = Story()
    names = story.names(story.plan.until([story.goals[0] | story.goals[1]]))
    assert names.count("EncodePrompt") == 2
    assert names.count("SamplePrior") == 2


def test_one_group_of_goals_comes_before_the_other_and_networks_in_turn() -> None:
    story = Story()
    prompts, one = ["EncodePrompt"] * 2, ["DecodePixels", "Deliver"]
    together = story.plan.until([story.goals[0] | story.goals[1]])
    assert story.names(together) == [*prompts, *["SamplePrior"] * 2, *one * 2]
    first = story.plan.until(story.goals)
    assert story.names(first) == [*prompts, "SamplePrior", *one, "SamplePrior", *one]


def test_what_leads_only_to_what_is_known_is_left_out() -> None:
    story = Story()
    known = next(p.key for p in story.plan.phases.values() if isinstance(p.operation, SamplePrior))
    plan = story.plan.until(story.goals, lambda phase: phase.key == known)
    assert plan.known == {known}
    assert plan.calls["SamplePrior"] == 3
    both = [p.key for p in story.plan.phases.values() if isinstance(p.operation, SamplePrior)]
    plan = story.plan.until(story.goals, lambda phase: phase.key in both)
    assert story.names(plan) == ["SamplePrior", "DecodePixels", "Deliver"] * 2
    assert "SamplePrior" not in plan.calls


def test_only_what_a_goal_needs_is_planned() -> None:
    story = Story()
    assert story.names(story.plan.until(story.goals[1:])) == [
        *["EncodePrompt"] * 2,
        *["SamplePrior", "DecodePixels", "Deliver"],
    ]
    assert story.plan.until([]).phases == ()


def test_an_output_is_dropped_after_its_last_use() -> None:
    story = Story()
    plan = story.plan.until(story.goals)
    prompt = plan.phases[0].key
    last = plan.last_uses()
    samples = [n for n, p in enumerate(plan.phases) if isinstance(p.operation, SamplePrior)]
    assert last[prompt] == samples[-1]
    assert all(plan.phases[number].key != key for key, number in last.items())
