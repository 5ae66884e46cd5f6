"""Counts the tokens of a prompt with the model's own tokenizer.

Reads either layout that CLIP folders come in: `tokenizer.json`, or `vocab.json` and `merges.txt`.
The `tokenizers` package is imported when the first counter is made, in the caller's thread.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# As CLIP's own tokenizer splits: transformers, models/clip/tokenization_clip.py
CLIP_SPLIT = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)
START, END = "<|startoftext|>", "<|endoftext|>"


class TokenCounter:
    """Counts with one model's tokenizer. Made in any thread; used by one at a time."""

    def __init__(self, folder: Path) -> None:
        """Read the tokenizer in `folder`. Raises ModelProblem."""
        self._tokenizer = _load(folder)
        self._tokenizer.no_truncation()  # a file may say what it was used with last
        self._tokenizer.no_padding()

    def count(self, text: str) -> int:
        """Return the number of tokens, the two marks at start and end included."""
        return len(self._encoded(text).ids)

    def kept(self, text: str, limit: int) -> int:
        """Return how many characters of `text` fit into `limit` tokens."""
        encoding = self._encoded(text)
        if len(encoding.ids) <= limit:
            return len(text)
        read, cut = encoding.offsets[limit - 2], encoding.offsets[limit - 1]
        return int(min(read[1], cut[0]))  # a letter may be several tokens: read is what is whole

    def _encoded(self, text: str) -> Any:
        whole = text.encode("utf-8", "replace").decode()  # half an emoji counts as a "?"
        return self._tokenizer.encode(whole)


def _load(folder: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        whole = folder / "tokenizer.json"
        if whole.is_file():
            return Tokenizer.from_file(str(whole))
        vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
        merges = (folder / "merges.txt").read_text("utf-8").splitlines()
        return _clip(vocabulary, merges)
    except Exception as error:
        raise ModelProblem(
            _("The tokenizer in {folder} cannot be read: {error}").format(
                folder=folder, error=error
            )
        ) from error


def _clip(vocabulary: dict[str, int], merges: list[str]) -> "Tokenizer":
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    pairs: list[Any] = [
        tuple(line.split()) for line in merges if line.strip() and not line.startswith("#version")
    ]
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=pairs,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            unk_token=END,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CLIP_SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.post_processor = processors.RobertaProcessing(
        (END, vocabulary[END]),
        (START, vocabulary[START]),
        trim_offsets=False,
        add_prefix_space=False,
    )
    return tokenizer
