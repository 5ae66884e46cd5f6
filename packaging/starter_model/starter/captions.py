"""Captions: how a scene is asked for in English, Russian and Spanish."""

from random import Random

from starter.scenes import Kind, Scene
from starter.world import COLOUR_NAMES, LANGUAGES, OWN_COLOUR, Noun, subjects

SHARES = {"en": 56, "ru": 22, "es": 22}
WHITE = COLOUR_NAMES.index("white")

RUSSIAN = dict(
    zip(
        COLOUR_NAMES,
        (
            "красн:ый:ая:ое:ые:ом",
            "оранжев:ый:ая:ое:ые:ом",
            "жёлт:ый:ая:ое:ые:ом",
            "зелён:ый:ая:ое:ые:ом",
            "син:ий:яя:ее:ие:ем",
            "голуб:ой:ая:ое:ые:ом",
            "фиолетов:ый:ая:ое:ые:ом",
            "розов:ый:ая:ое:ые:ом",
            "коричнев:ый:ая:ое:ые:ом",
            "чёрн:ый:ая:ое:ые:ом",
            "бел:ый:ая:ое:ые:ом",
            "сер:ый:ая:ое:ые:ом",
        ),
        strict=True,
    )
)
SPANISH = dict(
    zip(
        COLOUR_NAMES,
        (
            "rojo:roja:rojos:rojas",
            "naranja:naranja:naranjas:naranjas",
            "amarillo:amarilla:amarillos:amarillas",
            "verde:verde:verdes:verdes",
            "azul:azul:azules:azules",
            "celeste:celeste:celestes:celestes",
            "morado:morada:morados:moradas",
            "rosa:rosa:rosas:rosas",
            "marrón:marrón:marrones:marrones",
            "negro:negra:negros:negras",
            "blanco:blanca:blancos:blancas",
            "gris:gris:grises:grises",
        ),
        strict=True,
    )
)
SPANISH_FORMS = ("m", "f", "ms", "fs")
SMALL = "маленьк:ий:ая:ое:ие:ом"

PLACE = {
    "en": {
        "left": (" on the left", " at the left"),
        "right": (" on the right", " at the right"),
        "top": (" at the top",),
        "bottom": (" at the bottom",),
    },
    "ru": {
        "left": (" слева",),
        "right": (" справа",),
        "top": (" сверху", " вверху"),
        "bottom": (" снизу", " внизу"),
    },
    "es": {
        "left": (" a la izquierda",),
        "right": (" a la derecha",),
        "top": (" arriba",),
        "bottom": (" abajo",),
    },
}
BACKGROUND = {
    "en": (" on a {} background", " on {} background", ", {} background", " on {}"),
    "ru": (" на {} фоне", ", {} фон"),
    "es": (" sobre fondo {}", " en fondo {}", ", fondo {}"),
}
FRAME = {
    "en": ("{}", "{}", "{}", "a picture of {}", "an icon of {}", "the {}"),
    "ru": ("{}", "{}", "{}", "рисунок: {}", "картинка: {}"),
    "es": ("{}", "{}", "{}", "un dibujo de {}", "una imagen de {}"),
}
FLAT = {
    "en": ("flat {}", "{}, flat style", "{} in flat style"),
    "ru": ("{} в плоском стиле", "плоский стиль, {}"),
    "es": ("{} en estilo plano", "{}, estilo plano"),
}
SOLID = {"en": ("3d {}", "{}, 3d style"), "ru": ("{} 3d",), "es": ("{} 3d",)}

UNHEARD_BACKGROUND = {"en": " on the {} background", "ru": " и {} фон", "es": " y fondo {}"}
UNHEARD_FRAME = {
    "en": ("an icon: {}", "the picture of {}", "{} picture"),
    "ru": ("{}, рисунок", "{}: картинка"),
    "es": ("{}, dibujo", "imagen: {}"),
}
UNHEARD_FLAT = {"en": "a flat picture of {}", "ru": "{}, плоский стиль", "es": "estilo plano: {}"}


def _ending(forms: str, gender: str) -> str:
    stem, *endings = forms.split(":")
    return stem + endings["mfnpl".index(gender)]


def article(noun: str) -> str:
    """Put a or an before an English noun, nothing before a plural one."""
    if noun.endswith("s") and not noun.endswith(("ss", "us")):
        return noun
    sounds_open = noun.startswith((*"aeiou", "hour")) and not noun.startswith(("uni", "ufo", "eu"))
    return f"{'an' if sounds_open else 'a'} {noun}"


def _adjective(colour: int, gender: str, language: str) -> str:
    name = COLOUR_NAMES[colour]
    match language:
        case "ru":
            return _ending(RUSSIAN[name], gender)
        case "es":
            return SPANISH[name].split(":")[SPANISH_FORMS.index(gender)]
        case _:
            return name


def _object(rng: Random, noun: Noun, colour: int, small: bool, language: str) -> str:
    """A noun with its colour and its smallness, in the word order of the language."""
    tint = [] if colour == OWN_COLOUR else [_adjective(colour, noun.gender, language)]
    if language == "es":
        little = {"m": "pequeño", "f": "pequeña", "ms": "pequeños", "fs": "pequeñas"}
        words = [noun.word, *tint, *([little[noun.gender]] if small else [])]
        if rng.random() < 0.5:
            words.insert(0, {"m": "un", "f": "una", "ms": "unos", "fs": "unas"}[noun.gender])
        return " ".join(words)
    if language == "ru":
        return " ".join([*([_ending(SMALL, noun.gender)] if small else []), *tint, noun.word])
    phrase = " ".join([*(["small"] if small else []), *tint, noun.word])
    return article(phrase) if rng.random() < 0.5 else phrase


def _background(rng: Random, scene: Scene, language: str, unheard: bool) -> str:
    chance = 0.88 if scene.background != WHITE else 0.1
    if not unheard and rng.random() > chance:
        return ""
    if unheard and scene.background == WHITE:
        return ""
    pattern = UNHEARD_BACKGROUND[language] if unheard else rng.choice(BACKGROUND[language])
    name = COLOUR_NAMES[scene.background]
    if language == "ru":
        at = " на " in pattern
        return pattern.format(_ending(RUSSIAN[name], "l" if at else "m"))
    return pattern.format(_adjective(scene.background, "m", language))


def _style(rng: Random, text: str, scene: Scene, language: str, unheard: bool) -> str:
    if scene.style == 1:
        pattern = UNHEARD_FLAT[language] if unheard else rng.choice(FLAT[language])
        if pattern.startswith("flat ") and text.startswith(("a ", "an ")):
            return f"a flat {text.split(' ', 1)[1]}"
        return pattern.format(text)
    if not unheard and rng.random() < 0.08:
        return rng.choice(SOLID[language]).format(text)
    return text


def caption(
    rng: Random,
    scene: Scene,
    *,
    language: str | None = None,
    unheard: bool = False,
    usual: bool = False,
) -> str:
    """One way to ask for the scene; an unheard one uses phrasings that training never used.

    With `usual`, each thing goes by its first name.
    """
    language = language or rng.choices(LANGUAGES, weights=[SHARES[code] for code in LANGUAGES])[0]
    small = scene.place == "small" or (scene.kind is Kind.PLACED and rng.random() < 0.35)
    parts = []
    for one in scene.objects:
        nouns = subjects()[one.subject].nouns[language]
        noun = nouns[0] if usual or rng.random() < 0.72 else rng.choice(nouns)
        parts.append(_object(rng, noun, one.colour, small, language))
    if len(parts) == 2:
        joins = {
            "en": (" and ", " next to ", " with "),
            "ru": (" и ", ", "),
            "es": (" y ", " con "),
        }
        text = rng.choice(joins[language]).join(parts)
    else:
        text = parts[0] + rng.choice(PLACE[language].get(scene.place, ("",)))
    if scene.kind in (Kind.THING, Kind.TINTED, Kind.SHAPE):
        frames = UNHEARD_FRAME[language] if unheard else FRAME[language]
        pattern = rng.choice(frames)
        if pattern == "the {}":
            text = text.removeprefix("a ").removeprefix("an ")
        text = pattern.format(text)
    text = _style(rng, text, scene, language, unheard)
    text += _background(rng, scene, language, unheard)
    if language == "ru" and rng.random() < 0.3:
        text = text.replace("ё", "е")
    return text
