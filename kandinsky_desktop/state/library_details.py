"""All that is known of one picture: how it was made, every number, and who it comes from."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.errors import KandinskyError, brief
from kandinsky_desktop.domain.fields import short_number
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.library import DEPTH, INGREDIENT, MASK, NEGATIVE, SOURCE
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, TextToImage
from kandinsky_desktop.store import foreign_settings, library_index, pictures, png_chunks
from kandinsky_desktop.store.foreign_settings import Metadata
from kandinsky_desktop.store.library_index import Details, Relative


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what is known: what it is called, and its value as text to read and to copy."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Kin:
    """A picture of the same family."""

    ids: tuple[int, ...]  # where it lies in the library; none: it is not there
    title: str  # what it was to the other
    content: str = ""


@dataclass(frozen=True, slots=True)
class PictureDetails:
    """All that is known of a picture."""

    id: int
    path: Path
    width: int
    height: int
    size_bytes: int
    made_ms: int  # since 1970
    words: str  # it was made from, or its file's name
    negative: str
    request: Request | None  # None: it is not ours
    record: Record | None
    foreign: Metadata | None  # what another program says of how it was made
    facts: tuple[Fact, ...]
    stars: int
    tags: tuple[str, ...]
    albums: tuple[str, ...]
    parents: tuple[Kin, ...]
    children: tuple[Kin, ...]
    broken: str  # why it cannot be shown; empty: it is whole
    unread: str  # why what it says of itself cannot be read; empty: it can, or says nothing

    @property
    def as_text(self) -> str:
        """Everything, to be copied."""
        lines = [self.words, *((f"- {self.negative}",) if self.negative else ())]
        return "\n".join([*lines, *(f"{fact.name}: {fact.value}" for fact in self.facts)])


def read_details(
    open_index: Callable[[], sqlite3.Connection], picture: int
) -> PictureDetails | None:
    """Read all that is known of a picture, for any thread. Raises OSError."""
    try:
        with closing(open_index()) as base:
            held = library_index.details(base, picture)
    except sqlite3.Error as error:
        raise OSError(str(error)) from error
    if held is None:
        return None
    record, unread, foreign = _record(held)
    return PictureDetails(
        id=picture,
        path=held.path,
        width=held.width,
        height=held.height,
        size_bytes=held.size_bytes,
        made_ms=held.made_ms,
        words=held.prompt or held.path.stem,
        negative=held.negative,
        request=None if record is None else record.request,
        record=record,
        foreign=foreign,
        facts=tuple(_facts(held, record, foreign)),
        stars=held.stars,
        tags=held.tags,
        albums=held.albums,
        parents=tuple(_kin(one, ROLES) for one in _in_order(held.parents, record)),
        children=tuple(_kin(one, ROLES_OF_CHILDREN) for one in held.children),
        broken=_(held.broken) if held.broken else "",
        unread=unread,
    )


def _record(held: Details) -> tuple[Record | None, str, Metadata | None]:
    """Return the record, or why there is none though there should be, and what others say."""
    if held.broken:
        return None, "", None
    unread = ""
    if not held.tool:
        try:
            return pictures.read_record(held.path), "", None
        except KandinskyError as error:
            unread = brief(error) if _says_of_us(held.path) else ""
    return None, unread, foreign_settings.metadata_of(held.path)


def _says_of_us(path: Path) -> bool:
    try:
        return png_chunks.says(path, (pictures.KEY,))
    except OSError:
        return True


ROLES = {
    INGREDIENT: lambda: _("an ingredient"),
    SOURCE: lambda: _("what it started from"),
    MASK: lambda: _("its mask"),
    DEPTH: lambda: _("its depth"),
    NEGATIVE: lambda: _("what it was led away from"),
}
ROLES_OF_CHILDREN = {
    INGREDIENT: lambda: _("mixed from it"),
    SOURCE: lambda: _("started from it"),
    MASK: lambda: _("painted under it"),
    DEPTH: lambda: _("follows its depth"),
    NEGATIVE: lambda: _("led away from it"),
}


def _in_order(parents: tuple[Relative, ...], record: Record | None) -> list[Relative]:
    """Return parents of one role in the order of the request, which the index does not keep."""
    sources = record.sources if record is not None else ()
    places = {content: place for place, content in enumerate(sources)}
    return sorted(parents, key=lambda one: (one.role, places.get(one.content, len(places))))


def _kin(one: Relative, roles: dict[int, Callable[[], str]]) -> Kin:
    say = roles.get(one.role)
    return Kin(one.ids, say() if say is not None else "", one.content)


def _facts(held: Details, record: Record | None, foreign: Metadata | None) -> Iterator[Fact]:
    """Yield what stands in the index, and of our own pictures every number of the request."""
    if held.model:
        yield Fact(_("Model"), held.model)
    if held.task:
        yield Fact(_("Task"), held.task)
    if held.width and held.height:
        yield Fact(_("Size"), f"{held.width} × {held.height}")
    if record is not None:
        yield from _facts_of(record)
    else:
        yield from _foreign_facts(held, foreign or Metadata())
    yield Fact(_("File"), held.path.name)
    yield Fact(_("Folder"), str(held.path.parent))
    yield Fact(_("File size"), _bytes(held.size_bytes))
    if held.content:
        yield Fact(_("Fingerprint"), held.content)


def _foreign_facts(held: Details, foreign: Metadata) -> Iterator[Fact]:
    """Yield what another program says: what we know under our names, all else under its own."""
    if held.seed is not None:
        yield Fact(_("Seed"), str(held.seed))
    if held.prior_seed is not None:
        yield Fact(_("Prior seed"), str(held.prior_seed))
    if held.steps is not None:
        yield Fact(_("Steps"), str(held.steps))
    if foreign.guidance is not None:
        yield Fact(_("Guidance"), short_number(foreign.guidance))
    if held.scheduler:
        yield Fact(_("Scheduler"), held.scheduler)
    if foreign.spacing and foreign.spacing not in held.scheduler.casefold():
        yield Fact(_("Noise levels"), foreign.spacing)
    if foreign.strength is not None:
        yield Fact(_("Strength"), short_number(foreign.strength))
    size = foreign.size
    if size is not None and (size.width, size.height) != (held.width, held.height):
        yield Fact(_("Painted at"), str(size))
    if foreign.prior_steps is not None:
        yield Fact(_("Prior steps"), str(foreign.prior_steps))
    if foreign.prior_guidance is not None:
        yield Fact(_("Prior guidance"), short_number(foreign.prior_guidance))
    if held.tool:
        yield Fact(_("Made by"), held.tool)
    for name, value in foreign.rest:
        yield Fact(name, value)


def _facts_of(record: Record) -> Iterator[Fact]:
    request, sampling, conditions = record.request, record.request.sampling, record.conditions
    yield Fact(_("Seed"), str(record.seed))
    yield Fact(_("Prior seed"), str(record.prior_seed))
    yield Fact(_("Steps"), str(sampling.steps))
    yield Fact(_("Guidance"), short_number(sampling.guidance))
    yield Fact(_("Scheduler"), LABELS[sampling.scheduler])
    yield Fact(_("Prior steps"), str(sampling.prior_steps))
    yield Fact(_("Prior guidance"), short_number(sampling.prior_guidance))
    match request.task:
        case Img2Img(path=path, strength=strength):
            yield Fact(_("Started from"), str(path))
            yield Fact(_("Strength"), short_number(strength))
        case Inpaint(path=path, strength=strength):
            yield Fact(_("Filled in"), str(path))
            yield Fact(_("Strength"), short_number(strength))
        case Outpaint(path=path):
            yield Fact(_("Grown from"), str(path))
        case TextToImage():
            pass
    if request.count > 1:
        words = _("{number} of {count}")
        yield Fact(_("Picture"), words.format(number=record.index + 1, count=request.count))
    yield Fact(_("Weights"), record.fingerprint)
    yield Fact(_("Device"), conditions.device_name or conditions.device)
    yield Fact(_("Number format"), conditions.dtype)
    threads = ngettext("{n} thread", "{n} threads", conditions.threads)
    yield Fact(_("Threads"), threads.format(n=conditions.threads))
    if record.score is not None:
        yield Fact(_("Similarity to the words"), f"{record.score:.4f}")
    yield Fact(_("Libraries"), ", ".join(conditions.libraries))
    yield Fact(_("System"), conditions.platform)
    yield Fact(_("Made by"), record.program)


def _bytes(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return ngettext("{n} byte", "{n} bytes", count).format(n=count)
