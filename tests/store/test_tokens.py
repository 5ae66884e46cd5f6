"""The counter agrees with the tokenizer that the model will use, in both layouts."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from transformers import CLIPTokenizer

from benchmarks.small_tokenizers import clip_tokenizer
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.store.tokens import TokenCounter
from tests.engine import tiny

TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=60)
WORDS = some.lists(
    some.sampled_from(
        ["cat", "a", "'s", "I'm", "1234", "—", "  ", "\n", "Ünï", "кот", "<", "|", "🐈‍⬛"]
    )
).map("".join)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, starter: Path) -> dict[str, Path]:
    legacy = tmp_path_factory.mktemp("legacy") / "tokenizer"
    tiny.write_legacy_tokenizer(clip_tokenizer(), legacy)
    modern = tmp_path_factory.mktemp("modern") / "tokenizer"
    clip_tokenizer().save_pretrained(modern)
    assert (modern / "tokenizer.json").exists()
    assert not (legacy / "tokenizer.json").exists()
    return {"legacy": legacy, "modern": modern, "starter": starter / "prior" / "tokenizer"}


@pytest.fixture(scope="module")
def pairs(folders: dict[str, Path]) -> list[tuple[TokenCounter, Any]]:
    return [
        (TokenCounter(folder), CLIPTokenizer.from_pretrained(folder, local_files_only=True))
        for folder in folders.values()
    ]


@given(text=TEXT | WORDS)
def test_it_counts_as_transformers_does(pairs: list[tuple[TokenCounter, Any]], text: str) -> None:
    for counter, theirs in pairs:
        assert counter.count(text) == len(theirs(text).input_ids)


def test_the_two_marks_count(pairs: list[tuple[TokenCounter, Any]]) -> None:
    assert [counter.count("") for counter, _ in pairs] == [2, 2, 2]
    assert [counter.count("cat") for counter, _ in pairs] == [3, 3, 3]


def test_half_an_emoji_counts_too(pairs: list[tuple[TokenCounter, Any]]) -> None:
    for counter, _ in pairs:
        assert counter.count("cat \ud83d") == counter.count("cat ?")


@given(text=WORDS)
def test_what_is_kept_grows_with_the_limit(
    pairs: list[tuple[TokenCounter, Any]], text: str
) -> None:
    for counter, _ in pairs:
        kept = [counter.kept(text, limit) for limit in range(2, counter.count(text) + 1)]
        assert kept == sorted(kept)
        assert kept[-1] == len(text)


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("cat cat cat", 2, ""),
        ("cat cat cat", 4, "cat cat"),
        ("cat cat cat", 5, "cat cat cat"),
        ("a\u00dc", 4, "a"),  # two bytes, two tokens: half of it is not read
        ("a\u00dc", 5, "a\u00dc"),
        ("cat \U0001f408 cat", 4, "cat"),
    ],
)
def test_what_is_kept_is_what_the_model_reads(
    pairs: list[tuple[TokenCounter, Any]], text: str, limit: int, kept: str
) -> None:
    counter, _ = pairs[0]
    assert text[: counter.kept(text, limit)].strip() == kept


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_broken_tokenizer_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelProblem, match="cannot be read"):
        TokenCounter(tmp_path)


def test_so_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelProblem, match="cannot be read"):
        TokenCounter(tmp_path)
