"""Temporary: replaced by the branch that recognises models."""

import json
from functools import lru_cache
from math import prod
from pathlib import Path

from kandinsky_desktop.domain.catalog import traits_of
from kandinsky_desktop.domain.model import Component, Model
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.weights import facts_of


@lru_cache(maxsize=256)
def _values(file: Path, changed_ns: int) -> int:
    with file.open("rb") as stream:
        table = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return sum(prod(about["shape"]) for name, about in table.items() if name[:2] != "__")


def read_model(root: Path) -> Model | None:
    facts = facts_of(root)
    if facts is None:
        return None
    p, d = facts.prior, facts.decoder
    places = {
        "text_encoder": ("text_encoder", p / "text_encoder"),
        "tokenizer": ("tokenizer", p / "tokenizer"),
        "image_encoder": ("image_encoder", p / "image_encoder"),
        "image_processor": ("image_processor", p / "image_processor"),
        "prior": ("prior", p / "prior"),
        "prior scheduler": ("scheduler", p / "scheduler"),
        "unet": ("unet", d / "unet"),
        "movq": ("movq", d / "movq"),
        "scheduler": ("scheduler", d / "scheduler"),
        "ddpm scheduler": ("scheduler", d / "ddpm_scheduler"),
        "black": ("file", p / "zero_embedding.safetensors"),
    }
    if facts.version == "2.1":
        places["decoder_text_encoder"] = ("decoder_text_encoder", d / "text_encoder")
        places["decoder_tokenizer"] = ("decoder_tokenizer", d / "tokenizer")
    for kind, folder in (("inpaint", facts.inpaint), ("depth", facts.depth)):
        if folder is not None:
            places[f"{kind} unet"] = ("unet", folder / "unet")
            places[f"{kind} unet scheduler"] = ("scheduler", folder / "scheduler")
            places[f"{kind} unet ddpm scheduler"] = ("scheduler", folder / "ddpm_scheduler")
    components = {}
    for role, (kind, folder) in places.items():
        if folder.is_file():
            components[role] = Component(kind, folder, fingerprints.of_file(folder))
        elif folder.is_dir():
            values = sum(_values(f, f.stat().st_mtime_ns) for f in folder.glob("*.safetensors"))
            components[role] = Component(kind, folder, fingerprints.of_folder(folder), values)
    traits = traits_of(facts)
    movq = json.loads((d / "movq/config.json").read_text())
    return Model(
        name=facts.name,
        root=root,
        family="kandinsky2",
        components=components,
        features=frozenset(),
        native=traits.native,
        largest=traits.largest,
        multiple=facts.multiple,
        factor=facts.movq_factor,
        width=facts.embedding_dim,
        channels={"unet": facts.channels[0], "movq": movq["block_out_channels"][0]},
    )
