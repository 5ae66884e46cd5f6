"""The shelf: what is lent, what is read from disk, and who is put away for room."""

from pathlib import Path
from typing import Any

import pytest
import torch

from kandinsky_desktop.domain.budget import of_movq, of_unet
from kandinsky_desktop.domain.errors import ModelProblem, Stopped
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.residency import MARGIN, RESERVE_BYTES, Shelf, Wanted
from kandinsky_desktop.store.weights import check_weights
from tests.engine.story import told
from tests.fakes import request


class SmallDevice(Device):
    """A processor on which little is free."""

    free = 0

    def free_bytes(self) -> int:
        return type(self).free + RESERVE_BYTES


def part(model: Path, kind: str, dtype: torch.dtype = torch.float32) -> Wanted:
    folder = model / ("prior" if kind in ("prior", "text_encoder") else "decoder") / kind
    return Wanted(kind, folder, dtype, "content")


def nobody(component: str, number: int, of: int) -> None:
    raise AssertionError(f"{component} was read")


def anybody(component: str, number: int, of: int) -> None:
    pass


def test_what_is_there_is_lent_again(small: Path) -> None:
    shelf, told = Shelf(Device("cpu")), []

    def about_to_load(*what: Any) -> None:
        told.append(what)

    wanted = part(small, "unet"), part(small, "movq")
    first = shelf.lend(wanted, about_to_load)
    assert told == [("unet", 1, 2), ("movq", 2, 2)]
    assert shelf.lend(wanted[::-1], nobody) == first[::-1]
    assert shelf.loads == 2


def test_another_format_is_another_component(small: Path) -> None:
    shelf = Shelf(Device("cpu"))
    (single,) = shelf.lend((part(small, "unet"),), anybody)
    (half,) = shelf.lend((part(small, "unet", torch.bfloat16),), anybody)
    assert (single.dtype, half.dtype) == (torch.float32, torch.bfloat16)
    assert not half.training


def test_a_cancel_keeps_what_was_read(small: Path) -> None:
    shelf = Shelf(Device("cpu"))

    def stop_at_the_second(component: str, number: int, of: int) -> None:
        if number == 2:
            raise Stopped

    with pytest.raises(Stopped):
        shelf.lend((part(small, "unet"), part(small, "movq")), stop_at_the_second)
    shelf.lend((part(small, "unet"),), nobody)


def test_for_room_the_longest_unused_leaves(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    prior, unet, movq = (part(small, kind) for kind in ("prior", "unet", "movq"))
    for one in (prior, unet, movq):
        shelf.lend((one,), anybody)
    shelf.lend((prior,), nobody)  # used last now
    monkeypatch.setattr(SmallDevice, "free", 0)
    shelf.lend((part(small, "text_encoder"),), anybody)  # needs less than the U-Net frees
    shelf.lend((prior,), nobody)
    assert [one.kind for one in shelf._there] == ["movq", "text_encoder", "prior"]


def test_no_more_is_taken_to_come_free_than_does(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    half = torch.bfloat16  # half of what the file has
    unet, prior, movq = (part(small, kind, half) for kind in ("unet", "prior", "movq"))
    shelf.lend((unet, prior), anybody)
    monkeypatch.setattr(SmallDevice, "free", 0)
    its_file = check_weights(unet.folder).size_bytes
    needed = check_weights(movq.folder).size_bytes * MARGIN
    assert its_file / 2 < needed < its_file
    shelf.lend((movq,), anybody)
    assert [one.kind for one in shelf._there] == ["movq"]


def test_for_activations_others_leave_and_who_is_at_work_stays(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    prior, unet, movq = (part(small, kind) for kind in ("prior", "unet", "movq"))
    for one in (movq, prior, unet):
        shelf.lend((one,), anybody)
    free = SmallDevice("cpu").free_bytes()
    shelf.make_room(free, (movq,))
    assert len(shelf._there) == 3
    shelf.make_room(free + 1, (movq,))
    assert [one.kind for one in shelf._there] == ["movq", "unet"]
    shelf.make_room(10**12, (movq,))
    assert [one.kind for one in shelf._there] == ["movq"]


def test_a_picture_is_decoded_with_all_the_room_that_it_needs(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(tmp_path / "cache", 1, SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    wanted = request("a cat", count=2, width=64, height=64)
    roomy = told(engine, wanted, small, previews=False)
    assert len(engine._shelf._there) == 4
    # enough for the U-Net's activations, and not for the MoVQ's
    least, most = of_unet(2 * 64 * 64, 16, 4), of_movq(64 * 64, 32, 4)
    assert least < most
    monkeypatch.setattr(SmallDevice, "free", least - RESERVE_BYTES)
    tight = told(engine, wanted, small, previews=False)
    assert tight.loaded == []  # all was there, and nothing is read twice
    assert [one.kind for one in engine._shelf._there] == ["movq"]
    assert [tight.file(index) for index in (0, 1)] == [roomy.file(index) for index in (0, 1)]


def test_what_is_wanted_together_is_not_put_away_for_each_other(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(SmallDevice("cpu"))
    shelf.lend((part(small, "unet"),), anybody)
    monkeypatch.setattr(SmallDevice, "free", -(10**12))
    shelf.lend((part(small, "unet"), part(small, "movq")), anybody)
    assert len(shelf._there) == 2


def test_an_empty_shelf_reads_again(small: Path) -> None:
    shelf = Shelf(Device("cpu"))
    shelf.lend((part(small, "movq"),), anybody)
    shelf.put_all_away()
    shelf.lend((part(small, "movq"),), anybody)
    assert shelf.loads == 2


def test_weights_that_do_not_match_their_config_are_a_sentence(small: Path) -> None:
    with pytest.raises(ModelProblem, match="movq"):
        Shelf(Device("cpu")).lend(
            (Wanted("unet", small / "decoder" / "movq", torch.float32, ""),), anybody
        )
