"""The format number that begins what outlives a process."""

import json
from typing import Any

import pytest

from kandinsky_desktop.domain.errors import Garbled, OtherFormat
from kandinsky_desktop.domain.file_format import decode, encode
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint
from tests.fakes import record, request


@pytest.mark.parametrize(("kind", "value"), [(Record, record(request())), (Paint, request())])
def test_a_value_comes_back_and_its_json_begins_with_the_format(kind: type, value: Any) -> None:
    text = json.dumps(encode(value))
    assert text.startswith('{"format": 1, "type": ')
    assert decode(kind, json.loads(text), "it") == value


@pytest.mark.parametrize(
    ("theirs", "said", "help_"),
    [
        (2, '"format": 2', "Update Kandinsky Desktop"),
        (10**30, f'"format": {10**30}', "Update Kandinsky Desktop"),
        (0, '"format": 0', "Only that version"),
        (-1, '"format": -1', "Only that version"),
        (True, '"format": true', "Only that version"),
        (1.0, '"format": 1.0', "Only that version"),
        ("1", '"format": "1"', "Only that version"),
        (["x" * 500], '"format": ["xxx', "Only that version"),
        (None, "without a format", "Only that version"),
    ],
)
def test_another_format_is_one_sentence(theirs: Any, said: str, help_: str) -> None:
    plain = encode(request()) | {"format": theirs}
    with pytest.raises(OtherFormat) as refused:
        decode(Paint, plain, "cat.png")
    sentence = str(refused.value)
    assert sentence.startswith("cat.png was written by another version of Kandinsky Desktop (")
    assert 'this one reads "format": 1' in sentence
    assert said in sentence
    assert help_ in sentence
    assert len(sentence) < 250


def test_without_a_format_it_is_another_version_s_too() -> None:
    plain = encode(request())
    del plain["format"]
    with pytest.raises(OtherFormat, match="without a format"):
        decode(Paint, plain, "cat.png")


@pytest.mark.parametrize("plain", [None, 7, "text", []])
def test_what_is_no_object_is_refused_as_such(plain: Any) -> None:
    with pytest.raises(Garbled):
        decode(Paint, plain, "cat.png")
