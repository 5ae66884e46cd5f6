"""The tokenizer spells any text and gives it back."""
# ruff: noqa: D103

import pytest
from starter import words
from starter.world import LANGUAGES, subjects


@pytest.mark.parametrize(
    "text", ["a blue cat", "синий кот на жёлтом фоне", "un gato azul", "日本 42!"]
)
def test_what_is_said_comes_back(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [n.word for s in subjects() for code in LANGUAGES for n in s.nouns[code]]
    monkeypatch.setattr(words, "_corpus", lambda: names)
    monkeypatch.setattr(words, "fetch", lambda: None)
    words.train()
    tokenizer = words.trained()
    numbers, mask = words.numbers(tokenizer, [text])
    assert numbers.shape == mask.shape == (1, words.LENGTH)
    assert tokenizer.eos_token_id == len(tokenizer) - 1
    said = tokenizer.decode(numbers[0], skip_special_tokens=True)
    assert said.replace(" ", "") == text.replace(" ", "")
