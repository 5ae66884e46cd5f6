"""What a picture is to mean: a point in CLIP's image space, said as where it comes from.

Words go through the prior; a picture through the image encoder; a saved meaning is read; a fusion
mixes any of them with weights; a passage leads from one to another, picture by picture, and a
sheet lies between four. Any meaning goes with any start.
"""

import re
from dataclasses import dataclass
from math import frexp, isfinite, ldexp
from pathlib import Path
from typing import Literal

from kandinsky_desktop.domain import fields
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.words import N_, _

Blend = Literal["shares", "sum", "slerp"]

USUAL_STRENGTH = 0.3  # of a picture's prompt, where one is typed and nothing else said
LEAST_TOTAL = 0.05  # of the weights' absolute sum; below it shares would blow up noise
OURS = re.compile(r"\d{4}-\d\d-\d\d-\d{6}-(.+)-\d+(?:-\d+)?")  # store.pictures.stem


@dataclass(frozen=True, slots=True)
class Words:
    """A prompt, and words to lead its meaning away from; sampled by the prior."""

    text: str = fields.text("", N_("Prompt"))
    away: str = fields.text(
        "",
        N_("Negative prior prompt"),
        help=N_("Words that the prior leads the meaning away from."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        fields.check(self)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's image embedding, led by the prior towards a prompt (diffusers' emb2emb).

    At strength 0 no prior runs: it is the picture's own embedding, whatever the prompt.
    """

    path: Path
    text: str = fields.text("", N_("Prompt"))
    away: str = fields.text("", N_("Negative prior prompt"))
    strength: float = fields.number(
        0.0,  # so that a path alone is the picture alone; forms offer USUAL_STRENGTH
        N_("Prior strength"),
        low=0,
        high=1,
        step=0.05,
        help=N_("How far the words may lead the picture's meaning: 0 not at all, 1 all the way."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        fields.check(self)

    @property
    def led(self) -> bool:
        """Whether the prior runs, so that the embedding depends on the prompt and a seed too."""
        return self.strength > 0


@dataclass(frozen=True, slots=True)
class Saved:
    """A meaning that lies in a picture of ours, or in a .safetensors file of its own."""

    path: Path


Source = Words | Picture | Saved


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One thing that goes into a fusion, and how much of it. Below zero it is taken away."""

    source: Source
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Check that the weight is a number."""
        if not isfinite(self.weight):
            raise InvalidRequest(_("A weight must be a finite number."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """A mixture. `shares`: Σ wᵢeᵢ / Σ wᵢ; `sum`: Σ wᵢeᵢ, as the original; `slerp`: two, on an arc.

    With `restore` the mixture is scaled to the length that meanings of the model usually have:
    sqrt(Σ (clip_mean² + clip_std²)) of the prior's own buffers.
    """

    ingredients: tuple[Ingredient, ...]
    blend: Blend = "shares"
    restore: bool = False

    def __post_init__(self) -> None:
        """Check that the weights can be mixed so."""
        weights = self._scaled
        if not weights:
            raise InvalidRequest(_("A fusion needs at least one ingredient."))
        if not any(weights):
            raise InvalidRequest(_("At least one ingredient must have a weight other than 0."))
        if self.blend == "sum":
            return
        if abs(sum(weights)) < LEAST_TOTAL * sum(map(abs, weights)):
            total = round(sum(one.weight for one in self.ingredients), 6)
            raise InvalidRequest(
                _(
                    "The weights cancel each other out ({total} in all), so that no shares can be"
                    " made of them: change one, or choose the plain sum."
                ).format(total=fields.plain_number(total))
            )
        if self.blend == "slerp" and (len(weights) != 2 or min(weights) < 0):
            raise InvalidRequest(
                _("The arc (slerp) goes between exactly two ingredients with weights from 0.")
            )

    @property
    def shares(self) -> tuple[float, ...]:
        """The factors by which the ingredients are multiplied before they are added up."""
        if self.blend == "sum":
            return tuple(one.weight for one in self.ingredients)
        weights = self._scaled
        total = sum(weights)
        return tuple(weight / total for weight in weights)

    @property
    def _scaled(self) -> list[float]:
        """The weights against the power of two next to the largest: their sum is always finite."""
        exponent = max((frexp(one.weight)[1] for one in self.ingredients if one.weight), default=0)
        return [ldexp(one.weight, -exponent) for one in self.ingredients]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """From one to another in equal steps: each picture of the batch is the fusion at its place.

    On the arc by default: along it the angle to the first meaning grows evenly. Straight across
    (`shares`) it grows slowly near the ends and fast between, where the meaning is weak too.
    """

    start: Source
    end: Source
    blend: Blend = "slerp"
    restore: bool = False

    def at(self, share: float) -> Fusion:
        """Return the meaning so much of the way: 0 is the start, 1 the end."""
        both = (Ingredient(self.start, 1 - share), Ingredient(self.end, share))
        return Fusion(ingredients=both, blend=self.blend, restore=self.restore)

    def of(self, index: int, count: int) -> Fusion:
        """Return the meaning of one of so many pictures."""
        return self.at(index / max(1, count - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Between four, in equal steps across and down: each picture is the fusion at its place.

    The corners are upper left, upper right, lower left and lower right; pictures lie row by row.
    """

    corners: tuple[Source, Source, Source, Source]
    columns: int = fields.number(5, N_("Columns"), low=2, high=16)
    blend: Blend = "shares"
    restore: bool = False

    def __post_init__(self) -> None:
        """Check that four can be mixed so."""
        fields.check(self)
        if self.blend == "slerp":
            raise InvalidRequest(_("Four meanings cannot be mixed on an arc: choose shares."))

    def at(self, across: float, down: float) -> Fusion:
        """Return the meaning so much of the way to the right and down."""
        weights = (
            (1 - across) * (1 - down),
            across * (1 - down),
            (1 - across) * down,
            across * down,
        )
        pairs = zip(self.corners, weights, strict=True)
        every = tuple(Ingredient(source, weight) for source, weight in pairs)
        return Fusion(ingredients=every, blend=self.blend, restore=self.restore)

    def of(self, index: int, count: int) -> Fusion:
        """Return the meaning of one of so many pictures."""
        row, column = divmod(index, self.columns)
        rows = -(-count // self.columns)
        return self.at(column / (self.columns - 1), row / max(1, rows - 1))


Series = Passage | Sheet  # of pictures that differ in nothing but their meaning
Meaning = Words | Picture | Saved | Fusion | Series


def spoken(meaning: Meaning) -> str:
    """Return the words for a meaning: its prompt, its file, or the formula of a fusion."""
    match meaning:
        case Words(text=words):
            return words
        case Picture(path=path, text=words) if meaning.led and words:
            return f"{Path(short_name(path)).stem} → {words}"
        case Picture(path=path) | Saved(path=path):
            return Path(short_name(path)).stem
        case Fusion():
            return formula(meaning)
        case Passage(start=start, end=end):
            return f"{_named(start)} → {_named(end)}"
        case Sheet(corners=corners):
            return " × ".join(_named(corner) for corner in corners)


def formula(fusion: Fusion) -> str:
    """Return a fusion as people write it: `0.6 cat.png + 0.4 "oil painting" − 0.2 "people"`."""
    said = ""
    for one in fusion.ingredients:
        sign = " − " if one.weight < 0 else " + "
        said += (sign if said else ("−" if one.weight < 0 else "")) + (
            f"{_weight(one.weight)} {_named(one.source)}"
        )
    return said


def _weight(weight: float) -> str:
    """Return a weight without its sign, to six digits behind the point unless it is smaller."""
    return fields.plain_number(round(abs(weight), 6) or abs(weight))


def _named(source: Source) -> str:
    match source:
        case Words(text=words):
            return f'"{words}"'
        case Picture(path=path, text=words) if source.led:
            return f'{short_name(path)} → "{words}"'
        case Picture(path=path) | Saved(path=path):
            return short_name(path)


def short_name(path: Path) -> str:
    """Return a file's name; of one of our pictures without the time and the seed."""
    ours = OURS.fullmatch(path.stem)
    return f"{ours[1]}{path.suffix}" if ours else path.name


def files_of(meaning: Meaning) -> tuple[Path, ...]:
    """Return the files that a meaning is read from."""
    match meaning:
        case Words():
            return ()
        case Picture(path=path) | Saved(path=path):
            return (path,)
        case Fusion(ingredients=ingredients):
            return tuple(path for one in ingredients for path in files_of(one.source))
        case Passage(start=start, end=end):
            return files_of(start) + files_of(end)
        case Sheet(corners=corners):
            return tuple(path for corner in corners for path in files_of(corner))


def pictures_of(meaning: Meaning) -> tuple[Path, ...]:
    """Return the pictures that the image encoder embeds for a meaning."""
    match meaning:
        case Picture(path=path):
            return (path,)
        case Fusion(ingredients=ingredients):
            return tuple(path for one in ingredients for path in pictures_of(one.source))
        case Passage(start=start, end=end):
            return pictures_of(start) + pictures_of(end)
        case Sheet(corners=corners):
            return tuple(path for corner in corners for path in pictures_of(corner))
        case _:
            return ()
