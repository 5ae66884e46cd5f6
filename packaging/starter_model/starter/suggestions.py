"""The first screen's pictures: its prompts, painted by the model that ships."""

import shutil
import tempfile
from pathlib import Path

from kandinsky_desktop.cli import main
from kandinsky_desktop.store.places import prompt_picture, shipped_models

SEEDS = {  # the best of twelve each, by eye
    "a tiger on a blue background": 203,
    "a unicorn": 105,
    "a rainbow": 106,
    "a rose on a yellow background": 100,
    "a rocket": 101,
}


def run() -> None:
    """Paint each with its seed, and lay it where the first screen looks for it."""
    models = str(shipped_models())
    for prompt, seed in SEEDS.items():
        target = prompt_picture("starter", prompt)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            words = ["draw", prompt, "--models", models, "--model", "starter", "--seed", str(seed)]
            if main([*words, "--no-meaning", "--quiet", "-o", folder]):
                raise SystemExit(f"{prompt!r} could not be painted")
            [painted] = Path(folder).glob("*.png")
            shutil.copyfile(painted, target)
