"""Reads the numbers that a component's config must hold, and names the file where it holds none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _

MOST = 2**20  # no width, side or count of levels of a network is near it
LEAST_SIDE, LONGEST_SIDE = 16, 4096  # pixels of pictures that can be asked for
TRAIN_TIMESTEPS = 1000  # as diffusers' schedulers have it where a config says none
CLIP_TOKENS = 77  # that a text encoder reads at most, its two marks included


@dataclass(frozen=True, slots=True)
class Config:
    """The config of one component, and the file that it was read from."""

    file: Path
    values: Mapping[str, Any]

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number above 0; the default where there is none. Raises ModelProblem."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not _counts(value):
            raise self._wrong(key, value, _("a whole number above 0"))
        return value

    def side(self, key: str, default: int) -> int:
        """Return a side in cells; the longer one where both are given. Raises ModelProblem."""
        value = self.values.get(key)
        if isinstance(value, list) and value and all(map(_counts, value)):
            return int(max(value))
        return self.number(key, default)

    def levels(self, key: str) -> tuple[int, ...]:
        """Return the width of each level of a network, one at least. Raises ModelProblem."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value or not all(map(_counts, value)):
            raise self._wrong(key, value, _("a list of whole numbers above 0"))
        return tuple(value)

    def share(self, key: str, default: float) -> float:
        """Return a number above 0; the default where there is none. Raises ModelProblem."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MOST:
            raise self._wrong(key, value, _("a number above 0"))
        return float(value)

    def _wrong(self, key: str, value: object, wanted: str) -> ModelProblem:
        if value is None:
            return ModelProblem(
                _("{file} lacks {key}, {wanted}: copy it again.").format(
                    file=self.file, key=key, wanted=wanted
                )
            )
        return ModelProblem(
            _("{file}: {key} must be {wanted}, not {value}. Copy it again.").format(
                file=self.file, key=key, wanted=wanted, value=_short(value)
            )
        )


def train_timesteps(folder: Path, scheduler: Mapping[str, Any]) -> int:
    """Return of how many timesteps a noise schedule is. Raises ModelProblem."""
    config = Config(folder / "scheduler_config.json", scheduler)
    return config.number("num_train_timesteps", TRAIN_TIMESTEPS)


def token_limit(tokenizer: Mapping[str, Any], text_encoder: Config) -> int:
    """Return how many tokens a text encoder reads, the two marks included. Raises ModelProblem."""
    limit = tokenizer.get("model_max_length")
    most = text_encoder.number("max_position_embeddings", CLIP_TOKENS)
    return min(limit, most) if _counts(limit) else min(CLIP_TOKENS, most)


def check_sides(folder: Path, native: int, multiple: int) -> None:
    """Raise ModelProblem if no picture of that side, in steps of that, can be asked for."""
    if not LEAST_SIDE <= native <= LONGEST_SIDE or multiple > LONGEST_SIDE:
        raise ModelProblem(
            _(
                "{folder} makes pictures of {native} pixels a side, in steps of {multiple}, which"
                " cannot be asked for here: its configs are damaged, or of another kind of model."
            ).format(folder=folder, native=native, multiple=multiple)
        )


def _counts(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST


def _short(value: object) -> str:
    return str(value)[:40] if isinstance(value, int | float) else repr(value)[:40]
