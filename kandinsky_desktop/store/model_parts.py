"""What a model consists of: its parts, what each lets people do, and what could be added."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.families.kandinsky2.published import PARAMETERS
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.weights import number_formats

# Each network's name, and what it lets people do
NETWORKS: dict[str, tuple[str, str]] = {
    "prior": (N_("prior"), N_("turns words into an image embedding")),
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
ADDABLE = ("image_encoder", "inpaint unet", "depth unet")  # what a model may do without
REPOSITORIES = {
    ("2.1", "image_encoder"): "kandinsky-community/kandinsky-2-1-prior",
    ("2.1", "inpaint unet"): "kandinsky-community/kandinsky-2-1-inpaint",
    ("2.2", "image_encoder"): "kandinsky-community/kandinsky-2-2-prior",
    ("2.2", "inpaint unet"): "kandinsky-community/kandinsky-2-2-decoder-inpaint",
    ("2.2", "depth unet"): "kandinsky-community/kandinsky-2-2-controlnet-depth",
}
LICENCE = re.compile(r"^license:\s*['\"]?([\w.+-]+)", re.MULTILINE)
README_BYTES = 8192  # of a README in which its licence is looked for
HALF_BYTES = 2  # of a number in half precision


@dataclass(frozen=True, slots=True)
class Part:
    """A network of a model."""

    name: str
    lets: str  # what it lets people do
    folder: Path
    size_bytes: int
    formats: tuple[str, ...]  # of its numbers, as "F16"


@dataclass(frozen=True, slots=True)
class Missing:
    """A network that a model could have and has not."""

    name: str
    lets: str
    repository: str  # where it was published
    size_bytes: int  # about, in half precision


def parts_of(model: Model) -> Iterator[Part]:
    """Yield the networks of a model, each once. Raises ModelProblem where one is damaged."""
    seen: set[Path] = set()
    for role, component in model.components.items():
        if not component.values or component.folder in seen or role not in NETWORKS:
            continue
        seen.add(component.folder)
        weights = check_component(component.kind, component.folder)
        assert weights is not None
        name, lets = NETWORKS[role]
        formats = number_formats(weights.files)
        yield Part(_(name), _(lets), component.folder, weights.size_bytes, formats)


def missing_of(model: Model) -> Iterator[Missing]:
    """Yield what a published Kandinsky 2.1 or 2.2 could have besides."""
    version = model.profile.title.removeprefix("Kandinsky ")
    for role in ADDABLE:
        values = PARAMETERS.get(version, {}).get(role)
        if role in model.components or values is None:
            continue
        name, lets = NETWORKS[role]
        yield Missing(_(name), _(lets), REPOSITORIES[version, role], values * HALF_BYTES)


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
