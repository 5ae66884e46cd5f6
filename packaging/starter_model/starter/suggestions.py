"""The first screen's pictures: which prompts are painted best, and the best picture of each."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from kandinsky_desktop.cli import main
from kandinsky_desktop.domain.families.kandinsky2.profile import STARTER_PROMPTS
from kandinsky_desktop.store.places import prompt_picture, shipped_models
from starter import assemble, judges, mixtures, sheets
from starter.captions import article
from starter.examination import features
from starter.journal import log
from starter.report import at
from starter.scenes import Drawn, Kind, Painter, Scene, plain
from starter.sources import build_bank
from starter.world import COLOUR_NAMES, COLOURS, OWN_COLOUR, subjects, things

SEED = 100
TRIES = 12
"""Pictures of each prompt, of which the best is shown; a person who repaints sees others."""
RANKED_TRIES = 4
CANDIDATES = (
    "a tiger on a blue background", "a unicorn", "a rainbow", "a rose on a yellow background",
    "a rocket", "a red cat", "a cat", "a fox", "a panda", "a car", "a house", "an apple",
    "a blue dog", "a pink elephant", "a robot", "an owl", "a penguin", "a lion", "a frog",
    "a sunflower", "a mushroom", "a ghost", "a butterfly", "a whale", "a pizza", "a strawberry",
    "a snowman", "a blue rose", "a green car", "a purple house", "an owl on a green background",
    "a panda on a pink background",
)  # fmt: skip
"""What somebody might type first."""


@dataclass(frozen=True)
class Wish:
    """A prompt, and how what it asks for is drawn."""

    prompt: str
    scene: Scene

    @staticmethod
    def of(thing: str, colour: str = "", ground: str = "") -> "Wish":
        """A thing in its own colour or another, on white or another ground."""
        label = next(n for n, one in enumerate(subjects()) if one.name == thing)
        prompt = article(f"{colour} {thing}".strip())
        prompt += f" on a {ground} background" if ground else ""
        if not (colour or ground):
            return Wish(prompt, plain(label))
        tint = COLOUR_NAMES.index(colour) if colour else OWN_COLOUR
        one = Drawn(label, tint, 0.5, 0.5, 0.88)
        ground = ground or "white"
        shade = (255, 255, 255) if ground == "white" else COLOURS[ground]
        number = COLOUR_NAMES.index(ground)
        return Wish(prompt, Scene(Kind.TINTED, (one,), number, shade, False, 0, "filling"))


def apart(off: list[float], pictures: list[Tensor], cover: Tensor) -> list[float]:
    """Distances, and one more where something lies beside the thing, which `cover` (s, s) holds."""
    clean = [mixtures.is_clean(picture, cover) for picture in pictures]
    return [one + (not is_clean) for one, is_clean in zip(off, clean, strict=True)]


class Eye:
    """Says how near pictures are to what was to be painted, by the tuner; less is better."""

    def __init__(self) -> None:
        self._judge, self._painter = judges.trained("tuner"), Painter(build_bank())

    @torch.inference_mode()
    def apart(self, pictures: Tensor, scene: Scene) -> list[float]:
        """The distance to the drawing, where the picture is clean; more, where it is not."""
        drawing, cover = self._painter.paint_with_cover([scene], pictures.shape[-1])
        off = (features(self._judge, pictures) - features(self._judge, drawing)).norm(dim=1)
        return apart(off.tolist(), list(pictures), cover[0, 0] > 0.5)


def rank() -> None:
    """Tell how well CANDIDATES are painted, the best first, and draw a sheet of them.

    A prompt is as good as its worst picture but one: a suggestion should not disappoint.
    """
    torch.set_num_threads(2)
    model, eye = at(assemble.shipped()), Eye()
    found = []
    for prompt in CANDIDATES:
        pictures = model.draw([prompt] * RANKED_TRIES, SEED)
        off = eye.apart(pictures, wish_of(prompt).scene)
        found.append((sorted(off)[-2], prompt, pictures[off.index(min(off))]))
    found.sort(key=lambda one: one[0])
    for off_by, prompt, _picture in found:
        log.info("suggestions: %.3f %s", off_by, prompt)
    rows = [found[n : n + 8] for n in range(0, len(found), 8)]
    sheets.write(
        "suggestions.png",
        [[picture for _, _, picture in row] for row in rows],
        [[prompt for _, prompt, _ in row] for row in rows],
    )


def wish_of(prompt: str) -> Wish:
    """Read one of our own prompts again."""
    for thing in [one for one in things() if one.name in prompt]:
        for colour in ("", *COLOUR_NAMES):
            for ground in ("", *COLOUR_NAMES):
                wish = Wish.of(thing.name, colour, ground)
                if wish.prompt == prompt:
                    return wish
    raise ValueError(f"no thing is asked for by {prompt!r}")


def _read(path: Path) -> Tensor:
    with Image.open(path) as image:
        values = np.asarray(image.convert("RGB"), dtype=np.float32)
    return torch.from_numpy(values).permute(2, 0, 1) / 127.5 - 1


def run() -> None:
    """Paint each prompt of the first screen as the program does, and lay the best picture there."""
    models, eye = str(shipped_models()), Eye()
    for prompt in STARTER_PROMPTS:
        target = prompt_picture("starter", prompt)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            words = ["draw", prompt, "--models", models, "--model", "starter"]
            words += ["--seed", str(SEED), "-n", str(TRIES)]
            if main([*words, "--no-meaning", "--quiet", "-o", folder]):
                raise SystemExit(f"{prompt!r} could not be painted")
            painted = sorted(Path(folder).glob("*.png"))
            off = eye.apart(torch.stack([_read(one) for one in painted]), wish_of(prompt).scene)
            best = off.index(min(off))
            shutil.copyfile(painted[best], target)
            log.info("suggestions: %s, %s, %.3f", prompt, painted[best].name, off[best])
