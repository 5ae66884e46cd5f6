"""What is said of models and their files: sizes, number formats, what this machine can do."""

from collections.abc import Sequence

from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.state.estimates import Capability
from kandinsky_desktop.ui.timing import duration_text

FORMATS = {  # as weights files call them
    "F64": N_("64-bit"),
    "F32": N_("32-bit"),
    "F16": N_("16-bit"),
    "BF16": N_("16-bit (bfloat)"),
}


INTEGERS = ("I", "U", "BOOL")  # how their names begin


def shown_names(models: Sequence[Model]) -> dict[str, str]:
    """Return what each model is called by its name: its title, where no other has the same."""
    titles = [model.profile.title for model in models]
    return {
        model.name: title if titles.count(title) == 1 else model.name
        for model, title in zip(models, titles, strict=True)
    }


def size_text(size_bytes: int) -> str:
    """Say how large files are."""
    if size_bytes >= 10**9:
        return _("{n:.1f} GB").format(n=size_bytes / 10**9)
    return _("{n} MB").format(n=max(1, round(size_bytes / 10**6)))


def formats_text(formats: Sequence[str]) -> str:
    """Say in which number formats weights are, the one that takes most first.

    Integers are left out: encoders hold a few, which count their tokens.
    """
    weights = [one for one in formats if not one.startswith(INTEGERS)]
    return " + ".join(_(FORMATS[one]) if one in FORMATS else one for one in weights)


def short_capability(can: Capability | None) -> str:
    """Say in two words what this machine can do with a model; nothing where it is not known."""
    if can is None:
        return ""
    if can.size is None:
        return _("too little memory")
    return _("{size}, slower").format(size=can.size) if can.slower else str(can.size)


def capability_text(can: Capability | None) -> str:
    """Say what this machine can do with a model."""
    if can is None:
        return _("What this machine can do with it is known once the engine is awake.")
    if can.size is None:
        return _("This machine has too little memory for it.")
    words = _("On this machine: {size}").format(size=can.size)
    if can.seconds is not None:
        words = f"{words}, {duration_text(can.seconds)}"
    if not can.slower:
        return _("{size}; all of it fits into the memory.").format(size=words)
    return _("{size}; slower, so that it fits into the memory.").format(size=words)
