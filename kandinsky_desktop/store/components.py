"""Which files each kind of component is loaded from, and whether all of them are whole.

The same list is what a folder is checked by when a model is looked for and again when a component
is loaded: what the libraries make up where a file is missing never comes to a picture.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.store.weights import (
    DIFFUSERS,
    TRANSFORMERS,
    Weights,
    check_file,
    check_there,
    check_weights,
    read_config,
)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a kind of component."""

    configs: tuple[str, ...] = ()  # all of them, each a JSON object that says something
    weights: str = ""  # what its library calls them; "": it has none
    either: tuple[tuple[str, ...], ...] = ()  # the files of the first of these that is there
    others: tuple[str, ...] = ()  # read where they are there


NETWORK = Files(("config.json",), DIFFUSERS)
ENCODER = Files(("config.json",), TRANSFORMERS)
TOKENIZER_CONFIGS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
FILES: dict[str, Files] = {
    "prior": NETWORK,
    "eclipse_prior": NETWORK,
    "unet": NETWORK,
    "movq": NETWORK,
    "vae": NETWORK,
    "text_encoder": ENCODER,
    "clip_text_encoder": ENCODER,
    "image_encoder": ENCODER,
    "decoder_text_encoder": ENCODER,
    "t5_encoder": ENCODER,
    "conditioner": NETWORK,
    "depth_estimator": Files(("config.json", "preprocessor_config.json"), TRANSFORMERS),
    "tokenizer": Files(
        either=(("tokenizer.json",), ("vocab.json", "merges.txt")), others=TOKENIZER_CONFIGS
    ),
    # of its sentencepiece.bpe.model no library that is installed here makes anything
    "decoder_tokenizer": Files(either=(("tokenizer.json",),), others=TOKENIZER_CONFIGS),
    "t5_tokenizer": Files(either=(("tokenizer.json",),), others=TOKENIZER_CONFIGS),
    "scheduler": Files(("scheduler_config.json",)),
    "image_processor": Files(("preprocessor_config.json",)),
}
NOTHING = (b"", b"{}", b"[]")  # what an empty vocabulary holds
SMALLEST = 64  # bytes; a smaller file is looked into
# What a network is known by: a tensor that others have not, and the side of it that a config says
SIGNS: dict[str, tuple[str, int, str]] = {
    "prior": ("proj_in.weight", 1, "embedding_dim"),
    "eclipse_prior": ("proj_in.weight", 1, "embedding_dim"),
    "unet": ("conv_in.weight", 1, "in_channels"),
    "movq": ("quantize.embedding.weight", 0, "num_vq_embeddings"),
    "text_encoder": ("text_projection.weight", 0, "projection_dim"),
    "image_encoder": ("visual_projection.weight", 0, "projection_dim"),
}
EMBEDDINGS = {  # what a U-Net of each addition_embed_type has
    "text_image": "add_embedding.text_norm.weight",
    "image": "add_embedding.image_norm.weight",
    "image_hint": "add_embedding.input_hint_block.0.weight",
}
CALLED = {
    "prior": N_("a prior"),
    "eclipse_prior": N_("a prior"),
    "unet": N_("a decoder"),
    "movq": N_("a MoVQ"),
    "text_encoder": N_("a text encoder"),
    "image_encoder": N_("an image encoder"),
}


def check_component(kind: str, folder: Path) -> Weights | None:
    """Return the weights of a component that is whole, None if it has none. Raises ModelProblem."""
    if kind == "file":
        check_file(folder)
        return None
    files = FILES[kind]
    if not folder.is_dir():
        raise ModelProblem(
            _("{folder} lacks its folder {part}.").format(folder=folder.parent, part=folder.name)
        )
    for name in files.configs:
        if not read_config(folder / name):
            raise ModelProblem(_("{file} says nothing: copy it again.").format(file=folder / name))
    if files.either:
        _check_either(folder, files.either)
    for name in files.others:
        if os.path.lexists(folder / name):
            read_config(folder / name)
    if not files.weights:
        return None
    weights = check_weights(folder, files.weights)
    _check_sign(kind, folder, weights)
    return weights


def _check_sign(kind: str, folder: Path, weights: Weights) -> None:
    """Raise ModelProblem if the weights are another network's, or not those of the config."""
    if kind not in SIGNS:
        return
    name, axis, key = SIGNS[kind]
    shapes = dict(weights.signs)
    file = weights.files[0]
    if name not in shapes:
        others = (what for what, (sign, *_rest) in SIGNS.items() if sign in shapes)
        what = next(others, "")
        if not what:
            return  # the library that loads it may know such names
        raise ModelProblem(
            _("{file} holds {other}, and not {kind}: copy the right file there.").format(
                file=file, other=_(CALLED[what]), kind=_(CALLED[kind])
            )
        )
    config = read_config(folder / "config.json")
    if kind == "unet":
        _check_embedding(file, config, shapes)
    wanted = config.get(key)
    found = shapes[name][axis] if len(shapes[name]) > axis else 0
    if isinstance(wanted, int) and wanted != found:
        raise ModelProblem(
            _(
                "{file} does not go with the config beside it: its {key} is {found}, there it is"
                " {wanted}. Copy both from one model."
            ).format(file=file, key=key, found=found, wanted=wanted)
        )


def _check_embedding(
    file: Path, config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Raise ModelProblem if a decoder lacks the tensor by which its config's kind is known."""
    own = EMBEDDINGS.get(str(config.get("addition_embed_type")), "")
    if not own or own in shapes:
        return
    of_21 = {EMBEDDINGS["text_image"]}
    others = set(EMBEDDINGS.values()) - of_21 if own in of_21 else of_21
    if others & shapes.keys():
        raise ModelProblem(
            _(
                "{file} is the decoder of another version than the config beside it says. Copy"
                " both from one model."
            ).format(file=file)
        )
    if shapes["conv_in.weight"][1:2] == (config.get("in_channels"),):  # else that is what is wrong
        raise ModelProblem(
            _("{file} is not whole, it lacks {tensor}: copy it again.").format(
                file=file, tensor=own
            )
        )


def _check_either(folder: Path, either: tuple[tuple[str, ...], ...]) -> None:
    there = (names for names in either if any(os.path.lexists(folder / name) for name in names))
    names = next(there, None)
    if names is None:
        raise ModelProblem(
            _("{folder} lacks {files}: copy it too.").format(
                folder=folder, files=_(" or ").join(_(" and ").join(one) for one in either)
            )
        )
    for name in names:
        check_there(folder / name)
        if _says_nothing(folder / name):
            raise ModelProblem(_("{file} is empty: copy it again.").format(file=folder / name))


def _says_nothing(file: Path) -> bool:
    """Whether a vocabulary, or its merges, are there and hold no entry."""
    try:
        if file.stat().st_size > SMALLEST:
            return False
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise ModelProblem(
            _("{file} cannot be read: {reason}.").format(file=file, reason=error.strerror or error)
        ) from error
    said = b"".join(line.strip() for line in lines if not line.startswith(b"#version"))
    return said in NOTHING
