"""Undo by tiles: exact back and forth, at any budget."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.region import Box
from kandinsky_desktop.raster.history import UndoHistory
from kandinsky_desktop.raster.layer import Layer

SIZE, LARGEST = Size(520, 300), 10**9


def layers() -> dict[str, Layer]:
    return {"mask": Layer(SIZE), "picture": Layer(SIZE, 4)}


def packed(history: UndoHistory[int]) -> None:
    history.put_packed([(raw, raw.packed()) for raw in history.to_pack()])


def pixels_of(of: dict[str, Layer], value: int) -> list[bytes]:
    return [*(layer.pixels.tobytes() for layer in of.values()), bytes([value])]


acts = some.lists(
    some.sampled_from(
        [
            *("mask", "picture", "both", "nothing", "cancel", "undo", "redo", "pack"),
            *("enlarge", "enlarge cancel"),
        ]
    ),
    max_size=14,
)


@given(acts, some.integers(0, 99), some.sampled_from([0, 70_000, 400_000, LARGEST]))
def test_any_sequence_undone_is_the_start_and_redone_the_end(
    acts: list[str], seed: int, budget: int
) -> None:
    of, rng = layers(), random.Random(seed)
    history = UndoHistory(of, 0, raw_bytes=budget // 4, most_bytes=budget)
    for act in acts:
        if act in ("undo", "redo"):
            if (history.last if act == "undo" else history.next) is not None:
                getattr(history, act)()
        elif act == "pack":
            packed(history)
        else:
            history.begin(act)
            both, before = ("mask", "picture"), pixels_of(of, history.value)
            if "enlarge" in act:
                size, left, top = of["mask"].size, rng.randrange(60), rng.randrange(60)
                wide, high = size.width + left + 7, size.height + top
                history.enlarge(Size(wide, high), left, top)
                inner = Box(left, top, left + size.width, top + size.height)
                inside = [of[name].part(inner).tobytes() for name in both]
                assert [*inside, bytes([history.value])] == before
            names = {"both": both, "cancel": ("mask",), "enlarge": both, "enlarge cancel": both}
            for name in names.get(act, (act,)):
                if name in of:
                    x, y = rng.randrange(-20, 520), rng.randrange(-20, 300)
                    of[name].changing(Box(x, y, x + 90, y + 90))[...] = rng.randrange(256)
            if act == "both":
                history.value += 1
            if "cancel" in act:
                history.cancel()
                assert pixels_of(of, history.value) == before
            else:
                before = pixels_of(of, history.value)
                history.end()
                assert pixels_of(of, history.value) == before
    while history.next is not None:
        history.redo()
    end, states = pixels_of(of, history.value), list[list[bytes]]()
    steps = history.done
    while history.last is not None:
        states.append(pixels_of(of, history.value))
        history.undo()
        packed(history)
    if budget == LARGEST:
        assert not any(layer.pixels.any() for layer in of.values())
        assert history.value == 0
    while history.done < steps:
        history.redo()
        assert pixels_of(of, history.value) == states.pop()
    assert (history.done, pixels_of(of, history.value)) == (steps, end)


def test_a_step_that_ends_where_it_began_is_none() -> None:
    of = layers()
    history = UndoHistory(of, 0)
    history.begin("nothing")
    of["mask"].changing(Box(0, 0, 500, 290))[...] = 0
    assert history.end() is None
    assert history.last is None


def test_only_tiles_that_differ_are_held() -> None:
    of = layers()
    history = UndoHistory(of, 0)
    history.begin("one")
    of["mask"].changing(of["mask"].box)[5, 5] = 7
    step = history.end()
    assert step is not None
    assert [*step.tiles] == [("mask", (0, 0))]
    assert history.held_bytes == 256 * 256


def test_a_new_step_ends_what_could_be_done_again() -> None:
    of = layers()
    history = UndoHistory(of, 0)
    for value in (1, 2):
        history.begin(str(value))
        of["mask"].changing(Box(0, 0, 9, 9))[...] = value
        history.end()
    history.undo()
    assert (history.names, history.done) == (("1", "2"), 1)
    history.begin("3")
    of["mask"].changing(Box(0, 0, 9, 9))[...] = 3
    history.end()
    assert (history.names, history.next) == (("1", "3"), None)


def test_the_oldest_steps_go_first_and_the_last_never() -> None:
    of = layers()
    history = UndoHistory(of, 0, most_bytes=2 * 256 * 256)
    for value in range(1, 6):
        history.begin(str(value))
        of["mask"].changing(Box(0, 0, 9, 9))[...] = value
        history.end()
    assert [*history.names] == ["4", "5"]
    history.begin("all of it")
    of["picture"].changing(of["picture"].box)[...] = 9
    history.end()
    assert [*history.names] == ["all of it"]


def test_packed_steps_take_a_fraction_and_are_undone_exactly() -> None:
    of = layers()
    history = UndoHistory(of, 0, raw_bytes=0)
    noise = np.random.default_rng(0).integers(0, 4, (290, 500), np.uint8)
    history.begin("noise")
    of["mask"].changing(Box(0, 0, 500, 290))[...] = noise
    history.end()
    history.begin("invert")
    part = of["mask"].changing(of["mask"].box)
    np.invert(part, out=part)
    history.end()
    raw = history.held_bytes
    packed(history)
    assert history.held_bytes < raw / 2
    history.undo()
    assert (of["mask"].part(Box(0, 0, 500, 290)) == noise).all()


def test_what_is_undone_while_it_is_packed_stays_as_it_is() -> None:
    of = layers()
    history = UndoHistory(of, 0, raw_bytes=0)
    history.begin("one")
    of["mask"].changing(Box(0, 0, 9, 9))[...] = 1
    history.end()
    late = [(raw, raw.packed()) for raw in history.to_pack()]
    history.undo()
    history.put_packed(late)  # from another thread, too late
    history.redo()
    assert of["mask"].part(Box(0, 0, 9, 9)).all()
