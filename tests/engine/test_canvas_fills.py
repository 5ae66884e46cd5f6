"""Fills of a document by the engine, staged and accepted: nothing outside the mask changes."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Inpaint
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.raster import edges
from kandinsky_desktop.state.background import Background
from tests.engine.story import told
from tests.state.canvas import Canvas, noise, saved


@pytest.fixture
def canvas(qtbot: QtBot, background: Background, tmp_path: Path) -> Iterator[Canvas]:
    canvas = Canvas(qtbot, background, tmp_path / "canvas")
    yield canvas
    canvas.document.close(discard=False)


@pytest.mark.parametrize("fills", [6, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_fills_one_after_the_other_change_nothing_outside(
    canvas: Canvas, engine: Engine, model: Path, tmp_path: Path, mode: str, fills: int
) -> None:
    canvas.open(saved(noise((300, 270), mode), tmp_path / "start.png"))
    canvas.frame.set_limits(native=64, largest=128, multiple=16)
    start, chance = canvas.pixels().copy(), random.Random(0)
    touched = np.zeros(start.shape[:2], bool)
    for number in range(fills):
        canvas.editor.clear()
        canvas.editor.set_edges(chance.choice([0, 1, 4]), chance.choice([0, 2, 8]))
        places = [(chance.uniform(-10, 310), chance.uniform(-10, 280)) for _time in range(2)]
        canvas.stroke(
            [places[0], tuple(one + chance.uniform(-40, 40) for one in places[0])],  # type: ignore[list-item]
            size=float(chance.choice([3, 20, 60])),
            hardness=chance.choice([0.0, 0.5, 1.0]),
            opacity=chance.choice([0.3, 1.0]),
        )
        canvas.settle()
        if canvas.frame.box is None:
            continue
        files = canvas.export()
        task = Inpaint(
            path=files.picture,
            masks=(files.mask,),
            padding=0,
            crop=False,
            grow=files.edges.grow,
            feather=files.edges.feather,
            strength=chance.choice([0.5, 1.0]),
        )
        sampling = Sampling(
            width=64,
            height=64,
            steps=1,
            guidance=3.0,
            prior_steps=2,
            prior_guidance=2.0,
            seed=number,
        )
        request = Paint(conditioning=Prompt("a red cat"), task=task, sampling=sampling)
        story = told(engine, request, model)
        path = tmp_path / f"{number}.png"
        path.write_bytes(story.file(0))
        with canvas.told(canvas.staged.changed):
            canvas.staged.add(path, files)
        fill = canvas.staged.current
        assert fill is not None
        assert fill.changed_outside == 0
        assert fill.record == story.records[0]
        touched |= edges.grown(canvas.document.mask.pixels, files.edges.grow) > 0
        with canvas.told(canvas.staged.accepted) as said:
            canvas.staged.accept()
        assert said.args[0].changed_outside == 0
        assert (canvas.pixels()[~touched] == start[~touched]).all()
    assert (canvas.pixels() != start).any()
    canvas.document.go_to(0)
    assert (canvas.pixels() == start).all()
