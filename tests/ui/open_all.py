"""Opens all folds, with something set for each form, so that every control is seen."""

from pathlib import Path

from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.task import Depth, Inpaint
from kandinsky_desktop.state.draft import PictureAndPrompt
from tests.ui.driver import Driver


def open_all(driver: Driver) -> None:
    """Open all folds, with something set for which there is a form."""
    cat = Path("cat.png")
    driver.state.draft.set(
        task=Inpaint(path=cat, masks=(cat,)),
        depth=Depth(path=cat),
        image_conditioning=PictureAndPrompt(cat),
        negative=ImagePrompt(cat),
        decoder_prompt="a photo",
    )
    driver.workspace.inspector.open_folds((1, 1, 1, 1, 1))
