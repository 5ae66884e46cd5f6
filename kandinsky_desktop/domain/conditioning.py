"""What conditions the decoder: a CLIP image embedding, said as where it comes from.

A prompt is sampled by the prior; an image prompt is encoded by the image encoder; a stored image
embedding is read; a mix is a weighted mixture of those; an interpolation leads from one to another,
picture by picture, and a grid lies between four. Any conditioning goes with any task.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import frexp, isfinite, ldexp
from pathlib import Path
from typing import Literal

from kandinsky_desktop.domain import fields
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import N_, _

Blend = Literal["shares", "sum", "slerp"]

BLENDS = (
    fields.Choice("shares", N_("By shares"), N_("The weights are scaled to sum to one.")),
    fields.Choice("sum", N_("Plain sum"), N_("As the original: the weights as they are.")),
    fields.Choice("slerp", N_("On an arc"), N_("Two cards, along the arc between them (slerp).")),
)
USUAL_STRENGTH = 0.3  # of a picture's prompt, where one is typed and nothing else said
LEAST_TOTAL = 0.05  # of the weights' absolute sum; below it shares would blow up noise
OURS = re.compile(r"\d{4}-\d\d-\d\d-\d{6}-(.+)-\d+(?:-\d+)?")  # store.pictures.stem
PASTED = re.compile(r"dropped-[0-9a-f]{12}")  # state.image_import.saved_as_file


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with its negative prompt: the prior samples an image embedding from them."""

    text: str = fields.text("", N_("Prompt"))
    negative: str = fields.text(
        "",
        N_("Negative prior prompt"),
        help=N_("Words that the prior leads the meaning away from."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        fields.check(self)


@dataclass(frozen=True, slots=True)
class ImagePrompt:
    """A picture's image embedding, led by the prior towards a prompt (diffusers' emb2emb).

    At strength 0 no prior runs: it is the picture's own embedding, whatever the prompt. With
    `without_hole` the image encoder does not see what an `Inpaint` of that very picture paints
    anew: so a hole is filled by what is around it, and not by what was in it.
    """

    path: Path
    text: str = fields.like(Prompt, "text", "")
    negative: str = fields.like(Prompt, "negative", "")
    strength: float = fields.number(
        0.0,  # so that a path alone is the picture alone; forms offer USUAL_STRENGTH
        N_("Prior strength"),
        low=0,
        high=1,
        step=0.05,
        help=N_("How far the words may lead the picture's meaning: 0 not at all, 1 all the way."),
        needed_with=("text", "negative"),  # or they were left unread without a word
    )
    without_hole: bool = fields.switch(
        False,
        N_("Without the hole"),
        help=N_("What is painted anew in that picture is left out of its meaning."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        fields.check(self)

    @property
    def led(self) -> bool:
        """Whether the prior runs, so that the embedding depends on the prompt and a seed too."""
        return self.strength > 0


@dataclass(frozen=True, slots=True)
class ImageEmbedding:
    """An image embedding stored in a picture of ours or in a .safetensors file."""

    path: Path


Source = Prompt | ImagePrompt | ImageEmbedding


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One part of a mix and its weight, which may be negative."""

    source: Source
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Check that the weight is a number."""
        if not isfinite(self.weight):
            raise InvalidRequest(_("A weight must be a finite number."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A mixture. `shares`: Σ wᵢeᵢ / Σ wᵢ; `sum`: Σ wᵢeᵢ, as the original; `slerp`: two, on an arc.

    With `restore` the mixture is scaled to the typical norm of the model's image embeddings:
    sqrt(Σ (clip_mean² + clip_std²)) of the prior's own buffers.
    """

    ingredients: tuple[Ingredient, ...]
    blend: Blend = fields.choice("shares", N_("Blend"), BLENDS)
    restore: bool = fields.switch(
        False,
        N_("Restore the usual length"),
        help=N_("Scales the mixture to the length that meanings of this model usually have."),
    )

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
class Interpolation:
    """From one to another: each picture of the batch is the mix at its place.

    `places` says how much of the way each is, 0 to 1; without them they go in equal steps.
    On the arc (slerp) by default: along it the angle to the first embedding grows evenly. Linearly
    (`shares`) it grows slowly near the ends and fast between, where the norm is small too.
    """

    start: Source
    end: Source
    blend: Blend = fields.like(Mix, "blend", "slerp")
    restore: bool = fields.like(Mix, "restore", False)
    places: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check that every place lies on the way."""
        for place in self.places:
            if not 0 <= place <= 1:  # nor is NaN
                raise InvalidRequest(
                    _("A picture's place on the way is from 0 to 1, not {place}.").format(
                        place=fields.plain_number(place)
                    )
                )

    def at(self, share: float) -> Mix:
        """Return the mix so much of the way: 0 is the start, 1 the end."""
        both = (Ingredient(self.start, 1 - share), Ingredient(self.end, share))
        return Mix(ingredients=both, blend=self.blend, restore=self.restore)

    def place_of(self, index: int, count: int) -> float:
        """Return how much of the way one of so many pictures is."""
        return self.places[index] if self.places else index / max(1, count - 1)

    def of(self, index: int, count: int) -> Mix:
        """Return the mix of one of so many pictures."""
        return self.at(self.place_of(index, count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Between four, in equal steps across and down: each picture is the mix at its place.

    The corners are upper left, upper right, lower left and lower right; pictures lie row by row.
    """

    corners: tuple[Source, Source, Source, Source]
    columns: int = fields.number(5, N_("Columns"), low=2, high=16)
    blend: Blend = fields.like(Mix, "blend", "shares")
    restore: bool = fields.like(Mix, "restore", False)

    def __post_init__(self) -> None:
        """Check that four can be mixed so."""
        fields.check(self)
        if self.blend == "slerp":
            raise InvalidRequest(_("Four meanings cannot be mixed on an arc: choose shares."))

    def at(self, across: float, down: float) -> Mix:
        """Return the mix so much of the way to the right and down."""
        weights = (
            (1 - across) * (1 - down),
            across * (1 - down),
            (1 - across) * down,
            across * down,
        )
        pairs = zip(self.corners, weights, strict=True)
        every = tuple(Ingredient(source, weight) for source, weight in pairs)
        return Mix(ingredients=every, blend=self.blend, restore=self.restore)

    def of(self, index: int, count: int) -> Mix:
        """Return the mix of one of so many pictures."""
        row, column = divmod(index, self.columns)
        rows = -(-count // self.columns)
        return self.at(column / (self.columns - 1), row / max(1, rows - 1))


Series = Interpolation | Grid  # of pictures that differ in nothing but their conditioning
Conditioning = Prompt | ImagePrompt | ImageEmbedding | Mix | Series


def spoken(conditioning: Conditioning) -> str:
    """Return a conditioning in words: its prompt, its file, or the formula of a mix."""
    match conditioning:
        case Prompt(text=words):
            return words
        case ImagePrompt(path=path, text=words) if conditioning.led and words:
            return f"{Path(short_name(path)).stem} → {words}"
        case ImagePrompt(without_hole=True):
            return _("what is around it")
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            return Path(short_name(path)).stem
        case Mix():
            return formula(conditioning)
        case Interpolation(start=start, end=end):
            return f"{_named(start)} → {_named(end)}"
        case Grid(corners=corners):
            return " × ".join(_named(corner) for corner in corners)


def formula(fusion: Mix) -> str:
    """Return a mix as people write it: `0.6 cat.png + 0.4 "oil painting" − 0.2 "people"`."""
    said = ""
    for one in fusion.ingredients:
        sign = " − " if one.weight < 0 else " + "
        said += (sign if said else ("−" if one.weight < 0 else "")) + (
            f"{_weight(one.weight)} {_named(one.source)}"
        )
    return said


def _weight(weight: float) -> str:
    """Return a weight without its sign."""
    return fields.short_number(abs(weight))


def _named(source: Source) -> str:
    match source:
        case Prompt(text=words):
            return f'"{words}"'
        case ImagePrompt(path=path, text=words) if source.led:
            return f'{short_name(path)} → "{words}"'
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            return short_name(path)


def title_of(conditioning: Source | Mix) -> str:
    """Return what is painted or fused as a title: words, never the name of a file of ours.

    Another file is called by its name without the ending.
    """
    match conditioning:
        case Prompt(text=words):
            return " ".join(words.split())
        case ImagePrompt(path=path, text=words) if conditioning.led and words:
            return f"{title_of_picture(path)} → {words}"
        case ImagePrompt(without_hole=True):
            return _("what is around it")
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            return title_of_picture(path)
        case Mix(ingredients=ingredients):
            return joined(title_of(one.source) for one in ingredients)


def joined(titles: Iterable[str]) -> str:
    """Return the title of what several things became together."""
    *others, last = titles
    if len(others) == 1:
        return _("{one} and {other}").format(one=others[0], other=last)
    return ", ".join((*others, last))


def is_pasted(path: Path) -> bool:
    """Whether a file holds pixels that were pasted or dropped: its name says nothing."""
    return bool(PASTED.fullmatch(path.stem))


def title_of_picture(path: Path) -> str:
    """Return what a picture is called whose words are not known."""
    ours = OURS.fullmatch(path.stem)
    if is_pasted(path):
        return _("Pasted picture")
    return ours[1].replace("-", " ") if ours else path.stem


def short_name(path: Path) -> str:
    """Return a file's name; of one of our pictures without the time and the seed."""
    ours = OURS.fullmatch(path.stem)
    if is_pasted(path):
        return _("Pasted picture")
    return f"{ours[1]}{path.suffix}" if ours else path.name


def files_of(conditioning: Conditioning) -> tuple[Path, ...]:
    """Return the files that a conditioning is read from."""
    match conditioning:
        case Prompt():
            return ()
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            return (path,)
        case Mix(ingredients=ingredients):
            return tuple(path for one in ingredients for path in files_of(one.source))
        case Interpolation(start=start, end=end):
            return files_of(start) + files_of(end)
        case Grid(corners=corners):
            return tuple(path for corner in corners for path in files_of(corner))


def texts_of(conditioning: Conditioning) -> tuple[str, ...]:
    """Return the texts that are read for a conditioning, negative ones too."""
    match conditioning:
        case Prompt(text=text, negative=negative):
            return (text, negative)
        case ImagePrompt(text=text, negative=negative) if conditioning.led:
            return (text, negative)
        case ImagePrompt() | ImageEmbedding():
            return ()
        case Mix(ingredients=ingredients):
            return tuple(text for one in ingredients for text in texts_of(one.source))
        case Interpolation(start=start, end=end):
            return texts_of(start) + texts_of(end)
        case Grid(corners=corners):
            return tuple(text for corner in corners for text in texts_of(corner))


def pictures_of(conditioning: Conditioning) -> tuple[Path, ...]:
    """Return the pictures that the image encoder embeds for a conditioning."""
    match conditioning:
        case ImagePrompt(path=path):
            return (path,)
        case Mix(ingredients=ingredients):
            return tuple(path for one in ingredients for path in pictures_of(one.source))
        case Interpolation(start=start, end=end):
            return pictures_of(start) + pictures_of(end)
        case Grid(corners=corners):
            return tuple(path for corner in corners for path in pictures_of(corner))
        case _:
            return ()
