"""All that pictures of other programs say of how they were painted: words, settings, which program.

As with the words alone (`foreign_metadata`), nothing in a file is trusted.
"""

import json
import logging
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.store import comfyui_graph, foreign_metadata, pictures, png_chunks
from kandinsky_desktop.store.foreign_metadata import BESIDE, LARGEST_FILE, PNG_KEYS, WITHIN, Words

log = logging.getLogger(__name__)

KEYS = (*PNG_KEYS, *BESIDE, "fooocus_scheme", "Source")  # texts of a PNG that are read
MOST_SETTINGS = 100
LONGEST = 500  # characters of a setting
DEEPEST = 4
# "Name: value, …", a value in quotes, as JSON has them, where it holds a comma
PAIR = re.compile(
    r'\s*([A-Za-z][\w /+()-]{0,60}):\s*("(?:\\.|[^\\"]){0,2000}"|[^,]{0,2000})(?:,|$)'
)
SIZE = re.compile(r"\(?\s*(\d{1,6})\s*[xX×,]\s*(\d{1,6})\s*\)?")
ODD = foreign_metadata.ODD
NAMES = {  # as programs write them, without case, spaces and dashes
    "steps": ("steps", "numinferencesteps", "samplersteps"),
    "seed": ("seed", "noiseseed"),
    "guidance": ("cfgscale", "guidancescale", "cfg", "scale", "guidance"),
    "scheduler": ("sampler", "samplername", "scheduler", "schedulertype"),
    "spacing": ("scheduletype", "noiseschedule", "scheduler"),
    "width": ("width", "w"),
    "height": ("height", "h"),
    "size": ("size", "resolution"),
    "strength": ("denoisingstrength", "strength", "denoise", "initimagestrength"),
    "model": ("model", "basemodel", "modelname", "modelweights", "usestablediffusionmodel"),
    # of ours, in formats that hold no record
    "prior_steps": ("priorsteps",),
    "prior_guidance": ("priorcfgscale",),
    "prior_seed": ("priorseed",),
}
SCHEDULERS = {  # as others call the very ones that we have, by `_plain_name`
    "ddpm": "DDPMScheduler",
    "ddim": "DDIMScheduler",
    "dpmpp 2m": "DPMSolverMultistepScheduler",
    "dpmsolver multistep": "DPMSolverMultistepScheduler",
    "dpmsolverpp": "DPMSolverMultistepScheduler",
    "dpmpp 2s": "DPMSolverSinglestepScheduler",
    "unipc": "UniPCMultistepScheduler",
    "uni pc": "UniPCMultistepScheduler",
    "deis": "DEISMultistepScheduler",
    "plms": "PNDMScheduler",
    "pndm": "PNDMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler a": "EulerAncestralDiscreteScheduler",
    "euler ancestral": "EulerAncestralDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "dpm2": "KDPM2DiscreteScheduler",
    "dpm 2": "KDPM2DiscreteScheduler",
    "kdpm 2": "KDPM2DiscreteScheduler",
    "dpm2 a": "KDPM2AncestralDiscreteScheduler",
    "dpm 2 a": "KDPM2AncestralDiscreteScheduler",
    "dpm 2 ancestral": "KDPM2AncestralDiscreteScheduler",
    "kdpm 2 a": "KDPM2AncestralDiscreteScheduler",
    "sa solver": "SASolverScheduler",
}
OPTION = re.compile(r" -([A-Za-z])\s*([\w.]{1,40})")  # of InvokeAI's first format
OPTIONS = {
    "s": "steps", "S": "seed", "W": "width", "H": "height", "C": "cfg_scale", "A": "sampler",
    "f": "strength",
}  # fmt: skip
SPACINGS = re.compile(r" (karras|exponential|k)$")  # of the noise levels, behind a scheduler's name
KNOWN = frozenset(name for names in NAMES.values() for name in names)
NOTE = re.compile(  # names of settings that changed no pixel, by `_key`
    "(?<!lora)hash|version|app$|date|time|created|user|software|source|scheme|format|signed|requesttype"
    "|^tool|^images$|extradata"
)
USUAL = ("", "normal", "native", "automatic", "default", "simple", "discrete", "linear")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a picture says of itself. What it does not say is empty or None."""

    tool: str = ""
    words: Words | None = None
    model: str = ""
    scheduler: str = ""  # as that program calls it
    spacing: str = ""  # of its noise levels, where that is not the usual one: "karras"
    steps: int | None = None
    seed: int | None = None
    guidance: float | None = None
    strength: float | None = None
    size: Size | None = None
    prior_steps: int | None = None
    prior_guidance: float | None = None
    prior_seed: int | None = None
    said: tuple[tuple[str, str], ...] = ()  # all settings, as they stand there

    @property
    def our_scheduler(self) -> str:
        """The scheduler of ours that is the same, whatever its noise levels; empty: there is none.

        Those that only have a part of their names alike, such as DPM++ 2M SDE, are others.
        """
        name = _plain_name(self.scheduler)
        return OWN_NAMES.get(name) or SCHEDULERS.get(SPACINGS.sub("", name), "")

    @property
    def rest(self) -> tuple[tuple[str, str], ...]:
        """Those settings that stand in no field here."""
        return tuple((name, value) for name, value in self.said if _key(name) not in KNOWN)

    @property
    def unknown(self) -> tuple[tuple[str, str], ...]:
        """Those of them that changed the picture, as far as their names say so."""
        return tuple((name, value) for name, value in self.rest if not NOTE.search(_key(name)))


def metadata_of(path: Path) -> Metadata | None:
    """Return what a picture says; None: nothing, or it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None
        texts = png_chunks.texts(path, KEYS)
        found = metadata_in(texts) if texts else None
        return found or metadata_beside(pictures.about(path))
    except (OSError, Unreadable) as error:
        log.info("%s says nothing: %s", path, error)
        return None


def metadata_in(texts: dict[str, str]) -> Metadata | None:
    """Return what texts of a PNG say, by their keywords."""
    texts = foreign_metadata.as_meant(texts)
    words = foreign_metadata.words_in(texts)
    pairs: list[tuple[str, str]] = []
    tool = ""
    for key in PNG_KEYS:
        text = texts.get(key, "")
        if text and not pairs:
            pairs, tool = _settings(text)
        tool = tool or _tool_by_key(key, text)
    if texts.get("Software", "").startswith("NovelAI"):
        tool = "NovelAI"
        pairs += [("model", texts["Source"])] if texts.get("Source") else []
    elif "fooocus_scheme" in texts:
        tool = "Fooocus"
    elif "Dream" in texts or "sd-metadata" in texts or "invokeai_metadata" in texts:
        tool = "InvokeAI"
        pairs = pairs or _in_dream(texts.get("Dream", ""))
    return _metadata(tool, words, pairs)


def metadata_beside(about: dict[str, bytes]) -> Metadata | None:
    """Return what EXIF, XMP and comment of a picture say: see `pictures.about`."""
    said = foreign_metadata.said_beside(about)
    xmp = foreign_metadata.decoded(about.get("xmp", b""))
    words = foreign_metadata.words_beside(said, xmp)
    for text in said:
        pairs, tool = _settings(text)
        if pairs:
            return _metadata(tool, words, pairs)
    return _metadata("", words, [])


def _tool_by_key(key: str, text: str) -> str:
    if key in ("prompt", "workflow") and text.lstrip().startswith("{"):
        return "ComfyUI"
    return ""


def _settings(text: str) -> tuple[list[tuple[str, str]], str]:
    """Return the settings in a text of one of the formats that are known, and which program's."""
    text = text.strip().strip("\0")
    if not text.startswith(("{", "[")):
        return _in_parameters(text)
    plain = foreign_metadata.parsed(text)
    if not isinstance(plain, dict):
        return [], ""
    graph = comfyui_graph.settings_of(plain)
    if graph is not None:
        return list(_flat(graph)), "ComfyUI"
    tool = ""
    if "sui_image_params" in plain:
        tool = "SwarmUI"
    elif "base_model" in plain and ("adm_guidance" in plain or "performance" in plain):
        tool = "Fooocus"
    elif "use_stable_diffusion_model" in plain:
        tool = "Easy Diffusion"
    elif "c" in plain and "uc" in plain and "v2" in plain:
        tool = "Draw Things"
    return list(_flat(plain)), tool


def _in_parameters(text: str) -> tuple[list[tuple[str, str]], str]:
    """Read the last line of A1111's format."""
    lines = [line for line in text.splitlines() if foreign_metadata.STEPS.match(line)]
    if not lines:
        return [], ""
    pairs = []
    for found in list(PAIR.finditer(lines[-1][:20_000]))[:MOST_SETTINGS]:
        pairs.append((found[1].strip(), _unquoted(found[2].strip())))
    said = dict(pairs)
    version = said.get("Version", "")
    if version.startswith("Kandinsky Desktop"):
        tool = "Kandinsky Desktop"
    elif said.get("App", "").startswith("SD.Next"):
        tool = "SD.Next"
    elif re.match(r"f\d|neo|Forge|forge", version):
        tool = "Forge"
    elif version.startswith("Fooocus"):
        tool = "Fooocus"
    elif "ComfyUI" in version:
        tool = "ComfyUI"
    else:
        tool = "A1111"
    return pairs, tool


def _unquoted(value: str) -> str:
    """Return a value without the quotes that it stands in."""
    if len(value) < 2 or not value[0] == value[-1] == '"':
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:-1]


def _in_dream(text: str) -> list[tuple[str, str]]:
    """Read the options of InvokeAI's first format, behind the words."""
    behind = text.rpartition('"')[2][-20_000:] if '"' in text else text[:20_000]
    found = OPTION.findall(f" {behind}")[:MOST_SETTINGS]
    return [(OPTIONS[name], value) for name, value in found if name in OPTIONS]


def _flat(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an object says in single values, and those within it that are known to tell."""
    waiting: list[tuple[dict[str, Any], int]] = [(plain, 0)]
    count = 0
    while waiting:
        one, deep = waiting.pop(0)
        for key, value in one.items():
            if isinstance(value, dict):
                name = value.get("name") or value.get("model_name") or value.get("key")
                if key == "model" and isinstance(name, str):
                    value = name
                elif key in WITHIN and deep < DEEPEST:
                    waiting.append((value, deep + 1))
                    continue
            if isinstance(value, list) and 0 < len(value) <= 4:
                value = ", ".join(map(str, value)) if not any(map(_is_deep, value)) else None
            if isinstance(value, bool | int | float | str) and count < MOST_SETTINGS:
                count += 1
                yield str(key), _as_text(value)


def _is_deep(value: Any) -> bool:
    return isinstance(value, dict | list)


def _as_text(value: bool | float | str) -> str:
    if isinstance(value, int) and value.bit_length() > 256:
        return "…"  # Python refuses to write out very long numbers
    return str(value)


def _metadata(tool: str, words: Words | None, pairs: list[tuple[str, str]]) -> Metadata | None:
    if words is None and not pairs:
        return None
    known: dict[str, str] = {}
    for name, value in pairs:
        known.setdefault(_key(name), value.strip())

    def first(setting: str) -> str:
        return next((known[name] for name in NAMES[setting] if known.get(name)), "")

    return Metadata(
        tool=tool,
        words=words,
        model=_shown(first("model")),
        scheduler=_shown(first("scheduler")),
        spacing=_spacing(_shown(first("scheduler")), _shown(first("spacing"))),
        steps=_number(first("steps"), int, 10_000),
        seed=_number(first("seed"), int, 2**63 - 1),
        guidance=_number(first("guidance"), float, 1_000),
        strength=_number(first("strength"), float, 1),
        size=_size(first("size"), first("width"), first("height")),
        prior_steps=_number(first("prior_steps"), int, 10_000),
        prior_guidance=_number(first("prior_guidance"), float, 1_000),
        prior_seed=_number(first("prior_seed"), int, 2**63 - 1),
        said=tuple(
            (_shown(name), _shown(value)) for name, value in pairs if not _are_words(name, value)
        ),
    )


def _key(name: str) -> str:
    """Return a setting's name without case, spaces and dashes."""
    return re.sub(r"[\s_-]", "", name).casefold()


def _plain_name(scheduler: str) -> str:
    """Return a scheduler's name as `SCHEDULERS` has it: "DPM++ 2M", "k_dpmpp_2m" -> "dpmpp 2m"."""
    name = " ".join(re.sub(r"[_\s-]+", " ", scheduler.casefold().replace("++", "pp")).split())
    return re.sub(r"^(k|sample) ", "", name)


OWN_NAMES = {_plain_name(label): value for value, label in LABELS.items()}


def _spacing(scheduler: str, said: str) -> str:
    """Return how the noise levels were spaced, where that was not the usual way."""
    behind = SPACINGS.search(_plain_name(scheduler))
    if behind is not None:
        return "karras" if behind[1] == "k" else behind[1]
    spacing = said.casefold().strip()
    return "" if spacing in USUAL or said == scheduler else spacing


def _are_words(name: str, value: str) -> bool:
    prompts = foreign_metadata.POSITIVE + foreign_metadata.NEGATIVE
    return name in prompts or not value.strip()


def _shown(text: str) -> str:
    return ODD.sub("", text).strip()[:LONGEST]


def _number(text: str, kind: Callable[[str], Any], most: float) -> Any:
    try:
        value = kind(text[:40])
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) and 0 <= value <= most else None


def _size(text: str, width: str, height: str) -> Size | None:
    found = SIZE.fullmatch(text.strip())
    wide = _number(found[1] if found else width, int, 100_000)
    high = _number(found[2] if found else height, int, 100_000)
    return Size(wide, high) if wide and high else None
