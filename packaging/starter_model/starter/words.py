"""The tokenizer: CLIP's byte-pair encoding, learnt from the captions of three languages."""

import json
from pathlib import Path
from random import Random

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor
from transformers import CLIPTokenizer

from starter import machine
from starter.captions import caption
from starter.course import Budget
from starter.journal import cache_folder, log
from starter.scenes import compose
from starter.sources import cldr_names, fetch
from starter.world import LANGUAGES, subjects, things

LENGTH = 32
VOCABULARY = 5000
CAPTIONS = 60_000
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def folder() -> Path:
    """Where the tokenizer lies."""
    return cache_folder() / "tokenizer"


def _corpus() -> list[str]:
    """Names many times over, the CLDR's names for the same things, and captions."""
    rng = Random("tokenizer")
    names = [n.word for s in subjects() for code in LANGUAGES for n in s.nouns[code]]
    published = [
        table.get(t.emoji, table.get(t.emoji.replace("\ufe0f", ""), ""))
        for table in map(cldr_names, LANGUAGES)
        for t in things()
    ]
    return names * 12 + published * 2 + [caption(rng, compose(rng)) for _ in range(CAPTIONS)]


def train(_budget: Budget | None = None) -> None:
    """Learn the merges and write the tokenizer's folder; once."""
    if (folder() / "tokenizer_config.json").exists():
        return
    fetch()
    tokenizer = Tokenizer(
        models.BPE(unk_token=None, end_of_word_suffix="</w>", continuing_subword_prefix="")
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 2 - len(alphabet),
        end_of_word_suffix="</w>",
        continuing_subword_prefix="",
        initial_alphabet=alphabet,
        min_frequency=2,
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    pairs = [tuple(m) for m in json.loads(tokenizer.to_str())["model"]["merges"]]
    vocabulary = {token: number for number, token in enumerate(alphabet)}
    for char in alphabet:
        vocabulary[f"{char}</w>"] = len(vocabulary)
    merges = []
    for left, right in pairs:
        if left in vocabulary and right in vocabulary:
            merges.append((left, right))
            vocabulary.setdefault(left + right, len(vocabulary))
    # The end token has to have the largest number: the text encoder finds it by argmax.
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=LENGTH).save_pretrained(
        folder()
    )
    log.info("tokenizer: %d tokens", len(vocabulary))


def trained() -> CLIPTokenizer:
    """The tokenizer of the cache."""
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder(), local_files_only=True)
    return tokenizer


def numbers(tokenizer: CLIPTokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Token numbers and the mask of what is no padding, as the prior pipeline makes them."""
    made = tokenizer(
        texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt"
    )
    return machine.there(made.input_ids), machine.there(made.attention_mask.bool())
