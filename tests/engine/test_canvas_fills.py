"""Fills of a document by the engine, staged and accepted: nothing outside the mask changes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from kandinsky_desktop.store.models import read_model
from tests.engine.story import told
from tests.state.canvas import Canvas, noise, saved


@pytest.fixture
def canvas(qtbot: QtBot, background: Background, tmp_path: Path) -> Iterator[Canvas]:
    canvas = Canvas(qtbot, background, tmp_path / "canvas")
    yield canvas
    canvas.document.close(discard=False)


SOAK, SOAK_STEPS = 100, 4  # fills, and steps of each


@dataclass
class Studio:
    """A document that is filled again and again; what was ever masked is noted."""

    canvas: Canvas
    engine: Engine
    model: Path
    sampling: Sampling
    folder: Path
    chance: random.Random

    def __post_init__(self) -> None:
        self.start = self.canvas.pixels().copy()
        self.touched = np.zeros(self.start.shape[:2], bool)
        self.fills, self.faint, self.steps = 0, 0, 0  # fills, those with grey, pixels that changed

    def mask(self) -> None:
        """Paint a mask somewhere, hard or soft, also beyond the border."""
        canvas, chance = self.canvas, self.chance
        canvas.editor.clear()
        canvas.editor.set_edges(chance.choice([0, 1, 4]), chance.choice([0, 2, 8]))
        size = canvas.document.size
        x, y = chance.uniform(-10, size.width + 10), chance.uniform(-10, size.height + 10)
        canvas.stroke(
            [(x, y), (x + chance.uniform(-40, 40), y + chance.uniform(-40, 40))],
            size=float(chance.choice([3, 20, 60])),
            hardness=chance.choice([0.0, 0.5, 1.0]),
            opacity=chance.choice([0.3, 1.0]),
        )
        canvas.settle()

    def fill(self, number: int) -> None:
        """Have what is masked painted, accept it, and look at every pixel of the picture."""
        canvas = self.canvas
        files = canvas.export()
        task = Inpaint(
            path=files.picture,
            masks=(files.mask,),
            padding=0,
            crop=False,
            grow=files.edges.grow,
            feather=files.edges.feather,
            strength=self.chance.choice([0.5, 1.0]),
            match_colours=number % 2 == 0,
        )
        sampling = replace(self.sampling, seed=number)
        request = Paint(conditioning=Prompt("a red cat"), task=task, sampling=sampling)
        story = told(self.engine, request, self.model)
        path = self.folder / f"{number}.png"
        path.write_bytes(story.file(0))
        with canvas.told(canvas.staged.changed):
            canvas.staged.add(path, files)
        fill = canvas.staged.current
        assert fill is not None
        assert fill.changed_outside == 0
        assert fill.record == story.records[0]
        painted = canvas.document.mask.pixels
        self.faint += bool(((painted > 0) & (painted < 255)).any())
        here = edges.grown(painted, files.edges.grow) > 0
        self.touched |= here
        before = canvas.pixels().copy()
        with canvas.told(canvas.staged.accepted) as said:
            canvas.staged.accept()
        assert said.args[0].changed_outside == 0
        changed = (canvas.pixels() != before).any(-1)
        assert not changed[~here].any()
        assert (canvas.pixels()[~self.touched] == self.start[~self.touched]).all()
        self.fills, self.steps = self.fills + 1, self.steps + int(changed.sum())

    def fill_many(self, fills: int) -> None:
        """Do both so often; then undo all of it."""
        number = 0
        while self.fills < fills:
            self.mask()
            if self.canvas.frame.box is not None:
                self.fill(number)
            number += 1
        assert self.steps
        assert self.faint
        assert (self.canvas.pixels() != self.start).any()
        assert (self.canvas.pixels()[~self.touched] == self.start[~self.touched]).all()
        self.canvas.document.go_to(0)
        assert (self.canvas.pixels() == self.start).all()


@pytest.mark.parametrize("fills", [6, pytest.param(SOAK, marks=pytest.mark.soak)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_fills_one_after_the_other_change_nothing_outside(
    canvas: Canvas, engine: Engine, model: Path, tmp_path: Path, mode: str, fills: int
) -> None:
    canvas.open(saved(noise((300, 270), mode), tmp_path / "start.png"))
    canvas.frame.set_limits(native=64, largest=128, multiple=16)
    sampling = Sampling(
        width=64, height=64, steps=1, guidance=3.0, prior_steps=2, prior_guidance=2.0
    )
    Studio(canvas, engine, model, sampling, tmp_path, random.Random(0)).fill_many(fills)


@pytest.mark.parametrize("fills", [2, pytest.param(SOAK, marks=pytest.mark.soak)])
def test_fills_of_the_starter_model_change_nothing_outside(
    canvas: Canvas, engine: Engine, starter: Path, tmp_path: Path, fills: int
) -> None:
    model = read_model(starter)
    assert model is not None
    canvas.open(saved(noise((900, 700)), tmp_path / "start.png"))
    canvas.frame.set_limits(model.native, max(model.largest, model.multiple), model.multiple)
    sampling = replace(model.profile.sampling, steps=SOAK_STEPS)
    Studio(canvas, engine, starter, sampling, tmp_path, random.Random(1)).fill_many(fills)
