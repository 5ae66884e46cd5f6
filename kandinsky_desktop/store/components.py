"""Which files each kind of component is loaded from, and whether all of them are whole.

The same list is what a folder is checked by when a model is looked for and again when a component
is loaded: what the libraries make up where a file is missing never comes to a picture.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _
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
    return check_weights(folder, files.weights) if files.weights else None


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
