"""A document as a value: its limits, and as JSON."""

from pathlib import Path

import pytest
from hypothesis import given

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.document import AcceptedFill, Document, MaskEdges
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.region import Box
from tests.request_strategies import requests


@pytest.mark.parametrize("size", [Size(20_000, 800), Size(32_768, 3000), Size(10_000, 10_000)])
def test_long_pictures_and_those_of_a_hundred_megapixels_can_be_worked_on(size: Size) -> None:
    assert Document(size=size).size == size


@pytest.mark.parametrize("size", [Size(32_769, 1), Size(10_000, 10_001), Size(0, 5)])
def test_larger_ones_and_none_are_refused_in_a_sentence(size: Size) -> None:
    with pytest.raises(InvalidRequest, match=r"pixels?[;.]"):
        Document(size=size)


@given(requests([Path("/a.png")], [Path("/m.png")], [Path("/e.png")]))
def test_a_document_comes_back_from_json_with_its_accepted_requests(request: object) -> None:
    conditions = Conditions(
        device="cpu",
        device_name="a processor",
        dtype="float32",
        threads=2,
        batch=(0,),
        libraries=(),
        platform="Linux",
    )
    record = Record(
        request=request,  # type: ignore[arg-type]
        index=0,
        model="starter",
        fingerprint="f",
        conditions=conditions,
        program="Kandinsky Desktop",
    )
    document = Document(
        size=Size(300, 200),
        title="a cat",
        source=Path("/a/cat.png"),
        edges=MaskEdges(grow=1, feather=2),
        frame=Box(0, 0, 9, 9),
        accepted=(
            AcceptedFill(box=Box(1, 2, 3, 4), record=record),
            AcceptedFill(box=Box(0, 0, 1, 1)),
        ),
    )
    assert file_format.decode(Document, file_format.encode(document), "it") == document
