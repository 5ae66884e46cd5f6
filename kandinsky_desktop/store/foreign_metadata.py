"""The words that pictures of other programs say they were painted from.

A1111, Forge and SD.Next, ComfyUI, InvokeAI, Fooocus, SwarmUI, Easy Diffusion, NovelAI, Draw Things
and whoever writes as they do: in texts of a PNG, in EXIF, in XMP or in a comment. Nothing in a file
is trusted: sizes are bounded, and what is not understood says nothing.
"""

import json
import logging
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.store import comfyui_graph, pictures, png_chunks, xmp_text

log = logging.getLogger(__name__)

LARGEST_FILE = 300_000_000  # bytes; a larger one is not looked into
LARGEST_TEXT = 4_000_000  # characters of one text
LONGEST_WORDS = 8_000  # characters that are taken over
MOST_TAGS = 256  # of EXIF
DEEPEST = 3  # objects within objects in which the words are looked for

PNG_KEYS = (  # those that say the most first
    "invokeai_metadata",
    "sd-metadata",
    "Dream",
    "parameters",
    "prompt",
    "workflow",
    "Comment",
    "UserComment",
    "metadata",
    "generation_data",
)
BESIDE = (  # read with those
    "negative_prompt",
    "Negative Prompt",
    "Prompt",
    "Description",
    "Software",
    "XML:com.adobe.xmp",
)
POSITIVE = ("positive_prompt", "prompt", "Prompt", "c", "positive")
NEGATIVE = (
    "negative_prompt",
    "negativeprompt",
    "Negative Prompt",
    "Negative prompt",
    "negativePrompt",
    "uc",
    "negative",
)
WITHIN = ("sui_image_params", "image", "params", "metadata", "meta")  # where the words lie deeper
DESCRIPTION, MAKE, CAMERA, EXIF_TABLE, COMMENT = 0x010E, 0x010F, 0x0110, 0x8769, 0x9286  # EXIF tags
STEPS = re.compile(r"\s*Steps: ?\d+")
NEGATIVE_MARK = "Negative prompt:"
DREAM = re.compile(r" -[A-Za-z](?=[\s\d])")  # where the options of InvokeAI's first format begin
ODD = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # what no field for words can show


@dataclass(frozen=True, slots=True)
class Words:
    """What a picture is to show and what not, in the words of whoever had it painted."""

    positive: str
    negative: str = ""


def words_of(path: Path) -> Words | None:
    """Return the words in a picture; None: it says none, or cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None
        for look in (_in_png, _in_others):
            found = look(path)
            if found is not None:
                return found
    except (OSError, Unreadable) as error:
        log.info("%s says no words: %s", path, error)
    return None


# -- where they are written


def _in_png(path: Path) -> Words | None:
    return words_in(as_meant(png_chunks.texts(path, (*PNG_KEYS, *BESIDE))))


def as_meant(texts: dict[str, str]) -> dict[str, str]:
    """Return texts of a PNG as they were meant, and none too long."""
    return {key: _as_utf8(text)[:LARGEST_TEXT] for key, text in texts.items()}


def words_in(texts: dict[str, str]) -> Words | None:
    """Return the words that texts of a PNG say, by their keywords."""
    for key in PNG_KEYS:
        found = _in_text(texts.get(key, ""))
        if found is not None:
            return found
    if texts.get("Software", "").startswith("NovelAI"):
        return _made(texts.get("Description", ""), "")
    if "Dream" in texts:
        return _in_dream(texts["Dream"])
    plain = texts.get("prompt", "") or texts.get("Prompt", "")
    if plain and not plain.lstrip().startswith(("{", "[")):
        away = texts.get("negative_prompt", "") or texts.get("Negative Prompt", "")
        return _made(plain, away)
    return _in_xmp(texts.get("XML:com.adobe.xmp", ""))


def _in_others(path: Path) -> Words | None:
    """Look into EXIF, XMP and comment of a picture of any kind."""
    about = pictures.about(path)
    return words_beside(said_beside(about), decoded(about.get("xmp", b"")))


def said_beside(about: dict[str, bytes]) -> list[str]:
    """Return the texts in EXIF and comment, those that say the most first."""
    tags = _exif_texts(about.get("exif", b""))
    said = [tags.get(tag, "") for tag in (COMMENT, DESCRIPTION)]
    # ComfyUI writes into a WebP `prompt:{…}` as the camera's model and `workflow:{…}` as its maker
    said += [tags.get(tag, "").partition(":")[2] for tag in (CAMERA, MAKE)]
    said.append(decoded(about.get("comment", b"")))
    return said


def words_beside(said: Iterable[str], xmp: str) -> Words | None:
    """Return the words in texts of EXIF or a comment, or else in XMP."""
    return _first(_in_text, said) or _in_xmp(xmp)


def _in_xmp(xmp: str) -> Words | None:
    """Find Draw Things' comment, or else the description that any program may write."""
    comment = xmp_text.prop(xmp, "exif:UserComment")
    description = xmp_text.prop(xmp, "dc:description")
    found = _first(_in_text, (comment, description))
    return found or _made(description, "")


def _exif_texts(exif: bytes) -> dict[int, str]:
    """Return the texts of EXIF by their tags, as far as they can be read."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    found: dict[int, str] = {}
    if order is None:
        return found
    try:
        (table,) = struct.unpack_from(f"{order}I", exif, 4)
        for tag, kind, count, value in _tags(exif, table, order):
            if tag == EXIF_TABLE:
                deeper = _tags(exif, value, order)
                found |= {tag: text for tag, text in _texts_at(exif, deeper) if tag == COMMENT}
            found |= dict(_texts_at(exif, [(tag, kind, count, value)]))
    except struct.error:
        pass  # it breaks off
    return found


def _tags(exif: bytes, table: int, order: str) -> list[tuple[int, int, int, int]]:
    """Return tag, kind, count and value of a table's entries. Raises struct.error."""
    (count,) = struct.unpack_from(f"{order}H", exif, table)
    places = (table + 2 + 12 * number for number in range(min(count, MOST_TAGS)))
    return [struct.unpack_from(f"{order}HHII", exif, place) for place in places]


def _texts_at(exif: bytes, tags: Iterable[tuple[int, int, int, int]]) -> Iterator[tuple[int, str]]:
    for tag, kind, count, place in tags:
        if kind in (1, 2, 7) and tag in (DESCRIPTION, MAKE, CAMERA, COMMENT) and count > 4:
            data = exif[place : place + min(count, 2 * LARGEST_TEXT)]
            yield tag, _comment(data) if tag == COMMENT else decoded(data)


def _comment(data: bytes) -> str:
    """Return EXIF's UserComment, whose first eight bytes say how it is written."""
    head, body = data[:8], data[8:]
    if head == b"UNICODE\0":
        big = body[0::2].count(0) >= body[1::2].count(0)  # of no order, whatever the rest says
        return body.decode("utf-16-be" if big else "utf-16-le", "replace").lstrip("\ufeff")
    if head.rstrip(b"\0") in (b"ASCII", b"JIS", b""):
        return decoded(body)
    return decoded(data)


# -- what is written


def _in_text(text: str) -> Words | None:
    """Return the words in a text of one of the formats that are known."""
    text = text.strip().strip("\0")
    if text.startswith(("{", "[")):
        return _in_object(parsed(text))
    return _in_parameters(text)


def _in_parameters(text: str) -> Words | None:
    """Read A1111's format: the words, the negative ones, and a line of settings."""
    lines = text.splitlines()
    settings = [number for number, line in enumerate(lines) if STEPS.match(line)]
    marks = [number for number, line in enumerate(lines) if line.startswith(NEGATIVE_MARK)]
    if not settings and not marks:
        return None
    end = settings[-1] if settings else len(lines)
    middle = next((number for number in marks if number < end), end)
    negative = "\n".join(lines[middle:end]).removeprefix(NEGATIVE_MARK)
    return _made("\n".join(lines[:middle]), negative)


def _in_dream(text: str) -> Words | None:
    """Read InvokeAI's first format: words, options; [in brackets] what is not wanted."""
    text = text.strip()
    quoted = text.startswith('"')
    text = text[1:].partition('"')[0] if quoted else DREAM.split(text, maxsplit=1)[0]
    away = re.findall(r"\[([^\[\]]*)\]", text)
    return _made(re.sub(r"\[[^\[\]]*\]", "", text), ", ".join(away))


def _in_object(found: Any) -> Words | None:
    """Look for the words in JSON of any of those programs."""
    waiting: list[tuple[Any, int]] = [(found, 0)]
    while waiting:
        one, deep = waiting.pop(0)
        if not isinstance(one, dict):
            continue
        graph = comfyui_graph.words_of(one)
        if graph is not None:
            return _made(*graph)
        if isinstance(one.get("prompt"), dict):  # a graph within other things
            waiting.append((one["prompt"], deep + 1))
        positive = next((text for key in POSITIVE if (text := _spoken(one.get(key)))), "")
        if positive:
            negative = next((text for key in NEGATIVE if (text := _spoken(one.get(key)))), "")
            return _made(positive, negative)
        if deep < DEEPEST:
            waiting += [(one[key], deep + 1) for key in WITHIN if key in one]
    return None


def _spoken(value: Any) -> str:
    """Return words that stand there as a text, or as parts with weights."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [part.get("prompt") if isinstance(part, dict) else part for part in value[:64]]
        return ", ".join(part for part in parts if isinstance(part, str))
    return ""


def parsed(text: str) -> Any:
    """Return what a text says as JSON; None if it is none."""
    if len(text) > LARGEST_TEXT or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _made(positive: str, negative: str) -> Words | None:
    """Return words that a field can show; None if nothing is left."""
    said, away = (ODD.sub("", text).strip()[:LONGEST_WORDS] for text in (positive, negative))
    return Words(said, away) if said else None


def _first(look: Callable[[str], Words | None], texts: Iterable[str]) -> Words | None:
    return next((found for text in texts if (found := look(text)) is not None), None)


def decoded(data: bytes) -> str:
    """Return bytes as text, whatever they are."""
    return data[:LARGEST_TEXT].decode("utf-8", "replace").strip("\0")


def _as_utf8(text: str) -> str:
    """Return a text as it was meant: many write UTF-8 where the format says Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
