"""The fusion board as a value: cards with weights, and how they blend. Every change is a new value.

So undo is a list of boards, a saved board is its JSON, and the formula is only another way to
write the same thing: `0.6 cat.png + 0.4 "oil painting" − 0.2 "people"`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite
from pathlib import Path

from kandinsky_desktop.domain.conditioning import (
    Blend,
    Grid,
    ImageEmbedding,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
    short_name,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import like, plain_number
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path

MOST_CARDS = 24  # more could not be told apart on the ring
HEAVIEST = 4.0  # a weight beyond it can be typed in the formula, but not dragged
LONGEST_FORMULA = 8000
DIGITS = 3  # behind the point of a weight in a formula
WEIGHT = re.compile(  # a number that a name begins with is none: 2024-cat.png, 16:9.png
    r"""\s*(?P<sign>[+\-−–]?)\s*(?P<weight>(?:\d+(?:[.,]\d*)?|[.,]\d+)(?=[\s×*"“]|$))?\s*[×*]?\s*"""
)
WORDS = re.compile(r"""\s*(?:"(?P<words>[^"]*)"|“(?P<curly>[^”]*)”)""")
FILE = re.compile(r"""\s*(?P<file>[^\s"“+][^"“]*?)(?=\s+[+\-−–]\s|\s*$)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing on the board."""

    id: int
    source: Source
    weight: float = 1.0
    muted: bool = False
    solo: bool = False
    locked: bool = False  # its weight does not move when the others are balanced

    def __post_init__(self) -> None:
        """Check that the weight is a number."""
        if not isfinite(self.weight):
            raise InvalidRequest(_("A weight must be a finite number."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Cards in the order in which they were laid, and how they blend."""

    cards: tuple[Card, ...] = ()
    blend: Blend = like(Mix, "blend", "shares")
    restore: bool = like(Mix, "restore", False)
    name: str = ""

    def __post_init__(self) -> None:
        """Check that the cards can be laid, and told apart: a file may say anything."""
        if len(self.cards) > MOST_CARDS:
            raise InvalidRequest(
                _("A board holds at most {most} cards, and here are {n}.").format(
                    most=MOST_CARDS, n=len(self.cards)
                )
            )
        numbers = {card.id for card in self.cards}
        if len(numbers) < len(self.cards) or min(numbers, default=1) < 1:
            raise InvalidRequest(_("Each card needs a number of its own, from 1."))

    @property
    def heard(self) -> tuple[Card, ...]:
        """The cards that count: those played solo or, where none is, all that are not muted."""
        solo = tuple(card for card in self.cards if card.solo)
        return solo or tuple(card for card in self.cards if not card.muted)

    @property
    def names(self) -> dict[int, str]:
        """What each card is called in the formula and by screen readers: no two are alike."""
        names = _names(tuple(card.source for card in self.cards))
        return dict(zip((card.id for card in self.cards), names, strict=True))

    @property
    def shares(self) -> dict[int, float]:
        """The factor of each card in the mixture, by its id; 0 for those that do not count.

        All are 0 while no shares can be made of the weights.
        """
        shares, heard = dict.fromkeys((card.id for card in self.cards), 0.0), self.heard
        try:
            mix = Mix(  # what is shown is what is reckoned with; of more than two on an arc, too
                ingredients=tuple(Ingredient(card.source, card.weight) for card in heard),
                blend="sum" if self.blend == "sum" else "shares",
            )
        except InvalidRequest:
            return shares
        return shares | dict(zip((card.id for card in heard), mix.shares, strict=True))

    @property
    def fusion(self) -> Mix:
        """What is on the board as a mix. Raises InvalidRequest with a sentence."""
        if not self.cards:
            raise InvalidRequest(_("Lay two pictures or words on the board first."))
        if not self.heard:
            raise InvalidRequest(_("All cards are muted: let at least one be heard."))
        return Mix(
            ingredients=tuple(Ingredient(card.source, card.weight) for card in self.heard),
            blend=self.blend,
            restore=self.restore,
        )

    @property
    def formula(self) -> str:
        """The mixture as people write it; muted cards are left out."""
        said, names = "", self.names
        for card in self.heard:
            minus = card.weight < 0
            sign = (" − " if minus else " + ") if said else ("−" if minus else "")
            said += f"{sign}{weight_in_words(abs(card.weight))} {names[card.id]}"
        return said

    def card(self, number: int) -> Card | None:
        """Return a card by its id."""
        return next((card for card in self.cards if card.id == number), None)

    def laid(self, source: Source, weight: float = 1.0, *, beyond: int = 0) -> "Board":
        """With one more card, its id greater than all and than `beyond`.

        Raises InvalidRequest when the board is full.
        """
        if len(self.cards) >= MOST_CARDS:
            raise InvalidRequest(
                _("The board holds at most {most} cards: remove one first.").format(most=MOST_CARDS)
            )
        number = 1 + max((card.id for card in self.cards), default=0)
        number = max(number, beyond + 1)
        return replace(self, cards=(*self.cards, Card(id=number, source=source, weight=weight)))

    def laid_all(self, sources: Sequence[Source]) -> "Board":
        """With several more cards. Raises InvalidRequest, with their number, if it is too high."""
        if len(sources) == 1:
            return self.laid(sources[0])
        first = 1 + max((card.id for card in self.cards), default=0)
        more = (Card(id=number, source=source) for number, source in enumerate(sources, first))
        return replace(self, cards=(*self.cards, *more))

    def without(self, number: int) -> "Board":
        """Without a card."""
        return replace(self, cards=tuple(card for card in self.cards if card.id != number))

    def changed(self, number: int, change: Callable[[Card], Card]) -> "Board":
        """With a card changed."""
        return replace(
            self, cards=tuple(change(card) if card.id == number else card for card in self.cards)
        )

    def weighed(self, number: int, weight: float) -> "Board":
        """With another weight of a card; a locked one stays."""
        return self.changed(
            number, lambda card: card if card.locked else replace(card, weight=weight)
        )

    def subtracted(self, number: int) -> "Board":
        """With a card's weight turned around."""
        return self.changed(number, lambda card: replace(card, weight=-card.weight))

    def muted(self, number: int) -> "Board":
        """With a card muted, or heard again."""
        return self.changed(number, lambda card: replace(card, muted=not card.muted))

    def played_solo(self, number: int) -> "Board":
        """With a card heard alone, or no longer."""
        return self.changed(number, lambda card: replace(card, solo=not card.solo))

    def locked(self, number: int) -> "Board":
        """With a card's weight held, or let go."""
        return self.changed(number, lambda card: replace(card, locked=not card.locked))

    def duplicated(self, number: int) -> "Board":
        """With a card laid once more."""
        card = self.card(number)
        return self if card is None else self.laid(card.source, card.weight)

    def replaced(self, number: int, source: Source) -> "Board":
        """With another thing on a card, of the same weight."""
        return self.changed(number, lambda card: replace(card, source=source))

    def balanced(self, weights: dict[int, float]) -> "Board":
        """With several weights at once, as from a pad; locked cards stay."""
        board = self
        for number, weight in weights.items():
            board = board.weighed(number, weight)
        return board

    def passage(self, start: int, end: int) -> Interpolation:
        """Return the way from one card to another. Raises InvalidRequest with a sentence."""
        one, other = self.card(start), self.card(end)
        if one is None or other is None or one is other:
            raise InvalidRequest(_("Choose two cards, from which and to which the strip leads."))
        return Interpolation(
            start=one.source, end=other.source, blend=self.blend, restore=self.restore
        )

    def sheet(self, columns: int) -> Grid:
        """Return what lies between the four cards that count. Raises InvalidRequest."""
        sources = tuple(card.source for card in self.heard)
        if len(sources) != 4:
            raise InvalidRequest(
                _("A sheet lies between four cards; {n} count now.").format(n=len(sources))
            )
        return Grid(corners=sources, columns=columns, blend=self.blend, restore=self.restore)

    def playing(self, fusion: Mix) -> "Board":
        """With that fusion heard: its cards get its weights, lacking ones are laid, others muted.

        Raises InvalidRequest when the board is full.
        """
        left, playing = (
            list(self.cards),
            {card.id: replace(card, muted=True) for card in self.cards},
        )
        board = replace(self, blend=fusion.blend, restore=fusion.restore)
        for one in fusion.ingredients:
            card = next((card for card in left if card.source == one.source), None)
            if card is None:
                board = board.laid(one.source)
                card = board.cards[-1]
            else:
                left.remove(card)
            playing[card.id] = replace(card, weight=one.weight, muted=False)
        return replace(
            board, cards=tuple(replace(playing[card.id], solo=False) for card in board.cards)
        )

    def _with(self, card: Card) -> "Board":
        if len(self.cards) >= MOST_CARDS:
            return self.laid(card.source)  # says that the board is full
        return replace(self, cards=(*self.cards, card))

    def read(self, formula: str, folder: Path | None = None) -> "Board":
        """The board that a formula says. Cards that are named again stay the cards they are.

        Cards that do not count stay too, unless they are named: then they count. A picture is
        named as on its card or by its path; whether there is one, the caller sees. Raises
        InvalidRequest with a sentence.
        """
        if len(formula) > LONGEST_FORMULA:
            raise InvalidRequest(_("The formula is too long."))
        names = self.names
        known = {names[card.id]: card for card in self.cards}
        heard, solo = self.heard, any(card.solo for card in self.cards)
        beyond = max((card.id for card in self.cards), default=0)
        board = replace(self, cards=tuple(card for card in self.cards if card not in heard))
        position = 0
        while formula[position:].strip():
            number = WEIGHT.match(formula, position)
            assert number is not None  # all of it may be missing
            weight, start = _weight(number["weight"], number["sign"]), number.end()
            name = max((one for one in known if _begins(formula, start, one)), key=len, default="")
            if name:
                card = known.pop(name)
                if weight == round(card.weight, DIGITS):
                    weight = card.weight  # as it was written out
                if card not in heard:
                    card = replace(card, muted=False, solo=solo)
                board = board.without(card.id)._with(replace(card, weight=weight))
                position = start + len(name)
            elif words := WORDS.match(formula, start):
                said = words["curly"] if words["words"] is None else words["words"]
                board, position = board.laid(Prompt(said), weight, beyond=beyond), words.end()
            elif file := FILE.match(formula, start):
                picture = ImagePrompt(_file(file["file"].strip(), folder))
                board = board.laid(picture, weight, beyond=beyond)
                position = file.end()
            else:
                rest = formula[position : position + 40].strip()
                raise InvalidRequest(
                    _("The formula cannot be read from here on: {rest}").format(rest=rest)
                )
        return board


def weight_in_words(weight: float) -> str:
    """Return a card's weight as a formula says it."""
    return plain_number(round(weight, DIGITS))


def said(fusion: Mix) -> str:
    """Return a fusion as its board would write it."""
    return Board().playing(fusion).formula


@lru_cache(maxsize=16)  # a card that is dragged changes none of them
def _names(sources: tuple[Source, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for source in sources:
        name = first = named(source)
        number = 1
        while name in names:
            number += 1
            name = f"{first} ({number})"
        names.append(name)
    return tuple(names)


def named(source: Source) -> str:
    """Return what a source is called: words in quotes, a file by its name.

    Of a picture of ours only the words in its name are said, not its date and seed.
    """
    match source:
        case Prompt(text=words):
            return f'"{words}"'
        case ImagePrompt(path=path, text=words) if source.led:
            return f'{short_name(path)} → "{words}"'
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            return short_name(path)


def _begins(formula: str, start: int, name: str) -> bool:
    """Whether a name stands in a formula, and not just the beginning of a longer one."""
    after = formula[start + len(name) :][:1]
    ends = name.endswith('"') or not after or after.isspace()
    return ends and formula.startswith(name, start)


def _weight(text: str | None, sign: str) -> float:
    weight = float(text.replace(",", ".")) if text else 1.0
    return -weight if sign in ("-", "−", "–") else weight


def _file(name: str, folder: Path | None) -> Path:
    path = typed_path(name)
    if folder is not None and not path.is_absolute():
        path = folder / path
    return path
