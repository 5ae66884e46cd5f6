"""Names of files that many pictures are exported to: a template, filled in for each."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.store import exporting, pictures

FIELDS = ("words", "name", "number", "seed", "model", "date", "time")
USUAL = "{words}"
FIELD = re.compile(r"\{(\w+)\}")
LONGEST = 120  # characters of a name
FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')  # on one system or another


@dataclass(frozen=True, slots=True)
class About:
    """What a picture says of itself, as far as names and sheets need it."""

    words: str = ""
    seed: str = ""
    model: str = ""
    steps: str = ""
    guidance: str = ""
    scheduler: str = ""
    size: str = ""
    strength: str = ""


def about(source: Path) -> About:
    """Read what a picture says of itself; what it does not say is empty."""
    try:
        record = pictures.read_record(source)
    except Unreadable:
        return About(words=source.stem)
    sampling = record.request.sampling
    strength = getattr(record.request.task, "strength", None)
    return About(
        words=exporting.name_of(source),
        seed=str(record.seed),
        model=record.model,
        steps=str(sampling.steps),
        guidance=f"{sampling.guidance:g}",
        scheduler=sampling.scheduler,
        size=f"{sampling.width} × {sampling.height}",
        strength="" if strength is None else f"{strength:g}",
    )


def unknown_fields(template: str) -> tuple[str, ...]:
    """Return what stands in braces and means nothing."""
    return tuple(name for name in FIELD.findall(template) if name not in FIELDS)


def filled(template: str, source: Path, number: int, of: int) -> str:
    """Return the name for a picture, without an ending; what is unknown of it is left out."""
    said = about(source)
    try:
        made = datetime.fromtimestamp(source.stat().st_mtime)
    except (OSError, ValueError, OverflowError):  # the last two: beyond what a date can be
        made = datetime.fromtimestamp(0)
    values = {
        "words": said.words,
        "name": source.stem,
        "number": str(number).zfill(len(str(of))),
        "seed": said.seed,
        "model": said.model,
        "date": f"{made:%Y-%m-%d}",
        "time": f"{made:%H-%M-%S}",
    }
    name = FIELD.sub(lambda found: values.get(found[1], found[0]), template)
    name = " ".join(FORBIDDEN.sub("-", name).split()).strip(" .-")
    return name[:LONGEST].rstrip(" .-") or source.stem
