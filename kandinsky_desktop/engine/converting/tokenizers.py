"""Brings tokenizers along: copies those that can be read, and makes mT5's from its spiece.model."""

import shutil
from pathlib import Path

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _

WHOLE = "tokenizer.json"
PIECES = "spiece.model"
FILES = (
    WHOLE,
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
LONGEST = 512  # tokens: model_max_length of both


def copy(home: Path, folder: Path) -> None:
    """Copy a tokenizer's files. Raises ModelProblem where there is none that can be read."""
    there = [home / name for name in FILES if (home / name).is_file()]
    names = {file.name for file in there}
    if WHOLE not in names and not {"vocab.json", "merges.txt"} <= names:
        raise ModelProblem(
            _("{folder} lacks {files}: copy it too.").format(folder=home, files=WHOLE)
        )
    for file in there:
        shutil.copyfile(file, folder / file.name)


def write_t5(home: Path, folder: Path) -> None:
    """Write the tokenizer of a T5 as one file. Raises ModelProblem where it cannot be read.

    Its pieces and scores stand in a protocol buffer; transformers brings what describes that.
    """
    if (home / WHOLE).is_file():
        copy(home, folder)
        return
    from google.protobuf.message import DecodeError
    from transformers import T5Tokenizer
    from transformers.utils import sentencepiece_model_pb2_new as sentencepiece

    pieces = home / PIECES
    told = sentencepiece.ModelProto()
    try:
        told.ParseFromString(pieces.read_bytes())
    except FileNotFoundError as error:
        raise ModelProblem(
            _("{folder} lacks {files}: copy it too.").format(folder=home, files=PIECES)
        ) from error
    except DecodeError as error:
        raise ModelProblem(
            _("The tokenizer in {folder} cannot be read: {error}").format(folder=home, error=error)
        ) from error
    if not told.pieces:
        raise ModelProblem(
            _("The tokenizer in {folder} has no words: copy it again.").format(folder=home)
        )
    T5Tokenizer(
        vocab=[(one.piece, one.score) for one in told.pieces],
        _spm_precompiled_charsmap=told.normalizer_spec.precompiled_charsmap or None,
        extra_ids=0,  # mT5 has them among its pieces
        model_max_length=LONGEST,
    ).save_pretrained(folder)
