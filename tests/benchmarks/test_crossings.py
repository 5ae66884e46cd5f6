"""Calls that cross from one module of the program into another, and nothing else, are counted."""

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

import pytest

from benchmarks.crossings import counted, outside_of_steps, total

TOP = """
from functools import cached_property
from kandinsky_desktop.made_up import deep

def run():
    inner()                          # its own module's
    deep.plain()
    deep.plain()
    deep.Value(1)                    # no module's code
    deep.Checked(1)                  # its check is
    deep.Value(1).known              # through functools
    sorted([3, 1], key=deep.order)   # what C calls counts as called from here
    return deep.back(inner)

def inner():
    pass
"""
DEEP = """
from dataclasses import dataclass
from functools import cached_property

@dataclass
class Value:
    one: int

    @cached_property
    def known(self):
        return plain()

@dataclass
class Checked:
    one: int

    def __post_init__(self):
        pass

def plain():
    pass

def order(one):
    return one

def back(function):
    return function()
"""


@pytest.fixture
def run() -> Iterator[FunctionType]:
    made = {}
    for name, source in (("made_up", ""), ("made_up.deep", DEEP), ("made_up.top", TOP)):
        module = ModuleType(f"kandinsky_desktop.{name}")
        made[module.__name__] = sys.modules[module.__name__] = module
        if name == "made_up.deep":
            made["kandinsky_desktop.made_up"].deep = module  # type: ignore[attr-defined]
        exec(compile(source, f"{name}.py", "exec"), vars(module))
    yield made["kandinsky_desktop.made_up.top"].run
    for name in made:
        del sys.modules[name]


def test_what_crosses_below_a_function_is_counted(run: FunctionType) -> None:
    told = counted(run, run.__code__)
    assert told["calls"] == {
        "made_up.top > made_up.deep": 2 + 1 + 1 + 2 + 1,
        "made_up.deep > made_up.top": 1,
    }
    assert told["stops"] == ["made_up.top", "made_up.deep"]
    assert total(told) == 8


def test_what_comes_before_and_after_is_not(run: FunctionType) -> None:
    inner = run.__globals__["inner"]

    def around() -> None:
        run.__globals__["deep"].back(inner)
        run()
        run.__globals__["deep"].back(inner)

    assert counted(around, run.__code__) == counted(run, run.__code__)


def test_what_steps_cost_is_taken_off() -> None:
    told = [{"calls": {"a > b": calls}} for calls in (200, 201, 203)]
    assert outside_of_steps(told) == 200 - 25 * 1 - 20 * 3


def test_a_way_that_was_never_taken_is_no_short_one(run: FunctionType) -> None:
    with pytest.raises(ValueError, match="nothing crossed below run"):
        counted(lambda: None, run.__code__)
