"""The model cache: what is acquired, what is read from disk, and what is evicted for room."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch
from torch.nn import Module

from kandinsky_desktop.domain.activations import modes_of
from kandinsky_desktop.domain.errors import ModelProblem, NotAtHand, Stopped
from kandinsky_desktop.domain.memory import activations
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.engine import device as engine_device
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.engine.model_cache import MARGIN, SPARE_RAM_BYTES, ComponentKey, ModelCache
from kandinsky_desktop.engine.simulated import SimulatedDevice
from tests.engine.acquiring import SINGLE, SmallDevice, acquired, anybody, nobody, parts, resident
from tests.engine.story import told
from tests.fakes import request


def test_what_is_there_is_acquired_again(small: Path) -> None:
    models, said = ModelCache(Device("cpu")), []
    wanted = parts(small, "unet", "scheduler", "movq")

    def about_to_load(*what: object) -> None:
        said.append(what)

    first = models.acquire(wanted, SINGLE, 0, (), about_to_load)
    assert said == [("unet", 1, 2), ("movq", 2, 2)]
    again = models.acquire(wanted[::-1], SINGLE, 0, (), nobody)
    assert {kind: id(one) for kind, one in again.items()} == {
        kind: id(one) for kind, one in first.items()
    }
    assert models.loads == 2


def test_another_format_is_another_component(small: Path) -> None:
    models, unet = ModelCache(Device("cpu")), parts(small, "unet")
    single, half = (
        models.acquire(unet, dtype, 0, (), anybody)["unet"] for dtype in (SINGLE, torch.bfloat16)
    )
    assert (single.dtype, half.dtype) == (SINGLE, torch.bfloat16)
    assert not half.training


def test_a_cancel_keeps_what_was_read(small: Path) -> None:
    models = ModelCache(Device("cpu"))

    def stop_at_the_second(component: str, number: int, of: int) -> None:
        if number == 2:
            raise Stopped

    with pytest.raises(Stopped):
        models.acquire(parts(small, "unet", "movq"), SINGLE, 0, (), stop_at_the_second)
    models.acquire(parts(small, "unet"), SINGLE, 0, (), nobody)


def test_for_room_what_the_plan_uses_last_leaves_first(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = ModelCache(SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    prior, unet, movq, text = parts(small, "prior", "unet", "movq", "text_encoder")
    for one in (prior, unet, movq):
        acquired(models, [one])
    monkeypatch.setattr(SmallDevice, "free", 0)
    acquired(models, [text], later=[prior, unet, movq])  # needs less than the MoVQ frees
    assert resident(models) == ["prior", "unet", "text_encoder"]
    needed = int(ComponentKey(movq, SINGLE).size_bytes * MARGIN)
    monkeypatch.setattr(SmallDevice, "free", needed - 1)
    acquired(models, [movq], later=[unet])  # what is never used again leaves before what is
    assert resident(models) == ["unet", "text_encoder", "movq"]


class Crowded(Device):
    """A processor of a machine with room, on which few networks stay beside each other."""

    most_kept = 0

    @property
    def most_kept_bytes(self) -> int:
        return type(self).most_kept


def test_on_a_processor_few_networks_stay_beside_each_other(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, (prior, unet, movq) = ModelCache(Crowded("cpu")), parts(small, "prior", "unet", "movq")
    large, little = (ComponentKey(one, SINGLE).size_bytes for one in (unet, movq))
    acquired(models, [unet], room=10**9)  # alone it may be of any size
    assert resident(models) == ["unet"]
    monkeypatch.setattr(Crowded, "most_kept", large + int(little * MARGIN))
    acquired(models, [movq])
    acquired(models, [unet], room=10**9)  # what it works on does not count
    assert resident(models) == ["movq", "unet"]
    monkeypatch.setattr(Crowded, "most_kept", large + little)
    with pytest.raises(NotAtHand):
        models.acquire([prior], SINGLE, 0, (), anybody, spare=True)
    acquired(models, [prior], later=[unet])
    assert resident(models)[-1] == "prior"
    assert "movq" not in resident(models)


def test_what_comes_back_stays_where_the_machine_has_plenty(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = parts(small, "text_encoder", "prior", "unet", "movq")
    free = SPARE_RAM_BYTES + 10**9

    def job(models: ModelCache) -> int:
        before = models.loads
        for number, one in enumerate(every):
            acquired(models, [one], later=every[number + 1 :])
        return models.loads - before

    monkeypatch.setattr(Crowded, "most_kept", ComponentKey(every[2], SINGLE).size_bytes)
    monkeypatch.setattr(Crowded, "free_bytes", lambda self: free)
    roomy = ModelCache(Crowded("cpu"))
    assert job(roomy) == 4
    assert job(roomy) > 0  # these are what is worth keeping
    assert [job(roomy), job(roomy)] == [0, 0]
    roomy.evict_all()  # "free memory now"
    assert [job(roomy), job(roomy) > 0, job(roomy)] == [4, True, 0]

    free = SPARE_RAM_BYTES + 1
    tight = ModelCache(Crowded("cpu"))
    assert [job(tight) > 0 for _job in range(4)] == [True] * 4


def test_a_card_is_there_for_networks_and_a_processor_is_everybodys() -> None:
    assert Device("cuda").most_kept_bytes is None
    assert Device("cpu").most_kept_bytes >= 3 * 10**9  # type: ignore[operator]


def test_no_more_is_taken_to_come_free_than_does(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, half = ModelCache(SmallDevice("cpu")), torch.bfloat16  # half of what the file has
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    unet, prior, movq = parts(small, "unet", "prior", "movq")
    for one in (unet, prior):
        acquired(models, [one], dtype=half)
    network = models._resident[ComponentKey(unet, half)]
    freed = sum(one.nbytes for one in (*network.parameters(), *network.buffers()))
    needed = int(ComponentKey(movq, half).size_bytes * MARGIN)
    monkeypatch.setattr(SmallDevice, "free", 0)
    acquired(models, [movq], dtype=half, room=freed - needed)
    assert resident(models) == ["prior", "movq"]
    acquired(models, [unet], dtype=half)
    models.evict_others([unet, prior], half)
    acquired(models, [movq], dtype=half, room=freed - needed + 1, later=[prior])
    assert resident(models) == ["movq"]


def test_for_activations_others_leave_and_what_is_used_stays(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = ModelCache(SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    prior, unet, movq = parts(small, "prior", "unet", "movq")
    for one in (movq, prior, unet):
        acquired(models, [one])
    acquired(models, [movq], room=10**9, later=[unet])
    assert len(resident(models)) == 3
    acquired(models, [movq], room=10**9 + 1, later=[unet])
    assert resident(models) == ["unet", "movq"]
    acquired(models, [movq], room=10**12, later=[unet])
    assert resident(models) == ["movq"]


def test_a_picture_is_decoded_with_all_the_room_that_it_needs(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(tmp_path / "cache", 1, SmallDevice("cpu"))
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    wanted = request("a cat", count=2, width=64, height=64)
    roomy = told(engine, wanted, small, previews=False)
    networks = [key for key in engine._models._resident if key.component.values]
    assert len(networks) == 4
    # enough for the U-Net's activations, and not for the MoVQ's
    (unet,) = modes_of(0, "2.2 unet", "resident", width=16)
    (movq,) = modes_of(0, "2.2 movq", "resident", call="decode", width=32)
    least, most = activations(unet, 2 * 64 * 64, 4), activations(movq, 64 * 64, 4)
    assert least < most
    monkeypatch.setattr(SmallDevice, "free", least)
    tight = told(engine, wanted, small, previews=False)
    assert tight.loaded == []  # all was there, and nothing is read twice
    networks = [key for key in engine._models._resident if key.component.values]
    assert [key.component.kind for key in networks] == ["movq"]
    assert [tight.file(index) for index in (0, 1)] == [roomy.file(index) for index in (0, 1)]


def test_what_is_needed_together_is_not_evicted_for_each_other(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, both = ModelCache(SmallDevice("cpu")), parts(small, "unet", "movq")
    acquired(models, both[:1])
    monkeypatch.setattr(SmallDevice, "free", -(10**12))
    acquired(models, both)
    assert len(resident(models)) == 2


def test_work_that_can_wait_evicts_nothing_and_is_the_first_to_leave(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, (unet, movq) = ModelCache(SmallDevice("cpu")), parts(small, "unet", "movq")
    monkeypatch.setattr(SmallDevice, "free", 10**9)
    acquired(models, [unet])
    models.acquire([movq], SINGLE, 0, (), anybody, spare=True)
    assert resident(models) == ["movq", "unet"]
    models.evict_others([unet], SINGLE)
    monkeypatch.setattr(SmallDevice, "free", 0)
    with pytest.raises(NotAtHand, match="no room for movq"):
        models.acquire([movq], SINGLE, 0, (), nobody, spare=True)
    assert resident(models) == ["unet"]
    models.acquire([unet], SINGLE, 0, (), nobody, spare=True)  # is there: no room is asked for


def test_an_empty_cache_reads_again(small: Path) -> None:
    models, movq = ModelCache(Device("cpu")), parts(small, "movq")
    acquired(models, movq)
    models.evict_all()
    acquired(models, movq)
    assert models.loads == 2


def test_weights_that_do_not_match_their_config_are_a_sentence(small: Path) -> None:
    (movq,) = parts(small, "movq")
    wrong = Component("unet", movq.folder, movq.content, movq.values)
    with pytest.raises(ModelProblem, match="movq"):
        acquired(ModelCache(Device("cpu")), [wrong])


def test_a_network_is_read_anew_only_where_much_more_or_less_of_it_may_stay(small: Path) -> None:
    models, (unet,) = ModelCache(Device("cpu")), parts(small, "unet")
    reads = []
    for held in (None, None, 20_000, 21_000, 20_000, 30_000, 0, 0, None):
        models.acquire([unet], SINGLE, 0, (), anybody, held=held)
        reads.append(models.loads)
    assert reads == [1, 1, 2, 2, 2, 3, 4, 4, 5]
    models.acquire([unet], SINGLE, 0, (), nobody, spare=True, held=0)  # as it is


def test_under_a_cap_others_leave_as_if_the_device_were_smaller(small: Path) -> None:
    models, (unet, movq) = ModelCache(Device("cpu")), parts(small, "unet", "movq")
    acquired(models, [unet])
    sizes = [ComponentKey(one, SINGLE).size_bytes for one in (unet, movq)]
    models.cap_bytes = int(sum(sizes) * MARGIN) + 1
    acquired(models, [movq])
    assert resident(models) == ["unet", "movq"]
    models.cap_bytes = sum(sizes) - 1
    assert models.give_way()
    assert resident(models) == ["movq"]
    assert not models.give_way()


class Card(SimulatedDevice):
    """A device whose networks come tensor by tensor, and whose allocator keeps what was freed."""

    kept = emptied = 0

    def put(self, network: Module, look: Callable[[], None]) -> Module:
        with torch.inference_mode(False), torch.no_grad():
            for one in network.parameters():
                look()
                one.data = one.data.clone()
        return network

    def kept_bytes(self) -> int:
        return self.kept

    def empty_cache(self) -> None:
        self.emptied += 1
        self.kept = 0


def test_a_cancel_on_the_way_from_the_machines_memory_leaves_nothing_on_the_device(
    small: Path,
) -> None:
    device = Card(2**30)
    models, (unet,) = ModelCache(device), parts(small, "unet")
    with device.accounting():
        acquired(models, [unet])
        models.evict_others([], SINGLE)
        assert device.allocated == 0
        looks: list[int] = []

        def stop_at_the_third() -> None:
            looks.append(device.allocated)
            if len(looks) == 3:
                raise Stopped

        with pytest.raises(Stopped):
            models.acquire([unet], SINGLE, 0, (), nobody, look=stop_at_the_third)
        assert looks[-1] > 0
        assert device.allocated == 0
        models.acquire([unet], SINGLE, 0, (), nobody)  # and it is still in the machine's memory
        assert (models.loads, device.allocated > 0) == (1, True)


def test_a_cancel_while_what_stays_of_a_streamed_network_is_read_leaves_nothing_on_the_device(
    small: Path,
) -> None:
    device = SimulatedDevice(2**30)
    models, (unet,) = ModelCache(device), parts(small, "unet")

    def stop_once_a_part_is_there() -> None:
        if device.allocated:
            raise Stopped

    with device.accounting():
        held = unet.size_bytes(SINGLE.itemsize) // 2
        with pytest.raises(Stopped):
            models.acquire(
                [unet], SINGLE, 0, (), anybody, held=held, look=stop_once_a_part_is_there
            )
        assert (device.allocated, models.is_warm) == (0, False)
        models.acquire([unet], SINGLE, 0, (), anybody, held=held)
        assert models.is_warm


def test_what_the_allocator_keeps_goes_to_others_who_need_it_before_any_network(
    small: Path,
) -> None:
    device = Card(2**30)
    models = ModelCache(device)
    with device.accounting():
        acquired(models, parts(small, "unet"))
    device.emptied, device.kept = 0, 2**20
    assert not models.give_way()
    assert (device.emptied, device.kept) == (0, 2**20)  # others have enough
    device.limit_bytes = device.allocated + 2**19  # half of what is kept is taken by others
    assert not models.give_way()
    assert (device.emptied, device.kept) == (1, 0)
    assert models.is_warm
    device.limit_bytes = device.allocated - 1
    assert models.give_way()  # now there is nothing else to give


def test_no_network_is_put_aside_beyond_a_limit_of_the_process(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Card(2**30)
    models, (unet,) = ModelCache(device), parts(small, "unet")
    roomy = SPARE_RAM_BYTES + unet.values * 8
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=roomy))
    for limits, kept in (([], 1), ([2**28], 0)):  # bytes that a control group allows, say
        monkeypatch.setattr(engine_device, "own_limits", lambda limits=limits: limits)
        with device.accounting():
            acquired(models, [unet])
            models.evict_others([], SINGLE)
        assert len(models._in_ram) == kept
        models.evict_all()
