"""What a model consists of: its parts, what each lets people do, and what could be added."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.published_files import FILES, VERSIONS, PublishedFile, files_for
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.weights import number_formats

# Each network's name, and what it lets people do
NETWORKS: dict[str, tuple[str, str]] = {
    "prior": (N_("prior"), N_("turns words into an image embedding")),
    "eclipse_prior": (
        N_("ECLIPSE prior"),
        N_("a second model of it: in one pass, from words alone, without ideas to choose among"),
    ),
    "text_encoder": (N_("text encoder"), N_("reads the words")),
    "text_encoder_2": (N_("second text encoder"), N_("reads the words once more")),
    "conditioner": (N_("text conditioner"), N_("leads the decoder by both texts")),
    "image_encoder": (N_("image encoder"), N_("variations, and pictures on the fusion board")),
    "decoder_text_encoder": (N_("decoder's text encoder"), N_("reads the anchor text")),
    "unet": (N_("decoder"), N_("paints")),
    "inpaint unet": (N_("decoder for holes"), N_("fills holes and borders best")),
    "inpaint unet conditioner": (N_("its text conditioner"), N_("leads it by both texts")),
    "depth unet": (N_("decoder for depth"), N_("follows depth maps")),
    "movq": (N_("MoVQ"), N_("turns latents into pixels")),
    "vae": (N_("autoencoder"), N_("turns latents into pixels")),
}
ECLIPSE = "eclipse_prior"  # the kind of a prior of one pass
OPTIONAL_ROLES = ("image_encoder", "inpaint unet", "depth unet", ECLIPSE)  # what a model may lack
LICENCE = re.compile(r"^license:\s*['\"]?([\w.+-]+)", re.MULTILINE)
README_BYTES = 8192  # of a README in which its licence is looked for


@dataclass(frozen=True, slots=True)
class Part:
    """A network of a model."""

    name: str
    lets: str  # what it lets people do
    folder: Path
    size_bytes: int
    formats: tuple[str, ...]  # of its numbers, as "F16"
    files: tuple[Path, ...] = ()  # of its weights
    twin: Path | None = None  # another folder that holds the same weights once more
    is_stored_once: bool = False  # whether the files there are the very same, by links


@dataclass(frozen=True, slots=True)
class Missing:
    """A network that a model could have and has not."""

    name: str
    lets: str
    files: tuple[PublishedFile, ...]  # in which it was published
    is_optional: bool = True  # whether a model does without

    @property
    def size_bytes(self) -> int:
        """What the published files take."""
        return sum(one.size_bytes for one in self.files)


@dataclass(frozen=True, slots=True)
class ModelParts:
    """What a model consists of, what could be added, and its licence; empty: none is said."""

    model: Model
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    licence: str
    problem: str = ""  # why its parts cannot be read any more

    @property
    def size_bytes(self) -> int:
        """What all its weights take on the disk."""
        return sum(part.size_bytes for part in self.parts)


def all_parts(models: Iterable[Model]) -> tuple[ModelParts, ...]:
    """Return what models consist of, or why that cannot be read.

    Reads some MB of files that are equally large, to tell which are the same.
    """
    known: dict[int, list[Part]] = {}
    told: list[ModelParts] = []
    models = tuple(models)
    for model in models:
        problem, parts = "", tuple[Part, ...]()
        try:
            parts = tuple(_with_twin(part, known) for part in parts_of(model))
        except ModelProblem as error:
            problem = str(error)
        except OSError as error:
            problem = _("{folder} cannot be read: {reason}.").format(
                folder=error.filename or model.root, reason=error.strerror or error
            )
        lacks, licence = tuple(missing_of(model, models)), licence_of(model)
        told.append(ModelParts(model, parts, lacks, licence, problem))
    return tuple(told)


def twin_text(part: Part) -> str:
    """Say where else the same lies; empty: nowhere."""
    if part.twin is None:
        return ""
    words = _("the same lies in {folder} too")
    if part.is_stored_once:
        words = _("stored once, for {folder} too")
    return words.format(folder=part.twin)


def _with_twin(part: Part, known: dict[int, list[Part]]) -> Part:
    """Return a part with the first of those before it that holds the same in another place."""
    alike = known.setdefault(part.size_bytes, [])
    place = part.folder.resolve()
    if all(one.folder.resolve() != place for one in alike):
        for one in alike:
            if fingerprints.of_weights(one.folder) == fingerprints.of_weights(part.folder):
                pair = zip(one.files, part.files, strict=False)
                return replace(
                    part, twin=one.folder, is_stored_once=all(a.samefile(b) for a, b in pair)
                )
        alike.append(part)
    return part


def parts_of(model: Model) -> Iterator[Part]:
    """Yield the networks of a model, each once. Raises ModelProblem where one is damaged."""
    seen: set[Path] = set()
    for role, component in model.components.items():
        if not component.values or component.folder in seen or role not in NETWORKS:
            continue
        seen.add(component.folder)
        weights = check_component(component.kind, component.folder)
        assert weights is not None
        name, lets = NETWORKS[ECLIPSE if component.kind == ECLIPSE else role]
        formats = number_formats(weights.files)
        size, files = weights.size_bytes, weights.files
        yield Part(_(name), _(lets), component.folder, size, formats, files)


def missing_of(model: Model, others: Iterable[Model] = ()) -> Iterator[Missing]:
    """Yield what a published Kandinsky could have besides, and has not in one of the others."""
    version = version_of(model)
    for role in OPTIONAL_ROLES:
        files = files_for(version, role)
        if role == ECLIPSE and any(_is_with_eclipse(one, model) for one in others):
            continue
        if role not in model.components and files:
            name, lets = NETWORKS[role]
            yield Missing(_(name), _(lets), files)


def _is_with_eclipse(one: Model, model: Model) -> bool:
    """Whether one is the other with an ECLIPSE prior in the place of the full one."""
    decoders = (each.components["unet"].folder.resolve() for each in (one, model))
    prior = one.components.get("prior")
    return prior is not None and prior.kind == ECLIPSE and len(set(decoders)) == 1


def version_of(model: Model) -> str:
    """Return which published Kandinsky a model is, as "2.2"; empty: none of them."""
    title = model.profile.title.removeprefix("Kandinsky ")
    return title if title in VERSIONS else ""


def needed_parts(version: str) -> tuple[Missing, ...]:
    """Return all that a published Kandinsky consists of, by its files: of one that is not here."""
    told = []
    for file in FILES:
        role = next((of.partition(" ")[2] for of in file.of if of.startswith(version)), "")
        if role:
            name, lets = NETWORKS[role]
            told.append(Missing(_(name), _(lets), (file,), is_optional=role in OPTIONAL_ROLES))
    return tuple(told)


def licence_of(model: Model) -> str:
    """Return the licence that a model's README says; empty where none does."""
    homes = {model.root, *(one.folder.parent for one in model.components.values())}
    for home in sorted(homes):
        try:
            with (home / "README.md").open("rb") as file:
                said = LICENCE.search(file.read(README_BYTES).decode("utf-8", "replace"))
        except OSError:
            continue
        if said:
            return said[1]
    return ""
