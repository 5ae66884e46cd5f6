"""Which words of a request are behind the limit of the text encoder that reads them."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kandinsky_desktop.domain import conditioning as conditionings
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store.tokens import TokenCounter


@dataclass(frozen=True, slots=True)
class Unread:
    """The end of a text that is not read, and how many tokens are."""

    words: str
    limit: int


def unread(request: Paint, model: Model) -> Iterator[Unread]:
    """Yield the ends of a request's texts that the model does not read, each once.

    Texts whose tokenizer cannot be read are left out: painting says what is wrong with it.
    """
    for text, role, limit in dict.fromkeys(_texts(request, model)):
        component = model.components.get(role)
        if component is None or _is_short(text, limit):
            continue
        try:
            kept = _counter(component.folder, component.content).kept(text, limit)
        except ModelProblem:
            continue
        words = text[_word_at(text, kept) :].strip()
        if words:
            yield Unread(words, limit)


def _texts(request: Paint, model: Model) -> Iterator[tuple[str, str, int]]:
    """Yield each text with the role of its tokenizer and the most tokens that are read."""
    meanings = [request.conditioning, *(() if request.negative is None else (request.negative,))]
    for meaning in meanings:
        for text in conditionings.texts_of(meaning):
            yield text, "tokenizer", model.token_limit
    for text in (request.decoder_prompt, request.negative_decoder_prompt):
        yield text, "decoder_tokenizer", model.decoder_prompt_limit


def _is_short(text: str, limit: int) -> bool:
    """Whether it fits even if every byte is a token, so that no tokenizer need be loaded."""
    return len(unicodedata.normalize("NFKC", text).encode("utf-8", "replace")) + 3 <= limit


@lru_cache(maxsize=4)
def _counter(folder: Path, content: str) -> TokenCounter:
    del content  # a part of the key only
    return TokenCounter(folder)


def _word_at(text: str, place: int) -> int:
    """Return where the word begins that is cut at a place."""
    if place >= len(text) or text[place].isspace():
        return place
    return max((at + 1 for at in range(place) if text[at].isspace()), default=0)
