"""A plan: the phases that a request is made of, in order, as plain values."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import sha256
from typing import Any

from kandinsky_desktop.domain.memory import ExecutionMode
from kandinsky_desktop.domain.model import Component


class Key(str):
    """Names the output of a phase: a hash of all that its bits depend on."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One operation of a plan, with the components that it needs and what running it costs."""

    key: Key
    operation: Any  # of domain.operations; the family's engine module knows how to run it
    needs: tuple[Component, ...] = ()
    modes: tuple[ExecutionMode, ...] = ()  # to run its networks, the fastest first
    pixels: int = 0  # that go through the networks at once
    rows: int = 1  # pictures of the batch that they are
    calls: int = 0  # of the network: steps that are reported; 0: one call that is not
    cached: bool = False  # whether the output is stored on disk by its key

    @property
    def inputs(self) -> tuple[Key, ...]:
        """The keys of the outputs that the operation takes."""
        return tuple(keys_in(self.operation))


def keys_in(value: Any) -> Iterator[Key]:
    """Yield the keys that a value holds, at any depth of its fields and tuples."""
    if isinstance(value, Key):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from keys_in(one)
    elif is_dataclass(value):
        for each in fields(value):
            yield from keys_in(getattr(value, each.name))


@dataclass
class PlanBuilder:
    """Collects phases. The same operation is planned once, however often it is asked for."""

    environment: str  # device, number format, threads, libraries: a part of every key
    phases: dict[Key, Phase] = field(default_factory=dict)

    def add(self, operation: Any, *needs: Component, portable: bool = False, **about: Any) -> Key:
        """Plan an operation and return the key of its output.

        `portable`: the output is the same in every environment. `about` are fields of Phase.
        """
        parts = (
            "" if portable else self.environment,
            operation,
            [component.content for component in needs],
        )
        digest = sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
        key = Key(f"{type(operation).__name__}-{digest[:32]}")
        if key not in self.phases:
            self.phases[key] = Phase(key=key, operation=operation, needs=needs, **about)
        return key

    def until(
        self,
        goals: Sequence[Container[Key]],
        known: Callable[[Phase], bool] = lambda phase: False,
    ) -> "Plan":
        """Return the phases that lead to the goals, without those that lead only to known outputs.

        `goals` come in groups: all that the first group needs is run before the rest. Within both
        parts, the phases of one network follow each other.
        """
        first = self._leading_to(goals[0]) if goals else {}
        order = sorted(first.values(), key=_rank)
        order += sorted((one for key, one in self.phases.items() if key not in first), key=_rank)
        wanted: set[Key] = set()
        phases, there = [], set()
        for phase in reversed(order):
            if phase.key not in wanted and not any(phase.key in group for group in goals):
                continue
            phases.append(phase)
            if known(phase):
                there.add(phase.key)
            else:
                wanted.update(phase.inputs)
        return Plan(tuple(reversed(phases)), frozenset(there))

    def _leading_to(self, goals: Container[Key]) -> dict[Key, Phase]:
        """Return the phases that lead to some goals, in the order in which they were added."""
        wanted: set[Key] = set()
        leading = []
        for phase in reversed(self.phases.values()):  # an input is always added before its user
            if phase.key in wanted or phase.key in goals:
                leading.append(phase)
                wanted.update(phase.inputs)
        return {phase.key: phase for phase in reversed(leading)}


def _rank(phase: Phase) -> int:
    """Return the turn of an operation: files, then each conditioning network, then the rest."""
    return getattr(phase.operation, "RANK", 9)


@dataclass(frozen=True, slots=True)
class Plan:
    """The phases to go through, in order. The output of a known phase is read, not computed."""

    phases: tuple[Phase, ...]
    known: frozenset[Key] = frozenset()

    @property
    def to_run(self) -> tuple[Phase, ...]:
        """The phases that are not known."""
        return tuple(phase for phase in self.phases if phase.key not in self.known)

    @property
    def calls(self) -> dict[str, int]:
        """How many steps are reported, by the name of the operation."""
        calls: dict[str, int] = {}
        for phase in self.to_run:
            name = type(phase.operation).__name__
            calls[name] = calls.get(name, 0) + phase.calls
        return calls

    def last_uses(self) -> dict[Key, int]:
        """Return for each output the number of the last phase that takes it."""
        return {
            key: number
            for number, phase in enumerate(self.phases)
            if phase.key not in self.known
            for key in phase.inputs
        }


def networks_of(phases: Iterable[Phase]) -> tuple[Component, ...]:
    """Return the components with weights that phases need, each once, in the order of their use."""
    return tuple(dict.fromkeys(one for phase in phases for one in phase.needs if one.values))
