"""Using a picture again: how it was made, and of others' settings those that we have too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import OtherFormat, Unreadable
from kandinsky_desktop.domain.fields import declared, short_number
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Sampling
from kandinsky_desktop.domain.task import TextToImage
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.store import foreign_settings, pictures
from kandinsky_desktop.store.foreign_settings import Metadata

MOST_NAMED = 3  # unknown settings that are named as left out; of more the number is said
LONGEST = 40  # characters of what stands in a file, in a sentence
NUMBERS = ("steps", "guidance", "prior_steps", "prior_guidance")  # alike here and in `Metadata`
SEEDS = ("prior_seed", "seed")


def how_it_was_made(path: Path) -> Record | Metadata:
    """Return what a picture says of how it was made. Raises Unreadable. For any thread."""
    try:
        return pictures.read_record(path)
    except OtherFormat:
        raise
    except Unreadable:
        metadata = foreign_settings.metadata_of(path)
        if metadata is None:
            raise
        return metadata


def apply_foreign(draft: DraftState, metadata: Metadata, *, seeds: bool = True) -> tuple[str, ...]:
    """Take over what is the same setting here; return what is not, in words.

    It is begun anew: what was set to start from or to be led by goes. Call it within
    `draft.one_step`, with the model in use that is to paint.
    """
    wanted = dict(_sampling_of(metadata, seeds=seeds))
    can = {name: value for name, value in wanted.items() if _is_allowed(name, value)}
    draft.set(task=TextToImage(), depth=None, image_conditioning=None, negative=None)
    draft.set_sampling(**can)
    apply_words(draft, metadata)
    return tuple(_left_out(draft, metadata, wanted))


def apply_words(draft: DraftState, metadata: Metadata) -> bool:
    """Take over words and negative words; whether there are any."""
    words = metadata.words
    if words is not None:
        draft.set(prompt=words.positive, negative_prior="", negative_decoder="")
        draft.set_without(words.negative)
    return words is not None


def apply_size(draft: DraftState, metadata: Metadata) -> bool:
    """Take over the size, or the nearest that the model can; whether there is one."""
    size = metadata.size
    about = declared(Sampling)["width"]
    if size is None or not all(about.low <= one <= about.high for one in (size.width, size.height)):
        return False
    draft.set_size(size)
    return True


def _sampling_of(metadata: Metadata, *, seeds: bool) -> Iterator[tuple[str, Any]]:
    """Yield the fields of our sampling that a picture says, whether allowed here or not."""
    for name in NUMBERS + (SEEDS if seeds else ()):
        value = getattr(metadata, name)
        if value is not None:
            yield name, value
    if metadata.our_scheduler:
        yield "scheduler", metadata.our_scheduler
    if metadata.size is not None:
        yield "width", metadata.size.width
        yield "height", metadata.size.height


def _is_allowed(name: str, value: Any) -> bool:
    about = declared(Sampling)[name]
    return isinstance(value, str) or about.low <= value <= about.high


def _left_out(draft: DraftState, metadata: Metadata, wanted: dict[str, Any]) -> Iterator[str]:
    """Say what is not as the picture has it."""
    sampling = draft.values.sampling
    if metadata.model and (draft.model is None or draft.model.name != metadata.model):
        yield _("model {name}").format(name=_short(metadata.model))
    if metadata.scheduler and sampling.scheduler != wanted.get("scheduler"):
        yield _("scheduler {name}").format(name=_short(metadata.scheduler))
    if metadata.spacing:
        yield _("{name} noise levels").format(name=_short(metadata.spacing))
    if metadata.size is not None and metadata.size != draft.size:
        words = _("size {size} (here {ours})")
        yield words.format(size=metadata.size, ours=draft.size)
    for name in NUMBERS + SEEDS:
        if name in wanted and getattr(sampling, name) != wanted[name]:
            label = _(declared(Sampling)[name].label).lower()
            yield f"{label} {short_number(wanted[name])}"
    if metadata.strength is not None and metadata.strength < 1:
        yield _("strength {n}").format(n=short_number(metadata.strength))
    others = [_short(name) for name, _value in metadata.unknown]
    yield from others[:MOST_NAMED]
    more = len(others) - MOST_NAMED
    if more > 0:
        yield ngettext("{n} more", "{n} more", more).format(n=more)


def _short(text: str) -> str:
    """Return what stands in a file as a part of a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
