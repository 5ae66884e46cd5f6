"""A model folder as its configs describe it: its family, its components by role, its features."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Tree = Mapping[str, dict[str, Any]]  # a model's configs, by the folder that each lies in


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a model on disk: a network, or what comes with one."""

    kind: str  # what its family loads it as: "unet"
    folder: Path
    content: str = ""  # its fingerprint
    values: int = 0  # numbers that its weights hold; 0: a scheduler, a tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the configs of a whole model folder say."""

    name: str
    root: Path
    family: str
    components: Mapping[str, Component] = field(hash=False)
    features: frozenset[str]
    native: int
    largest: int
    multiple: int
    factor: int
    width: int
    scale: float = 1.0
    channels: Mapping[str, int] = field(hash=False)
