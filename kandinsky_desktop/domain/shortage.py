"""Says in one sentence that a request needs more memory than there is, and what would fit."""

from dataclasses import replace

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.painting import canvas_size
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.planning import size_that_fits
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, TextToImage


def shortage(inputs: PlanInputs, needed: int, room: int, ran_out: str = "") -> str:
    """Return what to say where so many bytes are needed and so many are there.

    `ran_out` says what happened where that should have been enough; of what would fit nothing is
    known then.
    """
    said, fitting, enough = ran_out, None, needed <= room
    if not enough:
        most, there = _bytes(needed), _bytes(room)
        if most == there:
            most, there = _megabytes(needed), _megabytes(room)
        said = _("{size} needs {needed} of memory, and {room} is there").format(
            size=canvas_size(inputs), needed=most, room=there
        )
        fitting = size_that_fits(replace(inputs, room=room))
    match inputs.request.task:
        case TextToImage() | Img2Img() if fitting is not None:
            advice = _("{size} would fit").format(size=fitting)
        case TextToImage() | Img2Img() if not enough:
            advice = _("no smaller size fits either; close other programs")
        case TextToImage() | Img2Img():
            advice = _("choose a smaller size, or close other programs")
        case Inpaint():  # is painted at the size of its part, whatever size is asked for
            advice = _("paint a smaller part, or close other programs")
        case Outpaint():
            advice = _("close other programs")
    return _("{said}: {advice}.").format(said=said, advice=advice)


def _bytes(count: int) -> str:
    """Return a number of bytes as people read it."""
    return _megabytes(count) if count < 1e8 else _("{size:.1f} GB").format(size=count / 1e9)


def _megabytes(count: int) -> str:
    return _("{size} MB").format(size=max(0, round(count / 1e6)))
