"""Tokenizers that are made here, of letters alone: they encode any text, and need no file."""

from typing import Any

from transformers import CLIPTokenizer, XLMRobertaTokenizer


def clip_tokenizer(tokens: int = 77) -> Any:
    """Return a byte-level CLIP tokenizer with two merges; it encodes any text."""
    units = _letters_for_bytes()
    merges = [("c", "a"), ("ca", "t</w>")]
    words = [*units, *(unit + "</w>" for unit in units), *map("".join, merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]  # the end must be the largest: CLIP pools there
    vocabulary = {word: number for number, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=tokens)


def xlmr_tokenizer() -> Any:
    """Return a tokenizer of XLM-R's kind that knows Latin and Cyrillic letters, one by one."""
    letters = [*map(chr, range(33, 127)), *map(chr, range(0x410, 0x450)), "Ё", "ё"]
    words = [(mark, 0.0) for mark in ("<s>", "<pad>", "</s>", "<unk>")]
    words += [("\u2581", -3.0), *((letter, -4.0) for letter in letters), ("<mask>", 0.0)]
    return XLMRobertaTokenizer(vocab=words, model_max_length=512)


def _letters_for_bytes() -> list[str]:
    """Return the 256 printable stand-ins of byte-level BPE, in CLIP's order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [*map(chr, printable), *(chr(256 + number) for number in range(len(others)))]
