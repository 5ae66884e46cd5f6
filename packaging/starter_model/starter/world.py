"""What the model's world holds: things, colours, places, styles, and which unions stay unseen."""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

LANGUAGES = ("en", "ru", "es")
SHAPES = ("circle", "square", "triangle", "star shape", "heart shape", "diamond")
COLOURS = {
    "red": (222, 40, 48),
    "orange": (247, 130, 30),
    "yellow": (250, 205, 40),
    "green": (50, 165, 75),
    "blue": (45, 105, 225),
    "light blue": (110, 190, 245),
    "purple": (135, 70, 200),
    "pink": (248, 120, 180),
    "brown": (130, 85, 50),
    "black": (30, 30, 34),
    "white": (255, 255, 255),
    "grey": (150, 152, 158),
}
COLOUR_NAMES = tuple(COLOURS)
OWN_COLOUR = len(COLOUR_NAMES)
PLACES = ("filling", "left", "right", "top", "bottom", "small")
STYLES = ("3d", "flat")
HELD_OUT_SHARE = 10
"""One in so many unions of a thing with a colour, a background, a place or another thing."""


@dataclass(frozen=True, slots=True)
class Noun:
    """One name of a thing in one language, with its grammatical gender."""

    word: str
    gender: str


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be drawn, by its emoji and its names in each language."""

    emoji: str
    nouns: dict[str, tuple[Noun, ...]]

    @property
    def name(self) -> str:
        """The usual English name, which is also its label."""
        return self.nouns["en"][0].word


def _russian_gender(word: str) -> str:
    head = word.split()[-1]
    if head.endswith(("а", "я")):
        return "f"
    if head.endswith(("о", "е", "ё")):
        return "n"
    return "p" if head.endswith(("ы", "и")) else "m"


def _spanish_gender(word: str) -> str:
    head = word.split()[0]
    plural = "s" if head.endswith("s") and not head.endswith("ús") else ""
    return ("f" if head.rstrip("s").endswith("a") else "m") + plural


def _noun(text: str, language: str) -> Noun:
    word, _, gender = text.strip().partition("/")
    if not gender and language == "ru":
        gender = _russian_gender(word)
    if not gender and language == "es":
        gender = _spanish_gender(word)
    return Noun(word, gender)


def _parse(line: str) -> Thing:
    emoji, *columns = line.split("|")
    nouns = {
        language: tuple(_noun(part, language) for part in column.split(","))
        for language, column in zip(LANGUAGES, columns, strict=True)
    }
    return Thing(emoji, nouns)


def _shape(english: str, russian: str, spanish: str) -> Thing:
    return _parse(f"|{english}|{russian}|{spanish}")


@cache
def things() -> tuple[Thing, ...]:
    """Every thing that has a drawing, in the order of the list."""
    lines = Path(__file__).with_name("things.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines if line and not line.startswith("#"))


@cache
def subjects() -> tuple[Thing, ...]:
    """The things and after them the plain shapes: what a label counts through."""
    return (
        *things(),
        _shape("circle", "круг", "círculo"),
        _shape("square", "квадрат", "cuadrado"),
        _shape("triangle", "треугольник", "triángulo"),
        _shape("star shape", "звёздочка", "forma de estrella"),
        _shape("heart shape", "сердечко", "forma de corazón"),
        _shape("diamond,rhombus", "ромб", "rombo"),
    )


def is_shape(subject: int) -> bool:
    """Whether this label is a plain shape and not a thing."""
    return subject >= len(things())


@cache
def unseen(kind: str, first: str, second: str) -> bool:
    """Whether this union, in either order, is kept out of every training scene."""
    key = "|".join((kind, *sorted((first, second)))).encode()
    return int.from_bytes(blake2b(key, digest_size=4).digest()) % HELD_OUT_SHARE == 0
